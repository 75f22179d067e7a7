"""Where the talks are played: the real service, store and outbox on SQLite, channels that write down what they are told,
and a clock that moves when the talk says so. Every turn is also taken twice, from people stored and read again.
"""

import asyncio
import io
import re
import sqlite3
import zipfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec.structs import replace

from adapters.database.connection import Database
from adapters.database.registry import Registry
from adapters.database.store import Store
from adapters.web.translate import ShownPicture, show
from bot import facts
from bot.bringing import Bringing
from bot.effects import Bind, Effect, Effects, Enrol, Publish, Say
from bot.events import Address, Event, Incoming, Rang, Uploaded
from bot.given import Given, House, Unit
from bot.message import BOARD, LABEL_LIMIT, PRESS_LIMIT, Button, Message, Quiz, paragraph, switch
from bot.outbox import Outbox
from bot.person import Person, Role
from bot.ports import Entry, Gone, Lane, Letter, NotThere, Pace, Told
from bot.service import Service
from bot.turn import needs, take_turn
from bot.uploading import showing
from scheduler.plan import Rhythm
from tests.conversations import script

HERE = Path(__file__).parent
HOUSE = House(
    name="Morsel Foods",
    zone="Europe/Berlin",
    link="https://learn.example",
    upload_limit=20_000_000,  # no more than any channel takes, so that all say the same
    doors={"slack": "harbour"},
)
CHANNELS = ("talk", "telegram", "slack")  # the first is everybody's; the others are named in front of a phone
UNITS = (
    Unit("all", "Morsel Foods"),
    Unit("north", "North", "all"),
    Unit("harbour", "Harbour", "north"),
    Unit("station", "Station", "north"),
    Unit("attic", "Attic", "all"),
    Unit("cellar", "Cellar", "all"),
)
PEOPLE = (
    ("amina", "Amina Diallo", "harbour", Role.LEARNER, "en", "Europe/Berlin"),
    ("bilal", "Bilal Aydin", "harbour", Role.LEARNER, "en", "Europe/Berlin"),
    ("greta", "Greta Holm", "station", Role.LEARNER, "de", "Europe/Berlin"),
    ("mia", "Mia Sommer", "harbour", Role.MANAGER, "en", "Europe/Berlin"),
    ("tom", "Tom Bauer", "station", Role.MANAGER, "en", "Europe/Berlin"),
    ("root", "Ada Root", "all", Role.ADMIN, "en", "Europe/Berlin"),
    ("yuki", "Yuki Mori", "attic", Role.LEARNER, "en", "America/New_York"),
)
NAMES = {name for name, *_ in PEOPLE} | {"stranger", "stranger2", "noor"}
_PERSON, _EVENT = msgspec.json.Decoder(Person), msgspec.json.Decoder(Event)
_FACT = msgspec.json.Decoder(facts.Fact)
_EFFECTS = msgspec.json.Decoder(tuple[Effect, ...])


