"""The database itself: one connection that writes, a few that read, and sentences for what can go wrong.

Promise: every write and every checkpoint goes through one connection in one thread; a commit that returned is on the
disk. Readers cannot write. It does not know what is stored.

The reading side is SQLAlchemy's async engine on aiosqlite. The writer is a plain connection in a thread of its own:
measured for a batch of answers, the async engine spends most of its time on a hop between threads for every single
statement. A whole phase of a batch is one hop here. On PostgreSQL the same functions run by `run_sync`.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Thread
from typing import Any, Self, TypeVar

import aiosqlite
from sqlalchemy import Connection, Engine, create_engine, event, exc
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, StaticPool

from adapters.database.lock import Lock, not_writable
from adapters.database.migrations.run import migrate
from bot.ports import StoreProblem

T = TypeVar("T")
READERS = 4

# FULL: a commit waits for the disk. The cache is KiB, taken only as it is used. 4,000 pages of WAL (16 MB) between
# checkpoints instead of 1,000: a checkpoint is what makes an answer slow now and then.
WRITER = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA wal_autocheckpoint = 4000",
    "PRAGMA cache_size = -16000",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA busy_timeout = 5000",
)
READER = (
    "PRAGMA query_only = ON",
    "PRAGMA wal_autocheckpoint = 0",
    "PRAGMA cache_size = -4000",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA busy_timeout = 5000",
)


class Database:
    """An open database. `write` and `read` run a function with a connection in a transaction: `write` in the writing
    thread, `read` on the event loop, where only its statements wait elsewhere. So a reader must not compute for long."""

    def __init__(self, path: Path, lock: Lock, writer: Engine, connection: Connection) -> None:
        self.path = path
        self.dialect = connection.dialect
        self._lock = lock
        self._engine = writer
        self._connection = connection
        self._readers = Readers(path)
        self._writing = ThreadPoolExecutor(1, "morsel-writer")
        self._turn = asyncio.Lock()

    @classmethod
    def open(cls, path: Path) -> Self:
        """Makes the folder and the file when they are missing, and brings the tables up to date.

        Raises StoreProblem: not writable, held by another process, not a database, newer than this program.
        """
        path = path.absolute()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as why:
            raise not_writable(path.parent, why) from why
        lock = Lock(path)
        lock.take()
        engine = _writer(path)
        try:
            connection = _guarded(path, engine.connect)
            _guarded(path, lambda: migrate(connection))
            _guarded(path, connection.rollback)
        except BaseException:
            engine.dispose()
            lock.release()
            raise
        return cls(path, lock, engine, connection)

    def close(self) -> None:
        """Waits for what is under way."""
        self._writing.shutdown()
        self._readers.close()
        self._connection.close()
        self._engine.dispose()
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def transaction(self) -> "Transaction":
        return Transaction(self, self._turn)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """A transaction of one step on the writing connection."""

        def whole() -> T:
            with self._connection.begin():
                return work(self._connection)

        async with self._turn:
            return await self.step(whole)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """A look at one committed moment."""
        try:
            return await self._readers.read(work)
        except (sqlite3.Error, exc.DBAPIError) as why:
            raise (_problem(self.path, why) or why) from why

    async def rest(self) -> None:
        """Until the last look has ended, also those whose asker has gone: for before the event loop ends."""
        await self._readers.rest()

    async def step(self, work: Callable[[], T]) -> T:
        """Something in the writing thread. Only for transactions: whoever calls it has the turn."""
        # When the caller is cancelled, the one thread still ends this before it begins anything else.
        return await asyncio.get_running_loop().run_in_executor(self._writing, _guarded, self.path, work)

    @property
    def connection(self) -> Connection:
        return self._connection


class Transaction:
    """Many steps on the writing connection, all or nothing. It begins with the first step."""

    def __init__(self, database: Database, turn: asyncio.Lock) -> None:
        self._database, self._turn = database, turn

    async def __aenter__(self) -> Self:
        await self._turn.acquire()
        return self

    async def step(self, work: Callable[[Connection], T]) -> T:
        connection = self._database.connection

        def begun() -> T:
            if not connection.in_transaction():
                connection.begin()
            return work(connection)

        return await self._database.step(begun)

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        connection = self._database.connection
        try:
            await self._database.step(lambda: _end(connection, good=kind is None))
        finally:
            self._turn.release()


def _end(connection: Connection, good: bool) -> None:
    if not connection.in_transaction():
        return
    try:
        if good:
            connection.commit()
    finally:
        connection.rollback()  # after a commit it does nothing


class Readers:
    """The async engine of those that only read: a few connections that are kept, each with a thread of its own."""

    def __init__(self, path: Path) -> None:
        self._uri = f"{path.as_uri()}?mode=ro"
        self._made: list[aiosqlite.Connection] = []
        self._looks: set[asyncio.Task[Any]] = set()
        self._engine = create_async_engine(
            "sqlite+aiosqlite://",
            async_creator=self._connect,
            poolclass=AsyncAdaptedQueuePool,
            pool_size=READERS,
            max_overflow=0,
        )
        _begin_by(self._engine.sync_engine, "BEGIN")

    async def _connect(self) -> aiosqlite.Connection:
        made = await aiosqlite.connect(self._uri, uri=True, isolation_level=None, cached_statements=256)
        self._made.append(made)
        for pragma in READER:
            await made.execute(pragma)
        return made

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Shielded: a look that is cancelled half-way would leave its connection in nobody's hands."""
        look = asyncio.ensure_future(self._look(work))
        self._looks.add(look)
        look.add_done_callback(self._looks.discard)
        return await asyncio.shield(look)

    async def _look(self, work: Callable[[Connection], T]) -> T:
        async with self._engine.connect() as connection:
            return await connection.run_sync(work)

    async def rest(self) -> None:
        while self._looks:
            await asyncio.wait(self._looks)

    def close(self) -> None:
        """At once, or when the last look has ended that nobody waits for any more."""
        for look in self._looks:
            look.add_done_callback(self._ended)
        if not self._looks:
            self._stop()

    def _ended(self, _: asyncio.Task[Any]) -> None:
        if not self._looks:
            self._stop()

    def _stop(self) -> None:
        while self._made:
            made = self._made.pop()
            # From a thread without an event loop: else aiosqlite tells one that may be closed already.
            stopping = Thread(target=made.stop)
            stopping.start()
            stopping.join()
            made._thread.join()


