"""The demo's folder: its database, its settings, and how far its clock was moved on.

Promise: only ever touches a folder that a demo made, or an empty place; what was begun and not finished is made anew.
`config.toml` in it lets every other command be tried on the demo: `morsel people list --config demo-data/config.toml`.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path

import msgspec
from msgspec import Struct

from adapters.database.aside import Aside
from adapters.database.connection import Database
from adapters.database.lock import Lock, not_writable
from adapters.web.settings import Demo
from bot.cli import company
from bot.cli.assemble import Core
from bot.cli.errands import AddPack, Office, PackAdded, carry_out
from bot.cli.folder import read_folder
from bot.cli.history import play
from bot.cli.online import Online
from bot.cli.plugging import parts_of
from bot.cli.shelf import Shelf, no_channel
from bot.cli.speech import Stopped, progress
from bot.config import Config, Organisation, Web
from bot.config import Database as Where
from lessons.archive import write_zip
from scheduler.metronome import ShiftedClock, SystemClock

STRIDE = timedelta(hours=1)  # of the time machine: shorter than any morning in which a reminder may come
PACKS = ("food-hygiene", "fire-safety", "angry-customer")
OURS = ("morsel.db", "morsel.db-wal", "morsel.db-shm", "morsel.db.socket", "config.toml")


class Kept(Struct, frozen=True):
    """What demo.json says: whether the company is whole, and how far the clock is ahead, in seconds."""

    made_by: str = "morsel demo"
    whole: bool = False
    ahead: float = 0.0


@dataclass(frozen=True)
class Stage:
    """An open demo."""

    folder: Path
    config: Config
    database: Database
    clock: ShiftedClock


@asynccontextmanager
async def opened(folder: Path, fresh: bool, port: int) -> AsyncIterator[Stage]:
    """The demo in that folder, made first where there is none. Raises StoreProblem, Stopped."""
    folder = Path(os.path.abspath(folder))  # noqa: ASYNC240 - nothing is looked up
    kept = _prepare(folder, fresh)
    config = _config(folder, port)
    clock = ShiftedClock(SystemClock(), timedelta(seconds=kept.ahead))
    with Database.open(folder / "morsel.db") as database:
        _write(folder / "config.toml", _toml(config))
        if not kept.whole:
            await _make(database, config, clock.now())
            _write(folder / "demo.json", msgspec.json.encode(Kept(whole=True)))
        yield Stage(folder, config, database, clock)


def personas_and_clock(stage: Stage) -> Callable[[Core, Callable[[], Awaitable[None]]], Demo]:
    """What the web chat needs to be a demo: people to be, and a clock that is remembered."""

    def demo(_: Core, ring: Callable[[], Awaitable[None]]) -> Demo:
        moving = asyncio.Lock()

        async def forward(by: timedelta) -> None:
            """Hour by hour: the mornings between now and then bring their reminders, as they would have."""
            async with moving:
                until = stage.clock.offset + by
                _write(stage.folder / "demo.json", msgspec.json.encode(Kept(whole=True, ahead=until.total_seconds())))
                while stage.clock.offset < until:
                    stage.clock.forward(min(STRIDE, until - stage.clock.offset))
                    await ring()

        return Demo(company.personas(company.founded()), forward)

    return demo


def _prepare(folder: Path, fresh: bool) -> Kept:
    """What is kept in the folder; nothing after `fresh` or a demo that was never finished."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as why:
        raise not_writable(folder, why) from why
    mark = folder / "demo.json"
    try:
        kept = msgspec.json.decode(mark.read_bytes(), type=Kept)
    except FileNotFoundError:
        if (folder / "morsel.db").exists():
            hint = "Choose another with --folder, so that nothing real is mixed up with the demo."
            raise Stopped(f"The folder {folder} has a database that no demo made.", hint) from None
        kept = Kept()
    except (OSError, msgspec.DecodeError):
        raise Stopped(
            f"The file {mark} cannot be read.", "Delete the folder, or choose another with --folder."
        ) from None
    if kept.whole and not fresh:
        return kept
    lock = Lock(folder / "morsel.db")
    lock.take()  # a demo that runs there must not lose its files
    try:
        _write(mark, msgspec.json.encode(Kept()))
        for name in OURS:
            (folder / name).unlink(missing_ok=True)
    except OSError as why:
        raise not_writable(folder, why) from why
    finally:
        lock.release()
    return Kept()


async def _make(database: Database, config: Config, now: datetime) -> None:
    """The company, its packs, and its first days."""
    found = company.founded()

    late = [person for person in found.people if person.name in company.NEW_TODAY]
    early = [person for person in found.people if person not in late]

    async def prepare(core: Core, at: datetime) -> None:
        await core.registry.enlist(found.units, early, at)
        await core.registry.carry_out(company.bound(early), at)
        shelf = Shelf(Aside(database), no_channel, None, core.clock)
        parts = parts_of(config, database, core.store, core.clock, lambda: core.service.catalog)
        online = Online(config, config.house, parts)
        office = Office(core.store, core.registry, core.clock, config.house, core.service.reload, shelf, online)
        for pack in PACKS:
            done = await carry_out(AddPack(f"{pack}.zip", shipped(pack)), office)
            if not isinstance(done, PackAdded):
                raise Stopped(f"The shipped pack {pack} is damaged.", "Install Morsel again.")
        await core.registry.carry_out(company.assignments(found, now), at)

    with progress("Making the company", company.DAYS) as played:
        parts = await play(database, config.house, found, prepare, now, played)
    await parts.registry.enlist((), late, now)
    await parts.registry.carry_out(company.bound(late), now)


def shipped(pack: str) -> bytes:
    """One of the packs that ship, as a zip."""
    return write_zip(read_folder(Path(str(files("lessons") / "packs" / pack))))


def _config(folder: Path, port: int) -> Config:
    house = company.HOUSE
    return Config(
        organisation=Organisation(name=house.name, zone=house.zone),
        database=Where(f"sqlite:///{folder / 'morsel.db'}"),
        web=Web(port=port),
    )


def _toml(config: Config) -> bytes:
    """The demo's settings as a file. JSON's strings are TOML's."""
    rows = (
        "# Made by `morsel demo` for the other commands; written anew at each start.",
        "[organisation]",
        f"name = {msgspec.json.encode(config.organisation.name).decode()}",
        f"zone = {msgspec.json.encode(config.organisation.zone).decode()}",
        "[database]",
        f"url = {msgspec.json.encode(config.database.url).decode()}",
        "[web]",
        f"port = {config.web.port}",
    )
    return ("\n".join(rows) + "\n").encode()


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all."""
    new = path.with_name(path.name + ".new")
    try:
        new.write_bytes(data)
        os.replace(new, path)
    except OSError as why:
        raise not_writable(path.parent, why) from why
