"""A batch of turns: each id once, the newest version wins or nobody, and all of it or nothing."""

import asyncio
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from adapters.database import rows
from adapters.database.sweeping import AT_ONCE
from bot.effects import Bind, Invite, MakeInvite, Note, Pass, Progress, Remember, Say, Track, UseInvite
from bot.events import Address, Called, Incoming, Prodded, Rang
from bot.facts import Answered, HeldBack, Set, verb
from bot.person import Asking, Item, Person, Role, Session
from bot.ports import Raced, Turned
from lessons.model import CardRef
from tests.database.world import DAY, NOW, World, a_person, a_state, an_event, words

CODE = "0" * 64


class Crash(Exception):
    """Something falls over in the middle of a batch."""


async def test_an_id_happens_once_in_a_batch_and_for_ever(world: World) -> None:
    first, second = an_event("e1"), an_event("e2")
    async with world.store.batch() as on:
        assert await on.fresh((first, second, first)) == (first, second)
    async with world.store.batch() as on:
        assert await on.fresh((second, first)) == ()
        assert await on.fresh((replace(first, address=Address("telegram", "amina")),)), (
            "another channel's ids are its own"
        )


async def test_what_fails_leaves_no_id_behind(world: World) -> None:
    with suppress(Crash):
        async with world.store.batch() as on:
            await on.fresh((an_event("e1"),))
            raise Crash
    async with world.store.batch() as on:
        assert len(await on.fresh((an_event("e1"),))) == 1


async def test_persons_by_address_and_by_id(world: World) -> None:
    await world.people(a_person(), a_person("bilal"))
    inside = Incoming("i1", Rang(NOW), NOW, person="bilal")
    async with world.store.batch() as on:
        found = await on.persons((an_event("e1"), inside, an_event("e2", "nobody"), an_event("e3")))
    assert [each.id for each in found] == ["amina", "bilal", "", "amina"]
    assert found[2] == Person(), "a stranger"


async def test_a_person_is_stored_whole(world: World) -> None:
    mode = Asking("token", "key", NOW, luck=2**62, draft=(1, 2), answer="Ünïcode ٣")
    session = Session("daily", (Item(CardRef("geo", "france"), again=True),), 3, NOW, packs=("geo",))
    await world.people(a_person())
    before = await world.turn("e1", (), mode=mode, session=session, wake_at=NOW + DAY, name="Zoë", unit="south")
    after = await world.person()
    assert after == replace(before, mode=mode, session=session, wake_at=NOW + DAY, name="Zoë", unit="south", version=2)
    assert before.version == 1


async def test_a_version_that_moved_on_is_a_lost_race_and_nothing_of_the_batch_holds(world: World) -> None:
    await world.people(a_person(), a_person("bilal"))
    fresh = an_event("e1"), an_event("e2", "bilal")

    async def overtaken() -> None:
        async with world.store.batch() as on:
            people = await on.persons(await on.fresh(fresh))
            world.database.connection.exec_driver_sql("UPDATE persons SET version = version + 1 WHERE id = 'bilal'")
            turned = [
                Turned(each, person, replace(person, streak=7), (Note(HeldBack("x")),))
                for each, person in zip(fresh, people, strict=True)
            ]
            await on.apply(turned, NOW)

    with pytest.raises(Raced):
        await overtaken()
    assert [each.streak for each in await world.registry.everybody()] == [0, 0]
    assert world.rows("SELECT count(*) FROM facts") == [(0,)]
    assert world.rows("SELECT count(*) FROM inbox") == [(0,)]


@pytest.mark.parametrize("changed", [{"streak": 1}, {"wake_at": NOW}, {"name": "Other"}, {"unit": "south"}])
async def test_every_way_to_store_a_person_looks_at_the_version(world: World, changed: dict[str, object]) -> None:
    await world.people(a_person())
    stale = await world.turn("e1", (), streak=5)
    with pytest.raises(Raced):
        async with world.store.batch() as on:
            await on.apply((Turned(an_event("e2"), stale, replace(stale, **changed), ()),), NOW)
    assert (await world.person()).streak == 5


