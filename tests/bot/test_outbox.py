"""The outbox with a channel that does as it is told, on real rows."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import pytest_asyncio

from bot import outbox as outbox_module
from bot.effects import Amend, Effects, Say
from bot.events import Address, Left
from bot.outbox import ATTEMPTS, MARGIN, backoff
from bot.ports import (
    BadMessage,
    Gone,
    Misconfigured,
    Posted,
    Refused,
    StoreProblem,
    Throttled,
    Unreachable,
)
from tests.bot.post import Post, at_work
from tests.database.world import DAY, NOW, a_person, open_world, words


@pytest_asyncio.fixture
async def post(tmp_path: Path) -> AsyncIterator[Post]:
    with open_world(tmp_path) as world:
        await world.people(a_person(), a_person("bilal"))
        async with at_work(world) as working:
            yield working


def say(*text: str) -> Effects:
    return tuple(Say(words(each)) for each in text)


async def test_in_order_for_each_address_and_several_at_once(post: Post) -> None:
    post.phone.gate.clear()
    await post.put("e1", *[Say(words(f"a{n}")) for n in range(4)])
    await post.put("e2", *[Say(words(f"b{n}")) for n in range(4)], who="bilal")
    await asyncio.sleep(0.05)
    assert post.phone.most_at_once == 2
    post.phone.gate.set()
    await post.rest()
    assert [each for each in post.phone.words if each[0] == "a"] == ["a0", "a1", "a2", "a3"]
    assert [each for each in post.phone.words if each[0] == "b"] == ["b0", "b1", "b2", "b3"]
    assert post.states() == ["sent"] * 8


async def test_never_more_at_once_than_agreed(post: Post) -> None:
    post.phone.gate.clear()
    for n in range(outbox_module.AT_ONCE + 20):
        await post.world.turn(f"e{n}", say(f"{n}"), who=f"door{n}")
    post.outbox.wake()
    await asyncio.sleep(0.1)
    assert post.phone.most_at_once == outbox_module.AT_ONCE
    post.phone.gate.set()
    await post.rest()
    assert len(post.phone.told) == outbox_module.AT_ONCE + 20


async def test_an_amendment_takes_the_mark(post: Post) -> None:
    await post.put("e1", Say(words("question"), key="k"))
    await post.rest()
    await post.put("e2", Amend("k", words("feedback")))
    await post.rest()
    assert post.phone.told == [("amina", "", "question"), ("amina", "@question", "feedback")]


async def test_throttled_waits_as_long_as_it_was_told_and_others_go_on(post: Post) -> None:
    post.phone.plan = {"1": [Throttled("slow down", after=30)]}
    await post.put("e1", *[Say(words("1")), Say(words("2"))])
    await post.put("e2", Say(words("3")), who="bilal")
    await post.rest()
    assert post.phone.words == ["3"]
    await post.put("e3", Say(words("4")))
    post.clock.at = NOW + timedelta(seconds=29)
    await post.rest()
    assert post.phone.words == ["3"], "nothing to that chat before its time"
    post.clock.at = NOW + timedelta(seconds=30) + MARGIN
    await post.rest()
    assert post.phone.words == ["3", "1", "2", "4"]
    assert post.world.rows("SELECT max(attempts) FROM letters") == [(0,)], "the platform's wish uses up no attempt"


async def test_a_chat_that_is_to_be_left_alone_gets_no_answer_either(post: Post) -> None:
    post.phone.plan = {"nudge": [Throttled("slow down", after=30)]}
    await post.put("e1", Say(words("nudge"), until=NOW + DAY))
    await post.rest()
    await post.put("e2", Say(words("answer")))
    await post.rest()
    assert post.phone.words == []
    post.clock.at = NOW + timedelta(seconds=30) + MARGIN
    await post.rest()
    assert post.phone.words == ["answer", "nudge"]


async def test_a_nudge_that_comes_too_late_is_not_sent_and_holds_nobody_up(post: Post) -> None:
    """The platform was down when it was time; by now it is night there."""
    post.phone.plan = {"nudge": [Throttled("slow down", after=7200)]}
    await post.put("e1", Say(words("nudge"), until=NOW + timedelta(hours=1)))
    await post.rest()
    post.clock.at = NOW + timedelta(hours=2) + MARGIN
    await post.put("e2", Say(words("answer")))
    await post.rest()
    assert post.phone.words == ["answer"]
    assert post.world.rows("SELECT why FROM letters WHERE state = 'failed'") == [("too late",)]


async def test_unreachable_is_tried_again_with_longer_waits_and_given_up_after_a_day(post: Post) -> None:
    post.phone.plan = {"1": [Unreachable("no route")] * 99}
    await post.put("e1", *[Say(words("1")), Say(words("2"))])
    began, waits = post.clock.at, []
    for _ in range(ATTEMPTS + 2):
        await post.rest()
        ((state, until),) = post.world.rows("SELECT state, not_before FROM letters WHERE state <> 'said' LIMIT 1")
        if state == "failed":
            break
        then = NOW.fromtimestamp(until // 1_000_000, NOW.tzinfo).replace(microsecond=until % 1_000_000)
        waits.append((then - post.clock.at).total_seconds())
        post.clock.at = then
    assert waits[:5] == [1, 2, 4, 8, 16]
    assert max(waits) == 3600
    assert timedelta(hours=23) < post.clock.at - began < timedelta(hours=25)
    await post.rest()
    assert post.phone.words == ["2"], "what came after it is not lost"


@pytest.mark.parametrize(
    ("why", "state"),
    [
        (Refused("no"), "failed"),
        (BadMessage("too long"), "failed"),
    ],
)
async def test_what_is_not_tried_again(post: Post, why: Exception, state: str) -> None:
    post.phone.plan = {"1": [why]}
    await post.put("e1", *[Say(words("1")), Say(words("2"))])
    await post.rest()
    post.clock.at = NOW + 2 * DAY
    await post.rest()
    assert post.phone.words == ["2"]
    assert post.states() == [state, "sent"]


async def test_gone_comes_back_to_the_bot_before_the_letter_is_done_with(post: Post) -> None:
    post.phone.plan = {"1": [Gone("blocked"), Gone("blocked")]}
    post.refuses_back = 1
    await post.put("e1", Say(words("1")))
    await post.rest()
    assert post.states() == ["waiting"], "the bot could not be told"
    post.clock.at = NOW + timedelta(hours=2)
    await post.rest()
    (back,) = post.back
    assert back.event == Left(Address("web", "amina"), "blocked")
    assert back.address == Address("web", "amina")
    assert post.states() == ["failed"]


async def test_a_channel_that_is_set_up_wrongly_stops_and_keeps_its_letters(post: Post) -> None:
    post.phone.plan = {"1": [Misconfigured("token revoked")]}
    await post.put("e1", *[Say(words("1")), Say(words("2"))])
    await post.put("e2", Say(words("3")), who="bilal")
    await post.rest()
    post.clock.at = NOW + DAY
    await post.rest()
    assert "1" not in post.phone.words and "2" not in post.phone.words
    assert post.states()[:2] == ["waiting", "waiting"]
    async with at_work(post.world) as mended:
        mended.clock.at = NOW + DAY
        await mended.rest()
        assert [each for each in mended.phone.words if each != "3"] == ["1", "2"]


async def test_when_the_result_cannot_be_written_nothing_is_sent_twice(post: Post) -> None:
    posted = post.world.store.posted
    failures = 3

    async def fails(results: list[Posted], now: datetime) -> None:
        nonlocal failures
        failures -= 1
        if failures >= 0:
            raise StoreProblem("disk full")
        await posted(results, now)

    post.world.store.posted = fails  # type: ignore[method-assign, assignment]
    await post.put("e1", *[Say(words("1")), Say(words("2"))])
    await post.rest()
    assert post.phone.words == ["1", "2"]
    assert failures < 0
    assert post.states() == ["sent", "sent"]


async def test_a_crash_between_sending_and_writing_down_repeats_one_letter_of_an_address(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        await world.people(a_person())
        first = Post(world)

        async def crash(results: object, now: object) -> None:
            raise asyncio.CancelledError

        first.outbox._rows = SimpleNamespace(letters=world.store.letters, posted=crash, moved=world.store.moved)
        await first.put("e1", *[Say(words("1")), Say(words("2"))])
        with pytest.raises(asyncio.CancelledError):
            await first.outbox.run()
        assert first.phone.words == ["1"]
        async with at_work(world) as second:
            await second.rest()
            assert second.phone.words == ["1", "2"]


async def test_a_stop_writes_down_what_is_under_way_and_sends_nothing_new(post: Post) -> None:
    post.phone.gate.clear()
    await post.put("e1", *[Say(words("1")), Say(words("2"))])
    await asyncio.sleep(0.05)
    post.outbox.stop()
    await asyncio.sleep(0.02)
    post.phone.gate.set()
    assert post.running
    await post.running
    assert post.states() == ["sent", "waiting"]


def test_waits_double_to_an_hour_and_fill_a_day() -> None:
    waits = [backoff(attempts) for attempts in range(ATTEMPTS - 1)]
    assert waits[0] == timedelta(seconds=1)
    assert max(waits) == backoff(10**6) == timedelta(hours=1)
    assert timedelta(hours=22) < sum(waits, timedelta()) < timedelta(hours=25)
