"""Channels that are switched on: each SDK is imported for its own alone, and no channel harms another or the bot."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from pathlib import Path

import pytest
import structlog

from adapters.channels import CHANNELS
from adapters.database.connection import Database
from adapters.database.registry import Registry
from adapters.database.store import Store
from adapters.parts import Plugged
from bot.cli import plugging
from bot.cli.checks import channel as check
from bot.cli.plugging import Plugs, Standing, menu, names_on, open_doors, parts_of, settings_of
from bot.cli.shelf import NotReread
from bot.cli.speech import Stopped
from bot.config import Config, Slack, Telegram
from bot.events import Address, Incoming, Said
from bot.given import Catalog, House, Unit
from bot.person import Role
from bot.ports import Deliver, Letter, Misconfigured, NotThere, Pace, Told
from scheduler.metronome import SystemClock
from tests.cli.program import Made, by_itself, going

TOKEN = "123456:" + "s" * 35
TELEGRAM = {"MORSEL_TELEGRAM_TOKEN": TOKEN, "MORSEL_TELEGRAM_SERVER": "http://127.0.0.1:9"}
SLACK = {
    "MORSEL_SLACK_BOT_TOKEN": "xoxb-1-2-abc",
    "MORSEL_SLACK_APP_TOKEN": "xapp-1-abc",
    "MORSEL_SLACK_SERVER": "http://127.0.0.1:9",
}
ON = Config(slack=Slack(bot_token="xoxb-1", app_token="xapp-1", unit="north/harbour"), telegram=Telegram(TOKEN))
SDKS = {"slack": ("slack_sdk", "slack_bolt"), "telegram": ("aiogram",)}

# --- What is imported ----------------------------------------------------------------------------------------------------


def imported(log: str) -> set[str]:
    """The SDKs in what -X importtime tells."""
    words = {line.rpartition("|")[2].strip().partition(".")[0] for line in log.splitlines() if "import time:" in line}
    assert "bot" in words, "it was told what is imported"
    return words & {sdk for sdks in SDKS.values() for sdk in sdks}


def test_help_imports_no_sdk(tmp_path: Path) -> None:
    made: Made = by_itself(tmp_path, "--help", PYTHONPROFILEIMPORTTIME="1")
    assert imported(made.stderr) == set()


def test_the_demo_imports_no_sdk_even_where_the_environment_has_tokens(tmp_path: Path) -> None:
    with going(tmp_path, "demo", "--port", "0", PYTHONPROFILEIMPORTTIME="1", **TELEGRAM, **SLACK) as bot:
        assert "Open http" in bot.line()
        bot.stop()
        assert imported(bot.log) == set()


@pytest.mark.parametrize(("name", "environment"), [("slack", SLACK), ("telegram", TELEGRAM)])
def test_one_channel_imports_its_own_sdk_alone(tmp_path: Path, name: str, environment: dict[str, str]) -> None:
    with going(tmp_path, "serve", MORSEL_WEB_PORT="0", PYTHONPROFILEIMPORTTIME="1", **environment) as bot:
        bot.wait_for("Ready.")
        assert bot.stop() == 0
        assert imported(bot.log), "it is on"
        assert imported(bot.log) <= set(SDKS[name])
        assert "xoxb-" not in bot.log
        assert "ssss" not in bot.log


def test_every_channel_has_a_name_and_a_package() -> None:
    assert names_on(ON) == ("slack", "telegram")
    assert names_on(Config()) == ()
    assert set(names_on(ON)) | {"web"} == set(CHANNELS)


# --- What it is given ----------------------------------------------------------------------------------------------------


def test_settings_reach_their_channel() -> None:
    slack = settings_of("slack", ON, House(doors={"slack": "u1"}))
    assert (slack.bot_token, slack.app_token, slack.mode, slack.unit) == ("xoxb-1", "xapp-1", "socket", "u1")
    telegram = settings_of("telegram", ON, House())
    assert (telegram.token, telegram.mode) == (TOKEN, "polling")
    assert TOKEN not in repr(telegram)
    assert "xoxb" not in repr(slack)


def test_a_menu_has_what_its_role_may_do() -> None:
    learner, admin = (dict(menu(role, "de")) for role in ("learner", "admin"))
    assert "invite" in admin
    assert "invite" not in learner
    assert learner["learn"] != dict(menu("learner", "en"))["learn"]
    assert menu("stranger", "xx")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database.open(tmp_path / "morsel.db") as opened:
        yield opened


UNITS = (Unit("u0", "Foods"), Unit("u1", "North", "u0"), Unit("u2", "Harbour", "u1"), Unit("u3", "Harbour", "u0"))


@pytest.mark.parametrize(
    ("unit", "found"),
    [
        ("u2", "u2"),
        ("north/harbour", "u2"),
        ("Foods/North/Harbour", "u2"),
        ("Harbour", "u3"),
        ("FOODS", "u0"),
        ("", ""),
    ],
)
async def test_a_door_leads_into_a_unit(database: Database, unit: str, found: str) -> None:
    clock = SystemClock()
    await Registry(database, Store(database, clock.now)).enlist(UNITS, (), clock.now())
    config = Config(slack=Slack(bot_token="xoxb-1", unit=unit))
    house = await open_doors(config, database, House(), clock)
    assert house.doors == ({"slack": found} if found else {})


@pytest.mark.parametrize(("unit", "said"), [("Haven", "no unit is called"), ("harbor", "North/Harbour")])
async def test_a_door_into_nowhere_is_told(database: Database, unit: str, said: str) -> None:
    clock = SystemClock()
    await Registry(database, Store(database, clock.now)).enlist(UNITS, (), clock.now())
    with pytest.raises(Stopped, match=said):
        await open_doors(Config(slack=Slack(bot_token="xoxb-1", unit=unit)), database, House(), clock)


async def test_a_door_into_one_of_several_is_told(database: Database) -> None:
    clock = SystemClock()
    twice = (*UNITS, Unit("u4", "Quay", "u1"), Unit("u5", "Quay", "u0"), Unit("u6", "Quay", "u2"))
    await Registry(database, Store(database, clock.now)).enlist((*twice[:4], twice[4], twice[6]), (), clock.now())
    with pytest.raises(Stopped, match=r"several units .*North/Quay.*North/Harbour/Quay"):
        await open_doors(Config(slack=Slack(bot_token="xoxb-1", unit="quay")), database, House(), clock)


async def test_the_first_of_all_may_come_through_the_door(database: Database) -> None:
    config = Config(slack=Slack(bot_token="xoxb-1", unit="corner shop"))
    house = await open_doors(config, database, House(name="Corner Shop"), SystemClock())
    again = await open_doors(config, database, House(name="Corner Shop"), SystemClock())
    assert house.doors == again.doors
    (unit,) = (await Store(database, SystemClock().now).catalog()).units.values()
    assert house.doors == {"slack": unit.id}


# --- What falls over -----------------------------------------------------------------------------------------------------


class Troubled:
    """A channel whose loop does what it is told, one thing a start, and then listens for good."""

    name = "telegram"
    pace = Pace()

    def __init__(self, *troubles: Callable[[Deliver], Awaitable[None]]) -> None:
        self.troubles = list(troubles)
        self.starts = 0
        self.listens = asyncio.Event()

    async def run(self, deliver: Deliver) -> None:
        self.starts += 1
        if self.troubles:
            await self.troubles.pop(0)(deliver)
            return
        self.listens.set()
        await asyncio.Event().wait()

    def accounts(self) -> Sequence[str]:
        return ("",)

    def is_group(self, address: Address) -> bool:
        return False

    async def send(self, letter: Letter) -> str:
        return "1"

    async def amend(self, letter: Letter) -> str:
        return "1"

    async def look(self, letter: Letter) -> str | None:
        return None

    async def fetch(self, letter: Letter, limit: int, told: Told) -> AsyncIterator[bytes]:
        raise NotThere("gone")
        yield b""

    def reread(self, raw: bytes) -> Sequence[Incoming]:
        return (Incoming("1", Said(raw.decode()), SystemClock().now(), Address("telegram", "7")),)


async def crashes(deliver: Deliver) -> None:
    raise KeyError("somebody's words")


async def ends(deliver: Deliver) -> None:
    return


async def is_refused(deliver: Deliver) -> None:
    raise Misconfigured("Telegram does not know this token.")


async def nobody_listens(incoming: Incoming) -> None:
    raise AssertionError


def plugs_with(database: Database, channel: Troubled) -> Plugs:
    store = Store(database, SystemClock().now)
    plugs = Plugs(Config(), House(), parts_of(Config(), database, store, SystemClock(), Catalog))
    plugs.plugged["telegram"] = Plugged(channel)
    return plugs


async def test_a_loop_that_falls_over_is_started_again(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugging, "FIRST_WAIT", 0.001)
    channel = Troubled(crashes, ends, crashes)
    plugs = plugs_with(database, channel)
    ((_, loop),) = plugs.loops(nobody_listens)
    with structlog.testing.capture_logs() as logged:
        running = asyncio.create_task(loop)
        await channel.listens.wait()
    assert channel.starts == 4
    assert [each["seconds"] for each in logged] == [0.001, 0.002, 0.004], "longer and longer"
    assert "KeyError at " in logged[0]["why"]
    assert "somebody's words" not in str(logged)
    assert plugs.standing() == (Standing("telegram", "on"),)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert running.cancelled(), "who is told to stop is not started again"


async def test_a_token_that_is_refused_is_told_once_and_brings_nothing_down(database: Database) -> None:
    channel = Troubled(is_refused)
    plugs = plugs_with(database, channel)
    ((_, loop),) = plugs.loops(nobody_listens)
    with structlog.testing.capture_logs() as logged:
        running = asyncio.create_task(loop)
        while not plugs.standing() or plugs.standing()[0].state == "on":
            await asyncio.sleep(0)
    assert plugs.standing() == (Standing("telegram", "off", "Telegram does not know this token."),)
    assert len(logged) == 1
    assert not running.done(), "a part that ends would stop the whole bot"
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_channel_that_goes_on_may_still_be_off(database: Database) -> None:
    """Its token is refused, so nothing can be said; it hears what comes in all the same, and mends itself."""
    said = ["Slack does not accept this token."]
    channel = Troubled()
    plugs = plugs_with(database, channel)
    plugs.plugged["telegram"] = Plugged(channel, off=lambda: said[-1])
    ((_, loop),) = plugs.loops(nobody_listens)
    running = asyncio.create_task(loop)
    await channel.listens.wait()
    assert plugs.standing() == (Standing("telegram", "off", "Slack does not accept this token."),)
    said.append("")
    assert plugs.standing() == (Standing("telegram", "on"),)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_channel_that_cannot_even_be_built_is_left_out(
    database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    package = tmp_path / "broken_channel.py"
    package.write_text("def plug(settings, parts):\n    raise ValueError(repr(settings))\n")
    monkeypatch.syspath_prepend(tmp_path)
    names = {"telegram": "broken_channel", "slack": "a_library_that_is_not_there"}
    monkeypatch.setattr("adapters.channels.CHANNELS", names)
    parts = parts_of(ON, database, Store(database, SystemClock().now), SystemClock(), Catalog)
    with structlog.testing.capture_logs() as logged:
        plugs = Plugs(ON, House(), parts)
        assert logged == [], "a command that only reads something is told another way"
        assert plugs.loops(nobody_listens) == []
    assert len(logged) == 2
    with pytest.raises(NotReread, match="telegram is off: ValueError"):
        plugs.reread("telegram", b"")
    assert (plugs.channels, plugs.doors) == ({}, ())
    assert {one.channel: one.state for one in plugs.standing()} == {"slack": "off", "telegram": "off"}
    assert "a_library_that_is_not_there" in plugs.standing()[0].why
    assert TOKEN not in str(logged)


async def test_an_update_is_read_again_by_its_channel_if_that_is_on(database: Database) -> None:
    plugs = plugs_with(database, Troubled())
    (incoming,) = plugs.reread("telegram", b"hello")
    assert incoming.event == Said("hello")
    with pytest.raises(NotReread, match="slack is not switched on"):
        plugs.reread("slack", b"hello")


@pytest.mark.parametrize(
    ("standing", "verdict", "said"),
    [
        (None, "green", "No server runs"),
        ({}, "yellow", "not in the server that runs"),
        ({"telegram": Standing("telegram", "on")}, "green", "runs"),
        ({"telegram": Standing("telegram", "again", "KeyError")}, "yellow", "KeyError"),
        ({"telegram": Standing("telegram", "off", "Telegram does not know this token.")}, "red", "does not know"),
    ],
)
def test_the_doctor_tells_how_a_channel_stands(standing: dict[str, Standing] | None, verdict: str, said: str) -> None:
    found = check("Telegram", standing)
    assert found.verdict == verdict
    assert said in found.found
    assert found.verdict == "green" or found.fix


def test_roles_are_those_that_people_have() -> None:
    assert all(menu(role, "en") for role in Role)
