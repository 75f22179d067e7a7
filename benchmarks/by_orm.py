"""Contender (a): the way such bots are usually written: mapped classes, an async session, a transaction a turn.

Writers wait for one another in the program, not in SQLite's busy handler: that is kind to it.
"""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import event, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase

from adapters.database import rows, tables
from adapters.database.rows import encode, micros
from benchmarks.answering import CHANNEL, answer_needs, answer_turn
from bot.effects import Amend, Note, Remember, Say, Track
from bot.events import Incoming
from bot.facts import verb
from bot.given import Catalog, Found, Given


class Base(DeclarativeBase):
    metadata = tables.metadata


class PersonRow(Base):
    __table__ = tables.persons


class AddressRow(Base):
    __table__ = tables.addresses


class CardRow(Base):
    __table__ = tables.cards


class ProgressRow(Base):
    __table__ = tables.progress


class CountRow(Base):
    __table__ = tables.question_counts


class FactRow(Base):
    __table__ = tables.facts


class InboxRow(Base):
    __table__ = tables.inbox


class LetterRow(Base):
    __table__ = tables.letters


class ByOrm:
    def __init__(self, path: Path, catalog: Catalog) -> None:
        self._catalog = catalog
        self._engine = create_async_engine(f"sqlite+aiosqlite:///{path}", pool_size=1, max_overflow=0)
        event.listen(self._engine.sync_engine, "connect", _prepare)
        self._session = async_sessionmaker(self._engine, expire_on_commit=False)
        self._turn = asyncio.Lock()

    async def answer(self, incoming: Incoming) -> None:
        async with self._turn, self._session() as on:
            await self._take(on, incoming)
            await on.commit()

    async def close(self) -> None:
        await self._engine.dispose()

    async def _take(self, on: AsyncSession, incoming: Incoming) -> None:
        now = datetime.now(UTC)
        at = micros(now)
        assert incoming.address
        seen = await on.execute(
            insert(InboxRow).values(channel=CHANNEL, id=incoming.id, at=at, state="done").on_conflict_do_nothing()
        )
        if not seen.rowcount:  # type: ignore[attr-defined]
            return
        who: Any = (
            await on.scalars(
                select(PersonRow)
                .join(AddressRow, AddressRow.person == PersonRow.id)  # type: ignore[attr-defined]
                .where(AddressRow.channel == CHANNEL, AddressRow.chat == incoming.address.chat)  # type: ignore[attr-defined]
            )
        ).one()
        person = rows.person_of(who.state, who.wake_at, who.version)
        found = await self._find(on, person.id, answer_needs(person, incoming.event, self._catalog))
        luck = hash(incoming.id) & 0x7FFFFFFFFFFFFFFF
        given = Given(self._catalog, now, luck, found, incoming.address)
        after, effects = answer_turn(person, incoming.event, given)
        who.wake_at, who.version, who.state = (
            rows.micros_or_none(after.wake_at),
            person.version + 1,
            rows.state_of(after),
        )
        for effect in effects:
            await self._effect(on, effect, after.id, after.unit, incoming.address.chat, at)

    async def _find(self, on: AsyncSession, person: str, query: Any) -> Found:
        if query is None:
            return Found()
        (ref,), (pack,) = query.cards, query.packs
        card: Any = await on.get(CardRow, (person, ref.pack, ref.card))
        row: Any = await on.get(ProgressRow, (person, pack))
        return Found(
            cards={ref: rows.card_of(tuple(getattr(card, name) for name in rows.CARD))} if card else {},
            progress={pack: rows.progress_of(tuple(getattr(row, name) for name in rows.PROGRESS))} if row else {},
        )

    async def _effect(self, on: AsyncSession, effect: Any, person: str, unit: str, chat: str, at: int) -> None:
        match effect:
            case Note(fact):
                on.add(
                    FactRow(at=at, person=person, verb=verb(fact), pack=getattr(fact, "pack", ""), data=encode(fact))
                )
            case Remember(state, missed):
                await on.merge(CardRow(**dict(zip(("person", *rows.CARD), rows.card_row(person, state), strict=True))))
                if missed is not None:
                    count: Any = await on.get(CountRow, (unit, state.ref.pack, state.ref.card))
                    if count is None:
                        count = CountRow(unit=unit, pack=state.ref.pack, card=state.ref.card, asked=0, missed=0)
                        on.add(count)
                    count.asked += 1
                    count.missed += missed
            case Track(progress):
                row = rows.progress_row(person, progress)
                await on.merge(ProgressRow(**dict(zip(("person", *rows.PROGRESS), row, strict=True))))
            case Say(message=message, key=key):
                letter: Any = _letter(person, chat, key, None, encode(message), at)
                on.add(letter)
                await on.flush()
                letter.shown = letter.id
            case Amend(key, message):
                old: Any = (
                    await on.scalars(
                        select(LetterRow)
                        .where(LetterRow.owner == person, LetterRow.key == key, LetterRow.key != "")  # type: ignore[attr-defined]
                        .order_by(LetterRow.id.desc())  # type: ignore[attr-defined]
                        .limit(1)
                    )
                ).first()
                letter = _letter(person, chat, "" if old else key, old.id if old else None, encode(message), at)
                on.add(letter)
                await on.flush()
                if old:
                    old.message, old.shown = encode(message), letter.id


def _letter(person: str, chat: str, key: str, amends: int | None, message: bytes, at: int) -> LetterRow:
    return LetterRow(
        channel=CHANNEL,
        chat=chat,
        owner=person,
        key=key,
        amends=amends,
        push=0,
        message=message,
        at=at,
        state="waiting",
    )


def _prepare(connection: Any, _: object) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "wal_autocheckpoint = 4000", "cache_size = -16000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
