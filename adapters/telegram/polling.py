"""Asks Telegram for updates: one poller over all processes, and nothing is confirmed before it is committed.

Promise: the offset moves past an update only after it and every earlier one is committed or set aside. Updates of a chat are
taken in their order, those of different chats at once. Whatever happens (a crash, a store that is down, another poller, a
network that is gone) what was not committed comes again; ids make repeats harmless.
"""

import asyncio
import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Final

import msgspec
import structlog
from msgspec import Raw, Struct

from adapters.parts import Parts
from adapters.telegram import limits
from adapters.telegram.calls import Calls
from adapters.telegram.errors import Conflict
from adapters.telegram.receiving import Receiving
from adapters.telegram.translate import Heard
from adapters.telegram.updates import UNREADABLE, number
from bot.ports import Misconfigured, SendError, StoreProblem, Throttled

LEASE: Final = "telegram:poller"
SPOILT: Final = 3  # unreadable answers in a row until the update itself is blamed
_ALLOWED: Final = msgspec.json.encode(limits.ALLOWED).decode()

_log = structlog.get_logger(__name__)
_NUMBERED: Final = re.compile(rb'"update_id"\s*:\s*(\d{1,18})')


class Timing(Struct, frozen=True):
    """Seconds. `wait`: how long one question may stay open; waits after failures double from `first` to `longest`."""

    lease: float = 15.0
    beat: float = 5.0
    wait: float = float(limits.LONG_POLL)
    first: float = 1.0
    longest: float = 30.0


USUAL: Final = Timing()


class _Updates(Struct, frozen=True):
    result: tuple[Raw, ...]


_UPDATES: Final = msgspec.json.Decoder(_Updates)


