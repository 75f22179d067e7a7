"""Looking at other people: by name, and by unit with all units below it. The reading side; it writes nothing.

It reads the progress that each turn keeps up to date and the counts of each unit's questions, never the facts.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace
from sqlalchemy import ColumnElement, Connection, Dialect, Select, Subquery, and_, case, exists, func, or_, select

from adapters.database import rows
from adapters.database.rows import folded, micros
from adapters.database.statements import Row, Statement, constant, first, given
from adapters.database.tables import live_cards, persons, progress, question_counts, units
from bot.given import SILENT_DAYS, STATES, TEAM_PAGE, Fellow, Missed, People, Team, TeamFound
from bot.person import Person, Role
from lessons.model import CardRef

Fellows = Callable[[Connection, Sequence[Person], str], tuple[Fellow, ...]]

LATE = "late"
TEAM = (Role.LEARNER, Role.MANAGER)
MOST_MISSED = 3
PERSON = ("state", "wake_at", "version")


def below(top: str) -> Select[Any]:
    """The ids of the unit named by the bind parameter `top`, and of all below it. No unit: none, not all."""
    tree = select(units.c.id).where(units.c.id == given(top)).cte("below", recursive=True)
    tree = tree.union(select(units.c.id).where(units.c.parent == tree.c.id))  # UNION ends even in a circle
    return select(tree.c.id)


class Teams:
    """The questions about other people, built for one kind of database."""

    def __init__(self, dialect: Dialect, fellows: Fellows) -> None:
        self._fellows = fellows
        self._named = Statement(_named(), dialect, ("top", "like", "id", "exact", "start", "word", "most"))
        self._late = Statement(_late(), dialect, ("top", "now", "most"))
        ranked = ("top", "now", "silent", "pack", "pack")
        self._members = Statement(_members(), dialect, (*ranked, "most", "skip"))
        self._totals = Statement(_totals(), dialect, ranked)
        self._missed = Statement(_missed(), dialect, ("top", "pack", "pack", "most"))

    def people(self, on: Connection, asked: People, now: datetime) -> tuple[Fellow, ...]:
        """Those whose name matches, the best match first, with their progress; an id (a button's) names just one."""
        key = folded(asked.name)
        if key == LATE:
            found = self._late.all(on, (asked.within, micros(now), asked.limit))
        else:
            part = key.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
            likes = (f"%{part}%", asked.name, key, f"{part}%", f"% {part}%")
            found = self._named.all(on, (asked.within, *likes, asked.limit))
        people = _persons(found)
        meant = [person for person in people if person.id == asked.name]
        return self._fellows(on, meant or people, "")

    def team(self, on: Connection, asked: Team, now: datetime) -> TeamFound:
        """The learners and managers of a unit and below: a page of them, the worst first, and the totals of all."""
        values = (asked.unit, micros(now), micros(now - timedelta(days=SILENT_DAYS)), asked.pack, asked.pack)
        members = self._members.all(on, (*values, TEAM_PAGE, asked.page * TEAM_PAGE))
        fellows = self._fellows(on, _persons([row[:3] for row in members]), asked.pack)
        missed = self._missed.all(on, (asked.unit, asked.pack, asked.pack, MOST_MISSED))
        return TeamFound(
            tuple(replace(each, state=STATES[row[3]]) for each, row in zip(fellows, members, strict=True)),
            {STATES[rank]: int(count) for rank, count in self._totals.all(on, values)},
            tuple(Missed(CardRef(pack, card), int(times), int(wrong)) for pack, card, times, wrong in missed),
        )


def _persons(found: Sequence[Row]) -> list[Person]:
    return [rows.person_of(*row) for row in found]


def _select() -> Select[Any]:
    return select(*(persons.c[name] for name in PERSON))


def _named() -> Select[Any]:
    def like(name: str) -> ColumnElement[bool]:
        return persons.c.name_key.like(given(name), escape="\\")

    exact = persons.c.name_key == given("exact")
    match = case((exact, constant(0)), (like("start"), constant(1)), (like("word"), constant(2)), else_=constant(3))
    found = _select().where(persons.c.unit.in_(below("top")), or_(like("like"), persons.c.id == given("id")))
    return first(found.order_by(match, persons.c.name_key, persons.c.id), "most")


def _late() -> Select[Any]:
    late = exists(
        select(progress.c.pack).where(
            progress.c.person == persons.c.id,
            progress.c.completed_at.is_(None),
            progress.c.due_at < given("now"),
        )
    )
    found = _select().where(persons.c.unit.in_(below("top")), late)
    return first(found.order_by(persons.c.name_key, persons.c.id), "most")


def _ranks() -> Subquery:
    """Each member of a team with the place of their state in `STATES`: what `bot.progress.state_of` says of one pack,
    for all of them. A test holds the two together."""
    row = progress.c
    open_ = and_(row.pack.is_not(None), row.completed_at.is_(None))

    def some(condition: ColumnElement[bool]) -> ColumnElement[bool]:
        return func.sum(case((and_(open_, condition), constant(1)), else_=constant(0))) > constant(0)

    def rank(state: str) -> ColumnElement[Any]:
        return constant(STATES.index(state))

    state = case(
        (some(row.due_at < given("now")), rank("late")),
        (some(func.coalesce(row.last_at, row.enrolled_at) < given("silent")), rank("silent")),
        (func.count(row.pack) == constant(0), rank("free")),
        (func.count(row.completed_at) == func.count(row.pack), rank("done")),
        (func.count(row.started_at) > constant(0), rank("going")),
        else_=rank("new"),
    )
    in_pack = or_(given("pack") == constant(""), row.pack == given("pack"))
    return (
        select(persons.c.id, state.label("rank"))
        .select_from(persons.outerjoin(progress, and_(row.person == persons.c.id, in_pack)))
        .where(persons.c.unit.in_(below("top")), persons.c.role.in_([constant(role.value) for role in TEAM]))
        .group_by(persons.c.id)
        .subquery("ranks")
    )


def _members() -> Select[Any]:
    ranks = _ranks()
    found = _select().add_columns(ranks.c.rank).join_from(ranks, persons, persons.c.id == ranks.c.id)
    ordered = found.order_by(ranks.c.rank, persons.c.name_key, persons.c.id)
    return ordered.limit(given("most")).offset(given("skip"))


def _totals() -> Select[Any]:
    ranks = _ranks()
    return select(ranks.c.rank, func.count()).group_by(ranks.c.rank)


def _missed() -> Select[Any]:
    """Those missed by the largest share, where a question that was asked only once or twice proves little."""
    counts = question_counts.c
    asked, missed = func.sum(counts.asked), func.sum(counts.missed)
    in_pack = or_(given("pack") == constant(""), counts.pack == given("pack"))
    still_there = exists(
        select(live_cards.c.pack).where(live_cards.c.pack == counts.pack, live_cards.c.card == counts.card)
    )
    share = missed * constant(1.0) / (asked + constant(2))
    found = (
        select(counts.pack, counts.card, asked, missed)
        .where(counts.unit.in_(below("top")), in_pack, still_there)
        .group_by(counts.pack, counts.card)
        .having(missed > constant(0))
        .order_by(share.desc(), missed.desc(), counts.pack, counts.card)
    )
    return first(found, "most")