async def test_a_stranger_becomes_a_person_and_others_stay_strangers(world: World) -> None:
    new = a_person("p1", home=Address("web", "door"))
    joined = Turned(an_event("e1", "door"), Person(), new, (Bind(Address("web", "door"), "p1"),))
    passer_by = Turned(an_event("e2", "street"), Person(), Person(language="de"), (Say(words("Hello")),))
    async with world.store.batch() as on:
        await on.apply((joined, passer_by), NOW)
        (found,) = await on.persons((an_event("e3", "door"),))
    assert found == replace(new, version=1)
    assert [each.id for each in await world.registry.everybody()] == ["p1"]
    with pytest.raises(Raced):
        async with world.store.batch() as on:
            await on.apply((joined,), NOW)


async def test_the_last_use_of_an_invitation_is_taken_once(world: World) -> None:
    await world.people(a_person(), a_person("bilal"))
    invite = Invite(CODE, "harbour", Role.LEARNER, NOW + DAY, "amina", uses=1)
    await world.turn("e1", (MakeInvite(invite),))
    uses = [Turned(an_event(f"e{n}", f"door{n}"), Person(), Person(), (UseInvite(CODE),)) for n in (2, 3)]
    with pytest.raises(Raced):
        async with world.store.batch() as on:
            await on.apply(uses, NOW)
    async with world.store.batch() as on:
        await on.apply(uses[:1], NOW)
    with pytest.raises(Raced):
        async with world.store.batch() as on:
            await on.apply(uses[1:], NOW)
    assert world.rows("SELECT uses FROM invites") == [(0,)]


async def test_facts_are_appended_with_their_verb_and_person(world: World) -> None:
    await world.people(a_person())
    answered = Answered("geo", "1.0.0", "france", "choice", (1,), credit=0.5, luck=2**62)
    await world.turn("e1", (Note(answered), Note(Set("language", "de"), person="bilal")))
    stored = world.rows("SELECT person, verb, pack, at, data FROM facts ORDER BY id")
    assert [row[:3] for row in stored] == [("amina", "answered", "geo"), ("bilal", "set", "")]
    assert rows.moment(stored[0][3]) == NOW
    assert rows.decode_fact(stored[0][4]) == answered
    assert verb(answered) == "answered"


async def test_cards_progress_and_counts(world: World) -> None:
    await world.people(a_person(), a_person("bilal", unit="station"))
    state = a_state("france", NOW)
    await world.turn("e1", (Remember(state, missed=True), Track(Progress("geo", NOW, seen=1, total=9, score=0.1))))
    newer = replace(state, credit=None, memory=None)
    await world.turn(
        "e2", (Remember(newer, missed=False), Remember(a_state("spain", NOW)), Track(Progress("geo", NOW, seen=2)))
    )
    await world.turn("e3", (Remember(state, missed=True),), who="bilal")
    assert world.rows("SELECT unit, card, asked, missed FROM question_counts ORDER BY unit") == [
        ("harbour", "france", 2, 1),
        ("station", "france", 1, 1),
    ]
    assert world.rows("SELECT card, stability, credit FROM cards WHERE person = 'amina' ORDER BY card") == [
        ("france", None, None),
        ("spain", 3.0, 1.0),
    ]
    assert world.rows("SELECT seen, total, score FROM progress") == [(2, 0, 0.0)]


async def test_what_is_passed_on_waits_for_its_turn_and_happens_once(world: World) -> None:
    await world.people(a_person(), a_person("bilal"))
    await world.turn("e1", (Pass("bilal", Prodded("Mia")), Pass("bilal", Prodded("Tom"))))
    passed = await world.store.passed(10)
    assert [(each.person, each.event) for each in passed] == [("bilal", Prodded("Mia")), ("bilal", Prodded("Tom"))]
    with suppress(Crash):
        async with world.store.batch() as on:
            assert await on.fresh(passed) == passed
            raise Crash
    assert await world.store.passed(10) == passed, "a crash forgets none"
    async with world.store.batch() as on:
        assert await on.fresh((*passed[:1], *passed[:1])) == passed[:1]
    assert await world.store.passed(10) == passed[1:]
    async with world.store.batch() as on:
        assert await on.fresh(passed) == passed[1:]


