"""The outbox with a channel that does as it is told, on real rows."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from bot import bringing
from bot import outbox as outbox_module
from bot.effects import Amend, Effects, Fetch, Forsake, Say
from bot.events import Address, Left, NotFetched, Uploaded
from bot.outbox import ATTEMPTS, MARGIN, backoff
from bot.ports import (
    BadMessage,
    Gone,
    Misconfigured,
    Moved,
    NotThere,
    Posted,
    Refused,
    StoreProblem,
    Throttled,
    Unknown,
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


def to(chat: str, *text: str) -> Effects:
    return tuple(Say(words(each), to=Address("web", chat)) for each in text)


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


async def test_an_account_that_is_set_up_wrongly_stops_alone_and_keeps_its_letters(post: Post) -> None:
    post.phone.open = ("w1", "w2")
    post.phone.plan = {each: [Misconfigured("token revoked")] for each in ("1", "3")}
    with capture_logs() as logs:
        await post.put("e1", *to("w1/amina", "1", "2"), *to("w1/bilal", "3"), *to("w2/amina", "4"))
        await post.rest()
    post.clock.at = NOW + DAY
    await post.rest()
    assert post.phone.words == ["4"]
    assert post.states() == ["waiting", "waiting", "waiting", "sent"]
    (told,) = [each for each in logs if each["log_level"] == "error"]
    assert (told["channel"], told["account"]) == ("web", "w1") and "morsel doctor" in told["event"]
    async with at_work(post.world) as mended:
        mended.phone.open = ("w1", "w2")
        mended.clock.at = NOW + DAY
        await mended.rest()
        assert mended.phone.words == ["1", "3", "2"]


async def test_an_account_that_was_taken_away_and_comes_again_is_mended(post: Post) -> None:
    post.phone.open = ("w1",)
    post.phone.plan = {"1": [Misconfigured("token revoked")]}
    await post.put("e1", *to("w1/amina", "1"))
    await post.rest()
    for accounts in ((), ("w1",)):
        post.phone.open = accounts
        await post.rest()
    assert post.phone.words == ["1"]


async def test_throttled_as_a_whole_rests_the_account_and_no_other(post: Post) -> None:
    post.phone.open = ("w1", "w2")
    post.phone.plan = {"1": [Throttled("slow down", after=30, covers="account")]}
    await post.put("e1", *to("w1/amina", "1"))
    await post.rest()
    await post.put("e2", *to("w1/bilal", "2"), *to("w2/amina", "3"))
    post.clock.at = NOW + timedelta(seconds=29)
    await post.rest()
    assert post.phone.words == ["3"]
    post.clock.at = NOW + timedelta(seconds=30) + MARGIN
    await post.rest()
    assert sorted(post.phone.words) == ["1", "2", "3"]
    assert post.world.rows("SELECT max(attempts) FROM letters") == [(0,)]


async def test_where_new_messages_rest_changes_go_on(post: Post) -> None:
    post.phone.open = ("w1", "w2")
    old = Say(words("old"), key="old", to=Address("web", "w1/bilal"))
    post.phone.plan["lost"] = [Refused("no")]
    await post.put("e1", old, Say(words("lost"), key="lost", to=Address("web", "w1/dana")))
    await post.rest()
    post.phone.plan["1"] = [Throttled("slow down", after=30, covers="sends")]
    await post.put("e2", *to("w1/amina", "1"))
    await post.rest()
    post.phone.told.clear()
    await post.put("e3", *to("w1/carla", "2"), *to("w2/amina", "3"))
    await post.put("e4", Amend("old", words("changed")), Amend("lost", words("said anew")))
    post.clock.at = NOW + timedelta(seconds=29)
    await post.rest()
    assert sorted(post.phone.words) == ["3", "changed"]
    post.clock.at = NOW + timedelta(seconds=30) + MARGIN
    await post.rest()
    assert sorted(post.phone.words) == ["1", "2", "3", "changed", "said anew"]
    assert post.world.rows("SELECT max(attempts) FROM letters") == [(0,)]


async def test_a_change_that_is_to_wait_holds_up_its_chat_alone(post: Post) -> None:
    await post.put("e1", Say(words("question"), key="k"))
    await post.rest()
    post.phone.plan = {"changed": [Throttled("slow down", after=30)]}
    await post.put("e2", Amend("k", words("changed")))
    await post.rest()
    await post.put("e3", Say(words("hello")), who="bilal")
    await post.rest()
    assert post.phone.words == ["question", "hello"]


# --- Doubt -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("why", [Unknown("timed out"), ZeroDivisionError("what Amina said")])
@pytest.mark.parametrize("there", [True, False])
async def test_what_may_have_arrived_is_looked_for_before_it_is_sent_again(
    post: Post, why: Exception, there: bool
) -> None:
    post.phone.plan = {"1": [why]}
    post.phone.there = {2: "@found"} if there else {}
    with capture_logs() as logs:
        await post.put("e1", Say(words("1"), key="k"), Say(words("2")))
        await post.rest()
        assert post.phone.words == [] and post.states() == ["waiting", "waiting"]
        post.clock.at = NOW + timedelta(seconds=4)
        await post.rest()
        assert post.phone.looked == [], "what is on its way gets a moment to arrive"
        post.clock.at = NOW + timedelta(seconds=5)
        await post.rest()
    assert post.phone.looked == [2]
    assert post.phone.words == (["2"] if there else ["1", "2"])
    assert post.world.rows("SELECT mark FROM letters WHERE id = 2") == [("@found" if there else "@1",)]
    assert "Amina" not in str(logs)


async def test_after_a_look_nothing_is_in_doubt(post: Post) -> None:
    post.phone.plan = {"1": [Unknown("timed out"), Unreachable("500"), Unknown("timed out")]}
    await post.put("e1", Say(words("1")))
    for _ in range(5):
        await post.rest()
        post.clock.at += timedelta(minutes=1)
    assert post.phone.words == ["1"]
    assert post.phone.looked == [2, 2], "once after each answer that was lost"


async def test_amendments_are_repeated_freely_and_kind_words_not_at_all(post: Post) -> None:
    post.phone.plan = {"change": [Unknown("timed out")], "toast": [Unknown("timed out")]}
    await post.put("e1", Say(words("1"), key="k"))
    await post.rest()
    await post.put("e2", Amend("k", words("change")), Say(words("toast", fleeting=True)))
    for _ in range(3):
        await post.rest()
        post.clock.at += timedelta(minutes=1)
    assert post.phone.told == [("amina", "", "1"), ("amina", "@1", "change")]
    assert post.phone.looked == []
    assert post.states() == ["sent", "sent", "failed"]


async def test_a_bug_of_the_channel_holds_an_address_up_for_minutes_only(post: Post) -> None:
    post.phone.plan = {"1": [ValueError("cannot show it")] * 99}
    await post.put("e1", *say("1", "2"))
    for _ in range(10):
        await post.rest()
        post.clock.at += timedelta(minutes=1)
    assert post.phone.words == ["2"]
    assert post.states() == ["failed", "sent"]


async def test_a_silent_channel_is_in_doubt(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox_module, "PATIENCE", 0.05)
    post.phone.gate.clear()
    await post.put("e1", Say(words("1")))
    async with asyncio.timeout(5):
        while post.world.rows("SELECT doubtful FROM letters WHERE state = 'waiting'") != [(1,)]:
            await asyncio.sleep(0.01)
    assert post.phone.words == [], "it is not known whether it was said, so it is not said again at once"


# --- Other addresses ---------------------------------------------------------------------------------------------------


async def test_what_is_gone_may_be_sent_elsewhere_by_the_bot(post: Post) -> None:
    far = Address("web", "other")
    post.phone.plan = {"1": [Gone("blocked")]}
    post.follows = (Forsake(Address("web", "amina"), far),)
    await post.put("e1", *say("1", "2"))
    await post.rest()
    assert [(chat, said) for chat, _, said in post.phone.told] == [("other", "1"), ("other", "2")]
    assert post.states() == ["sent", "sent"]
    assert len(post.back) == 1


async def test_what_is_gone_for_good_fails_with_all_that_waits(post: Post) -> None:
    post.phone.plan = {"1": [Gone("blocked")]}
    post.follows = (Forsake(Address("web", "amina")),)
    await post.put("e1", *say("1", "2"))
    await post.rest()
    assert post.phone.told == []
    assert post.world.rows("SELECT state, why FROM letters WHERE state <> 'said'") == [("failed", "gone")] * 2


async def test_a_conversation_that_moved_is_followed(post: Post) -> None:
    old, new = Address("web", "-1"), Address("web", "-1001")
    await post.put("e1", Say(words("0"), key="k", to=old))
    await post.rest()
    post.phone.plan = {"1": [Moved("upgraded", new)]}
    await post.put("e2", *to("-1", "1", "2"), Amend("k", words("changed")))
    await post.rest()
    told = [("-1", "", "0"), ("-1001", "", "1"), ("-1001", "", "2"), ("-1001", "", "changed")]
    assert post.phone.told == told, "numbers of messages mean something else there"
    await post.put("e3", Amend("k", words("again")))
    await post.rest()
    assert post.phone.told[-1] == ("-1001", "@changed", "again")


async def test_two_addresses_that_send_us_to_and_fro_end_it(post: Post) -> None:
    here, there = Address("web", "-1"), Address("web", "-2")
    post.phone.plan = {"1": [Moved("over there", there), Moved("back again", here)] * 50}
    await post.put("e1", *to("-1", "1"))
    for _ in range(ATTEMPTS + 3):
        await post.rest()
        post.clock.at += timedelta(hours=1)
    assert post.states() == ["failed"]


async def test_a_message_that_was_gone_is_followed_by_later_amendments(post: Post) -> None:
    post.phone.anew = {"@question": "@anew"}
    await post.put("e1", Say(words("question"), key="k"))
    await post.rest()
    await post.put("e2", Amend("k", words("feedback")), Amend("k", words("more")))
    await post.rest()
    assert [mark for _, mark, _ in post.phone.told] == ["", "@question", "@anew"]


# --- Files -------------------------------------------------------------------------------------------------------------

OFFER = Fetch("tea.zip", 30, "ref")


@pytest.mark.parametrize(
    ("comes", "event"),
    [
        ([b"a" * 10, b"b" * 20], Uploaded("tea.zip", 30, hashlib.sha256(b"a" * 10 + b"b" * 20).hexdigest())),
        ([b"a" * 600, b"b" * 600], NotFetched("tea.zip", "large")),
        ([], NotFetched("tea.zip", "empty")),
        (NotThere("large"), NotFetched("tea.zip", "large")),
        (NotThere("large", 20), NotFetched("tea.zip", "large", 20)),
        (NotThere("gone"), NotFetched("tea.zip", "gone")),
        (Gone("left"), NotFetched("tea.zip", "gone")),
        (Refused("no"), NotFetched("tea.zip", "broken")),
        (BadMessage("no"), NotFetched("tea.zip", "broken")),
    ],
)
async def test_what_comes_of_an_offered_file(post: Post, comes: Exception | list[bytes], event: object) -> None:
    post.phone.files = [comes]
    post.refuses_back = 1
    await post.put("e1", OFFER)
    await post.rest()
    assert (post.states(), post.back) == (["waiting"], []), "done only when the bot knows it"
    post.phone.files = [comes]
    post.clock.at = NOW + DAY
    await post.rest()
    assert [(each.id, each.event, each.address) for each in post.back] == [
        ("fetched:2", event, Address("web", "amina"))
    ]
    assert post.states() == ["sent"]
    assert post.world.rows("SELECT count(*) FROM files") == [(int(isinstance(event, Uploaded) or comes == []),)]


async def test_a_file_that_is_said_to_be_too_large_is_not_asked_for(post: Post) -> None:
    await post.put("e1", Fetch("tea.zip", 1001, "ref"))
    await post.rest()
    assert [each.event for each in post.back] == [NotFetched("tea.zip", "large")]


async def test_a_file_is_tried_again_and_given_up_after_a_while(post: Post) -> None:
    post.phone.files = [Throttled("slow", after=1), Unreachable("500"), Unknown("silent"), OSError("a bug")] * 3
    await post.put("e1", OFFER)
    for _ in range(20):
        await post.rest()
        post.clock.at += timedelta(hours=1)
    assert [each.event for each in post.back] == [NotFetched("tea.zip", "broken")]
    assert len(post.phone.files) == 12 - 7, "five attempts; what the platform asks for is none"


async def test_a_file_on_its_way_holds_up_nobody_and_shows_how_far_it_is(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bringing, "EVERY", 0.01)
    post.phone.files = [[b"a" * 10, b"a" * 20]]
    post.phone.pieces = asyncio.Semaphore(1)
    await post.put("e1", Say(words("I am bringing it"), key="up"), Fetch("tea.zip", 30, "ref", "up"))
    await post.put("e2", Say(words("next")))
    shown = ("amina", "@I am bringing it", "10 of 30")
    async with asyncio.timeout(5):
        while len(post.phone.told) < 3:
            await asyncio.sleep(0.001)
        assert sorted(post.phone.told) == [("amina", "", "I am bringing it"), ("amina", "", "next"), shown]
        await asyncio.sleep(0.05)
        assert len(post.phone.told) == 3, "nothing new, nothing said"
        post.phone.pieces.release()
        while not post.back:
            await asyncio.sleep(0.001)
    assert isinstance(post.back[0].event, Uploaded)


async def test_a_word_about_a_file_that_cannot_be_said_changes_nothing(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bringing, "EVERY", 0.01)
    post.phone.files = [[b"a" * 10, b"a" * 20]]
    post.phone.pieces = asyncio.Semaphore(1)
    post.phone.plan = {"10 of 30": [Refused("not now")]}
    await post.put("e1", Say(words("I am bringing it"), key="up"), Fetch("tea.zip", 30, "ref", "up"))
    async with asyncio.timeout(5):
        while post.phone.plan["10 of 30"]:
            await asyncio.sleep(0.001)
        post.phone.pieces.release()
        while not post.back:
            await asyncio.sleep(0.001)
    assert isinstance(post.back[0].event, Uploaded)


async def test_a_stop_leaves_a_file_for_another_time(post: Post) -> None:
    post.phone.files = [[b"a"]]
    post.phone.pieces = asyncio.Semaphore(0)
    await post.put("e1", OFFER)
    await asyncio.sleep(0.05)
    post.outbox.stop()
    assert post.running
    async with asyncio.timeout(5):
        await post.running
    assert post.states() == ["waiting"]
    assert post.world.rows("SELECT count(*), max(attempts) FROM letters, files") == [(0, None)]


async def test_a_stop_while_the_bot_is_told_that_a_file_is_lost_is_no_hang(post: Post) -> None:
    """Its last attempt failed, and the bot is just being told so: the stop comes in the middle of that."""
    post.phone.files = [Unreachable("silent")]
    post.slow_back = 1.0
    await post.world.turn("e1", (OFFER,))
    post.world.database.connection.exec_driver_sql("UPDATE letters SET attempts = 4")
    post.world.database.connection.commit()
    post.outbox.wake()
    while not post.telling:
        await asyncio.sleep(0.01)
    post.outbox.stop()
    assert post.running
    async with asyncio.timeout(5):
        await post.running
    assert post.states() == ["waiting"]


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
