"""Between the talk and a platform: the talk's channels, carried by a real one; and what it hears, under the talk's names.

Promise: forwards every letter, writes down what it says, and looks at once whether that stands on the phone. It knows no
platform; those are `telegram.py` and `slack.py`.
"""

from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from msgspec.structs import replace

from bot.events import Address, Incoming, Left, Sender
from bot.message import BOARD, Message
from bot.ports import Channel, Gone, Letter, SendError, Told
from lessons.prose import Picture
from tests.conversations.over.looking import Seen, check, words
from tests.conversations.stage import CHANNELS, Phones, Recorder, Stage, phone

Deed = Callable[[], object]  # something that a person does; done again, it is the same once more


@dataclass
class Standing:
    """A message of the bot, and the platform's messages that stand for it."""

    message: Message
    ids: tuple[str, ...]


class Chat(Protocol):
    """One chat with the bot on a platform, as its person sees it (a group: as all do). `blocked`: nothing arrives."""

    blocked: bool
    standing: dict[str, Standing]

    @property
    def address(self) -> Address:
        """What the channel calls it."""

    def ids(self) -> tuple[str, ...]:
        """What stands there from the bot, oldest first; nothing fleeting."""

    def seen(self, id: str) -> Seen: ...

    def quick(self) -> Sequence[str]:
        """All that was said fleetingly so far."""

    def board(self) -> Seen | None: ...

    def remember(self, id: str) -> None:
        """This message looks like this now: for presses of what stood there once."""


class Phone(Chat, Protocol):
    """Somebody's private chat, and what they do there."""

    def say(self, text: str) -> None: ...

    def pressing(self, label: str, *, old: bool) -> Deed:
        """A press of the newest button of that name, or of the oldest that ever was; it can be done again."""

    def tick(self, labels: Sequence[str]) -> None: ...

    def offer(self, name: str, size: int, data: bytes, how: str) -> None: ...

    def appear(self) -> None: ...

    def open_board(self) -> None: ...

    def leave(self) -> None: ...

    def block(self) -> None:
        """Nothing arrives any more, and nobody tells the bot."""

    async def come_back(self) -> None:
        """From a block, or from having left."""


class Platform(Protocol):
    """A fake, and the real channel beside it. `carries`: the talk's channels whose phones are its."""

    stage: Stage
    senders: Callable[[str], Sender | None]  # what the talk says that the platform knows of somebody

    @property
    def carries(self) -> Sequence[str]: ...

    @property
    def channel(self) -> Channel: ...

    @property
    def chats(self) -> Mapping[Address, Chat]:
        """By the talk's addresses."""

    def phone(self, address: Address) -> Phone:
        """By the talk's address; made when it is first needed."""

    async def gather(self, group: str, address: Address) -> None:
        """There is such a group, with that person and the bot in it."""

    async def heard_all(self) -> None:
        """Returns once all that people did was taken in by the bot."""

    async def quiet(self) -> None:
        """Returns once nothing is on its way to a phone any more."""

    async def close(self) -> None:
        """The talk is over: returns once nobody waits for anything."""

    # In a group

    def say_in(self, group: str, address: Address, text: str) -> None: ...

    def vote_in(self, group: str, address: Address, chosen: Sequence[str]) -> None: ...

    def offer_in(self, group: str, address: Address, name: str, data: bytes) -> None: ...

    async def again(self) -> None:
        """The platform delivers once more what it delivered last; returns once that was taken in, too."""

    def complaints(self) -> list[str]:
        """What it lets pass, and a careful bot does not do."""


