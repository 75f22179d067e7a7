"""The outbox as its loop sees it: what may go now, and what became of it.

Promise: letters of an address go out in order, one at a time, answers before pushes; no account waits for another. It
does not know how they are sent.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace
from sqlalchemy import (
    Connection,
    Dialect,
    Integer,
    Select,
    Text,
    and_,
    case,
    column,
    delete,
    exists,
    or_,
    select,
    tuple_,
    update,
    values,
)

from adapters.database import rows
from adapters.database.letters import stranger
from adapters.database.queries import keyed
from adapters.database.rows import decode_message, decode_person, micros, moment_or_none
from adapters.database.statements import Row, Sized, Statement, constant, first, given, upsert
from adapters.database.tables import addresses, letters, persons
from bot.effects import Fetch
from bot.events import Address
from bot.ports import Lane, Letter, Posted

_decode_fetch = msgspec.json.Decoder(Fetch).decode


class Postbox:
    """The statements, built for one kind of database."""

    def __init__(self, dialect: Dialect) -> None:
        self._read = Sized(_next, dialect, after=("now", "most"))
        self._endings = _Endings(dialect)
        self._moving = _Moving(dialect)

    def next(self, on: Connection, now: datetime, lanes: Sequence[Lane]) -> tuple[Letter, ...]:
        """What may go now, answers before pushes, in order, at most one letter an address (and one file)."""
        keys = [
            (lane.channel, lane.account, push, int(lane.sends)) for lane in lanes for push in range(1 + lane.pushes)
        ]
        if not keys:
            return ()
        # One limit for all of them: SQL knows no other. What is too much for a lane is left here.
        most = {(lane.channel, lane.account): lane.limit for lane in lanes}
        found = {row[0]: row for row in self._read.all(on, keys, after=(micros(now), max(most.values())))}
        taken = []
        for row in sorted(found.values(), key=lambda row: (row[1], row[0])):
            lane = (row[2], row[4])
            if most[lane] > 0:
                most[lane] -= 1
                taken.append(_letter(row))
        return tuple(taken)

    def posted(self, on: Connection, results: Sequence[Posted]) -> None:
        """What became of letters."""
        self._endings.write(on, results)

    def moved(self, on: Connection, address: Address, to: Address) -> None:
        """That conversation lives elsewhere now: everything that names it names the new place."""
        self._moving.write(on, address, to)


class _Endings:
    """One statement for each way a letter can end."""

    def __init__(self, dialect: Dialect) -> None:
        def ending(*where: Any, after: Sequence[str] = (), **changed: Any) -> Statement:
            names = [name for name, value in changed.items() if value is None]
            bound = {name: given("new_" + name) if value is None else value for name, value in changed.items()}
            order = ["new_" + each.name for each in letters.c if each.name in names]
            chosen = update(letters).where(letters.c.id == given("of"), *where)
            return Statement(chosen.values(bound), dialect, [*order, "of", *after])

        waits = letters.c.state == constant("waiting")
        there = (waits, letters.c.channel == given("of_channel"), letters.c.chat == given("of_chat"))
        more = letters.c.attempts + constant(1)
        self._sent = ending(state=constant("sent"), mark=None)
        self._failed = ending(waits, state=constant("failed"), why=None)
        self._gone = ending(*there, after=("of_channel", "of_chat"), state=constant("failed"), why=None)
        self._again = ending(waits, not_before=None, attempts=more, doubtful=None)
        self._later = ending(waits, not_before=None, doubtful=None)
        self._changed = Sized(_changed, dialect)
        self._original = ending(channel=None, chat=None, account=None, mark=None)

    def write(self, on: Connection, results: Sequence[Posted]) -> None:
        sent: list[Row] = []
        failed: list[Row] = []
        gone: list[Row] = []
        again: list[Row] = []
        later: list[Row] = []
        for each in results:
            if each.mark is not None:
                sent.append((each.mark or str(each.letter), each.letter))
            elif each.again_at is not None:
                (again if each.counted else later).append((micros(each.again_at), int(each.doubtful), each.letter))
            elif each.where:
                gone.append((each.failed, each.letter, each.where.channel, each.where.chat))
            else:
                failed.append((each.failed, each.letter))
        self._sent.run_all(on, sent)
        self._failed.run_all(on, failed)
        self._gone.run_all(on, gone)
        self._again.run_all(on, again)
        self._later.run_all(on, later)
        self._follow(on, [each for each in results if each.mark])

    def _follow(self, on: Connection, sent: Sequence[Posted]) -> None:
        """An amendment that was said anew, or elsewhere, is what later amendments change."""
        if not sent:
            return
        marks = {each.letter: each.mark for each in sent}
        self._original.run_all(
            on,
            [
                (*place, marks[id_], of)
                for id_, of, *place, mark, channel, chat in self._changed.all(on, [(id_,) for id_ in marks])
                if (marks[id_], *place[:2]) != (mark, channel, chat)
            ],
        )


class _Moving:
    def __init__(self, dialect: Dialect) -> None:
        row = letters.c
        quiz = and_(row.key >= constant("quiz."), row.key < constant("quiz/"))
        # Messages have other numbers there: what was sent cannot be changed any more. A quiz is known everywhere.
        kept = case((or_(row.state != constant("sent"), quiz), row.mark), else_=None)
        here = (row.channel == given("of_channel"), row.chat == given("of_chat"))
        place = {name: given("to_" + name) for name in ("channel", "chat", "account")}
        self._letters = Statement(
            update(letters).where(*here).values({**place, "mark": kept}),
            dialect,
            ("to_channel", "to_chat", "to_account", "of_channel", "of_chat"),
        )
        self._owners = Statement(
            update(letters).where(row.owner == given("of"), row.key != constant("")).values(owner=given("to")),
            dialect,
            ("to", "of"),
        )
        bound = (addresses.c.channel == given("of_channel"), addresses.c.chat == given("of_chat"))
        self._whose = Statement(select(addresses.c.person).where(*bound), dialect, ("of_channel", "of_chat"))
        self._unbind = Statement(delete(addresses).where(*bound), dialect, ("of_channel", "of_chat"))
        names = ("channel", "chat", "person")
        bind = upsert(addresses, dialect).values({name: given(name) for name in names}).on_conflict_do_nothing()
        self._bind = Statement(bind, dialect, names)
        found = select(persons.c.state).where(persons.c.id == given("of"))
        self._person = Statement(found, dialect, ("of",))
        stored = update(persons).where(persons.c.id == given("of"))
        self._store = Statement(
            stored.values(state=given("state"), version=persons.c.version + constant(1)), dialect, ("state", "of")
        )

    def write(self, on: Connection, address: Address, to: Address) -> None:
        here = (address.channel, address.chat)
        self._letters.run(on, (to.channel, to.chat, to.account, *here))
        self._owners.run(on, (stranger(to), stranger(address)))
        for (whose,) in self._whose.all(on, here):
            self._unbind.run(on, here)
            self._bind.run(on, (to.channel, to.chat, whose))
            for (state,) in self._person.all(on, (whose,)):
                person = decode_person(state)
                home = to if person.home == address else person.home
                others = tuple(to if each == address else each for each in person.others)
                self._store.run(on, (rows.state_of(replace(person, home=home, others=others)), whose))


# --- Statements and rows ---------------------------------------------------------------------------------------------------


def _next(many: int) -> Select[Any]:
    """For each lane, the first waiting letters of its addresses that need not wait. Walks each queue from its head and
    stops early. A file that is being brought holds up nobody; it waits for what was said before it. Where new messages rest,
    a change of what never got there may come along, though it will be one: the outbox leaves it where it is."""
    waiting, earlier, original = letters.alias("waiting"), letters.alias("earlier"), letters.alias("original")
    names = (column("channel", Text), column("account", Text), column("push", Integer), column("sends", Integer))
    lanes = values(*names, name="lanes").data([("", "", 0, 0)] * many).cte("lanes")
    before = exists(
        select(earlier.c.id).where(
            earlier.c.state == constant("waiting"),
            earlier.c.channel == waiting.c.channel,
            earlier.c.chat == waiting.c.chat,
            tuple_(earlier.c.push, earlier.c.id) < tuple_(waiting.c.push, waiting.c.id),
            earlier.c.fetch.is_(None) | waiting.c.fetch.is_not(None),
        )
    )
    head = (
        select(waiting.c.id)
        .where(
            waiting.c.state == constant("waiting"),
            *(waiting.c[name] == lanes.c[name] for name in ("channel", "account", "push")),
            waiting.c.not_before <= given("now"),
            or_(lanes.c.sends != constant(0), *(waiting.c[name].is_not(None) for name in ("amends", "mark", "fetch"))),
            ~before,
        )
        .order_by(waiting.c.id)
        .correlate(lanes)
    )
    row = letters.c
    about = (row.id, row.push, row.channel, row.chat, row.account, row.message, row.attempts, row.until, row.doubtful)
    old = (original.c.channel, original.c.chat, original.c.mark)
    return (
        select(*about, row.fetch, row.mark, *old)
        .select_from(lanes)
        .join(letters, row.id.in_(first(head, "most")))
        .join(original, original.c.id == row.amends, isouter=True)
    )


def _letter(found: Row) -> Letter:
    id_, _, channel, chat, _, message, attempts, until, doubtful, fetch, own, of_channel, of_chat, of_mark = found
    # The letter to change never got there, or lies elsewhere: then this one goes out as a new one.
    mark = own or (of_mark if (of_channel, of_chat) == (channel, chat) else "") or ""
    return Letter(
        id_,
        Address(channel, chat),
        decode_message(message),
        mark,
        bool(mark) and not fetch,
        attempts,
        moment_or_none(until),
        _decode_fetch(fetch) if fetch else None,
        bool(doubtful),
    )


def _changed(many: int) -> Select[Any]:
    """Of these letters, those that change another one: which, where they are, and what is known of the other."""
    original = letters.alias("original")
    row = letters.c
    place = (row.channel, row.chat, row.account)
    old = (original.c.mark, original.c.channel, original.c.chat)
    found = select(row.id, row.amends, *place, *old).join(original, original.c.id == row.amends)
    return found.where(keyed(letters, ("id",), many))
