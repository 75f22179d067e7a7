"""A workspace without the app: its people are not reached there, and are again once it is back. One of two can be written
to elsewhere too, and is. A token that is refused without an event is an operator's affair and changes nobody."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from adapters.database import store
from adapters.slack import departures, installs
from adapters.slack.departures import AWAY
from bot.effects import Bind
from bot.events import Address, Left, Met
from bot.person import Person
from tests.fakes.slack.people import FakePerson
from tests.slack.test_installing import installed
from tests.slack.until import until
from tests.slack.world import World, a_world

ELSEWHERE = Address("telegram", "7001")


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path, mode="http", oauth=True) as made:
        await installed(made)
        yield made


async def two(world: World) -> tuple[FakePerson, FakePerson]:
    """Amina has Slack alone, Ben a second channel."""
    amina, ben = world.person("Amina Diallo"), world.person("Ben Smith")
    await world.enlist(amina, "amina")
    await world.enlist(ben, "ben")
    stored = (await known(world))["ben"]
    await world.registry.enlist((), (replace(stored, others=(ELSEWHERE,)),), world.clock.now())
    await world.registry.carry_out((Bind(ELSEWHERE, "ben"),), world.clock.now())
    return amina, ben


async def known(world: World) -> dict[str, Person]:
    return {person.id: person for person in await world.registry.everybody()}


def told(world: World, kind: type) -> list[Address | None]:
    return [each.address for each in world.heard if isinstance(each.event, kind)]


async def all_back(world: World) -> None:
    """Until a reinstall is done with."""
    async with asyncio.timeout(30):
        while await world.parts.vault.names(AWAY):
            await asyncio.sleep(0.01)


async def test_unreachable_or_moved_and_back(world: World) -> None:
    amina, ben = await two(world)
    world.team.uninstall()
    await until(lambda: not world.fake.deliveries.open)
    people = await known(world)
    assert not people["amina"].reachable
    assert people["amina"].wake_at is None
    assert (people["ben"].reachable, people["ben"].home, people["ben"].others) == (True, ELSEWHERE, ())
    assert {each.event.why for each in world.heard if isinstance(each.event, Left)} == {"uninstalled"}

    read = len(amina.messages), len(ben.messages)
    await installed(world)
    await all_back(world)
    await world.settled()
    people = await known(world)
    assert people["amina"].reachable
    assert people["amina"].wake_at is not None
    assert people["amina"].home == world.address(amina)
    assert (people["ben"].home, people["ben"].others) == (ELSEWHERE, (world.address(ben),))
    assert (len(amina.messages), len(ben.messages)) == read, "who is known reads nothing"
    assert len(told(world, Met)) == 2


async def test_two_events_of_one_uninstall_happen_once(world: World) -> None:
    """Slack tells by two of them at once, and may repeat either."""
    await two(world)
    world.team.uninstall()
    world.team.event({"type": "app_uninstalled"})
    await until(lambda: not world.fake.deliveries.open)
    assert len(told(world, Left)) == 2


async def test_again_and_again(world: World) -> None:
    """Each leaving is one of its own."""
    await two(world)
    for _ in range(2):
        world.team.uninstall()
        await until(lambda: not world.fake.deliveries.open)
        assert not (await known(world))["amina"].reachable
        await installed(world)
        await all_back(world)
        assert (await known(world))["amina"].reachable


async def test_not_acknowledged_before_all_is_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the store is down nothing is; then everybody is told, even should Slack have given up by then."""
    monkeypatch.setattr(departures, "LOOK", 0.05)
    async with a_world(tmp_path, mode="http") as world:
        await two(world)
        world.down = True
        world.team.uninstall()
        await until(lambda: not world.channel.accounts())
        await asyncio.sleep(0.2)
        assert world.fake.deliveries.open
        world.down = False
        await until(lambda: len(told(world, Left)) == 2)
        assert not (await known(world))["amina"].reachable


async def test_only_people_of_that_workspace_in_pages(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "BOUND_AT_ONCE", 2)
    ours = [world.person(f"Person {number}") for number in range(5)]
    for number, person in enumerate(ours):
        await world.enlist(person, f"p{number}")
    for number, chat in enumerate((f"{world.team.id}0/U1", f"{world.team.id.lower()}/U1", "T_______/U1", "U1")):
        await world.registry.enlist((), (Person(id=f"x{number}", name="X", unit="harbour"),), world.clock.now())
        await world.registry.carry_out((Bind(Address("slack", chat), f"x{number}"),), world.clock.now())
    expected = sorted(world.address(person) for person in ours)
    assert sorted(await world.store.bound("slack", world.team.id)) == expected
    assert await world.store.bound("slack", "T%") == []
    assert len(await world.store.bound("slack", "T_______")) == 1
    world.team.uninstall()
    await until(lambda: not world.fake.deliveries.open)
    assert sorted(each for each in told(world, Left) if each) == expected


async def test_a_late_event_harms_nobody(world: World) -> None:
    await two(world)
    world.team.event({"type": "app_uninstalled"})
    await world.settled()
    assert told(world, Left) == []


async def test_the_token_of_the_settings_is_uninstalled_and_a_new_one_set(tmp_path: Path) -> None:
    async with a_world(tmp_path, mode="http") as world:
        await two(world)
        world.team.uninstall()
        await until(lambda: not world.fake.deliveries.open)
        assert not (await known(world))["amina"].reachable
        await world.stop_channel()
        world.team.install()
        world.settings = replace(world.settings, bot_token=world.team.token)
        await world.start_channel()
        await until(lambda: len(told(world, Met)) == 2)
        await all_back(world)
        assert (await known(world))["amina"].reachable


async def test_a_refused_token_of_the_settings_changes_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No event said so: letters wait, and nobody is told of when it works again."""
    monkeypatch.setattr(installs, "RARELY", 0.05)
    async with a_world(tmp_path, mode="http") as world:
        await two(world)
        token = world.fake.tokens[world.team.token]
        token.state = "revoked"
        await world.stop_channel()
        await world.start_channel()
        await until(lambda: bool(world.channel.off()))
        assert (await known(world))["amina"].reachable
        token.state = "live"
        await until(lambda: not world.channel.off())
        assert (told(world, Left), told(world, Met)) == ([], [])
