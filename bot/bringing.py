"""Brings a file that a channel holds: piece by piece into the store, while a message shows how far it is.

Promise: the file is kept whole or not at all, and never more of it than allowed. It decides nothing but what came of it;
whoever asks tells the bot, and tries again where that may help.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, suppress
from typing import Final

import structlog
from msgspec.structs import replace

from bot.effects import Fetch
from bot.events import NotFetched, Uploaded
from bot.message import Message
from bot.ports import BadMessage, Channel, Gone, Letter, NotThere, Refused

PATIENCE: Final = 600.0  # seconds for one file
EVERY: Final = 3.0  # seconds between two looks at how far it is
LAST_WORD: Final = 10.0  # seconds that the last of them gets, so that it cannot come after what follows

Keep = Callable[[str, AsyncIterator[bytes], int], Awaitable[Uploaded | None]]
Showing = Callable[[Fetch, int], Message]  # how many bytes are here

_log = structlog.get_logger(__name__)


class Bringing:
    """`keep` stores a file and gives None when it is larger than `limit` bytes. `showing` says how far it is."""

    def __init__(self, keep: Keep, showing: Showing, limit: int) -> None:
        self._keep, self._showing, self._limit = keep, showing, limit

    async def bring(self, channel: Channel, letter: Letter, may: Callable[[], bool]) -> Uploaded | NotFetched:
        """What is to be told. `may` says whether something may be said there now.

        Raises SendError or TimeoutError where it may be tried again, or whatever the store or a bug raises.
        """
        assert letter.fetch
        name = letter.fetch.name
        if letter.fetch.size > self._limit:
            return NotFetched(name, "large")
        try:
            async with asyncio.timeout(PATIENCE):
                kept = await self._bring(channel, letter, letter.fetch, may)
        except NotThere as why:
            return NotFetched(name, why.why, min(why.most, self._limit))
        except Gone:
            return NotFetched(name, "gone")
        except (Refused, BadMessage) as why:
            _log.warning("An offered file was refused.", letter=letter.id, channel=channel.name, why=why.told)
            return NotFetched(name, "broken")
        if kept is None:
            return NotFetched(name, "large")
        return kept if kept.size else NotFetched(name, "empty")

    async def _bring(self, channel: Channel, letter: Letter, fetch: Fetch, may: Callable[[], bool]) -> Uploaded | None:
        here = _Here()
        over = asyncio.Event()
        telling = asyncio.create_task(self._tell(channel, letter, fetch, here, over, may))
        try:
            async with aclosing(_counted(channel.fetch(letter, self._limit, here.told), here)) as pieces:
                return await self._keep(fetch.name, pieces, self._limit)
        finally:
            over.set()
            # What is on its way may arrive; a later word must not be overtaken by it.
            with suppress(TimeoutError):
                async with asyncio.timeout(LAST_WORD):
                    await telling

    async def _tell(
        self,
        channel: Channel,
        letter: Letter,
        fetch: Fetch,
        here: "_Here",
        over: asyncio.Event,
        may: Callable[[], bool],
    ) -> None:
        """Shows how far it is, now and then. Nothing depends on it, so nothing that fails here counts."""
        told, mark = 0, letter.mark
        while mark:
            with suppress(TimeoutError):
                async with asyncio.timeout(EVERY):
                    await over.wait()
            if over.is_set():
                return
            if here.size == told or not may():
                continue
            told = here.size
            word = replace(letter, message=self._showing(fetch, told), mark=mark, amend=True, fetch=None)
            with suppress(Exception):
                mark = await channel.amend(word) or mark


class _Here:
    """How much of a file is here: as the channel tells it, or as it goes through our hands."""

    def __init__(self) -> None:
        self.size = 0

    async def told(self, size: int) -> None:
        self.size = max(self.size, size)


async def _counted(pieces: AsyncIterator[bytes], here: _Here) -> AsyncGenerator[bytes, None]:
    """The same pieces. The channel's connection is closed when whoever reads them stops half-way."""
    size = 0
    try:
        async for piece in pieces:
            size += len(piece)
            await here.told(size)
            yield piece
    finally:
        if isinstance(pieces, AsyncGenerator):
            await pieces.aclose()
