"""A file that a person sent: where it is, how large, and its bytes piece by piece. Size before all else."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Final

import msgspec
from aiogram.methods import GetFile, SendChatAction
from msgspec import Struct

from adapters.telegram import limits, requests
from adapters.telegram.calls import Calls
from adapters.telegram.errors import TooBig, UnknownFile
from adapters.telegram.translate import read_reference
from adapters.telegram.updates import UNREADABLE
from bot.events import Address
from bot.ports import Letter, NotThere, SendError, Told, Unreachable

TYPING: Final = 4.0  # seconds; "typing ..." is shown for five
STEP: Final = 256 * 1024  # bytes between two words on how far it is


class Located(Struct, frozen=True):
    """What we read of a file's place."""

    file_path: str = ""
    file_size: int = 0


async def fetch(calls: Calls, letter: Letter, limit: int, told: Told) -> AsyncIterator[bytes]:
    """The file's bytes. Raises NotThere ("large", "gone", "broken", "empty"), or SendError where it may be tried again."""
    if letter.fetch is None:
        raise NotThere("broken")
    try:
        wanted = read_reference(letter.fetch.ref)
    except UNREADABLE:
        raise NotThere("broken") from None
    most = min(limit, limits.DOWNLOAD)
    if wanted.size > most:
        raise NotThere("large", limits.DOWNLOAD)
    typing = asyncio.create_task(_typing(calls, letter.address))
    try:
        place = await _place(calls, wanted.id, letter.address)
        if place.file_size > most:
            raise NotThere("large", limits.DOWNLOAD)
        size, said = 0, 0
        async for chunk in calls.download(place.file_path):
            size += len(chunk)
            if size > most:
                raise NotThere("large", limits.DOWNLOAD)
            yield chunk
            if size - said >= STEP:
                said = size
                await told(size)
        if size == 0:
            raise NotThere("empty")
        if place.file_size and size != place.file_size:
            raise Unreachable("a file came in part")
    finally:
        typing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await typing


async def _place(calls: Calls, file: str, to: Address) -> Located:
    try:
        place = msgspec.json.decode(await calls(GetFile(file_id=file), to), type=Located)
    except TooBig:
        raise NotThere("large", limits.DOWNLOAD) from None
    except UnknownFile:
        raise NotThere("gone") from None
    except UNREADABLE:
        raise Unreachable("where the file is could not be read") from None
    if not place.file_path or place.file_path.startswith("/") or ".." in place.file_path.split("/"):
        raise NotThere("broken")  # a local server's own folder, or nonsense
    return place


async def _typing(calls: Calls, to: Address) -> None:
    """Shows that something is being done, while it is."""
    with contextlib.suppress(SendError):
        while True:
            await calls(SendChatAction(chat_id=requests.chat(to), action="typing"), to)
            await asyncio.sleep(TYPING)
