"""The organisation as administrators see it: for imports and the command line. Turns may be taken meanwhile."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Connection, select

from adapters.database import rows
from adapters.database.applying import gather
from adapters.database.connection import Database
from adapters.database.statements import Row, Statement, given, upsert
from adapters.database.store import Store
from adapters.database.tables import persons, units
from adapters.database.writing import PERSON
from bot.effects import Effects
from bot.events import Incoming, Prodded
from bot.given import Unit
from bot.person import Person
from bot.ports import Turned

UNIT = ("id", "parent", "name")


class Registry:
    """The port `Registry`, on one database. It shares the store's letters, whose numbers are given by one hand."""

    def __init__(self, database: Database, store: Store) -> None:
        self._database, self._store = database, store
        dialect = database.dialect
        all_people = select(persons.c.state, persons.c.wake_at, persons.c.version)
        self._all = Statement(all_people.order_by(persons.c.name_key, persons.c.id), dialect, ())
        unit = upsert(units, dialect).values({name: given(name) for name in UNIT})
        unit = unit.on_conflict_do_update(index_elements=("id",), set_={n: unit.excluded[n] for n in UNIT[1:]})
        self._unit = Statement(unit, dialect, UNIT)
        person = upsert(persons, dialect).values({name: given(name) for name in ("id", *PERSON)})
        new: dict[str, Any] = {name: person.excluded[name] for name in PERSON}
        new["version"] = persons.c.version + person.excluded.version
        person = person.on_conflict_do_update(index_elements=("id",), set_=new)
        self._person = Statement(person, dialect, ("id", *PERSON))

    async def everybody(self) -> tuple[Person, ...]:
        """All people, by name."""
        return await self._database.read(lambda on: tuple(rows.person_of(*row) for row in self._all.all(on)))

    async def units(self) -> tuple[Unit, ...]:
        """All units, parents before children."""
        return await self._database.read(self._store.queries.units)

    async def enlist(self, units: Sequence[Unit], people: Sequence[Person], now: datetime) -> None:
        """Inserts or updates units and people (by id) in one transaction; enrols newcomers in what their unit has."""
        await self._database.write(lambda on: self._enlist(on, units, people, now))

    def _enlist(self, on: Connection, units: Sequence[Unit], people: Sequence[Person], now: datetime) -> None:
        self._unit.run_all(on, [(unit.id, unit.parent, unit.name) for unit in units])
        ids: list[Row] = [(person.id,) for person in people]
        known = self._store.queries.by_id(on, ids)
        people = [_on_top(person, known.get(person.id)) for person in people]
        self._person.run_all(on, [(person.id, *rows.person_row(person, 1)) for person in people])
        moved = [each for each in people if each.id not in known or known[each.id].unit != each.unit]
        self._store.applying.welcome(on, [(person.id, person.unit) for person in moved], now)

    async def carry_out(self, effects: Effects, now: datetime) -> None:
        """Applies effects on behalf of the organisation itself, in one transaction."""
        ours = Incoming(f"house:{rows.micros(now)}", Prodded(""), now)  # names what is passed on, and is kept nowhere
        changes = gather([Turned(ours, Person(), Person(), effects)], now)
        await self._database.write(lambda on: self._store.applying.write(on, changes, now))


def _on_top(person: Person, stored: Person | None) -> Person:
    """The person as wanted. Where they had a turn since they were read, that turn stays: its alarm has rung, its question
    is on the table. Only what a roster names is new then."""
    if stored is None or stored.version == person.version:
        return person
    rhythm = replace(stored.rhythm, zone=person.rhythm.zone)
    return replace(
        stored, name=person.name, unit=person.unit, role=person.role, language=person.language, rhythm=rhythm
    )
