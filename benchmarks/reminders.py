"""What ringing costs when 1,000 people are due, out of 1,000, of 100,000 and of 1,000,000: it should be the same.

    python -m benchmarks.reminders [--people 1000,100000,1000000] [--due 1000] [--json]

Ringing is all of it: asking who is due, then a turn for each (the bot's own: it looks up due cards and progress, and
says a nudge), on the disk. People, their cards and progress are made by SQL; everybody has an alarm, and eight cards.
"""

import argparse
import asyncio
import json
import os
import sqlite3
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from msgspec.structs import replace

from adapters.database import rows
from adapters.database.connection import Database
from adapters.database.rows import micros
from adapters.database.store import Store
from benchmarks.answering import CHANNEL, PACK, START, build
from bot.effects import Say
from bot.events import Address
from bot.person import Person, Role
from bot.service import Service
from bot.turn import needs, take_turn

NOW = datetime(2026, 3, 3, 10, tzinfo=UTC)
LATER = NOW + timedelta(days=1)


class Stopped:
    """A clock that stands still, so that the same people are due however long it takes."""

    def now(self) -> datetime:
        return NOW


def crowd(path: Path, people: int, due: int) -> None:
    """So many people, the due ones spread evenly among them."""
    model = Person(id="", name="", unit="u1", role=Role.LEARNER, home=Address(CHANNEL, ""))
    state = rows.state_of(replace(model, id="@@", name="Person @@", home=Address(CHANNEL, "chat@@"))).decode()
    step = max(people // due, 1)
    with closing(sqlite3.connect(path)) as on:
        on.execute("PRAGMA synchronous = OFF")
        on.execute("PRAGMA cache_size = -200000")
        numbers = f"WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {people - 1})"
        on.execute(
            f"{numbers} INSERT INTO persons (id, name, name_key, unit, role, wake_at, version, state)"
            " SELECT 'x' || i, 'Person ' || i, 'person ' || i, 'u' || (i % 10), 'learner',"
            f" CASE WHEN i % {step} = 0 AND i / {step} < {due} THEN {micros(NOW) - 1} ELSE {micros(LATER)} + i END,"
            " 1, CAST(replace(?, '@@', 'x' || i) AS BLOB) FROM n",
            (state,),
        )
        on.execute(
            f"{numbers} INSERT INTO progress (person, pack, enrolled_at, by, seen, total, graded, score)"
            f" SELECT 'x' || i, '{PACK}', {micros(START)}, 'b', 8, 60, 8, 0.5 FROM n"
        )
        on.execute(
            f"{numbers}, c(j) AS (SELECT 3 UNION ALL SELECT j + 1 FROM c WHERE j < 10) INSERT INTO cards"
            f" SELECT 'x' || i, '{PACK}', 'q' || j, {micros(START)}, 1, 2.0, 5.0, {micros(START)},"
            f" {micros(START)} + j * 7200000000, 1, 0 FROM n, c"
        )
        on.commit()
    with path.open("rb") as file:
        os.fsync(file.fileno())  # else the first ring waits until the whole file is on the disk


async def ring(path: Path) -> tuple[int, float, float]:
    """How many rang, seconds to ask who is due, seconds for everything."""
    with Database.open(path) as database:
        store = Store(database, Stopped().now, transcripts=(CHANNEL,))
        service = Service(store, needs, take_turn, _broken, Stopped(), b"bench")
        await service.reload()
        running = asyncio.create_task(service.run())
        began = time.perf_counter()
        asked, rang = 0.0, 0
        while True:
            before = time.perf_counter()
            due = await store.due(NOW, 500)
            asked += time.perf_counter() - before
            if not due:
                break
            rang += len(due)
            await asyncio.gather(*map(service.deliver, due))
        took = time.perf_counter() - began
        service.stop()
        await running
    return rang, asked, took


def _broken(person: Person, reference: str) -> Say:
    raise AssertionError(f"a turn of {person.id} raised: {reference}")


def measure(people: int, due: int, folder: Path) -> dict[str, float]:
    path = folder / f"{people}.db"
    asyncio.run(build(path, 0))
    crowd(path, people, due)
    rang, asked, took = asyncio.run(ring(path))
    size = path.stat().st_size
    path.unlink()
    return {"people": people, "rang": rang, "asking_ms": asked * 1000, "all_ms": took * 1000, "file_mb": size / 1e6}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", default="1000,100000,1000000")
    parser.add_argument("--due", type=int, default=1000)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="morsel-bench-") as folder:
        results = [measure(people, asked.due, Path(folder)) for people in map(int, asked.people.split(","))]
    if asked.json:
        print(json.dumps(results, indent=2))
        return
    for found in results:
        ratio = found["all_ms"] / results[0]["all_ms"]
        print(
            f"{found['people']:>10,.0f} people ({found['file_mb']:5.0f} MB): {found['rang']:.0f} rang,"
            f" asking {found['asking_ms']:6.1f} ms, all {found['all_ms']:7.0f} ms ({ratio:.2f} x the first)"
        )


if __name__ == "__main__":
    main()
