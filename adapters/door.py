"""What HTTP doors of channels share: platforms knock here, not people. ASGI without a framework.

Promise: size before all else, then whatever the handler checks; never more than `limit` bytes in memory; a body that
comes too slowly is sent away. An answer says nothing about a body, and neither does the log. A bug or a store that is
down is 503 with Retry-After, never 500: then the platform keeps the update and brings it again.

It knows no platform and no signature: each channel's handler checks its own, with `header` and `same`.
"""

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import structlog
from msgspec import Struct
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.ports import StoreProblem
from bot.wordless import wordless

LIMIT: Final = 1 << 20  # bytes of a body: PROMISES asks for no more, and no platform sends more
PATIENCE: Final = 10.0  # seconds for a whole body
AGAIN: Final = 5  # seconds until a platform may knock again when we could not take what it brought
STRICT: Final = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))

_log = structlog.get_logger(__name__)


class Answer(Struct, frozen=True):
    """What the platform gets. An ASGI app by itself, so that a handler may also return it from `read_body`."""

    status: int = 200
    body: bytes = b""
    type: str = "text/plain; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()

    async def send(self, send: Send) -> None:
        headers = [
            *STRICT,
            (b"content-type", self.type.encode("latin-1", "replace")),
            (b"content-length", str(len(self.body)).encode()),
            *((name.encode("latin-1", "replace"), value.encode("latin-1", "replace")) for name, value in self.headers),
        ]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


Handle = Callable[[Scope, bytes], Awaitable[Answer]]


def later(after: int = AGAIN) -> Answer:
    """We cannot take it now: keep it, and bring it again."""
    return Answer(503, b"Try again soon.", headers=(("retry-after", str(after)),))


def header(scope: Scope, name: str) -> bytes:
    """The header's bytes as they came; empty where it is missing, or said twice: nobody may choose which one counts."""
    wanted = name.lower().encode()
    found = [value for key, value in scope["headers"] if key.lower() == wanted]
    return bytes(found[0]) if len(found) == 1 else b""


def same(one: bytes | str, other: bytes | str) -> bool:
    """Whether two secrets are equal, in a time that does not tell where they differ. Never raises; empty is never equal."""
    left = one.encode("utf-8", "surrogatepass") if isinstance(one, str) else one
    right = other.encode("utf-8", "surrogatepass") if isinstance(other, str) else other
    return bool(left) and hmac.compare_digest(left, right)


def whole_number(value: bytes, digits: int = 12) -> int | None:
    """A number in plain ASCII digits, not too many of them; None for anything else, where `int` would raise or wonder."""
    return int(value) if value.isdigit() and len(value) <= digits else None


async def read_body(scope: Scope, receive: Receive, limit: int = LIMIT, patience: float = PATIENCE) -> bytes | Answer:
    """The body, or the answer that refuses it: 400, 408, 413."""
    lengths = [value for key, value in scope["headers"] if key.lower() == b"content-length"]
    if lengths:
        declared = whole_number(lengths[0], 18) if len(set(lengths)) == 1 else None
        if declared is None:
            return Answer(400, b"The length cannot be read.")
        if declared > limit:
            return Answer(413, b"Too large.")
    body = bytearray()
    try:
        async with asyncio.timeout(patience):
            while True:
                event = await receive()
                if event["type"] != "http.request":
                    return Answer(400, b"Broken off.")
                body += event.get("body", b"")
                if len(body) > limit:
                    return Answer(413, b"Too large.")
                if not event.get("more_body", False):
                    return bytes(body)
    except TimeoutError:
        return Answer(408, b"Too slow.")


def door(
    handle: Handle,
    *,
    method: str = "POST",
    types: Sequence[str] = ("application/json",),
    limit: int = LIMIT,
    patience: float = PATIENCE,
) -> ASGIApp:
    """`handle` as an ASGI app: it gets the raw body of requests of that method and (where `types` are named) content
    type only, and whatever goes wrong inside it is 503."""

    async def answer(scope: Scope, receive: Receive) -> Answer:
        if scope["method"] != method:
            return Answer(405, b"Not so.", headers=(("allow", method),))
        if types and _content_type(scope) not in types:
            return Answer(415, b"Not this type.")
        if header(scope, "content-encoding").lower() not in (b"", b"identity"):
            return Answer(415, b"Not packed.")  # what unpacks may unpack to anything
        body = await read_body(scope, receive, limit, patience)
        return body if isinstance(body, Answer) else await handle(scope, body)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await (await answer(scope, receive)).send(send)

    return unfailing(app)


def unfailing(app: ASGIApp) -> ASGIApp:
    """The app, with every exception as 503. The log learns what kind it was and where, never what it was about."""

    async def whole(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return  # nothing here talks over a WebSocket
        begun = False

        async def noticed(message: dict[str, object]) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await app(scope, receive, noticed)  # type: ignore[arg-type]
        except StoreProblem as why:
            _log.error("An update could not be stored; the platform is asked to bring it again.", why=why.what)
        except Exception as why:
            _log.error("A door failed; the platform is asked to try again.", why=wordless(why))
        else:
            return
        if not begun:
            await later().send(send)

    return whole


def _content_type(scope: Scope) -> str:
    return header(scope, "content-type").decode("latin-1").partition(";")[0].strip().lower()
