"""The door that Telegram knocks at. Nothing but POST /telegram/webhook; size first, then the secret, then the shape.

Promise: 200 only after the update is committed or set aside; 503 with Retry-After while the store is down, so that Telegram
keeps it. Nobody without the secret learns anything, or makes us read anything.
"""

import secrets
from typing import Final

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from adapters.door import Answer, door, header, later, same, unfailing
from adapters.parts import Parts
from adapters.telegram.limits import UPDATE
from adapters.telegram.receiving import Receiving

PREFIX: Final = "/telegram"
PATH: Final = "/telegram/webhook"
HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"
SECRET: Final = "telegram.webhook_secret"  # noqa: S105 - the name of it in the vault
BUSY: Final = 5  # seconds until Telegram may knock again

_log = structlog.get_logger(__name__)


async def secret(parts: Parts) -> str:
    """The secret that Telegram and we share: made at the first start, kept in the vault."""
    known = await parts.vault.get(SECRET)
    if known is None:
        known = secrets.token_urlsafe(48).encode()
        await parts.vault.put(SECRET, known)
    return known.decode("ascii")


class Door:
    """Shut until `open` says who takes the updates and what the secret is; then Telegram is asked to come later."""

    def __init__(self) -> None:
        self._receiving: Receiving | None = None
        self._secret = b""
        self._app = door(self._handle, limit=UPDATE)

    def open(self, receiving: Receiving, secret: str) -> None:
        self._receiving, self._secret = receiving, secret.encode()

    def shut(self) -> None:
        self._receiving = None

    @property
    def app(self) -> ASGIApp:
        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http" and scope["path"] != PATH:
                await Answer(404, b"Nothing here.").send(send)
            else:
                await self._app(scope, receive, send)

        return unfailing(answer)

    async def _handle(self, scope: Scope, body: bytes) -> Answer:
        if self._secret and not same(header(scope, HEADER), self._secret):
            return Answer(401, b"No.")
        if self._receiving is None:
            return later(BUSY)
        await self._receiving.take(body, self._receiving.read(body))
        return Answer(200)
