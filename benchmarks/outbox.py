"""What a letter costs on its way out: from the row that waits to the row that was sent, into a channel that is always quick.

    python -m benchmarks.outbox [--letters 10000] [--json]

`answers` are told to as many people, a few each; `accounts` spreads them over 50 workspaces; `queue` sends while
10,000 letters that may not go yet stand before them. No platform is slow here and none limits us: it is our own work.
"""

import argparse
import asyncio
import json
import tempfile
import time
from pathlib import Path

from adapters.database.connection import Database
from adapters.database.rows import encode
from adapters.database.store import Store
from benchmarks.answering import SystemClock
from benchmarks.answers import Nowhere
from bot.events import Incoming
from bot.message import Message, paragraph
from bot.outbox import Outbox
from bot.ports import Letter

EACH = 5  # letters a person
LATER = 2**53  # microseconds since 1970: in the year 2255
INSERT = (
    "INSERT INTO letters (channel, chat, account, owner, key, push, until, message, at, state, not_before)"
    " VALUES ('web', ?, ?, 'p', '', 0, NULL, ?, 0, 'waiting', ?)"
)
MESSAGE = encode(Message((paragraph("What goes first into the fridge?"),)))


class Workspaces(Nowhere):
    """Knows when all was said."""

    def __init__(self, accounts: int, letters: int) -> None:
        self._left = letters
        self.done = asyncio.Event()
        self._accounts = tuple(f"w{n}" for n in range(accounts)) if accounts > 1 else ("",)

    def accounts(self) -> tuple[str, ...]:
        return self._accounts

    async def send(self, letter: Letter) -> str:
        self._left -= 1
        if not self._left:
            self.done.set()
        return await super().send(letter)


async def nobody(incoming: Incoming) -> None:
    raise AssertionError(f"nothing comes back: {incoming.id}")


async def measure(folder: Path, letters: int, accounts: int, queue: int) -> dict[str, float]:
    """Letters a second, and microseconds of CPU each."""
    with Database.open(folder / f"{accounts}-{queue}.db") as database:
        clock = SystemClock()
        store = Store(database, clock.now, transcripts=("web",))
        channel = Workspaces(accounts, letters)
        rows: list[tuple[str, str, bytes, int]] = [(f"later{n}", "", MESSAGE, LATER) for n in range(queue)]
        for n in range(letters):
            account = channel.accounts()[n % accounts]
            person = f"p{n % (letters // EACH)}"
            rows.append((f"{account}/{person}" if account else person, account, MESSAGE, 0))
        await database.write(lambda on: on.exec_driver_sql(INSERT, rows))
        outbox = Outbox(store, {"web": channel}, nobody, clock)
        wall, cpu = time.perf_counter(), time.process_time()
        running = asyncio.create_task(outbox.run())
        await channel.done.wait()
        outbox.stop()
        await running
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        await database.rest()
    return {"per_second": letters / wall, "cpu_us": cpu / letters * 1e6}


CASES = {"answers": (1, 0), "accounts": (50, 0), "queue": (1, 10_000)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--letters", type=int, default=10_000)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    results = {}
    with tempfile.TemporaryDirectory(prefix="morsel-bench-") as folder:
        for name, (accounts, queue) in CASES.items():
            results[name] = found = asyncio.run(measure(Path(folder), asked.letters, accounts, queue))
            if not asked.json:
                print(f"{name:9} {found['per_second']:7.0f} letters/s   CPU {found['cpu_us']:5.0f} us each")
    if asked.json:
        print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
