"""What the routes of the web chat share: the ports, the settings, who listens, and how to answer a person kindly."""

import hashlib
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from adapters.web.pace import Pace
from adapters.web.settings import Commands, Demo, WebSettings
from adapters.web.subscribers import Subscribers
from adapters.web.words import LANGUAGES, Words, choose
from bot.events import Uploaded
from bot.given import Catalog
from bot.ports import Clock, Deliver, Sessions, Transcript

KeepFile = Callable[[str, AsyncIterator[bytes], int], Awaitable[Uploaded | None]]
SESSION_SECONDS = 30 * 24 * 3600  # how long the browser keeps the cookie; the store decides when the session is over
JOINING = 500  # joins whose answer may be lost and tried again


@dataclass
class Front:
    """One web chat. `deliver` is None while the bot is not there yet, or not any more."""

    port: int
    transcript: Transcript
    sessions: Sessions
    keep_file: KeepFile
    catalog: Callable[[], Catalog]
    clock: Clock
    settings: WebSettings
    demo: Demo | None
    commands: Commands
    deliver: Deliver | None = None
    lines: Subscribers = field(default_factory=Subscribers)
    talking: Pace = field(default_factory=lambda: Pace(rate=3, burst=60))  # events a chat: far above any thumb
    joining: Pace = field(default_factory=lambda: Pace(rate=1, burst=60))  # invite codes an address of the network
    _chats: dict[str, str] = field(default_factory=dict)

    @property
    def cookie(self) -> str:
        """`__Host-` binds it to this very host over https. Elsewhere the port is in the name: cookies know no ports."""
        return "__Host-morsel" if self.settings.secure else f"morsel-{self.port}"

    def now(self) -> datetime:
        return self.clock.now()

    async def holder(self, token: str) -> str | None:
        """The chat of a session, or None. A session belongs to a browser, so it lives in the world's time: the demo's
        time machine must sign nobody out."""
        return await self.sessions.chat(token, datetime.now(UTC)) if token else None

    async def chat(self, request: Request) -> str | None:
        """Whose session this is, or None."""
        return await self.holder(request.cookies.get(self.cookie, ""))

    async def open_session(self, request: Request, response: Response, chat: str) -> None:
        """A new token, always; the one the browser came with ends here, so that none can be planted or left behind."""
        await self.close_session(request)
        token = await self.sessions.open(chat, datetime.now(UTC))
        response.set_cookie(
            self.cookie,
            token,
            max_age=SESSION_SECONDS,
            path="/",
            secure=self.settings.secure,
            httponly=True,
            samesite="lax",
        )

    async def close_session(self, request: Request) -> None:
        """Ends the session this request came with, and every stream that lives on it."""
        token = request.cookies.get(self.cookie, "")
        chat = await self.chat(request)
        if chat is not None:
            await self.sessions.close(token)
            self.lines.wake(chat)

    def new_chat(self, join: str) -> str:
        """A fresh random chat id; the same one when the same join is tried again because its answer was lost."""
        if join not in self._chats:
            self._chats[join] = secrets.token_hex(16)
            if len(self._chats) > JOINING:
                del self._chats[next(iter(self._chats))]
        return self._chats[join]


def front(request: Request) -> Front:
    found: Front = request.app.state.front
    return found


def page_key(chat: str) -> str:
    """Names a chat to the page without telling its id: the page must not act for another chat than it shows."""
    return hashlib.sha256(f"page:{chat}".encode()).hexdigest()[:20]


def language_of(request: Request) -> str:
    return choose(request.headers.get("accept-language", ""))


def words_of(request: Request) -> Words:
    return LANGUAGES[language_of(request)]


def answer(value: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode(value), status, headers, "application/json")


def kindly(request: Request, status: int, key: str, after: int = 0) -> Response:
    """A sentence for the person, as JSON. `key` is one of texts/*.toml; `after`: seconds to wait."""
    headers = {"retry-after": str(after)} if after else {}
    return answer({"say": words_of(request)[key]}, status, headers)
