"""Whatever a log is set to, it never tells what people are told, nor a token: the SDK and Bolt would, on "debug"."""

import logging
from contextlib import suppress
from pathlib import Path

import pytest

from bot.message import paragraph
from bot.ports import SendError
from tests.slack.outgoing import on_stage
from tests.slack.test_installing import Browser
from tests.slack.world import a_world


def loud(caplog: pytest.LogCaptureFixture) -> None:
    """Everything, from everybody who has ever named a logger."""
    caplog.set_level(logging.DEBUG)
    for name in tuple(logging.root.manager.loggerDict):
        if name.startswith(("slack", "adapters", "aiohttp")):
            caplog.set_level(logging.DEBUG, logger=name)


async def test_sending_is_silent(caplog: pytest.LogCaptureFixture) -> None:
    loud(caplog)
    async with on_stage() as stage:
        mark = await stage.sending.send(stage.letter(paragraph("a canary sings")))
        await stage.sending.amend(stage.letter(paragraph("the canary sings on"), mark=mark, amend=True))
        for fault in ("500", "garbage", "429"):
            stage.fake.faults.add("chat.postMessage", fault)
            with suppress(SendError):
                await stage.sending.send(stage.letter(paragraph("once more, canary")))
        secret = stage.workspace.token
    assert "canary" not in caplog.text
    assert secret not in caplog.text


async def test_installing_and_asking_are_silent(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    loud(caplog)
    logging.getLogger("aiosqlite").setLevel(logging.WARNING)
    async with a_world(tmp_path, mode="http", oauth=True) as world, Browser(world) as browser:
        assert (await browser.install(world.team)).status_code == 200
        world.person("Amina Diallo").say("hello")
        await world.settled()
        await world.channel.installs.doubt(world.team.id)
        ours = [one for one in caplog.records if not one.name.startswith(("httpx", "httpcore", "asyncio"))]
        text = "\n".join(f"{one.name} {one.getMessage()}" for one in ours)
        for secret in (world.team.token, world.fake.app.client_secret, "xoxb-"):
            assert secret not in text
