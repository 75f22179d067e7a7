"""Every talk goes as it is written. To write down anew what follows: MORSEL_RECORD=1 (never in CI), then read the diff."""

import difflib
import os
import re
from pathlib import Path

import pytest

from bot.commands import COMMANDS
from bot.commands.base import Command
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
    assert not difference(talk, played), difference(talk, played)


def difference(talk: Path, played: str) -> str:
    """Empty where the talk went as it is written, byte for byte."""
    written = talk.read_text("utf-8")
    if written == played:
        return ""
    lines = difflib.unified_diff(written.splitlines(), played.splitlines(), "written", "played", lineterm="", n=2)
    return "\n".join(lines) or "the lines end in another way"


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_is_played(command: Command) -> None:
    """A command that nobody tries in a talk has no specification."""
    tried = re.compile(rf"^> (\w+: )?/{command.name}\b", re.MULTILINE)
    assert any(tried.search(talk.read_text("utf-8")) for talk in TALKS)


def test_there_are_talks_enough() -> None:
    assert len(TALKS) >= 25