class Carried(Phones):
    """A channel of the talk, on real phones."""

    def __init__(self, name: str, company: "Company") -> None:
        super().__init__(name, company)
        self._company = company
        self._number = 0

    async def send(self, letter: Letter) -> str:
        there, real = self._there(letter)
        if letter.message.fleeting:
            return await self._fleeting(letter, there, real)
        before = there.ids()
        mark = await self._forward(there, self._company.platform.channel.send(real))
        new = tuple(id for id in there.ids() if id not in before)
        self._stands("<", letter, there, mark, new)
        return mark

    async def _fleeting(self, letter: Letter, there: Chat, real: Letter) -> str:
        before = list(there.quick())
        ids = there.ids()
        mark = await self._forward(there, self._company.platform.channel.send(real))
        self._number += 1
        self._recorder.show("<", letter.address, f"{phone(letter.address)} quick {self._number}", letter.message)
        with self._company.noting():
            new = [words(each) for each in there.quick()[len(before) :]]
            assert new == [words(letter.message.plain)], f"fleeting words: {letter.message.plain!r}, seen {new}"
            assert there.ids() == ids, "fleeting words do not stay"
        return mark

    async def amend(self, letter: Letter) -> str:
        there, real = self._there(letter)
        if letter.mark == BOARD:
            return await self._board(letter, there, real)
        old = there.standing.get(f"{phone(letter.address)} {letter.mark}")
        before = there.ids()
        mark = await self._forward(there, self._company.platform.channel.amend(real))
        new = tuple(id for id in there.ids() if id not in before)
        with self._company.noting():
            assert old is not None, f"something is changed that never stood there: {letter.mark}"
            assert not new or _pictures(old.message) != _pictures(letter.message), "what is changed stays where it is"
        kept = tuple(id for id in (old.ids if old else ()) if id in there.ids())
        if mark != letter.mark:
            there.standing.pop(f"{phone(letter.address)} {letter.mark}", None)
        self._stands("~", letter, there, mark, (*kept, *new))
        return mark

    async def _board(self, letter: Letter, there: Chat, real: Letter) -> str:
        """Only the talk's Slack has boards."""
        if self.name != "slack":
            return letter.mark
        mark = await self._forward(there, self._company.platform.channel.amend(real))
        self._recorder.show("=", letter.address, f"{BOARD} {phone(letter.address)}", letter.message)
        with self._company.noting():
            shown = there.board()
            check(letter.message, [shown] if shown else [])
        return mark

    def fetch(self, letter: Letter, limit: int, told: Told) -> AsyncIterator[bytes]:
        return self._company.platform.channel.fetch(self._there(letter)[1], limit, told)

    def _there(self, letter: Letter) -> tuple[Chat, Letter]:
        there = self._company.platform.chats[letter.address]
        return there, replace(letter, address=there.address)

    async def _forward(self, there: Chat, sending: Awaitable[str]) -> str:
        try:
            return await sending
        except Gone:
            with self._company.noting():
                assert there.blocked, "it can be reached"
            raise Gone("blocked") from None
        except SendError as why:
            self._recorder.wrong.append(f"{type(why).__name__}: {why.told}")
            raise

    def _stands(self, sign: str, letter: Letter, there: Chat, mark: str, ids: tuple[str, ...]) -> None:
        key = f"{phone(letter.address)} {mark}"
        there.standing[key] = Standing(letter.message, ids)
        self._recorder.show(sign, letter.address, key, letter.message)
        for id in ids:
            there.remember(id)
        with self._company.noting():
            check(letter.message, [there.seen(id) for id in ids])


def _pictures(message: Message) -> int:
    return sum(isinstance(block, Picture) for block in message.blocks)


class _Noting:
    """What is not as it should be is written down, not raised: the outbox would take it for a fault of the channel."""

    def __init__(self, wrong: list[str]) -> None:
        self._wrong = wrong

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, why: BaseException | None, trace: object) -> bool:
        if not isinstance(why, AssertionError):
            return False
        self._wrong.append(str(why))
        return True


class Company(Recorder):
    """The Recorder, with some of the phones on a platform; the others write down only."""

    def __init__(self, carries: Sequence[str]) -> None:
        super().__init__()
        self.channels |= {name: Carried(name, self) for name in carries}
        self.platform: Platform
        self.expected: dict[Address, deque[str]] = defaultdict(deque)  # ids that the talk gives to what comes next
        self.heard = 0  # events, doubles too
        self._ids: dict[str, str] = {}  # what the platform calls an event -> what the talk calls it

    def noting(self) -> _Noting:
        return _Noting(self.wrong)

    async def hear(self, incoming: Incoming) -> None:
        """What the real channel heard, in the talk's names. Heard again, it has the same one."""
        assert incoming.address
        self.heard += 1
        address = self._named(incoming.address)
        if incoming.id not in self._ids:
            waiting = self.expected[address]
            self._ids[incoming.id] = waiting.popleft() if waiting else incoming.id
        event = Left(address, "blocked") if isinstance(incoming.event, Left) else incoming.event
        place = self._named(incoming.place) if incoming.place else None
        now, id = self.platform.stage.clock.now(), self._ids[incoming.id]
        await self.platform.stage.deliver(Incoming(id, event, now, address, sender=incoming.sender, place=place))

    def _named(self, address: Address) -> Address:
        return next(name for name, there in self.platform.chats.items() if there.address == address)

    def check_phones(self) -> None:
        """Every phone shows what it was told, in that order, and nothing else."""
        for address, there in self.platform.chats.items():
            standing = list(there.standing.values())
            assert there.ids() == tuple(id for each in standing for id in each.ids), f"{phone(address)}: something else"
            for each in standing:
                check(each.message, [there.seen(id) for id in each.ids])


def group_address(group: str) -> Address:
    return Address(CHANNELS[0], f"-{group}")
