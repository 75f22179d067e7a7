"""What is to go out, and the transcript of a chat: one table, in the order in which it was said. `postbox` sends it.

Promise: an amendment waits for its letter, and only the newest board of an address waits at all. A row's id is given
here, before it is written, so that a batch needs no question back: there is one writer.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Dialect, Select, and_, delete, func, insert, select, update

from adapters.database.queries import keyed
from adapters.database.rows import decode_message, encode, micros, micros_or_none, moment
from adapters.database.statements import Row, Sized, Statement, constant, first, given
from adapters.database.sweeping import Sweep
from adapters.database.tables import letters
from bot.effects import Amend, Board, Fetch, Forsake, Say
from bot.events import Address, Incoming
from bot.message import BOARD, Message
from bot.ports import Entry

# In the order of the table's columns.
PLACE = ("id", "channel", "chat", "account", "owner", "key")
NEW = (*PLACE, "amends", "push", "until", "message", "at", "state", "shown", "mark", "fetch")
NOTHING = encode(Message())


class Original(NamedTuple):
    """A letter that is to be changed."""

    id: int
    address: Address
    push: int
    waiting: bool


class Wanted(NamedTuple):
    """Something to say, to change or to bring, where, and for whom."""

    effect: Say | Amend | Board | Fetch
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
        self._forsaking = _Forsaking(dialect)
        newest = select(*_entry()).where(_here(), letters.c.shown > given("after"))
        self._since = Statement(
            first(newest.order_by(letters.c.shown), "most"), dialect, ("channel", "chat", "after", "most")
        )
        latest = select(*_entry()).where(_here()).order_by(letters.c.shown.desc())
        self._latest = Statement(first(latest, "most"), dialect, ("channel", "chat", "most"))
        over = letters.c.state.in_([constant(state) for state in ("sent", "failed", "unknown")])
        newest_id = select(func.max(letters.c.id)).scalar_subquery()  # it stays: ids only grow
        gone = and_(over, letters.c.shown.is_(None), letters.c.id < newest_id)
        self.old = Sweep(letters.c.id, letters.c.at, gone, dialect)  # what was sent, where no page shows it

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
                _row(id_, to, stranger(to), words.encode(), micros(at), shown=id_, state="said")
                for id_, (at, to, words) in zip(ids, said, strict=True)
            ],
        )

    def write(self, on: Connection, wanted: Sequence[Wanted], now: datetime) -> None:
        """Puts letters and amendments in the outbox, in order. An amendment of nothing becomes a letter of its own."""
        known = self._known(on, wanted)
        at = micros(now)
        new: list[Row] = []
        changes: list[Row] = []
        boards: list[Row] = []
        for id_, (effect, person, address) in zip(self._ids(on, len(wanted)), wanted, strict=True):
            owner = person or (stranger(address) if address else "")
            of = known.get((owner, effect.key)) if isinstance(effect, Amend | Fetch) else None
            if isinstance(effect, Fetch):
                if address:
                    shows = of.id if of else None
                    new.append(_row(id_, address, owner, NOTHING, at, amends=shows, fetch=encode(effect)))
                continue
            message = encode(effect.message)
            if isinstance(effect, Board):
                if address:
                    new.append(_row(id_, address, owner, message, at, mark=BOARD))
                    boards.append((address.channel, address.chat, id_))
            elif of:
                push = of.push if of.waiting else 0  # it must not overtake the letter that it changes
                new.append(_row(id_, of.address, owner, message, at, amends=of.id, push=push))
                if of.address.channel in self._transcripts:
                    changes.append((message, id_, of.id))
            elif address:
                until = effect.until if isinstance(effect, Say) else None
                push = int(until is not None)
                shown = id_ if address.channel in self._transcripts and not effect.message.fleeting else None
                end = micros_or_none(until)
                new.append(_row(id_, address, owner, message, at, effect.key, push=push, until=end, shown=shown))
                if effect.key:
                    known[owner, effect.key] = Original(id_, address, push, True)
        self._new.run_all(on, new)
        self._change.run_all(on, changes)
        self._forsaking.older_boards.run_all(on, boards)

    def forsake(self, on: Connection, forsaken: Sequence[Forsake]) -> None:
        """What waits at an address goes to another one instead, as if nothing had been tried; or it fails. What only takes
        the buttons off an earlier message stays: elsewhere it would say an old thing again."""
        make = self._forsaking
        for address, to in ((each.address, each.to) for each in forsaken):
            here = (address.channel, address.chat)
            if to is None or to == address:
                make.gone.run(on, here)
                continue
            make.stays.run(on, here)
            waiting: list[tuple[int, Message]] = []
            for id_, amends, data in make.waiting.all(on, here):
                message = decode_message(data)
                if amends and not message.rows:
                    make.over.run(on, (id_,))
                else:
                    waiting.append((id_, message))
            ids = self._ids(on, len(waiting))  # a page that has seen newer lines must hear of these too
            shows = to.channel in self._transcripts
            make.redirect.run_all(
                on,
                [
                    (
                        to.channel,
                        to.chat,
                        to.account,
                        new if shows and not message.fleeting else None,
                        id_,
                    )
                    for new, (id_, message) in zip(ids, waiting, strict=True)
                ],
            )

    def _known(self, on: Connection, wanted: Sequence[Wanted]) -> dict[tuple[str, str], Original]:
        """The newest letter of each key that is to be changed, as far as it was written before this batch."""
        keys = {
            (person or (stranger(address) if address else ""), effect.key)
            for effect, person, address in wanted
            if isinstance(effect, Amend | Fetch) and effect.key
        }
        return {
            (owner, key): Original(id_, Address(channel, chat), push, state == "waiting")
            for owner, key, id_, channel, chat, push, state in self._originals.all(on, sorted(keys))
        }

    def _ids(self, on: Connection, many: int) -> range:
        if self._last_id < 0:
            self._last_id = int(self._last.run(on).scalar() or 0)
        self._last_id += many
        return range(self._last_id - many + 1, self._last_id + 1)

    # --- The transcript ------------------------------------------------------------------------------------------------

    def entries(self, on: Connection, address: Address, after: int, limit: int) -> tuple[Entry, ...]:
        """The transcript since `after`, or (0) its newest lines."""
        here = (address.channel, address.chat)
        if not after:
            return tuple(_entry_of(row) for row in reversed(self._latest.all(on, (*here, limit))))
        return tuple(_entry_of(row) for row in self._since.all(on, (*here, after, limit)))


class _Forsaking:
    """What happens to letters that wait at an address: a newer board, or nobody is there any more."""

    def __init__(self, dialect: Dialect) -> None:
        row = letters.c
        here = (
            row.state == constant("waiting"),
            row.channel == given("of_channel"),
            row.chat == given("of_chat"),
        )
        names = ("of_channel", "of_chat")
        board = and_(row.mark == constant(BOARD), row.amends.is_(None))
        older = delete(letters).where(*here, board, row.id < given("newest"))
        self.older_boards = Statement(older, dialect, (*names, "newest"))
        ended = update(letters).values(state=constant("failed"), why=constant("gone"))
        self.gone = Statement(ended.where(*here), dialect, names)
        # A board is the other channel's own, and so is a file that it holds.
        self.stays = Statement(ended.where(*here, board | row.fetch.is_not(None)), dialect, names)
        self.over = Statement(ended.where(row.id == given("of")), dialect, ("of",))
        found = select(row.id, row.amends, row.message).where(*here).order_by(row.push, row.id)
        self.waiting = Statement(found, dialect, names)
        anew = {"attempts": constant(0), "not_before": constant(0), "doubtful": constant(0)}
        place = {name: given("to_" + name) for name in ("channel", "chat", "account", "shown")}
        self.redirect = Statement(
            update(letters).where(row.id == given("of")).values({**place, **anew}),
            dialect,
            ("to_channel", "to_chat", "to_account", "to_shown", "of"),
        )


# --- Statements and rows ---------------------------------------------------------------------------------------------------


def _row(
    id_: int,
    to: Address,
    owner: str,
    message: bytes,
    at: int,
    key: str = "",
    *,
    amends: int | None = None,
    push: int = 0,
    until: int | None = None,
    state: str = "waiting",
    shown: int | None = None,
    mark: str | None = None,
    fetch: bytes | None = None,
) -> Row:
    place = (id_, to.channel, to.chat, to.account, owner, key)
    return *place, amends, push, until, message, at, state, shown, mark, fetch


def _originals(many: int) -> Select[Any]:
    newest = (
        select(func.max(letters.c.id))
        .where(keyed(letters, ("owner", "key"), many), letters.c.key != constant(""))
        .group_by(letters.c.owner, letters.c.key)
    )
    row = letters.c
    return select(row.owner, row.key, row.id, row.channel, row.chat, row.push, row.state).where(row.id.in_(newest))


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
