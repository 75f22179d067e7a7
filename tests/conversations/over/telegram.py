"""Talks over Telegram: the strict fake on real sockets, the real channel (aiogram's types, our own loop), real phones."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from adapters.database.aside import Aside
from adapters.database.leases import Leases
from adapters.database.media import Media
from adapters.database.vault import Vault
from adapters.parts import Parts
from adapters.telegram.channel import TelegramChannel
from adapters.telegram.settings import TelegramSettings
from adapters.telegram.translate import EVERYBODYS
from bot.events import Address, Sender
from tests.conversations.over.carrying import Company, Deed, Standing, group_address
from tests.conversations.over.looking import Key, Seen, plain
from tests.conversations.stage import PEOPLE, Stage, open_stage, phone
from tests.fakes.telegram import limits
from tests.fakes.telegram.chats import Message
from tests.fakes.telegram.core import FakeTelegram
from tests.fakes.telegram.people import FakeGroup, FakeUser, Impossible
from tests.fakes.telegram.server import serving
from tests.fakes.telegram.waiting import until
from tests.telegram.world import QUICK, door, menu

NAME = "telegram"
NAMELESS = "🙂"  # what a phone calls somebody of whom the talk says nothing; Telegram knows no empty name
MOMENT = 1.0  # seconds that a press waits for its word: generous, for machines that are busy


class Room:
    """A chat: what the bot said there."""

    def __init__(self, seat: FakeUser | FakeGroup) -> None:
        self.seat = seat
        self.blocked = False
        self.standing: dict[str, Standing] = {}
        self._ever: list[tuple[int, list[list[dict[str, Any]]]]] = []

    @property
    def address(self) -> Address:
        return Address(NAME, str(self.seat.id))

    def quick(self) -> Sequence[str]:
        return [toast.text for toast in self.seat.toasts] if isinstance(self.seat, FakeUser) else ()

    def board(self) -> None:
        """Telegram has none."""

    def ids(self) -> tuple[str, ...]:
        return tuple(str(each.id) for each in self.seat.messages)

    def seen(self, id: str) -> Seen:
        message = self.seat.chat.messages[int(id)]
        shown = next(each for each in self.seat.messages if each.id == message.id)
        keys = [
            Key(button["text"], button.get("callback_data") or button.get("url", ""))
            for row in message.rows
            for button in row
        ]
        poll = shown.poll
        assert not poll or (poll.quiz and not poll.anonymous), "an answer counts for who gave it"
        return Seen(
            shown.visible,
            tuple(keys),
            pictures=1 if shown.photo else 0,
            quiz=(poll.question, poll.options, poll.correct, poll.explanation) if poll else None,
            stray=tuple(
                each["type"] for each in shown.entities if each["type"] == "text_mention"
            ),  # @names it marks itself
        )

    def remember(self, id: str) -> None:
        message = self.seat.chat.messages[int(id)]
        self._ever.append((message.id, [list(row) for row in message.rows]))

    def find(self, label: str, *, old: bool) -> tuple[int, str]:
        """The message and what the press carries: of the newest button of that name, or the oldest that ever was."""
        now = [(message.id, message.rows) for message in reversed(self.seat.chat.messages.values())]
        for message, rows in self._ever if old else now:
            for row in rows:
                for button in row:
                    if plain(Key(button["text"], "")).label == label and "callback_data" in button:
                        return message, button["callback_data"]
        raise Impossible(f"There is no button {label!r}.")


class Private(Room):
    """Somebody's own chat with the bot."""

    def __init__(self, user: FakeUser, platform: "OverTelegram") -> None:
        super().__init__(user)
        self.user, self._platform = user, platform

    def say(self, text: str) -> None:
        self.user.say(text)

    def pressing(self, label: str, *, old: bool) -> Deed:
        message, data = self.find(label, old=old)
        return lambda: self._platform.pressed(self.user.press_data(data, message))

    def tick(self, labels: Sequence[str]) -> None:
        raise Impossible("Telegram has no tick boxes.")

    def offer(self, name: str, size: int, data: bytes, how: str) -> None:
        """As a document. Telegram may hold less of it, or more, than it said."""
        fake = self.user.fake
        file = fake.files.keep("document", data, name, "application/zip")
        told = fake.files.document(file) | {"file_size": size}
        match how:
            case "gone":
                del fake.files._files[told["file_id"]]
            case "broken":
                fake.faults.next("lacking", method="getFile")
            case "empty":
                file.data = b""
            case "large":
                file.data = bytes(limits.DOWNLOAD + 1)
        self.user.send({"document": told})

    def appear(self) -> None:
        """They had blocked the bot before it knew them, and open it now: all it hears is that it may write."""
        self.user.chat.met = self.user.chat.started = self.user.chat.blocked = True
        self.user.unblock()

    def open_board(self) -> None:
        """Telegram has none: nothing can be done, and nothing is heard."""

    def leave(self) -> None:
        self.blocked = True
        self.user.block()

    def block(self) -> None:
        self.blocked = self.user.chat.blocked = True

    async def come_back(self) -> None:
        self.blocked = False
        self.user.unblock()
        await self._platform.heard_all()


