"""The webhook, as Telegram is its client.

Promise: after the server's WebhookActor.cpp. Updates of one queue (a chat's messages; a person's presses) go one after the
other, queues in parallel up to max_connections. Anything but 2xx is tried again: at once, then after 2, 4, 8 ... seconds
up to a minute or two, or after the Retry-After that was asked for (an hour at most), until the update is a day old. The
secret goes along in its header. A method in the answer's body is called.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, Final, NamedTuple

import aiohttp

from tests.fakes.telegram import limits
from tests.fakes.telegram.core import FakeTelegram
from tests.fakes.telegram.updates import Entry, Webhook

SECRET_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"
_PATIENCE: Final = 30.0  # seconds for one answer


class Try(NamedTuple):
    """One delivery: which update, what came back (0: the connection broke), seconds to the next try (before `hurry`)."""

    update_id: int
    status: int
    wait: float


class Courier:
    def __init__(self, fake: FakeTelegram, hurry: float) -> None:
        self.fake = fake
        self._hurry = hurry
        self._changed = asyncio.Event()
        self._under_way: dict[tuple[str, int], asyncio.Task[None]] = {}
        self._fails: dict[int, int] = {}
        self._due: dict[int, float] = {}  # update -> loop time of the next try
        self._generation = -1

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()

        def listen() -> None:
            loop.call_soon_threadsafe(self._changed.set)

        self.fake.updates.listeners.append(listen)
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_PATIENCE)) as session:
            task = asyncio.create_task(self._run(session))
            try:
                yield
            finally:
                self.fake.updates.listeners.remove(listen)
                for each in (task, *self._under_way.values()):
                    each.cancel()
                await asyncio.gather(task, *self._under_way.values(), return_exceptions=True)

    async def _run(self, session: aiohttp.ClientSession) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self._changed.clear()
            updates = self.fake.updates
            if updates.generation != self._generation:
                self._generation = updates.generation
                self._fails.clear()
                self._due.clear()
            soonest = self._start(session, loop.time()) if updates.webhook.url else None
            with suppress(TimeoutError):
                async with asyncio.timeout(None if soonest is None else max(0.0, soonest - loop.time())):
                    await self._changed.wait()

    def _start(self, session: aiohttp.ClientSession, now: float) -> float | None:
        """Posts what may go; the time at which something else may."""
        updates = self.fake.updates
        updates.drop_old()
        queues: dict[tuple[str, int], list[Entry]] = {}
        for entry in updates.pending.values():
            queues.setdefault(entry.queue, []).append(entry)
        waiting: list[float] = []
        for queue, entries in queues.items():
            if queue in self._under_way:
                continue
            due = self._due.get(entries[0].id, 0.0)
            if due > now:
                waiting.append(due)
            elif len(self._under_way) < updates.webhook.connections:
                fault = self.fake.faults.pick("webhook")
                twist = fault.kind if fault is not None else ""
                entry = entries[1] if twist == "reorder" and len(entries) > 1 else entries[0]
                self._under_way[queue] = asyncio.create_task(
                    self._deliver(session, updates.webhook, entry, twice=twist == "duplicate")
                )
        return min(waiting, default=None)

    async def _deliver(self, session: aiohttp.ClientSession, webhook: Webhook, entry: Entry, *, twice: bool) -> None:
        try:
            for _ in range(1 + twice):
                await self._post(session, webhook, entry)
        finally:
            self._under_way.pop(entry.queue, None)
            self._changed.set()

    async def _post(self, session: aiohttp.ClientSession, webhook: Webhook, entry: Entry) -> None:
        headers = {"Content-Type": "application/json"}
        if webhook.secret:
            headers[SECRET_HEADER] = webhook.secret
        status, why, asked, said = 0, "Connection closed", 0, b""
        try:
            async with session.post(webhook.url, data=entry.body, headers=headers, allow_redirects=False) as response:
                said = await response.read()
                status, why = response.status, f"Wrong response from the webhook: {response.status} {response.reason}"
                after = response.headers.get("Retry-After", "")
                asked = min(int(after), limits.RETRY_AFTER) if after.isdecimal() else 0
        except TimeoutError:
            why = "Read timeout expired"
        except aiohttp.ClientError:
            pass
        if 200 <= status < 300:
            self.fake.tries.append(Try(entry.id, status, 0.0))
            self._fails.pop(entry.id, None)
            self.fake.updates.done(entry.id)
            self._call_back(said)
        elif webhook is self.fake.updates.webhook:
            self._again(entry, webhook, status, why, asked)

    def _again(self, entry: Entry, webhook: Webhook, status: int, why: str, asked: int) -> None:
        webhook.error_at, webhook.error = self.fake.clock(), why
        fails = self._fails.get(entry.id, 0)
        self._fails[entry.id] = fails + 1
        # The first failure is followed by a try at once; the doubling begins with the second.
        wait = float(asked) if asked else min(2.0**fails, limits.WEBHOOK_WAIT[0]) if fails else 0.0
        self.fake.tries.append(Try(entry.id, status, wait))
        if self.fake.clock() + wait > entry.until:
            self.fake.updates.done(entry.id)
        else:
            self._due[entry.id] = asyncio.get_running_loop().time() + wait * self._hurry

    def _call_back(self, said: bytes) -> None:
        """An answer may call a method. Nobody learns what came of it."""
        try:
            found: Any = json.loads(said) if said[:1] == b"{" else {}
        except ValueError:
            return
        method = found.pop("method", "") if isinstance(found, dict) else ""
        if method and not method.lower().startswith("get"):
            self.fake.call(method, found)
