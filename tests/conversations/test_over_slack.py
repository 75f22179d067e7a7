"""Every talk goes over Slack as it is written: the real channel by Socket Mode, real sockets, the strict fake.

Some go by the other door as well. What is not played stands in `over.LEFT_OUT`, with the reason.
"""

from pathlib import Path

import pytest

from tests.conversations.over import BY_THE_DOOR, LEFT_OUT
from tests.conversations.over.playing import PlayOver
from tests.conversations.over.slack import over_slack
from tests.conversations.stage import HERE
from tests.conversations.test_talks import TALKS, difference

CARRIED = [talk for talk in TALKS if talk.stem not in LEFT_OUT["slack"]]


@pytest.mark.parametrize("talk", CARRIED, ids=lambda talk: talk.stem)
async def test_talk(talk: Path, tmp_path: Path) -> None:
    await play(talk, tmp_path)


@pytest.mark.parametrize("name", BY_THE_DOOR)
async def test_talk_by_http(name: str, tmp_path: Path) -> None:
    await play(HERE / f"{name}.talk", tmp_path, "http")


def test_what_is_left_out_is_there() -> None:
    assert set(LEFT_OUT["slack"]) <= {talk.stem for talk in TALKS}


async def play(talk: Path, folder: Path, mode: str = "socket") -> None:
    async with over_slack(folder, mode) as company:
        player = PlayOver(company)
        try:
            played = await player.play(talk)
        except AssertionError as why:
            raise AssertionError("\n".join([*player.lines, str(why)])) from why
    assert not difference(talk, played), difference(talk, played)
