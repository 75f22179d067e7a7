"""A running outbox, a channel that does as it is told, and a clock that only moves when it is told."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from bot.bringing import Bringing
from bot.effects import Effect, Fetch
from bot.events import Address, Incoming, Uploaded
from bot.message import Message
from bot.outbox import Outbox, is_new
from bot.ports import (
    Deliver,
    Letter,
    Pace,
    SendError,
    StoreProblem,
    Told,
)
from tests.database.world import NOW, World, words


class Moving:
    """A clock that only moves when it is told."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at


class Phone:
    """A channel that writes down what it is told, and fails as often as planned."""

    name = "web"
    pace = Pace()

    def __init__(self) -> None:
        self.open: Sequence[str] = ("",)
        self.told: list[tuple[str, str, str]] = []  # address, mark that is changed, words
        self.plan: dict[str, list[SendError | Exception]] = {}  # words -> what happens instead, in order
        self.gate = asyncio.Event()
        self.gate.set()
        self.pieces = asyncio.Semaphore(99)  # so many pieces of files may still come
        self.looked: list[int] = []
        self.there: dict[int, str] = {}  # letters that did arrive, and their marks
        self.anew: dict[str, str] = {}  # mark of a message that is gone -> that of the new one
        self.files: list[Exception | Sequence[bytes]] = []  # what comes of each fetch, in order
        self.at_once = self.most_at_once = 0
        self.busy: set[str] = set()

    async def run(self, deliver: Deliver) -> None:
        await asyncio.Event().wait()

    def accounts(self) -> Sequence[str]:
        return self.open

    def is_group(self, address: Address) -> bool:
        return address.chat.startswith("-")

    async def send(self, letter: Letter) -> str:
        await self._tell(letter.address, "", letter.message)
        return f"@{letter.message.plain}"

    async def amend(self, letter: Letter) -> str:
        await self._tell(letter.address, letter.mark, letter.message)
        return self.anew.get(letter.mark, letter.mark)

    async def look(self, letter: Letter) -> str | None:
        self.looked.append(letter.id)
        return self.there.get(letter.id)

    async def fetch(self, letter: Letter, limit: int, told: Told) -> AsyncIterator[bytes]:
        comes = self.files.pop(0)
        if isinstance(comes, Exception):
            raise comes
        for piece in comes:
            await self.pieces.acquire()
            yield piece

    def reread(self, raw: bytes) -> Sequence[Incoming]:
        return ()

    async def _tell(self, address: Address, mark: str, message: Message) -> None:
        assert address.chat not in self.busy, "two letters of one address at once"
        self.busy.add(address.chat)
        self.most_at_once = max(self.most_at_once, len(self.busy))
        try:
            await self.gate.wait()
            await asyncio.sleep(0)
            if plan := self.plan.get(message.plain):
                raise plan.pop(0)
            self.told.append((address.chat, mark, message.plain))
        finally:
            self.busy.discard(address.chat)

    @property
    def words(self) -> list[str]:
        return [words for _, _, words in self.told]


def said(fetch: Fetch, here: int) -> Message:
    return words(f"{here} of {fetch.size}")


class Post:
    """A running outbox, its channel, and what came back to the bot."""

    def __init__(self, world: World) -> None:
        self.world, self.clock, self.phone = world, Moving(), Phone()
        self.back: list[Incoming] = []
        self.refuses_back = 0
        self.telling = False
        self.slow_back = 0.0  # seconds until the bot has heard of what came back
        self.follows: Sequence[Effect] = ()  # what the bot does when something comes back
        self.looks, self.quiet = 0, False
        self.running: asyncio.Task[None] | None = None
        rows = SimpleNamespace(letters=self._letters, posted=self._posted, moved=world.store.moved)
        self.outbox = Outbox(rows, {"web": self.phone}, self._deliver, self.clock, Bringing(self._keep, said, 1000))
        self.found: Sequence[Letter] = ()
        self._looked = self.outbox._look
        self.outbox._look = self._look  # type: ignore[method-assign]

    async def _deliver(self, incoming: Incoming) -> None:
        self.telling = True
        await asyncio.sleep(self.slow_back)
        if self.refuses_back:
            self.refuses_back -= 1
            raise StoreProblem("full")
        self.back.append(incoming)
        if self.follows:
            await self.world.turn(f"back:{incoming.id}", tuple(self.follows))

    async def put(self, id_: str, *effects: Effect, who: str = "amina") -> None:
        await self.world.turn(id_, effects, who=who)
        self.outbox.wake()

    async def rest(self) -> None:
        """Until a whole look at the rows has found nothing to do."""
        looks = self.looks
        while self.looks < looks + 2 or not self.quiet:  # the first look may have begun before we asked
            self.outbox.wake()
            await asyncio.sleep(0.001)

    async def _letters(self, *asked: Any) -> Sequence[Letter]:
        self.found = await self.world.store.letters(*asked)
        return self.found

    async def _keep(self, name: str, chunks: AsyncIterator[bytes], limit: int) -> Uploaded | None:
        return await self.world.store.keep_file(name, chunks, limit)

    async def _look(self) -> None:
        self.found = ()
        await self._looked()
        self.looks += 1
        self.quiet = not self.outbox._under_way and not any(map(self._may_go, self.found))

    def _may_go(self, letter: Letter) -> bool:
        account = self.outbox._accounts[letter.address.channel, letter.address.account]
        return account.chat_at(letter.address, new=is_new(letter)) <= self.clock.at.timestamp()

    async def _posted(self, *asked: Any) -> None:
        await self.world.store.posted(*asked)

    def states(self) -> list[str]:
        return [state for (state,) in self.world.rows("SELECT state FROM letters WHERE state <> 'said' ORDER BY id")]


@asynccontextmanager
async def at_work(world: World) -> AsyncIterator[Post]:
    post = Post(world)
    task = post.running = asyncio.create_task(post.outbox.run())
    try:
        yield post
    finally:
        post.phone.gate.set()
        post.outbox.stop()
        await task
