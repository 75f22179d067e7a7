"""Durable answers per second, and how long one waits: Morsel beside the usual way and beside one written by hand.

    python -m benchmarks.answers [--seconds 4] [--people 1,16,256] [--json]

All three take the same turns and write the same rows on the same tables, on this disk, in this run; every answer is on
the disk (synchronous=FULL) when it counts. `outbox` is Morsel with the outbox running too, sending into nothing.
"""

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path

from adapters.database.connection import Database
from adapters.database.store import Store
from benchmarks.answering import CHANNEL, SystemClock, answer_needs, answer_turn, build, incoming
from benchmarks.by_hand import ByHand
from benchmarks.by_orm import ByOrm
from bot.effects import Say
from bot.events import Address, Incoming
from bot.given import Catalog
from bot.outbox import Outbox
from bot.person import Person
from bot.ports import Deliver, Letter, NotThere, Pace, Told
from bot.service import Service

Answer = Callable[[Incoming], Awaitable[None]]


class Nowhere:
    """A channel that is always quick."""

    name = CHANNEL
    pace = Pace()

    def accounts(self) -> Sequence[str]:
        return ("",)

    def is_group(self, address: Address) -> bool:  # noqa: ARG002
        return False

    async def run(self, deliver: Deliver) -> None:  # noqa: ARG002
        await asyncio.Event().wait()

    async def send(self, letter: Letter) -> str:  # noqa: ARG002
        return ""

    async def amend(self, letter: Letter) -> str:
        return letter.mark

    async def look(self, letter: Letter) -> str | None:  # noqa: ARG002
        return None

    async def fetch(self, letter: Letter, limit: int, told: Told) -> AsyncIterator[bytes]:  # noqa: ARG002
        raise NotThere("gone")
        yield b""

    def reread(self, raw: bytes) -> Sequence[Incoming]:  # noqa: ARG002
        return ()


@asynccontextmanager
async def morsel(path: Path, _: Catalog, telling: bool = False) -> AsyncIterator[Answer]:
    with Database.open(path) as database:
        store = Store(database, SystemClock().now, transcripts=(CHANNEL,))
        outbox: Outbox | None = None
        service = Service(
            store,
            answer_needs,
            answer_turn,
            _broken,
            SystemClock(),
            await store.secret(),
            lambda: outbox.wake() if outbox else None,
        )
        async with asyncio.TaskGroup() as group:
            group.create_task(service.run())
            if telling:
                outbox = Outbox(store, {CHANNEL: Nowhere()}, service.deliver, SystemClock())
                group.create_task(outbox.run())
            yield service.deliver
            service.stop()
            if outbox:
                outbox.stop()


def _broken(person: Person, reference: str) -> Say:
    raise AssertionError(f"a turn of {person.id} raised: {reference}")


@asynccontextmanager
async def telling(path: Path, catalog: Catalog) -> AsyncIterator[Answer]:
    async with morsel(path, catalog, telling=True) as answer:
        yield answer


@asynccontextmanager
async def by_hand(path: Path, catalog: Catalog) -> AsyncIterator[Answer]:
    contender = ByHand(path, catalog)
    yield contender.answer
    contender.close()


@asynccontextmanager
async def by_orm(path: Path, catalog: Catalog) -> AsyncIterator[Answer]:
    contender = ByOrm(path, catalog)
    yield contender.answer
    await contender.close()


CONTENDERS: dict[str, Callable[[Path, Catalog], AbstractAsyncContextManager[Answer]]] = {
    "morsel": morsel,
    "outbox": telling,
    "orm": by_orm,
    "by hand": by_hand,
}


async def measure(name: str, people: int, seconds: float, folder: Path) -> dict[str, float]:
    """Answers per second, and milliseconds that half and 99 of 100 waited at most."""
    path = folder / f"{name.replace(' ', '-')}-{people}.db"
    catalog = await build(path, people)
    waits: list[float] = []
    async with AsyncExitStack() as stack:
        answer = await stack.enter_async_context(CONTENDERS[name](path, catalog))
        await asyncio.gather(*(answer(incoming(n, -1)) for n in range(people)))  # statements are built, files are warm
        ends = time.perf_counter() + seconds

        async def learner(person: int) -> None:
            number = 0
            while (began := time.perf_counter()) < ends:
                await answer(incoming(person, number))
                waits.append(time.perf_counter() - began)
                number += 1

        began, cpu = time.perf_counter(), time.process_time()
        await asyncio.gather(*(learner(n) for n in range(people)))
        took, cpu = time.perf_counter() - began, time.process_time() - cpu
    waits.sort()
    return {
        "per_second": len(waits) / took,
        "cpu_ms": cpu / len(waits) * 1000,
        "p50_ms": waits[len(waits) // 2] * 1000,
        "p99_ms": waits[int(len(waits) * 0.99)] * 1000,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--people", default="1,16,256")
    parser.add_argument("--only", default=",".join(CONTENDERS))
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    results: dict[str, dict[str, dict[str, float]]] = {}
    with tempfile.TemporaryDirectory(prefix="morsel-bench-") as folder:
        for people in map(int, asked.people.split(",")):
            results[str(people)] = {
                name: asyncio.run(measure(name, people, asked.seconds, Path(folder))) for name in asked.only.split(",")
            }
            if not asked.json:
                _tell(people, results[str(people)])
    if asked.json:
        print(json.dumps(results, indent=2))


def _tell(people: int, result: dict[str, dict[str, float]]) -> None:
    print(f"\n{people} at once")
    for name, found in result.items():
        waits = f"p50 {found['p50_ms']:7.1f} ms   p99 {found['p99_ms']:7.1f} ms   CPU {found['cpu_ms']:6.3f} ms each"
        print(f"  {name:8} {found['per_second']:8.0f} answers/s   {waits}")
    ours = result.get("morsel", {}).get("per_second", 0)
    ratios = [f"{ours / result[name]['per_second']:.2f} x {name}" for name in ("orm", "by hand") if name in result]
    print(f"  morsel is {', '.join(ratios)}")


if __name__ == "__main__":
    main()
