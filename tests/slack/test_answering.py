"""Changing a message where it was pressed: while that address is good there is no chat.update, and afterwards there is."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
import structlog

from adapters.slack import answering
from adapters.slack.heard import WayBack
from adapters.slack.messages import places_of
from bot.message import Button, Message, paragraph
from tests.slack.outgoing import Stage, on_stage
from tests.slack.until import until
from tests.slack.world import World, a_world

GO_ON = ((Button("Go on", "tok.next"),),)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with on_stage() as stage:
        yield stage


async def pressed(stage: Stage, text: str = "Which?") -> str:
    """A message that was pressed, and the bot has heard of it; its mark."""
    mark = await stage.sending.send(stage.letter(Message((paragraph(text),), GO_ON)))
    press(stage, mark)
    return mark


def press(stage: Stage, mark: str, url: str = "") -> None:
    payload = stage.anna.press("Go on").payload
    assert isinstance(payload, dict)
    (place,) = places_of(mark)
    about = payload["message"]["metadata"]
    stage.answering.remember(WayBack(place, url or payload["response_url"], about))


async def change(stage: Stage, mark: str, text: str) -> None:
    """The same mark comes back, and the person sees it."""
    letter = stage.letter(Message((paragraph(text),), GO_ON), mark=mark, amend=True)
    assert await stage.sending.amend(letter) == mark
    (shown,) = stage.anna.messages
    assert shown.visible == text


def updates(stage: Stage) -> int:
    return len(stage.calls("chat.update"))


async def test_what_was_pressed_is_changed_there(stage: Stage) -> None:
    mark = await pressed(stage)
    await change(stage, mark, "Well done")
    assert updates(stage) == 0
    (said,) = stage.fake.responses
    assert said["replace_original"] is True
    assert said["text"] == "Well done"


async def test_it_is_still_found_by_its_letter(stage: Stage) -> None:
    """Slack does not say whether metadata stays, so it is sent again."""
    letter = stage.letter(Message((paragraph("Which?"),), GO_ON))
    mark = await stage.sending.send(letter)
    press(stage, mark)
    await change(stage, mark, "Well done")
    assert stage.fake.responses[0]["metadata"] == {
        "event_type": "morsel_letter",
        "event_payload": {"letter": letter.id},
    }
    assert await stage.sending.look(letter) == mark


async def test_the_sixth_change_goes_the_usual_way(stage: Stage) -> None:
    mark = await pressed(stage)
    for number in range(5):
        await change(stage, mark, f"Change {number}")
    assert updates(stage) == 0
    await change(stage, mark, "Change 5")
    assert updates(stage) == 1
    assert len(stage.fake.responses) == 5, "not tried in vain"


async def test_a_new_press_brings_five_more(stage: Stage) -> None:
    mark = await pressed(stage)
    for number in range(5):
        await change(stage, mark, f"Change {number}")
    press(stage, mark)
    for number in range(5):
        await change(stage, mark, f"Again {number}")
    assert updates(stage) == 0


async def test_an_old_address_is_not_tried(stage: Stage) -> None:
    mark = await pressed(stage)
    stage.clock.ahead += timedelta(minutes=30)
    await change(stage, mark, "Late")
    assert (updates(stage), len(stage.fake.responses)) == (1, 0)


async def test_an_address_that_slack_no_longer_takes(stage: Stage) -> None:
    mark = await pressed(stage)
    for address in stage.fake.response_urls.values():
        address.uses = 5
    await change(stage, mark, "One")
    await change(stage, mark, "Two")
    assert (updates(stage), len(stage.fake.responses)) == (2, 1)


@pytest.mark.parametrize("fault", ["500", "503", "429", "reset", "lost", "garbage"])
async def test_whatever_goes_wrong_there_the_message_is_changed(stage: Stage, fault: str) -> None:
    """Also where it was changed already and the answer got lost: twice the same does no harm."""
    mark = await pressed(stage)
    stage.fake.faults.add("response_url", fault)
    with structlog.testing.capture_logs() as logs:
        await change(stage, mark, "Well done")
        await change(stage, mark, "And on")
    assert (updates(stage), len(stage.fake.responses)) == (2, 1)
    assert "/actions/" not in str(logs), "the address is a secret"


async def test_one_that_does_not_answer(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "PATIENCE", aiohttp.ClientTimeout(total=0.2))
    mark = await pressed(stage)
    stage.fake.faults.add("response_url", "hang")
    await change(stage, mark, "Well done")
    assert updates(stage) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.slack.com/actions/T/1/x",
        "https://hooks.slack.com.example.org/actions/T/1/x",
        "https://slack.com@127.0.0.1/x",
        "http://127.0.0.1:1/actions",
        "//",
        "http://[",
        "file:///etc/passwd",
    ],
)
async def test_nothing_is_posted_elsewhere(stage: Stage, url: str) -> None:
    mark = await pressed(stage)
    press(stage, mark, url)
    await change(stage, mark, "Well done")
    assert (updates(stage), len(stage.fake.responses)) == (1, 0)


async def test_blocks_that_slack_refuses_go_as_plain_text(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    from adapters.slack import limits

    mark = await pressed(stage)
    monkeypatch.setattr(limits, "BUTTON_TEXT", 500)
    rows = ((Button("A label " * 20, "tok.go"),), (Button("Other", "tok.no"),))
    letter = stage.letter(Message((paragraph("Which?"),), rows), mark=mark, amend=True)
    assert await stage.sending.amend(letter) == mark
    assert stage.anna.messages[0].visible.startswith("Which?\n• A label")


async def test_only_the_newest_are_kept(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "MOST", 1)
    mark = await pressed(stage)
    url = next(iter(stage.fake.response_urls))
    stage.answering.remember(WayBack(("D1", "1.2"), f"{stage.fake.base_url}/actions/{url}"))
    await change(stage, mark, "Well done")
    assert updates(stage) == 1


# --- A whole lesson --------------------------------------------------------------------------------------------------


async def lesson(world: World) -> int:
    """Anna takes the cards of a session by its buttons; how many presses that took."""
    anna = world.person("Anna Adler")
    await world.enlist(anna, "anna")
    await world.assign("geo", "anna")
    anna.say("/learn")
    await world.settled()
    presses = 0
    while presses < 12:
        last = anna.messages[-1].buttons
        if not last or anna.messages[-1].ephemeral:
            break
        anna.press(last[0], anna.messages[-1].ts)
        await world.settled()
        presses += 1
    return presses


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_a_lesson_needs_no_chat_update(tmp_path: Path, mode: str) -> None:
    async with a_world(tmp_path, mode=mode) as world:
        presses = await lesson(world)
        assert presses >= 4
        await until(lambda: len(world.fake.responses) >= 4)
        assert not [call for call in world.fake.calls if call.method == "chat.update"]


async def test_the_same_lesson_where_these_addresses_are_refused(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        world.fake.faults.add("response_url", "500", times=1_000)
        assert await lesson(world) >= 4
        assert len([call for call in world.fake.calls if call.method == "chat.update"]) >= 4
