"""Plugs the channels in that are switched on, and keeps them going.

Promise: no channel harms another. One that cannot be built, or whose token is refused, stays off with a sentence in the
log and for `morsel doctor`; one that falls over is started again, after longer and longer waits. No SDK is imported for a
channel that is off.
"""

import asyncio
import os
import platform
import secrets
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, Final, Literal

import structlog
from msgspec import Struct
from msgspec.structs import replace

from adapters.channels import plug
from adapters.database.aside import Aside
from adapters.database.connection import Database
from adapters.database.leases import Leases
from adapters.database.media import Media
from adapters.database.registry import Registry
from adapters.database.store import Store
from adapters.database.vault import Vault
from adapters.parts import Parts, Plugged
from bot.cli.ids import new_id
from bot.cli.shelf import NotReread
from bot.cli.speech import Stopped
from bot.commands import COMMANDS
from bot.config import Config
from bot.enlisting import Tree
from bot.events import Incoming
from bot.given import Catalog, House
from bot.person import Role
from bot.ports import Channel, Clock, Deliver, Misconfigured, SendError
from bot.texts import Voice
from bot.wordless import wordless

FIRST_WAIT: Final = 1.0  # seconds until a channel that fell over is started again; doubled each time
LONGEST_WAIT: Final = 300.0
HEALTHY: Final = 600.0  # seconds after which a fall is the first one again

_log = structlog.get_logger("channels")


def names_on(config: Config) -> tuple[str, ...]:
    """The channels that are switched on, beside the web chat, which always is."""
    return tuple(name for name, on in (("slack", config.slack.on), ("telegram", config.telegram.on)) if on)


def settings_of(name: str, config: Config, house: House) -> Any:
    """A channel's own settings."""
    if name == "slack":
        from adapters.slack.settings import SlackSettings

        one = config.slack
        return SlackSettings(
            bot_token=one.bot_token,
            app_token=one.app_token,
            signing_secret=one.signing_secret,
            client_id=one.client_id,
            client_secret=one.client_secret,
            mode=one.mode,
            unit=house.doors.get(name, ""),
            workspaces=one.workspaces,
            server=one.server,
        )
    from adapters.telegram.settings import TelegramSettings

    return TelegramSettings(config.telegram.token, config.telegram.mode, config.telegram.server)


def parts_of(
    config: Config,
    database: Database,
    store: Store,
    clock: Clock,
    catalog: Callable[[], Catalog],
    changed: Callable[[], Awaitable[None]] | None = None,
) -> Parts:
    """What channels are given. `changed` is called when there is something new in the catalog."""

    async def here(channel: str, chat: str) -> None:
        if await store.here(channel, chat) and changed:
            await changed()

    return Parts(
        clock=clock,
        catalog=catalog,
        menu=menu,
        media=Media(database),
        vault=Vault(database, Path(config.database.key_path)),
        leases=Leases(database),
        aside=Aside(database),
        quizzes=store,
        link=config.web.link,
        holder=f"{platform.node()}:{os.getpid()}:{secrets.token_hex(4)}",
        who=store.who,
        here=here,
        bound=store.bound,
    )


def menu(role: str, language: str) -> Sequence[tuple[str, str]]:
    """The commands of a role: name, and one line of help."""
    voice = Voice(language)
    return tuple((each.name, voice(f"help.{each.name}")) for each in COMMANDS if Role(role) in each.roles)


async def open_doors(config: Config, database: Database, house: House, clock: Clock) -> House:
    """The house with its open doors: the settings name a unit by id, path or name; turns know it by id.

    Stopped where there is no such unit, or more than one.
    """
    wanted = config.slack.unit
    if not config.slack.on or not wanted:
        return house
    store = Store(database, clock.now, house)
    registry = Registry(database, store)
    tree = Tree(await registry.units(), house, new_id)
    found = [tree.by_id[wanted]] if wanted in tree.by_id else tree.called(wanted)
    if len(found) != 1:
        known = ", ".join(tree.path(unit) for unit in list(tree.by_id)[:20])
        if found:
            paths = ", ".join(tree.path(unit.id) for unit in found)
            raise Stopped(f'[slack] unit: several units are called "{wanted}".', f"Write one of the paths: {paths}.")
        hint = f"Write one of: {known}. Or bring units in first: morsel people import FILE.csv"
        raise Stopped(f'[slack] unit: no unit is called "{wanted}".', hint)
    if tree.grown:  # nobody is here yet: whoever comes through the door comes into the topmost unit
        await registry.enlist(tree.grown, (), clock.now())
    return replace(house, doors={**house.doors, "slack": found[0].id})


