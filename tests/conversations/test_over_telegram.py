"""Every talk goes over Telegram as it is written: the real channel by long polling, real sockets, the strict fake.

Some go by the other door as well. What is not played stands in `over.LEFT_OUT`, with the reason.
"""

from pathlib import Path

import pytest

from tests.conversations.over import BY_THE_DOOR, LEFT_OUT
from tests.conversations.over.playing import PlayOver
from tests.conversations.over.telegram import over_telegram
from tests.conversations.stage import HERE
from tests.conversations.test_talks import TALKS, difference

CARRIED = [talk for talk in TALKS if talk.stem not in LEFT_OUT["telegram"]]


@pytest.mark.parametrize("talk", CARRIED, ids=lambda talk: talk.stem)
async def test_talk(talk: Path, tmp_path: Path) -> None:
    await play(talk, tmp_path)


@pytest.mark.parametrize("name", BY_THE_DOOR)
async def test_talk_by_webhook(name: str, tmp_path: Path) -> None:
    await play(HERE / f"{name}.talk", tmp_path, "webhook")


def test_what_is_left_out_is_there() -> None:
    assert set(LEFT_OUT["telegram"]) <= {talk.stem for talk in TALKS}


async def play(talk: Path, folder: Path, mode: str = "polling") -> None:
    async with over_telegram(folder, mode) as company:
        player = PlayOver(company)
        try:
            played = await player.play(talk)
        except AssertionError as why:
            raise AssertionError("\n".join([*player.lines, str(why)])) from why
    assert not difference(talk, played), difference(talk, played)
