"""Where the app is installed, and with which token it speaks there.

Promise: a token is known without asking Slack each time; tokens of installations are kept encrypted (the vault) and are
refreshed before they end; one that Slack refuses is forgotten, and the workspace waits until the app is installed anew.
Nothing is forgotten on hearsay: whoever reports a dead token only makes us ask Slack. No token is ever written to a log.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
import structlog
from msgspec import Struct
from msgspec.structs import replace
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.calling import SHORT_PATIENCE, ask
from adapters.slack.errors import DEAD, Declined
from adapters.slack.settings import SlackSettings
from bot.ports import Clock, Misconfigured, SendError, StoreProblem, Unreachable, Vault
from bot.secret import masked

KEPT: Final = "slack.install."  # names in the vault: of an installation by its team or organisation
MEMBER: Final = "slack.member."  # and of a workspace, the organisation whose installation serves it
EARLY: Final = timedelta(hours=2)  # a token of 12 hours is refreshed so long before its end
SPENT: Final = DEAD | {"invalid_refresh_token"}  # what ends an installation when a token is to be refreshed
LATEST: Final = timedelta(minutes=1)  # with less than that left, nothing is sent before it is refreshed
LOOK: Final = 60.0  # seconds between looks at what may end
RARELY: Final = 300.0  # seconds until a token that was refused is tried again
NOT_MEANT: Final = "slack.bot_token belongs to a workspace that is not in slack.workspaces."
REFUSED: Final = "Slack does not accept slack.bot_token ({why}). Copy it again from the app's page."
NOT_LISTED: Final = "Morsel is installed in a workspace that is not in slack.workspaces; it is not used there."
QUICKLY: Final = 2.0  # seconds for a first answer about a token that somebody doubts

_log = structlog.get_logger(__name__)


class Install(Struct, frozen=True, omit_defaults=True):
    """The app in a workspace, or (`everywhere`) in all workspaces of an organisation; then `team` may be empty."""

    token: str
    team: str = ""
    enterprise: str = ""
    everywhere: bool = False
    bot_user: str = ""
    scopes: tuple[str, ...] = ()
    refresh: str = ""
    expires_at: datetime | None = None
    installed_at: datetime | None = None
    name: str = ""

    __repr__ = masked("token", "refresh")

    @property
    def key(self) -> str:
        """The team; the organisation where it is installed for all of it."""
        return (self.enterprise if self.everywhere else self.team) or self.team or self.enterprise


ClientOf = Callable[[str], AsyncWebClient]  # with that token


class Installs:
    """All installations. `start` reads them, `keep` looks after them until it is cancelled."""

    def __init__(self, settings: SlackSettings, vault: Vault, clock: Clock, client: ClientOf) -> None:
        self._settings = settings
        self._vault = vault
        self._clock = clock
        self._client = client
        self._good: dict[str, Install] = {}
        self._members: dict[str, str] = {}  # team -> organisation
        self._unsaved: set[str] = set()
        self._under_way: set[asyncio.Task[Install]] = set()
        self._refreshing: dict[str, asyncio.Lock] = {}
        self._own_at = 0.0  # when the token of the settings is to be tried (again), by the loop's clock
        self._own = ""  # the team that it belongs to, while it is good
        self._told = ""
        self.found = asyncio.Event()  # set when a workspace can be talked to (again); whoever waits for it clears it
        self.refused = ""  # why the token of the settings is of no use, in a sentence for the operator

    # --- Who may be talked to ------------------------------------------------------------------------------------------

    def accounts(self) -> Sequence[str]:
        """Teams (and organisations) that can be sent to now."""
        served = (team for team, enterprise in self._members.items() if enterprise in self._good)
        return tuple(dict.fromkeys((*self._good, *served)))

    def of(self, team: str) -> Install | None:
        """The installation that serves a team: its own, else its organisation's."""
        return self._good.get(team) or self._good.get(self._members.get(team, ""))

    async def token_for(self, team: str) -> str:
        """The bot token of a team. Raises SendError."""
        found = self.of(team)
        if found is None:
            raise Misconfigured(
                "Morsel is not installed in this workspace, or its token was revoked.", covers="account"
            )
        if found.expires_at and found.expires_at - self._clock.now() < LATEST:
            found = await self._refreshed(found, LATEST)
        return found.token

    async def client_for(self, team: str) -> AsyncWebClient:
        """A client with the team's token. Raises SendError."""
        return self._client(await self.token_for(team))

    # --- Coming and going ----------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Reads what is kept. Raises StoreProblem."""
        for name in await self._vault.names(MEMBER):
            self._members[name.removeprefix(MEMBER)] = (await self._vault.get(name) or b"").decode()
        for name in await self._vault.names(KEPT):
            raw = await self._vault.get(name)
            try:
                install = msgspec.json.decode(raw or b"", type=Install)
            except msgspec.DecodeError:
                _log.error("An installation that was kept cannot be read; install Morsel there again.", name=name)
            else:
                if self._settings.serves(install.team, install.enterprise):
                    self._good[install.key] = install
                else:
                    _log.warning(NOT_LISTED, workspace=install.key)

    async def keep(self) -> None:
        """Tries the token of the settings, and refreshes those that end soon."""
        while True:
            loop = asyncio.get_running_loop()
            wait = LOOK
            if self._settings.bot_token and not self._own:
                if loop.time() >= self._own_at:
                    self._own_at = loop.time() + await self._try_own()
                if not self._own:
                    wait = min(wait, max(self._own_at - loop.time(), 0.05))
            for install in tuple(self._good.values()):
                if install.expires_at and install.expires_at - self._clock.now() < EARLY:
                    await self._refresh_early(install)
            await self._save()
            await asyncio.sleep(wait)

    async def rest(self) -> None:
        """Until what was begun has ended: to be awaited before the session closes."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=SHORT_PATIENCE)

    async def add(self, install: Install) -> None:
        """The app was installed. Raises StoreProblem, and then it counts for nothing. Of a workspace that we do not serve
        nothing is kept, and its token is given back."""
        if not self._settings.serves(install.team, install.enterprise):
            _log.warning("Morsel was installed by a workspace that is not in slack.workspaces.", workspace=install.key)
            await self._give_back(install)
            return
        await self._vault.put(KEPT + install.key, msgspec.json.encode(install))
        self._good[install.key] = install
        self.found.set()
        _log.info("Morsel was installed in Slack.", workspace=install.key)

    async def _give_back(self, install: Install) -> None:
        """What we hold of a token, nobody can steal; where Slack does not answer, it is forgotten all the same."""
        try:
            await ask(self._client(install.token), "auth.revoke")
        except (Declined, SendError) as why:
            _log.warning("A token that is not wanted could not be revoked.", workspace=install.key, why=str(why))

    async def belongs(self, team: str, enterprise: str) -> None:
        """An event said so: that is how we learn which workspaces an organisation's installation serves."""
        if team != enterprise and enterprise in self._good and team not in self._good and team not in self._members:
            await self._vault.put(MEMBER + team, enterprise.encode())
            self._members[team] = enterprise
            self.found.set()

    async def doubt(self, team: str, enterprise: str = "") -> None:
        """Something says that this token is dead: Slack is asked, and forgets it only then. A workspace where the app was
        installed anew meanwhile, and an event that came hours late, so do no harm. Where Slack does not answer, the
        next letter will tell."""
        with suppress(SendError):
            await self._ask_about(team, enterprise)

    async def gone(self, team: str, enterprise: str, everywhere: bool = False) -> Sequence[str]:
        """The workspaces that an uninstall has taken from us, where it is true: no token of ours is good there. Raises
        SendError where that cannot be known now."""
        await self._ask_about(team, enterprise)
        teams = [team]
        if everywhere:
            teams += [enterprise, *(each for each, of in self._members.items() if of == enterprise)]
        lost = [each for each in dict.fromkeys(teams) if each and self.of(each) is None]
        if lost and self._settings.bot_token and not self._own and not self.refused:
            raise Unreachable("It is not known yet whose slack.bot_token is.")
        return lost

    async def _ask_about(self, team: str, enterprise: str) -> None:
        """Asks Slack about the tokens that serve a team, and forgets the dead ones. Raises SendError where it is silent."""
        for key in dict.fromkeys((team, enterprise or self._members.get(team, ""))):
            install = self._good.get(key)
            if install is None:
                continue
            try:
                async with asyncio.timeout(QUICKLY):
                    await ask(self._client(install.token), "auth.test")
            except Declined as why:
                if why.word in DEAD:
                    await self._forget(install, why.word)
            except TimeoutError:
                raise Unreachable(f"auth.test: no answer in {QUICKLY:.0f} s.") from None

    async def _forget(self, install: Install, code: str) -> None:
        if self._good.get(install.key) is not install:
            return  # installed anew while we asked
        del self._good[install.key]
        _log.error(
            "Slack no longer accepts our token; nothing is sent there until Morsel is installed again.",
            workspace=install.key,
            why=code,
        )
        if install.key == self._own:
            self._own, self._told, self.refused = "", code, REFUSED.format(why=code)
            self._own_at = asyncio.get_running_loop().time() + RARELY
        else:
            await self._vault.drop(KEPT + install.key)

    # --- The token of the settings -------------------------------------------------------------------------------------

    async def _try_own(self) -> float:
        """Whose token it is. The seconds until it is to be tried again, where it was no good."""
        token = self._settings.bot_token
        try:
            who = await ask(self._client(token), "auth.test")
        except Declined as why:
            if self._told != why.word:
                _log.error("Slack does not accept slack.bot_token. Copy it again from the app's page.", why=why.word)
            self._told, self.refused = why.word, REFUSED.format(why=why.word)
            return RARELY
        except SendError as why:
            if self._told != why.told:
                _log.warning("Slack cannot be reached; it is tried again.", why=why.told)
            self._told = why.told
            return max(why.after, 2.0 if not self._good else LOOK)
        install = Install(
            token,
            team=_text(who, "team_id"),
            enterprise=_text(who, "enterprise_id"),
            everywhere=bool(who.get("is_enterprise_install")),
            bot_user=_text(who, "user_id"),
            installed_at=self._clock.now(),
            name=_text(who, "team"),
        )
        if not self._settings.serves(install.team, install.enterprise):
            if self._told != NOT_MEANT:
                _log.error(NOT_MEANT, workspace=install.key)
            self._told = self.refused = NOT_MEANT
            return RARELY
        self._own, self._told, self.refused = install.key, "", ""
        self._good[install.key] = install
        self.found.set()
        _log.info("Slack is connected.", workspace=install.key)
        return RARELY

    # --- Tokens that end -----------------------------------------------------------------------------------------------

    async def _refresh_early(self, install: Install) -> None:
        try:
            await self._refreshed(install, EARLY)
        except (Misconfigured, Unreachable, StoreProblem) as why:  # the store: where a dead one is to be dropped
            _log.warning("A token could not be refreshed yet.", workspace=install.key, why=type(why).__name__)

    async def _refreshed(self, install: Install, left: timedelta) -> Install:
        """The installation with a token that lasts. Raises SendError.

        Begun, it is not broken off: Slack takes a refresh token once, so what came for it must be kept (see `rest`).
        """
        task = asyncio.create_task(self._refresh(install, left))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return await asyncio.shield(task)

    async def _refresh(self, install: Install, left: timedelta) -> Install:
        async with self._refreshing.setdefault(install.key, asyncio.Lock()):  # one at a time
            now = self._clock.now()
            current = self._good.get(install.key)
            if current is None:
                raise Misconfigured("The token was revoked.", covers="account")
            if not current.refresh or current.expires_at is None or current.expires_at - now >= left:
                return current
            try:
                data = await ask(self._client(""), "oauth.v2.access", **self._asking_for(current))
            except SendError as why:
                if current.expires_at > now:
                    return current  # it still works; the next look tries again
                raise Unreachable(f"a token could not be refreshed: {why.told}", why.after, covers="account") from None
            except Declined as why:
                _log.error("Slack does not refresh a token.", workspace=current.key, why=why.word)
                if why.word in SPENT:
                    await self._forget(current, why.word)
                elif current.expires_at > now:
                    return current
                raise Misconfigured(f"a token could not be refreshed: {why.word}", covers="account") from None
            newer = self._good.get(install.key)
            if newer is not current:  # meanwhile it was installed anew, or uninstalled
                if newer is None:
                    raise Misconfigured("The token was revoked.", covers="account")
                return newer
            fresh = replace(
                current,
                token=_text(data, "access_token") or current.token,
                refresh=_text(data, "refresh_token") or current.refresh,
                expires_at=ends_at(data, now),
            )
            self._good[current.key] = fresh
            self._unsaved.add(current.key)
            await self._save()
            return fresh

    def _asking_for(self, install: Install) -> dict[str, str]:
        return {
            "client_id": self._settings.client_id,
            "client_secret": self._settings.client_secret,
            "grant_type": "refresh_token",
            "refresh_token": install.refresh,
        }

    async def _save(self) -> None:
        """Keeps what was refreshed; where the store is down, later."""
        for key in tuple(self._unsaved):
            try:
                if install := self._good.get(key):
                    await self._vault.put(KEPT + key, msgspec.json.encode(install))
            except StoreProblem as why:
                _log.error("A refreshed token could not be kept; it is tried again.", workspace=key, why=why.what)
            else:
                self._unsaved.discard(key)


def ends_at(data: dict[str, Any], now: datetime) -> datetime | None:
    """When a token that was just given ends; None for one that does not."""
    seconds = data.get("expires_in")
    return now + timedelta(seconds=seconds) if isinstance(seconds, int) and 0 < seconds < 10**9 else None


def _text(data: dict[str, Any], name: str) -> str:
    value = data.get(name)
    return value if isinstance(value, str) else ""
