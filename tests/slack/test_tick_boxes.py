"""Boxes that people tick in Slack, over real sockets: what is ticked is what the bot knows, and the message shows it."""

from pathlib import Path

from tests.slack.world import a_world


async def test_what_is_ticked_is_the_answer(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        amina = world.person("Amina Diallo")
        await world.enlist(amina, "amina")
        await world.assign("geo", "amina")
        amina.command("/learn", "geo")
        await world.settled()
        for label in ("Next", "Paris", "Certain", "Next"):
            amina.press(label)
            await world.settled()
        card = amina.messages[-1]
        assert {tick.label for tick in card.checkboxes} == {"Madrid", "Lisbon", "Porto"}
        assert not any(tick.ticked for tick in card.checkboxes) and "Done" not in card.buttons

        amina.tick(["Madrid", "Porto"])
        await world.settled()
        card = amina.messages[-1]
        assert {tick.label for tick in card.checkboxes if tick.ticked} == {"Madrid", "Porto"}
        assert "Done" in card.buttons

        amina.tick([])  # all boxes empty: no option tells whose boxes they were
        await world.settled()
        assert not any(tick.ticked for tick in amina.messages[-1].checkboxes)

        amina.tick(["Madrid", "Lisbon"])
        await world.settled()
        amina.press("Done")
        await world.settled()
        assert "Madrid; Lisbon" in amina.messages[-1].visible
        amina.press("Certain")
        await world.settled()
        assert "Right!" in amina.messages[-1].visible
        assert len(amina.messages) == 3, "a card is changed in place"
        assert not world.fake.lost and not world.fake.warnings


async def test_the_home_tab_shows_the_board(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        amina = world.person("Amina Diallo")
        await world.enlist(amina, "amina")
        await world.assign("geo", "amina")
        amina.open_home()
        await world.settled()
        assert amina.home and "Capitals" in amina.home.visible and amina.home.buttons
        amina.press(amina.home.buttons[0], where="home")
        await world.settled()
        assert amina.messages
