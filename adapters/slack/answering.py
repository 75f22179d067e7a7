"""The way back to a message that was just pressed: its `response_url`. A message is changed there, and chat.update spared.

Slack lets a workspace change about fifty messages a minute with chat.update, which is too few for a shop floor at nine
o'clock; each press brings an address at which that one message can be changed five times within half an hour, and these
count for nobody else.

Promise: `change` says True only where Slack said that it was done, and raises nothing; whatever else happens, the caller
changes the message the usual way, which does no harm a second time. Nothing is sent to a host that is not Slack's, and no
redirect is followed. An address counts as a secret: it is kept in memory only, for its time, and never logged.
Source: https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
"""

from datetime import datetime, timedelta
from typing import Any, Final

import aiohttp
import msgspec
import structlog
from msgspec import Struct

from adapters.slack.blocks import Part
from adapters.slack.calling import SERVER, Session
from adapters.slack.files import is_slack
from adapters.slack.heard import Place, WayBack
from bot.ports import Clock

Json = dict[str, Any]

USES: Final = 5
VALID: Final = timedelta(minutes=29)  # Slack's half hour, less what clocks may differ
MOST: Final = 10_000  # messages whose address is kept in mind, the newest
PATIENCE: Final = aiohttp.ClientTimeout(total=5)

_log = structlog.get_logger(__name__)


class _Address(Struct):
    way: WayBack
    until: datetime
    left: int = USES


class Answering:
    """The addresses that are good now, by message. For all workspaces: conversations' ids are unique among them."""

    def __init__(self, session: Session, clock: Clock, server: str = "") -> None:
        self._session = session
        self._clock = clock
        self._server = server or SERVER
        self._known: dict[Place, _Address] = {}

    def remember(self, way: WayBack) -> None:
        """A press came in. Its address is fresh, so it takes the place of an older one."""
        self.forget(way.place)
        if not is_slack(way.url, self._server):
            return
        self._known[way.place] = _Address(way, self._clock.now() + VALID)
        if len(self._known) > MOST:
            del self._known[next(iter(self._known))]

    def forget(self, place: Place) -> None:
        """The message is gone, or its address is no good."""
        self._known.pop(place, None)

    async def change(self, place: Place, part: Part) -> bool:
        """Whether the message shows this now."""
        address = self._known.get(place)
        if address is None or not part.blocks:  # without blocks it is a way out of a refusal: that goes the usual way
            return False
        if not address.left or address.until <= self._clock.now():
            self.forget(place)
            return False
        address.left -= 1
        # Whether metadata that is not mentioned stays is not documented for this way, so it is said again.
        about = {"metadata": address.way.about} if address.way.about else {}
        said = {"replace_original": True, "text": part.text, "blocks": list(part.blocks), **about}
        why = await self._post(address.way.url, said)
        if why:
            self.forget(place)
            _log.info("A message could not be changed where it was pressed; it is changed the usual way.", why=why)
        return not why

    async def _post(self, url: str, said: Json) -> str:
        """Why it was not done; empty where it was."""
        try:
            async with self._session().post(url, json=said, allow_redirects=False, timeout=PATIENCE) as answer:
                body = await answer.content.read(1000)
        except (aiohttp.ClientError, OSError, ValueError) as why:
            return type(why).__name__
        if answer.status != 200:
            return f"HTTP {answer.status}"
        return "" if _is_ok(body) else "an answer that is no ok"


def _is_ok(body: bytes) -> bool:
    if body.strip() == b"ok":
        return True
    try:
        return bool(msgspec.json.decode(body)["ok"] is True)
    except (msgspec.MsgspecError, UnicodeError, TypeError, KeyError):
        return False
