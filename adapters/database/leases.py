"""One at a time, over all processes that share the database: who polls, who holds a socket."""

from datetime import datetime

from sqlalchemy import Connection, delete, or_

from adapters.database.connection import Database
from adapters.database.rows import micros
from adapters.database.statements import Statement, given, upsert
from adapters.database.tables import leases

NEVER = 2**62  # later than any time there is, in microseconds


class Leases:
    """The port `Leases`, on one database. Taking is one statement, so of two who try at once one is told no."""

    def __init__(self, database: Database) -> None:
        self._database = database
        names = ("name", "holder", "until")
        new = upsert(leases, database.dialect).values({name: given(name) for name in names})
        free = or_(leases.c.until <= given("now"), leases.c.holder == new.excluded.holder)
        put = new.on_conflict_do_update(
            index_elements=("name",),
            set_={"holder": new.excluded.holder, "until": new.excluded.until},
            where=free,
        ).returning(leases.c.holder)
        self._take = Statement(put, database.dialect, (*names, "now"))
        mine = (leases.c.name == given("of"), leases.c.holder == given("by"))
        self._release = Statement(delete(leases).where(*mine), database.dialect, ("of", "by"))
        self._prune = Statement(delete(leases).where(leases.c.until < given("before")), database.dialect, ("before",))

    async def take(self, name: str, holder: str, now: datetime, until: datetime) -> bool:
        """Whether it is the holder's until then: it was free, run out, or theirs already."""
        row = (name, holder, micros(until), micros(now))
        return await self._database.write(lambda on: self._take.run(on, row).first() is not None)

    async def release(self, name: str, holder: str) -> None:
        """Gives it back early."""
        await self._database.write(lambda on: self._release.run(on, (name, holder)))

    async def void(self) -> None:
        """Ends all of them: for whoever has the database to itself, as every process on SQLite has. Who held one is dead."""
        await self._database.write(lambda on: self._prune.run(on, (NEVER,)))

    def prune(self, on: Connection, before: datetime) -> int:
        """Forgets those that ran out before then."""
        return self._prune.run(on, (micros(before),)).rowcount
