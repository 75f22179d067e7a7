"""Puts a real WebChannel on a real port of 127.0.0.1, around the stand-ins of fakes.py."""

import asyncio
import struct
import zlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from starlette.types import ASGIApp

from adapters.web.channel import WebChannel, listen
from adapters.web.settings import Command, Demo, Persona, WebSettings
from bot.events import Address
from bot.message import Message
from bot.ports import Letter
from tests.web.fakes import MemoryFiles, MemorySessions, MemoryTranscript, MovedClock, ScriptedBot, a_catalog

ART = Path(__file__).parents[2] / "lessons" / "packs" / "_art"
PERSONAS = (
    Persona("amira", "Amira Haddad", "Learner", "Harbour Store", "North", "Two lessons are waiting: try /learn"),
    Persona("ben", "Ben Okafor", "Manager", "Harbour Store", "North", "Manager of Harbour Store: try /team"),
    Persona("chloé", "Chloé Martin", "Learner", "Mill Street", "North", "Has not started yet"),
    Persona("dev", "Dev Patel", "Learner", "Station Kiosk", "South", "Loves quizzes: try /review"),
    Persona("eva", "Eva Lindqvist", "Admin", "Head office", "South", "Admin: send a pack as a zip, or try /packs"),
)
COMMANDS = (
    Command("start", "Say hello and see what to do"),
    Command("learn", "Go on with your lessons"),
    Command("review", "Repeat what is due"),
    Command("progress", "See how far you are"),
    Command("settings", "Language, time and quiet hours"),
    Command("stop", "No more reminders"),
    Command("help", "What I can do"),
)


def a_png(width: int = 640, height: int = 360) -> bytes:
    """A small picture: bands of warm colours."""
    rows = b"".join(b"\0" + bytes((222 - y // 4, 160 - y // 5, 90)) * width for y in range(height))
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    )
    packed = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


@dataclass
class World:
    """What outlives a restart of the server, and the server of now."""

    demo: bool = True
    port: int = 0
    upload_limit: int = 5_000_000
    link: str = ""
    clock: MovedClock = field(default_factory=MovedClock)
    transcript: MemoryTranscript = field(default_factory=MemoryTranscript)
    sessions: MemorySessions = field(default_factory=MemorySessions)
    files: MemoryFiles = field(default_factory=MemoryFiles)
    personas: tuple[Persona, ...] = PERSONAS
    doors: Sequence[tuple[str, ASGIApp]] = ()
    channel: WebChannel | None = None
    task: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        self.bot = ScriptedBot(self.transcript, self.clock)
        self.catalog = a_catalog({"img/wash.png": a_png()})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        settings = WebSettings(port=self.port, upload_limit=self.upload_limit, link=self.link)
        sock = listen(settings)
        self.port = sock.getsockname()[1]
        demo = Demo(self.personas, self.clock.forward) if self.demo else None
        self.channel = WebChannel(
            sock,
            self.transcript,
            self.sessions,
            self.files.keep,
            lambda: self.catalog,
            self.clock,
            settings,
            demo,
            lambda _: COMMANDS,
            self.doors,
        )
        self.task = asyncio.create_task(self.channel.run(self.bot.deliver))

    async def stop(self) -> None:
        if self.task:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)

    async def say(self, chat: str, message: Message) -> int:
        """The bot speaks first."""
        assert self.channel
        address = Address("web", chat)
        number = self.bot.say(address, message) if not message.fleeting else 0
        await self.channel.send(Letter(number, address, message))
        return number

    async def amend(self, chat: str, number: int, message: Message) -> None:
        assert self.channel
        self.transcript.change(Address("web", chat), number, message)
        await self.channel.amend(Letter(number, Address("web", chat), message, str(number), amend=True))


@asynccontextmanager
async def a_world(**how: object) -> AsyncIterator[World]:
    world = World(**how)  # type: ignore[arg-type]
    await world.start()
    try:
        yield world
    finally:
        await world.stop()
