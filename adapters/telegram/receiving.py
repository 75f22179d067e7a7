"""One update, from its bytes to a committed turn. The same for polling and for the webhook.

Promise: `take` returns once what the update says is committed, or the update is set aside for people to look at; else it
raises, and the platform keeps the update. One that cannot be read never stops the others. It confirms nothing itself.
"""

import asyncio
import hashlib
from collections.abc import Callable
from typing import Final

import structlog
from msgspec import Raw
from msgspec.structs import replace

from adapters.parts import Parts
from adapters.telegram.toasts import Toasts
from adapters.telegram.translate import CHANNEL, Heard, Us, read, update_id
from adapters.telegram.updates import number
from bot.events import Incoming, Voted
from bot.ports import Deliver, StoreProblem

# Seconds between looks for the quiz of a vote: the letter is written down a moment after the quiz is shown.
LOOKS: Final = (0.1, 0.2, 0.4, 0.8, 1.5, 2.0)
STRANGE: Final = 256  # quizzes that are not ours, remembered so that a second vote on one waits for nothing
TRIES: Final = 3  # for an update whose delivery fails in a way that is not the store's

_log = structlog.get_logger(__name__)


class Receiving:
    """`moved` is told that a group has another number now."""

    def __init__(
        self, parts: Parts, us: Callable[[], Us], deliver: Deliver, toasts: Toasts, moved: Callable[[str, str], None]
    ) -> None:
        self._parts = parts
        self._us = us
        self._deliver = deliver
        self._toasts = toasts
        self._moved = moved
        self._strange: dict[str, None] = {}
        self._failed: dict[str, int] = {}

    def read(self, raw: bytes | Raw) -> Heard | None:
        """What the update says; None for one that cannot be read."""
        try:
            return read(raw, self._us(), self._parts.clock.now())
        except ValueError:
            return None

    async def take(self, raw: bytes | Raw, heard: Heard | None) -> None:
        """Returns once it is committed or set aside. Raises StoreProblem, or what else keeps it from being either."""
        if heard is None:
            await self.set_aside(raw, "it cannot be read")
            return
        if heard.moved:
            self._moved(*heard.moved)
        incoming = heard.incoming
        if incoming is None or incoming.address is None:
            if heard.query:
                self._toasts.pressed("", heard.query)
                self._toasts.taken("", heard.query)
            return
        if heard.vote:
            incoming = await self._vote(incoming, heard.vote)
            if incoming is None:
                return
        await self._give(incoming, heard, raw)

    async def _give(self, incoming: Incoming, heard: Heard, raw: bytes | Raw) -> None:
        assert incoming.address
        chat = incoming.address.chat
        if heard.query:
            self._toasts.pressed(chat, heard.query)
        try:
            await self._deliver(incoming)
        except BaseException as why:
            if heard.query:
                self._toasts.lost(chat, heard.query)
            if isinstance(why, StoreProblem) or not isinstance(why, Exception):
                raise
            tries = self._failed.get(incoming.id, 0) + 1
            self._failed[incoming.id] = tries
            if tries < TRIES:
                raise
            # Not the store's fault, and again and again: one update must not keep all others out for ever.
            await self.set_aside(raw, f"it cannot be delivered: {type(why).__name__}")
        else:
            if heard.query:
                self._toasts.taken(chat, heard.query)
        self._failed.pop(incoming.id, None)

    async def _vote(self, incoming: Incoming, mark: str) -> Incoming | None:
        """With the question's key; None for a quiz that is not ours."""
        if mark in self._strange:
            return None
        for wait in (*LOOKS, None):
            key = await self._parts.quizzes.quiz(CHANNEL, mark)
            if key is not None and isinstance(incoming.event, Voted):
                return replace(incoming, event=Voted(key, incoming.event.options))
            if wait is not None:
                await asyncio.sleep(wait)
        if len(self._strange) >= STRANGE:
            self._strange.pop(next(iter(self._strange)))
        self._strange[mark] = None
        _log.info("A vote on a quiz that is not ours says nothing.")
        return None

    async def set_aside(self, raw: bytes | Raw, why: str, known: int | None = None) -> None:
        """Keeps it for people to look at. Nothing of its content goes to the log."""
        known = number(raw) if known is None else known
        digest = hashlib.sha256(bytes(raw)).hexdigest()[:32]
        id_ = update_id(self._us(), known) if known is not None else f"{CHANNEL}:{self._us().bot}:unnumbered:{digest}"
        reference = await self._parts.aside.set_aside(CHANNEL, id_, bytes(raw), why, self._parts.clock.now())
        _log.error("An update was set aside.", reference=reference, why=why)
