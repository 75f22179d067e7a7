"""A strict fake of Slack for tests, and for trying things by hand: `python -m tests.fakes.slack`."""

from .blocks import check_blocks, check_view
from .core import Answer, Call, FakeSlack, Warned
from .delivery import Delivery
from .limits import LIMITS
from .mrkdwn import read
from .people import FakePerson, NotThere, Workspace
from .shown import Choice, Image, Page, Shown, Tick
from .world import App

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
