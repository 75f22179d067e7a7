"""What an uninstalled app means to people: who was reached in that workspace is gone from there, and comes back with it.

Promise: an event that says so is done with once everybody bound there has had their `Left`, and a reinstall brings all of
them back by a `Met`; each once, whatever is repeated, and a restart or a store that was down goes on where it stopped. A
token that is refused without such an event makes nobody leave: their letters wait until somebody mends it.
It does not decide what follows for anybody (`bot/reaching.py` does), and says nothing to them.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final, Literal

import msgspec
import structlog
from msgspec import Struct
from msgspec.structs import replace

from adapters.parts import Parts
from adapters.slack.heard import CHANNEL, Lost
from adapters.slack.installs import Installs
from bot.events import Address, Event, Incoming, Left, Met
from bot.ports import Deliver, SendError, StoreProblem

AWAY: Final = "slack.away."  # names in the vault: of a workspace that was left, until its people are back
AT_ONCE: Final = 500  # people who are told together; others' events come between
LOOK: Final = 60.0  # seconds between looks at what could not be done
UNINSTALLED: Final = "uninstalled"

_log = structlog.get_logger(__name__)


class Away(Struct, frozen=True):
    """A workspace that was left: by which event (ids are made of it), and how far its people are."""

    event: str
    stage: Literal["leaving", "left", "returning"] = "leaving"


class Departures:
    """`lost` is for who hears of an uninstall, `keep` brings people back until it is cancelled."""

    def __init__(self, installs: Installs, parts: Parts) -> None:
        self._installs = installs
        self._vault = parts.vault
        self._bound = parts.bound
        self._clock = parts.clock
        self._turn = asyncio.Lock()  # Slack tells of one uninstall by two events at once

    async def lost(self, lost: Lost, deliver: Deliver) -> None:
        """Returns once all who are gone were told of, or none is. Raises StoreProblem: then it is to come again."""
        async with self._turn:
            try:
                gone = await self._installs.gone(lost.team, lost.enterprise, lost.everywhere)
            except SendError as why:
                raise StoreProblem(f"Slack does not say whether Morsel is still installed: {why.told}") from None
            for team in gone:
                away = await self._away(team)
                if away is None or away.stage == "returning":
                    await self._keep(team, Away(f"{CHANNEL}:{team}:{lost.id}"))
                await self._settle(team, deliver)

    async def keep(self, deliver: Deliver) -> None:
        """Looks whenever a token is found good, and now and then: at what a stop or the store kept from being done."""
        while True:
            self._installs.found.clear()  # first: what is found while we look must not be missed
            try:
                for name in await self._vault.names(AWAY):
                    async with self._turn:
                        await self._settle(name.removeprefix(AWAY), deliver)
            except Exception as why:
                _log.error("People of a workspace could not be told apart; it is tried again.", why=type(why).__name__)
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK):
                    await self._installs.found.wait()

    async def _settle(self, team: str, deliver: Deliver) -> None:
        """Everybody of a workspace to where they belong now: gone with the app, or back with it."""
        away = await self._away(team)
        if away is None:
            return
        if self._installs.of(team) is not None:
            # Kept first: should it be uninstalled again before all are back, that is a leaving of its own.
            await self._keep(team, replace(away, stage="returning"))
            many = await self._tell(team, f"{away.event}:back", lambda _: Met(), deliver)
            await self._vault.drop(AWAY + team)
            _log.info("Morsel is back in a workspace, and so are its people.", workspace=team, people=many)
        elif away.stage == "leaving":
            many = await self._tell(team, f"{away.event}:left", lambda at: Left(at, UNINSTALLED), deliver)
            await self._keep(team, replace(away, stage="left"))
            _log.warning("Morsel was uninstalled; its people are not reached there.", workspace=team, people=many)

    async def _tell(self, team: str, id_: str, event: Callable[[Address], Event], deliver: Deliver) -> int:
        """An event for each address there; how many. The ids are the same every time. Raises what a delivery raised."""
        addresses, now = await self._bound(CHANNEL, team), self._clock.now()
        for start in range(0, len(addresses), AT_ONCE):
            told = [
                deliver(Incoming(f"{id_}:{at.chat.partition('/')[2]}", event(at), now, at))
                for at in addresses[start : start + AT_ONCE]
            ]
            for failed in await asyncio.gather(*told, return_exceptions=True):
                if failed is not None:
                    raise failed
        return len(addresses)

    async def _away(self, team: str) -> Away | None:
        raw = await self._vault.get(AWAY + team)
        return msgspec.json.decode(raw, type=Away) if raw else None

    async def _keep(self, team: str, away: Away) -> None:
        await self._vault.put(AWAY + team, msgspec.json.encode(away))
