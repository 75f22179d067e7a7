"""Sets up what a bot is in Telegram: what it says about itself, its menus, how we hear from it. `morsel telegram setup`.

Promise: can be run as often as one likes; changes nothing that is right already in a way that people would notice, and never
drops what people wrote meanwhile. Raises SendError where Telegram says no (Misconfigured: the token is wrong).
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec
from aiogram.methods import (
    DeleteWebhook,
    GetMe,
    SetChatMenuButton,
    SetMyDescription,
    SetMyName,
    SetMyProfilePhoto,
    SetMyShortDescription,
)
from aiogram.types import BufferedInputFile, InputProfilePhotoStatic, MenuButtonCommands

from adapters.parts import Parts
from adapters.telegram import limits, webhook
from adapters.telegram.about import ABOUT
from adapters.telegram.calls import UPLOAD, Calls
from adapters.telegram.channel import Me, registered
from adapters.telegram.commands import registrations
from adapters.telegram.settings import TelegramSettings
from adapters.telegram.translate import CHANNEL
from bot.ports import Refused, SendError, Throttled
from bot.texts import FALLBACK

PICTURE: Final = Path(__file__).with_name("morsel.jpg")

Report = Callable[[str], None]


async def setup(
    settings: TelegramSettings, parts: Parts, report: Report, name: str = "", picture: bytes | None = None
) -> None:
    """Does all of it, and reports each step as one English line. `name` is set only where one is given (BotFather asked for
    one already). `picture` is a JPEG; None is the one that ships."""
    calls = Calls(settings)
    try:
        me = msgspec.json.decode(await calls(GetMe()), type=Me)
        report(f"The token is good: this is @{me.username}.")
        await parts.here(CHANNEL, f"https://t.me/{me.username}")
        if name:
            await calls(SetMyName(name=name[: limits.NAME]))
            report(f"Its name is {name[: limits.NAME]} now.")
        await _about(calls)
        report(f"What it says about itself is set, in {len(ABOUT)} languages.")
        for menu in registrations(parts):
            await calls(menu)
        await calls(SetChatMenuButton(menu_button=MenuButtonCommands()))
        report("The menu of commands is set. Managers and admins get theirs when they write.")
        await _picture(calls, picture, report)
        await _hearing(calls, settings, parts, report)
        report(f"People come in at https://t.me/{me.username}")
    finally:
        await calls.close()


async def _about(calls: Calls) -> None:
    for language, about in ABOUT.items():
        codes = (None, language) if language == FALLBACK else (language,)
        for code in codes:
            await calls(SetMyDescription(description=about.long, language_code=code))
            await calls(SetMyShortDescription(short_description=about.short, language_code=code))


async def _picture(calls: Calls, picture: bytes | None, report: Report) -> None:
    """A bot without a picture is a bot; a refusal is told and that is all."""
    data = picture if picture is not None else (PICTURE.read_bytes() if PICTURE.exists() else b"")
    if not data:
        return
    try:
        photo = InputProfilePhotoStatic(photo=BufferedInputFile(data, "morsel.jpg"))
        await calls(SetMyProfilePhoto(photo=photo), patience=UPLOAD)
        report("Its picture is set.")
    except (Refused, Throttled) as why:
        report(f"Its picture could not be set ({why.told}). Everything else works; try again later.")


async def _hearing(calls: Calls, settings: TelegramSettings, parts: Parts, report: Report) -> None:
    """The webhook or polling. A webhook is set again at each start, too, and taken away for polling."""
    if settings.mode == "webhook":
        try:
            await calls(registered(parts.link, await webhook.secret(parts)))
        except Refused as why:
            raise SendError(f"Telegram does not take the address {parts.link}: {why.told}") from None
        report(f"Telegram calls {parts.link}{webhook.PATH} with every word.")
    else:
        await calls(DeleteWebhook(drop_pending_updates=False))
        report("Morsel asks Telegram for news (long polling); no public address is needed.")
