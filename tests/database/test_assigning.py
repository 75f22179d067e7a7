"""Publishing, enrolling, and what newcomers get: for a unit with all below it, now and later."""

from datetime import timedelta

from msgspec.structs import replace

from bot.effects import Bind, Enrol, Note, Progress, Publish, Track
from bot.events import Address
from bot.facts import HeldBack
from bot.given import Unit
from bot.person import Person
from bot.ports import Turned
from tests.database.world import DAY, NOW, UNITS, World, a_person, an_event, pieces

DUE = NOW + 30 * DAY


async def rows_of(world: World, pack: str = "geo") -> dict[str, tuple[int | None, int]]:
    """Deadline (in days from now) and total, by person."""
    day = 86_400_000_000
    start = (NOW - NOW.fromtimestamp(0, NOW.tzinfo)) // timedelta(microseconds=1)
    return {
        person: (None if due is None else (due - start) // day, total)
        for person, due, total in world.rows(f"SELECT person, due_at, total FROM progress WHERE pack = '{pack}'")
    }


async def crowd(world: World) -> None:
    places = {"amina": "harbour", "bilal": "station", "mia": "north", "yuki": "south"}
    await world.people(*(a_person(id_, unit=unit, wake_at=NOW + DAY) for id_, unit in places.items()))


async def test_publishing_makes_the_catalog(world: World) -> None:
    assert (await world.store.catalog()).packs == {}
    await world.publish()
    await world.registry.enlist(UNITS, (), NOW)
    catalog = await world.store.catalog()
    assert [card.id for card in catalog.packs["geo"].lessons[0].cards] == ["france", "spain"]
    assert catalog.is_below("harbour", "all") and not catalog.is_below("south", "north")
    await world.publish(version="2.0.0", cards=("france", "italy"))
    assert (await world.store.catalog()).packs["geo"].version == "2.0.0"
    assert world.rows("SELECT card FROM live_cards ORDER BY card") == [("france",), ("italy",)]


async def test_a_unit_with_all_below_is_enrolled_and_woken(world: World) -> None:
    await crowd(world)
    await world.publish(cards=("a", "b", "c"))
    await world.turn("e1", (Enrol("geo", "mia", unit="north", due_at=DUE),), who="yuki")
    assert await rows_of(world) == {"amina": (30, 3), "bilal": (30, 3), "mia": (30, 3)}
    woken = {each.id: (each.wake_at, each.version) for each in await world.registry.everybody()}
    assert woken == {"amina": (NOW, 2), "bilal": (NOW, 2), "mia": (NOW, 2), "yuki": (NOW + DAY, 2)}
    assert {each.person for each in await world.store.due(NOW, 9)} == {"amina", "bilal", "mia"}


async def test_a_turn_in_the_same_batch_does_not_undo_an_enrolment(world: World) -> None:
    await crowd(world)
    await world.publish()
    events = an_event("e1", "mia"), an_event("e2", "amina")
    async with world.store.batch() as on:
        mia, amina = await on.persons(await on.fresh(events))
        learned = Track(Progress("geo", NOW - DAY, seen=1, total=2))
        turned = (
            Turned(events[0], mia, mia, (Enrol("geo", "mia", unit="north", due_at=DUE),)),
            Turned(events[1], amina, replace(amina, wake_at=NOW + 5 * DAY, streak=3), (learned,)),
        )
        await on.apply(turned, NOW)
    after = await world.person("amina")
    assert (after.wake_at, after.streak, after.version) == (NOW, 3, 3)
    assert (await rows_of(world))["amina"][0] == 30
    assert world.rows("SELECT seen FROM progress WHERE person = 'amina'") == [(1,)]


async def test_a_later_turn_keeps_the_deadline_that_it_does_not_know(world: World) -> None:
    await crowd(world)
    await world.turn("e1", (Track(Progress("geo", NOW, seen=1)),))
    await world.turn("e2", (Enrol("geo", "mia", person="amina", due_at=DUE),), who="mia")
    await world.turn("e3", (Track(Progress("geo", NOW, seen=2)),))
    assert (await rows_of(world))["amina"][0] == 30


async def test_who_has_it_keeps_their_progress_and_gets_the_new_deadline(world: World) -> None:
    await crowd(world)
    mine = Progress("geo", NOW - DAY, "self", NOW, NOW, NOW, None, 4, 9, 3, 0.5)
    await world.turn("e1", (Track(mine),))
    await world.turn("e2", (Enrol("geo", "mia", person="amina", due_at=DUE),), who="mia")
    ((by, seen, score, due),) = world.rows("SELECT by, seen, score, due_at FROM progress")
    assert (by, seen, score) == ("self", 4, 0.5)
    await world.turn("e3", (Enrol("geo", "mia", person="amina"),), who="mia")
    assert due is not None
    assert world.rows("SELECT due_at FROM progress") == [(None,)]


async def test_newcomers_get_what_their_unit_and_those_above_have(world: World) -> None:
    await crowd(world)
    await world.publish()
    enrols = (
        Enrol("geo", "x", unit="all", due_at=NOW + 9 * DAY),
        Enrol("geo", "x", unit="harbour", due_at=DUE),
        Enrol("tea", "x", unit="all", due_at=NOW + DAY),
        Enrol("far", "x", unit="south"),
    )
    await world.registry.carry_out(enrols, NOW)
    door = Address("web", "door")
    joined = Turned(an_event("e1", "door"), Person(), a_person("new", home=door), (Bind(door, "new"),))
    async with world.store.batch() as on:
        await on.apply((joined,), NOW + 2 * DAY)
    assert (await rows_of(world))["new"] == (30, 2), "the nearest unit's deadline"
    assert (await rows_of(world, "tea"))["new"] == (None, 0), "a deadline that has passed is not for newcomers"
    assert "new" not in await rows_of(world, "far")
    await world.turn("e2", (), who="door", unit="south")
    assert (await rows_of(world, "far"))["new"] == (None, 0)
    assert "bilal" not in await rows_of(world, "far")


async def test_the_turn_that_brings_a_newcomer_may_track_at_once(world: World) -> None:
    await crowd(world)
    await world.registry.carry_out((Enrol("geo", "x", unit="harbour", due_at=DUE),), NOW)
    door = Address("web", "door")
    effects = (Bind(door, "new"), Track(Progress("geo", NOW, seen=1, total=5)))
    async with world.store.batch() as on:
        await on.apply((Turned(an_event("e1", "door"), Person(), a_person("new", home=door), effects),), NOW)
    assert (await rows_of(world))["new"] == (30, 5)
    assert world.rows("SELECT seen FROM progress WHERE person = 'new'") == [(1,)]


async def test_people_from_a_list(world: World) -> None:
    await crowd(world)
    await world.registry.carry_out((Enrol("geo", "x", unit="north", due_at=DUE),), NOW)
    amina, yuki = await world.person("amina"), await world.person("yuki")
    listed = (replace(amina, name="Amina D."), replace(yuki, unit="harbour"), a_person("tom", unit="station"))
    await world.registry.enlist((Unit("harbour", "New Harbour", "north"),), listed, NOW)
    everybody = {each.id: each for each in await world.registry.everybody()}
    assert (everybody["amina"].name, everybody["amina"].version) == ("Amina D.", amina.version + 1)
    assert set(await rows_of(world)) == {"amina", "bilal", "mia", "yuki", "tom"}
    assert [unit.name for unit in await world.registry.units()] == [
        "Morsel Foods",
        "North",
        "South",
        "New Harbour",
        "Station",
    ]


async def test_units_in_a_circle_end_nothing(world: World) -> None:
    await world.registry.enlist((Unit("a", "A", "b"), Unit("b", "B", "a")), (a_person(unit="a", home=None),), NOW)
    await world.registry.carry_out((Enrol("geo", "x", unit="b"),), NOW)
    assert set(await rows_of(world)) == {"amina"}
    assert {unit.id for unit in await world.registry.units()} == {"a", "b"}


async def test_a_new_version_changes_the_total_of_unfinished_packs_only(world: World) -> None:
    await crowd(world)
    await world.publish(cards=("a", "b"))
    await world.registry.carry_out((Enrol("geo", "x", unit="north"),), NOW)
    await world.turn("e1", (Track(Progress("geo", NOW, completed_at=NOW, total=2)),))
    await world.publish(version="1.1.0", cards=("a", "b", "c"))
    assert {person: total for person, (_, total) in (await rows_of(world)).items()} == {
        "amina": 2,
        "bilal": 3,
        "mia": 3,
    }


async def test_a_file_that_is_no_pack_is_not_published(world: World) -> None:
    kept = await world.store.keep_file("x.zip", pieces(b"no pack"), 1000)
    assert kept
    assert (await world.store.read_pack(kept)).pack is None
    try:
        await world.registry.carry_out((Note(HeldBack("x")), Publish(kept.file, "x", "1.0.0")), NOW)
    except ValueError:
        pass
    else:
        raise AssertionError("published")
    assert world.rows("SELECT * FROM facts") == []
