"""Letters on their way to a strict Slack: said, changed, looked for, and what happens when something goes wrong."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from types import SimpleNamespace
from typing import cast

import pytest

from bot.events import Incoming
from bot.message import BOARD, Button, Message, Progress, paragraph
from bot.outbox import Outbox
from bot.ports import (
    Channel,
    Gone,
    Misconfigured,
    Pace,
    Refused,
    SendError,
    Throttled,
    Unknown,
    Unreachable,
)
from lessons.prose import Bullets, Code, Heading, Paragraph, Picture, Span
from tests.bot.platform import MemoryRows
from tests.slack.outgoing import Stage, on_stage
from tests.slack.until import until

HANDS = Picture("img/hands.png", "Two hands", "hygiene")
TAP = Picture("img/tap.png", "A tap", "hygiene")


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with on_stage() as stage:
        yield stage


def hello(text: str = "Hello") -> Paragraph:
    return paragraph(text)


async def test_a_letter_stands_in_the_direct_messages(stage: Stage) -> None:
    mark = await stage.sending.send(stage.letter(Message((hello(),), ((Button("Go on", "tok.next", main=True),),))))
    (shown,) = stage.anna.messages
    assert (shown.text, shown.visible, shown.buttons) == ("Hello", "Hello", ("Go on",))
    assert mark == f"{shown.channel}:{shown.ts}"
    assert shown.metadata == {"event_type": "morsel_letter", "event_payload": {"letter": 1}}
    assert [call.method for call in stage.calls()] == ["chat.postMessage"]
    assert not stage.fake.warnings


async def test_nothing_is_unfurled_parsed_or_linked(stage: Stage) -> None:
    await stage.sending.send(stage.letter(hello("see https://example.org and <!channel>")))
    (call,) = stage.calls("chat.postMessage")
    wanted = {"parse": "none", "link_names": False, "unfurl_links": False, "unfurl_media": False, "mrkdwn": False}
    assert wanted.items() <= call.params.items()
    assert call.params["text"] == "see https://example.org and &lt;!channel&gt;"


async def test_an_amendment_changes_the_message_in_place(stage: Stage) -> None:
    mark = await stage.sending.send(stage.letter(Message((hello(),), ((Button("Go on", "tok.next"),),))))
    assert await stage.sending.amend(stage.letter(hello("Done"), mark=mark, amend=True)) == mark
    (shown,) = stage.anna.messages
    assert (shown.visible, shown.text, shown.buttons, shown.edits) == ("Done", "Done", (), 1)
    assert shown.metadata and shown.metadata["event_payload"] == {"letter": 1}


async def test_a_deleted_message_is_said_anew(stage: Stage) -> None:
    mark = await stage.sending.send(stage.letter(hello()))
    stage.anna.im.messages.clear()
    again = await stage.sending.amend(stage.letter(hello("Done"), mark=mark, amend=True))
    (shown,) = stage.anna.messages
    assert again == f"{shown.channel}:{shown.ts}" != mark
    assert shown.visible == "Done"


@pytest.mark.parametrize("mark", ["?", "", "fleeting", "D1", "D1:", "D0000000009:1.2"])
async def test_a_mark_that_leads_nowhere_is_said_anew(stage: Stage, mark: str) -> None:
    again = await stage.sending.amend(stage.letter(hello("Done"), mark=mark, amend=True))
    (shown,) = stage.anna.messages
    assert again == f"{shown.channel}:{shown.ts}"


async def test_a_fleeting_word_is_seen_by_one_person_only(stage: Stage) -> None:
    assert await stage.sending.send(stage.letter(Message((hello("Well done!"),), fleeting=True))) == "fleeting"
    (shown,) = stage.anna.messages
    assert shown.ephemeral and shown.visible == "Well done!"
    await stage.sending.send(stage.letter(Message((hello("Again!"),), fleeting=True)))
    assert len(stage.calls("conversations.open")) == 1, "the conversation's id is kept"


async def test_a_kind_word_that_may_not_be_whispered_stops_nothing(stage: Stage) -> None:
    stage.fake.tokens[stage.workspace.token].scopes -= {"im:write"}
    with pytest.raises(Refused, match="im:write"):
        await stage.sending.send(stage.letter(Message((hello("Well done!"),), fleeting=True)))


async def test_after_a_message_the_conversation_is_known(stage: Stage) -> None:
    await stage.sending.send(stage.letter(hello()))
    await stage.sending.send(stage.letter(Message((hello("Well done!"),), fleeting=True)))
    assert not stage.calls("conversations.open")


async def test_the_board_is_the_home_tab(stage: Stage) -> None:
    board = Message((Heading((Span("Today"),)), hello("3 cards")), ((Button("Start", "do.learn", main=True),),))
    assert await stage.sending.amend(stage.letter(board, mark=BOARD, amend=True)) == BOARD
    assert stage.anna.home and stage.anna.home.visible == "Today\n3 cards"
    assert stage.anna.home.buttons == ("Start",)
    await stage.sending.amend(stage.letter(Message((hello("2 cards"),)), mark=BOARD, amend=True))
    assert stage.anna.home.visible == "2 cards"


# --- Several messages ------------------------------------------------------------------------------------------------


def long(signs: int = 25_000) -> Message:
    words = "word " * (signs // 5)
    return Message((Paragraph((Span(words),)),), ((Button("Go on", "tok.next"),),))


async def test_what_is_long_needs_several_messages_and_loses_nothing(stage: Stage) -> None:
    mark = await stage.sending.send(stage.letter(long()))
    shown = stage.anna.messages
    assert len(shown) == 3
    assert "".join("".join(one.visible.split()) for one in shown) == "word" * 5_000
    assert [one.buttons for one in shown] == [(), (), ("Go on",)]
    assert mark == f"{shown[0].channel}:{','.join(one.ts for one in shown)}"


async def test_a_long_letter_that_becomes_short_leaves_nothing_behind(stage: Stage) -> None:
    mark = await stage.sending.send(stage.letter(long()))
    room, _, stamps = mark.partition(":")
    mark = await stage.sending.amend(stage.letter(hello("Short"), mark=mark, amend=True))
    assert mark == f"{room}:{stamps.partition(',')[0]}"
    assert [one.visible for one in stage.anna.messages] == ["Short"]


async def test_a_short_letter_may_become_long(stage: Stage) -> None:
    first = await stage.sending.send(stage.letter(hello()))
    mark = await stage.sending.amend(stage.letter(long(), mark=first, amend=True))
    assert mark.startswith(f"{first},") and len(stage.anna.messages) == 3


async def test_a_change_that_is_half_done_goes_on_where_it_stopped(stage: Stage) -> None:
    mark = await stage.sending.send(stage.letter(hello()))
    amend = stage.letter(long(), mark=mark, amend=True)
    stage.fake.faults.add("chat.postMessage", "slow", times=1, seconds=0.0)
    stage.fake.faults.add("chat.postMessage", "503", times=1)
    with pytest.raises(Unreachable):
        await stage.sending.amend(amend)
    assert len(stage.anna.messages) == 2
    mark = await stage.sending.amend(amend)
    assert [one.buttons for one in stage.anna.messages] == [(), (), ("Go on",)], "no part stands there twice"
    assert mark.count(",") == 2


async def test_what_is_half_said_goes_on_where_it_stopped(stage: Stage) -> None:
    letter = stage.letter(long())
    stage.fake.faults.add("chat.postMessage", "slow", times=1, seconds=0.0)
    stage.fake.faults.add("chat.postMessage", "503", times=1)
    with pytest.raises(Unreachable):
        await stage.sending.send(letter)
    assert len(stage.anna.messages) == 1
    await stage.sending.send(letter)
    assert [one.buttons for one in stage.anna.messages] == [(), (), ("Go on",)]


async def test_after_a_restart_a_half_said_letter_is_looked_for_and_finished(stage: Stage) -> None:
    letter = stage.letter(long(), doubtful=True)
    stage.fake.faults.add("chat.postMessage", "slow", times=1, seconds=0.0)
    stage.fake.faults.add("chat.postMessage", "lost", times=1)
    with pytest.raises(Unknown):
        await stage.sending.send(letter)
    stage.anew()
    assert await stage.sending.look(letter) is None
    await stage.sending.send(letter)
    assert len(stage.anna.messages) == 3
    assert await stage.sending.look(letter) is not None


# --- Doubt -----------------------------------------------------------------------------------------------------------


async def test_an_answer_that_was_lost_is_found_by_looking(stage: Stage) -> None:
    letter = stage.letter(hello())
    stage.fake.faults.add("chat.postMessage", "lost")
    with pytest.raises(Unknown):
        await stage.sending.send(letter)
    (shown,) = stage.anna.messages
    assert await stage.sending.look(letter) == f"{shown.channel}:{shown.ts}"
    assert await stage.sending.look(stage.letter(hello())) is None


async def test_looking_is_in_vain_where_it_is_not_allowed(stage: Stage) -> None:
    letter = stage.letter(hello())
    await stage.sending.send(letter)
    assert await stage.sending.look(letter)
    stage.fake.tokens[stage.workspace.token].scopes -= {"im:history"}
    assert await stage.sending.look(letter) is None


async def test_looking_again_later_where_slack_is_silent(stage: Stage) -> None:
    await stage.sending.send(stage.letter(hello()))
    stage.fake.faults.add("conversations.history", "reset")
    with pytest.raises(Unreachable):
        await stage.sending.look(stage.letter(hello()))


async def test_a_connection_that_breaks_before_anything_was_sent_is_no_doubt(stage: Stage) -> None:
    stage.settings = type(stage.settings)(server="http://127.0.0.1:9/api/")
    with pytest.raises(Unreachable):
        await stage.anew().send(stage.letter(hello()))


async def test_a_reset_while_sending_is_doubt_and_while_changing_is_none(stage: Stage) -> None:
    mark = await stage.sending.send(stage.letter(hello()))
    stage.fake.faults.add("chat.postMessage", "reset")
    with pytest.raises(Unknown):
        await stage.sending.send(stage.letter(hello()))
    stage.fake.faults.add("chat.update", "reset")
    with pytest.raises(Unreachable):
        await stage.sending.amend(stage.letter(hello("Done"), mark=mark, amend=True))


async def test_an_answer_that_nobody_can_read_means_sent(stage: Stage) -> None:
    stage.fake.faults.add("chat.postMessage", "garbage")
    mark = await stage.sending.send(stage.letter(hello()))
    (shown,) = stage.anna.messages
    assert mark == f"{shown.channel}:{shown.ts}"
    stage.fake.faults.add("chat.postMessage", "garbage")
    stage.fake.faults.add("conversations.history", "garbage")
    assert await stage.sending.send(stage.letter(hello())) == "?"
    stage.fake.faults.add("chat.update", "garbage")
    assert await stage.sending.amend(stage.letter(hello("Done"), mark=mark, amend=True)) == mark


async def test_an_amendment_said_anew_is_not_said_twice(stage: Stage) -> None:
    letter = stage.letter(hello("Done"), mark="?", amend=True)
    stage.fake.faults.add("chat.postMessage", "lost")
    with pytest.raises(Unknown):
        await stage.sending.amend(letter)
    again = type(letter)(letter.id, letter.address, letter.message, "?", True, attempts=1, doubtful=True)
    mark = await stage.sending.amend(again)
    (shown,) = stage.anna.messages
    assert mark == f"{shown.channel}:{shown.ts}"


# --- Waiting ---------------------------------------------------------------------------------------------------------


async def test_retry_after_rests_the_method_in_that_workspace_and_nothing_else(stage: Stage) -> None:
    mark = await stage.sending.send(stage.letter(hello()))
    other = stage.fake.workspace("Brewery")
    stage.tokens[other.id] = other.token
    bert = other.user("Bert")
    stage.fake.faults.add("chat.postMessage", "429", seconds=17)
    with pytest.raises(Throttled) as first:
        await stage.sending.send(stage.letter(hello()))
    assert (first.value.after, first.value.covers) == (17.0, "sends")
    asked = len(stage.calls("chat.postMessage"))
    with pytest.raises(Throttled) as second:
        await stage.sending.send(stage.letter(hello()))
    assert 15 < second.value.after <= 17 and len(stage.calls("chat.postMessage")) == asked, "not asked again"
    await stage.sending.amend(stage.letter(hello("Done"), mark=mark, amend=True))
    letter = stage.letter(hello())
    to = type(letter.address)("slack", f"{other.id}/{bert.id}")
    await stage.sending.send(type(letter)(letter.id, to, letter.message))
    assert not stage.fake.early
    stage.clock.ahead += timedelta(seconds=18)
    with pytest.raises(Throttled):  # our rest is over, so Slack is asked; its own clock has not moved
        await stage.sending.send(stage.letter(hello()))
    assert len(stage.calls("chat.postMessage")) == asked + 2


async def test_changing_messages_rests_by_itself(stage: Stage) -> None:
    mark = await stage.sending.send(stage.letter(hello()))
    stage.fake.faults.add("chat.update", "429", seconds=9)
    with pytest.raises(Throttled) as why:
        await stage.sending.amend(stage.letter(hello("Done"), mark=mark, amend=True))
    assert (why.value.after, why.value.covers) == (9.0, "chat")
    with pytest.raises(Throttled):
        await stage.sending.amend(stage.letter(hello("Done"), mark=mark, amend=True))
    assert len(stage.calls("chat.update")) == 1, "not asked again"
    await stage.sending.send(stage.letter(hello()))


@pytest.mark.parametrize("method", ["views.publish", "chat.postEphemeral"])
async def test_any_other_method_rests_by_itself(stage: Stage, method: str) -> None:
    board = stage.letter(Message((hello(),)), mark=BOARD, amend=True)
    kind_word = stage.letter(Message((hello(),), fleeting=True))
    await stage.sending.send(stage.letter(hello()))
    stage.fake.faults.add(method, "429", seconds=9)
    for _ in range(2):
        with pytest.raises(Throttled) as why:
            await stage.sending.send(board if method == "views.publish" else kind_word)
        assert why.value.covers == "chat"
    assert len(stage.calls(method)) == 1
    await stage.sending.send(kind_word if method == "views.publish" else board)
    await stage.sending.send(stage.letter(hello()))


@asynccontextmanager
async def telling(stage: Stage) -> AsyncIterator[tuple[MemoryRows, Outbox]]:
    """An outbox that tells by this half alone."""
    rows = MemoryRows()
    channel = SimpleNamespace(
        name="slack", pace=Pace(), accounts=lambda: (stage.workspace.id,), is_group=lambda address: False,
        send=stage.sending.send, amend=stage.sending.amend, look=stage.sending.look,
    )  # fmt: skip
    outbox = Outbox(rows, {"slack": cast(Channel, channel)}, nobody, stage.clock)
    task = asyncio.create_task(outbox.run())
    try:
        yield rows, outbox
    finally:
        outbox.stop()
        await task


async def nobody(incoming: Incoming) -> None:
    raise AssertionError(f"nobody leaves: {incoming}")


async def test_a_change_that_waits_delays_nothing_to_somebody_else(stage: Stage) -> None:
    bert = stage.workspace.user("Bert")
    mark = await stage.sending.send(stage.letter(hello("Question")))
    stage.fake.faults.add("chat.update", "429", seconds=600)
    async with telling(stage) as (rows, outbox):
        rows.add(stage.letter(hello("Done"), mark=mark, amend=True))
        outbox.wake()
        await until(lambda: bool(stage.calls("chat.update")) and not outbox._under_way)
        for n in range(3):
            rows.add(stage.letter(hello(f"Hello {n}"), bert))
        outbox.wake()
        await until(lambda: len(bert.messages) == 3)
    assert [one.visible for one in stage.anna.messages] == ["Question"], "that one still waits"


async def test_new_messages_that_wait_delay_no_change(stage: Stage) -> None:
    bert, cleo = stage.workspace.user("Bert"), stage.workspace.user("Cleo")
    mark = await stage.sending.send(stage.letter(hello("Question")))
    stage.fake.faults.add("chat.postMessage", "429", seconds=600)
    async with telling(stage) as (rows, outbox):
        rows.add(stage.letter(hello(), bert))
        outbox.wake()
        await until(lambda: len(stage.calls("chat.postMessage")) == 2 and not outbox._under_way)
        rows.add(stage.letter(hello(), cleo))
        rows.add(stage.letter(hello("Done"), mark=mark, amend=True))
        rows.add(stage.letter(Message((hello("Today"),)), stage.workspace.user("Dana"), mark=BOARD, amend=True))
        outbox.wake()
        await until(lambda: len(stage.calls("chat.update", "views.publish")) == 2 and not outbox._under_way)
    assert stage.anna.messages[0].visible == "Done"
    assert not bert.messages and not cleo.messages and len(stage.calls("chat.postMessage")) == 2


# --- Who cannot be reached -------------------------------------------------------------------------------------------


async def test_who_was_deactivated_is_gone(stage: Stage) -> None:
    stage.anna.deactivate()
    with pytest.raises(Gone, match="user_disabled"):
        await stage.sending.send(stage.letter(hello()))


async def test_who_never_was_is_gone(stage: Stage) -> None:
    letter = stage.letter(hello())
    to = type(letter.address)("slack", f"{stage.workspace.id}/U000000000")
    with pytest.raises(Gone, match="channel_not_found"):
        await stage.sending.send(type(letter)(letter.id, to, letter.message))
    with pytest.raises(Refused):
        await stage.sending.send(type(letter)(letter.id, type(to)("slack", "T1"), letter.message))


@pytest.mark.parametrize("how", ["revoked", "uninstalled", "none", "scope", "tab"])
async def test_an_installation_that_does_not_work_stops(stage: Stage, how: str) -> None:
    match how:
        case "revoked":
            stage.workspace.revoke_token()
        case "uninstalled":
            stage.workspace.uninstall()
        case "none":
            stage.tokens.clear()
        case "scope":
            stage.fake.tokens[stage.workspace.token].scopes -= {"chat:write"}
        case _:
            stage.fake.app.messages_tab = False
    with pytest.raises(Misconfigured) as why:
        await stage.sending.send(stage.letter(hello()))
    assert "xoxb-" not in why.value.told.replace("(xoxb-...)", "")


@pytest.mark.parametrize(("fault", "error"), [("500", Unknown), ("503", Unreachable)])
async def test_what_slack_fails_at_is_tried_again(stage: Stage, fault: str, error: type[SendError]) -> None:
    stage.fake.faults.add("chat.postMessage", fault)
    with pytest.raises(error):
        await stage.sending.send(stage.letter(hello()))


# --- Blocks that Slack refuses ---------------------------------------------------------------------------------------


async def test_blocks_that_slack_refuses_go_as_plain_text(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit that Slack changed tomorrow would look so: our table allows what it refuses."""
    from adapters.slack import limits
    from tests.fakes.slack.limits import LIMITS

    monkeypatch.setattr(limits, "BUTTON_TEXT", 500)
    assert LIMITS["button.text.max_length"] == 75
    rows = ((Button("A label " * 20, "tok.go"),), (Button("Other", "tok.no"),))
    mark = await stage.sending.send(stage.letter(Message((hello("Which <one>?"),), rows)))
    (shown,) = stage.anna.messages
    assert shown.visible == f"Which <one>?\n• {('A label ' * 20).strip()}\n• Other"
    assert shown.pings == shown.links == ()
    assert await stage.sending.amend(stage.letter(hello("Done"), mark=mark, amend=True)) == mark


