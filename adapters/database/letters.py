"""What goes out, and the transcript of a chat: one table, in the order in which it was said.

Promise: letters of an address go out in order, one at a time, answers before pushes; an amendment waits for its letter.
A row's id is given here, before it is written, so that a batch needs no question back: there is one writer.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Dialect, Select, and_, delete, exists, func, insert, select, tuple_, update

from adapters.database.queries import keyed
from adapters.database.rows import decode_message, encode, micros, micros_or_none, moment, moment_or_none
from adapters.database.statements import Row, Sized, Statement, constant, first, given
from adapters.database.tables import letters
from bot.effects import Amend, Say
from bot.events import Address, Incoming
from bot.ports import Entry, Letter, Posted

NEW = ("id", "channel", "chat", "owner", "key", "amends", "push", "until", "message", "at", "state", "shown")


class Original(NamedTuple):
    """A letter that is to be changed."""

    id: int
    channel: str
    chat: str
    push: int
    waiting: bool


class Wanted(NamedTuple):
    """Something to say or to change, where, and for whom."""

    effect: Say | Amend
    person: str
    address: Address | None


def stranger(address: Address) -> str:
    """Who owns the letters of somebody who is nobody yet. No person's id looks like it."""
    return f"{address.channel}:{address.chat}"


class Letters:
    """The statements, built for one kind of database. `transcripts` names the channels whose pages read them."""

    def __init__(self, dialect: Dialect, transcripts: Sequence[str]) -> None:
        self._transcripts = frozenset(transcripts)
        self._last_id = -1
        self._new = Statement(insert(letters).values({name: given(name) for name in NEW}), dialect, NEW)
        change = update(letters).where(letters.c.id == given("of"), letters.c.shown.is_not(None))
        self._change = Statement(
            change.values(message=given("message"), shown=given("shown")), dialect, ("message", "shown", "of")
        )
        self._originals = Sized(_originals, dialect)
        self._last = Statement(select(func.max(letters.c.id)), dialect, ())
        self._next = _Next(dialect)
        self._posted = _Posted(dialect)
        newest = select(*_entry()).where(_here(), letters.c.shown > given("after"))
        self._since = Statement(
            first(newest.order_by(letters.c.shown), "most"), dialect, ("channel", "chat", "after", "most")
        )
        latest = select(*_entry()).where(_here()).order_by(letters.c.shown.desc())
        self._latest = Statement(first(latest, "most"), dialect, ("channel", "chat", "most"))
        gone = letters.c.state.in_([constant(state) for state in ("sent", "failed", "unknown")])
        old = and_(letters.c.at < given("before"), gone, letters.c.shown.is_(None), letters.c.id < given("last"))
        self._prune = Statement(delete(letters).where(old), dialect, ("before", "last"))

    # --- Writing -------------------------------------------------------------------------------------------------------

    def hear(self, on: Connection, incoming: Sequence[tuple[Incoming, str]]) -> None:
        """Keeps the person's own words where there is a transcript."""
        said = [
            (each.at, each.address, words)
            for each, words in incoming
            if words and each.address and each.address.channel in self._transcripts
        ]
        ids = self._ids(on, len(said))
        self._new.run_all(
            on,
            [
                (id_, to.channel, to.chat, stranger(to), "", None, 0, None, words.encode(), micros(at), "said", id_)
                for id_, (at, to, words) in zip(ids, said, strict=True)
            ],
        )

    def write(self, on: Connection, wanted: Sequence[Wanted], now: datetime) -> None:
        """Puts letters and amendments in the outbox, in order. An amendment of nothing becomes a letter of its own."""
        known = self._known(on, wanted)
        new: list[Row] = []
        changes: list[Row] = []
        for id_, (effect, person, address) in zip(self._ids(on, len(wanted)), wanted, strict=True):
            message = encode(effect.message)
            owner = person or (stranger(address) if address else "")
            of = known.get((owner, effect.key)) if isinstance(effect, Amend) else None
            if of:
                push = of.push if of.waiting else 0  # it must not overtake the letter that it changes
                new.append(
                    (id_, of.channel, of.chat, owner, "", of.id, push, None, message, micros(now), "waiting", None)
                )
                if of.channel in self._transcripts:
                    changes.append((message, id_, of.id))
            elif address:
                until = effect.until if isinstance(effect, Say) else None
                push = int(until is not None)
                shown = id_ if address.channel in self._transcripts and not effect.message.fleeting else None
                here = (address.channel, address.chat)
                new.append(
                    (
                        id_,
                        *here,
                        owner,
                        effect.key,
                        None,
                        push,
                        micros_or_none(until),
                        message,
                        micros(now),
                        "waiting",
                        shown,
                    )
                )
                if effect.key:
                    known[owner, effect.key] = Original(id_, *here, push, True)
        self._new.run_all(on, new)
        self._change.run_all(on, changes)

    def _known(self, on: Connection, wanted: Sequence[Wanted]) -> dict[tuple[str, str], Original]:
        """The newest letter of each key that is to be changed, as far as it was written before this batch."""
        keys = {
            (person or (stranger(address) if address else ""), effect.key)
            for effect, person, address in wanted
            if isinstance(effect, Amend) and effect.key
        }
        return {
            (owner, key): Original(id_, channel, chat, push, state == "waiting")
            for owner, key, id_, channel, chat, push, state in self._originals.all(on, sorted(keys))
        }

    def _ids(self, on: Connection, many: int) -> range:
        if self._last_id < 0:
            self._last_id = int(self._last.run(on).scalar() or 0)
        self._last_id += many
        return range(self._last_id - many + 1, self._last_id + 1)

    def posted(self, on: Connection, results: Sequence[Posted]) -> None:
        """What became of letters."""
        self._posted.write(on, results)

    def prune(self, on: Connection, before: datetime) -> int:
        """Forgets what was sent before then, where no page shows it. The newest stays: ids only grow."""
        last = int(self._last.run(on).scalar() or 0)
        return self._prune.run(on, (micros(before), last)).rowcount

    # --- Reading -------------------------------------------------------------------------------------------------------

    def next(self, on: Connection, now: datetime, limit: int, channels: Sequence[str]) -> tuple[Letter, ...]:
        """What may go out now."""
        return self._next.read(on, now, limit, channels)

    def entries(self, on: Connection, address: Address, after: int, limit: int) -> tuple[Entry, ...]:
        """The transcript since `after`, or (0) its newest lines."""
        here = (address.channel, address.chat)
        if not after:
            return tuple(_entry_of(row) for row in reversed(self._latest.all(on, (*here, limit))))
        return tuple(_entry_of(row) for row in self._since.all(on, (*here, after, limit)))


