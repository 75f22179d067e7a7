"""Wires all parts into a bot that runs until it is told to stop.

Promise: it starts whole or not at all, with a sentence that says why; it stops in order, so that nothing that was
acknowledged is lost: no new events, then the last turns, then what is being sent, then the database.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from socket import socket
from typing import Any

import structlog
from msgspec.structs import replace

from adapters.database.aside import Aside
from adapters.database.connection import Database
from adapters.database.leases import Leases
from adapters.database.registry import Registry
from adapters.database.sessions import Sessions
from adapters.database.store import Store
from adapters.web.channel import WebChannel
from adapters.web.settings import Command, Demo, WebSettings
from adapters.web.translate import CHANNEL
from bot.bringing import Bringing
from bot.cli.control import listening, socket_path
from bot.cli.errands import Office
from bot.cli.online import Online
from bot.cli.opening import link_of
from bot.cli.plugging import Plugs, open_doors, parts_of
from bot.cli.shelf import Shelf
from bot.commands import COMMANDS
from bot.config import Config
from bot.effects import Say
from bot.given import House
from bot.message import Message
from bot.outbox import Outbox
from bot.person import Person
from bot.ports import Clock, StoreProblem
from bot.service import Service, TakeTurn
from bot.texts import Voice
from bot.turn import needs, take_turn
from bot.uploading import showing
from scheduler.metronome import Metronome

PRUNE_EVERY = 3600.0  # seconds
DRAIN = 10.0  # seconds that the last turns and letters get when the bot stops

_log = structlog.get_logger("bot")


@dataclass(frozen=True)
class Core:
    """The bot without its mouth and ears: what takes turns."""

    store: Store
    registry: Registry
    service: Service
    clock: Clock


def broken(person: Person, reference: str) -> Say:
    """What somebody reads whose turn raised."""
    return Say(Message((Voice(person.language).para("broken", reference=reference),)))


async def core(
    database: Database,
    house: House,
    clock: Clock,
    committed: Callable[[], None] = lambda: None,
    turn: TakeTurn = take_turn,
) -> Core:
    """What takes turns on that database. Its service must still be run."""
    store = Store(database, clock.now, house, transcripts=(CHANNEL,))
    service = Service(store, needs, turn, broken, clock, await store.secret(), committed)
    return Core(store, Registry(database, store), service, clock)


@asynccontextmanager
async def serving(service: Service) -> AsyncIterator[None]:
    """Takes turns until left, and then until nobody waits. Should the service fail, whoever waits in here is let go."""
    async with asyncio.TaskGroup() as group:
        group.create_task(service.run())
        try:
            yield
        finally:
            service.stop()


def commands(language: str) -> tuple[Command, ...]:
    """The menu that the web chat shows behind "/"."""
    voice = Voice(language)
    return tuple(Command(each.name, voice(f"help.{each.name}")) for each in COMMANDS)


class Running:
    """A bot that runs, until it is left or a part of it fails."""

    def __init__(self, core: Core, channel: WebChannel, metronome: Metronome, plugs: Plugs) -> None:
        self.core, self.channel, self.metronome, self.plugs = core, channel, metronome, plugs
        self._over = asyncio.Event()
        self._failed: BaseException | None = None

    def stop(self) -> None:
        self._over.set()

    async def until(self, told: asyncio.Event) -> None:
        """Until somebody says so. Raises what brought a part down before."""
        over, asked = asyncio.create_task(self._over.wait()), asyncio.create_task(told.wait())
        try:
            await asyncio.wait((over, asked), return_when=asyncio.FIRST_COMPLETED)
        finally:
            over.cancel()
            asked.cancel()
        if self._failed:
            raise self._failed

    def watch(self, task: asyncio.Task[None]) -> None:
        """No part may end before it is told to: the bot stops as a whole then."""

        def ended(task: asyncio.Task[None]) -> None:
            if not self._over.is_set() and not task.cancelled():
                self._failed = task.exception() or RuntimeError(f"{task.get_name()} ended by itself")
                self._over.set()

        task.add_done_callback(ended)


@asynccontextmanager
async def running(
    config: Config,
    database: Database,
    clock: Clock,
    sock: socket,
    demo: Callable[[Core, Callable[[], Awaitable[None]]], Demo] | None = None,
) -> AsyncIterator[Running]:
    """A whole bot on an open database and a listening socket; it is ready when this is entered."""
    waking: list[Outbox] = []

    def committed() -> None:
        for each in waking:
            each.wake()

    house = replace(config.house, link=link_of(config, int(sock.getsockname()[1])))
    house = await open_doors(config, database, house, clock)
    parts = await core(database, house, clock, committed)
    await Leases(database).void()  # the file is ours alone: whoever polled before us was killed
    given = parts_of(config, database, parts.store, clock, lambda: parts.service.catalog, parts.service.reload)
    plugs = Plugs(config, house, given)
    metronome = Metronome(clock, parts.store.due, parts.service.deliver)
    channel = WebChannel(
        sock,
        parts.store,
        Sessions(database),
        parts.store.keep_file,
        lambda: parts.service.catalog,
        clock,
        WebSettings(config.web.host, config.web.port, 0, config.web.link, config.web.upload_limit_mb * 1_000_000),
        demo(parts, metronome.tick) if demo else None,
        commands,
        plugs.doors,
    )
    bringing = Bringing(parts.store.keep_file, showing, house.upload_limit)
    channels = {channel.name: channel, **plugs.channels}
    outbox = Outbox(parts.store, channels, parts.service.deliver, clock, bringing)
    waking.append(outbox)
    bot = Running(parts, channel, metronome, plugs)
    shelf = Shelf(Aside(database), plugs.reread, parts.service.deliver, clock)
    online = Online(config, house, given)
    office = Office(parts.store, parts.registry, clock, house, parts.service.reload, shelf, online, plugs.standing)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.rest)
        await parts.service.reload()  # before anybody can ask
        # Entered in the order of need, left the other way round.
        await stack.enter_async_context(_part(bot, "the outbox", outbox.run(), outbox.stop))
        await stack.enter_async_context(_part(bot, "the service", parts.service.run(), parts.service.stop))
        await stack.enter_async_context(_part(bot, "the pruning", _prune(parts), None))
        await stack.enter_async_context(listening(socket_path(config), office))
        stack.callback(metronome.stop)
        metronome.start()
        for name, loop in plugs.loops(parts.service.deliver):
            await stack.enter_async_context(_part(bot, name, loop, None))
        # The last to come and the first to go: the doors of channels are in it.
        await stack.enter_async_context(_part(bot, "the web chat", channel.run(parts.service.deliver), None))
        yield bot


@asynccontextmanager
async def _part(
    bot: Running, name: str, work: Coroutine[Any, Any, None], stop: Callable[[], None] | None
) -> AsyncIterator[None]:
    """A part that runs beside the others. Without a `stop` it is cancelled when it is time."""
    task = asyncio.create_task(work, name=name)
    bot.watch(task)
    try:
        yield
    finally:
        bot.stop()
        if stop:
            stop()
        else:
            task.cancel()
        done, _ = await asyncio.wait((task,), timeout=DRAIN)
        if not done:
            _log.warning("A part did not stop in time.", part=name)
            task.cancel()
        with suppress(asyncio.CancelledError, Exception):  # what brought it down was told by `until`
            await task


async def _prune(parts: Core) -> None:
    """Forgets now and then what is old."""
    while True:
        try:
            await parts.store.prune(parts.clock.now())
        except StoreProblem as why:
            _log.error("Old rows could not be forgotten; it is tried again.", why=why.what)
        await asyncio.sleep(PRUNE_EVERY)