# --- Pictures --------------------------------------------------------------------------------------------------------


async def test_a_picture_is_uploaded_once_and_shown_with_its_description(stage: Stage) -> None:
    for _ in range(3):
        await stage.sending.send(stage.letter(HANDS))
        stage.anew()
    assert len(stage.calls("files.completeUploadExternal")) == 1
    assert {image.alt for shown in stage.anna.messages for image in shown.images} == {"Two hands"}
    assert len({image.source for shown in stage.anna.messages for image in shown.images}) == 1
    (file,) = stage.fake.files.values()
    assert file.channels == [] and file.alt == "Two hands"


async def test_two_letters_at_once_upload_a_picture_once(stage: Stage) -> None:
    await asyncio.gather(*(stage.sending.send(stage.letter(HANDS)) for _ in range(4)))
    assert len(stage.calls("files.completeUploadExternal")) == 1


async def test_each_workspace_has_its_own_upload(stage: Stage) -> None:
    other = stage.fake.workspace("Brewery")
    stage.tokens[other.id] = other.token
    await stage.sending.send(stage.letter(HANDS))
    letter = stage.letter(HANDS)
    bert = other.user("Bert")
    to = type(letter.address)("slack", f"{other.id}/{bert.id}")
    await stage.sending.send(type(letter)(letter.id, to, letter.message))
    assert bert.messages[0].images and len(stage.calls("files.completeUploadExternal")) == 2


