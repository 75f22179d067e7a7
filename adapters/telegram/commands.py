"""The menu of commands that Telegram shows behind "/": by language, and by what somebody may do.

Everybody sees what learners can do, in their own language. Whoever may do more gets a menu of their own when they write; it
is set once, and taken back should they lose the right. Groups see what works in groups.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from aiogram.methods import DeleteMyCommands, SetMyCommands, TelegramMethod
from aiogram.types import BotCommand, BotCommandScopeAllGroupChats, BotCommandScopeChat

from adapters.parts import Parts
from adapters.telegram import limits
from adapters.telegram.calls import Calls
from bot.events import Address, Incoming
from bot.ports import Deliver, SendError
from bot.texts import FALLBACK, LANGUAGES

IN_GROUPS: Final = frozenset({"huddle"})
MORE: Final = frozenset({"manager", "admin"})  # roles that have more commands than everybody
AGAIN: Final = timedelta(minutes=15)  # until a chat is looked at again
REMEMBERED: Final = 20_000  # chats


def listed(commands: Sequence[tuple[str, str]], *, groups: bool = False) -> list[BotCommand]:
    """The lines of a menu, within its limits. What only groups know stands in theirs alone."""
    shown = [(name, about) for name, about in commands if (name in IN_GROUPS) == groups]
    return [BotCommand(command=name, description=about[: limits.ABOUT_COMMAND]) for name, about in shown][
        : limits.COMMANDS
    ]


def registrations(parts: Parts) -> list[SetMyCommands]:
    """The menus of everybody, and of groups: one without a language for all that we do not speak, and one a language."""
    house = parts.catalog().house.language
    made = []
    for code in (None, *LANGUAGES):
        language = code or (house if house in LANGUAGES else FALLBACK)
        made.append(SetMyCommands(commands=listed(parts.menu("learner", language)), language_code=code))
        group = listed(parts.menu("manager", language), groups=True)
        if group:
            made.append(SetMyCommands(commands=group, scope=BotCommandScopeAllGroupChats(), language_code=code))
    return made


def own_menu(parts: Parts, chat: int, role: str, language: str) -> TelegramMethod[bool]:
    """The menu of one chat: its own for who may do more, else none."""
    scope = BotCommandScopeChat(chat_id=chat)
    if role in MORE:
        return SetMyCommands(commands=listed(parts.menu(role, language)), scope=scope)
    return DeleteMyCommands(scope=scope)


class Menus:
    """Gives managers and admins their menu when they write. Forgets with the process: then it is set once more."""

    def __init__(self, calls: Calls, parts: Parts) -> None:
        self._calls = calls
        self._parts = parts
        self._seen: dict[str, tuple[datetime, str, str]] = {}  # chat -> when looked at, role, language
        self._tasks: set[asyncio.Task[None]] = set()

    def watching(self, deliver: Deliver) -> Deliver:
        """`deliver`, and afterwards a look at who that was. Nobody waits for the look."""

        async def delivered(incoming: Incoming) -> None:
            await deliver(incoming)
            if incoming.address and not incoming.place and self._is_time(incoming.address, incoming.at):
                task = asyncio.create_task(self._look(incoming.address, incoming.at))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

        return delivered

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _is_time(self, address: Address, now: datetime) -> bool:
        seen = self._seen.get(address.chat)
        return seen is None or now - seen[0] > AGAIN

    async def _look(self, address: Address, now: datetime) -> None:
        """A menu that could not be set is tried again at the next look."""
        _, *before = self._seen.get(address.chat, (now, "", ""))
        if len(self._seen) >= REMEMBERED:
            self._seen.pop(next(iter(self._seen)))
        self._seen[address.chat] = (now, *before)  # type: ignore[assignment]
        who = await self._parts.who(address)
        if who is None or list(who) == before or (who[0] not in MORE and before[0] not in MORE):
            return
        with contextlib.suppress(SendError, ValueError):
            await self._calls(own_menu(self._parts, int(address.chat), *who), address)
            self._seen[address.chat] = (now, *who)