class _Next:
    """The outbox as the loop reads it."""

    def __init__(self, dialect: Dialect) -> None:
        self._read = Sized(_next, dialect, before=(), after=("now", "most"))

    def read(self, on: Connection, now: datetime, limit: int, channels: Sequence[str]) -> tuple[Letter, ...]:
        if not channels:
            return ()
        found = self._read.all(on, [(channel,) for channel in channels], after=(micros(now), limit))
        return tuple(_letter(row) for row in sorted(found, key=lambda row: (row[5] is not None, row[0])))


class _Posted:
    """The outbox as the loop writes it: one statement for each way a letter can end."""

    def __init__(self, dialect: Dialect) -> None:
        def ending(**values: Any) -> Statement:
            names = [name for name, value in values.items() if value is None]
            bound = {name: given("new_" + name) if value is None else value for name, value in values.items()}
            order = ["new_" + column.name for column in letters.c if column.name in names]
            return Statement(update(letters).where(letters.c.id == given("of")).values(bound), dialect, [*order, "of"])

        more = letters.c.attempts + constant(1)
        self._sent = ending(state=constant("sent"), mark=None)
        self._failed = ending(state=constant("failed"), why=None)
        self._unknown = ending(state=constant("unknown"), why=None)
        self._again = ending(not_before=None, attempts=more)
        self._later = ending(not_before=None)

    def write(self, on: Connection, results: Sequence[Posted]) -> None:
        sent: list[Row] = []
        failed: list[Row] = []
        unknown: list[Row] = []
        again: list[Row] = []
        later: list[Row] = []
        for each in results:
            if each.mark is not None:
                sent.append((each.mark or str(each.letter), each.letter))
            elif each.again_at is not None:
                (again if each.counted else later).append((micros(each.again_at), each.letter))
            elif each.unknown:
                unknown.append((each.failed or "no answer", each.letter))
            else:
                failed.append((each.failed, each.letter))
        self._sent.run_all(on, sent)
        self._failed.run_all(on, failed)
        self._unknown.run_all(on, unknown)
        self._again.run_all(on, again)
        self._later.run_all(on, later)


# --- Statements and rows ---------------------------------------------------------------------------------------------------


def _originals(many: int) -> Select[Any]:
    newest = (
        select(func.max(letters.c.id))
        .where(keyed(letters, ("owner", "key"), many), letters.c.key != constant(""))
        .group_by(letters.c.owner, letters.c.key)
    )
    row = letters.c
    return select(row.owner, row.key, row.id, row.channel, row.chat, row.push, row.state).where(row.id.in_(newest))


def _next(many: int) -> Select[Any]:
    """The first waiting letter of each address, unless it has to wait. Walks the queue from its head and stops early."""
    earlier = letters.alias("earlier")
    original = letters.alias("original")
    row = letters.c
    before = exists(
        select(earlier.c.id).where(
            earlier.c.state == constant("waiting"),
            earlier.c.channel == row.channel,
            earlier.c.chat == row.chat,
            tuple_(earlier.c.push, earlier.c.id) < tuple_(row.push, row.id),
        )
    )
    here = (row.channel, row.chat, row.message, row.attempts, row.until, row.amends, original.c.mark)
    found = (
        select(row.id, *here)
        .join_from(letters, original, original.c.id == row.amends, isouter=True)
        .where(
            row.state == constant("waiting"),
            keyed(letters, ("channel",), many),
            row.not_before <= given("now"),
            ~before,
        )
        .order_by(row.push, row.id)
    )
    return first(found, "most")


def _letter(row: Row) -> Letter:
    id_, channel, chat, message, attempts, until, amends, mark = row
    # The letter to change never got there: then this one goes out as a new one.
    changes = bool(amends and mark)
    return Letter(
        id_,
        Address(channel, chat),
        decode_message(message),
        mark if changes else "",
        changes,
        attempts,
        moment_or_none(until),
    )


def _here() -> Any:
    at = letters.c.channel == given("channel"), letters.c.chat == given("chat")
    return and_(*at, letters.c.shown.is_not(None))


def _entry() -> tuple[Any, ...]:
    row = letters.c
    return row.id, row.shown, row.at, row.state, row.message


def _entry_of(row: Row) -> Entry:
    id_, shown, at, state, message = row
    if state == "said":
        return Entry(id_, shown, moment(at), mine=message.decode())
    return Entry(id_, shown, moment(at), message=decode_message(message))
