"""Asking for updates over real sockets: what is not committed is not confirmed, whatever happens in between."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import aiohttp
import msgspec
import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from adapters.telegram.channel import TelegramChannel
from adapters.telegram.polling import LEASE
from adapters.telegram.settings import TelegramSettings
from bot.events import Called, Incoming, Said
from bot.ports import Misconfigured, StoreProblem
from tests.fakes.telegram.people import FakeUser
from tests.fakes.telegram.waiting import until
from tests.telegram.world import QUICK, World, a_world


@pytest.fixture
def logs() -> Iterator[list[EventDict]]:
    with capture_logs() as said:
        yield said


async def amina_in(world: World) -> FakeUser:
    amina = world.user("Amina")
    await world.joins(amina, "amina")
    return amina


def ids(world: World) -> list[str]:
    return [incoming.id for incoming in world.given]


async def test_a_single_update_is_not_confirmed_while_the_store_is_down(tmp_path: Path) -> None:
    """Also right behind one that was: then it is the very one that the poller stands before."""
    async with a_world(tmp_path) as world:
        amina = await amina_in(world)
        amina.say("/progress")
        await world.settled()

        async def down(incoming: Incoming) -> None:
            raise StoreProblem("The disk is full.", "Make room.")

        async def up(incoming: Incoming) -> None:
            pass

        for said in ("/progress", "/packs"):
            world.before = down
            before = len(world.given)
            amina.say(said)
            await until(lambda before=before: len(world.given) >= before + 3)  # type: ignore[misc]
            assert len(world.fake.updates.pending) == 1, "Telegram still has it"
            world.before = up
            await world.settled()
        assert len(amina.messages) == 3


async def test_nothing_is_confirmed_while_the_store_is_down(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        amina = await amina_in(world)

        async def down(incoming: Incoming) -> None:
            raise StoreProblem("The disk is full.", "Make room.")

        world.before = down
        amina.say("/learn geo")
        amina.say("/progress")
        await until(lambda: len(world.given) >= 3)
        assert len(world.fake.updates.pending) == 2 and not amina.messages

        async def up(incoming: Incoming) -> None:
            pass

        world.before = up
        await world.settled()
        assert len(amina.messages) == 2
        assert [incoming.event for incoming in world.given[-2:]] == [Called("learn", "geo"), Called("progress")]


async def test_a_crash_after_the_commit_repeats_nothing(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        amina = await amina_in(world)
        amina.say("/learn geo")
        await world.settled()
        held = asyncio.Event()

        async def hang(incoming: Incoming) -> None:
            held.set()
            await asyncio.Event().wait()

        world.after = hang
        amina.press("Next")
        await held.wait()  # it is committed, and Telegram does not know yet
        assert world.fake.updates.pending
        await world.crash()

        async def go_on(incoming: Incoming) -> None:
            pass

        world.after = go_on
        await world.start()
        await world.settled()
        assert not world.fake.updates.pending
        assert ids(world)[-1] == ids(world)[-2], "it came again"
        assert len(amina.messages) == 2 and amina.messages[1].rows, "and happened once: one question stands there"


async def test_a_crash_before_the_commit_loses_nothing(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        amina = await amina_in(world)
        held = asyncio.Event()

        async def hang(incoming: Incoming) -> None:
            held.set()
            await asyncio.Event().wait()

        world.before = hang
        amina.say("/learn geo")
        await held.wait()
        await world.crash()

        async def go_on(incoming: Incoming) -> None:
            pass

        world.before = go_on
        await world.start()
        await world.settled()
        assert len(amina.messages) == 1


@pytest.mark.parametrize(
    "poison",
    [
        {"telepathy": {"thought": "?"}},
        {"message": {"message_id": 1, "text": "Who am I?"}},
        {"message": {"chat": "x"}},
        {"callback_query": {"id": "1"}},
        {"update_id": None, "message": {"chat": {"id": 1}}},
        {"update_id": None},
        b"[]",
        b'"words"',
        b"{",
        b"<html>\xff\xfe</html>",
        b'{"update_id": 800000001, "message": {"text": "\xff\xfe"',
    ],
    ids=str,
)
async def test_what_cannot_be_read_stops_nobody(tmp_path: Path, poison: dict[str, object] | bytes) -> None:
    async with a_world(tmp_path) as world:
        amina = await amina_in(world)
        amina.say("/help")
        await world.settled()
        if isinstance(poison, bytes) and b"800000001" in poison:
            world.fake.updates.next_id = 800_000_001
        world.fake.inject(poison)
        await asyncio.sleep(0.05)
        amina.say("/learn geo")
        world.fake.inject(poison)
        amina.say("/progress")
        await until(lambda: len(amina.messages) == 3)
        amina.say("/packs")
        await until(lambda: len(amina.messages) == 4)
        await world.settled()
        assert [incoming.event for incoming in world.given][:1] == [Called("help")]


async def test_an_update_set_aside_is_kept_whole(tmp_path: Path, logs: list[EventDict]) -> None:
    async with a_world(tmp_path) as world:
        number = world.fake.inject({"message": {"message_id": 1, "text": "a secret of somebody"}})
        await until(lambda: not world.fake.updates.pending)
        rows, many = await world.parts.aside.newest(10)  # type: ignore[attr-defined]
        assert many == 1 and b"a secret of somebody" in rows[0].raw
        assert rows[0].id == f"telegram:110201543:{number}"
        said = str(logs)
        assert rows[0].reference in said and "a secret" not in said


async def test_a_bug_that_keeps_one_update_out_stops_nobody(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        amina = await amina_in(world)

        async def trip(incoming: Incoming) -> None:
            if incoming.event == Said("trip"):
                raise TypeError("a bug on the way to the service")

        world.before = trip
        amina.say("trip")
        amina.say("/learn geo")
        await world.settled()
        assert len(amina.messages) == 1
        assert (await world.parts.aside.newest(10))[1] == 1  # type: ignore[attr-defined]


async def test_repeats_and_disorder_change_nothing(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        world.fake.limits.off = True
        amina, bilal = await amina_in(world), world.user("Bilal")
        await world.joins(bilal, "bilal")
        for n in range(12):
            world.fake.faults.next("duplicate" if n % 2 else "reorder", method="getUpdates")
        for n in range(20):
            amina.say(f"/progress {n}")
            bilal.say("/packs")
            await asyncio.sleep(0.005 * (n % 3))
        await world.settled()
        assert world.fake.faults.happened
        once = dict.fromkeys(ids(world))
        assert len(once) == 40
        mine = [world.given[ids(world).index(each)].event for each in once if each in ids(world)]
        said = [event.args for event in mine if isinstance(event, Called) and event.name == "progress"]
        assert said == [str(n) for n in range(20)], "in their order"
        assert amina.messages and bilal.messages


async def test_people_do_not_wait_for_one_another(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        amina, bilal = await amina_in(world), world.user("Bilal")
        await world.joins(bilal, "bilal")
        free = asyncio.Event()

        async def slow(incoming: Incoming) -> None:
            if incoming.address and incoming.address.chat == str(amina.id):
                await free.wait()

        world.before = slow
        amina.say("/learn geo")
        amina.say("/progress")
        bilal.say("/learn geo")
        await until(lambda: bilal.messages)
        hers = [each.event for each in world.given if each.address and each.address.chat == str(amina.id)]
        assert hers == [Called("learn", "geo")], "her second word waits for her first"
        free.set()
        await world.settled()
        assert len(amina.messages) == 2


@pytest.mark.parametrize("fault", ["500", "502", "reset", "garbage", "429", "lost"])
async def test_telegram_fails_for_a_while(tmp_path: Path, fault: str) -> None:
    async with a_world(tmp_path) as world:
        amina = await amina_in(world)
        world.fake.faults.next(fault, method="getUpdates", times=3, seconds=1)
        amina.say("/learn geo")
        amina.say("/help")
        await world.settled()
        assert len(amina.messages) == 2
        assert (await world.parts.aside.newest(10))[1] == 0  # type: ignore[attr-defined]


async def test_another_program_polls(tmp_path: Path, logs: list[EventDict]) -> None:
    async with a_world(tmp_path) as world:
        amina = await amina_in(world)
        await until(lambda: world.calls("getUpdates") >= 1)
        async with aiohttp.ClientSession() as thief:
            url = f"{world.server}/bot{world.fake.token}/getUpdates"
            async with asyncio.timeout(10), thief.post(url, data={"timeout": "1"}) as answer:
                await answer.read()
        assert any("Another program polls" in entry["event"] and entry["log_level"] == "error" for entry in logs)
        amina.say("/learn geo")
        await until(lambda: amina.messages)


async def test_whoever_meets_another_program_stops_for_a_while(tmp_path: Path, logs: list[EventDict]) -> None:
    """Two that fight would each spoil the other's every question."""
    async with a_world(tmp_path, timing=msgspec.structs.replace(QUICK, lease=60.0)) as world:
        await until(lambda: world.calls("getUpdates") >= 1)
        async with aiohttp.ClientSession() as thief:
            url = f"{world.server}/bot{world.fake.token}/getUpdates"
            async with asyncio.timeout(10), thief.post(url, data={"timeout": "1"}) as answer:
                await answer.read()
        await until(lambda: any("Another program polls" in entry["event"] for entry in logs))
        polls, now = world.calls("getUpdates"), world.clock.now()
        await asyncio.sleep(0.5)
        assert world.calls("getUpdates") == polls
        assert await world.parts.leases.take(LEASE, "another process", now, now + timedelta(seconds=60)), "given back"


