"""The web channel: a thin loop around uvicorn. The store keeps the conversation; sending wakes whoever looks at it."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from adapters.door import unfailing
from adapters.web import pages, routes
from adapters.web.front import Front, KeepFile
from adapters.web.gate import behind_the_gate
from adapters.web.settings import Commands, Demo, WebSettings, no_commands
from adapters.web.static_files import static_file
from adapters.web.stream import stream
from adapters.web.translate import CHANNEL, toast
from bot.events import Address, Incoming
from bot.given import Catalog
from bot.message import BOARD
from bot.ports import Clock, Deliver, Letter, NotThere, Pace, Sessions, Told, Transcript

GRACE = 2  # seconds that open requests get when the server stops


def listen(settings: WebSettings) -> socket.socket:
    """A listening socket on the port, or on the next free one of `spare_ports`. Raises OSError when none is free."""
    for port in range(settings.port, settings.port + settings.spare_ports + 1):
        try:
            family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
            return socket.create_server((settings.host, port), family=family, backlog=1024)
        except OSError:
            if port == settings.port + settings.spare_ports:
                raise
    raise AssertionError("the loop returns or raises")


class WebChannel:
    """The local web chat as a channel. It takes over `sock`, which must listen already (see `listen`).

    `doors` are what other channels want answered on the same server: path prefixes and ASGI apps.
    """

    name = CHANNEL
    pace = Pace()

    def __init__(
        self,
        sock: socket.socket,
        transcript: Transcript,
        sessions: Sessions,
        keep_file: KeepFile,
        catalog: Callable[[], Catalog],
        clock: Clock,
        settings: WebSettings,
        demo: Demo | None = None,
        commands: Commands = no_commands,
        doors: Sequence[tuple[str, ASGIApp]] = (),
    ) -> None:
        self._socket = sock
        self._doors = doors
        port = int(sock.getsockname()[1])
        self._front = Front(port, transcript, sessions, keep_file, catalog, clock, settings, demo, commands)
        self.address = settings.link or f"http://{_host(settings.host)}:{port}"

    async def run(self, deliver: Deliver) -> None:
        """Serves until cancelled; then streams end at once and open requests get a moment to finish."""
        self._front.deliver = deliver
        app = with_doors(self._doors, application(self._front))
        server = _Server(_config(app, self._front.settings))
        serving = asyncio.create_task(server.serve([self._socket]))
        try:
            await asyncio.shield(serving)
        finally:
            self._front.deliver = None
            self._front.lines.hang_up()
            server.should_exit = True
            await serving

    def accounts(self) -> Sequence[str]:
        return ("",)

    def is_group(self, address: Address) -> bool:  # noqa: ARG002 - the port's shape
        return False

    async def send(self, letter: Letter) -> str:
        """The outbox row is the message already; whoever looks is woken. A fleeting one is shown to them and gone."""
        if letter.message.fleeting:
            self._front.lines.tell(letter.address.chat, "toast", msgspec.json.encode({"say": toast(letter.message)}))
        else:
            self._front.lines.wake(letter.address.chat)
        return ""

    async def amend(self, letter: Letter) -> str:
        """The transcript has changed already; whoever looks is woken. There are no boards here."""
        if letter.mark != BOARD:
            self._front.lines.wake(letter.address.chat)
        return letter.mark

    async def look(self, letter: Letter) -> str | None:  # noqa: ARG002 - the port's shape
        """Nothing is ever in doubt here: the row is the message."""
        return None

    async def fetch(self, letter: Letter, limit: int, told: Told) -> AsyncIterator[bytes]:  # noqa: ARG002
        """Files come in by the front door; none is ever offered."""
        raise NotThere("gone")
        yield b""

    def reread(self, raw: bytes) -> Sequence[Incoming]:  # noqa: ARG002 - the port's shape
        """A page is answered at once when its words cannot be read; nothing is ever set aside."""
        return ()

    def listeners(self, chat: str) -> int:
        """How many pages look at this chat right now."""
        return self._front.lines.count(chat)


class _Server(uvicorn.Server):
    """Leaves signals to the program it runs in."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def application(front: Front) -> ASGIApp:
    """All routes. What changes something is guarded, without exception."""
    post = ["POST"]
    raw = "application/octet-stream"
    app = Starlette(
        routes=[
            Route("/", pages.home),
            Route("/manifest.json", pages.manifest),
            Route("/join", pages.home),
            Route("/join", routes.guarded(routes.join), methods=post),
            Route("/join/{code}", pages.join_page),
            Route("/leave", routes.guarded(routes.leave), methods=post),
            Route("/stream", stream),
            Route("/here", routes.here_is),
            Route("/say", routes.guarded(routes.say), methods=post),
            Route("/press", routes.guarded(routes.press), methods=post),
            Route("/file", routes.guarded(routes.file, raw), methods=post),
            Route("/demo/enter", routes.guarded(routes.enter), methods=post),
            Route("/demo/forward", routes.guarded(routes.forward), methods=post),
            Route("/pictures/{pack}/{name:path}", routes.picture),
            Route("/static/{stamp}/{name}", static_file),
            Route("/healthz", routes.healthz),
        ],
        exception_handlers={HTTPException: pages.on_http_error, Exception: pages.on_bug},
    )
    app.state.front = front

    async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
        response = pages.problem(Request({**scope, "app": app}, receive), 421)
        await response(scope, receive, send)

    return behind_the_gate(app, front.settings, refuse)


def with_doors(doors: Sequence[tuple[str, ASGIApp]], pages: ASGIApp) -> ASGIApp:
    """The pages, and before them the doors where platforms knock: each has a path and everything below it to itself.

    Doors stand outside the gate. Its rules of host and origin are for browsers; a door knows its own by a signature.
    """
    known = [(prefix.rstrip("/"), unfailing(app)) for prefix, app in doors]

    async def choose(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        door = next((app for prefix, app in known if path == prefix or path.startswith(prefix + "/")), pages)
        await door(scope, receive, send)

    return choose if known else pages


def _config(app: ASGIApp, settings: WebSettings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        ws="none",
        proxy_headers=bool(settings.proxies),
        forwarded_allow_ips=list(settings.proxies),
        timeout_graceful_shutdown=GRACE,
        h11_max_incomplete_event_size=32 * 1024,
    )


def _host(host: str) -> str:
    """How people write it: "everywhere" is not an address one can open."""
    if host in ("0.0.0.0", "::", ""):  # noqa: S104 - compared, not bound
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
