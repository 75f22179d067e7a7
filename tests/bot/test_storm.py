"""The outbox in bad weather and on a busy morning: tens of thousands of letters, in simulated time."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from statistics import median

import structlog

from bot.effects import Say
from bot.events import Address, Incoming
from bot.message import Message
from bot.outbox import Outbox
from bot.ports import Letter, Pace
from bot.ports import Outbox as Rows
from tests.bot.platform import CALM, STORM, MemoryRows, Platform, now
from tests.database.world import a_person, open_world, words
from tests.simulated import START, Clock, Loop, run

TELEGRAM = Pace(pushes=30, chat=1, group=3, burst=5)
DAY = timedelta(days=1)


async def nobody(incoming: Incoming) -> None:
    raise AssertionError(f"nobody leaves: {incoming}")


@asynccontextmanager
async def at_work(rows: Rows, platform: Platform) -> AsyncIterator[Outbox]:
    # What is said of 20,000 failures is looked at elsewhere.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    outbox = Outbox(rows, {platform.name: platform}, nobody, Clock())
    task = asyncio.create_task(outbox.run())
    try:
        yield outbox
    finally:
        outbox.stop()
        await task
        structlog.reset_defaults()


async def until(done: Callable[[], bool]) -> None:
    """Looked at twice a simulated second, for two days at most."""
    for _ in range(2 * 172_800):
        if done():
            return
        await asyncio.sleep(0.5)
    raise AssertionError("it never ends")


def check(platform: Platform, written: dict[Address, list[int]]) -> None:
    """Everything arrived, in order, and twice only what a lost answer explains."""
    assert not platform.wrong, platform.wrong[:5]
    for address, letters in written.items():
        arrived = [each.letter for each in platform.delivered[address]]
        assert list(dict.fromkeys(arrived)) == letters, address
        assert arrived == sorted(arrived), "a repeat comes before the next"
    copies = Counter(each.letter for there in platform.delivered.values() for each in there)
    doubtful = Counter(each.id for each in platform.lost if each.address.account not in platform.remembers)
    assert {id_: many - 1 for id_, many in copies.items() if many > 1} == dict(doubtful)
    assert doubtful and len(platform.lost) > doubtful.total(), "both kinds of accounts lost answers"


def within(times: list[float], seconds: float) -> int:
    """The most that happened within so many seconds."""
    most = first = 0
    for last in range(len(times)):
        while times[first] <= times[last] - seconds:
            first += 1
        most = max(most, last - first + 1)
    return most


def test_twenty_thousand_letters_through_a_storm() -> None:
    run(_storm(letters=20_000, chats=100, accounts=("a", "b", "c", "d")))


async def _storm(letters: int, chats: int, accounts: tuple[str, ...]) -> None:
    rows, luck = MemoryRows(), random.Random(7)
    platform = Platform(accounts, STORM, TELEGRAM, remembers=frozenset(accounts[::2]))
    places = [Address("far", f"{account}/{chat}") for account in accounts for chat in range(chats)]
    written: dict[Address, list[int]] = {place: [] for place in places}
    for id_ in range(1, letters + 1):
        place = luck.choice(places)
        written[place].append(id_)
        rows.add(Letter(id_, place, Message(), amend=id_ % 3 == 0))
    async with at_work(rows, platform):
        await until(lambda: not any(rows.waiting.values()))
    assert not rows.failed
    check(platform, written)
    assert platform.throttled > letters * 0.3
    for place, there in platform.delivered.items():
        assert within([each.at for each in there], 10) <= TELEGRAM.burst + 10 + 1, place
    # Each chat had about as much to hear, and as bad weather: none was done long after the others of its account.
    for account in accounts:
        ends = [there[-1].at for place, there in platform.delivered.items() if place.account == account]
        assert max(ends) < 1.5 * median(ends)


def test_a_chat_that_is_closed_for_hours_holds_up_nobody() -> None:
    run(_closed())


async def _closed() -> None:
    rows, platform = MemoryRows(), Platform(("a", "b"), CALM, TELEGRAM)
    for id_ in range(1, 1001):
        rows.add(Letter(id_, Address("far", f"a/{id_ % 500}"), Message()))
    for chat in range(400):  # more than may be under way at once; they were there first
        address = Address("far", f"a/{chat}")
        platform.closed[address] = 7200.0
    async with at_work(rows, platform) as outbox:
        account = outbox._accounts
        outbox._lanes(START.timestamp())
        for chat in range(400):
            account["far", "a"].rest(Address("far", f"a/{chat}"), START.timestamp() + 7200)
        await asyncio.sleep(30)
        there = sum(map(len, platform.delivered.values()))
        assert there == 200
        await until(lambda: not any(rows.waiting.values()))
    assert not platform.wrong
    assert 7200 <= now() < 7260


def test_one_account_that_is_closed_does_not_stop_the_others() -> None:
    run(_accounts())


async def _accounts() -> None:
    names = tuple(f"w{n}" for n in range(50))
    rows, platform = MemoryRows(), Platform(names, CALM, Pace(pushes=1, chat=1))
    for id_ in range(1, 2001):
        rows.add(Letter(id_, Address("far", f"w{id_ % 50}/{id_ % 7}"), Message(), until=START + DAY))
    async with at_work(rows, platform) as outbox:
        outbox._lanes(START.timestamp())
        outbox._accounts["far", "w0"].rest_all(START.timestamp() + 600)
        await until(lambda: sum(any(ids) for ids in rows.waiting.values()) <= 7)
        assert now() < 45, "each workspace has its own second"
        await until(lambda: not any(rows.waiting.values()))
    assert 600 <= now() < 660


def test_ten_thousand_at_nine_and_answers_go_first() -> None:
    run(_morning())


async def _morning() -> None:
    rows, platform = MemoryRows(), Platform(("",), CALM, TELEGRAM)
    luck, people = random.Random(3), 10_000
    for id_ in range(1, people + 1):
        rows.add(Letter(id_, Address("far", str(id_)), Message(), until=START + DAY))
    asked: dict[int, float] = {}
    moments = sorted((luck.uniform(0, 330), luck.randrange(1, people + 1)) for _ in range(300))
    async with at_work(rows, platform) as outbox:
        for id_, (at, person) in enumerate(moments, people + 1):
            await asyncio.sleep(max(at - now(), 0.0))
            asked[id_] = now()
            rows.add(Letter(id_, Address("far", str(person)), Message()))
            outbox.wake()
        await until(lambda: not any(rows.waiting.values()))
    assert not platform.wrong
    arrived = {each.letter: each for there in platform.delivered.values() for each in there}
    assert len(arrived) == people + 300
    waits = [arrived[id_].at - at for id_, at in asked.items()]
    assert max(waits) < 1.0
    assert max(platform.calls) <= 333 * 1.05
    assert within(platform.calls, 1) <= 30 + 3 + 5, "a few answers come together now and then"
    assert within(platform.calls, 60) <= 30 * 60 + 3 + 30


def test_a_storm_on_the_real_store(tmp_path: Path) -> None:
    run(_stored(tmp_path))


async def _stored(folder: Path) -> None:
    accounts = ("a", "b")
    places = [Address("far", f"{account}/{chat}") for account in accounts for chat in range(5)]
    platform = Platform(accounts, STORM._replace(lost=0.2), TELEGRAM, remembers=frozenset(("a",)), seed=5)
    with open_world(folder) as world:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, Loop)
        loop.works.append(lambda: bool(world.database._readers._looks))
        await world.people(a_person())
        for n in range(10):
            await world.turn(f"e{n}", tuple(Say(words(f"{n}"), to=place) for place in places), now=START)
        waiting = "SELECT count(*) FROM letters WHERE state = 'waiting'"
        async with at_work(world.store, platform):
            await until(lambda: world.rows(waiting) == [(0,)])
        written: dict[Address, list[int]] = {place: [] for place in places}
        for id_, chat in world.rows("SELECT id, chat FROM letters WHERE channel = 'far' ORDER BY id"):
            written[Address("far", chat)].append(id_)
        check(platform, written)
        assert world.rows("SELECT count(*) FROM letters WHERE state = 'sent'") == [(100,)]
        marks = world.rows("SELECT id, mark FROM letters WHERE state = 'sent'")
        assert all(mark == f"@{id_}" for id_, mark in marks)
