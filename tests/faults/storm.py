"""A storm as it is told to each channel: what is written, who sends it, and what must be true when the sky is clear again.

The channel, its library and the outbox are the real ones; the far end is a strict fake (`storm_houses`), the time is
simulated. `LETTERS` is 5,000, or 20,000 in CI and with MORSEL_TEST_LONG=1.
"""

import asyncio
import os
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

import structlog

from adapters.database.aside import Aside
from adapters.database.leases import Leases
from adapters.database.media import Media
from adapters.database.vault import Vault
from adapters.parts import Parts
from bot.effects import Say
from bot.events import Address, Incoming
from bot.given import Catalog
from bot.message import Button, Message, paragraph
from bot.outbox import Outbox
from bot.ports import Channel, Deliver, Letter
from bot.ports import Outbox as Rows
from tests.bot.platform import MemoryRows
from tests.database.world import World, a_person, open_world, words
from tests.faults.storm_houses import Arrival, Label, Ledger, now
from tests.faults.storm_wires import House, wired
from tests.simulated import START, Clock

LONG: Final = "CI" in os.environ or os.environ.get("MORSEL_TEST_LONG") == "1"
LETTERS: Final = 20_000 if LONG else 5_000
SOMEDAY: Final = START + timedelta(days=60)
WRITTEN_LONG: Final = 20  # one letter in so many needs two messages


async def nobody(incoming: Incoming) -> None:
    raise AssertionError(f"nobody leaves or comes: {incoming}")


@asynccontextmanager
async def a_desk(folder: Path, house: House) -> AsyncIterator[tuple[World, Parts]]:
    """A real database for what channels keep, and a wire to that house. Thousands of failures are told to nobody."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    with open_world(folder) as world:
        wired(house).works.append(lambda: bool(world.database._readers._looks))
        try:
            yield (
                world,
                Parts(
                    clock=Clock(),
                    catalog=Catalog,
                    menu=lambda role, language: (),
                    media=Media(world.database),
                    vault=Vault(world.database, folder / "morsel.key"),
                    leases=Leases(world.database),
                    aside=Aside(world.database),
                    quizzes=world.store,
                    link="https://learn.example.org",
                    holder="this process",
                ),
            )
        finally:
            structlog.reset_defaults()


@asynccontextmanager
async def at_work(rows: Rows, channel: Channel, deliver: Deliver = nobody) -> AsyncIterator[Outbox]:
    """The channel and the outbox, running as the program runs and ends them."""
    outbox = Outbox(rows, {channel.name: channel}, deliver, Clock())
    running = asyncio.create_task(channel.run(deliver))
    telling = asyncio.create_task(outbox.run())
    try:
        yield outbox
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        outbox.stop()
        await telling


async def until(done: Callable[[], bool], every: float = 0.5) -> None:
    """Looked at every so many simulated seconds, for ten days at most."""
    while now() < 864_000:
        if done():
            return
        await asyncio.sleep(every)
    raise AssertionError("it never ends")


def written(places: Sequence[Address], letters: int, pieces: Sequence[Sequence[str]]) -> dict[Address, list[Letter]]:
    """As many letters for everybody, in no order; some need several messages, which `pieces` shows for a long letter:
    its paragraphs, the first of each with a number to be filled in."""
    order = [place for place in places for _ in range(letters // len(places))]
    random.Random(7).shuffle(order)
    found: dict[Address, list[Letter]] = {place: [] for place in places}
    for id_, place in enumerate(order, 1):
        long = id_ % WRITTEN_LONG == 0
        said = [part.format(id=id_) for piece in pieces for part in piece] if long else [f"#{id_}.1 What is soap?"]
        message = Message(tuple(map(paragraph, said)), ((Button("Soap", f"{id_}.a"), Button("Water", f"{id_}.b")),))
        found[place].append(Letter(id_, place, message, until=SOMEDAY))
    return found


def labels(letters: Sequence[Letter]) -> list[Label]:
    """What is to arrive of them, in order."""
    return [(each.id, n) for each in letters for n in ((1, 2) if each.id % WRITTEN_LONG == 0 else (1,))]


async def stored(world: World, places: Sequence[Address], each: int) -> dict[Address, list[Label]]:
    """So many letters for everybody by turns on the real store; what is to arrive, in order."""
    found: dict[Address, list[Label]] = {place: [] for place in places}
    await world.people(a_person())
    for n in range(each):
        numbers = range(n * len(places) + 1, (n + 1) * len(places) + 1)
        says = (Say(words(f"#{id_}.1 What is soap?"), to=to) for id_, to in zip(numbers, places, strict=True))
        await world.turn(f"e{n}", tuple(says), now=START)
        for id_, place in zip(numbers, places, strict=True):
            found[place].append((id_, 1))
    return found


async def all_sent(world: World) -> None:
    """Until no letter of the store waits; none of them has failed."""
    await until(lambda: world.rows("SELECT count(*) FROM letters WHERE state = 'waiting'") == [(0,)], every=5)
    told = world.rows("SELECT state, why, channel, count(*) FROM letters WHERE state <> 'said' GROUP BY 1, 2, 3")
    assert [state for state, *_ in told] == ["sent"], told


def in_memory(letters: Mapping[Address, Sequence[Letter]]) -> MemoryRows:
    """The outbox's rows, all of them waiting."""
    rows = MemoryRows()
    for letter in sorted((each for there in letters.values() for each in there), key=lambda each: each.id):
        rows.add(letter)
    return rows


def all_arrived_in_order(told: Mapping[Address, Sequence[Label]], wanted: Mapping[Address, Sequence[Label]]) -> None:
    """`told`: what stands in each conversation, as people see it. A repeat comes before the next."""
    for address, there in wanted.items():
        assert list(dict.fromkeys(told[address])) == list(there), address
        assert list(told[address]) == sorted(told[address]), address
    assert set(told) == set(wanted)


def repeats(told: Mapping[Address, Sequence[Label]]) -> Counter[Label]:
    """What stands there more than once, and how often too much."""
    copies = Counter(each for there in told.values() for each in there)
    return Counter({each: many - 1 for each, many in copies.items() if many > 1})


def nobody_starves(arrivals: Sequence[Arrival], share: int) -> None:
    """Everybody had as much to hear, in as bad weather: half way through nobody has heard next to nothing, and nobody is
    done long after the others."""
    half, ends = Counter[Address](), dict[Address, float]()
    for each in sorted(arrivals)[: len(arrivals) // 2]:
        half[each.address] += 1
    for each in sorted(arrivals):
        ends[each.address] = each.at
    assert min(half[address] for address in ends) >= share / 5, half.most_common()[-3:]
    ordered = sorted(ends.values())
    assert ordered[-1] <= 1.5 * ordered[len(ordered) // 2]


def weather(ledger: Ledger) -> str:
    """What happened, for `pytest -s`."""
    return (
        f"{ledger.tried} tries in {now():.0f} simulated s: {dict(ledger.ends)}; {len(ledger.arrived)} arrived, "
        f"{sum(ledger.lost.values())} answers lost, {ledger.crossed} crossed a 429"
    )
