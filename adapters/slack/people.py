"""Who somebody is, as Slack tells: name, language, zone. Asked once a person and process, and never waited for long.

What comes of it is only ever used for people who are new to the bot. When Slack does not answer at once, it goes without.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.calling import ask
from adapters.slack.errors import Declined
from adapters.slack.heard import sender_of
from adapters.slack.payloads import Member
from bot.events import Sender
from bot.ports import SendError

PATIENCE: Final = 1.0  # seconds; a click must be answered within three
REST: Final = 10.0  # seconds in which nobody is asked about after Slack did not answer
MOST: Final = 20_000  # people remembered

ClientOf = Callable[[str], Awaitable[AsyncWebClient]]  # of a team id; raises SendError


class People:
    """What is known, oldest forgotten first. `client_of` gives a client with the team's token."""

    def __init__(self, client_of: ClientOf) -> None:
        self._client_of = client_of
        self._known: dict[tuple[str, str], Sender | None] = {}
        self._rests_until = 0.0  # by the loop's clock

    def knows(self, team: str, user: str) -> bool:
        """Whether asking again would bring nothing new."""
        return (team, user) in self._known

    def remember(self, team: str, user: str, sender: Sender | None) -> None:
        """From now on that is what they are called."""
        self._known.pop((team, user), None)
        self._known[team, user] = sender
        if len(self._known) > MOST:
            del self._known[next(iter(self._known))]

    def changed(self, team: str, user: str, sender: Sender) -> None:
        """Slack said so unasked, of anybody in the workspace: only of use where we asked once."""
        if (team, user) in self._known:
            self._known[team, user] = sender

    async def sender(self, team: str, user: str) -> Sender | None:
        """What is known of them; None where nothing is."""
        now = asyncio.get_running_loop().time()
        if self.knows(team, user) or now < self._rests_until:
            return self._known.get((team, user))
        try:
            async with asyncio.timeout(PATIENCE):
                client = await self._client_of(team)
                data = await ask(client, "users.info", user=user, include_locale="true")
            self.remember(team, user, _sender(data))
        except Declined:
            self.remember(team, user, None)  # not visible to us, or no right to ask: that stays so
        except (SendError, TimeoutError) as why:
            self._rests_until = now + max(REST, getattr(why, "after", 0.0))
        return self._known.get((team, user))


def _sender(data: dict[str, Any]) -> Sender | None:
    try:
        return sender_of(msgspec.convert(data.get("user"), Member))
    except msgspec.ValidationError:
        return None
