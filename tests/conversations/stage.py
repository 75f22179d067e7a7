"""Where the talks are played: the real service, store and outbox on SQLite, one channel that writes down what it is told,
and a clock that moves when the talk says so. Every turn is also taken twice, from people stored and read again.
"""

import asyncio
import io
import sqlite3
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from adapters.web.translate import shown
from bot import events, facts
from bot.effects import Bind, Effect, Effects, Enrol
from bot.events import Address, Event, Incoming, read_words
from bot.given import Given, House, Unit
from bot.message import LABEL_LIMIT, PRESS_LIMIT, Button, Message
from bot.person import Person, Role
from bot.turn import take_turn
from scheduler.plan import Rhythm
from tests.conversations import script

HERE = Path(__file__).parent
HOUSE = House(name="Morsel Foods", zone="Europe/Berlin", link="https://learn.example")
UNITS = (
    Unit("all", "Morsel Foods"),
    Unit("north", "North", "all"),
    Unit("harbour", "Harbour", "north"),
    Unit("station", "Station", "north"),
    Unit("attic", "Attic", "all"),
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
NAMES = {name for name, *_ in PEOPLE} | {"stranger"}
_PERSON, _EVENT = msgspec.json.Decoder(Person), msgspec.json.Decoder(Event)
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


class Recorder:
    """A channel named "talk": what it is told becomes lines of the talk; it keeps every message that was ever shown."""

    name = "talk"

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.now_shown: dict[str, Message] = {}
        self.ever: list[tuple[str, Message]] = []

    async def run(self, deliver: object) -> None:
        await asyncio.Event().wait()

    async def send(self, address: Address, message: Message) -> str:
        mark = str(len(self.ever))
        self._show("<", address, mark, message)
        return mark

    async def amend(self, address: Address, mark: str, message: Message) -> None:
        self._show("~", address, mark, message)

    def _show(self, sign: str, address: Address, mark: str, message: Message) -> None:
        check_limits(message)
        self.now_shown[mark] = message
        self.ever.append((address.chat, message))
        self.shown_at = {**getattr(self, "shown_at", {}), mark: address.chat}
        who = "" if address.chat == script.MAIN else f"{address.chat}: "
        self.lines.append(f"{sign} {who}{script.told(message)}")

    def button(self, who: str, label: str, *, old: bool) -> Button:
        """The newest button of that name on that phone, or the oldest that was ever there."""
        now = [message for mark, message in self.now_shown.items() if self.shown_at[mark] == who]
        messages = [message for chat, message in self.ever if chat == who] if old else list(reversed(now))
        for message in messages:
            for row in message.rows:
                for button in row:
                    if button.label == label:
                        return button
        raise AssertionError(f"{who} sees no button [{label}]")


def check_limits(message: Message) -> None:
    """What every channel can show (see each channel's own limits), and that the web chat's translator takes it."""
    assert len(message.plain.encode("utf-16-le")) // 2 <= 4096, "Telegram: 4096 UTF-16 units"
    assert message.plain.strip(), "a message says something"
    buttons = [button for row in message.rows for button in row]
    assert len(buttons) <= 25, "Slack: 25 buttons"
    assert len({button.press for button in buttons}) == len(buttons), "two buttons of one message do the same"
    for button in buttons:
        assert 0 < len(button.label) <= LABEL_LIMIT, button
        assert 0 < len(button.press.encode()) <= PRESS_LIMIT, button
    assert shown(message)


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
    return Person(
        id=id_, name=name, unit=unit, role=role, language=language, rhythm=rhythm, home=Address("talk", id_)
    )


def facts_since(path: Path, last: int) -> tuple[list[tuple[str, facts.Fact]], int]:
    """The facts that were appended after row `last`, with whom they are about."""
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as reader:
        rows = reader.execute("SELECT id, person, data FROM facts WHERE id > ? ORDER BY id", (last,)).fetchall()
    reader.close()
    decoder = msgspec.json.Decoder(facts.Fact)
    return [(person, decoder.decode(data)) for _, person, data in rows], rows[-1][0] if rows else last


__all__ = ["Bind", "Enrol", "Incoming", "events", "read_words", "timedelta"]
