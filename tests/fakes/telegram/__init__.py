"""A strict Telegram for tests: `FakeTelegram` in memory, `serving` over real sockets.

`python -m tests.fakes.telegram` runs it by hand. What it enforces and why is said in each file; the numbers are in
`limits.py`.
"""

from tests.fakes.telegram.chats import Shown, ShownPoll
from tests.fakes.telegram.core import TOKEN, Answer, FakeTelegram
from tests.fakes.telegram.people import FakeGroup, FakeUser, Impossible, Toast
from tests.fakes.telegram.reading import Call, Upload
from tests.fakes.telegram.server import serving
from tests.fakes.telegram.waiting import settled, until

__all__ = [
    "TOKEN",
    "Answer",
    "Call",
    "FakeGroup",
    "FakeTelegram",
    "FakeUser",
    "Impossible",
    "Shown",
    "ShownPoll",
    "Toast",
    "Upload",
    "serving",
    "settled",
    "until",
]
