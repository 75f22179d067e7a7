"""A command that is given in a channel is answered in private, and a word in the channel says so, to that person alone."""

from pathlib import Path

import pytest

from adapters.slack.elsewhere import ANSWERED
from bot.person import Role
from bot.texts import LANGUAGES
from tests.slack.world import World, a_world


def words_in(world: World, channel: str, person: str) -> list[str]:
    """What that person sees in a channel, and nobody else."""
    messages = world.team.team.channels[channel].messages.values()
    assert all(message.to == person for message in messages), "others see it"
    return [message.raw["text"] for message in messages]


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_the_word_is_in_their_language(tmp_path: Path, mode: str) -> None:
    """What they chose here goes before what Slack says; Slack's goes before English."""
    async with a_world(tmp_path, mode=mode) as world:
        amina = world.person("Amina Diallo", locale="de-DE")
        bo, li = world.person("Bo Berg", locale="es-ES"), world.person("Li Lund", locale="fi-FI")
        await world.enlist(amina, "amina", Role.LEARNER)  # who reads English here
        room = world.team.channel("canteen", amina, bo, li)
        for person, language in ((amina, "en"), (bo, "es"), (li, "en")):
            person.command("/progress", channel=room)
            await world.settled()
            assert words_in(world, room, person.id) == [ANSWERED[language]]
            world.team.team.channels[room].messages.clear()
        assert amina.messages, "the answer itself"
        assert not [call for call in world.fake.calls if call.method == "chat.postEphemeral"]
        assert not amina.notices


async def test_in_private_there_is_no_such_word(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        amina = world.person("Amina Diallo")
        amina.command("/progress")
        await world.settled()
        assert not [each for each in amina.messages if each.visible in ANSWERED.values()]


def test_it_is_there_in_every_language() -> None:
    assert set(ANSWERED) == set(LANGUAGES)
