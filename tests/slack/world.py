"""A whole Morsel beside a fake Slack: real service, store, outbox and channel, real sockets on 127.0.0.1.

`async with a_world(tmp_path) as world:` gives a company with a workspace in which the app is installed. People are the
fake's: `amina = world.person("Amina Diallo")`, `amina.say("/learn")`, `await world.settled()`, `amina.messages`.
`mode` is "socket" or "http"; `oauth` leaves the bot token out of the settings, so that workspaces are installed through
the pages; `only` serves no other workspace than the first.
`clock` may be one that stands still: then time is the test's. `world.down = True` is a store that cannot write.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from adapters.database.aside import Aside
from adapters.database.connection import Database
from adapters.database.leases import Leases
from adapters.database.media import Media
from adapters.database.registry import Registry
from adapters.database.store import Store
from adapters.database.vault import Vault
from adapters.parts import Parts
from adapters.slack import plug
from adapters.slack.channel import SlackChannel
from adapters.slack.settings import SlackSettings
from bot.bringing import Bringing
from bot.commands import COMMANDS
from bot.effects import Bind, Enrol, Publish, Say
from bot.events import Address, Incoming
from bot.given import House
from bot.message import Message, paragraph
from bot.outbox import Outbox
from bot.person import Person, Role
from bot.ports import Clock, Lane, Pace, StoreProblem
from bot.service import Service
from bot.texts import Voice
from bot.turn import needs
from bot.uploading import showing
from scheduler.metronome import SystemClock
from tests.conversations.stage import HOUSE, UNITS, checked_turn, in_pieces, person_of, zipped
from tests.fakes.slack import FakeSlack
from tests.fakes.slack.people import FakePerson, Workspace
from tests.fakes.slack.server import Server, serve
from tests.slack.until import until

SLACK = "slack"


def menu(role: str, language: str) -> tuple[tuple[str, str], ...]:
    """As the program has it: the commands of a role, each with its line of help."""
    return tuple((each.name, Voice(language)(f"help.{each.name}")) for each in COMMANDS if Role(role) in each.roles)


def broken(person: Person, reference: str) -> Say:
    return Say(Message((paragraph(f"BROKEN {person.id} {reference}"),)))


@dataclass
class World:
    """What stands, and what reached the bot."""

    fake: FakeSlack
    server: Server
    team: Workspace
    clock: Clock
    database: Database
    store: Store
    registry: Registry
    service: Service
    settings: SlackSettings
    parts: Parts
    channel: SlackChannel = field(init=False)
    outbox: Outbox = field(init=False)
    door: ASGIApp | None = None
    heard: list[Incoming] = field(default_factory=list)  # delivered, and its turn committed
    down: bool = False  # the store cannot write
    slow: float = 0.0  # seconds that a turn takes
    paced: bool = False  # keeps to the pace of Slack, which also the fake then asks for
    port: int = 0
    _tasks: list["asyncio.Task[Any]"] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where the door of HTTP mode is."""
        return f"http://127.0.0.1:{self.port}"

    def person(self, name: str, team: Workspace | None = None, **more: Any) -> FakePerson:
        """Somebody of the workspace, by their name in Slack; the same one when asked again."""
        return (team or self.team).user(name, **more)

    def address(self, person: FakePerson) -> Address:
        return Address(SLACK, f"{person.team.id}/{person.id}")

    async def enlist(self, person: FakePerson, id: str, role: Role = Role.LEARNER, unit: str = "harbour") -> None:
        """They are known to the bot already, and reached here."""
        known = person_of((id, person.member.real_name, unit, role, "en", "Europe/Berlin"))
        address = self.address(person)
        await self.registry.enlist((), (Person(**{**_fields(known), "home": address}),), self.clock.now())
        await self.registry.carry_out((Bind(address, id),), self.clock.now())

    async def assign(self, pack: str, id: str) -> None:
        await self.registry.carry_out((Enrol(pack, "root", person=id),), self.clock.now())

    async def deliver(self, incoming: Incoming) -> None:
        """What the channel is given: the service, with a store that may be down or slow."""
        if self.slow:
            await asyncio.sleep(self.slow)
        if self.down:
            raise StoreProblem("The disk is full.", "Make room.")
        await self.service.deliver(incoming)
        self.heard.append(incoming)

    async def settled(self) -> None:
        """Until all that Slack had to deliver was answered, and all that the bot wanted to say was said."""
        await until(lambda: not self.fake.deliveries.open)
        lanes = tuple(Lane(SLACK, account, True, 1) for account in self.channel.accounts())
        self.outbox.wake()
        while await self.store.letters(self.clock.now(), lanes) or await self.store.passed(1):
            await asyncio.sleep(0.01)

    async def start_channel(self) -> None:
        """Starts a channel, as a start of the program does."""
        plugged = plug(self.settings, self.parts)
        assert isinstance(plugged.channel, SlackChannel)
        self.channel = plugged.channel
        if not self.paced:
            self.channel.pace = Pace()
        self.door = dict(plugged.doors).get("/slack")
        bringing = Bringing(self.store.keep_file, showing, HOUSE.upload_limit)
        self.outbox = Outbox(self.store, {SLACK: self.channel}, self.service.deliver, self.clock, bringing)
        self._tasks = [
            asyncio.create_task(self.channel.run(self.deliver)),
            asyncio.create_task(self.outbox.run()),
        ]

    async def stop_channel(self) -> None:
        """Ends it, as the end of the program does."""
        running, telling = self._tasks
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        self.outbox.stop()
        await telling

    async def ready(self) -> None:
        """Until messages can go both ways."""
        await until(lambda: bool(self.channel.accounts()) or not self.settings.bot_token)
        if self.settings.mode == "socket":
            await until(lambda: len(self.server.sockets.ready) >= 2)


