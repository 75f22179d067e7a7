"""What the three contenders of `answers.py` have in common: the pack, the people, and the turn that an answer is.

One answer is one event here: the tap on an option and the Next after it, so that every answer writes all that an answer
ever writes (person, memory, progress, fact, count, an amended message and a new one). The turns are the bot's own.
"""

import io
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace

from adapters.database.connection import Database
from adapters.database.registry import Registry
from adapters.database.store import Store
from bot import session
from bot.effects import Bind, Effects, Enrol, Publish
from bot.events import Address, Event, Incoming, Pressed
from bot.given import Catalog, Given, Query, Unit
from bot.person import Asking, Item, Person, Role, Session
from bot.turn import needs, take_turn
from lessons.model import CardRef

PACK, CARDS, CHANNEL = "bench", 60, "web"
START = datetime(2026, 3, 2, 9, tzinfo=UTC)


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


def pack_bytes() -> bytes:
    """A pack of single choices, without the confidence tap."""
    head = f'id = "{PACK}"\ntitle = "Bench"\nversion = "1.0.0"\nlanguages = ["en"]\nconfidence = false\n'
    cards = (
        f"<!-- id: q{n} -->\nWhat is {n} and {n}, as you learned it at school?\n\n"
        f"- ( ) {n}\n- (x) {2 * n}\n- ( ) {3 * n}\n- ( ) {n * n + 1}\n\n> Twice {n} is {2 * n}. Count on your fingers.\n"
        for n in range(3, CARDS + 3)
    )
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("pack.toml", head)
        archive.writestr("01-sums.md", "# Sums\n\n" + "\n---\n\n".join(cards))
    return data.getvalue()


def items(luck: int) -> tuple[Item, ...]:
    return tuple(Item(CardRef(PACK, f"q{3 + (luck + 7 * n) % CARDS}")) for n in range(8))


def answer_needs(person: Person, event: Event, catalog: Catalog) -> Query | None:
    return needs(_ready(person, 0), event, catalog)


def answer_turn(person: Person, event: Event, given: Given) -> tuple[Person, Effects]:  # noqa: ARG001
    """The tap, the feedback, and Next; the walk goes on for ever."""
    person = _ready(person, given.luck)
    assert isinstance(person.mode, Asking)
    person, effects = take_turn(person, Pressed(f"{person.mode.token}.{given.luck % 4}"), given)
    person, more = take_turn(person, Pressed(f"{person.mode.token}.next"), given)  # type: ignore[union-attr]
    return person, (*effects, *more)


def _ready(person: Person, luck: int) -> Person:
    walk = person.session
    if walk is None or len(walk.queue) > 2:
        return person
    return replace(person, session=replace(walk, queue=(*walk.queue, *items(luck)), seconds=0.0, enough=0.0))


def incoming(person: int, number: int) -> Incoming:
    return Incoming(f"{person}-{number}", Pressed("x.1"), datetime.now(UTC), Address(CHANNEL, f"chat{person}"))


async def build(path: Path, people: int) -> Catalog:
    """A database with a pack and so many people, each with a question on the table."""
    with Database.open(path) as database:
        store = Store(database, lambda: START, transcripts=(CHANNEL,))
        registry = Registry(database, store)

        async def pieces() -> AsyncIterator[bytes]:
            yield pack_bytes()

        kept = await store.keep_file("bench.zip", pieces(), 10_000_000)
        assert kept
        await registry.carry_out((Publish(kept.file, PACK, "1"),), START)
        catalog = await store.catalog()
        assert catalog.packs, (await store.read_pack(kept)).problems
        units = [Unit(f"u{n}", f"Store {n}") for n in range(10)]
        crowd = [_seated(n, catalog) for n in range(people)]
        await registry.enlist(units, crowd, START)
        binds = tuple(Bind(Address(CHANNEL, f"chat{n}"), f"p{n}") for n in range(people))
        enrols = tuple(Enrol(PACK, "x", unit=unit.id) for unit in units)
        await registry.carry_out((*binds, *enrols), START)
    return catalog


def _seated(number: int, catalog: Catalog) -> Person:
    person = Person(
        id=f"p{number}",
        name=f"Person {number}",
        unit=f"u{number % 10}",
        role=Role.LEARNER,
        home=Address(CHANNEL, f"chat{number}"),
    )
    given = Given(catalog, START, number)
    walk = Session(kind="review", queue=items(number), total=8, started_at=START)
    return session.begin(person, walk, given)[0]
