"""Every talk goes as it is written. To write down anew what follows: MORSEL_RECORD=1 (never in CI), then read the diff."""

import difflib
import os
from pathlib import Path

import pytest

from tests.conversations.play import Play
from tests.conversations.stage import HERE, open_stage

TALKS = sorted(HERE.glob("*.talk"))


@pytest.mark.parametrize("talk", TALKS, ids=lambda talk: talk.stem)
async def test_talk(talk: Path, tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        play = Play(stage)
        try:
            played = await play.play(talk)
        except AssertionError as why:
            raise AssertionError("\n".join([*play.lines, str(why)])) from why
    if os.environ.get("MORSEL_RECORD") and not os.environ.get("CI"):
        talk.write_text(played, "utf-8")
    written = talk.read_text("utf-8").splitlines()
    difference = "\n".join(difflib.unified_diff(written, played.splitlines(), "written", "played", lineterm="", n=2))
    assert not difference, difference


def test_there_are_talks_enough() -> None:
    assert len(TALKS) >= 25
