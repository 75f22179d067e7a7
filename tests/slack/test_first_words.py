"""From the first word to an answer and back, over both ways in, with all parts real."""

from pathlib import Path

import pytest

from bot.events import Called, Pressed, Said, Sender
from tests.slack.world import a_world


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_a_lesson_is_asked_for_and_answered(tmp_path: Path, mode: str) -> None:
    async with a_world(tmp_path, mode=mode) as world:
        amina = world.person("Amina Diallo", tz="Europe/Paris", locale="de-DE")
        await world.enlist(amina, "amina")
        await world.assign("geo", "amina")
        amina.command("/learn")
        await world.settled()
        first = amina.messages[-1]
        assert first.buttons
        amina.press(first.buttons[0])
        await world.settled()
        amina.say("/progress")
        await world.settled()
        kinds = [type(each.event) for each in world.heard]
        assert kinds == [Called, Pressed, Called]
        assert world.heard[0].sender == Sender("Amina Diallo", "de", "Europe/Paris")
        assert not world.fake.lost


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_a_stranger_is_asked_for_a_code(tmp_path: Path, mode: str) -> None:
    async with a_world(tmp_path, mode=mode) as world:
        stranger = world.person("Sam Stranger")
        stranger.say("hello")
        await world.settled()
        assert [each.event for each in world.heard] == [Said("hello")]
        assert stranger.messages
