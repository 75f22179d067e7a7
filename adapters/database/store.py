"""The store: a batch of turns as one transaction, and what the bot asks in between.

Promise: what a batch wrote is on the disk when it has been left, or nothing of it is. It decides nothing; the rules of
the tables are in `applying`, `assigning`, `letters`, `inbox` and `queries`, and it only puts them together.
"""

import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection, func, select

from adapters.database.applying import Applying, gather
from adapters.database.connection import Database, Transaction
from adapters.database.files import Files
from adapters.database.inbox import Inbox
from adapters.database.leases import Leases
from adapters.database.letters import Letters
from adapters.database.postbox import Postbox
from adapters.database.queries import Queries
from adapters.database.rows import micros, own_words
from adapters.database.statements import Row, Statement, constant, first, given, upsert
from adapters.database.sweeping import Sweep
from adapters.database.tables import addresses, letters, meta
from bot.events import Address, Incoming, Said, Uploaded
from bot.given import Catalog, Found, House, Query, Unit
from bot.person import Person
from bot.ports import Entry, Lane, Letter, Posted, Turned
from lessons.model import Loaded

KEEP_IDS = timedelta(hours=72)  # platforms repeat what was not acknowledged for a day or two
CHATS = "chats"  # where the bot is found, see `here`
KEEP_LETTERS = timedelta(days=90)  # an old question may still be answered and amended
BOUND_AT_ONCE = 500  # addresses that are read together
KEEP_LEASES = timedelta(days=1)  # nobody who let one run out for so long comes back to it


class StoredBatch:
    """The port `Batch`: one transaction, one hop to the writing thread for each of its steps."""

    def __init__(self, transaction: Transaction, store: "Store") -> None:
        self._step = transaction.step
        self._store = store

    async def fresh(self, incoming: Sequence[Incoming]) -> tuple[Incoming, ...]:
        return await self._step(lambda on: self._fresh(on, incoming))

    def _fresh(self, on: Connection, incoming: Sequence[Incoming]) -> tuple[Incoming, ...]:
        fresh = self._store.inbox.fresh(on, incoming)
        self._store.mail.hear(on, [(each, own_words(each.event)) for each in fresh])
        return fresh

    async def persons(self, incoming: Sequence[Incoming]) -> tuple[Person, ...]:
        return await self._step(lambda on: self._store.queries.persons(on, incoming))

    async def find(self, asked: Sequence[tuple[Person, Query]], now: datetime) -> tuple[Found, ...]:
        return await self._step(lambda on: self._store.queries.find(on, asked, now)) if asked else ()

    async def apply(self, turned: Sequence[Turned], now: datetime) -> None:
        changes = gather(turned, now)
        await self._step(lambda on: self._store.applying.write(on, changes, now))

    async def quarantine(self, incoming: Incoming, reference: str, why: str, now: datetime) -> None:  # noqa: ARG002
        await self._step(lambda on: self._store.inbox.put_aside(on, incoming, reference, why))


