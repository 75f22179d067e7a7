"""Socket Mode: Slack's payloads over sockets that we open, so that no address of ours need be public.

Promise: an envelope is acknowledged, on the socket it came by, once its payload is committed or put aside, never before.
Two sockets, each replaced by itself: when Slack announces its end the next is open before it goes, and one that is silent
for six seconds is given up, session and all. What cannot be acknowledged comes again or, where Slack does not repeat it
(clicks, commands), is tried again here while the store is down.

Own client on aiohttp: the SDK's takes 17 s and more to notice a half-open socket, holds on to a closed session for ever,
and knows one socket. Source: https://docs.slack.dev/apis/events-api/using-socket-mode
"""

import asyncio
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

import aiohttp
import msgspec
import structlog

from adapters.slack import payloads
from adapters.slack.calling import Session, ask, web_client
from adapters.slack.errors import Declined
from adapters.slack.heard import Ground, Heard, Unreadable
from adapters.slack.intake import Intake
from adapters.slack.settings import SlackSettings
from adapters.slack.translate import read
from bot.ports import SendError, StoreProblem, Unreachable

SOCKETS: Final = 2  # https://docs.slack.dev/apis/events-api/using-socket-mode#connections allows ten
PING: Final = 2.0  # seconds between pings
SILENT: Final = 6.0  # seconds without any frame, pongs included, until a socket counts as dead
LINGER: Final = 30.0  # seconds that a socket which is being replaced may still bring something
GOODBYE: Final = 3.0  # seconds that payloads under way get when we stop
OPENING: Final = 10.0
APART: Final = 0.1  # seconds between the first sockets, so that their pings are not one
SHORT: Final = 5.0  # seconds; a socket that lived no longer counts as a failure to open one
UNREAD: Final = "unread"
LONGEST: Final = 30.0  # seconds between tries to open one
RARELY: Final = 300.0  # the same, when Slack refuses our token
AT_ONCE: Final = 200  # payloads under way on one socket
FRAME: Final = 4 << 20  # bytes
UNREPEATED: Final = ("interactive", "slash_commands")  # kinds that Slack does not bring again
TRIES: Final = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)  # seconds between tries of those while the store is down

_log = structlog.get_logger(__name__)