class OverTelegram:
    """The fake, the channel, and everybody's phones."""

    carries = ("talk", "telegram")

    def __init__(self, stage: Stage, fake: FakeTelegram, channel: TelegramChannel) -> None:
        self.stage, self.fake, self.channel = stage, fake, channel
        self.senders: Callable[[str], Sender | None] = lambda name: None
        self._phones: dict[Address, Private] = {}
        self._groups: dict[Address, Room] = {}
        self._last: list[bytes] = []
        self._presses: set[str] = set()

    @property
    def chats(self) -> Mapping[Address, Room]:
        return {**self._phones, **self._groups}

    def phone(self, address: Address) -> Private:
        if address not in self._phones:
            known = next((each for each in PEOPLE if each[0] == phone(address)), None)
            told = self.senders(phone(address)) or (Sender(known[1], known[4]) if known else Sender(NAMELESS))
            user = self.fake.user(told.name, told.language or None)
            user.chat.met = user.chat.started = known is not None
            self._phones[address] = Private(user, self)
        return self._phones[address]

    async def gather(self, group: str, address: Address) -> None:
        self.phone(address)
        if group_address(group) not in self._groups:
            made = self.fake.group(group, [each.user for each in self._phones.values()])
            self._groups[group_address(group)] = Room(made)
            await self.heard_all()

    def _group(self, group: str) -> FakeGroup:
        seat = self._groups[group_address(group)].seat
        assert isinstance(seat, FakeGroup)
        return seat

    async def heard_all(self) -> None:
        self._last = [entry.body for entry in self.fake.updates.pending.values()] or self._last
        await until(lambda: not self.fake.updates.pending)

    async def quiet(self) -> None:
        """What was said is there once its call is answered, and the outbox waits for that."""

    async def close(self) -> None:
        """Every press has been answered: no circle runs on a button for ever. (The bot gives its words a moment first.)"""
        await until(lambda: not self._presses - self._answered())

    def _answered(self) -> set[str]:
        return {
            str(call.params["callback_query_id"]) for call in self.fake.calls if call.method == "answerCallbackQuery"
        }

    async def again(self) -> None:
        """To a webhook, the same post once more. To who polls, all that was confirmed lately: its own offset asks for none
        of it, so this is Telegram's fault."""
        updates = self.fake.updates
        if updates.webhook.url:
            for body in self._last:
                updates.add_raw(msgspec.json.decode(body))
            await self.heard_all()
            return
        self.fake._twist = "duplicate"
        polls = self._polls()
        updates.changed()
        await until(lambda: self._polls() > polls)

    def pressed(self, query: str) -> None:
        """A press waits for an answer."""
        self._presses.add(query)

    def _polls(self) -> int:
        return sum(call.method == "getUpdates" for call in self.fake.calls)

    def say_in(self, group: str, address: Address, text: str) -> None:
        """A command that every bot has is typed as the phone's own menu writes it: with the bot's name."""
        name = text.removeprefix("/").partition(" ")[0]
        if name in EVERYBODYS:
            text = text.replace(name, f"{name}@{self.fake.me.username}", 1)
        self._group(group).say(self.phone(address).user, text)

    def vote_in(self, group: str, address: Address, chosen: Sequence[str]) -> None:
        """On the newest quiz. What the poll lets nobody do is told as another app might tell it."""
        there, user = self._group(group), self.phone(address).user
        message = next(each for each in reversed(there.chat.messages.values()) if each.poll)
        try:
            there.vote(user, message.id, list(chosen))
        except Impossible:
            self.fake.updates.add("poll_answer", _answer(message, user, chosen), user.id)

    def offer_in(self, group: str, address: Address, name: str, data: bytes) -> None:
        """The bot does not hear it: in groups it is told of commands only."""
        there, user = self._group(group), self.phone(address).user
        file = self.fake.files.keep("document", data, name)
        there._send(user.person, {"document": self.fake.files.document(file)}, heard=False)

    def complaints(self) -> list[str]:
        return [f"unknown: {name}" for name, _ in self.fake.unknown_calls]


def _answer(message: Message, user: FakeUser, chosen: Sequence[str]) -> dict[str, Any]:
    poll = message.poll
    assert poll
    places = [[option.text for option in poll.options].index(each) for each in chosen]
    ids = [poll.options[place].id for place in places]
    return {"poll_id": poll.id, "user": user.person.told(), "option_ids": places, "option_persistent_ids": ids}


class _Quizzes:
    """The store knows quizzes by the talk's channel."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    async def quiz(self, channel: str, mark: str) -> str | None:
        assert channel == NAME
        return await self._stage.store.quiz("talk", mark)


@asynccontextmanager
async def over_telegram(folder: Path, mode: str = "polling") -> AsyncIterator[Company]:
    """A company on Telegram, on an empty database."""
    company = Company(OverTelegram.carries)
    async with open_stage(folder, recorder=company) as stage, AsyncExitStack() as stack:
        fake = FakeTelegram(clock=lambda: stage.clock.now().timestamp())
        fake.limits.off = True
        server = await stack.enter_async_context(serving(fake, hurry=0.05))
        sock = socket.create_server(("127.0.0.1", 0)) if mode == "webhook" else None
        link = f"http://127.0.0.1:{sock.getsockname()[1]}" if sock else ""
        channel = TelegramChannel(
            TelegramSettings(fake.token, mode, server), parts_of(stage, folder, link), QUICK, MOMENT
        )
        if sock:
            await stack.enter_async_context(door(channel.door.app, sock))
        platform = company.platform = OverTelegram(stage, fake, channel)
        for name, *_ in PEOPLE:
            platform.phone(Address("talk", name))
        running = asyncio.create_task(channel.run(company.hear))
        try:
            await until(lambda: channel.accounts() or running.done())
            await until(lambda: mode != "webhook" or fake.updates.webhook.url or running.done())
            yield company
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


def parts_of(stage: Stage, folder: Path, link: str) -> Parts:
    return Parts(
        clock=stage.clock,
        catalog=lambda: stage.service.catalog,
        menu=menu,
        media=Media(stage.database),
        vault=Vault(stage.database, folder / "morsel.key"),
        leases=Leases(stage.database),
        aside=Aside(stage.database),
        quizzes=_Quizzes(stage),
        link=link,
        holder="the stage",
    )
