"""The fake over real sockets: `async with serving(fake) as base_url`.

Promise: the Bot API's addresses and encodings (query, form, multipart, JSON), long polls in real time, one poller only,
files to download, the webhook as a client (`webhook.py`), and connections that break when a fault says so. What is said
comes from the core. It speaks on 127.0.0.1 alone and plainly; a bot is given `base_url` instead of Telegram's own.
"""

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from aiohttp import web

from tests.fakes.telegram import limits
from tests.fakes.telegram.control import control_routes
from tests.fakes.telegram.core import Answer, FakeTelegram
from tests.fakes.telegram.errors import BY_WEBHOOK, NO_METHOD, OTHER_POLLER, TOO_LARGE, UNAUTHORIZED, Refusal, bad
from tests.fakes.telegram.methods.polling import get_updates
from tests.fakes.telegram.reading import Params, Upload, whole
from tests.fakes.telegram.webhook import Courier

_EMPTY: Final = b'{"ok":true,"result":[]}'
_NOT_FOUND: Final = Refusal(404, "Not Found")
_RESET: Final = struct.pack("ii", 1, 0)  # SO_LINGER: a close sends RST at once
_GATHER: Final = 0.002  # seconds in which a long poll gathers what comes together


class Server:
    """One fake's HTTP side."""

    def __init__(self, fake: FakeTelegram) -> None:
        self.fake = fake
        self._poller: asyncio.Future[None] | None = None
        self._changed = asyncio.Event()
        self._closing = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def app(self) -> web.Application:
        app = web.Application(client_max_size=limits.UPLOAD + (1 << 20))
        app.add_routes(control_routes(self.fake))
        app.router.add_route("*", "/file/{rest:bot.*}", self._file)
        app.router.add_route("*", "/{rest:bot.*}", self._method)
        return app

    def _listen(self) -> None:
        self._loop.call_soon_threadsafe(self._changed.set)

    def open(self) -> None:
        self.fake.updates.listeners.append(self._listen)

    def close(self) -> None:
        self.fake.updates.listeners.remove(self._listen)
        self._closing.set()

    async def _method(self, request: web.Request) -> web.StreamResponse:
        token, _, method = request.match_info["rest"].removeprefix("bot").partition("/")
        refused = self._refused(token, method)
        if refused is not None:
            return self._response(self.fake.told(refused))
        try:
            params, files = await _read(request)
        except web.HTTPRequestEntityTooLarge:
            return self._response(self.fake.told(TOO_LARGE))
        except Refusal as why:
            return self._response(self.fake.told(why))
        answer = self.fake.call(method, params, files)
        if method.lower() == "getupdates" and answer.body == _EMPTY and not answer.broken:
            answer = await self._long_poll(params, answer)
        return await self._send(request, answer)

    def _refused(self, token: str, method: str) -> Refusal | None:
        if ":" not in token or token[:1] == "0" or len(token) > 80:
            return Refusal(401, "Unauthorized: invalid token specified")
        if token != self.fake.token:
            return UNAUTHORIZED
        if self.fake.logged_out:
            return Refusal(400, "Logged out")
        return NO_METHOD if not method else None

    async def _long_poll(self, params: Params, empty: Answer) -> Answer:
        """Waits for updates, as long as nobody else comes to wait."""
        seconds = whole(params, "timeout", 0, 0, int(limits.LONG_POLL))
        if seconds == 0:
            return empty
        if self._poller is not None and not self._poller.done():
            self._poller.set_exception(OTHER_POLLER)
        mine = self._poller = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(seconds):
                while not self._closing.is_set():
                    self._changed.clear()
                    await self._change(mine)
                    await asyncio.sleep(_GATHER)
                    if self.fake.updates.webhook.url:
                        raise BY_WEBHOOK
                    said = get_updates(self.fake, params, {})
                    if said != _EMPTY:
                        return empty._replace(body=said)
        except TimeoutError:
            pass
        except Refusal as why:
            return self.fake.told(why)
        finally:
            if not mine.done():
                mine.cancel()
        return empty

    async def _change(self, mine: "asyncio.Future[None]") -> None:
        """Until the queue changes, the server closes, or another poller takes over (then that is raised)."""
        waits = [asyncio.ensure_future(each.wait()) for each in (self._changed, self._closing)]
        every: list[asyncio.Future[Any]] = [*waits, mine]
        try:
            await asyncio.wait(every, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        if mine.done():
            mine.result()

    async def _file(self, request: web.Request) -> web.StreamResponse:
        token, _, path = request.match_info["rest"].removeprefix("bot").partition("/")
        file = self.fake.files.at(path, self.fake.clock()) if token == self.fake.token else None
        self.fake.calls.append(self.fake.download(path))
        fault = self.fake.faults.pick("file")
        if fault is not None and fault.kind in ("reset", "lost", "silence", "mute"):
            broken = "reset" if fault.kind in ("reset", "lost") else "silence"
            return await self._send(request, Answer(200, {}, b"", broken))
        if fault is not None and fault.kind in ("500", "502"):
            return web.Response(status=int(fault.kind), text="<html></html>", content_type="text/html")
        if file is None:
            return self._response(self.fake.told(_NOT_FOUND))
        return web.Response(body=file.data, content_type="application/octet-stream")

    async def _send(self, request: web.Request, answer: Answer) -> web.StreamResponse:
        if answer.delay:
            await asyncio.sleep(answer.delay)
        if answer.broken == "silence":
            await self._closing.wait()
        if answer.broken and request.transport is not None:
            link = request.transport.get_extra_info("socket")
            if link is not None:
                link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            request.transport.abort()
        return self._response(answer)

    @staticmethod
    def _response(answer: Answer) -> web.Response:
        return web.Response(status=answer.status or 200, headers=answer.headers, body=answer.body)


async def _read(request: web.Request) -> tuple[Params, dict[str, Upload]]:
    """Parameters and files of any encoding that the Bot API takes."""
    params: Params = dict(request.query)
    files: dict[str, Upload] = {}
    if request.content_type == "application/json":
        raw = await request.read()
        try:
            found: Any = json.loads(raw) if raw else {}
        except ValueError:
            raise bad("Can't parse JSON encoded request parameters") from None
        if not isinstance(found, dict):
            raise bad("Can't parse JSON encoded request parameters")
        params |= found
    elif request.content_type in ("multipart/form-data", "application/x-www-form-urlencoded"):
        for name, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                files[name] = Upload(value.filename, value.file.read())
            elif isinstance(value, bytes | bytearray):
                # A part without a file name but with a type of its own.
                files[name] = Upload("", bytes(value))
            else:
                params[name] = value
    return params, files


@asynccontextmanager
async def serving(fake: FakeTelegram, port: int = 0, *, hurry: float = 1.0) -> AsyncIterator[str]:
    """Serves on 127.0.0.1; yields "http://127.0.0.1:PORT". `hurry` shortens the waits between tries of the webhook:
    0.01 makes a hundredth of them."""
    server = Server(fake)
    courier = Courier(fake, hurry)
    runner = web.AppRunner(server.app(), access_log=None, handler_cancellation=True, shutdown_timeout=0.5)
    await runner.setup()
    server.open()
    try:
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        async with courier.running():
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        server.close()
        await runner.cleanup()
