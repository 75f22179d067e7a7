"""Pictures of packs as Telegram wants them: uploaded once, then by Telegram's own id.

Promise: which pictures may be sent is known before anything is; while one is uploaded for the first time, others who want
the same wait for its id. It sends nothing itself.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import msgspec
from aiogram.types import BufferedInputFile
from msgspec import Raw, Struct

from adapters.parts import Parts
from adapters.telegram import limits
from adapters.telegram.amending import DIGEST
from adapters.telegram.requests import File
from adapters.telegram.translate import CHANNEL
from adapters.telegram.updates import UNREADABLE
from lessons.pictures import kind_of, size_of
from lessons.prose import Picture

REMEMBERED: Final = (
    4096  # digests; a picture is some hundred kilobytes, and hashing it at every send costs more than the send
)
NOT_AGAIN: Final = 3600.0  # seconds; Telegram fails to read a good picture now and then


class Size(Struct, frozen=True):
    """One size of a sent photo."""

    file_id: str
    width: int = 0
    height: int = 0


class Sent(Struct, frozen=True):
    """What we read of a message that was sent: its number, the photo's sizes, a quiz."""

    message_id: int = 0
    photo: tuple[Size, ...] = ()
    poll: "SentPoll | None" = None


class SentPoll(Struct, frozen=True):
    id: str = ""


_SENT: Final = msgspec.json.Decoder(Sent)


def read_sent(result: Raw) -> Sent | None:
    """The answer to a send; None where it cannot be read: then it is there, and nobody knows its number."""
    try:
        sent = _SENT.decode(result)
    except UNREADABLE:
        return None
    return sent if sent.message_id > 0 else None


class Pictures:
    """`account` is the bot: another bot cannot use its ids."""

    def __init__(self, parts: Parts, account: str) -> None:
        self._parts = parts
        self._account = account
        self._digests: dict[tuple[str, str, str], str] = {}
        self._uploading: dict[str, asyncio.Lock] = {}
        self._refused: dict[str, float] = {}  # until when Telegram is not asked again

    def shows(self, picture: Picture) -> bool:
        """Whether it is there, and one that sendPhoto takes."""
        data = self._bytes(picture)
        if data is None or len(data) > limits.PICTURE or kind_of(data) not in limits.PICTURE_KINDS:
            return False
        if self._refused.get(self.digest(picture), 0.0) > self._parts.clock.now().timestamp():
            return False
        width, height = size_of(data)
        if not (width and height) or width + height > limits.PICTURE_SIDES:
            return False
        return max(width, height) <= limits.PICTURE_RATIO * min(width, height)

    def digest(self, picture: Picture) -> str:
        """SHA-256 of its bytes, in hex."""
        pack = self._parts.catalog().packs[picture.pack]
        key = (pack.id, pack.version, picture.name)
        if key not in self._digests:
            if len(self._digests) >= REMEMBERED:
                self._digests.clear()
            self._digests[key] = hashlib.sha256(pack.pictures[picture.name]).hexdigest()
        return self._digests[key]

    def short(self, picture: Picture) -> str:
        """How a mark names it."""
        return self.digest(picture)[:DIGEST]

    @asynccontextmanager
    async def file(self, picture: Picture) -> AsyncIterator[File]:
        """Telegram's id of it, or its bytes to upload. While they are uploaded, others wait here."""
        digest = self.digest(picture)
        known = await self._known(digest)
        if known:
            yield known
            return
        lock = self._uploading.setdefault(digest, asyncio.Lock())
        async with lock:
            try:
                known = await self._known(digest)
                data = self._bytes(picture) or b""
                yield known or BufferedInputFile(data, f"picture.{kind_of(data)}")
            finally:
                self._uploading.pop(digest, None)

    async def learn(self, picture: Picture, sent: Sent | None) -> None:
        """It was uploaded: by this id it is known from now on."""
        largest = max(sent.photo, key=lambda size: size.width * size.height, default=None) if sent else None
        if largest:
            await self._parts.media.keep(CHANNEL, self._account, self.digest(picture), largest.file_id)

    async def forget(self, picture: Picture) -> None:
        """Telegram does not know it any more."""
        await self._parts.media.keep(CHANNEL, self._account, self.digest(picture), "")

    def refuse(self, picture: Picture) -> None:
        """Telegram does not take it: for a while its words go alone."""
        self._refused[self.digest(picture)] = self._parts.clock.now().timestamp() + NOT_AGAIN

    async def _known(self, digest: str) -> str | None:
        return await self._parts.media.known(CHANNEL, self._account, digest)

    def _bytes(self, picture: Picture) -> bytes | None:
        pack = self._parts.catalog().packs.get(picture.pack)
        return pack.pictures.get(picture.name) if pack else None
