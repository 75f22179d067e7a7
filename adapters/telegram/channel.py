"""Telegram as a channel: thin. What is heard comes by polling or by the webhook; what is said goes by `sending.py`."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import msgspec
import structlog
from aiogram.methods import AnswerCallbackQuery, DeleteWebhook, GetMe, SetWebhook
from msgspec import Struct
from msgspec.structs import replace

from adapters.parts import Parts, Plugged
from adapters.telegram import files, limits, webhook
from adapters.telegram.amending import LOST
from adapters.telegram.calls import Calls
from adapters.telegram.commands import Menus
from adapters.telegram.pictures import Pictures
from adapters.telegram.polling import USUAL, Poller, Timing
from adapters.telegram.receiving import Receiving
from adapters.telegram.sending import Sending, toast
from adapters.telegram.settings import TelegramSettings
from adapters.telegram.toasts import MOMENT, Toasts
from adapters.telegram.translate import CHANNEL, Us, read
from adapters.telegram.updates import UNREADABLE
from bot.events import Address, Incoming
from bot.message import BOARD
from bot.ports import Deliver, Letter, Misconfigured, Moved, SendError, Throttled, Told

ROLES = ("learner", "manager", "admin")

Call = Callable[[], Awaitable[msgspec.Raw]]

_log = structlog.get_logger(__name__)


class Me(Struct, frozen=True):
    """What we read of ourselves."""

    id: int
    username: str = ""


class TelegramChannel:
    """One bot. It sends once it knows who it is."""

    name = CHANNEL
    pace = limits.PACE

    def __init__(
        self, settings: TelegramSettings, parts: Parts, timing: Timing = USUAL, moment: float = MOMENT
    ) -> None:
        self._settings = settings
        self._parts = parts
        self._timing = timing
        self._moment = moment
        self._calls = Calls(settings)
        self._us = Us(self._calls.id, commands=frozenset(name for role in ROLES for name, _ in parts.menu(role, "en")))
        self._known = False
        self._moved: dict[str, str] = {}  # groups that have another number now
        self._sending = Sending(self._calls, Pictures(parts, str(self._calls.id)), parts.clock)
        self._toasts = Toasts(self._answer, moment)
        self._menus = Menus(self._calls, parts)
        self.door = webhook.Door()

    async def run(self, deliver: Deliver) -> None:
        """Receives until cancelled. Raises Misconfigured when Telegram refuses the token."""
        self._calls.reopen()
        receiving = Receiving(
            self._parts, lambda: self._us, self._menus.watching(deliver), self._toasts, self._moved.__setitem__
        )
        try:
            await self._introduce()
            if self._settings.mode == "webhook":
                await self._be_called(receiving)
            else:
                await self._ask(receiving)
        except Misconfigured as why:
            _log.error(
                "Telegram is off: the token is wrong or was revoked. Get it from BotFather (/token).", why=why.told
            )
            raise
        finally:
            self._known = False
            self.door.shut()
            await self._menus.close()
            await self._toasts.close()
            await self._calls.close()

    async def _introduce(self) -> None:
        """Who are we? Asked until Telegram answers; nothing is sent before."""
        result = await self._insist(lambda: self._calls(GetMe()))
        with contextlib.suppress(*UNREADABLE):
            self._us = replace(self._us, username=msgspec.json.decode(result, type=Me).username)
            await self._parts.here(CHANNEL, f"https://t.me/{self._us.username}")
        self._known = True

    async def _ask(self, receiving: Receiving) -> None:
        """By polling. What waits at Telegram is never dropped."""
        await self._insist(lambda: self._calls(DeleteWebhook(drop_pending_updates=False)))
        await Poller(self._calls, receiving, self._parts, self._timing).run()

    async def _be_called(self, receiving: Receiving) -> None:
        """By the webhook: set at each start, for the address or the secret may have changed."""
        secret = await webhook.secret(self._parts)
        self.door.open(receiving, secret)
        await self._insist(lambda: self._calls(registered(self._parts.link, secret)))
        await asyncio.Event().wait()

    async def _insist(self, call: Call) -> msgspec.Raw:
        """The answer, however long it takes. Raises Misconfigured."""
        wait = self._timing.first
        while True:
            try:
                return await call()
            except Misconfigured:
                raise
            except SendError as why:
                _log.warning("Telegram says no, or nothing; it is asked again.", why=why.told)
                await asyncio.sleep(why.after if isinstance(why, Throttled) else wait)
                wait = min(wait * 2, self._timing.longest)

    # --- The port -------------------------------------------------------------------------------------------------------

    def accounts(self) -> Sequence[str]:
        return ("",) if self._known else ()

    def is_group(self, address: Address) -> bool:
        return address.chat.startswith("-")

    async def send(self, letter: Letter) -> str:
        self._check_place(letter)
        if letter.message.fleeting:
            await self._toasts.say(letter.address.chat, toast(letter.message))
            return LOST
        return await self._sending.say(letter)

    async def amend(self, letter: Letter) -> str:
        if letter.mark == BOARD:
            return BOARD  # Telegram has none
        self._check_place(letter)
        return await self._sending.change(letter)

    async def look(self, letter: Letter) -> str | None:  # noqa: ARG002 - the port's shape
        """Telegram lets no bot read a chat."""
        return None

    def fetch(self, letter: Letter, limit: int, told: Told) -> AsyncIterator[bytes]:
        return files.fetch(self._calls, letter, limit, told)

    def reread(self, raw: bytes) -> Sequence[Incoming]:
        """A vote says nothing when it is read again: whose quiz it was is known to the running channel only."""
        heard = read(raw, self._us, self._parts.clock.now())
        return (heard.incoming,) if heard.incoming and not heard.vote else ()

    def _check_place(self, letter: Letter) -> None:
        """A group that has moved is not asked at its old place."""
        to = self._moved.get(letter.address.chat)
        if to:
            raise Moved("the group has another number now", Address(CHANNEL, to))

    async def _answer(self, query: str, words: str) -> None:
        """Ends the circle on a pressed button. Too late, or not possible: nothing is lost but a toast."""
        with contextlib.suppress(SendError):
            await self._calls(AnswerCallbackQuery(callback_query_id=query, text=words or None))


def registered(link: str, secret: str) -> SetWebhook:
    """What tells Telegram where we are."""
    return SetWebhook(
        url=link.rstrip("/") + webhook.PATH,
        secret_token=secret,
        allowed_updates=list(limits.ALLOWED),
        max_connections=limits.CONNECTIONS,
        drop_pending_updates=False,
    )


def plugged(settings: TelegramSettings, parts: Parts) -> Plugged:
    channel = TelegramChannel(settings, parts)
    doors = ((webhook.PREFIX, channel.door.app),) if settings.mode == "webhook" else ()
    return Plugged(channel, doors)