def _fields(person: Person) -> dict[str, Any]:
    return {name: getattr(person, name) for name in person.__struct_fields__}


@asynccontextmanager
async def a_world(
    folder: Path,
    *,
    mode: str = "socket",
    oauth: bool = False,
    only: bool = False,
    unit: str = "",
    clock: Clock | None = None,
    packs: tuple[str, ...] = ("geo",),
    paced: bool = False,
    prepare: Callable[[FakeSlack], None] = lambda fake: None,
) -> AsyncIterator[World]:
    """Everything running. `prepare` may change the fake before anything starts."""
    now = clock or SystemClock()
    fake = FakeSlack(clock=lambda: now.now().timestamp())
    fake.limits.on = paced
    prepare(fake)
    house = House(name=HOUSE.name, zone=HOUSE.zone, link=HOUSE.link, doors={SLACK: unit} if unit else {})
    path = folder / "slack.db"
    with Database.open(path) as database, listening() as sock:
        store = Store(database, now.now, house)
        registry = Registry(database, store)
        await registry.enlist(UNITS, (), now.now())
        for name in packs:
            kept = await store.keep_file(f"{name}.zip", in_pieces(zipped(name)), 1_000_000)
            assert kept is not None
            await registry.carry_out((Publish(kept.file, name, "1.0.0"),), now.now())
        service = Service(store, needs, checked_turn, broken, now, secret=b"the same luck in every test")
        async with serve(fake) as server:
            team = fake.workspace("Harbour", installed=not oauth)
            port = int(sock.getsockname()[1])
            for kind in ("events", "interactive", "commands"):
                fake.app.urls[kind] = f"http://127.0.0.1:{port}/slack/{kind}"
            fake.app.socket_mode = mode == "socket"
            settings = SlackSettings(
                bot_token="" if oauth else team.token,
                app_token=fake.app.app_token,
                signing_secret=fake.app.signing_secret,
                client_id=fake.app.client_id if oauth else "",
                client_secret=fake.app.client_secret if oauth else "",
                mode=mode,
                unit=unit,
                workspaces=(team.id,) if only else (),
                server=f"{server.base_url}/api/",
            )
            parts = Parts(
                clock=now,
                catalog=lambda: service.catalog,
                menu=menu,
                media=Media(database),
                vault=Vault(database, folder / "morsel.key"),
                leases=Leases(database),
                aside=Aside(database),
                quizzes=store,
                link=f"http://127.0.0.1:{port}",
                holder="here",
                who=store.who,
                bound=store.bound,
            )
            bot = (database, store, registry, service)
            world = World(fake, server, team, now, *bot, settings, parts, paced=paced, port=port)
            serving = asyncio.create_task(service.run())
            async with answering(world, sock):
                await world.start_channel()
                try:
                    await world.ready()
                    yield world
                finally:
                    await world.stop_channel()
                    service.stop()
                    await serving


@contextmanager
def listening() -> Iterator[socket.socket]:
    sock = socket.create_server(("127.0.0.1", 0), backlog=256)
    try:
        yield sock
    finally:
        sock.close()


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def answering(world: World, sock: socket.socket) -> AsyncIterator[None]:
    """The door of whichever channel is there now, on a port."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert world.door is not None
        await world.door(scope, receive, send)

    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1)
    server = _Server(config)
    task = asyncio.create_task(server.serve([sock]))
    try:
        yield
    finally:
        server.should_exit = True
        await task
