"""A whole Morsel that talks over Telegram: the strict fake on real sockets, the channel, the service, the store, the outbox.

    async with a_world(tmp_path) as world:
        amina = world.user("Amina")
        await world.joins(amina, "amina")
        amina.say("/learn")
        await world.settled()
        assert amina.last.text == ...

Nothing of ours is faked. `crash` ends the process's part without a goodbye; `start` begins it again on the same files.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvicorn
from msgspec.structs import replace
from starlette.types import ASGIApp

from adapters.database.aside import Aside
from adapters.database.connection import Database
from adapters.database.leases import Leases
from adapters.database.media import Media
from adapters.database.registry import Registry
from adapters.database.store import Store
from adapters.database.vault import Vault
from adapters.parts import Parts
from adapters.telegram.channel import TelegramChannel
from adapters.telegram.polling import Timing
from adapters.telegram.settings import TelegramSettings
from bot.bringing import Bringing
from bot.commands import COMMANDS
from bot.effects import Bind, Effect, Publish
from bot.events import Address, Event, Incoming
from bot.given import Catalog
from bot.message import Message
from bot.outbox import Outbox
from bot.person import Role
from bot.ports import Letter, Pace
from bot.service import Service
from bot.texts import Voice
from bot.turn import needs
from bot.uploading import showing
from tests.conversations.stage import HOUSE as STAGE
from tests.conversations.stage import PEOPLE, UNITS, broken, checked_turn, in_pieces, person_of, zipped
from tests.fakes.telegram.core import FakeTelegram
from tests.fakes.telegram.people import FakeGroup, FakeUser
from tests.fakes.telegram.server import serving
from tests.fakes.telegram.waiting import settled, until

HOUSE = replace(STAGE, upload_limit=40_000_000)  # more than Telegram lets bots have
QUICK = Timing(lease=2.0, beat=0.2, wait=5.0, first=0.02, longest=0.2)
MOMENT = 0.1  # seconds that a press waits for its toast


Hook = Callable[[Incoming], Awaitable[None]]


async def nothing(incoming: Incoming) -> None:
    """What happens where nothing is to happen."""


class WorldClock:
    """The real time, moved ahead."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


def menu(role: str, language: str) -> Sequence[tuple[str, str]]:
    voice = Voice(language)
    return [(each.name, voice(f"help.{each.name}")) for each in COMMANDS if Role(role) in each.roles]


