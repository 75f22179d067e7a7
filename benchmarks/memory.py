"""Resident memory and start time of the core: the program's own imports, an open database, a running service.

    python -m benchmarks.memory [--json]

Each figure is taken in a fresh process: the imports alone; the first start on an empty folder (tables are made); the
second start; and one with 1,000 answers taken.
"""

import argparse
import json
import subprocess
import sys
import tempfile

PARTS = """
import asyncio, json, resource, sys, time
began = time.perf_counter(), time.process_time()
from pathlib import Path
from adapters.database.connection import Database
from adapters.database.registry import Registry
from adapters.database.sessions import Sessions
from adapters.database.store import Store
from bot.outbox import Outbox
from bot.service import Service
from bot.turn import needs, take_turn
import adapters.web.channel, scheduler.metronome
imported = time.perf_counter() - began[0]

async def start(path, answers):
    from benchmarks.answering import SystemClock, answer_needs, answer_turn, build, incoming
    if answers:
        await build(path, 50)
    opened = time.perf_counter()
    with Database.open(path) as database:
        store = Store(database, SystemClock().now, transcripts=("web",))
        turn = (answer_needs, answer_turn) if answers else (needs, take_turn)
        service = Service(store, *turn, lambda person, reference: None, SystemClock(), await store.secret())
        running = asyncio.create_task(service.run())
        outbox = Outbox(store, {}, service.deliver, SystemClock())
        telling = asyncio.create_task(outbox.run())
        await asyncio.sleep(0)
        ready = time.perf_counter() - opened
        for number in range(answers // 50):
            await asyncio.gather(*(service.deliver(incoming(n, number)) for n in range(50)))
        service.stop(); outbox.stop()
        await running; await telling
    return ready

ready = asyncio.run(start(Path(sys.argv[1]), int(sys.argv[2]))) if sys.argv[1] else 0.0
print(json.dumps({
    "imports_ms": imported * 1000,
    "ready_ms": ready * 1000,
    "cpu_ms": (time.process_time() - began[1]) * 1000,
    "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
}))
"""


def measure(path: str, answers: int = 0) -> dict[str, float]:
    done = subprocess.run([sys.executable, "-c", PARTS, path, str(answers)], capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="morsel-bench-") as folder:
        results = {
            "imports only": measure(""),
            "first start": measure(f"{folder}/morsel.db"),
            "second start": measure(f"{folder}/morsel.db"),
            "1,000 answers": measure(f"{folder}/busy.db", 1_000),
        }
    if asked.json:
        print(json.dumps(results, indent=2))
        return
    for name, found in results.items():
        print(
            f"{name:14} imports {found['imports_ms']:5.0f} ms, then ready in {found['ready_ms']:5.0f} ms,"
            f" CPU {found['cpu_ms']:5.0f} ms in all, at most {found['rss_mb']:4.0f} MB"
        )


if __name__ == "__main__":
    main()