class StageClock:
    def __init__(self) -> None:
        self.at = datetime(2026, 3, 2, 8, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


def checked_turn(person: Person, event: Event, given: Given) -> tuple[Person, Effects]:
    """The turn, taken twice: once more from a person and an event that were stored and read. Nothing may be lost."""
    step = take_turn(person, event, given)
    stored_person = _PERSON.decode(msgspec.json.encode(person))
    stored_event = _EVENT.decode(msgspec.json.encode(event))
    assert (stored_person, stored_event) == (person, event), "something is lost on the way to the store"
    assert take_turn(stored_person, stored_event, given) == step, "the same turn had another answer"
    assert _PERSON.decode(msgspec.json.encode(step[0])) == step[0]
    assert _EFFECTS.decode(msgspec.json.encode(step[1])) == step[1]
    return step


def phone(address: Address) -> str:
    """How a talk calls it: "amina", "telegram.amina", and a group "shop"."""
    chat = address.chat.removeprefix("-")
    return chat if address.channel == CHANNELS[0] else f"{address.channel}.{chat}"


def address_of(who: str) -> Address:
    channel, _, chat = who.rpartition(".")
    return Address(channel or CHANNELS[0], chat)


class Recorder:
    """All channels: what they are told becomes lines of the talk. It keeps every message that was ever shown."""

    def __init__(self) -> None:
        self.channels = {name: Phones(name, self) for name in CHANNELS}
        self.blocked: set[Address] = set()
        self.quizzes: dict[str, tuple[str, Message]] = {}  # by group: the mark and the newest question
        self.lines: list[tuple[str, str, str]] = []  # sign, whose phone, words
        self.now_shown: dict[str, tuple[str, Message]] = {}  # mark -> whose phone, what stands there
        self.ever: list[tuple[str, Message]] = []
        self.wrong: list[str] = []  # what no channel could show

    def show(self, sign: str, address: Address, mark: str, message: Message) -> None:
        try:
            check_limits(message)
        except AssertionError as why:  # the outbox would take it for a fault of the channel, and try again
            self.wrong.append(f"{phone(address)}: {why}")
        self.now_shown[mark] = (phone(address), message)
        self.ever.append((phone(address), message))
        self.lines.append((sign, phone(address), script.told(message)))
        if message.quiz:
            self.quizzes[phone(address)] = mark, message

    def code(self) -> str:
        """The invitation code, or that of a link, that was shown last."""
        said = "\n".join(message.plain for _, message in self.ever)
        return str(re.findall(r"(?:Code: |/link )([a-z0-9]{5}-[a-z0-9]{5})", said)[-1])

    def button(self, who: str, label: str, *, old: bool) -> Button:
        """The newest button of that name on that phone, or the oldest that was ever there."""
        now = [message for chat, message in reversed(self.now_shown.values()) if chat == who]
        messages = [message for chat, message in self.ever if chat == who] if old else now
        for message in messages:
            for row in message.rows:
                for button in row:
                    if button.label == label:
                        return button
        raise AssertionError(f"{who} sees no button [{label}]")

    def switches(self, who: str) -> dict[str, tuple[str, int]]:
        """The tick boxes that were last shown on that phone: token and number by label."""
        for chat, message in reversed(self.ever):
            found = {b.label: on for row in message.rows for b in row if chat == who and (on := switch(b.press))}
            if found:
                return found
        raise AssertionError(f"{who} sees nothing to tick")


class Phones:
    """One channel: everybody's phones there, and their groups."""

    pace = Pace()

    def __init__(self, name: str, recorder: Recorder) -> None:
        self.name, self._recorder = name, recorder

    async def run(self, deliver: object) -> None:
        await asyncio.Event().wait()

    def accounts(self) -> Sequence[str]:
        return ("",)

    def is_group(self, address: Address) -> bool:
        return address.chat.startswith("-")

    async def send(self, letter: Letter) -> str:
        if letter.address in self._recorder.blocked:
            raise Gone("blocked")
        mark = str(len(self._recorder.ever))
        self._recorder.show("<", letter.address, mark, letter.message)
        return mark

    async def amend(self, letter: Letter) -> str:
        if letter.mark == BOARD:
            if self.name == "slack":
                self._recorder.show("=", letter.address, f"{BOARD} {phone(letter.address)}", letter.message)
            return letter.mark
        self._recorder.show("~", letter.address, letter.mark, letter.message)
        return letter.mark

    async def look(self, letter: Letter) -> str | None:
        return None

    async def fetch(self, letter: Letter, limit: int, told: Told) -> AsyncIterator[bytes]:
        assert letter.fetch
        why, _, name = letter.fetch.ref.rpartition(" ")
        if why:
            raise NotThere(why)
        async for piece in in_pieces(zipped(name)):
            yield piece

    def reread(self, raw: bytes) -> Sequence[Incoming]:
        return ()


def check_limits(message: Message) -> None:
    """What every channel can show (see each channel's own limits), and that the web chat's translator takes it."""
    assert len(message.plain.encode("utf-16-le")) // 2 <= 4096, "Telegram: 4096 UTF-16 units"
    assert message.plain.strip(), "a message says something"
    assert "BROKEN" not in message.plain, "a turn raised; its traceback is in the log"
    buttons = [button for row in message.rows for button in row]
    assert len(buttons) <= 25, "Slack: 25 buttons"
    assert len({button.press or button.url for button in buttons}) == len(buttons), (
        "two buttons of one message do the same"
    )
    for button in buttons:
        assert 0 < len(button.label) <= LABEL_LIMIT, button
        assert button.url or 0 < len(button.press.encode()) <= PRESS_LIMIT, button
    if message.quiz:
        check_quiz(message.quiz)
    entry = Entry(1, 1, datetime(2026, 3, 2, tzinfo=UTC), message)
    assert message.fleeting or show(entry, lambda picture: ShownPicture("/pictures/x", picture.alt)), (
        "the web chat shows it"
    )


def check_quiz(quiz: Quiz) -> None:
    """https://core.telegram.org/bots/api#sendpoll"""
    assert 0 < len(quiz.question) <= 300, quiz
    assert 2 <= len(quiz.options) <= 12, quiz
    assert all(0 < len(option) <= 100 for option in quiz.options), quiz
    assert 0 < len(quiz.right) <= len(quiz.options) > max(quiz.right), quiz
    assert len(quiz.explanation) <= 200 and quiz.explanation.count("\n") <= 2, quiz


def zipped(name: str) -> bytes:
    """packs/NAME as a zip; a name with a dot is a file that is no pack at all."""
    if "." in name:
        return b"\xff\xd8\xff\xe0" + b"not a pack " * 1000
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for path in sorted((HERE / "packs" / name).rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(HERE / "packs" / name).as_posix())
    return data.getvalue()


async def in_pieces(data: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(data), 1000):
        yield data[at : at + 1000]


def person_of(row: tuple[str, str, str, Role, str, str]) -> Person:
    id_, name, unit, role, language, zone = row
    rhythm = Rhythm(zone=zone)
    return Person(id=id_, name=name, unit=unit, role=role, language=language, rhythm=rhythm, home=Address("talk", id_))


class Stage:
    """The real parts, and what has been seen of them so far."""

    def __init__(
        self, clock: StageClock, database: Database, store: Store, registry: Registry, service: Service, told: Recorder
    ) -> None:
        self.clock, self.database, self.store, self.registry, self.service = clock, database, store, registry, service
        self.path, self.recorder = database.path, told
        bringing = Bringing(store.keep_file, showing, HOUSE.upload_limit)
        self.outbox = Outbox(store, self.recorder.channels, service.deliver, clock, bringing)
        self._facts_seen = 0

    async def deliver(self, incoming: Incoming) -> None:
        """Happens, and so does all that it passed on to others."""
        await self.service.deliver(incoming)
        while await self.store.passed(1):
            await asyncio.sleep(0)

    async def due(self, until: datetime) -> Sequence[Incoming]:
        """The alarms up to then that ring first."""
        alarms = [(each.event.due, each) for each in await self.store.due(until, 100) if isinstance(each.event, Rang)]
        return [each for at, each in alarms if at == alarms[0][0]]

    async def keep(self, name: str, data: bytes) -> Uploaded:
        kept = await self.store.keep_file(name, in_pieces(data), 1_000_000)
        assert kept is not None
        return kept

    async def found_at(self, chat: str) -> None:
        """The channel has told where people open the private chat."""
        await self.store.here(CHANNELS[0], chat)
        await self.service.reload()

    async def enrol(self, effect: Enrol) -> None:
        await self.registry.carry_out((effect,), self.clock.now())

    async def nobody_but(self, names: set[str]) -> None:
        """Everybody else has asked for quiet, so that the talk is about these."""
        others = [each for each in await self.registry.everybody() if each.id not in names]
        quiet = [replace(each, rhythm=replace(each.rhythm, stopped=True), wake_at=None) for each in others]
        await self.registry.enlist((), quiet, self.clock.now())

    async def what_followed(self) -> list[tuple[str, str, str]]:
        """What was shown since last asked (sign, whose phone, words), then the facts (".", about whom, words)."""
        self.outbox.wake()
        lanes = tuple(Lane(name, "", True, 1) for name in CHANNELS)
        while await self.store.letters(self.clock.now(), lanes) or await self.store.passed(1):
            await asyncio.sleep(0.001)
        assert not self.recorder.wrong, self.recorder.wrong
        # Several phones are told at once; on each one the order is that of the letters.
        lines = sorted(self.recorder.lines, key=lambda line: (line[1] != script.MAIN, line[1]))
        self.recorder.lines = []
        noted, self._facts_seen = facts_since(self.path, self._facts_seen)
        return [*lines, *((".", person, script.noted(fact)) for person, fact in noted)]


@asynccontextmanager
async def open_stage(
    folder: Path, packs: Sequence[str] = ("geo", "tea"), recorder: Recorder | None = None
) -> AsyncIterator[Stage]:
    """A company with its people and packs, on an empty database. A `recorder` of another kind has other phones."""
    path, clock = folder / "talk.db", StageClock()
    with Database.open(path) as database:
        store = Store(database, clock.now, HOUSE)
        registry = Registry(database, store)
        people = [person_of(row) for row in PEOPLE]
        await registry.enlist(UNITS, people, clock.now())
        for name in packs:
            kept = await store.keep_file(f"{name}.zip", in_pieces(zipped(name)), 1_000_000)
            assert kept is not None
            await registry.carry_out((Publish(kept.file, name, "1.0.0"),), clock.now())
        binds = tuple(Bind(Address("talk", each.id), each.id) for each in people)
        await registry.carry_out(binds, clock.now())
        service = Service(store, needs, checked_turn, broken, clock, secret=b"the same luck in every talk")
        stage = Stage(clock, database, store, registry, service, recorder or Recorder())
        running = asyncio.create_task(service.run())
        telling = asyncio.create_task(stage.outbox.run())
        while not service.catalog.packs:
            await asyncio.sleep(0)
        try:
            yield stage
        finally:
            service.stop()
            await running
            stage.outbox.stop()
            await telling


def broken(person: Person, reference: str) -> Say:
    return Say(Message((paragraph(f"BROKEN {person.id} {reference}"),)))


def facts_since(path: Path, last: int) -> tuple[list[tuple[str, facts.Fact]], int]:
    """The facts that were appended after row `last`, with whom they are about."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as reader:
        rows = reader.execute("SELECT id, person, data FROM facts WHERE id > ? ORDER BY id", (last,)).fetchall()
    return [(person, _FACT.decode(data)) for _, person, data in rows], rows[-1][0] if rows else last
