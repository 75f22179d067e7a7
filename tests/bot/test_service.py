"""Gather, decide, apply: with real turns of a few lines, on a real database."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from adapters.database.rows import decode_fact
from bot.effects import Bind, Effects, Enrol, Invite, MakeInvite, Note, Pass, Publish, Say, Track, UseInvite
from bot.effects import Progress as Row
from bot.events import Address, Called, Event, Incoming, Prodded, Rang, Said
from bot.facts import HeldBack
from bot.given import Catalog, Given, Query
from bot.person import Person, Role
from bot.ports import Lane, Posted, StoreProblem
from bot.service import Service
from tests.database.world import DAY, NOW, World, a_person, an_event, open_world, pieces, words, zipped

CODE = "c" * 64


class Stopped:
    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at


def needs(person: Person, event: Event, catalog: Catalog) -> Query | None:
    """What the turns below look up."""
    if event == Said("bad needs"):
        raise LookupError("a bug")
    if isinstance(event, Called) and event.name == "start":
        return Query(invite=CODE)
    return Query(packs=("geo",)) if event == Said("count") else None


def take_turn(person: Person, event: Event, given: Given) -> tuple[Person, Effects]:
    """A few turns that each show one thing. Everything said is noted; the streak counts turns."""
    after = replace(person, streak=person.streak + 1)
    match event:
        case Said("bad turn"):
            raise ZeroDivisionError("a bug with " + "secret words")
        case Said("count"):
            row = given.found.progress.get("geo") or Row("geo", NOW)
            return after, (Track(replace(row, seen=row.seen + 1)), Say(words(f"{row.seen + 1}")))
        case Said("unstorable"):
            return after, (Note(HeldBack(object())),)  # type: ignore[arg-type]
        case Said("tell bilal"):
            return after, (Pass("bilal", Prodded("Amina")),)
        case Called("start"):
            invite = given.found.invite
            if person.id or not invite or not given.address:
                return person, ()
            if not invite.uses:
                return person, (Say(words("used")),)
            new = a_person("p" + given.token(), home=given.address)
            return new, (UseInvite(CODE), Bind(given.address, new.id))
        case Called("publish", file):
            return after, (Publish(file, "geo", "1.0.0"),)
        case Rang():
            return after, ()  # a turn that forgets to set the alarm anew
        case _:
            return after, (Note(HeldBack(getattr(event, "text", type(event).__name__)[:99])),)


def broken(person: Person, reference: str) -> Say:
    return Say(words(f"Sorry. {reference}"))


class Running:
    """A service at work."""

    def __init__(self, world: World, service: Service, clock: Stopped) -> None:
        self.world, self.service, self.clock = world, service, clock

    async def say(self, id_: str, text: str, who: str = "amina") -> None:
        await self.service.deliver(an_event(id_, who, Said(text)))

    async def together(self, *incoming: Incoming) -> list[BaseException | None]:
        """All of them in the queue before the loop looks."""
        return await asyncio.gather(*map(self.service.deliver, incoming), return_exceptions=True)

    async def said(self) -> list[str]:
        letters = []
        while found := await self.world.store.letters(NOW + 99 * DAY, (Lane("web", "", True, 99),)):
            await self.world.store.posted([Posted(each.id, mark="") for each in found], NOW)
            letters += [each.message.plain for each in found]
        return letters

    def noted(self, who: str = "amina") -> list[str]:
        rows = self.world.rows(f"SELECT data FROM facts WHERE person = '{who}' ORDER BY id")
        return [fact.why for (data,) in rows if isinstance(fact := decode_fact(data), HeldBack)]


@asynccontextmanager
async def at_work(world: World, **changed: Any) -> AsyncIterator[Running]:
    clock = Stopped()
    parts: dict[str, Any] = {"needs": needs, "take_turn": take_turn, "broken": broken, "secret": b"s"} | changed
    service = Service(world.store, clock=clock, **parts)
    task = asyncio.create_task(service.run())
    try:
        yield Running(world, service, clock)
    finally:
        service.stop()
        try:
            await task
        finally:
            await world.database.rest()


@pytest_asyncio.fixture
async def run(tmp_path: Path) -> AsyncIterator[Running]:
    with open_world(tmp_path) as world:
        await world.people(a_person(), a_person("bilal"), a_person("mia", role=Role.MANAGER))
        async with at_work(world) as running:
            yield running


async def test_delivered_means_committed(run: Running) -> None:
    await run.say("e1", "hello")
    assert run.noted() == ["hello"]
    assert (await run.world.person()).streak == 1


async def test_each_id_happens_once(run: Running) -> None:
    event = an_event("e1")
    await run.together(event, event, an_event("e2"), event)
    await run.service.deliver(event)
    assert run.noted() == ["hello", "hello"]
    assert (await run.world.person()).streak == 2


async def test_events_of_a_person_in_one_batch_see_one_another(run: Running) -> None:
    events = [an_event(f"e{n}", "amina" if n % 3 else "bilal", Said("count")) for n in range(12)]
    assert await run.together(*events) == [None] * 12
    assert run.world.rows("SELECT person, seen FROM progress ORDER BY person") == [("amina", 8), ("bilal", 4)]
    assert (await run.world.person()).version == 9, "each turn is stored"


async def test_order_is_kept(run: Running) -> None:
    await run.together(*(an_event(f"e{n}", "amina", Said(f"{n:02}")) for n in range(40)))
    assert run.noted() == [f"{n:02}" for n in range(40)]


async def test_a_stranger_who_joins_is_known_in_their_next_event_of_the_batch(run: Running) -> None:
    await run.world.turn("invite", (MakeInvite(Invite(CODE, "harbour", Role.LEARNER, NOW + DAY, "mia")),))
    await run.together(an_event("e1", "door", Called("start")), an_event("e2", "door", Said("hi")))
    (new,) = [each for each in await run.world.registry.everybody() if each.id.startswith("p")]
    assert (new.home, new.streak) == (Address("web", "door"), 1)
    assert run.noted(new.id) == ["hi"]


async def test_an_invitation_for_one_among_many_who_come_at_once(run: Running) -> None:
    await run.world.turn("invite", (MakeInvite(Invite(CODE, "harbour", Role.LEARNER, NOW + DAY, "mia", uses=2)),))
    doors = [an_event(f"e{n}", f"door{n}", Called("start")) for n in range(7)]
    assert await run.together(*doors, an_event("other")) == [None] * 8
    assert len([each for each in await run.world.registry.everybody() if each.id.startswith("p")]) == 2
    assert (await run.said()).count("used") == 5
    assert run.noted() == ["hello"]


@pytest.mark.parametrize("bug", ["bad turn", "bad needs", "unstorable"])
async def test_a_bug_is_put_aside_and_harms_nobody_else(run: Running, bug: str) -> None:
    events = [an_event("e1", "bilal"), an_event("e2", "amina", Said(bug)), an_event("e3"), an_event("e4", "mia")]
    assert await run.together(*events) == [None] * 4
    ((reference, why, state),) = run.world.rows("SELECT reference, why, state FROM inbox WHERE reference IS NOT NULL")
    assert await run.said() == [f"Sorry. {reference}"]
    assert state == "quarantine" and len(reference) == 6
    assert "secret" not in why and "Error" in why
    assert (run.noted("bilal"), run.noted("amina"), run.noted("mia")) == (["hello"], ["hello"], ["hello"])
    await run.service.deliver(events[1])
    assert run.world.rows("SELECT count(*) FROM inbox WHERE state = 'quarantine'") == [(1,)]


async def test_what_is_passed_on_happens_in_a_turn_of_its_own_and_once(run: Running) -> None:
    await run.say("e1", "tell bilal")
    await run.say("e1", "tell bilal")
    async with asyncio.timeout(5):
        while await run.world.store.passed(1):
            await asyncio.sleep(0.01)
    assert run.noted("bilal") == ["Prodded"]


async def test_what_was_passed_on_before_a_stop_happens_after_the_start(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        await world.people(a_person(), a_person("bilal"))
        await world.turn("e1", (Pass("bilal", Prodded("Amina")),))
        async with at_work(world) as run, asyncio.timeout(5):
            while await world.store.passed(1):
                await asyncio.sleep(0.01)
        assert run.noted("bilal") == ["Prodded"]


async def test_an_alarm_that_its_turn_forgot_rings_later_and_one_that_broke_tomorrow(run: Running) -> None:
    bilal = replace(await run.world.person("bilal"), wake_at=NOW)
    await run.world.registry.enlist((), (bilal,), NOW)
    (rang,) = await run.world.store.due(NOW, 9)
    await run.service.deliver(rang)
    assert (await run.world.person("bilal")).wake_at == NOW + timedelta(minutes=1)

    def raises(person: Person, event: Event, given: Given) -> tuple[Person, Effects]:
        raise ZeroDivisionError

    run.service._take_turn = raises
    run.clock.at = NOW + timedelta(minutes=2)
    (rang,) = await run.world.store.due(run.clock.at, 9)
    await run.service.deliver(rang)
    assert (await run.world.person("bilal")).wake_at == run.clock.at + DAY


async def test_a_new_pack_is_in_the_catalog_of_the_next_turn(run: Running) -> None:
    assert run.service.catalog.packs == {}
    kept = await run.world.store.keep_file("geo.zip", pieces(zipped()), 10**6)
    assert kept
    await run.service.deliver(an_event("e1", event=Called("publish", kept.file)))
    assert set(run.service.catalog.packs) == {"geo"}


async def test_an_upload_is_read_before_its_turn(run: Running) -> None:
    seen = []

    def look(person: Person, event: Event, given: Given) -> tuple[Person, Effects]:
        seen.append(given.found.upload)
        return person, ()

    run.service._take_turn = look
    kept = await run.world.store.keep_file("geo.zip", pieces(zipped()), 10**6)
    assert kept
    await run.service.deliver(an_event("e1", event=kept))
    assert seen[0] and seen[0].pack and seen[0].pack.id == "geo"


async def test_a_full_disk_is_told_to_who_waits_and_the_loop_lives_on(run: Running) -> None:
    on = run.world.database.connection
    (pages,) = run.world.rows("PRAGMA page_count")[0]
    on.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    on.rollback()
    long = [an_event(f"e{n}", "amina", Said("long " * 1500)) for n in range(60)]
    results = await run.together(*long)
    assert {type(result) for result in results} == {StoreProblem}
    assert run.noted() == []
    on.exec_driver_sql("PRAGMA max_page_count = 1000000")
    on.rollback()
    assert await run.together(*long) == [None] * 60, "the same events may come again, and then they happen"
    assert len(run.noted()) == 60


async def test_a_stop_drains_and_then_takes_no_more(run: Running) -> None:
    waiting = [asyncio.create_task(run.service.deliver(an_event(f"e{n}"))) for n in range(30)]
    await asyncio.sleep(0)
    run.service.stop()
    await asyncio.gather(*waiting)
    assert len(run.noted()) == 30
    with pytest.raises(StoreProblem, match="stopping"):
        await run.say("late", "hello")


async def test_a_service_that_falls_over_lets_go_of_who_waits(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        await world.people(a_person())
        service = Service(world.store, needs, take_turn, broken, Stopped(), b"s")
        waiting = asyncio.create_task(service.deliver(an_event("e1")))
        await asyncio.sleep(0)
        task = asyncio.create_task(service.run())
        await asyncio.sleep(0)
        task.cancel()
        results = await asyncio.gather(task, waiting, return_exceptions=True)
        await world.database.rest()
    assert isinstance(results[0], asyncio.CancelledError)
    assert isinstance(results[1], StoreProblem | None)


async def test_luck_is_the_same_for_an_event_and_differs_between_installations(run: Running, tmp_path: Path) -> None:
    with open_world(tmp_path / "other") as world:
        other = Service(world.store, needs, take_turn, broken, Stopped(), b"another secret")
    one, two = an_event("e1"), an_event("e2")
    luck = run.service._luck
    assert luck(one) == luck(one) != luck(two)
    assert luck(one) != other._luck(one)
    assert luck(one) != luck(replace(one, address=Address("telegram", "amina")))
    assert all(0 <= luck(an_event(str(n))) < 2**63 for n in range(200))


async def test_the_outbox_is_woken_after_a_commit(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        await world.people(a_person())
        woken: list[int] = []

        def wake() -> None:
            woken.append(len(world.rows("SELECT 1 FROM inbox")))

        async with at_work(world, committed=wake) as run:
            await run.say("e1", "hello")
        assert woken[0] == 1, "after, not before"


async def test_a_manager_enrols_while_others_learn(run: Running) -> None:
    def enrolling(person: Person, event: Event, given: Given) -> tuple[Person, Effects]:
        if person.id == "mia":
            return person, (Enrol("geo", "mia", unit="all", due_at=NOW + DAY),)
        return replace(person, streak=person.streak + 1, wake_at=NOW + 7 * DAY), (Track(Row("geo", NOW, seen=1)),)

    run.service._take_turn = enrolling
    await run.together(an_event("e1"), an_event("e2", "mia"), an_event("e3", "bilal"))
    everybody = await run.world.registry.everybody()
    assert {each.wake_at for each in everybody} == {NOW}
    assert run.world.rows("SELECT count(*) FROM progress WHERE due_at IS NOT NULL") == [(3,)]


Order = Sequence[tuple[int, str]]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(0, 9), st.sampled_from(("amina", "bilal", "door"))), max_size=40),
    st.integers(1, 7),
)
def test_copies_change_nothing(tmp_path_factory: pytest.TempPathFactory, order: Order, at_once: int) -> None:
    """However often and however late copies come: the state is that of the first ones alone."""
    firsts = list(dict.fromkeys(order))
    states = [asyncio.run(_play(tmp_path_factory.mktemp("copies"), events, at_once)) for events in (order, firsts)]
    assert states[0] == states[1]


async def _play(folder: Path, order: Order, at_once: int) -> object:
    with open_world(folder) as world:
        await world.people(a_person(), a_person("bilal"))
        async with at_work(world) as run:
            for start in range(0, len(order), at_once):
                part = order[start : start + at_once]
                await run.together(*(an_event(f"{n}", who, Said("count" if n % 2 else f"{n}")) for n, who in part))
        people = [replace(each, version=0) for each in await world.registry.everybody()]
        return people, run.noted(), run.noted("bilal"), world.rows("SELECT person, seen FROM progress ORDER BY person")
