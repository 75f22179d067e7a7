"""What happens to each payload, whichever way it came in: read it, name the person, deliver. Then the caller may say yes.

Promise: `take` returns when all that a payload says is committed, or it is put aside; it raises when the store is down,
and then nothing may be acknowledged. One payload that cannot be read harms no other. People are served in their order:
whoever is looked up first makes only their own next words wait. Nothing that was said is written to a log.
"""

import asyncio
import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, assert_never

import structlog
from msgspec.structs import replace

from adapters.parts import Parts
from adapters.slack.answering import Answering
from adapters.slack.departures import Departures
from adapters.slack.elsewhere import answered_elsewhere
from adapters.slack.heard import CHANNEL, SILENCE, Ground, Heard, Limited, Lost, Profile, Unreadable
from adapters.slack.installs import Installs
from adapters.slack.people import People
from adapters.slack.settings import SlackSettings
from bot.events import Incoming
from bot.ports import Deliver, StoreProblem

Read = Callable[[Ground, datetime], Heard]

MOST_REFUSED: Final = 1_000  # workspaces that are named in the log
KEPT: Final = 1 << 20  # bytes of an unreadable payload that are kept

_log = structlog.get_logger(__name__)


class _Line:
    """Events of one person, first come, first served."""

    def __init__(self) -> None:
        self.turn = asyncio.Lock()
        self.waiting = 0


class Intake:
    """`deliver` is None while the bot is not there yet, or not any more."""

    def __init__(
        self,
        settings: SlackSettings,
        ground: Ground,
        parts: Parts,
        installs: Installs,
        people: People,
        answering: Answering,
    ) -> None:
        self._ground = ground
        self._clock = parts.clock
        self._aside = parts.aside
        self._who = parts.who
        self._installs = installs
        self._people = people
        self._answering = answering
        self._settings = settings
        self._refused: set[str] = set()
        self._lines: dict[str, _Line] = {}  # of people who are being looked up
        self.deliver: Deliver | None = None
        self.departures = Departures(installs, parts)

    async def take(self, raw: bytes, read: Read) -> Heard:
        """Reads a payload and lets all of it happen. `raw` is what would be put aside. Raises StoreProblem."""
        now = self._clock.now()
        try:
            heard = read(self._ground, now)
        except Unreadable as why:
            await self._put_aside(raw, str(why), now)
            return SILENCE
        except Exception as why:  # a bug in the translator: the payload waits for its mending
            _log.error("The translator failed.", why=type(why).__name__)
            await self._put_aside(raw, f"translator: {type(why).__name__}", now)
            return SILENCE
        if not self._served(heard):
            return SILENCE
        if heard.team and heard.enterprise:
            await self._installs.belongs(heard.team, heard.enterprise)
        if heard.back:
            self._answering.remember(heard.back)  # before it happens: the answer may be on its way at once
        for incoming in heard.incoming:
            await self._let_happen(incoming)
        match heard.about:
            case None:
                pass
            case Lost():
                await self.departures.lost(heard.about, self._ready())
            case Limited(team):
                _log.warning("Slack holds events back: too many in an hour.", team=team)
            case Profile(team, user, sender):
                self._people.changed(team, user, sender)
            case _:
                assert_never(heard.about)
        return replace(heard, reply=await self._reply(heard.incoming[0])) if heard.in_public else heard

    async def _reply(self, incoming: Incoming) -> dict[str, Any]:
        """Where to look for the answer, in the language of whoever asked."""
        assert incoming.address
        try:
            known = await self._who(incoming.address)
        except StoreProblem:
            known = None  # it happened all the same
        team, _, user = incoming.address.chat.partition("/")
        sender = None if known else await self._people.sender(team, user)
        return answered_elsewhere(known[1] if known else sender.language if sender else "")

    def _served(self, heard: Heard) -> bool:
        """Whether its workspace may use the bot. One that may not is named once in the log."""
        if self._settings.serves(heard.team, heard.enterprise) or not (heard.team or heard.enterprise):
            return True
        team = heard.team or heard.enterprise
        if team not in self._refused and len(self._refused) < MOST_REFUSED:
            self._refused.add(team)
            _log.warning("What comes from a workspace that is not in slack.workspaces is dropped.", workspace=team)
        return False

    def _ready(self) -> Deliver:
        if self.deliver is None:
            raise StoreProblem("Morsel is not ready.", "Try again in a moment.")
        return self.deliver

    async def _let_happen(self, incoming: Incoming) -> None:
        deliver = self._ready()
        assert incoming.address
        chat = incoming.address.chat
        team, _, user = chat.partition("/")
        if incoming.sender is not None:
            self._people.remember(team, user, incoming.sender)
        if chat not in self._lines and (incoming.sender is not None or self._people.knows(team, user)):
            await deliver(await self._named(incoming, team, user))
            return
        line = self._lines.setdefault(chat, _Line())
        line.waiting += 1
        try:
            async with line.turn:
                await deliver(await self._named(incoming, team, user))
        finally:
            line.waiting -= 1
            if not line.waiting:
                del self._lines[chat]

    async def _named(self, incoming: Incoming, team: str, user: str) -> Incoming:
        return incoming if incoming.sender else replace(incoming, sender=await self._people.sender(team, user))

    async def _put_aside(self, raw: bytes, why: str, now: datetime) -> None:
        made = f"{CHANNEL}:unread:{hashlib.sha256(raw).hexdigest()[:32]}"
        reference = await self._aside.set_aside(CHANNEL, made, raw[:KEPT], why, now)
        _log.warning("A payload could not be read and was put aside.", reference=reference, why=why)
