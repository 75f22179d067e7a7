"""What `morsel doctor --online` asks Telegram: token, hearing, clock, menu, rights. Changes nothing."""

from typing import Final

import msgspec
from aiogram.methods import GetMe, GetMyCommands, GetWebhookInfo
from msgspec import Struct

from adapters.parts import Parts
from adapters.telegram import webhook
from adapters.telegram.calls import Calls, skew
from adapters.telegram.commands import registrations
from adapters.telegram.settings import TelegramSettings
from bot.ports import Misconfigured, SendError

Check = tuple[str, str, str, str]  # name, verdict ("green", "yellow", "red"), what was found, what to do about it

NAME: Final = "telegram"
SKEW: Final = 30.0  # seconds that our clock may be off
MANY: Final = 100  # updates that wait
SETUP: Final = "Run: morsel telegram setup"


class Us(Struct, frozen=True):
    username: str = ""
    can_join_groups: bool = False
    can_read_all_group_messages: bool = False


class Hook(Struct, frozen=True):
    url: str = ""
    pending_update_count: int = 0
    last_error_date: int = 0
    last_error_message: str = ""


class Command(Struct, frozen=True):
    command: str = ""


async def checks(settings: TelegramSettings, parts: Parts) -> list[Check]:
    """All checks; a check that fails keeps no other from being made, but without a good token there is none."""
    try:
        calls = Calls(settings)
    except Misconfigured as why:
        return [_token(why)]
    try:
        try:
            us = msgspec.json.decode(await calls(GetMe()), type=Us)
        except SendError as why:
            return [_token(why)]
        except msgspec.DecodeError:
            return [(NAME, "red", "what answers is not Telegram", "Look at [telegram] server in config.toml.")]
        found: list[Check] = [(NAME, "green", f"the token is good: @{us.username}", "")]
        found.append(_clock(calls, parts))
        for check in (_hearing(calls, settings, parts), _menu(calls, parts)):
            try:
                found.append(await check)
            except (SendError, msgspec.DecodeError) as why:
                told = why.told if isinstance(why, SendError) else "an answer that cannot be read"
                found.append((NAME, "yellow", f"could not be asked: {told}", "Try again in a minute."))
        found.append(_groups(us))
        return found
    finally:
        await calls.close()


def _token(why: SendError) -> Check:
    if isinstance(why, Misconfigured):
        fix = "Write /token to BotFather, and put what it says into config.toml: [telegram] token."
        return NAME, "red", "the token is wrong, or was revoked", fix
    fix = "Look whether this computer may reach api.telegram.org on port 443 (a firewall? a proxy?)."
    return NAME, "red", f"Telegram does not answer: {why.told}", fix


def _clock(calls: Calls, parts: Parts) -> Check:
    off = skew(calls.date, parts.clock.now().timestamp())
    if off is None:
        return NAME, "green", "Telegram did not say what time it is", ""
    if abs(off) <= SKEW:
        return NAME, "green", "our clock and Telegram's agree", ""
    ahead = "ahead" if off > 0 else "behind"
    fix = "Set the clock (NTP): reminders would come at the wrong time."
    return NAME, "yellow", f"our clock is {abs(off):.0f} s {ahead}", fix


async def _hearing(calls: Calls, settings: TelegramSettings, parts: Parts) -> Check:
    """Whether words reach us, and how many wait."""
    hook = msgspec.json.decode(await calls(GetWebhookInfo()), type=Hook)
    wait = f"{hook.pending_update_count} wait"
    if settings.mode == "webhook":
        wanted = parts.link.rstrip("/") + webhook.PATH
        if hook.url != wanted:
            here = f"the webhook is {hook.url}" if hook.url else "no webhook is set"
            return NAME, "red", f"{here}, not {wanted}", f"{SETUP} (or start morsel serve)"
        age = parts.clock.now().timestamp() - hook.last_error_date
        if hook.last_error_message and age < 3600:
            fix = f"Look whether {wanted} can be reached from outside with a good certificate; /healthz should say ok."
            return NAME, "red", f"the webhook fails: {hook.last_error_message} ({wait})", fix
        return _waiting(hook, f"the webhook is set ({wait})")
    if hook.url:
        fix = (
            "Another program set it with this token. Stop that one, then start morsel serve: it takes the webhook away."
        )
        return NAME, "red", f"polling is wanted, but a webhook is set: {hook.url}", fix
    return _waiting(hook, f"polling ({wait})")


def _waiting(hook: Hook, found: str) -> Check:
    if hook.pending_update_count > MANY:
        return (
            NAME,
            "yellow",
            found,
            "Many words wait to be read. Is morsel serve running? Telegram keeps them for a day.",
        )
    return NAME, "green", found, ""


async def _menu(calls: Calls, parts: Parts) -> Check:
    """Whether the menus are those of this version."""
    for wanted in registrations(parts):
        answer = await calls(GetMyCommands(scope=wanted.scope, language_code=wanted.language_code))
        found = [each.command for each in msgspec.json.decode(answer, type=tuple[Command, ...])]
        if found != [each.command for each in wanted.commands]:
            language = wanted.language_code or "all languages"
            return NAME, "yellow", f"the menu of commands is not set as it should be ({language})", SETUP
    return NAME, "green", "the menu of commands is set", ""


def _groups(us: Us) -> Check:
    if not us.can_join_groups:
        fix = "For /huddle: write /setjoingroups to BotFather, and choose Enable."
        return NAME, "yellow", "it may not join groups", fix
    if us.can_read_all_group_messages:
        fix = "It needs only commands: write /setprivacy to BotFather, and choose Enable."
        return NAME, "yellow", "it hears everything in groups", fix
    return NAME, "green", "it may join groups, and hears only commands there", ""
