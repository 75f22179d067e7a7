"""The strict fakes at the end of a simulated wire, with a ledger of what arrived there, what was lost, and who was early.

A request is there when it leaves; its answer is on its way for a moment. A number "#LETTER.PIECE" in each text says which
piece of which letter it is.
"""

import asyncio
import json
import random
import re
from collections import Counter
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl

from bot.events import Address
from tests.fakes.slack import FakeSlack
from tests.fakes.telegram.core import FakeTelegram
from tests.fakes.telegram.methods.polling import get_updates
from tests.faults.storm_wires import Answer, Reply, Request
from tests.simulated import START

Label = tuple[int, int]  # a letter, and which of its pieces

AWAY: Final = (0.02, 0.2)  # seconds that an answer is on its way
_LABEL: Final = re.compile(r"#(\d+)\.(\d+)")
_NO_UPDATES: Final = b'{"ok":true,"result":[]}'
_SENDS: Final = frozenset({"sendMessage", "chat.postMessage"})


def now() -> float:
    """Simulated seconds since the start."""
    return asyncio.get_running_loop().time()


def today() -> float:
    """The platform's clock: seconds since 1970."""
    return START.timestamp() + now()


def label(text: str) -> Label:
    found = _LABEL.search(text)
    assert found, text
    return int(found[1]), int(found[2])


class Arrival(NamedTuple):
    at: float
    label: Label
    address: Address


class Notice(NamedTuple):
    """A 429 on its way: when it is known to the bot, and until when it holds. The platform counts from its own saying it."""

    known: float
    until: float


class Ledger:
    """What the far end wrote down."""

    def __init__(self) -> None:
        self.tried = 0  # calls that say something
        self.arrived: list[Arrival] = []
        self.lost: Counter[Label] = Counter()  # arrived, and the bot was never told
        self.ends: Counter[str] = Counter()  # how calls that say something ended
        self.early: list[str] = []  # came though the bot knew that it should not
        self.crossed = 0  # came too soon, but left before the bot could know
        self._notices: dict[object, list[Notice]] = {}

    def came(self, place: object, at: float) -> None:
        standing = self._notices[place] = [each for each in self._notices.get(place, ()) if each.until > at + 1e-6]
        if any(each.known < at for each in standing):
            self.early.append(f"{place} at {at}: {standing}")
        elif standing:
            self.crossed += 1

    def asked_to_wait(self, place: object, at: float, seconds: float, delay: float) -> None:
        self._notices.setdefault(place, []).append(Notice(at + delay, at + seconds))

    def said(self, text: str, address: Address, status: int, broken: str, *, ok: bool) -> None:
        """What became of a call that says something: done where `ok`, else nothing was done."""
        self.tried += 1
        self.ends[f"{broken} {'after' if ok else 'before'}" if broken else str(status)] += 1
        if ok:
            self.arrived.append(Arrival(now(), label(text), address))
            if broken:
                self.lost[label(text)] += 1


class TelegramHouse:
    """Long polls wait for updates, everything else is answered at once."""

    def __init__(self, fake: FakeTelegram, seed: int = 1) -> None:
        self.fake = fake
        self.ledger = Ledger()
        self._luck = random.Random(seed)
        self._poll: tuple[dict[str, str], Answer, asyncio.TimerHandle] | None = None
        fake.updates.listeners.append(self._news)

    def take(self, request: Request, answer: Answer) -> None:
        _, token, method = request.path.split("/")
        assert token == f"bot{self.fake.token}"
        params = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
        delay = self._luck.uniform(*AWAY)
        chat = params.get("chat_id", "")
        if method in _SENDS:
            self.ledger.came(chat, now())
        done = self.fake.call(method, params)
        if method == "getUpdates" and done.body == _NO_UPDATES and not done.broken:
            self._wait(params, answer)
            return
        if method in _SENDS:
            if done.status == 429:
                self.ledger.asked_to_wait(chat, now(), int(done.headers["Retry-After"]), delay)
            ok = done.status == 200
            self.ledger.said(params["text"], Address("telegram", chat), done.status, done.broken, ok=ok)
        answer(Reply(done.status, done.headers, done.body, done.broken, delay + done.delay))

    def _wait(self, params: dict[str, str], answer: Answer) -> None:
        assert self._poll is None, "one poller only"
        loop = asyncio.get_running_loop()
        self._poll = params, answer, loop.call_later(float(params["timeout"]), self._look)

    def _news(self) -> None:
        asyncio.get_running_loop().call_soon(self._look)

    def _look(self) -> None:
        """The answer to a waiting poll, with what there is."""
        if self._poll:
            params, answer, timer = self._poll
            self._poll = None
            timer.cancel()
            body = get_updates(self.fake, params, {})
            answer(Reply(200, {"Content-Type": "application/json"}, body, delay=self._luck.uniform(*AWAY)))


class SlackHouse:
    """Web API alone; nobody talks to the app here."""

    def __init__(self, fake: FakeSlack, seed: int = 1) -> None:
        self.fake = fake
        self.ledger = Ledger()
        self.looks = 0
        self._luck = random.Random(seed)

    def take(self, request: Request, answer: Answer) -> None:
        method = request.path.rpartition("/")[2]
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        params = self._params(request)
        team = self.fake.tokens[token].team
        delay = self._luck.uniform(*AWAY)
        self.looks += method == "conversations.history"
        self.ledger.came((method, team), now())
        done = self.fake.call(method, token, params)
        if done.status == 429:
            self.ledger.asked_to_wait((method, team), now(), int(done.headers["Retry-After"]), delay)
        broken = {"reset": "reset", "lost": "reset", "hang": "silence"}.get(done.fault, "")
        if method in _SENDS:
            ok = done.status == 200 and (done.body[:10] == b'{"ok": tr' + done.body[9:10])
            address = Address("slack", f"{team}/{params['channel']}")
            self.ledger.said(str(params["text"]), address, done.status, broken, ok=ok)
        slow = done.seconds if done.fault == "slow" else 0.0
        answer(Reply(done.status or 500, done.headers, done.body, broken, delay + slow))

    @staticmethod
    def _params(request: Request) -> dict[str, Any]:
        if request.headers.get("content-type", "").startswith("application/json"):
            return dict(json.loads(request.body))
        return dict(parse_qsl(request.body.decode(), keep_blank_values=True))
