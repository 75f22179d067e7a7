"""A platform that exists only in memory: it keeps to a rule book, fails as often as agreed by the dice of a seed, and
writes down everything that reached it. And the outbox's rows in memory, for many letters in little time.
"""

import asyncio
import random
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from msgspec.structs import replace

from bot.events import Address, Incoming
from bot.ports import (
    Covers,
    Deliver,
    Lane,
    Letter,
    NotThere,
    Pace,
    Posted,
    Throttled,
    Told,
    Unknown,
    Unreachable,
)
from tests.simulated import START


def now() -> float:
    """Simulated seconds since the start."""
    return asyncio.get_running_loop().time()


class Weather(NamedTuple):
    """Shares of all calls that go wrong. Of the throttled ones, `whole` ask for the whole account, `sends` for its new
    messages."""

    throttled: float = 0.0
    whole: float = 0.0
    sends: float = 0.0
    failed: float = 0.0
    reset: float = 0.0
    lost: float = 0.0


CALM = Weather()
STORM = Weather(throttled=0.30, whole=0.05, sends=0.05, failed=0.10, reset=0.05, lost=0.02)


class Delivery(NamedTuple):
    at: float
    letter: int
    push: bool


@dataclass
class Platform:
    """`remembers`: accounts where one can look whether a letter arrived."""

    names: Sequence[str]
    weather: Weather
    pace: Pace
    remembers: frozenset[str] = frozenset()
    seed: int = 1
    name: str = "far"
    delivered: dict[Address, list[Delivery]] = field(default_factory=lambda: defaultdict(list))
    lost: list[Letter] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    calls: list[float] = field(default_factory=list)
    throttled: int = 0
    closed: dict[object, float] = field(default_factory=dict)  # an address, an account, or an account's new messages

    def __post_init__(self) -> None:
        self.luck = random.Random(self.seed)
        self.busy: set[Address] = set()

    async def run(self, deliver: Deliver) -> None:
        await asyncio.Event().wait()

    def accounts(self) -> Sequence[str]:
        return self.names

    def is_group(self, address: Address) -> bool:
        return "-" in address.chat

    async def send(self, letter: Letter) -> str:
        address = letter.address
        for closed in (address, address.account, *(() if letter.amend else (("new", address.account),))):
            if self.closed.get(closed, 0.0) > now() + 1e-6:
                self.wrong.append(f"{letter.id} came at {now()} before {self.closed[closed]}")
        if address in self.busy:
            self.wrong.append(f"{letter.id}: two at once to {address}")
        self.busy.add(address)
        self.calls.append(now())
        try:
            await asyncio.sleep(self.luck.uniform(0.02, 0.2))
            return self._answer(letter)
        finally:
            self.busy.discard(address)

    def _answer(self, letter: Letter) -> str:
        weather, dice = self.weather, self.luck.random()
        if dice < weather.throttled:
            self.throttled += 1
            dice, after = self.luck.random(), self.luck.uniform(1, 30)
            covers: Covers = "chat"
            closed: object = letter.address
            if dice < weather.whole:
                covers, closed = "account", letter.address.account
            elif dice < weather.whole + weather.sends:
                covers, closed = "sends", ("new", letter.address.account)
            self.closed[closed] = max(self.closed.get(closed, 0.0), now() + after)
            raise Throttled("slow down", after=after, covers=covers)
        dice -= weather.throttled
        if dice < weather.failed:
            raise Unreachable("500")
        if dice < weather.failed + weather.reset:
            raise Unreachable("connection reset")
        there = self.delivered[letter.address]
        again = letter.amend and there and there[-1].letter == letter.id  # a change that comes twice shows the same
        if not again:
            there.append(Delivery(now(), letter.id, letter.until is not None))
        if dice < weather.failed + weather.reset + weather.lost:
            if not letter.amend:
                self.lost.append(letter)
            raise Unknown("no answer")
        return f"@{letter.id}"

    async def amend(self, letter: Letter) -> str:
        return await self.send(letter)

    async def look(self, letter: Letter) -> str | None:
        await asyncio.sleep(0.02)
        there = any(each.letter == letter.id for each in self.delivered[letter.address])
        return f"@{letter.id}" if there and letter.address.account in self.remembers else None

    async def fetch(self, letter: Letter, limit: int, told: Told) -> AsyncIterator[bytes]:
        raise NotThere("gone")
        yield b""

    def reread(self, raw: bytes) -> Sequence[Incoming]:
        return ()


class MemoryRows:
    """The port `Outbox`, without a disk. Of each address, only the first letter is ever in a queue."""

    def __init__(self) -> None:
        self.waiting: dict[Address, list[tuple[int, int]]] = defaultdict(list)  # push, id
        self.all: dict[int, Letter] = {}
        self.not_before: dict[int, datetime] = {}
        self.queues: dict[tuple[str, str, int], list[int]] = defaultdict(list)
        self.failed: dict[int, str] = {}

    def add(self, letter: Letter) -> None:
        self.all[letter.id] = letter
        self._change(letter.address, new=(int(letter.until is not None), letter.id))

    async def letters(self, now: datetime, lanes: Sequence[Lane]) -> Sequence[Letter]:
        found: list[tuple[int, int]] = []
        for lane in lanes:
            mine: list[tuple[int, int]] = []
            for push in range(1 + lane.pushes):
                for id_ in self.queues[lane.channel, lane.account, push]:
                    if len(mine) == lane.limit:
                        break
                    if self.not_before.get(id_, START) <= now and (lane.sends or self.all[id_].amend):
                        mine.append((push, id_))
            found += mine
        return [self.all[id_] for _, id_ in sorted(found)]

    async def posted(self, results: Sequence[Posted], now: datetime) -> None:
        for each in results:
            letter = self.all[each.letter]
            if each.again_at:
                attempts = letter.attempts + each.counted
                self.all[letter.id] = replace(letter, attempts=attempts, doubtful=each.doubtful)
                self.not_before[letter.id] = each.again_at
                continue
            if each.mark is None:
                self.failed[letter.id] = each.failed
            self._change(letter.address, done=(int(letter.until is not None), letter.id))

    async def moved(self, address: Address, to: Address) -> None:
        raise AssertionError("nobody moves here")

    def _change(
        self, address: Address, new: tuple[int, int] | None = None, done: tuple[int, int] | None = None
    ) -> None:
        mine = self.waiting[address]
        first = mine[0] if mine else None
        if new:
            insort(mine, new)
        if done:
            mine.remove(done)
        head = mine[0] if mine else None
        if head == first:
            return
        for entry in (first, head):
            if entry:
                queue = self.queues[address.channel, address.account, entry[0]]
                if entry is first:
                    del queue[bisect_left(queue, entry[1])]
                else:
                    insort(queue, entry[1])
