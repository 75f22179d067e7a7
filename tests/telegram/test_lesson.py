"""Whole conversations over the strict Telegram: what people see on their phones."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from bot.events import Address, Left, Met, NotFetched, Offered, Said, Voted
from bot.ports import Pace
from tests.conversations.stage import zipped
from tests.fakes.telegram.people import FakeUser
from tests.fakes.telegram.waiting import until
from tests.telegram.world import World, a_world
from tests.web.world import a_png


@pytest.fixture
def logs() -> Iterator[list[EventDict]]:
    with capture_logs() as entries:
        yield entries


async def known(world: World, *people: str) -> list[FakeUser]:
    """People of the company, on their phones."""
    users = [world.user(person.title()) for person in people]
    for user, person in zip(users, people, strict=True):
        await world.joins(user, person)
    return users


async def reachable(world: World, person: str) -> bool:
    return next(each.reachable for each in await world.registry.everybody() if each.id == person)


async def test_a_first_lesson(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        (amina,) = await known(world, "amina")
        amina.say("/learn geo")
        await world.settled()
        assert amina.last.text == (
            "🌍 Capitals · The west · 1 of 4 ▰▱▱▱\n\nA capital is where a country is governed from."
        )
        assert amina.last.rows == (("Next", "Enough for today"),)
        amina.press("Next")
        await world.settled()
        question = amina.last
        assert "Lyon" in question.labels
        amina.press("Lyon")
        await world.settled()
        assert "How sure" in amina.last.text and amina.last.id == question.id, "the question itself changes"
        amina.press("Certain")
        await world.settled()
        assert "Paris" in amina.messages[1].text
        assert not world.fake.queries, "every press is answered"
        assert not world.fake.unknown_calls
        assert all("parse_mode" not in call.params for call in world.fake.calls)


async def test_a_stranger_comes_in_by_a_link(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        (root,) = await known(world, "root")
        root.say("/invite Harbour")
        await world.settled()
        code = re.findall(r"Code: ([a-z0-9-]+)", root.last.text)[0]
        noor = world.user("Noor", "es-MX")
        noor.start()
        await world.settled()
        greeting = noor.last.text
        noor.start(code)
        await world.settled()
        assert noor.last.text != greeting
        (found,) = [each for each in await world.registry.everybody() if each.home == Address("telegram", str(noor.id))]
        assert (found.unit, found.language) == ("harbour", "es")


async def test_a_double_tap_is_a_toast(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        (amina,) = await known(world, "amina")
        amina.say("/learn geo")
        await world.settled()
        amina.press("Next")
        amina.press("Next", amina.messages[0].id)
        await world.settled()
        assert [toast.text for toast in amina.toasts if toast.text] == ["Got it the first time."]
        assert not world.fake.queries
        assert len(amina.messages) == 2, "a toast is no message"


async def test_a_press_that_is_too_old_counts_all_the_same(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        (amina,) = await known(world, "amina")
        amina.say("/learn geo")
        await world.settled()
        amina.press("Next")
        world.fake.queries.clear()  # Telegram waited long enough
        await world.settled()
        assert len(amina.messages) == 2


async def test_several_right_answers_by_toggles(tmp_path: Path) -> None:
    async with a_world(tmp_path, pace=Pace()) as world:
        world.fake.limits.off = True
        (amina,) = await known(world, "amina")
        amina.say("/learn geo")
        for label in ("Next", "Paris", "Certain", "Next", "Madrid"):
            await until(lambda label=label: amina.messages and label in amina.last.labels)  # type: ignore[misc]
            amina.press(label)
        await until(lambda: "✓ Madrid" in amina.last.labels and "Done" in amina.last.labels)
        question = amina.last.id
        amina.press("✓ Madrid")
        await until(lambda: "Madrid" in amina.last.labels)
        assert amina.last.id == question


# --- Things that are no words ---------------------------------------------------------------------------------------------


async def test_stickers_and_places_get_a_kind_answer_and_are_no_answers(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        world.fake.limits.off = True
        (amina,) = await known(world, "amina")
        amina.sticker()
        await world.settled()
        small_talk = amina.last.text
        amina.say("/learn geo")
        await world.settled()
        amina.press("Next")
        await world.settled()
        question = amina.last
        amina.location()
        await world.settled()
        assert small_talk and amina.last.text != question.text
        assert amina.messages[-2].text == question.text, "the question still stands"
        amina.voice()
        amina.photo(a_png())
        await until(
            lambda: sum(each.text.startswith("Thank you, but I cannot use files") for each in amina.messages) == 2
        )
        amina.edit("something else")
        await world.settled()
        assert [each.event for each in world.given].count(Said("")) == 2


# --- Files -----------------------------------------------------------------------------------------------------------


async def test_an_admin_brings_a_pack(tmp_path: Path, logs: list[EventDict]) -> None:
    async with a_world(tmp_path) as world:
        (root,) = await known(world, "root")
        root.upload("coffee.zip", zipped("coffee"), "application/zip")
        await until(lambda: root.messages and "Publish" in root.last.labels)
        assert root.last.text.startswith("☕ Good coffee 1.0.0 is fine.")
        assert "typing" in root.actions
        root.press("Publish")
        await world.settled()
        assert "published" in root.last.text
        assert world.fake.token not in str(logs)


async def test_a_photo_is_no_pack(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        (root,) = await known(world, "root")
        root.photo(a_png())
        await until(lambda: root.messages)
        assert "This is not a zip" in root.last.text


async def test_a_file_that_bots_cannot_fetch(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        (root,) = await known(world, "root")
        root.upload("huge.zip", b"PK" + b"\0" * 20_000_001, "application/zip")
        await until(lambda: [each for each in world.told if isinstance(each, NotFetched)])
        assert world.told[-1] == NotFetched("huge.zip", "large", 20_000_000)
        await until(lambda: root.messages and "too large" in root.last.text)
        assert "up to 20 MB" in root.last.text, "what Telegram lets bots have, not what we would take"
        assert not world.calls("getFile"), "size first"


async def test_a_file_that_breaks_off_is_tried_again(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        (root,) = await known(world, "root")
        world.fake.faults.next("reset", method="file")
        world.fake.faults.next("500", method="getFile")
        root.upload("coffee.zip", zipped("coffee"), "application/zip")
        await until(lambda: root.messages and "Publish" in root.last.labels)


async def test_an_offered_file_that_was_never_there(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        (root,) = await known(world, "root")
        await world.event(root, Offered("x.zip", 9, '{"id":"no-such-file","size":9}'))
        await until(lambda: world.told)
        assert world.told == [NotFetched("x.zip", "gone")]


# --- Coming and going --------------------------------------------------------------------------------------------------


async def test_who_blocks_is_gone_and_comes_back(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        (amina,) = await known(world, "amina")
        amina.say("/learn geo")
        await world.settled()
        amina.block()
        await world.settled()
        gone = world.given[-1].event
        assert gone == Left(Address("telegram", str(amina.id)), "blocked")
        assert not await reachable(world, "amina")
        amina.unblock()
        await world.settled()
        assert isinstance(world.given[-1].event, Met)
        amina.say("/progress")
        await world.settled()
        assert await reachable(world, "amina")


async def test_a_block_that_we_hear_of_by_sending(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        (amina,) = await known(world, "amina")
        amina.say("/learn geo")
        amina.block()
        world.fake.updates.pending.popitem()  # the update that says so is lost
        await until(lambda: world.told)
        assert isinstance(world.told[-1], Left)
        async with asyncio.timeout(20):
            while await reachable(world, "amina"):
                await asyncio.sleep(0.01)


# --- Groups --------------------------------------------------------------------------------------------------------------


async def test_a_huddle(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        mia, amina, bilal = await known(world, "mia", "amina", "bilal")
        stranger = world.user("Sasha")
        group = world.fake.group("Harbour", [mia, amina, bilal, stranger])
        group.say(mia, "/huddle 2")
        await until(lambda: sum(bool(each.poll) for each in group.messages) == 2)
        polls = [each for each in group.messages if each.poll]
        await world.settled()
        for each in polls:
            assert each.poll and each.poll.quiz and not each.poll.anonymous
            group.vote(amina, each.id, each.poll.correct[0])
        assert polls[0].poll
        wrong = next(at for at in range(len(polls[0].poll.options)) if at not in polls[0].poll.correct)
        group.vote(bilal, polls[0].id, wrong)
        group.vote(stranger, polls[0].id, 0)
        await world.settled()
        votes = [each for each in world.given if isinstance(each.event, Voted)]
        assert len(votes) == 4 and all(each.event.quiz.startswith("quiz.") for each in votes)  # type: ignore[union-attr]
        assert not amina.messages and not bilal.messages and not stranger.messages, "nobody is told of it"


async def test_a_vote_that_comes_before_the_letter_is_written_down(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        mia, amina = await known(world, "mia", "amina")
        group = world.fake.group("Harbour", [mia, amina])
        looks = 0
        quiz = world.store.quiz

        async def slow(channel: str, mark: str) -> str | None:
            nonlocal looks
            looks += 1
            return None if looks < 3 else await quiz(channel, mark)

        world.store.quiz = slow  # type: ignore[method-assign]
        group.say(mia, "/huddle 1 tea")
        await until(lambda: any(each.poll for each in group.messages))
        group.vote(amina, group.last.id, 0)
        await until(lambda: any(isinstance(each.event, Voted) for each in world.given))
        assert looks >= 3


async def test_a_vote_on_a_quiz_of_nobody_says_nothing(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        (amina,) = await known(world, "amina")
        for _ in range(5):
            world.fake.inject({"poll_answer": {"poll_id": "99", "user": amina.person.told(), "option_ids": [1]}})
        await world.settled()
        assert not world.given and not world.fake.updates.pending


async def test_a_group_hears_only_what_is_asked_of_us(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        (amina,) = await known(world, "amina")
        group = world.fake.group("Harbour", [amina])
        world.fake.privacy = False  # it hears everything, and says nothing
        for words in ("hello", "/start", "/help", "/huddle@other_bot 3", "hm @morsel_test_bot", "/ban x"):
            group.say(amina, words)
        await world.settled()
        assert not group.messages and not amina.messages and not world.given


async def test_a_group_that_moves_in_the_middle(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        mia, amina = await known(world, "mia", "amina")
        group = world.fake.group("Harbour", [mia, amina])
        held = asyncio.Event()
        group.say(mia, "/huddle 1 tea")
        old = Address("telegram", str(group.id))
        group.migrate()
        held.set()
        await until(lambda: any(each.poll for each in group.messages))
        assert group.id != int(old.chat) and group.id < -1_000_000_000_000
        group.vote(amina, group.last.id, 0)
        await until(lambda: any(isinstance(each.event, Voted) for each in world.given))


# --- Menus -----------------------------------------------------------------------------------------------------------


async def test_managers_get_their_menu_once_when_they_write(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        mia, amina = await known(world, "mia", "amina")
        for user in (mia, amina, mia, amina, mia):
            user.say("/packs")
        await world.settled()
        await until(lambda: world.calls("setMyCommands"))
        (call,) = [call for call in world.fake.calls if call.method == "setMyCommands"]
        assert str(mia.id) in call.params["scope"] and '"team"' in call.params["commands"]
        assert not world.calls("deleteMyCommands")
