"""A small company on a real database file, and short ways to make turns happen there."""

import io
import sqlite3
import zipfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from adapters.database.connection import Database
from adapters.database.registry import Registry
from adapters.database.sessions import Sessions
from adapters.database.store import Store
from bot.effects import Bind, CardState, Effects, Publish
from bot.events import Address, Event, Incoming, Said
from bot.given import House, Unit
from bot.message import Message, paragraph
from bot.person import Person, Role
from bot.ports import Turned
from lessons.model import CardRef
from scheduler.memory import Memory

NOW = datetime(2026, 3, 2, 9, 30, 0, 123456, tzinfo=UTC)
DAY = timedelta(days=1)
UNITS = (
    Unit("all", "Morsel Foods"),
    Unit("north", "North", "all"),
    Unit("harbour", "Harbour", "north"),
    Unit("station", "Station", "north"),
    Unit("south", "South", "all"),
)


def a_person(id_: str = "amina", **changed: Any) -> Person:
    """Somebody at the harbour, reachable in the web chat."""
    person = Person(id=id_, name=id_.title(), unit="harbour", role=Role.LEARNER, home=Address("web", id_))
    return replace(person, **changed)


def an_event(id_: str, who: str = "amina", event: Event | None = None, at: datetime = NOW) -> Incoming:
    return Incoming(id_, event or Said("hello"), at, Address("web", who))


def words(text: str, **changed: Any) -> Message:
    return Message((paragraph(text),), **changed)


def a_state(
    card: str, due: datetime, stability: float = 3.0, reviewed: datetime = NOW - DAY, pack: str = "geo"
) -> CardState:
    return CardState(CardRef(pack, card), NOW - 3 * DAY, Memory(stability, 5.0, reviewed, due, 2, 1), 1.0)


def zipped(pack: str = "geo", version: str = "1.0.0", cards: Sequence[str] = ("france", "spain")) -> bytes:
    """A pack of single choices."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("pack.toml", f'id = "{pack}"\ntitle = "{pack}"\nversion = "{version}"\nlanguages = ["en"]\n')
        asked = (f"<!-- id: {card} -->\nWhat is {card}?\n\n- (x) Yes, {card}\n- ( ) No\n" for card in cards)
        archive.writestr("01-first.md", "# First\n\n" + "\n---\n\n".join(asked))
    return data.getvalue()


async def pieces(data: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    for at in range(0, len(data), size):
        yield data[at : at + size]


class World:
    """An open database with all its ports."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.store = Store(database, lambda: NOW, House(), transcripts=("web",))
        self.registry = Registry(database, self.store)
        self.sessions = Sessions(database)

    async def people(self, *people: Person) -> None:
        """Units, these people, and the way to them."""
        await self.registry.enlist(UNITS, people, NOW)
        await self.registry.carry_out(tuple(Bind(each.home, each.id) for each in people if each.home), NOW)

    async def publish(
        self, pack: str = "geo", version: str = "1.0.0", cards: Sequence[str] = ("france", "spain")
    ) -> None:
        kept = await self.store.keep_file(f"{pack}.zip", pieces(zipped(pack, version, cards)), 1_000_000)
        assert kept
        await self.registry.carry_out((Publish(kept.file, pack, version),), NOW)

    async def person(self, id_: str = "amina") -> Person:
        return next(each for each in await self.registry.everybody() if each.id == id_)

    async def turn(self, id_: str, effects: Effects, who: str = "amina", now: datetime = NOW, **changed: Any) -> Person:
        """An event at somebody's address, and what its turn wanted."""
        incoming = an_event(id_, who)
        async with self.store.batch() as on:
            (fresh,) = await on.fresh((incoming,))
            (before,) = await on.persons((fresh,))
            await on.apply((Turned(fresh, before, replace(before, **changed), effects),), now)
        return before

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What is committed, by a look from outside."""
        with closing(sqlite3.connect(f"file:{self.database.path}?mode=ro", uri=True)) as on:
            return on.execute(sql).fetchall()


@contextmanager
def open_world(folder: Path) -> Iterator[World]:
    with Database.open(folder / "morsel.db") as database:
        yield World(database)
