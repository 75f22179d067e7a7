"""Who has which pack: publishing, enrolling a unit with everybody below it, and newcomers. Set by set, in SQL.

Whoever has a pack already keeps their progress; a new enrolment replaces the deadline.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Dialect,
    Insert,
    Select,
    Update,
    case,
    delete,
    func,
    insert,
    null,
    select,
    update,
)

from adapters.database.rows import micros, micros_or_none
from adapters.database.statements import Statement, constant, given, upsert
from adapters.database.tables import assignments, live_cards, packs, persons, progress, units
from adapters.database.teams import below
from bot.effects import Enrol, Publish
from lessons.model import Pack

ROW = ("person", "pack", "enrolled_at", "by", "due_at", "seen", "total", "graded", "score")


class Assigning:
    """Built for one kind of database."""

    def __init__(self, dialect: Dialect) -> None:
        one = persons.c.id == given("top")
        all_below = persons.c.unit.in_(below("top"))
        enrolling = ("pack", "now", "by", "due_at", "pack")
        self._enrol_one = _of(_enrol(dialect, one), dialect, (*enrolling, "top"))
        self._enrol_unit = _of(_enrol(dialect, all_below), dialect, ("top", *enrolling))
        self._wake_one = _of(_wake(one), dialect, ("now", "top"))
        self._wake_unit = _of(_wake(all_below), dialect, ("top", "now"))
        self._assign = _of(_assign(dialect), dialect, ("unit", "pack", "by", "at", "due_at"))
        self._welcome = _of(_welcome(dialect), dialect, ("top", "person", "now", "now"))
        self._publish = _of(_publish(dialect), dialect, ("id", "version", "digest", "at"))
        self._forget = Statement(delete(live_cards).where(live_cards.c.pack == given("of")), dialect, ("of",))
        self._live = Statement(
            insert(live_cards).values(pack=given("pack"), card=given("card")), dialect, ("pack", "card")
        )
        unfinished = (progress.c.pack == given("of"), progress.c.completed_at.is_(None))
        total = update(progress).where(*unfinished).values(total=given("many"))
        self._total = Statement(total, dialect, ("many", "of"))

    def publish(self, on: Connection, effect: Publish, pack: Pack, now: datetime) -> None:
        """Makes it the live version. Cards that it no longer has are not due any more; their memories stay."""
        ids = sorted({card.id for lesson in pack.lessons for card in lesson.cards})
        self._publish.run(on, (effect.pack, effect.version, effect.file, micros(now)))
        self._forget.run(on, (effect.pack,))
        self._live.run_all(on, [(effect.pack, card) for card in ids])
        self._total.run(on, (len(ids), effect.pack))

    def enrol(self, on: Connection, effect: Enrol, now: datetime) -> None:
        """Gives the pack to a person, or to a unit now and later, and wakes those concerned."""
        at, due = micros(now), micros_or_none(effect.due_at)
        if effect.unit:
            self._assign.run(on, (effect.unit, effect.pack, effect.by, at, due))
            self._enrol_unit.run(on, (effect.unit, effect.pack, at, effect.by, due, effect.pack))
            self._wake_unit.run(on, (effect.unit, at))
        if effect.person:
            self._enrol_one.run(on, (effect.pack, at, effect.by, due, effect.pack, effect.person))
            self._wake_one.run(on, (at, effect.person))

    def welcome(self, on: Connection, newcomers: Sequence[tuple[str, str]], now: datetime) -> None:
        """Gives people who are new in a unit (person, unit) what it and the units above it have."""
        at = micros(now)
        for person, unit in newcomers:
            self._welcome.run(on, (unit, person, at, at))


def _of(made: Any, dialect: Dialect, names: tuple[str, ...]) -> Statement:
    return Statement(made, dialect, names)


def _total_of(pack: ColumnElement[Any]) -> ColumnElement[Any]:
    return select(func.count()).select_from(live_cards).where(live_cards.c.pack == pack).scalar_subquery()


def _enrol(dialect: Dialect, who: ColumnElement[bool]) -> Insert:
    none = constant(0)
    rows = select(
        persons.c.id,
        given("pack"),
        given("now"),
        given("by"),
        given("due_at"),
        none,
        _total_of(given("pack")),
        none,
        none,
    ).where(who)
    made = upsert(progress, dialect).from_select(ROW, rows)
    return made.on_conflict_do_update(index_elements=("person", "pack"), set_={"due_at": made.excluded.due_at})


def _wake(who: ColumnElement[bool]) -> Update:
    return update(persons).where(who).values(wake_at=given("now"), version=persons.c.version + constant(1))


def _assign(dialect: Dialect) -> Insert:
    names = ("unit", "pack", "by", "at", "due_at")
    made = upsert(assignments, dialect).values({name: given(name) for name in names})
    new = {name: made.excluded[name] for name in ("by", "at", "due_at")}
    return made.on_conflict_do_update(index_elements=("unit", "pack"), set_=new)


def _welcome(dialect: Dialect) -> Insert:
    """What is assigned nearest wins. A deadline that has passed is not for who only came now."""
    up = select(units.c.id, units.c.parent, constant(0).label("steps")).where(units.c.id == given("top"))
    line = up.cte("above", recursive=True)
    higher = select(units.c.id, units.c.parent, line.c.steps + constant(1)).where(
        units.c.id == line.c.parent, line.c.steps < constant(100)
    )
    line = line.union(higher)
    none = constant(0)
    due = case((assignments.c.due_at > given("now"), assignments.c.due_at), else_=null())
    rows: Select[Any] = (
        select(
            given("person"),
            assignments.c.pack,
            given("now"),
            assignments.c.by,
            due,
            none,
            _total_of(assignments.c.pack),
            none,
            none,
        )
        .join_from(line, assignments, assignments.c.unit == line.c.id)
        .where(constant(1) == constant(1))  # without a WHERE, SQLite takes ON CONFLICT for a join's ON
        .order_by(line.c.steps)
    )
    return upsert(progress, dialect).from_select(ROW, rows).on_conflict_do_nothing()


def _publish(dialect: Dialect) -> Insert:
    names = ("id", "version", "digest", "at")
    made = upsert(packs, dialect).values({name: given(name) for name in names})
    new = {name: made.excluded[name] for name in names[1:]}
    return made.on_conflict_do_update(index_elements=("id",), set_=new)
