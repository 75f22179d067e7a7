"""Setting a bot up, and looking whether all is well: against the strict fake, over real sockets."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.telegram import limits
from adapters.telegram.about import ABOUT
from adapters.telegram.checks import Check, checks
from adapters.telegram.commands import listed
from adapters.telegram.settings import TelegramSettings
from adapters.telegram.setup import PICTURE, setup
from bot.ports import Misconfigured, SendError
from bot.texts import LANGUAGES
from tests.fakes.telegram.methods.profile import commands_for
from tests.telegram.world import World, a_world, menu

WRONG = "110201543:AAHwrongwrongwrongwrongwrongwrongwro"


def settings_of(world: World, token: str = "", mode: str = "polling") -> TelegramSettings:
    return TelegramSettings(token or world.fake.token, mode, world.server)


def worst(found: list[Check]) -> list[Check]:
    return [check for check in found if check[1] != "green"]


async def test_everything_is_set_and_then_everything_is_green(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        assert [name for name, *_ in worst(await checks(settings_of(world), world.parts))] == ["telegram"], (
            "no menu yet"
        )
        said: list[str] = []
        await setup(settings_of(world), world.parts, said.append, name="Harbour Learning")
        assert world.fake.profile[("name", "")] == "Harbour Learning"
        assert {language for field, language in world.fake.profile if field == "description"} == {"", *LANGUAGES}
        assert world.fake.menu == {"type": "commands"}
        assert world.fake.picture == PICTURE.read_bytes()
        assert "@morsel_test_bot" in said[0] and said[-1].endswith("https://t.me/morsel_test_bot")
        assert worst(await checks(settings_of(world), world.parts)) == []
        again: list[str] = []
        await setup(settings_of(world), world.parts, again.append)
        assert len(again) == len(said) - 1, "without a name, the name stays"
        assert world.fake.profile[("name", "")] == "Harbour Learning"


async def test_menus_by_language_and_place(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        await setup(settings_of(world), world.parts, lambda said: None)
        greta, mia = world.user("Greta", "de"), world.user("Mia", "fr")
        group = world.fake.group("Harbour", [greta])
        theirs = {each["command"]: each["description"] for each in commands_for(world.fake, greta.id, greta.id, "de")}
        assert (
            theirs["learn"] == dict(menu("learner", "de"))["learn"] and "team" not in theirs and "huddle" not in theirs
        )
        others = {each["command"]: each["description"] for each in commands_for(world.fake, mia.id, mia.id, "fr")}
        assert others["learn"] == dict(menu("learner", "en"))["learn"], "who speaks another language reads the house's"
        in_group = [each["command"] for each in commands_for(world.fake, group.id, greta.id, "de")]
        assert in_group == ["huddle"]


async def test_the_webhook_is_set_and_checked(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        parts = replace(world.parts, link="https://learn.example.org")
        settings = settings_of(world, mode="webhook")
        found = {check[2]: check for check in worst(await checks(settings, parts))}
        assert any("no webhook is set" in what for what in found)
        await setup(settings, parts, lambda said: None)
        assert world.fake.updates.webhook.url == "https://learn.example.org/telegram/webhook"
        assert worst(await checks(settings, parts)) == []
        (other,) = worst(await checks(settings_of(world), parts))
        assert other[1] == "red" and "polling is wanted, but a webhook is set" in other[2]


async def test_an_address_that_telegram_does_not_take(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        parts = replace(world.parts, link="https://learn.example.org:8000")
        with pytest.raises(SendError, match=r"learn\.example\.org"):
            await setup(settings_of(world, mode="webhook"), parts, lambda said: None)


async def test_a_wrong_token(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        for token in (WRONG, "nonsense"):
            (check,) = await checks(settings_of(world, token), world.parts)
            assert check[1] == "red" and "BotFather" in check[3] and token not in str(check)
        with pytest.raises(Misconfigured):
            await setup(settings_of(world, WRONG), world.parts, lambda said: None)


async def test_telegram_cannot_be_reached(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        settings = TelegramSettings(world.fake.token, "polling", "http://127.0.0.1:9")
        (check,) = await checks(settings, world.parts)
        assert check[1] == "red" and "firewall" in check[3]
        assert world.fake.token.partition(":")[2] not in str(check)


async def test_a_clock_that_is_wrong(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        await setup(settings_of(world), world.parts, lambda said: None)
        world.clock.ahead = timedelta(minutes=2)
        (check,) = worst(await checks(settings_of(world), world.parts))
        assert "ahead" in check[2] and "NTP" in check[3]


async def test_a_fault_in_one_check_keeps_no_other_from_being_made(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        world.fake.faults.next("500", method="getWebhookInfo")
        world.fake.faults.next("garbage", method="getMyCommands")
        found = await checks(settings_of(world), world.parts)
        assert len(found) == 5 and sum("could not be asked" in check[2] for check in found) == 2


def test_what_is_said_fits() -> None:
    for about in ABOUT.values():
        assert len(about.short) <= limits.SHORT_ABOUT and len(about.long) <= limits.ABOUT
    assert set(ABOUT) == set(LANGUAGES)
    for language in LANGUAGES:
        for role in ("learner", "manager", "admin"):
            assert all(len(each.description) <= limits.ABOUT_COMMAND for each in listed(menu(role, language)))


def test_the_picture_is_a_jpeg() -> None:
    assert PICTURE.read_bytes()[:3] == b"\xff\xd8\xff"