class Standing(Struct, frozen=True):
    """How a channel stands: "on"; "again", it fell over and is started anew in a while; "off" until it is mended.

    `why` is a sentence for the operator.
    """

    channel: str
    state: Literal["on", "again", "off"]
    why: str = ""


class Plugs:
    """The channels that are on, and how each of them stands."""

    def __init__(self, config: Config, house: House, parts: Parts) -> None:
        self.plugged: dict[str, Plugged] = {}
        self._standing: dict[str, Standing] = {}
        for name in names_on(config):
            try:
                self.plugged[name] = plug(name, settings_of(name, config, house), parts)
            except Exception as why:
                self._standing[name] = Standing(name, "off", _told(why))

    @property
    def channels(self) -> dict[str, Channel]:
        return {name: plugged.channel for name, plugged in self.plugged.items()}

    @property
    def doors(self) -> tuple[Any, ...]:
        return tuple(door for plugged in self.plugged.values() for door in plugged.doors)

    def standing(self) -> Sequence[Standing]:
        return tuple(map(self._seen, self._standing.values()))

    def loops(self, deliver: Deliver) -> list[tuple[str, Coroutine[Any, Any, None]]]:
        """What is to run beside the rest of the bot, by name. None of them ends by itself."""
        for one in self._standing.values():  # what could not be built is told when a bot starts, not to a command
            self._off(one.channel, one.why)
        return [(name, self._keep_going(name, plugged.channel, deliver)) for name, plugged in self.plugged.items()]

    def reread(self, channel: str, raw: bytes) -> Sequence[Incoming]:
        """What an update says to its channel as it is now. Raises NotReread where that is off."""
        if channel not in self.plugged:
            off = self._standing.get(channel)
            raise NotReread(f"the channel {channel} is {f'off: {off.why}' if off else 'not switched on'}")
        return self.plugged[channel].channel.reread(raw)

    def _seen(self, one: Standing) -> Standing:
        """A channel may go on with a token that is refused, to hear what still comes in and to try it again at times."""
        plugged = self.plugged.get(one.channel)
        why = plugged.off() if plugged and one.state == "on" else ""
        return Standing(one.channel, "off", why) if why else one

    async def _keep_going(self, name: str, channel: Channel, deliver: Deliver) -> None:
        wait, clock = FIRST_WAIT, asyncio.get_running_loop()
        while True:
            self._standing[name] = Standing(name, "on")
            began = clock.time()
            try:
                await channel.run(deliver)
                why = "Its loop ended by itself."
            except Misconfigured as wrong:
                self._off(name, wrong.told)
                await asyncio.Event().wait()  # until somebody mends it and starts the bot again
            except Exception as fell:
                why = _told(fell)
            wait = FIRST_WAIT if clock.time() - began > HEALTHY else wait
            self._standing[name] = Standing(name, "again", why)
            _log.error("A channel fell over; it is started again.", channel=name, why=why, seconds=wait)
            await asyncio.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT)

    def _off(self, name: str, why: str) -> None:
        self._standing[name] = Standing(name, "off", why)
        _log.error("A channel stays off until this is mended and Morsel started again.", channel=name, why=why)


def _told(why: Exception) -> str:
    """What an operator may read: never the words of an error that may hold somebody's."""
    if isinstance(why, SendError):
        return why.told
    if isinstance(why, ImportError):
        return f"A library is missing: {why.name}. Install Morsel again."
    return wordless(why)
