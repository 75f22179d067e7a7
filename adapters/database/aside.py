"""What was put aside for people: turns that raised, and updates that no channel could read.

Promise: what is put aside stays until somebody retries or drops it. A retry moves it, in one transaction, into the queue
of what turns passed on, under a new id: whatever crashes afterwards, its turn is taken exactly once.
It takes no turn and reads no update itself.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection, func, insert, select, update

from adapters.database.connection import Database
from adapters.database.inbox import channel_of
from adapters.database.rows import decode_incoming, encode, micros, moment
from adapters.database.statements import Row, Statement, constant, first, given, upsert
from adapters.database.tables import inbox
from bot.events import Incoming
from bot.given import ALPHABET

REFERENCE = 6  # letters: short enough to read out
RETRY = "retry:"
KEY = ("channel", "id")
ROW = ("reference", "channel", "id", "at", "state", "why", "event")

Kind = Literal["turn", "update"]


class PutAside(Struct, frozen=True):
    """One of them. `kind`: a turn that raised, or an update that could not be read; `raw`: an encoded Incoming, or the
    bytes as they came. `at` is when it reached us."""

    reference: str
    channel: str
    id: str
    at: datetime
    kind: Kind
    why: str
    raw: bytes

    @property
    def incoming(self) -> Incoming:
        """The event of a turn that raised."""
        return decode_incoming(self.raw)

    @property
    def fresh_id(self) -> str:
        """The id under which it is tried again. It does not grow when that fails too."""
        return f"{RETRY}{self.reference}:{self.id.split(':', 2)[2] if self.id.startswith(RETRY) else self.id}"


class Aside:
    """The port `Aside`, on one database, and the other side of it: `morsel quarantine`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        dialect, row = database.dialect, inbox.c
        new = ("channel", "id", "at", "state", "event", "reference", "why")
        put = upsert(inbox, dialect).values({name: given(name) for name in new})
        self._new = Statement(put.on_conflict_do_nothing(index_elements=KEY), dialect, new)
        queued = ("channel", "id", "at", "state", "event")
        again = insert(inbox).values({name: given(name) for name in queued})
        self._again = Statement(again, dialect, queued)
        there = row.state.in_([constant("quarantine"), constant("unread")])  # as the index has it
        columns = [row[name] for name in ROW]
        newest = select(*columns).where(there).order_by(row.seq.desc())
        self._newest = Statement(first(newest, "most"), dialect, ("most",))
        self._one = Statement(newest.where(row.reference == given("of")), dialect, ("of",))
        self._count = Statement(select(func.count()).select_from(inbox).where(there), dialect, ())
        here = (row.channel == given("of_channel"), row.id == given("of_id"))
        done = {"state": constant("done"), "event": None}
        self._done = Statement(
            update(inbox).where(*here, there).values(done), dialect, ("event", "of_channel", "of_id")
        )
        self._fate = Statement(select(row.state, row.reference).where(*here), dialect, ("of_channel", "of_id"))

    async def set_aside(self, channel: str, id: str, raw: bytes, why: str, now: datetime) -> str:
        """Keeps the bytes; a short reference comes back. The same id is kept once. Durable when this returns."""
        reference = reference_of(channel, id)
        row = (channel, id, micros(now), "unread", raw, reference, why)
        await self._database.write(lambda on: self._new.run(on, row))
        return reference

    async def newest(self, most: int) -> tuple[tuple[PutAside, ...], int]:
        """The newest of them, and how many there are in all."""

        def read(on: Connection) -> tuple[list[Row], int]:
            return self._newest.all(on, (most,)), int(self._count.run(on).scalar_one())

        found, count = await self._database.read(read)
        return tuple(_put_aside(row) for row in found), count

    async def find(self, reference: str) -> PutAside | None:
        """The one with that reference; the newest, should two share it."""
        found = await self._database.read(lambda on: self._one.run(on, (reference,)).first())
        return _put_aside(tuple(found)) if found else None

    async def drop(self, one: PutAside) -> bool:
        """Forgets its content; its id stays used. False where somebody else was quicker."""
        return await self._database.write(lambda on: self._end(on, one))

    async def retry(self, one: PutAside, events: Sequence[Incoming], now: datetime) -> tuple[Incoming, ...] | None:
        """Queues these events in its place, in one transaction, and gives them with the ids they now have; None where
        somebody else was quicker."""
        renamed = tuple(
            replace(each, id=one.fresh_id if len(events) == 1 else f"{one.fresh_id}:{number}")
            for number, each in enumerate(events, 1)
        )

        def write(on: Connection) -> bool:
            if not self._end(on, one):
                return False
            # As of now, so that its id is kept as long as that of any other event.
            self._again.run_all(
                on, [(channel_of(each), each.id, micros(now), "pending", encode(each)) for each in renamed]
            )
            return True

        return renamed if await self._database.write(write) else None

    async def fate(self, event: Incoming) -> str | None:
        """What became of an event: its new reference where its turn raised again, empty once it was taken, None while it
        waits."""
        found = await self._database.read(lambda on: self._fate.all(on, (channel_of(event), event.id)))
        state, reference = found[0] if found else ("done", None)  # pruned already
        if state == "pending":
            return None
        return str(reference) if state == "quarantine" else ""

    def _end(self, on: Connection, one: PutAside) -> bool:
        return self._done.run(on, (None, one.channel, one.id)).rowcount == 1


def reference_of(channel: str, id: str) -> str:
    """Six signs that can be read out, the same for the same update. Turns that raise have such a one by luck."""
    number = int.from_bytes(hashlib.blake2b(f"{channel}\0{id}".encode(), digest_size=8).digest())
    return "".join(ALPHABET[number // len(ALPHABET) ** place % len(ALPHABET)] for place in range(REFERENCE)).upper()


def _put_aside(row: Row) -> PutAside:
    reference, channel, id_, at, state, why, event = row
    kind: Kind = "turn" if state == "quarantine" else "update"
    return PutAside(reference or "", channel, id_, moment(at), kind, why or "", bytes(event or b""))
