"""A real Morsel that is really killed in the middle of a burst, again and again, and what must be true afterwards.

Everybody sends commands whose effect can be counted: each leaves one fact with its number. So what came in, in which order
and how often, is read off the database: an update that was lost, taken twice or out of order shows.
"""

import asyncio
import json
import os
import random
import signal
import sqlite3
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from adapters.database.connection import Database
from adapters.database.registry import Registry
from adapters.database.store import Store
from bot.effects import Bind
from bot.events import Address
from bot.given import Unit
from bot.person import Person, Role

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("MORSEL_TEST_KILLS", "20" if os.environ.get("CI") else "6"))
EACH = 3  # commands that everybody sends between two kills
LONG = 90.0  # seconds until something that hangs is given up; never a measure of speed


class Crew:
    """People who are known at their addresses, on the database of one folder."""

    def __init__(self, folder: Path, addresses: Mapping[str, Address]) -> None:
        self.folder, self.addresses = folder, addresses
        self.sent: dict[str, list[str]] = {id: [] for id in addresses}
        self.path = folder / "data" / "morsel.db"

    async def move_in(self) -> None:
        """Writes them into a new database."""
        self.path.parent.mkdir()
        database = Database.open(self.path)
        now = datetime.now(UTC)
        registry = Registry(database, Store(database, lambda: now))
        people = [
            Person(id=id, name=id.title(), unit="all", role=Role.LEARNER, home=address)
            for id, address in self.addresses.items()
        ]
        await registry.enlist((Unit("all", "Morsel Foods"),), people, now)
        await registry.carry_out(tuple(Bind(address, id) for id, address in self.addresses.items()), now)
        await database.rest()
        database.close()

    def next_words(self, id: str) -> str:
        """A command that differs from the ones before it."""
        value = f"Alias {len(self.sent[id])}"
        self.sent[id].append(value)
        return f"/settings name {value}"

    def happened(self) -> dict[str, list[str]]:
        """What each person's facts say, in their order."""
        with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as on:
            rows = on.execute("SELECT person, data FROM facts WHERE verb = 'set' ORDER BY id").fetchall()
        happened: dict[str, list[str]] = {id: [] for id in self.addresses}
        for person, data in rows:
            happened[person].append(json.loads(data)["to"])
        return happened

    def unsent(self) -> int:
        """Letters that still wait."""
        with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as on:
            (many,) = on.execute("SELECT count(*) FROM letters WHERE state = 'waiting'").fetchone()
        return int(many)


class Program:
    """`morsel serve` as a process of its own; it does not outlive the test, however that ends."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.log = folder / "stderr.log"
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *why: object) -> None:
        if self.goes:
            await self.end(signal.SIGKILL)

    async def start(self) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MORSEL_")}
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", "serve"),
                cwd=self._folder,
                env={**environment, "PYTHONPATH": str(ROOT)},
                stdout=asyncio.subprocess.DEVNULL,
                stderr=log,
                stdin=asyncio.subprocess.DEVNULL,
            )

    async def end(self, by: signal.Signals) -> int:
        assert self._process
        if self._process.returncode is None:
            self._process.send_signal(by)
        return await asyncio.wait_for(self._process.wait(), LONG)

    @property
    def goes(self) -> bool:
        return self._process is not None and self._process.returncode is None


async def until(true: Callable[[], bool], program: Program, what: str) -> None:
    """Waits for it; tells the log where it never comes true."""
    for _ in range(int(LONG / 0.02)):
        if true():
            return
        assert program.goes, f"it stopped by itself:\n{program.log.read_text()[-3000:]}"
        await asyncio.sleep(0.02)
    raise AssertionError(f"never: {what}\n{program.log.read_text()[-3000:]}")


async def bursts(
    crew: Crew,
    program: Program,
    say: Callable[[str, str], object],
    sends: Callable[[], int],
    hears: Callable[[], bool] = lambda: True,
) -> None:
    """Once it hears them, everybody says something; the program is killed after some answers; and so on. Then it is
    started once more."""
    luck = random.Random(1)
    for _ in range(KILLS):
        enough = sends() + luck.randint(1, EACH * len(crew.addresses) // 2)
        await program.start()
        await until(hears, program, "it hears what people say")
        for id in crew.addresses:
            for _ in range(EACH):
                say(id, crew.next_words(id))
        await until(lambda enough=enough: sends() >= enough, program, "an answer after a kill")  # type: ignore[misc]
        await program.end(signal.SIGKILL)
    await program.start()


async def finish(crew: Crew, program: Program) -> None:
    """Lets it say what is left to say, and ends it kindly."""
    await until(lambda: not crew.unsent(), program, "all answers are out")
    assert await program.end(signal.SIGTERM) == 0
    assert "Traceback" not in program.log.read_text()


def doubles(answers: Mapping[str, Sequence[str]], crew: Crew) -> int:
    """How many answers were said again; fails where one is missing or came out of its order."""
    again = 0
    for id, values in crew.happened().items():
        rest = list(answers[id])
        for sentence in (f"Thank you, {value}." for value in values):
            assert rest, f"{id} never read: {sentence}"
            assert rest.pop(0) == sentence, f"{id}: not in order"
            while rest and rest[0] == sentence:
                rest.pop(0)
                again += 1
        assert not rest
    return again
