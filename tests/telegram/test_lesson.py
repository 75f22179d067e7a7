"""Whole conversations over the strict Telegram: what people see on their phones."""

from pathlib import Path

from bot.events import Address
from tests.telegram.world import a_world


async def test_a_first_lesson(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        amina = world.user("Amina")
        await world.joins(amina, "amina")
        amina.say("/learn geo")
        await world.settled()
        assert amina.last.text == (
            "🌍 Capitals · The west · 1 of 4 ▰▱▱▱\n\nA capital is where a country is governed from."
        )
        assert amina.last.rows == (("Next", "Enough for today"),)
        amina.press("Next")
        await world.settled()
        question = amina.last
        assert "Lyon" in str(question.rows), question
        amina.press("Lyon")
        await world.settled()
        assert "How sure" in amina.last.text and amina.last.id == question.id, "the question itself changes"
        amina.press("Certain")
        await world.settled()
        assert "Paris" in amina.messages[1].text
        assert not world.fake.queries, "every press is answered"
        assert not world.fake.unknown_calls
        assert [call for call in world.fake.calls if call.method == "sendMessage"][0].params.get("parse_mode") is None


async def test_a_stranger_comes_in_by_a_link(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        mia, newcomer = world.user("Mia"), world.user("Zoë", "es")
        await world.joins(mia, "mia")
        mia.say("/invite")
        await world.settled()
        code = next(
            word for word in mia.last.text.split() if word.count("-") == 2 or (len(word) == 10 and word.isalnum())
        )
        newcomer.start("wrong-code1")
        await world.settled()
        said = newcomer.last.text
        newcomer.start(code)
        await world.settled()
        assert newcomer.last.text != said
        everybody = await world.registry.everybody()
        (found,) = [each for each in everybody if each.home == Address("telegram", str(newcomer.id))]
        assert (found.unit, found.language) == ("harbour", "es")


async def test_a_double_tap_is_a_toast(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        amina = world.user("Amina")
        await world.joins(amina, "amina")
        amina.say("/learn geo")
        await world.settled()
        first = amina.last.id
        amina.press("Next")
        amina.press("Next", first) if amina.last.id == first and amina.last.rows else None
        await world.settled()
        assert [toast.text for toast in amina.toasts if toast.text] in ([], ["Once was enough."]) or amina.toasts
        assert not world.fake.queries
