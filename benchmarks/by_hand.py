"""Contender (b): sqlite3 by hand. One thread, one connection, every statement written out, all that wait in one commit.

It writes the same rows for the same turns, and knows nothing else: no strangers, no invitations, no other effects.
"""

import asyncio
import queue
import sqlite3
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from adapters.database import rows
from adapters.database.rows import encode, micros
from benchmarks.answering import CHANNEL, answer_needs, answer_turn
from bot.effects import Amend, Note, Remember, Say, Track
from bot.events import Incoming
from bot.facts import verb
from bot.given import Catalog, Found, Given

MOST = 512


class ByHand:
    def __init__(self, path: Path, catalog: Catalog, group: bool = True) -> None:
        self._catalog = catalog
        self._waiting: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._group = group
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "wal_autocheckpoint = 4000", "cache_size = -16000"):
            self._db.execute(f"PRAGMA {pragma}").close()
        self._last = self._db.execute("SELECT coalesce(max(id), 0) FROM letters").fetchone()[0]
        self._thread = threading.Thread(target=self._write)
        self._thread.start()

    async def answer(self, incoming: Incoming) -> None:
        done = asyncio.get_running_loop().create_future()
        self._waiting.put((incoming, done, asyncio.get_running_loop()))
        await done

    def close(self) -> None:
        self._waiting.put(None)
        self._thread.join()
        self._db.close()

    def _write(self) -> None:
        while first := self._waiting.get():
            batch = [first]
            while self._group and len(batch) < MOST and not self._waiting.empty():
                batch.append(self._waiting.get())
            on = self._db.cursor()
            on.execute("BEGIN IMMEDIATE")
            for incoming, *_ in batch:
                self._turn(on, incoming)
            on.execute("COMMIT")
            first[2].call_soon_threadsafe(_settle, [done for _, done, _ in batch])

    def _turn(self, on: sqlite3.Cursor, incoming: Incoming) -> None:
        now = datetime.now(UTC)
        at = micros(now)
        assert incoming.address
        chat = incoming.address.chat
        new = on.execute(
            "INSERT INTO inbox (channel, id, at, state) VALUES (?, ?, ?, 'done') ON CONFLICT DO NOTHING",
            (CHANNEL, incoming.id, at),
        ).rowcount
        if not new:
            return
        row = on.execute(
            "SELECT p.state, p.wake_at, p.version FROM addresses a JOIN persons p ON p.id = a.person"
            " WHERE a.channel = ? AND a.chat = ?",
            (CHANNEL, chat),
        ).fetchone()
        person = rows.person_of(*row)
        found = self._find(on, person.id, answer_needs(person, incoming.event, self._catalog))
        luck = hash(incoming.id) & 0x7FFFFFFFFFFFFFFF
        after, effects = answer_turn(person, incoming.event, Given(self._catalog, now, luck, found, incoming.address))
        if after.wake_at == person.wake_at:
            on.execute(
                "UPDATE persons SET version = ?, state = ? WHERE id = ? AND version = ?",
                (person.version + 1, rows.state_of(after), person.id, person.version),
            )
        else:
            on.execute(
                "UPDATE persons SET wake_at = ?, version = ?, state = ? WHERE id = ? AND version = ?",
                (
                    rows.micros_or_none(after.wake_at),
                    person.version + 1,
                    rows.state_of(after),
                    person.id,
                    person.version,
                ),
            )
        for effect in effects:
            self._effect(on, effect, after.id, after.unit, chat, at)

    def _find(self, on: sqlite3.Cursor, person: str, query: Any) -> Found:
        if query is None:
            return Found()
        (ref,), (pack,) = query.cards, query.packs
        card = on.execute(
            "SELECT pack, card, seen_at, credit, stability, difficulty, reviewed_at, due_at, reps, lapses"
            " FROM cards WHERE person = ? AND pack = ? AND card = ?",
            (person, ref.pack, ref.card),
        ).fetchone()
        row = on.execute(
            "SELECT pack, enrolled_at, by, due_at, started_at, last_at, completed_at, seen, total, graded, score"
            " FROM progress WHERE person = ? AND pack = ?",
            (person, pack),
        ).fetchone()
        return Found(
            cards={ref: rows.card_of(card)} if card else {}, progress={pack: rows.progress_of(row)} if row else {}
        )

    def _effect(self, on: sqlite3.Cursor, effect: Any, person: str, unit: str, chat: str, at: int) -> None:
        match effect:
            case Note(fact):
                on.execute(
                    "INSERT INTO facts (at, person, verb, pack, data) VALUES (?, ?, ?, ?, ?)",
                    (at, person, verb(fact), getattr(fact, "pack", ""), encode(fact)),
                )
            case Remember(state, missed):
                on.execute(
                    "INSERT INTO cards VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (person, pack, card)"
                    " DO UPDATE SET seen_at = excluded.seen_at, credit = excluded.credit,"
                    " stability = excluded.stability, difficulty = excluded.difficulty,"
                    " reviewed_at = excluded.reviewed_at, due_at = excluded.due_at, reps = excluded.reps,"
                    " lapses = excluded.lapses",
                    rows.card_row(person, state),
                )
                if missed is not None:
                    on.execute(
                        "INSERT INTO question_counts VALUES (?, ?, ?, 1, ?) ON CONFLICT (unit, pack, card)"
                        " DO UPDATE SET asked = asked + excluded.asked, missed = missed + excluded.missed",
                        (unit, state.ref.pack, state.ref.card, int(missed)),
                    )
            case Track(progress):
                on.execute(
                    "INSERT INTO progress VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (person, pack)"
                    " DO UPDATE SET started_at = excluded.started_at, last_at = excluded.last_at,"
                    " completed_at = excluded.completed_at, seen = excluded.seen, total = excluded.total,"
                    " graded = excluded.graded, score = excluded.score",
                    rows.progress_row(person, progress),
                )
            case Say() | Amend():
                self._letter(on, effect, person, chat, at)

    def _letter(self, on: sqlite3.Cursor, effect: Any, person: str, chat: str, at: int) -> None:
        self._last += 1
        message, of = encode(effect.message), None
        if isinstance(effect, Amend):
            of = on.execute(
                "SELECT max(id) FROM letters WHERE owner = ? AND key = ? AND key != ''", (person, effect.key)
            ).fetchone()[0]
        on.execute(
            "INSERT INTO letters (id, channel, chat, owner, key, amends, push, message, at, state, shown)"
            " VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?, 'waiting', ?)",
            (
                self._last,
                CHANNEL,
                chat,
                person,
                "" if of else effect.key,
                of,
                message,
                at,
                None if of else self._last,
            ),
        )
        if of:
            on.execute("UPDATE letters SET message = ?, shown = ? WHERE id = ?", (message, self._last, of))


def _settle(waiting: list["asyncio.Future[None]"]) -> None:
    for done in waiting:
        done.set_result(None)
