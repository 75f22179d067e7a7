"""A strict fake of Slack for tests, and for trying things by hand: `python -m tests.fakes.slack`."""

from tests.fakes.slack.blocks import check_blocks, check_view
from tests.fakes.slack.choosing import NotThere
from tests.fakes.slack.core import Answer, Call, FakeSlack, Warned
from tests.fakes.slack.delivery import Delivery
from tests.fakes.slack.limits import LIMITS
from tests.fakes.slack.mrkdwn import read
from tests.fakes.slack.people import FakePerson, Workspace
from tests.fakes.slack.shown import Choice, Image, Page, Shown, Tick
from tests.fakes.slack.world import App

__all__ = [
    "LIMITS",
    "Answer",
    "App",
    "Call",
    "Choice",
    "Delivery",
    "FakePerson",
    "FakeSlack",
    "Image",
    "NotThere",
    "Page",
    "Shown",
    "Tick",
    "Warned",
    "Workspace",
    "check_blocks",
    "check_view",
    "read",
]