class Store:
    """The ports `Store`, `Outbox`, `Transcript` and `Quizzes`, on one database.

    `house` are the organisation's settings for the catalog. `transcripts` names the channels whose conversation is kept
    to be shown, with people's own words; of the others only the bot's letters are kept, for a while. `now` is asked only
    where a port brings no time of its own.
    """

    def __init__(
        self,
        database: Database,
        now: Callable[[], datetime],
        house: House | None = None,
        transcripts: Sequence[str] = (),
    ) -> None:
        dialect = database.dialect
        self._database = database
        self._now = now
        self._house = house or House()
        self._files = Files(database)
        self.inbox = Inbox(dialect)
        self.mail = Letters(dialect, transcripts)
        self.postbox = Postbox(dialect)
        self.queries = Queries(dialect)
        self.applying = Applying(dialect, self.inbox, self.mail, self._files.pack)
        self._leases = Leases(database)
        quizzes = (letters.c.channel == given("channel"), letters.c.mark == given("mark"))
        ours = (letters.c.key >= constant("quiz."), letters.c.key < constant("quiz/"))  # as the index has it
        quiz = select(letters.c.key).where(*quizzes, *ours).order_by(letters.c.id.desc())
        self._quiz = Statement(quiz, dialect, ("channel", "mark"))
        # The account is compared as it is: LIKE would take "_" for any sign, and a range depends on how a database sorts.
        chat, prefix = addresses.c.chat, given("prefix")
        theirs = func.substr(chat, constant(1), func.length(prefix)) == prefix
        bound = select(chat).where(addresses.c.channel == given("channel"), chat > given("after"), theirs)
        names = ("channel", "after", "prefix", "prefix", "most")
        self._bound = Statement(first(bound.order_by(chat), "most"), dialect, names)
        self._meta = Statement(select(meta.c.value).where(meta.c.key == given("of")), dialect, ("of",))
        put = upsert(meta, dialect).values(key=given("key"), value=given("value"))
        put = put.on_conflict_do_update(index_elements=("key",), set_={"value": put.excluded.value})
        self._put_meta = Statement(put, dialect, ("key", "value"))

    # --- Store ---------------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def batch(self) -> AsyncIterator[StoredBatch]:
        async with self._database.transaction() as transaction:
            yield StoredBatch(transaction, self)

    async def catalog(self) -> Catalog:
        def read(on: Connection) -> tuple[tuple[Unit, ...], list[Row], dict[str, str]]:
            return self.queries.units(on), self._files.live(on), self._chats(on)

        units, live, chats = await self._database.read(read)
        return Catalog(
            replace(self._house, chats=chats), await self._files.packs(live), {unit.id: unit for unit in units}
        )

    async def due(self, now: datetime, limit: int) -> tuple[Incoming, ...]:
        return await self._database.read(lambda on: self.queries.alarms(on, now, limit))

    async def passed(self, limit: int) -> tuple[Incoming, ...]:
        return await self._database.read(lambda on: self.queries.passed(on, limit))

    async def read_pack(self, upload: Uploaded) -> Loaded:
        return await self._files.read(upload)

    async def original(self, pack: str) -> bytes:
        """The published pack's file, as it came in; nothing when there is no such pack."""
        return await self._files.original(pack)

    async def keep_file(self, name: str, chunks: AsyncIterator[bytes], limit: int) -> Uploaded | None:
        return await self._files.keep(name, chunks, limit, self._now())

    async def secret(self) -> bytes:
        """32 bytes that only this installation knows, made at the first call and kept for ever: the key of luck."""

        def read(on: Connection) -> bytes:
            found = self._meta.run(on, ("secret",)).scalar()
            if found is None:
                found = secrets.token_bytes(32)
                self._put_meta.run(on, ("secret", found))
            return bytes(found)

        return await self._database.write(read)

    async def prune(self, now: datetime) -> None:
        """Forgets what is old: ids of events after 72 hours, sent letters after 90 days. For once an hour or so.

        In pieces, and turns are taken between them.
        """
        await self._sweep(self.inbox.old, now - KEEP_IDS)
        await self._sweep(self.mail.old, now - KEEP_LETTERS)
        await self._database.write(lambda on: self._leases.prune(on, now - KEEP_LEASES))

    async def _sweep(self, sweep: Sweep, before: datetime) -> None:
        def piece(on: Connection) -> int | None:
            return sweep.run(on, micros(before), seen)

        seen = 0
        while (after := await self._database.write(piece)) is not None:
            seen = after

    async def chats(self) -> dict[str, str]:
        """The web address that opens the bot's private chat, by channel."""
        return await self._database.read(self._chats)

    def _chats(self, on: Connection) -> dict[str, str]:
        known = self._meta.run(on, (CHATS,)).scalar()
        return msgspec.json.decode(known, type=dict[str, str]) if known else {}

    async def here(self, channel: str, chat: str) -> bool:
        """Keeps where the bot's private chat is opened; whether that was news."""

        def write(on: Connection) -> bool:
            known = self._chats(on)
            if known.get(channel) == chat:
                return False
            self._put_meta.run(on, (CHATS, msgspec.json.encode({**known, channel: chat})))
            return True

        return await self._database.write(write)

    async def who(self, address: Address) -> tuple[str, str] | None:
        """The role and the language of the person at that address, for a channel's menus; None for a stranger."""
        asked = (Incoming("", Said(""), self._now(), address),)
        (person,) = await self._database.read(lambda on: self.queries.persons(on, asked))
        return (person.role.value, person.language) if person.id else None

    async def bound(self, channel: str, account: str) -> Sequence[Address]:
        """All addresses of people in an account of a channel (a workspace of Slack's), in pages: others read in between."""
        found: list[Address] = []
        while True:
            after = found[-1].chat if found else ""
            asked = (channel, after, f"{account}/", f"{account}/", BOUND_AT_ONCE)
            page = await self._database.read(lambda on, asked=asked: self._bound.all(on, asked))  # type: ignore[misc]
            found += (Address(channel, str(chat)) for (chat,) in page)
            if len(page) < BOUND_AT_ONCE:
                return found

    # --- Outbox and Transcript -----------------------------------------------------------------------------------------

    async def letters(self, now: datetime, lanes: Sequence[Lane]) -> tuple[Letter, ...]:
        return await self._database.read(lambda on: self.postbox.next(on, now, lanes))

    async def posted(self, results: Sequence[Posted], now: datetime) -> None:  # noqa: ARG002 - the port's shape
        if results:
            await self._database.write(lambda on: self.postbox.posted(on, results))

    async def moved(self, address: Address, to: Address) -> None:
        await self._database.write(lambda on: self.postbox.moved(on, address, to))

    async def quiz(self, channel: str, mark: str) -> str | None:
        """The key of the question with that mark in a group; the newest, should a platform have used it twice."""
        found = await self._database.read(lambda on: self._quiz.run(on, (channel, mark)).first())
        return str(found[0]) if found else None

    async def entries(self, address: Address, after: int, limit: int) -> tuple[Entry, ...]:
        return await self._database.read(lambda on: self.mail.entries(on, address, after, limit))
