"""The Slack channel: a thin loop that holds its two halves together.

What comes in is `sockets.py` or `http.py` -> `intake.py` -> `translate.py`; what goes out is `sending.py`. Here they get
the tokens of `installs.py`, one HTTP session, and an end. It decides nothing but when a token is to be doubted.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import aiohttp
from starlette.types import ASGIApp

from adapters.parts import Parts
from adapters.slack.answering import Answering
from adapters.slack.calling import web_client
from adapters.slack.heard import CHANNEL, Ground
from adapters.slack.http import events_door, front_door, while_it
from adapters.slack.installs import Installs
from adapters.slack.intake import Intake
from adapters.slack.people import People
from adapters.slack.sending import PACE, Sending
from adapters.slack.settings import SlackSettings
from adapters.slack.sockets import Sockets
from adapters.slack.translate import read_kept
from bot.events import Address, Incoming
from bot.person import Role
from bot.ports import Deliver, Letter, Misconfigured, Pace, Told


class SlackChannel:
    """All workspaces of one app."""

    name = CHANNEL
    pace: Pace = PACE

    def __init__(self, settings: SlackSettings, parts: Parts) -> None:
        self._settings = settings
        self._parts = parts
        self._session: aiohttp.ClientSession | None = None
        self._running = False
        self._sending_now = 0  # letters under way
        self.installs = Installs(
            settings, parts.vault, parts.clock, lambda token: web_client(self.session(), token, settings.server)
        )
        names = {name for role in Role for name, _ in parts.menu(role, "en")}  # the same in all languages
        self._ground = Ground(settings.unit, frozenset(names))
        people = People(self.installs.client_for)
        answering = Answering(self.session, parts.clock, settings.server)
        self._intake = Intake(settings, self._ground, parts, self.installs, people, answering)
        self._sockets = Sockets(settings, self._intake, self.session) if settings.mode != "http" else None
        self._sending = Sending(self.installs.token_for, self.session, parts, settings, answering)

    def door(self) -> ASGIApp | None:
        """What the web server is to answer below "/slack"; None where nothing comes in that way."""
        events = events_door(self._settings.signing_secret, self._intake, self._parts.clock)
        installing = None
        if self._settings.client_id:
            from adapters.slack.installing import install_door  # Bolt: only where several workspaces are wanted
            from adapters.slack.manifest import SCOPES

            installing = install_door(
                self._settings, self.installs, self._parts.clock, self.session, self._parts.link, SCOPES
            )
            installing = while_it(lambda: self._running, installing)
        if self._sockets is not None and installing is None:
            return None
        return front_door(events if self._sockets is None else None, installing)

    def session(self) -> aiohttp.ClientSession:
        """One for all calls; a new one where the old was closed."""
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(trust_env=True)
        return self._session

    # --- In ------------------------------------------------------------------------------------------------------------

    async def run(self, deliver: Deliver) -> None:
        """Receives until cancelled."""
        self._running = True
        try:
            await self.installs.start()
            self._intake.deliver = deliver
            async with asyncio.TaskGroup() as group:
                group.create_task(self.installs.keep())
                group.create_task(self._intake.departures.keep(deliver))
                if self._sockets is not None:
                    group.create_task(self._sockets.run())
        finally:
            self._intake.deliver = None
            self._running = False
            await self.installs.rest()
            await self._rest()

    async def _rest(self) -> None:
        """Closes the session once nobody needs it: the outbox sends its last letters when we receive no more."""
        if self._session is not None and not self._running and not self._sending_now:
            await self._session.close()

    def reread(self, raw: bytes) -> Sequence[Incoming]:
        """What was set aside, read as it would be now. Raises ValueError where it still cannot be read."""
        return read_kept(raw, self._ground, self._parts.clock.now()).incoming

    # --- Out -----------------------------------------------------------------------------------------------------------

    def accounts(self) -> Sequence[str]:
        """The workspaces whose token is known and good."""
        return self.installs.accounts()

    def off(self) -> str:
        """Why nothing can be said or heard, in a sentence for the operator: Slack refuses a token of the settings, and no
        workspace is left. It is tried again at times, for a workspace may take the app back."""
        told = "" if self.installs.accounts() else self.installs.refused
        return told or (self._sockets.refused if self._sockets else "")

    def is_group(self, address: Address) -> bool:  # noqa: ARG002 - the port's shape
        """Never: Slack's people are talked to in private."""
        return False

    async def send(self, letter: Letter) -> str:
        async with self._with_trust(letter):
            return await self._sending.send(letter)

    async def amend(self, letter: Letter) -> str:
        async with self._with_trust(letter):
            return await self._sending.amend(letter)

    async def look(self, letter: Letter) -> str | None:
        async with self._with_trust(letter):
            return await self._sending.look(letter)

    async def fetch(self, letter: Letter, limit: int, told: Told) -> AsyncIterator[bytes]:
        async with self._with_trust(letter):
            async for piece in self._sending.fetch(letter, limit, told):
                yield piece

    @asynccontextmanager
    async def _with_trust(self, letter: Letter) -> AsyncIterator[None]:
        """With the token we have. Where Slack refuses it, we ask whether it is dead, so that the workspace pauses."""
        self._sending_now += 1
        try:
            yield
        except Misconfigured:
            await self.installs.doubt(letter.address.account)
            raise
        finally:
            self._sending_now -= 1
            await self._rest()
