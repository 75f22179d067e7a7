"""What came in: each id once, what turns passed on, and what was put aside. Writing side."""

from collections.abc import Sequence

from sqlalchemy import Connection, Dialect, Insert, insert, update

from adapters.database.rows import encode, micros
from adapters.database.statements import Row, Sized, Statement, constant, given, upsert
from adapters.database.sweeping import Sweep
from adapters.database.tables import inbox
from bot.events import Incoming

COLUMNS = ("channel", "id", "at", "state")


def channel_of(incoming: Incoming) -> str:
    """Whose id it is: the channel's, or (empty) our own."""
    return incoming.address.channel if incoming.address else ""


class Inbox:
    """The statements, built for one kind of database."""

    def __init__(self, dialect: Dialect) -> None:
        def new(many: int) -> Insert:
            row = dict.fromkeys(COLUMNS, "")
            made = upsert(inbox, dialect).values([{**row, "at": 0}] * many).on_conflict_do_nothing()
            return made.returning(inbox.c.channel, inbox.c.id)

        key = (inbox.c.channel == given("in_channel"), inbox.c.id == given("in_id"))
        waiting = (*key, inbox.c.state == constant("pending"))
        done = {"state": constant("done"), "event": None}
        aside = {name: given(name) for name in ("state", "event", "reference", "why")}
        self._new = Sized(new, dialect)
        self._take = Statement(update(inbox).where(*waiting).values(done), dialect, ("event", "in_channel", "in_id"))
        self._aside = Statement(
            update(inbox).where(*key).values(aside),
            dialect,
            ("state", "event", "reference", "why", "in_channel", "in_id"),
        )
        passing = (*COLUMNS, "event")
        self._pass = Statement(insert(inbox).values({name: given(name) for name in passing}), dialect, passing)
        # Never what still waits, or was put aside.
        self.old = Sweep(inbox.c.seq, inbox.c.at, inbox.c.state == constant("done"), dialect)

    def fresh(self, on: Connection, incoming: Sequence[Incoming]) -> tuple[Incoming, ...]:
        """Writes the ids down and gives those that were not there; what was passed on, or is tried again, is taken here,
        once."""
        rows: list[Row] = [(channel_of(each), each.id, micros(each.at), "done") for each in incoming]
        new = {(channel, id_) for channel, id_ in self._new.all(on, rows)}
        fresh = []
        for each in incoming:
            key = (channel_of(each), each.id)
            if key in new:
                new.discard(key)  # the second copy in one batch is not new any more
                fresh.append(each)
            elif self._take.run(on, (None, *key)).rowcount:
                fresh.append(each)
        return tuple(fresh)

    def put_aside(self, on: Connection, incoming: Incoming, reference: str, why: str) -> None:
        """For people to look at; its id stays used."""
        self._aside.run(on, ("quarantine", encode(incoming), reference, why, channel_of(incoming), incoming.id))

    def pass_on(self, on: Connection, incoming: Sequence[Incoming]) -> None:
        """Keeps events whose turn is still to come."""
        self._pass.run_all(on, [("", each.id, micros(each.at), "pending", encode(each)) for each in incoming])