class Poller:
    """`run` polls whenever it is this process's turn."""

    def __init__(self, calls: Calls, receiving: Receiving, parts: Parts, timing: Timing) -> None:
        self._calls = calls
        self._receiving = receiving
        self._parts = parts
        self._timing = timing
        self._offset = 0  # of the first update that is not committed; 0: Telegram knows better
        self._reached = 0  # the last offset that was not 0
        self._unread = 0  # how often in a row an answer could not be read

    async def run(self) -> None:
        """Until cancelled. Raises Misconfigured when the token is refused."""
        while True:
            await self._turn()
            try:
                await self._poll_while_held()
            finally:
                with suppress(StoreProblem):
                    await self._parts.leases.release(LEASE, self._parts.holder)
            await asyncio.sleep(self._timing.lease)

    # --- One poller ------------------------------------------------------------------------------------------------------

    async def _turn(self) -> None:
        """Waits until it is our turn."""
        told = False
        while not await self._hold():
            if not told:
                _log.info("Another process asks Telegram for news; this one waits.")
                told = True
            await asyncio.sleep(self._timing.beat)

    async def _hold(self) -> bool:
        """Takes the lease, or keeps it."""
        now = self._parts.clock.now()
        until = now + timedelta(seconds=self._timing.lease)
        try:
            return await self._parts.leases.take(LEASE, self._parts.holder, now, until)
        except StoreProblem as why:
            _log.error("Whose turn it is to poll cannot be read; it is tried again.", why=why.what)
            return False

    async def _poll_while_held(self) -> None:
        """Polls until the lease is lost or another poller shows up."""
        polling = asyncio.create_task(self._poll())
        beating = asyncio.create_task(self._beat())
        try:
            await asyncio.wait((polling, beating), return_when=asyncio.FIRST_COMPLETED)
        finally:
            polling.cancel(), beating.cancel()
            await asyncio.gather(polling, beating, return_exceptions=True)
        if not polling.cancelled() and (why := polling.exception()):
            raise why

    async def _beat(self) -> None:
        """Keeps the lease; returns once it is lost."""
        while True:
            await asyncio.sleep(self._timing.beat)
            if not await self._hold():
                _log.warning("It is another process's turn to poll now.")
                return

    # --- Polling ---------------------------------------------------------------------------------------------------------

    async def _poll(self) -> None:
        """Asks and takes, until somebody else polls. Waits after failures, longer each time."""
        failures = 0
        while True:
            try:
                many = 1 if self._unread else limits.BATCH
                body = await self._calls.updates(self._offset, _ALLOWED, many, self._timing.wait)
                done = await self._take_all(body)
            except Conflict as why:
                if "webhook" in why.told and "getUpdates" in why.told:
                    raise  # set by somebody after we took it away
                _log.error("Another program polls with this token; this one stops and tries again later.", why=why.told)
                return
            except Misconfigured:
                raise
            except Throttled as why:
                await asyncio.sleep(why.after)
                continue
            except SendError as why:
                _log.warning("Telegram does not answer; it is asked again.", why=why.told)
                done = False
            except StoreProblem as why:
                _log.error("Updates wait at Telegram: the store is down.", why=why.what)
                done = False
            failures = 0 if done else failures + 1
            if failures:
                await asyncio.sleep(min(self._timing.first * 2 ** min(failures - 1, 10), self._timing.longest))

    async def _take_all(self, body: bytes) -> bool:
        """Takes what came; False where not all of it could be taken, or nothing could be confirmed."""
        try:
            raws = _UPDATES.decode(body).result
        except UNREADABLE:
            return await self._unreadable(body)
        self._unread = 0
        if not raws:
            self._offset = 0  # all before is confirmed; after a quiet week Telegram begins to count somewhere else
            return True
        numbered = sorted(((number(raw), raw) for raw in raws), key=lambda pair: (pair[0] is None, pair[0] or 0))
        lanes: dict[int, list[tuple[int | None, Raw, Heard | None]]] = {}
        for known, raw in numbered:
            heard = self._receiving.read(raw)
            lane = heard.lane if heard else -(known or 0) - (1 << 62)  # what cannot be read waits for nobody
            lanes.setdefault(lane, []).append((known, raw, heard))
        failed = [at for at in await asyncio.gather(*map(self._take_lane, lanes.values())) if at is not None]
        if failed:
            done = [known for known, _ in numbered if known is not None and known < min(failed)]
            if done:  # never past what has failed, and never "the one we stand before": that may be it
                self._confirm(max(done))
            return False
        return self._confirm(max((known for known, _ in numbered if known is not None), default=None))

    def _confirm(self, known: int | None) -> bool:
        """Everything up to that update is done; without a number, the one update that we stand before: there is nothing
        between it and where we stand, so one step passes it or passes nothing. False where that moves nothing."""
        before = self._offset
        if known is None:
            known = before or self._reached
            if not known:
                return False
        self._offset = max(before, known + 1)
        self._reached = self._offset
        return self._offset > before

    async def _unreadable(self, body: bytes) -> bool:
        """An answer that cannot be read. It is asked for again, one update at a time; an update that spoils its answer again
        and again is set aside, so that it stops no other."""
        self._unread += 1
        if self._unread <= SPOILT:
            _log.warning("Telegram's answer cannot be read; it is asked again.")
            return False
        found = [int(each) for each in _NUMBERED.findall(body)[:1]]
        known = found[0] if found and found[0] >= self._offset else None
        await self._receiving.set_aside(body, "its answer cannot be read", known)
        self._unread = 1
        return self._confirm(known)

    async def _take_lane(self, updates: Sequence[tuple[int | None, Raw, Heard | None]]) -> int | None:
        """Takes a chat's updates in order; the number of the first that failed, or None."""
        for known, raw, heard in updates:
            try:
                await self._receiving.take(raw, heard)
            except StoreProblem as why:
                _log.error("Updates wait at Telegram: the store is down.", why=why.what)
                return known if known is not None else 0
            except Exception as why:
                _log.error("An update could not be delivered; it is tried again.", why=type(why).__name__)
                return known if known is not None else 0
        return None
