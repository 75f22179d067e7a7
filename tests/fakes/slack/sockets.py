"""Socket Mode: single-use tickets, hello, envelopes to any one socket, acknowledgements, and all ways to break.

Source: docs.slack.dev/apis/events-api/using-socket-mode; what the Python and Node clients expect of the frames.
"""

import asyncio
import json
import random
import socket
import struct
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

from tests.fakes.slack.limits import SOCKETS

if TYPE_CHECKING:
    from tests.fakes.slack.core import FakeSlack
    from tests.fakes.slack.delivery import Delivery

REASONS = ("warning", "refresh_requested", "link_disabled")


class Link:
    """One open socket. `leaving`: it was told to go and gets no more envelopes. `half_open`: dead, but not closed."""

    def __init__(self, number: int, ws: web.WebSocketResponse, request: web.Request) -> None:
        self.number, self.ws, self.request = number, ws, request
        self.leaving = False
        self.half_open = asyncio.Event()
        self.over = asyncio.Event()
        self.sent = 0
        self.acked = 0

    def reset(self) -> None:
        reset(self.request)
        self.over.set()


def reset(request: web.Request) -> None:
    """The connection ends with a TCP reset, in the middle of whatever it was doing."""
    transport = request.transport
    if transport is None:
        return
    raw: socket.socket | None = transport.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if isinstance(transport, asyncio.WriteTransport):
        transport.abort()


class Sockets:
    """The sockets of the app. `luck` decides which of them gets an envelope."""

    def __init__(self, fake: "FakeSlack", seed: int = 1) -> None:
        self.fake = fake
        self.open: list[Link] = []
        self.ping_every = 5.0
        self.luck = random.Random(seed)
        self.opened = 0
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def ready(self) -> list[Link]:
        return [link for link in self.open if not link.leaving]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self.fake.tickets:
            return web.Response(status=401, text="invalid ticket")
        self.fake.tickets.discard(ticket)
        ws = web.WebSocketResponse(autoping=True)
        await ws.prepare(request)
        self.opened += 1
        link = Link(self.opened, ws, request)
        if len(self.open) >= SOCKETS:
            await ws.send_json(self._disconnect("too_many_websockets", link))
            await ws.close()
            return ws
        self.open.append(link)
        self.fake.listening += 1
        pinging = asyncio.ensure_future(self._ping(link))
        try:
            await ws.send_json(self._hello(link))
            self.fake.deliveries.woken()
            await self._listen(link)
        finally:
            pinging.cancel()
            self.fake.listening -= 1
            self.open.remove(link)
        return ws

    def _hello(self, link: Link) -> dict[str, Any]:
        return {
            "type": "hello",
            "num_connections": len(self.open),
            "debug_info": {
                "host": f"applink-{link.number}",
                "build_number": 1,
                "approximate_connection_time": 18_060,
            },
            "connection_info": {"app_id": self.fake.app.id},
        }

    def _disconnect(self, reason: str, link: Link) -> dict[str, Any]:
        return {"type": "disconnect", "reason": reason, "debug_info": {"host": f"applink-{link.number}"}}

    async def _ping(self, link: Link) -> None:
        while not link.ws.closed:
            await asyncio.sleep(self.ping_every)
            if link.half_open.is_set():
                continue
            with suppress(ConnectionError, RuntimeError):  # it is just closing
                await link.ws.ping(f"Ping from applink-{link.number}".encode())

    async def _listen(self, link: Link) -> None:
        ends = asyncio.ensure_future(link.over.wait())
        deaf = asyncio.ensure_future(link.half_open.wait())
        try:
            while not link.over.is_set():
                if link.half_open.is_set():
                    await ends
                    return
                hearing = asyncio.ensure_future(link.ws.receive())
                await asyncio.wait({hearing, ends, deaf}, return_when=asyncio.FIRST_COMPLETED)
                if not hearing.done():
                    hearing.cancel()
                    await asyncio.gather(hearing, return_exceptions=True)
                    continue
                frame = hearing.result()
                if frame.type is not WSMsgType.TEXT:
                    if frame.type in (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR):
                        return
                    continue
                self._heard(link, frame.data)
        finally:
            ends.cancel()
            deaf.cancel()

    def _heard(self, link: Link, text: str) -> None:
        """An acknowledgement; anything else a client sends is ignored, as at Slack."""
        try:
            frame = json.loads(text)
        except ValueError:
            return
        if isinstance(frame, dict) and "envelope_id" in frame:
            link.acked += 1
            answer = frame.get("payload") or None
            self.fake.deliveries.acked(str(frame["envelope_id"]), answer, self.fake.clock())

    async def send(self, delivery: "Delivery") -> bool:
        """One envelope to any one socket. Into a half-open one it vanishes. False: there is no socket."""
        if not self.ready:
            return False
        link = self.luck.choice(self.ready)
        link.sent += 1
        if link.half_open.is_set():
            return True
        try:
            await link.ws.send_str(delivery.envelope())
        except (ConnectionError, RuntimeError):
            link.over.set()
        return True

    async def disconnect(self, reason: str, number: int = 0, grace: float = 0.2) -> None:
        """A disconnect frame to all sockets (or to one), which close `grace` seconds later; routine at Slack."""
        if reason not in REASONS:
            raise ValueError(f"no such reason: {reason}")
        for link in self._some(number):
            link.leaving = True
            await link.ws.send_json(self._disconnect(reason, link))
            task = asyncio.ensure_future(self._close_later(link, grace))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _close_later(self, link: Link, grace: float) -> None:
        await asyncio.sleep(grace)
        await link.ws.close()
        link.over.set()

    def reset(self, number: int = 0) -> None:
        """TCP resets."""
        for link in self._some(number):
            link.reset()

    def half_open(self, number: int = 0) -> None:
        """The sockets stay open and die: nothing is read, no ping is answered, what is sent vanishes."""
        for link in self._some(number):
            link.half_open.set()

    def _some(self, number: int) -> list[Link]:
        return [link for link in self.open if number in (0, link.number)]

    async def close(self) -> None:
        for link in list(self.open):
            link.reset()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
