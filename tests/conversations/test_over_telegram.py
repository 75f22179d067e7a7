"""Every talk goes over Telegram as it is written: the real channel, real sockets, the strict fake."""

from pathlib import Path

import pytest

from tests.conversations.over import LEFT_OUT
from tests.conversations.over.playing import PlayOver
from tests.conversations.over.telegram import over_telegram
from tests.conversations.test_talks import TALKS, difference

CARRIED = [talk for talk in TALKS if talk.stem not in LEFT_OUT["telegram"]]


@pytest.mark.parametrize("talk", CARRIED, ids=lambda talk: talk.stem)
async def test_talk(talk: Path, tmp_path: Path) -> None:
    await play(talk, tmp_path)


async def play(talk: Path, folder: Path, mode: str = "polling") -> None:
    async with over_telegram(folder, mode) as company:
        player = PlayOver(company)
        try:
            played = await player.play(talk)
        except AssertionError as why:
            raise AssertionError("\n".join([*player.lines, str(why)])) from why
    assert not difference(talk, played), difference(talk, played)