def _writer(path: Path) -> Engine:
    """One connection that is kept."""

    def connect() -> sqlite3.Connection:
        path.touch(0o600)  # what people answered is nobody else's; SQLite gives the files beside it the same rights
        uri = f"{path.as_uri()}?mode=rw"
        made = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, cached_statements=256)
        try:
            for pragma in WRITER:
                made.execute(pragma).close()
        except BaseException:
            made.close()
            raise
        return made

    engine = create_engine("sqlite://", creator=connect, poolclass=StaticPool)
    _begin_by(engine, "BEGIN IMMEDIATE")
    return engine


def _begin_by(engine: Engine, words: str) -> None:
    """Transactions begin by our own words: sqlite3's own begin too late."""
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(words))


# --- What can go wrong -------------------------------------------------------------------------------------------------

_FULL = ("The disk is full: {path} cannot grow.", "Make room on that disk; Morsel goes on by itself then.")
_BROKEN = (
    "The database file is damaged or is not a Morsel database: {path}.",
    "Put it aside and bring back your newest backup.",
)
_SHUT = ("Morsel cannot open or write {path}.", "Check that its user may read and write the file and its folder.")
_BUSY = ("Another program holds a lock on {path}.", "Close what else has the file open (a backup, a database browser).")
_DISK = ("The disk reported an error for {path}.", "Check the disk; nothing was changed by what was just tried.")
_SENTENCES = {
    "SQLITE_FULL": _FULL,
    "SQLITE_CORRUPT": _BROKEN,
    "SQLITE_NOTADB": _BROKEN,
    "SQLITE_CANTOPEN": _SHUT,
    "SQLITE_READONLY": _SHUT,
    "SQLITE_PERM": _SHUT,
    "SQLITE_BUSY": _BUSY,
    "SQLITE_LOCKED": _BUSY,
    "SQLITE_PROTOCOL": _BUSY,
    "SQLITE_IOERR": _DISK,
}


def _guarded(path: Path, work: Callable[[], T]) -> T:
    """Runs it; what the world did wrong becomes a StoreProblem, our own mistakes stay what they are."""
    try:
        return work()
    except (sqlite3.Error, exc.DBAPIError) as why:
        raise (_problem(path, why) or why) from why


def _problem(path: Path, why: sqlite3.Error | exc.DBAPIError) -> StoreProblem | None:
    cause = why.orig if isinstance(why, exc.DBAPIError) else why
    name: str = getattr(cause, "sqlite_errorname", None) or ""
    found = next((words for code, words in _SENTENCES.items() if name.startswith(code)), None)
    return StoreProblem(found[0].format(path=path), found[1]) if found else None
