"""Sending over real sockets: what people see, how it changes, and what is done when Telegram says no."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from structlog.testing import capture_logs
from structlog.typing import EventDict

from adapters.telegram.amending import read_mark
from bot.events import Address
from bot.given import Catalog
from bot.message import BOARD, Button, Message, Quiz, paragraph
from bot.ports import Gone, Letter, Moved, SendError, Throttled, Unknown, Unreachable
from lessons.prose import Picture, Span
from tests.fakes.telegram.errors import bad
from tests.fakes.telegram.people import FakeUser
from tests.telegram.world import World, a_world
from tests.web.fakes import a_catalog
from tests.web.world import a_png

WASH, RINSE = a_png(), a_png(320, 200)
PICTURES: Catalog = a_catalog({"wash.png": WASH, "rinse.png": RINSE, "thin.png": a_png(2000, 4), "odd.svg": b"<svg/>"})
NEXT = ((Button("Next", "t.next", main=True),),)
LONG = ("word " * 500).strip()  # 2,499 characters


def wash(name: str = "wash.png", alt: str = "Wet hands") -> Picture:
    return Picture(name, alt, "food")


def said(*texts: str) -> Message:
    return Message(tuple(map(paragraph, texts)), NEXT)


@pytest.fixture
def logs() -> Iterator[list[EventDict]]:
    with capture_logs() as entries:
        yield entries


@pytest_asyncio.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path, catalog=PICTURES) as world:
        world.fake.limits.off = True
        yield world


@pytest.fixture
def amina(world: World) -> FakeUser:
    return reachable(world, "Amina")


def reachable(world: World, name: str) -> FakeUser:
    user = world.user(name)
    user.chat.met = user.chat.started = True
    return user


async def failing(world: World, user: FakeUser, message: Message, mark: str = "", number: int = 1) -> SendError:
    with pytest.raises(SendError) as why:
        await world.tell(user, message, mark, number)
    assert world.fake.token.partition(":")[2] not in f"{why.value!r} {why.value.__cause__!r} {why.value.__context__!r}"
    return why.value


# --- Words -------------------------------------------------------------------------------------------------------------


async def test_styles_stand_where_they_should(world: World, amina: FakeUser) -> None:
    line = (Span("🧼 "), Span("soap", bold=True), Span(" & "), Span("<b>", italic=True), Span(" @channel ", code=True))
    await world.tell(amina, Message((paragraph(line),)))
    assert amina.last.text == "🧼 soap & <b> @channel"
    assert [(each["type"], each["offset"], each["length"]) for each in amina.last.entities] == [
        ("bold", 3, 4),
        ("italic", 10, 3),
        ("code", 14, 8),
    ]


async def test_a_message_changes_in_place(world: World, amina: FakeUser) -> None:
    mark = await world.tell(amina, said("one"))
    assert await world.tell(amina, said("two"), mark) == mark
    assert amina.last.text == "two" and amina.last.edits == 1 and amina.last.rows == (("Next",),)
    assert await world.tell(amina, Message((paragraph("two"),)), mark) == mark
    assert not amina.last.labels


async def test_not_modified_is_done(world: World, amina: FakeUser) -> None:
    mark = await world.tell(amina, said("one"))
    assert await world.tell(amina, said("one"), mark) == mark
    assert amina.last.edits == 0


async def test_a_long_message_is_several_with_the_buttons_below(world: World, amina: FakeUser) -> None:
    mark = await world.tell(amina, said(LONG, LONG))
    assert [(len(each.text), each.labels) for each in amina.messages] == [(2499, ()), (2499, ("Next",))]
    shorter = await world.tell(amina, said(LONG), mark)
    assert [(len(each.text), each.labels) for each in amina.messages] == [(2499, ("Next",))]
    again = await world.tell(amina, said(LONG, LONG, LONG), shorter)
    assert len(amina.messages) == 3 and amina.last.labels == ("Next",) and not amina.messages[0].labels
    assert len(read_mark(again) or ()) == 3


async def test_what_the_person_deleted_is_said_anew(world: World, amina: FakeUser) -> None:
    mark = await world.tell(amina, said("one"))
    amina.chat.messages.clear()
    new = await world.tell(amina, said("two"), mark)
    assert new != mark and amina.last.text == "two"
    assert await world.tell(amina, said("three"), new) == new


async def test_what_is_too_old_to_delete_loses_its_buttons(world: World, amina: FakeUser) -> None:
    mark = await world.tell(amina, said(LONG, LONG))
    for message in amina.chat.messages.values():
        message.date -= 3 * 86400
    await world.tell(amina, said("short"), mark)
    assert [each.labels for each in amina.messages] == [("Next",), ()]


@pytest.mark.parametrize("mark", ["?", "t5 ?", "nonsense", "poll:1"])
async def test_a_lost_mark_is_said_anew(world: World, amina: FakeUser, mark: str) -> None:
    new = await world.tell(amina, said("two"), mark)
    assert amina.last.text == "two" and read_mark(new)


async def test_a_board_is_none_of_telegrams(world: World, amina: FakeUser) -> None:
    assert await world.tell(amina, said("board"), BOARD) == BOARD
    assert not amina.messages


async def test_styles_that_cannot_be_read_are_left_out(
    world: World, amina: FakeUser, logs: list[EventDict], monkeypatch: pytest.MonkeyPatch
) -> None:
    from adapters.telegram import requests

    good = requests.entities
    monkeypatch.setattr(
        requests,
        "entities",
        lambda found: [each.model_copy(update={"length": 10_000, "offset": -1}) for each in good(found) or ()] or None,
    )
    await world.tell(amina, Message((paragraph((Span("soap", bold=True),)),)))
    assert amina.last.text == "soap" and not amina.last.entities
    assert any("bug" in entry["event"] for entry in logs)


# --- Pictures ----------------------------------------------------------------------------------------------------------


async def test_a_picture_is_uploaded_once(world: World, amina: FakeUser) -> None:
    message = Message((wash(), paragraph("Wash!")), NEXT)
    people = [amina, *(reachable(world, f"P{n}") for n in range(9))]
    await asyncio.gather(*(world.tell(each, message, number=n) for n, each in enumerate(people)))
    for each in people:
        assert each.last.caption == "🖼 Wet hands\n\nWash!" and each.last.rows == (("Next",),)
        assert each.last.photo == hashlib.sha256(WASH).hexdigest()
    sent = [call.params["photo"] for call in world.fake.calls if call.method == "sendPhoto"]
    assert sum(each.startswith("attach://") for each in sent) == 1 and len(set(sent)) == 2


async def test_the_id_is_known_after_a_restart(world: World, amina: FakeUser) -> None:
    await world.tell(amina, Message((wash(),)))
    await world.stop()
    await world.start()
    await world.tell(amina, Message((wash(),)))
    assert [call.params["photo"][:9] == "attach://" for call in world.fake.calls if call.method == "sendPhoto"] == [
        True,
        False,
    ]


async def test_an_id_that_telegram_forgot_is_uploaded_anew(world: World, amina: FakeUser) -> None:
    digest = hashlib.sha256(WASH).hexdigest()
    await world.parts.media.keep("telegram", "110201543", digest, "AgACAgIAAxkBAAI-forgotten")
    await world.tell(amina, Message((wash(),)))
    assert amina.last.photo == digest
    assert await world.parts.media.known("telegram", "110201543", digest) not in (None, "AgACAgIAAxkBAAI-forgotten")


async def test_a_caption_changes_and_the_photo_stays(world: World, amina: FakeUser) -> None:
    mark = await world.tell(amina, Message((wash(), paragraph("one")), NEXT))
    assert await world.tell(amina, Message((wash(), paragraph("two"))), mark) == mark
    assert amina.last.caption.endswith("two") and amina.last.photo and amina.last.rows == ()
    assert await world.tell(amina, said("only words"), mark) == mark
    assert amina.last.caption == "only words" and amina.last.photo, "a photo stays a photo"


async def test_another_picture_takes_its_place(world: World, amina: FakeUser) -> None:
    mark = await world.tell(amina, Message((wash(), paragraph("one")), NEXT))
    new = await world.tell(amina, Message((wash("rinse.png"), paragraph("two")), NEXT), mark)
    assert amina.last.photo == hashlib.sha256(RINSE).hexdigest() and amina.last.caption.endswith("two")
    assert len(amina.messages) == 1 and new != mark
    assert await world.tell(amina, Message((wash("rinse.png"), paragraph("three")), NEXT), new) == new


async def test_a_picture_question_with_a_longer_verdict(world: World, amina: FakeUser) -> None:
    """The photo stays where it is, what it said is said below, and the buttons stand there."""
    mark = await world.tell(amina, Message((wash(), paragraph("What is this?")), NEXT))
    new = await world.tell(amina, Message((wash(), paragraph("What is this?"), paragraph(LONG)), NEXT), mark)
    photo, words = amina.messages
    assert photo.photo and photo.caption == "🖼 Wet hands" and photo.rows == ()
    assert words.text == f"What is this?\n\n{LONG}" and words.rows == (("Next",),)
    third = await world.tell(amina, Message((wash(), paragraph("Done.")), NEXT), new)
    assert [each.caption for each in amina.messages] == ["🖼 Wet hands\n\nDone."] and third == mark


async def test_words_only_that_are_too_long_for_the_caption(world: World, amina: FakeUser) -> None:
    mark = await world.tell(amina, Message((wash(), paragraph("What is this?")), NEXT))
    await world.tell(amina, said(LONG), mark)
    photo, words = amina.messages
    assert photo.photo and photo.caption == "" and words.text == LONG


@pytest.mark.parametrize("name", ["gone.png", "thin.png", "odd.svg"])
async def test_a_picture_that_cannot_go_leaves_its_words(world: World, amina: FakeUser, name: str) -> None:
    await world.tell(amina, Message((wash(name), paragraph("Wash!")), NEXT))
    assert amina.last.text == "🖼 Wet hands\n\nWash!" and not amina.last.photo


async def test_a_picture_that_telegram_refuses_leaves_its_words(
    world: World, amina: FakeUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(data: bytes) -> None:
        raise bad("IMAGE_PROCESS_FAILED")

    mark = await world.tell(amina, Message((wash("rinse.png"), paragraph("one")), NEXT))
    monkeypatch.setattr(world.fake.files, "keep_photo", refuse)
    await world.tell(amina, Message((wash(), paragraph("Wash!")), NEXT), number=2)
    assert amina.last.text == "🖼 Wet hands\n\nWash!" and amina.last.rows == (("Next",),)
    before = world.calls("sendPhoto")
    await world.tell(amina, Message((wash(), paragraph("Wash!")), NEXT), number=3)
    assert world.calls("sendPhoto") == before, "it is not tried at every send"
    await world.tell(amina, Message((wash(), paragraph("two")), NEXT), mark)
    assert "two" in [each.visible.rpartition("\n")[2] for each in amina.messages]
    world.clock.ahead = timedelta(hours=2)
    await world.tell(amina, Message((wash(), paragraph("Wash!")), NEXT), number=4)
    assert world.calls("sendPhoto") == before + 1, "but once in a while"


# --- When Telegram says no -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "kind"),
    [("500", Unreachable), ("502", Unreachable), ("reset", Unknown), ("lost", Unknown), ("429", Throttled)],
)
async def test_faults_while_sending(world: World, amina: FakeUser, fault: str, kind: type[SendError]) -> None:
    world.fake.faults.next(fault, method="sendMessage", seconds=7)
    why = await failing(world, amina, said("one"))
    assert type(why) is kind
    assert len(amina.messages) == (1 if fault == "lost" else 0)
    if isinstance(why, Throttled):
        assert why.after == 7 and why.covers == "chat", "one message a second is nobody's flood but this chat's"


async def test_nobody_listens(world: World, amina: FakeUser) -> None:
    """A connection that was never made: nothing can have left us."""
    from adapters.telegram.channel import TelegramChannel
    from adapters.telegram.settings import TelegramSettings

    channel = TelegramChannel(TelegramSettings(world.fake.token, "", "http://127.0.0.1:9"), world.parts)
    with pytest.raises(Unreachable):
        await channel.send(Letter(1, Address("telegram", str(amina.id)), said("one")))
    await channel._calls.close()


@pytest.mark.parametrize("fault", ["garbage", "lacking"])
async def test_a_yes_that_cannot_be_read_is_a_yes(world: World, amina: FakeUser, fault: str) -> None:
    world.fake.faults.next(fault, method="sendMessage")
    mark = await world.tell(amina, said("one"))
    assert mark == "?" and len(amina.messages) == 1
    assert read_mark(await world.tell(amina, said("two"), mark)) and amina.last.text == "two"


async def test_a_429_in_a_rush_means_everybody(world: World) -> None:
    people = [reachable(world, f"P{n}") for n in range(20)]
    await asyncio.gather(*(world.tell(each, said("hello"), number=n) for n, each in enumerate(people)))
    world.fake.faults.next("429", method="sendMessage", seconds=3)
    why = await failing(world, reachable(world, "Late"), said("hello"))
    assert isinstance(why, Throttled) and why.covers == "account" and why.after == 3


async def test_of_several_messages_none_comes_twice(world: World, amina: FakeUser) -> None:
    message = said(LONG, LONG, LONG)
    original = world.fake.call
    count = 0

    def second_fails(method: str, *rest: object) -> object:
        nonlocal count
        count += method.lower() == "sendmessage"
        if count == 2 and method.lower() == "sendmessage":
            world.fake.faults.next("429", method="sendMessage", seconds=1)
        return original(method, *rest)  # type: ignore[arg-type]

    world.fake.call = second_fails  # type: ignore[method-assign, assignment]
    await failing(world, amina, message)
    assert len(amina.messages) == 1
    mark = await world.tell(amina, message)
    assert len(amina.messages) == 3 and len(read_mark(mark) or ()) == 3
    assert [each.labels for each in amina.messages] == [(), (), ("Next",)]


async def test_who_blocked_the_bot_is_gone(world: World, amina: FakeUser) -> None:
    mark = await world.tell(amina, said("one"))
    amina.block()
    assert isinstance(await failing(world, amina, said("two")), Gone)
    assert isinstance(await failing(world, amina, said("two"), mark), Gone)


async def test_who_never_came_or_has_no_account_is_gone(world: World, amina: FakeUser) -> None:
    assert isinstance(await failing(world, world.user("Nobody"), said("one")), Gone)
    amina.deactivate()
    assert isinstance(await failing(world, amina, said("one")), Gone)


async def test_a_group_that_moved(world: World, amina: FakeUser) -> None:
    group = world.fake.group("Harbour", [amina])
    old = Address("telegram", str(group.id))
    assert world.channel.is_group(old) and not world.channel.is_group(Address("telegram", str(amina.id)))
    world.fake.updates.pending.clear()
    new = Address("telegram", str(group.migrate()))
    with pytest.raises(Moved) as why:
        await world.channel.send(Letter(1, old, said("one")))
    assert why.value.to == new
    await world.channel.send(Letter(1, new, said("one")))
    assert group.last.text == "one"
    await world.settled()  # the service message that says so has come meanwhile
    before = world.calls("sendMessage")
    with pytest.raises(Moved):
        await world.channel.send(Letter(2, old, said("two")))
    assert world.calls("sendMessage") == before, "nobody asks at the old place again"


async def test_a_quiz_and_its_mark(world: World, amina: FakeUser) -> None:
    group = world.fake.group("Harbour", [amina])
    quiz = Quiz("Which are warm?", ("Sun", "Ice", "Fire"), (0, 2), "Sun and fire.")
    mark = await world.channel.send(
        Letter(1, Address("telegram", str(group.id)), Message((paragraph("?"),), quiz=quiz))
    )
    poll = group.last.poll
    assert poll and poll.quiz and not poll.anonymous and poll.correct == (0, 2)
    assert mark == f"poll:{poll.id}"


async def test_an_address_of_nobody(world: World) -> None:
    with pytest.raises(SendError):
        await world.channel.send(Letter(1, Address("telegram", "amina"), said("one")))


async def test_telegram_cannot_be_asked_whether_it_arrived(world: World, amina: FakeUser) -> None:
    letter = Letter(1, Address("telegram", str(amina.id)), said("one"), doubtful=True)
    assert await world.channel.look(letter) is None


async def test_nothing_is_sent_once_it_stops(world: World, amina: FakeUser) -> None:
    world.running.cancel()
    await asyncio.gather(world.running, return_exceptions=True)
    assert world.channel.accounts() == ()
    assert isinstance(await failing(world, amina, said("one")), Unreachable)