class Sockets:
    """`run` keeps the sockets open until it is cancelled."""

    def __init__(self, settings: SlackSettings, intake: Intake, session: Session) -> None:
        self._settings = settings
        self._session = session  # for asking where to connect to; each socket has a session of its own
        self._desk = _Desk(intake)
        self._asking = asyncio.Lock()  # one at a time: what Slack asks one to wait, it asks all
        self._told = ""
        self.refused = ""  # why Slack gives us no socket, in a sentence for the operator
        self._lines: set[_Line] = set()

    @property
    def open(self) -> int:
        """Sockets that said hello and are not about to end."""
        return sum(line.greeted and not line.ending.is_set() for line in self._lines)

    async def run(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for place in range(SOCKETS):
                    group.create_task(self._keep(place))
        finally:
            await self._desk.close()

    async def _keep(self, place: int) -> None:
        """One socket after the other. The next is opened as soon as this one is known to end."""
        loop = asyncio.get_running_loop()
        failures, lingering = 0, set[asyncio.Task[None]]()
        try:
            await asyncio.sleep(place * APART)
            while True:
                await asyncio.sleep(min(0.25 * 2**failures, LONGEST) if failures else 0)
                line, begun = await self._opened(), loop.time()
                if line is None:
                    failures = min(failures + 1, 10)
                    continue
                self._lines.add(line)
                task = asyncio.create_task(line.serve())
                lingering.add(task)
                task.add_done_callback(lingering.discard)
                task.add_done_callback(lambda _, line=line: self._lines.discard(line))  # type: ignore[misc]
                await line.ending.wait()
                failures = 0 if line.greeted and loop.time() - begun > SHORT else min(failures + 1, 10)
        finally:
            for task in lingering:
                task.cancel()
            await asyncio.gather(*lingering, return_exceptions=True)

    async def _opened(self) -> "_Line | None":
        """A socket, or None after having said why not, and having waited where Slack asked for that."""
        async with self._asking:
            try:
                line = _Line(self._desk)
                await line.connect(await self._url())
            except Declined as why:
                if self._told != why.word:
                    _log.error("Slack does not accept slack.app_token. Make a new one on the app's page.", why=why.word)
                self._told = why.word
                self.refused = f"Slack does not accept slack.app_token ({why.word}). Make a new one on the app's page."
                await asyncio.sleep(RARELY)
            except SendError as why:
                _log.warning("Slack's socket could not be opened; it is tried again.", why=why.told)
                await asyncio.sleep(why.after)
            except (aiohttp.ClientError, OSError, TimeoutError) as why:
                _log.warning("Slack's socket could not be opened; it is tried again.", why=type(why).__name__)
            else:
                self._told = self.refused = ""
                return line
        return None

    async def _url(self) -> str:
        """Where to connect to; good for one socket. Raises Declined, SendError."""
        client = web_client(self._session(), self._settings.app_token, self._settings.server)
        data = await ask(client, "apps.connections.open")
        url = data.get("url")
        if not isinstance(url, str) or not url.startswith(("wss://", "ws://")):
            raise Unreachable("apps.connections.open: no address to connect to.")
        return url


class _Line:
    """One socket, with a session of its own. `ending` is set when the next one is to be opened."""

    def __init__(self, desk: "_Desk") -> None:
        self._desk = desk
        self._session: aiohttp.ClientSession | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self.greeted = False
        self.ending = asyncio.Event()

    async def connect(self, url: str) -> None:
        self._session = aiohttp.ClientSession(trust_env=True)
        try:
            async with asyncio.timeout(OPENING):
                self._socket = await self._session.ws_connect(url, autoping=False, max_msg_size=FRAME)
        except BaseException:
            await self._session.close()
            raise

    async def serve(self) -> None:
        """Reads until it ends, whoever ends it."""
        pinging = asyncio.create_task(self._ping())
        try:
            await self._read()
        except (aiohttp.ClientError, OSError, TimeoutError) as why:
            _log.info("A socket of Slack is given up.", why=type(why).__name__)
        finally:
            self.ending.set()
            pinging.cancel()
            await self._hang_up()

    async def acknowledge(self, envelope: str, reply: dict[str, Any] | None = None) -> None:
        """Says that this envelope need not come again; nothing, where the socket has gone meanwhile."""
        said = {"envelope_id": envelope, **({"payload": reply} if reply else {})}
        if self._socket and not self._socket.closed:
            with suppress(aiohttp.ClientError, OSError):
                await self._socket.send_str(msgspec.json.encode(said).decode())

    async def _read(self) -> None:
        assert self._socket
        loop = asyncio.get_running_loop()
        until = float("inf")
        while loop.time() < until:
            message = await self._socket.receive(timeout=SILENT)
            match message.type:
                case aiohttp.WSMsgType.TEXT:
                    await self._frame(str(message.data).encode("utf-8", "surrogatepass"))
                case aiohttp.WSMsgType.PING:
                    async with asyncio.timeout(SILENT):
                        await self._socket.pong(message.data)
                case aiohttp.WSMsgType.PONG | aiohttp.WSMsgType.BINARY:
                    pass
                case _:  # CLOSE, CLOSING, CLOSED, ERROR
                    return
            if self.ending.is_set():
                until = min(until, loop.time() + LINGER)

    async def _ping(self) -> None:
        """Asks for a sign of life. Whether one comes is noticed by whoever reads."""
        assert self._socket
        with suppress(aiohttp.ClientError, OSError):
            while not self._socket.closed:
                await self._socket.ping()
                await asyncio.sleep(PING)

    async def _frame(self, raw: bytes) -> None:
        try:
            frame = payloads.read_frame(raw)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            frame = payloads.Frame(type=UNREAD)
        if frame.type == "hello":
            self.greeted = True
        elif frame.type == "disconnect":
            _log.info("Slack replaces a socket.", why=frame.reason[:40])
            self.ending.set()
        else:
            await self._desk.take(frame, raw, self)

    async def _hang_up(self) -> None:
        assert self._session and self._socket
        with suppress(aiohttp.ClientError, OSError, TimeoutError):
            async with asyncio.timeout(1):
                await self._socket.close()
        await self._session.close()


class _Desk:
    """Where all sockets lay down what they bring. It outlives each of them: a click is not lost with its socket."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._under_way: set[asyncio.Task[None]] = set()
        self._room = asyncio.Semaphore(AT_ONCE)

    async def take(self, frame: payloads.Frame, raw: bytes, line: _Line) -> None:
        """Begins with it at once, in the order of coming; waits only while there are too many."""
        await self._room.acquire()
        task = asyncio.create_task(self._happen(frame, raw, line))
        self._under_way.add(task)
        task.add_done_callback(self._done)

    async def close(self) -> None:
        """Lets what is under way finish, for a moment."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=GOODBYE)
        for task in self._under_way:
            task.cancel()

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._under_way.discard(task)
        self._room.release()

    async def _happen(self, frame: payloads.Frame, raw: bytes, line: _Line) -> None:
        """Lets it happen, then acknowledges. Without an acknowledgement Slack brings an event again."""
        for wait in (*(TRIES if frame.type in UNREPEATED else ()), None):
            try:
                heard = await self._intake.take(raw, lambda ground, at: _heard(frame, ground, at))
                break
            except StoreProblem as why:
                if wait is None:
                    _log.error("A payload could not be stored and is not acknowledged.", kind=frame.type, why=why.what)
                    return
                await asyncio.sleep(wait)
            except Exception as why:
                _log.error("A payload could not be taken.", kind=frame.type, why=type(why).__name__)
                return
        if frame.envelope_id:
            await line.acknowledge(frame.envelope_id, heard.reply)


def _heard(frame: payloads.Frame, ground: Ground, at: datetime) -> Heard:
    if frame.type == UNREAD:
        raise Unreadable("a frame that is no JSON object")
    return read(frame.type, bytes(frame.payload), ground, at)