async def test_a_picture_that_slack_lost_is_uploaded_anew(stage: Stage) -> None:
    await stage.sending.send(stage.letter(HANDS))
    stage.fake.files.clear()
    stage.anew()
    await stage.sending.send(stage.letter(Message((HANDS, TAP))))
    assert [image.alt for image in stage.anna.messages[-1].images] == ["Two hands", "A tap"]
    assert len(stage.calls("files.completeUploadExternal")) == 3


async def test_a_picture_that_takes_long_is_waited_for(stage: Stage) -> None:
    stage.fake.processing = 0.8
    await stage.sending.send(stage.letter(HANDS))
    assert stage.anna.messages[0].images


async def test_a_picture_that_is_never_ready_goes_in_words(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    from adapters.slack import pictures, sending

    monkeypatch.setattr(pictures, "LOOKS", (0.01, 0.01))
    monkeypatch.setattr(sending, "PICTURE_WAITS", (0.01, 0.01))
    stage.fake.processing = 1_000.0
    await stage.sending.send(stage.letter(Message((hello(), HANDS))))
    assert stage.anna.messages[0].visible == "Hello\n[Two hands]"


@pytest.mark.parametrize("fault", ["500", "reset", "garbage", "lost"])
async def test_while_an_upload_fails_the_message_goes_in_words(stage: Stage, fault: str) -> None:
    stage.fake.faults.add("files.getUploadURLExternal", fault)
    await stage.sending.send(stage.letter(Message((hello(), HANDS))))
    assert stage.anna.messages[0].visible == "Hello\n[Two hands]"
    await stage.sending.send(stage.letter(HANDS))
    assert len(stage.calls("files.getUploadURLExternal")) == 1, "not tried again at once"
    stage.clock.ahead += timedelta(minutes=6)
    await stage.sending.send(stage.letter(HANDS))
    assert stage.anna.messages[2].images


async def test_a_picture_waits_where_slack_says_so(stage: Stage) -> None:
    stage.fake.faults.add("files.getUploadURLExternal", "429", seconds=3)
    with pytest.raises(Throttled) as why:
        await stage.sending.send(stage.letter(HANDS))
    assert why.value.covers == "chat" and not stage.anna.messages


async def test_a_picture_that_would_have_to_wait_long_goes_in_words(stage: Stage) -> None:
    stage.fake.faults.add("files.getUploadURLExternal", "429", seconds=600)
    for _ in range(2):
        await stage.sending.send(stage.letter(Message((hello(), HANDS))))
    assert [one.visible for one in stage.anna.messages] == ["Hello\n[Two hands]"] * 2
    assert len(stage.calls("files.getUploadURLExternal")) == 1, "not asked again"


async def test_an_upload_that_slack_will_not_speak_about_was_still_made(stage: Stage) -> None:
    stage.fake.faults.add("files.info", "429", seconds=600)
    await stage.sending.send(stage.letter(HANDS))
    assert stage.anna.messages[0].images


async def test_pictures_that_slack_does_not_show_go_in_words(stage: Stage) -> None:
    odd = Picture("img/odd.webp", "A webp", "hygiene")
    gone = Picture("img/gone.png", "No more", "hygiene")
    await stage.sending.send(stage.letter(Message((odd, gone, Picture("x.png", "Elsewhere", "no-pack")))))
    assert stage.anna.messages[0].visible == "[A webp]\n[No more]\n[Elsewhere]"
    assert not stage.calls("files.getUploadURLExternal")


async def test_a_picture_in_the_home_tab(stage: Stage) -> None:
    await stage.sending.amend(stage.letter(Message((hello(), HANDS)), mark=BOARD, amend=True))
    assert stage.anna.home and [image.alt for image in stage.anna.home.images] == ["Two hands"]


# --- All of it -------------------------------------------------------------------------------------------------------


async def test_a_whole_card(stage: Stage) -> None:
    card = Message(
        (
            Heading((Span("Hands"),)),
            Paragraph((Span("Wash "), Span("well", bold=True))),
            HANDS,
            Bullets(((Span("soap"),), (Span("water"),))),
            Code("wash()"),
        ),
        ((Button("5 s", "tok.0"), Button("20 s", "tok.1")), (Button("Enough", "tok.enough", aside=True),)),
        Progress("🧼 Food hygiene", 3, 7, "3 of 7"),
    )
    await stage.sending.send(stage.letter(card))
    (shown,) = stage.anna.messages
    assert shown.visible == "🧼 Food hygiene · 3 of 7 ▰▰▰▱▱▱▱\nHands\nWash well\n• soap\n• water\nwash()"
    assert shown.text == card.plain
    assert shown.buttons == ("5 s", "20 s", "Enough")
