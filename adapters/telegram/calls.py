"""One call to Telegram: aiogram writes the request, we read the answer, so that no field it does not know yet is a failure.

Promise: every failure is a SendError that says whether the request left us. A yes that cannot be read is a yes. Neither the
token nor what people said stands in any error.
"""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from email.utils import parsedate_to_datetime
from types import SimpleNamespace
from typing import Any, Final

import aiohttp
import certifi
import msgspec
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import PRODUCTION, TelegramAPIServer
from aiogram.methods import TelegramMethod
from aiogram.utils.token import TokenValidationError
from msgspec import Raw, Struct

from adapters.telegram.errors import Parameters, error
from adapters.telegram.settings import TelegramSettings
from adapters.telegram.updates import UNREADABLE
from bot.events import Address
from bot.ports import Misconfigured, NotThere, Unknown, Unreachable

TIMEOUT: Final = 25.0  # seconds for a call; the outbox has more patience than that
CONNECT: Final = 10.0
UPLOAD: Final = 50.0  # seconds for a call with a picture
GRACE: Final = 3.0  # seconds that calls under way get when the channel stops
CHUNK: Final = 64 * 1024


class Reply(Struct, frozen=True):
    """An answer of the Bot API. `description` is there when it says no."""

    ok: bool = False
    result: Raw = Raw(b"null")
    description: str = ""
    parameters: Parameters | None = None


_REPLY: Final = msgspec.json.Decoder(Reply)
_UNREAD: Final = Raw(b"null")


class Calls:
    """All calls of one bot, over one session. Opens with the first call; `close` ends it for good."""

    def __init__(self, settings: TelegramSettings) -> None:
        server = TelegramAPIServer.from_base(settings.server) if settings.server else PRODUCTION
        self._api = server
        self._token = settings.token
        self._writer = AiohttpSession(api=server)  # writes forms; opens nothing by itself
        try:
            self._bot = Bot(settings.token, session=self._writer)
        except TokenValidationError:
            raise Misconfigured("the token is not one: digits, a colon, letters") from None
        self.id = self._bot.id
        self._session: aiohttp.ClientSession | None = None
        self._under_way = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._closed = False
        self.date: str = ""  # what the server's clock said last

    async def __call__(self, method: TelegramMethod[Any], to: Address | None = None, patience: float = TIMEOUT) -> Raw:
        """The result; `null` for a yes that cannot be read. Raises SendError."""
        form = self._writer.build_form_data(self._bot, method)
        status, body = await self._post(method.__api_method__, form, patience)
        if status == 200 and body is None:
            return _UNREAD
        try:
            reply = _REPLY.decode(body or b"")
        except UNREADABLE:
            if status == 200:
                return _UNREAD
            raise error(status, "", Parameters(), to) from None
        if reply.ok and status == 200:
            return reply.result
        raise error(status, reply.description, reply.parameters or Parameters(), to)

    async def updates(self, offset: int, allowed: str, limit: int, wait: float) -> bytes:
        """The raw body of getUpdates: at most `limit` updates from `offset` on (0: the first that was not confirmed).
        Waits up to `wait` seconds for one. Raises SendError."""
        form = aiohttp.FormData({"timeout": str(int(wait)), "limit": str(limit), "allowed_updates": allowed})
        if offset:
            form.add_field("offset", str(offset))
        status, body = await self._post("getUpdates", form, wait + CONNECT)
        if status == 200 and body is not None:
            return body
        try:
            reply = _REPLY.decode(body or b"")
        except UNREADABLE:
            reply = Reply()
        raise error(status, reply.description, reply.parameters or Parameters(), None)

    async def download(self, path: str) -> AsyncIterator[bytes]:
        """The bytes of a file, piece by piece. Raises Unreachable, or NotThere where the link is no more."""
        url = self._api.file_url(self._token, path)
        try:
            async with self._open().get(
                url, timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT, sock_read=TIMEOUT),
                allow_redirects=False,
            ) as answer:  # fmt: skip
                if answer.status == 404:
                    raise NotThere("gone")
                if answer.status != 200 or answer.content_type == "text/html":
                    raise Unreachable(f"{answer.status} instead of a file")
                async for chunk in answer.content.iter_chunked(CHUNK):
                    yield chunk
        except (aiohttp.ClientError, OSError, TimeoutError) as why:
            raise Unreachable(f"a file broke off: {type(why).__name__}") from None

    async def close(self) -> None:
        """Lets calls under way come back for a moment, then closes."""
        self._closed = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GRACE):
                await self._idle.wait()
        if self._session:
            await self._session.close()

    def reopen(self) -> None:
        """After `close`, for a channel that is run again."""
        self._closed, self._session = False, None

    async def _post(self, name: str, form: aiohttp.FormData, patience: float) -> tuple[int, bytes | None]:
        """Status and body; no body where a 200 broke off. Raises Unreachable before the request left us, Unknown after."""
        call = SimpleNamespace(left=False)
        status = 0
        self._under_way += 1
        self._idle.clear()
        try:
            async with self._open().post(
                self._api.api_url(self._token, name), data=form, trace_request_ctx=call, allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=patience, sock_connect=CONNECT),
            ) as answer:  # fmt: skip
                status = answer.status
                self.date = answer.headers.get("Date", "")
                return status, await answer.read()
        except (aiohttp.ClientError, OSError, TimeoutError) as why:
            if status == 200:
                return status, None
            kind = Unknown if call.left or status else Unreachable
            raise kind(f"{name}: {type(why).__name__}") from None
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._idle.set()

    def _open(self) -> aiohttp.ClientSession:
        if self._closed:
            raise Unreachable("the channel stops")
        if self._session is None:
            traces = aiohttp.TraceConfig()
            traces.on_request_headers_sent.append(_left)
            context = ssl.create_default_context(cafile=certifi.where())
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(ssl=context, limit=0), trace_configs=[traces], trust_env=True
            )
        return self._session


async def _left(session: object, context: SimpleNamespace, params: object) -> None:  # noqa: ARG001 - aiohttp's shape
    if context.trace_request_ctx is not None:  # a download asks for nothing that could be done twice
        context.trace_request_ctx.left = True


def skew(date: str, now: float) -> float | None:
    """How many seconds our clock is ahead of the server's; None where it did not say."""
    try:
        return now - parsedate_to_datetime(date).timestamp()
    except (TypeError, ValueError):
        return None
