"""What only the platforms can say, as errands: is all well over there, and set the bot up.

Promise: they are asked with the very parts that the running bot has, so what is seen is what it would see. A channel that
is off is not imported.
"""

from collections.abc import Sequence
from importlib import import_module
from typing import Literal

from msgspec import Struct

from adapters.channels import CHANNELS
from adapters.parts import Parts
from bot.cli.plugging import settings_of
from bot.config import Config
from bot.given import House
from bot.ports import SendError


class LookOnline(Struct, frozen=True, tag="online.look"):
    """Is all well with the channels that are on?"""


class SetUpTelegram(Struct, frozen=True, tag="online.telegram"):
    """Set the bot's name (where one is given), descriptions, picture, menus and way of hearing."""

    name: str = ""


OnlineErrand = LookOnline | SetUpTelegram


Verdict = Literal["green", "yellow", "red"]


class Seen(Struct, frozen=True):
    """One thing that was looked at: its verdict ("green", "yellow" or "red"), and the fix where it is not green."""

    name: str
    verdict: Verdict
    found: str
    fix: str = ""


class OnlineLooked(Struct, frozen=True, tag="online-looked"):
    seen: tuple[Seen, ...]


class TelegramSetUp(Struct, frozen=True, tag="telegram-set-up"):
    """What was done, a sentence each; `failed` says what stood in the way, or is empty."""

    done: tuple[str, ...]
    failed: str = ""


OnlineResult = OnlineLooked | TelegramSetUp


class Online:
    """The channels that are on, asked from outside of their loops."""

    def __init__(self, config: Config, house: House, parts: Parts) -> None:
        self._config, self._house, self._parts = config, house, parts

    async def carry_out(self, errand: OnlineErrand) -> OnlineResult:
        if isinstance(errand, SetUpTelegram):
            return await self._set_up(errand.name)
        return OnlineLooked(tuple([seen for name in self._on() for seen in await self._look(name)]))

    def _on(self) -> Sequence[str]:
        on = {"slack": self._config.slack.on, "telegram": self._config.telegram.on}
        return [name for name in CHANNELS if on.get(name)]

    async def _look(self, channel: str) -> list[Seen]:
        checks = import_module(f"{CHANNELS[channel]}.checks").checks
        settings = settings_of(channel, self._config, self._house)
        return [Seen(*check) for check in await checks(settings, self._parts)]

    async def _set_up(self, name: str) -> TelegramSetUp:
        from adapters.telegram.setup import setup

        done: list[str] = []
        try:
            await setup(settings_of("telegram", self._config, self._house), self._parts, done.append, name)
        except SendError as why:
            return TelegramSetUp(tuple(done), why.told)
        return TelegramSetUp(tuple(done))
