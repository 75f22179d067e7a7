"""Pictures of packs at Slack: each is uploaded to a workspace once, and its id used from then on.

Promise: a picture that cannot be had never holds a message up for good; it goes as its description in words. The upload
is shared with no channel: only the messages that show it do.
Source: https://docs.slack.dev/messaging/working-with-files#upload, https://docs.slack.dev/reference/block-kit/composition-objects/slack-file-object
"""

import asyncio
import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final

import aiohttp
import structlog

from adapters.parts import Parts
from adapters.slack.calling import Calling, Garbled
from adapters.slack.errors import Declined
from bot.message import Message
from bot.ports import Misconfigured, Throttled, Unknown, Unreachable
from lessons.pictures import kind_of
from lessons.prose import Picture

CHANNEL: Final = "slack"
SHOWN: Final = ("png", "jpeg", "gif")  # what an image block shows; others go in words
LOOKS: Final = (0.3, 0.6, 1.2, 2.4)  # seconds between looks whether a new upload is ready
FRESH: Final = timedelta(minutes=1)  # an upload this young may not be ready; an older one that Slack refuses is gone
A_LITTLE: Final = 30.0  # seconds that a message waits for its picture where Slack asks us to; else it goes in words
SULK: Final = timedelta(minutes=5)  # before a picture is tried again that could not be uploaded
ALT_TXT: Final = 1000  # characters of an upload's description

_log = structlog.get_logger(__name__)


class _NotUploaded(Exception):
    """The address for the bytes did not take them."""


class Pictures:
    """For all workspaces. What is known is kept by the store; here only what was just tried."""

    def __init__(self, calling: Calling, parts: Parts) -> None:
        self._call = calling
        self._parts = parts
        self._locks: dict[tuple[str, str], asyncio.Lock] = {}
        self._fresh: dict[str, datetime] = {}  # by Slack's id
        self._failed: dict[tuple[str, str], datetime] = {}

    async def ids(self, team: str, message: Message) -> dict[Picture, str]:
        """Slack's ids of the pictures in a message, uploading what is new; without those that cannot be had.

        Raises Throttled, where waiting a little is better than a lesson without its picture, and Misconfigured."""
        found: dict[Picture, str] = {}
        for picture in dict.fromkeys(block for block in message.blocks if isinstance(block, Picture)):
            pack = self._parts.catalog().packs.get(picture.pack)
            data = pack.pictures.get(picture.name) if pack else None
            if data and kind_of(data) in SHOWN and (id := await self._id(team, picture, data)):
                found[picture] = id
        return found

    async def doubt(self, team: str, ids: Mapping[Picture, str]) -> None:
        """Slack does not show one of these. Young ones may not be ready; the others are uploaded anew."""
        for picture, id in ids.items():
            since = self._fresh.get(id)
            pack = self._parts.catalog().packs.get(picture.pack)
            if pack and (since is None or self._parts.clock.now() - since > FRESH):
                await self._parts.media.keep(CHANNEL, team, digest(pack.pictures[picture.name]), "")

    async def _id(self, team: str, picture: Picture, data: bytes) -> str:
        """The id, or empty. Two messages that show a new picture wait for one upload."""
        name = digest(data)
        if id := await self._parts.media.known(CHANNEL, team, name):
            return id
        now = self._parts.clock.now()
        if (failed := self._failed.get((team, name))) and now - failed < SULK:
            return ""
        lock = self._locks.setdefault((team, name), asyncio.Lock())
        try:
            async with lock:
                if id := await self._parts.media.known(CHANNEL, team, name):
                    return id
                return await self._uploaded(team, picture, data, name)
        finally:
            if not lock.locked():
                self._locks.pop((team, name), None)

    async def _uploaded(self, team: str, picture: Picture, data: bytes, name: str) -> str:
        try:
            id = await self._upload(team, picture, data)
        except Misconfigured:
            raise
        except Throttled as why:
            if why.after <= A_LITTLE:
                raise
            _log.info("Slack takes no uploads for a while; a picture goes in words.", team=team, why=why.told)
            return ""
        except (Declined, Garbled, Unreachable, Unknown, _NotUploaded) as why:
            _log.warning("A picture could not be uploaded; it goes in words.", team=team, why=str(why))
            self._failed[team, name] = self._parts.clock.now()
            return ""
        self._failed.pop((team, name), None)
        self._fresh = {known: at for known, at in self._fresh.items() if self._parts.clock.now() - at < FRESH}
        self._fresh[id] = self._parts.clock.now()
        await self._parts.media.keep(CHANNEL, team, name, id)
        return id

    async def _upload(self, team: str, picture: Picture, data: bytes) -> str:
        """Asks for an address, sends the bytes there, says that this was all, and waits until the picture is ready."""
        file = picture.name.rpartition("/")[2]
        about = {"filename": file, "length": len(data), "alt_txt": (picture.alt or file)[:ALT_TXT]}
        place = await self._call(team, "files.getUploadURLExternal", about)
        id, url = str(place.get("file_id", "")), str(place.get("upload_url", ""))
        if not id or not url:
            raise _NotUploaded("no address")
        try:
            async with self._call.session().post(url, data=data, allow_redirects=False) as answer:
                if answer.status != 200:
                    raise _NotUploaded(f"HTTP {answer.status}")
        except (aiohttp.ClientError, OSError) as why:
            raise _NotUploaded(type(why).__name__) from None
        await self._call(team, "files.completeUploadExternal", {"files": json.dumps([{"id": id, "title": file}])})
        await self._ready(team, id)
        return id

    async def _ready(self, team: str, id: str) -> None:
        """Waits until Slack knows what kind of picture it is; in vain after a few looks, which is told by the message."""
        for wait in LOOKS:
            try:
                answer = await self._call(team, "files.info", {"file": id})
            except (Declined, Garbled, Unreachable, Throttled):  # it is there, so the message itself may find out
                answer = {}
            file: Any = answer.get("file")
            if isinstance(file, dict) and file.get("mimetype"):
                return
            await asyncio.sleep(wait)


@lru_cache(maxsize=512)
def digest(data: bytes) -> str:
    """The SHA-256 of a picture's bytes, in hex."""
    return hashlib.sha256(data).hexdigest()
