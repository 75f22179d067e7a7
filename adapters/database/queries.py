"""The reading side: what turns, the alarm clock and the catalog ask for, set by set. It writes nothing.

A question that many turns ask at once is one statement. None of them looks at more rows than it brings back, but for
`/team` and `/people`, which look at a unit's people.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Dialect,
    Select,
    Table,
    Text,
    and_,
    column,
    exists,
    func,
    select,
    tuple_,
    values,
)

from adapters.database import rows
from adapters.database.rows import micros
from adapters.database.statements import Row, Sized, Statement, constant, first, given
from adapters.database.tables import addresses, cards, inbox, invites, live_cards, persons, progress, units
from adapters.database.teams import Teams
from bot.effects import CardState, Progress
from bot.events import Incoming, Rang
from bot.given import Fellow, Found, Query, Unit
from bot.person import Person
from lessons.model import CardRef

PERSON = ("state", "wake_at", "version")


def columns(table: Table, names: Iterable[str]) -> list[ColumnElement[Any]]:
    return [table.c[name] for name in names]


def keyed(table: Table, names: Sequence[str], many: int) -> ColumnElement[bool]:
    """Whether these columns are one of so many keys. The keys themselves are given when it runs.

    The keys stand in a table of their own: SQLite up to 3.40 and later looks at every row for `(a, b) IN (VALUES ...)`.
    """
    if len(names) == 1:
        return table.c[names[0]].in_([""] * many)
    keys = values(*(column(name, Text) for name in names), name="keys").data([("",) * len(names)] * many).cte("keys")
    return tuple_(*columns(table, names)).in_(select(keys))


def live() -> ColumnElement[bool]:
    """Whether the card is in the live version of its pack."""
    return exists(select(live_cards.c.pack).where(live_cards.c.pack == cards.c.pack, live_cards.c.card == cards.c.card))


class Queries:
    """The questions, built for one kind of database."""

    def __init__(self, dialect: Dialect) -> None:
        self.teams = Teams(dialect, self.fellows)
        self._by_address = Sized(_persons_by_address, dialect)
        self._by_id = Sized(_persons_by_id, dialect)
        self._cards = Sized(lambda n: _cards(keyed(cards, ("person", "pack", "card"), n)), dialect)
        self._met = Sized(lambda n: _cards(keyed(cards, ("person", "pack"), n)), dialect)
        self._progress = Sized(_progress, dialect)
        self._due = Sized(_due, dialect, before=("now",), after=("now", "most"))
        self._next_due = Sized(_next_due, dialect, before=("now",))
        self._invites = Sized(lambda n: select(invites).where(keyed(invites, ("code",), n)), dialect)
        self._alarms = Statement(_alarms(), dialect, ("now", "most"))
        self._passed = Statement(_passed(), dialect, ("most",))
        self._units = Statement(select(units.c.id, units.c.name, units.c.parent), dialect, ())

    # --- Persons, alarms, units ----------------------------------------------------------------------------------------

    def persons(self, on: Connection, incoming: Sequence[Incoming]) -> tuple[Person, ...]:
        """The person of each event; a stranger where nobody is known."""
        places = {(each.address.channel, each.address.chat) for each in incoming if each.address and not each.person}
        ids = {(each.person,) for each in incoming if each.person}
        at = {row[:2]: rows.person_of(*row[2:]) for row in self._by_address.all(on, sorted(places))}
        by_id = self.by_id(on, ids)
        stranger = Person()
        return tuple(
            by_id.get(each.person, stranger)
            if each.person or not each.address
            else at.get((each.address.channel, each.address.chat), stranger)
            for each in incoming
        )

    def by_id(self, on: Connection, ids: Iterable[Row]) -> dict[str, Person]:
        return {row[0]: rows.person_of(*row[1:]) for row in self._by_id.all(on, sorted(ids))}

    def alarms(self, on: Connection, now: datetime, limit: int) -> tuple[Incoming, ...]:
        found = self._alarms.all(on, (micros(now), limit))
        return tuple(Incoming(f"rang:{person}:{at}", Rang(rows.moment(at)), now, person=person) for person, at in found)

    def passed(self, on: Connection, limit: int) -> tuple[Incoming, ...]:
        return tuple(rows.decode_incoming(event) for (event,) in self._passed.all(on, (limit,)))

    def units(self, on: Connection) -> tuple[Unit, ...]:
        """Parents before children, neighbours by name. What hangs nowhere comes last."""
        rest = sorted((Unit(*row) for row in self._units.all(on)), key=lambda unit: (rows.folded(unit.name), unit.id))
        known = {unit.id for unit in rest}
        ordered = [unit for unit in rest if unit.parent not in known]
        for unit in ordered:
            ordered += [child for child in rest if child.parent == unit.id]
        return tuple(ordered) + tuple(unit for unit in rest if unit not in ordered)

    # --- What turns ask --------------------------------------------------------------------------------------------------

    def find(self, on: Connection, asked: Sequence[tuple[Person, Query]], now: datetime) -> tuple[Found, ...]:
        """The answers, in the same order."""
        rooted = self._all_progress(on, asked)
        states = self._states(on, asked)
        due, counts = self._dues(on, asked, now)
        nexts = self._nexts(on, asked, now)
        mets = self._mets(on, asked, rooted)
        codes = {(query.invite,) for _, query in asked if query.invite}
        by_code = {row[0]: rows.invite_of(row) for row in self._invites.all(on, sorted(codes))}
        invited = self.by_id(on, {(invite.person,) for invite in by_code.values() if invite.person})
        return tuple(
            Found(
                cards={ref: state for ref in query.cards if (state := states.get((person.id, ref)))},
                due=tuple(due.get(person.id, ())[: query.due]),
                due_count=counts.get(person.id, 0) if query.due else 0,
                next_due=nexts.get(person.id) if query.due else None,
                met=met,
                progress=_wanted(rooted.get(person.id, ()), query),
                invite=(invite := by_code.get(query.invite)),
                invited=invited.get(invite.person) if invite else None,
                people=self.teams.people(on, query.people, now) if query.people else (),
                team=self.teams.team(on, query.team, now) if query.team else None,
            )
            for (person, query), met in zip(asked, mets, strict=True)
        )

    def _all_progress(self, on: Connection, asked: Sequence[tuple[Person, Query]]) -> dict[str, list[Row]]:
        return self._progress_of(
            on, {person.id for person, query in asked if query.packs or query.all_packs or query.met}
        )

    def _progress_of(self, on: Connection, people: Iterable[str]) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = {}
        for person, *row in self._progress.all(on, [(person,) for person in sorted(people) if person]):
            found.setdefault(person, []).append(tuple(row))
        return found

    def fellows(self, on: Connection, people: Sequence[Person], pack: str) -> tuple[Fellow, ...]:
        """The people with their progress, in one pack or (empty) in all."""
        found = self._progress_of(on, [person.id for person in people])
        return tuple(
            Fellow(
                person,
                tuple(rows.progress_of(row) for row in sorted(found.get(person.id, ())) if pack in ("", row[0])),
            )
            for person in people
        )

    def _states(self, on: Connection, asked: Sequence[tuple[Person, Query]]) -> Mapping[tuple[str, CardRef], CardState]:
        keys = {(person.id, ref.pack, ref.card) for person, query in asked for ref in query.cards if person.id}
        found = ((row[0], rows.card_of(row[1:])) for row in self._cards.all(on, sorted(keys)))
        return {(person, state.ref): state for person, state in found}

    def _dues(
        self, on: Connection, asked: Sequence[tuple[Person, Query]], now: datetime
    ) -> tuple[dict[str, list[CardState]], dict[str, int]]:
        most = max((query.due for _, query in asked), default=0)
        keys = sorted({(person.id,) for person, query in asked if query.due and person.id})
        due: dict[str, list[CardState]] = {}
        counts: dict[str, int] = {}
        for person, many, _, *row in sorted(
            self._due.all(on, keys, (micros(now),), (micros(now), most)), key=lambda row: row[2]
        ):
            counts[person] = many
            due.setdefault(person, []).append(rows.card_of(tuple(row)))
        return due, counts

    def _nexts(self, on: Connection, asked: Sequence[tuple[Person, Query]], now: datetime) -> dict[str, datetime]:
        keys = sorted({(person.id,) for person, query in asked if query.due and person.id})
        return {
            person: rows.moment(at) for person, at in self._next_due.all(on, keys, (micros(now),)) if at is not None
        }

    def _mets(
        self, on: Connection, asked: Sequence[tuple[Person, Query]], rooted: Mapping[str, Sequence[Row]]
    ) -> list[dict[CardRef, CardState]]:
        packs = [_met_packs(query, rooted.get(person.id, ())) for person, query in asked]
        keys = {(person.id, pack) for (person, _), each in zip(asked, packs, strict=True) for pack in each}
        found: dict[str, list[CardState]] = {}
        for row in self._met.all(on, sorted(keys)):
            found.setdefault(row[0], []).append(rows.card_of(row[1:]))
        return [
            {state.ref: state for state in found.get(person.id, ()) if state.ref.pack in each}
            for (person, _), each in zip(asked, packs, strict=True)
        ]


def _met_packs(query: Query, rooted: Sequence[Row]) -> frozenset[str]:
    """The packs whose met cards are wanted: those asked for, and the unfinished ones."""
    if not query.met:
        return frozenset()
    unfinished = (each.pack for each in map(rows.progress_of, rooted) if not each.completed_at)
    return frozenset((*query.packs, *unfinished))


def _wanted(found: Sequence[Row], query: Query) -> dict[str, Progress]:
    return {row[0]: rows.progress_of(row) for row in found if query.all_packs or row[0] in query.packs}


# --- Statements ----------------------------------------------------------------------------------------------------------


def _persons_by_address(many: int) -> Select[Any]:
    return (
        select(addresses.c.channel, addresses.c.chat, *columns(persons, PERSON))
        .join(persons, persons.c.id == addresses.c.person)
        .where(keyed(addresses, ("channel", "chat"), many))
    )


def _persons_by_id(many: int) -> Select[Any]:
    return select(persons.c.id, *columns(persons, PERSON)).where(keyed(persons, ("id",), many))


def _cards(which: ColumnElement[bool]) -> Select[Any]:
    return select(cards.c.person, *columns(cards, rows.CARD)).where(which)


def _progress(many: int) -> Select[Any]:
    return select(progress.c.person, *columns(progress, rows.PROGRESS)).where(keyed(progress, ("person",), many))


def _due(many: int) -> Select[Any]:
    """The weakest first: retrievability sinks with elapsed time over stability, so the largest of those is weakest."""
    mine = cards.c.person
    weakness = (given("now") - cards.c.reviewed_at) / cards.c.stability
    ranked = (
        select(
            cards.c.person,
            func.count().over(partition_by=mine).label("many"),
            func.row_number()
            .over(partition_by=mine, order_by=(weakness.desc(), cards.c.pack, cards.c.card))
            .label("place"),
            *columns(cards, rows.CARD),
        )
        .where(keyed(cards, ("person",), many), cards.c.due_at <= given("now"), live())
        .subquery()
    )
    return select(ranked).where(ranked.c.place <= given("most"))


def _next_due(many: int) -> Select[Any]:
    earliest = (
        select(cards.c.due_at)
        .where(and_(cards.c.person == persons.c.id, cards.c.due_at > given("now"), live()))
        .order_by(cards.c.due_at)
    )
    one = earliest.limit(constant(1)).offset(constant(0))
    return select(persons.c.id, one.scalar_subquery()).where(keyed(persons, ("id",), many))


def _alarms() -> Select[Any]:
    ringing = select(persons.c.id, persons.c.wake_at).where(persons.c.wake_at <= given("now"))
    return first(ringing.order_by(persons.c.wake_at, persons.c.id), "most")


def _passed() -> Select[Any]:
    pending = inbox.c.state == constant("pending")
    return first(select(inbox.c.event).where(pending).order_by(inbox.c.seq), "most")