@dataclass
class World:
    """What outlives a crash (the fake, the database's files, the clock), and the process of now."""

    folder: Path
    fake: FakeTelegram
    server: str
    mode: str = "polling"
    packs: tuple[str, ...] = ("geo", "tea")
    clock: WorldClock = field(default_factory=WorldClock)
    holder: str = "this process"
    timing: Timing = QUICK
    pace: Pace | None = None  # another than Telegram's; with Pace() the outbox never waits. See also `fake.limits.off`
    before: Hook = nothing  # before the service sees an event; may raise, or wait
    after: Hook = nothing  # after its turn is committed
    catalog: Catalog | None = None  # what the channel believes to be published, where that is not what is
    given: list[Incoming] = field(default_factory=list)  # what the channel delivered, doubles too
    told: list[Event] = field(default_factory=list)  # what the outbox told the bot: files that came, people that left
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    # --- The process -------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Opens the database, and runs service, outbox and channel."""
        stack = self._stack = AsyncExitStack()
        fresh = not (self.folder / "world.db").exists()
        self.database = stack.enter_context(Database.open(self.folder / "world.db"))
        self.store = Store(self.database, self.clock.now, HOUSE)
        self.registry = Registry(self.database, self.store)
        if fresh:
            await self._furnish()
        self.service = Service(self.store, needs, checked_turn, broken, self.clock, b"luck", self._committed)
        self.parts = self._parts()
        settings = TelegramSettings(self.fake.token, self.mode, self.server)
        self.channel = TelegramChannel(settings, self.parts, self.timing, MOMENT)
        self.channel.pace = self.pace or self.channel.pace
        bringing = Bringing(self.store.keep_file, showing, HOUSE.upload_limit)
        self.outbox = Outbox(self.store, {"telegram": self.channel}, self._tell, self.clock, bringing)
        await self.service.reload()
        if self.mode == "webhook":
            await stack.enter_async_context(door(self.channel.door.app, self._socket()))
        self.serving = asyncio.create_task(self.service.run())
        self.telling = asyncio.create_task(self.outbox.run())
        self.running = asyncio.create_task(self.channel.run(self._deliver))
        await until(lambda: self.channel.accounts() or self.running.done())
        if self.mode == "webhook":
            await until(lambda: self.fake.updates.webhook.url or self.running.done())

    async def stop(self) -> None:
        """Goes as the program goes: the channel first, then the service, then what waits to be written down."""
        await self._end(self.running)
        self.service.stop()
        await asyncio.gather(self.serving, return_exceptions=True)
        self.outbox.stop()
        await asyncio.gather(self.telling, return_exceptions=True)
        await self._stack.aclose()

    async def crash(self) -> None:
        """Everything ends where it stands; nobody writes anything down any more."""
        await self._end(self.running, self.telling, self.serving)
        await self._stack.aclose()

    @staticmethod
    async def _end(*tasks: "asyncio.Task[None]") -> None:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _deliver(self, incoming: Incoming) -> None:
        self.given.append(incoming)
        await self.before(incoming)
        await self.service.deliver(incoming)
        await self.after(incoming)

    async def _tell(self, incoming: Incoming) -> None:
        self.told.append(incoming.event)
        await self.service.deliver(incoming)

    def _committed(self) -> None:
        self.outbox.wake()

    def _parts(self) -> Parts:
        return Parts(
            clock=self.clock,
            catalog=lambda: self.catalog or self.service.catalog,
            menu=menu,
            media=Media(self.database),
            vault=Vault(self.database, self.folder / "morsel.key"),
            leases=Leases(self.database),
            aside=Aside(self.database),
            quizzes=self.store,
            link=self._link(),
            holder=self.holder,
            who=self.store.who,
        )

    def _socket(self) -> socket.socket:
        return self._sock

    def _link(self) -> str:
        if self.mode != "webhook":
            return ""
        self._sock = socket.create_server(("127.0.0.1", getattr(self, "_port", 0)))
        self._port: int = self._sock.getsockname()[1]
        return f"http://127.0.0.1:{self._port}"

    # --- The house ---------------------------------------------------------------------------------------------------

    async def _furnish(self) -> None:
        """The company of the talks; nobody has Telegram yet."""
        people = [replace(person_of(row), home=None) for row in PEOPLE]
        await self.registry.enlist(UNITS, people, self.clock.now())
        for name in self.packs:
            await self.publish(name)

    async def publish(self, name: str) -> None:
        kept = await self.store.keep_file(f"{name}.zip", in_pieces(zipped(name)), 5_000_000)
        assert kept is not None
        await self.carry_out(Publish(kept.file, name, "1.0.0"))

    async def carry_out(self, *effects: Effect) -> None:
        await self.registry.carry_out(effects, self.clock.now())

    def user(self, first_name: str, language: str | None = "en") -> FakeUser:
        return self.fake.user(first_name, language)

    async def joins(self, user: FakeUser, person: str) -> None:
        """Somebody of the company has opened the bot on this phone, and is known there."""
        user.chat.met = user.chat.started = True
        address = Address("telegram", str(user.id))
        known = next(each for each in await self.registry.everybody() if each.id == person)
        await self.registry.enlist((), [replace(known, home=address)], self.clock.now())
        await self.carry_out(Bind(address, person))

    async def event(self, user: FakeUser, event: Event) -> None:
        """Something happens to them that is no word of theirs."""
        now = self.clock.now()
        await self.service.deliver(Incoming(f"test:{now.timestamp()}", event, now, Address("telegram", str(user.id))))

    # --- Looking -----------------------------------------------------------------------------------------------------

    async def settled(self) -> None:
        """Until all that was said to the bot has been answered."""
        await settled(self.fake, quiet=0.15)

    async def tell(self, user: FakeUser | FakeGroup, message: Message, mark: str = "", number: int = 1) -> str:
        """The channel says or changes a message, without an outbox."""
        letter = Letter(number, Address("telegram", str(user.id)), message, mark, bool(mark))
        return await (self.channel.amend(letter) if mark else self.channel.send(letter))

    def calls(self, method: str) -> int:
        return sum(call.method == method for call in self.fake.calls)


@asynccontextmanager
async def a_world(folder: Path, **how: object) -> AsyncIterator[World]:
    fake = FakeTelegram()
    async with serving(fake, hurry=0.05) as server:
        world = World(folder, fake, server, **how)  # type: ignore[arg-type]
        await world.start()
        try:
            yield world
        finally:
            with contextlib.suppress(asyncio.CancelledError):
                await world.stop()


@asynccontextmanager
async def door(app: ASGIApp, sock: socket.socket) -> AsyncIterator[None]:
    """The door on a real socket."""
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", ws="none")
    server = _Server(config)
    task = asyncio.create_task(server.serve([sock]))
    try:
        yield
    finally:
        server.should_exit = server.force_exit = True
        await task


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]
        yield
