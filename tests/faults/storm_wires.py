"""Connections without sockets, on simulated time: what a client writes is read here, and answered when the far end says so.

The loop connects whoever knocks at `ADDRESS` to the house that stands there. So a library's own HTTP client runs as it is,
with its encoding, its pool, its patience and its way to notice that a connection broke; only the bytes travel no further
than this process. One request after the other on a connection, with a length and no chunks: all that is asked of it here.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final, NamedTuple, Protocol, TypeVar

from tests.simulated import Loop

T = TypeVar("T")
ADDRESS: Final = "http://127.0.0.1:9"


class Request(NamedTuple):
    path: str
    headers: Mapping[str, str]  # names in small letters
    body: bytes


class Reply(NamedTuple):
    """`broken`: "reset" or "silence" instead of an answer. `delay`: simulated seconds until it is there."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    broken: str = ""
    delay: float = 0.0


Answer = Callable[[Reply], None]


class House(Protocol):
    def take(self, request: Request, answer: Answer) -> None:
        """A request is here, as soon as it left. `answer` is called once, now or later."""


class WiredLoop(Loop):
    """Simulated time, and one house that can be reached."""

    house: House

    async def sock_connect(self, sock: Any, address: Any) -> None:  # the line is the connection
        return None

    async def create_connection(self, protocol_factory: Any, *where: Any, sock: Any = None, **how: Any) -> Any:
        sock.close()
        protocol = protocol_factory()
        line = _Line(self, protocol, self.house)
        protocol.connection_made(line)
        return line, protocol


class _Line(asyncio.Transport):
    """The client's end of a connection."""

    def __init__(self, loop: asyncio.AbstractEventLoop, protocol: Any, house: House) -> None:
        super().__init__()
        self._loop, self._protocol, self._house = loop, protocol, house
        self._read = bytearray()
        self._closed = False

    def write(self, data: Any) -> None:
        self._read += data
        head, blank, rest = bytes(self._read).partition(b"\r\n\r\n")
        if not blank:
            return
        first, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        assert "transfer-encoding" not in headers, "it was said that nobody sends chunks"
        size = int(headers.get("content-length", 0))
        if len(rest) >= size:
            del self._read[: len(head) + 4 + size]
            self._house.take(Request(first.split(" ")[1], headers, rest[:size]), self._answer)

    def _answer(self, reply: Reply) -> None:
        if reply.broken != "silence":
            self._loop.call_later(reply.delay, self._arrive, reply)

    def _arrive(self, reply: Reply) -> None:
        if self._closed:
            return
        if reply.broken:
            self._end(ConnectionResetError("reset by the storm"))
            return
        headers = {**reply.headers, "Content-Length": str(len(reply.body))}
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._protocol.data_received(f"HTTP/1.1 {reply.status} .\r\n{lines}\r\n".encode() + reply.body)

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._loop.call_soon(self._protocol.connection_lost, None)

    abort = close

    def _end(self, why: Exception) -> None:
        self._closed = True
        self._protocol.connection_lost(why)

    def is_closing(self) -> bool:
        return self._closed

    def get_write_buffer_size(self) -> int:
        return 0

    def pause_reading(self) -> None:
        """What comes is small, and waits for nobody."""

    def resume_reading(self) -> None:
        """Nothing was held back."""


def run(story: Coroutine[Any, Any, T]) -> T:
    """Plays it to its end."""
    with asyncio.Runner(loop_factory=WiredLoop) as runner:
        return runner.run(story)


def wired(house: House) -> WiredLoop:
    """From now on that house is reached from the loop that runs."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, WiredLoop)
    loop.house = house
    return loop
