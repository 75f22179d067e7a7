"""Nothing that people say, and no secret, is written to a log: by polling and by the webhook, and when things go wrong."""

import logging
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from adapters.telegram.webhook import SECRET
from bot.events import Incoming, Said
from tests.fakes.telegram.waiting import until
from tests.telegram.world import a_world

CANARY = "canary"


@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_nothing_that_is_said_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture, mode: str) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("aiosqlite").setLevel(logging.WARNING)  # says every statement at that level, and is never so loud

    async def trip(incoming: Incoming) -> None:
        if incoming.event == Said(f"trip, my {CANARY}"):
            raise TypeError(f"a bug, about {CANARY}")

    with capture_logs() as logs:
        async with a_world(tmp_path, mode=mode) as world:
            amina = world.user(f"Amina {CANARY}")
            await world.joins(amina, "amina")
            world.before = trip
            amina.say(f"my {CANARY} sings")
            amina.say(f"trip, my {CANARY}")
            world.fake.inject({"message": {"message_id": 1, "text": f"{CANARY} without a chat"}})
            world.fake.inject({"message": CANARY})
            await until(lambda: amina.messages)
            await world.settled()
            secret = await world.parts.vault.get(SECRET) or b""
            token = world.fake.token
            assert (await world.parts.aside.newest(10))[1] >= 2, "things went wrong"  # type: ignore[attr-defined]
    everything = str(logs) + caplog.text
    assert CANARY not in everything
    assert token not in everything
    assert not secret or secret.decode() not in everything