async def test_two_processes_take_turns(tmp_path: Path, logs: list[EventDict]) -> None:
    async with a_world(tmp_path) as world:
        amina = await amina_in(world)
        from dataclasses import replace

        parts = replace(world.parts, holder="another process")
        second = TelegramChannel(TelegramSettings(world.fake.token, "", world.server), parts, QUICK)
        also = asyncio.create_task(second.run(world._deliver))
        await until(lambda: second.accounts())
        polls = world.calls("getUpdates")
        amina.say("/learn geo")
        await until(lambda: amina.messages)
        world.running.cancel()
        await asyncio.gather(world.running, return_exceptions=True)
        world.clock.ahead = timedelta(seconds=QUICK.lease)  # should the first have gone without a word
        await until(lambda: world.calls("getUpdates") > polls + 1)
        amina.say("/progress")
        await until(lambda: len(world.given) == 2)
        assert not [entry for entry in logs if entry["log_level"] == "error"], "they never fought"
        also.cancel()
        await asyncio.gather(also, return_exceptions=True)


async def test_who_lost_the_lease_polls_no_more(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        amina = await amina_in(world)
        world.clock.ahead = timedelta(minutes=1)  # a process that slept: its lease has run out
        now = world.clock.now()
        assert await world.parts.leases.take("telegram:poller", "another", now, now + timedelta(minutes=1))
        await asyncio.sleep(3 * QUICK.beat)
        polls = world.calls("getUpdates")
        amina.say("/learn geo")
        await asyncio.sleep(2 * QUICK.beat)
        assert world.calls("getUpdates") == polls and not world.given
        await world.parts.leases.release("telegram:poller", "another")
        await until(lambda: amina.messages)


async def test_a_wrong_token_turns_it_off(tmp_path: Path, logs: list[EventDict]) -> None:
    async with a_world(tmp_path) as world:
        token = "110201543:AAHwrongwrongwrongwrongwrongwrongwro"
        channel = TelegramChannel(TelegramSettings(token, "", world.server), world.parts, QUICK)
        with pytest.raises(Misconfigured):
            await channel.run(world._deliver)
        assert channel.accounts() == ()
        assert token not in str(logs) and "BotFather" in str(logs)


async def test_a_token_revoked_meanwhile_turns_it_off(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        world.fake.token = "110201543:AAHanotherAAHanotherAAHanotherAAHan"
        world.fake.updates.changed()
        world.fake.user("Wakes").start()
        with pytest.raises(Misconfigured):
            await asyncio.wait_for(asyncio.shield(world.running), 20)
        assert world.channel.accounts() == ()


def test_what_is_no_token() -> None:
    with pytest.raises(Misconfigured):
        TelegramChannel(TelegramSettings("not a token"), None)  # type: ignore[arg-type]


async def test_a_webhook_that_was_set_is_taken_away(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        amina = await amina_in(world)
        await world.stop()
        world.fake.updates.set_webhook({"url": "https://elsewhere.example/x"})
        amina.say("/learn geo")
        await world.start()
        await world.settled()
        assert len(amina.messages) == 1 and not world.fake.updates.webhook.url
        dropped = [
            call.params.get("drop_pending_updates") for call in world.fake.calls if call.method == "deleteWebhook"
        ]
        assert dropped and not any(each == "true" for each in dropped)


async def test_what_is_asked_for(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        await until(lambda: world.calls("getUpdates"))
        asked = next(call for call in world.fake.calls if call.method == "getUpdates").params
        wanted = ["message", "callback_query", "my_chat_member", "poll_answer", "poll"]
        assert [each for each in wanted if each not in asked["allowed_updates"]] == []
        assert "edited_message" not in asked["allowed_updates"]
