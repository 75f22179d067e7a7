"""Two who were one all the time: everything of the one becomes the other's, in the turn's own transaction.

Promise: of a card that both have met, the state that was reviewed last stays; of a pack, the row that got further, with
counts that are true again; enrolments, name, unit and role are the other's. What was said to the one and has no name is
left as it is: nobody looks it up by its owner, and a year of letters is not read for it.
"""

from collections.abc import Iterable

from msgspec.structs import replace
from sqlalchemy import Connection, Dialect, Table, delete, select, update

from adapters.database import rows
from adapters.database.rows import decode_incoming, encode
from adapters.database.statements import Statement, constant, given
from adapters.database.tables import (
    addresses,
    assignments,
    cards,
    facts,
    inbox,
    invites,
    letters,
    live_cards,
    persons,
    progress,
)
from adapters.database.writing import Writing
from bot.effects import CardState, Merge, Progress
from bot.ports import Raced
from lessons.model import CardRef


class Merging:
    """The statements, built for one kind of database."""

    def __init__(self, dialect: Dialect, writing: Writing) -> None:
        def owned(table: Table, column: str, *where: object) -> Statement:
            change = update(table).where(table.c[column] == given("was"), *where).values({column: given("now")})  # type: ignore[arg-type]
            return Statement(change, dialect, ("now", "was"))

        def rows_of(table: Table, names: Iterable[str]) -> Statement:
            mine = table.c.person == given("of")
            return Statement(select(*(table.c[name] for name in names)).where(mine), dialect, ("of",))

        def gone(table: Table) -> Statement:
            return Statement(delete(table).where(table.c.person == given("of")), dialect, ("of",))

        self._writing = writing
        self._cards, self._progress = rows_of(cards, rows.CARD), rows_of(progress, rows.PROGRESS)
        self._no_cards, self._no_progress = gone(cards), gone(progress)
        theirs = select(progress.c.pack).where(progress.c.person == given("of"))
        live = select(live_cards.c.pack, live_cards.c.card).where(live_cards.c.pack.in_(theirs))
        self._live = Statement(live, dialect, ("of",))
        self._owned = (
            owned(addresses, "person"),
            owned(facts, "person"),
            owned(invites, "person"),
            owned(invites, "by"),
            owned(assignments, "by"),
            owned(letters, "owner", letters.c.key != constant("")),
        )
        pending = inbox.c.state == constant("pending")
        self._pending = Statement(select(inbox.c.seq, inbox.c.event).where(pending), dialect, ())
        again = update(inbox).where(inbox.c.seq == given("of")).values(event=given("event"))
        self._readdress = Statement(again, dialect, ("event", "of"))
        self._there = Statement(select(persons.c.id).where(persons.c.id == given("of")), dialect, ("of",))
        self._gone = Statement(delete(persons).where(persons.c.id == given("of")), dialect, ("of",))

    def merge(self, on: Connection, effect: Merge) -> None:
        """Raises Raced when one of the two is no more, or both are the same."""
        was, into = effect.person, effect.into
        if was == into or not all(self._there.all(on, (each,)) for each in (was, into)):
            raise Raced("one of the two is no more")
        states = self._merge_cards(on, was, into)
        self._merge_progress(on, was, into, states)
        for statement in self._owned:
            statement.run(on, (into, was))
        for seq, event in self._pending.all(on):
            incoming = decode_incoming(event)
            if incoming.person == was:
                self._readdress.run(on, (encode(replace(incoming, person=into)), seq))
        self._gone.run(on, (was,))

    def _merge_cards(self, on: Connection, was: str, into: str) -> dict[CardRef, CardState]:
        """All that is known of all cards, once it is one person's."""
        brought = [rows.card_of(row) for row in self._cards.all(on, (was,))]
        states = {state.ref: state for state in (rows.card_of(row) for row in self._cards.all(on, (into,)))}
        better = [state for state in brought if state.ref not in states or _later(state, states[state.ref])]
        self._writing.cards.run_all(on, [rows.card_row(into, state) for state in better])
        self._no_cards.run(on, (was,))
        return {**states, **{state.ref: state for state in better}}

    def _merge_progress(self, on: Connection, was: str, into: str, states: dict[CardRef, CardState]) -> None:
        brought = {row[0]: rows.progress_of(row) for row in self._progress.all(on, (was,))}
        own = {row[0]: rows.progress_of(row) for row in self._progress.all(on, (into,))}
        live: dict[str, list[CardRef]] = {}
        for pack, card in (*self._live.all(on, (was,)), *self._live.all(on, (into,))):
            live.setdefault(pack, []).append(CardRef(pack, card))
        both = {pack: joined(row, own.get(pack)) for pack, row in brought.items()}
        counted = [recounted(row, set(live.get(pack, ())), states) for pack, row in both.items()]
        self._no_progress.run(on, (was,))
        self._no_progress.run(on, (into,))
        kept = [row for pack, row in own.items() if pack not in both]
        self._writing.progress.run_all(on, [rows.progress_row(into, row) for row in (*kept, *counted)])


def _later(brought: CardState, own: CardState) -> bool:
    """Whether the brought state is the one to keep: reviewed later, or else met later."""
    if brought.memory and own.memory:
        return brought.memory.reviewed_at > own.memory.reviewed_at
    if brought.memory or own.memory:
        return own.memory is None
    return brought.seen_at > own.seen_at


def joined(brought: Progress, own: Progress | None) -> Progress:
    """One row of two: learned is what the further one did; who assigned it, and until when, is as it was here."""
    if own is None:
        return brought
    further, other = (brought, own) if _how_far(brought) > _how_far(own) else (own, brought)
    assigned = own if own.by or not brought.by else brought
    starts = [row.started_at for row in (brought, own) if row.started_at]
    lasts = [row.last_at for row in (brought, own) if row.last_at]
    return replace(
        further,
        enrolled_at=assigned.enrolled_at,
        by=assigned.by,
        due_at=assigned.due_at,
        started_at=min(starts, default=None),
        last_at=max(lasts, default=None),
        completed_at=further.completed_at or other.completed_at,
    )


def _how_far(row: Progress) -> tuple[bool, int, float]:
    return row.completed_at is not None, row.seen, row.score


def recounted(row: Progress, live: set[CardRef], states: dict[CardRef, CardState]) -> Progress:
    """The counts as the cards say, of what is not complete; what is complete stays as it was earned."""
    if row.completed_at is not None or not live:
        return row
    met = [states[ref] for ref in live if ref in states]
    credits = [state.credit for state in met if state.credit is not None]
    score = sum(credits) / len(credits) if credits else 0.0
    return replace(row, seen=len(met), total=len(live), graded=len(credits), score=score)
