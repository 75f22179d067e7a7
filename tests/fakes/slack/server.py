"""The fake Slack on a port of this machine: Web API, files, consent page, Socket Mode, HTTP deliveries, control door.

`async with serving(fake) as base_url:` Give clients `base_url + "/api/"`. Time is the fake's: with a clock of your own,
deadlines pass when you move it.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import aiohttp
from aiohttp import web

from tests.fakes.slack import chat, oauth, uploads
from tests.fakes.slack.args import Refused
from tests.fakes.slack.control import routes as control_routes
from tests.fakes.slack.core import Answer, FakeSlack
from tests.fakes.slack.delivery import Delivery
from tests.fakes.slack.faults import HANDLED
from tests.fakes.slack.outgoing import Outgoing
from tests.fakes.slack.sockets import Sockets, reset

_BODY = 64 * 1024 * 1024
_LOOK = 0.05  # seconds between looks at the fake's clock, which may be moved by hand


class Server:
    """One fake on one port. `sockets` breaks Socket Mode; `restart` takes the whole server away for a while."""

    def __init__(self, fake: FakeSlack, host: str = "127.0.0.1", port: int = 0) -> None:
        self.fake, self.host, self.port = fake, host, port
        self.sockets = Sockets(fake)
        self._woken = asyncio.Event()
        self._stopped = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._pump: asyncio.Task[None] | None = None
        self.session: aiohttp.ClientSession | None = None
        self.consents: list[tuple[str, str]] = []  # who agrees next: (workspace, person); then the first ones

    @property
    def base_url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def outgoing(self) -> Outgoing:
        assert self.session is not None
        return Outgoing(self.fake, self.session)

    async def start(self) -> None:
        self.session = aiohttp.ClientSession()
        await self._listen()
        self.fake.deliveries.woken = self._woken.set
        self._pump = asyncio.create_task(self._deliver())

    async def _listen(self) -> None:
        app = web.Application(client_max_size=_BODY)
        app.add_routes(
            [
                web.route("*", "/api/{method}", self._api),
                web.get("/link/", self.sockets.handle),
                web.post("/upload/v1/{key}", self._upload),
                web.get("/files/{place}/{name}", self._download),
                web.get("/files/{place}/download/{name}", self._download),
                web.get("/oauth/v2/authorize", self._authorize),
                web.post("/actions/{key:.+}", self._respond),
                web.post("/commands/{key:.+}", self._respond),
                *control_routes(self.fake, self),
            ]
        )
        self._stopped.clear()
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.host, self.port, reuse_address=True)
        await site.start()
        addresses = self._runner.addresses
        self.port = int(addresses[0][1])
        self.fake.base_url = self.base_url

    async def _unlisten(self) -> None:
        self._stopped.set()
        await self.sockets.close()
        if self._runner:
            await self._runner.cleanup()
            self._runner = None

    async def stop(self) -> None:
        self.fake.deliveries.woken = lambda: None
        for task in [*self._tasks, *([self._pump] if self._pump else [])]:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await self._unlisten()
        if self.session:
            await self.session.close()

    async def restart(self, down: float = 0.5) -> None:
        """All connections end, nothing listens for `down` seconds, then the same port answers again."""
        await self._unlisten()
        await asyncio.sleep(down)
        await self._listen()

    def restart_later(self, down: float) -> None:
        """The same, for whoever asks through this very server."""
        task = asyncio.create_task(self._restart_soon(down))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _restart_soon(self, down: float) -> None:
        await asyncio.sleep(0.05)
        await self.restart(down)

    # deliveries ---------------------------------------------------------------------------------------------------

    async def _deliver(self) -> None:
        while True:
            for delivery in self.fake.deliveries.due(self.fake.clock()):
                await self._send(delivery)
            with suppress(TimeoutError):  # not wait_for: in Python 3.11 it swallows a cancellation that comes just then
                async with asyncio.timeout(_LOOK if self.fake.deliveries.open else None):
                    await self._woken.wait()
            self._woken.clear()

    async def _send(self, delivery: Delivery) -> None:
        if not self.fake.app.socket_mode:
            delivery.state = "posted"
            task = asyncio.create_task(self.outgoing.send(delivery))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            return
        self.fake.deliveries.sent(delivery, self.fake.clock())
        if not await self.sockets.send(delivery):
            reason = "connection_failed" if delivery.kind == "events_api" else "dispatch_failed"
            self.fake.deliveries.fail(delivery, reason, self.fake.clock())
        elif delivery.kind == "raw":
            self.fake.deliveries.finish(delivery, None)

    # requests -----------------------------------------------------------------------------------------------------

    async def _api(self, request: web.Request) -> web.StreamResponse:
        params, problem = await read_params(request)
        if problem:
            return web.json_response({"ok": False, "error": problem})
        header = request.headers.get("Authorization", "")
        token = header[7:].strip() if header.startswith("Bearer ") else str(params.pop("token", "") or "")
        params = {**oauth.basic(header), **params}
        return await self._answer(request, self.fake.call(request.match_info["method"], token, params))

    async def _answer(self, request: web.Request, answer: Answer) -> web.StreamResponse:
        match answer.fault:
            case "reset" | "lost":
                reset(request)
            case "hang":
                await self._stopped.wait()
                reset(request)
            case "slow":
                await asyncio.sleep(answer.seconds)
            case _:
                pass
        return web.Response(status=answer.status or 500, body=answer.body, headers=answer.headers)

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        if request.content_type == "multipart/form-data":
            form = await request.post()
            fields = [part for part in form.values() if isinstance(part, web.FileField)]
            data = fields[0].file.read() if fields else b""
        else:
            data = await request.read()
        status, text = uploads.take_bytes(self.fake, request.match_info["key"], data)
        return web.Response(status=status, text=text)

    async def _download(self, request: web.Request) -> web.StreamResponse:
        team, _, file = request.match_info["place"].partition("-")
        token = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
        fault = self.fake.faults.take("files.download")
        if fault:
            status = 429 if fault.kind == "429" else 500
            return await self._answer(request, Answer(status, {}, b"", fault.kind, fault.seconds))
        kind, data = uploads.download(self.fake, team, file, token)
        return web.Response(body=data, headers={"Content-Type": kind})

    async def _authorize(self, request: web.Request) -> web.StreamResponse:
        team_id, user = self.consents.pop(0) if self.consents else (request.query.get("team", ""), "")
        team = self.fake.teams.get(team_id) or next(iter(self.fake.teams.values()), None)
        if team is None:
            return web.Response(status=404, text="no workspace")
        person = user or next((one.id for one in team.members.values() if not one.is_bot), team.bot_user)
        agree = request.query.get("fake_answer") != "cancel"
        try:
            target = oauth.authorize(self.fake, dict(request.query), team, person, agree=agree)
        except Refused as refused:
            return web.Response(status=400, text=f"Something went wrong: {refused.error}")
        return web.Response(status=302, headers={"Location": target})

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        try:
            given: Any = await request.json()
        except ValueError:
            given = None
        key = request.match_info["key"]
        fault = self.fake.faults.take("response_url")
        self.fake.responses.append(given)
        if fault and fault.kind not in HANDLED:
            status = 429 if fault.kind == "429" else int(fault.kind) if fault.kind.isdecimal() else 0
            return await self._answer(request, Answer(status, {}, b"", fault.kind, fault.seconds))
        status, body = chat.respond(self.fake, key, given)
        if fault:
            said = b"<html>" if fault.kind == "garbage" else b"{}"
            return await self._answer(request, Answer(status, {}, said, fault.kind, fault.seconds))
        return web.json_response(body, status=status)


async def read_params(request: web.Request) -> tuple[dict[str, Any], str]:
    """Arguments from a form, JSON or (but for the token, which Slack no longer takes there) the query."""
    params: dict[str, Any] = {name: value for name, value in request.query.items() if name != "token"}
    if request.method not in ("POST", "GET"):
        return {}, "invalid_post_type"
    if request.content_type == "application/json" and request.can_read_body:
        try:
            given = json.loads(await request.read())
        except ValueError:
            return {}, "invalid_json"
        if not isinstance(given, dict):
            return {}, "json_not_object"
        return params | given, ""
    if request.content_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
        form = await request.post()
        return params | {name: value for name, value in form.items() if isinstance(value, str)}, ""
    return params, ""


@asynccontextmanager
async def serve(fake: FakeSlack, port: int = 0) -> AsyncIterator[Server]:
    """The server itself, for tests that break sockets or restart it."""
    server = Server(fake, port=port)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@asynccontextmanager
async def serving(fake: FakeSlack, port: int = 0) -> AsyncIterator[str]:
    """The base address of the fake on this machine."""
    async with serve(fake, port) as server:
        yield server.base_url