async def test_what_is_put_aside_keeps_its_event_and_its_id(world: World) -> None:
    event = an_event("e1", event=Called("learn", "geo"))
    async with world.store.batch() as on:
        await on.fresh((event,))
        await on.quarantine(event, "AB12CD", "ValueError at turn.py:1", NOW)
    ((state, kept, reference, why),) = world.rows("SELECT state, event, reference, why FROM inbox")
    assert (state, rows.decode_incoming(kept), reference, why) == (
        "quarantine",
        event,
        "AB12CD",
        "ValueError at turn.py:1",
    )
    await world.store.prune(NOW + 100 * DAY)
    async with world.store.batch() as on:
        assert await on.fresh((event,)) == ()


async def test_alarms_ring_from_the_earliest_and_only_when_due(world: World) -> None:
    times = {"amina": NOW, "bilal": NOW - DAY, "greta": NOW + timedelta(microseconds=1), "tom": None}
    await world.people(*(a_person(id_, wake_at=at) for id_, at in times.items()))
    due = await world.store.due(NOW, 10)
    assert [(each.person, each.event) for each in due] == [("bilal", Rang(NOW - DAY)), ("amina", Rang(NOW))]
    assert len({each.id for each in due}) == 2
    assert await world.store.due(NOW, 1) == due[:1]
    assert await world.store.due(NOW, 10) == due, "the same alarm has the same id"
    (plan,) = world.rows("EXPLAIN QUERY PLAN SELECT id FROM persons WHERE wake_at <= 5 ORDER BY wake_at, id LIMIT 3")
    assert "USING COVERING INDEX ix_persons_alarm" in plan[3], "ringing must not look at everybody"


async def test_old_ids_are_forgotten_after_three_days(world: World) -> None:
    async with world.store.batch() as on:
        await on.fresh((an_event("old", at=NOW - 3 * DAY), an_event("young", at=NOW - 2 * DAY)))
    await world.store.prune(NOW + timedelta(seconds=1))
    assert world.rows("SELECT id FROM inbox") == [("young",)]


async def test_an_import_does_not_take_back_a_turn(world: World) -> None:
    await world.people(a_person(wake_at=NOW))
    read = await world.person()
    await world.turn("meanwhile", (), streak=3, wake_at=NOW + DAY)
    await world.registry.enlist((), (replace(read, name="Amina D.", unit="station"),), NOW)
    after = await world.person()
    assert (after.name, after.unit, after.streak, after.wake_at) == ("Amina D.", "station", 3, NOW + DAY)


async def test_a_busy_hour_is_forgotten_whole(world: World) -> None:
    """Else a busy company's ids would only ever grow, for they are deleted in pieces."""
    async with world.store.batch() as on:
        await on.fresh([an_event(f"e{n}", at=NOW - 4 * DAY) for n in range(2 * AT_ONCE + 1)])
    await world.store.prune(NOW)
    assert world.rows("SELECT COUNT(*) FROM inbox") == [(0,)]


async def test_batches_wait_for_one_another(world: World) -> None:
    order = []

    async def one(name: str) -> None:
        async with world.store.batch() as on:
            await on.fresh((an_event(name),))
            order.append(name)
            await asyncio.sleep(0)
            order.append(name)

    await asyncio.gather(one("a"), one("b"), one("c"))
    assert order[::2] == order[1::2]
    assert world.rows("SELECT count(*) FROM inbox") == [(3,)]


async def test_a_cancelled_batch_is_rolled_back(world: World) -> None:
    inside = asyncio.Event()

    async def hangs() -> None:
        async with world.store.batch() as on:
            await on.fresh((an_event("e1"),))
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(hangs())
    await inside.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    async with world.store.batch() as on:
        assert len(await on.fresh((an_event("e1"),))) == 1


MICROSECONDS = st.integers(-(10**15), 10**16)


@settings(max_examples=200, deadline=None)
@given(MICROSECONDS)
def test_times_come_back_to_the_microsecond(at: int) -> None:
    assert rows.micros(rows.moment(at)) == at


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("  Zoë  Müller-Lüdenscheidt ", "zoe muller ludenscheidt"),
        ("GROẞ", "gross"),
        ("İpek", "ipek"),
        ("Ａnna", "anna"),
    ],
)
def test_names_are_folded_for_searching(name: str, folded: str) -> None:
    assert rows.folded(name) == folded
