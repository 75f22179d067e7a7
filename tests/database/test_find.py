"""What turns ask: the right rows, for many people at once as for one."""

from collections import Counter
from datetime import timedelta

import pytest
from msgspec.structs import replace

from adapters.database.tables import metadata
from bot.effects import CardState, Invite, MakeInvite, Progress, Remember, Track
from bot.given import NOTHING, STATES, TEAM_PAGE, Found, Missed, People, Query, Team
from bot.person import Person, Role
from bot.progress import state_of
from lessons.model import CardRef
from tests.database.world import DAY, NOW, World, a_person, a_state

TABLES = {*metadata.tables, "earlier", "original"}
GEO = tuple(f"c{n}" for n in range(9))


async def ask(world: World, *asked: tuple[str, Query]) -> tuple[Found, ...]:
    async with world.store.batch() as on:
        return await on.find([(Person(id=person), query) for person, query in asked], NOW)


async def seeded(world: World) -> None:
    """Amina has met five cards: three are due, one is later, one was only read. Bilal has one, due."""
    await world.people(a_person(), a_person("bilal"))
    await world.publish(cards=GEO)
    states = (
        a_state("c0", NOW - DAY, stability=10.0),
        a_state("c1", NOW, stability=1.0),
        a_state("c2", NOW - 5 * DAY, stability=20.0, reviewed=NOW - 40 * DAY),
        a_state("c3", NOW + timedelta(microseconds=1)),
        CardState(CardRef("geo", "c4"), NOW),
    )
    await world.turn("e1", (*map(Remember, states), Track(Progress("geo", NOW))))
    await world.turn("e2", (Remember(a_state("c0", NOW - DAY)),), who="bilal")


async def test_nothing_asked_nothing_found(world: World) -> None:
    assert await ask(world) == ()
    assert await ask(world, ("amina", Query())) == (NOTHING,)


async def test_cards_by_name(world: World) -> None:
    await seeded(world)
    known, unknown = CardRef("geo", "c0"), CardRef("geo", "c8")
    amina, bilal = await ask(world, ("amina", Query(cards=(known, unknown))), ("bilal", Query(cards=(known,))))
    assert amina.cards == {known: a_state("c0", NOW - DAY, stability=10.0)}
    assert bilal.cards == {known: a_state("c0", NOW - DAY)}


async def test_due_cards_the_weakest_first(world: World) -> None:
    await seeded(world)
    amina, bilal, all_of_it = await ask(
        world, ("amina", Query(due=2)), ("bilal", Query(due=50)), ("amina", Query(due=50))
    )
    # elapsed over stability: c2 40/20, c1 1/1, c0 1/10
    assert [state.ref.card for state in amina.due] == ["c2", "c1"]
    assert [state.ref.card for state in all_of_it.due] == ["c2", "c1", "c0"]
    assert amina.due_count == all_of_it.due_count == 3
    assert amina.next_due == NOW + timedelta(microseconds=1)
    assert ([state.ref.card for state in bilal.due], bilal.due_count, bilal.next_due) == (["c0"], 1, None)


async def test_cards_that_left_their_pack_are_not_due_until_they_come_back(world: World) -> None:
    await seeded(world)
    await world.publish(version="1.1.0", cards=("c0", "c5"))
    (found,) = await ask(world, ("amina", Query(due=5, met=True)))
    assert ([state.ref.card for state in found.due], found.due_count, found.next_due) == (["c0"], 1, None)
    assert CardRef("geo", "c2") in found.met, "memories stay"
    await world.publish(version="1.2.0", cards=GEO)
    (found,) = await ask(world, ("amina", Query(due=5)))
    assert found.due_count == 3


async def test_met_cards_in_unfinished_packs_and_in_those_asked_for(world: World) -> None:
    await seeded(world)
    done = Track(Progress("tea", NOW, completed_at=NOW))
    await world.turn("e3", (done, Remember(a_state("t1", NOW, pack="tea")), Remember(a_state("x1", NOW, pack="alone"))))
    unfinished, with_tea = await ask(world, ("amina", Query(met=True)), ("amina", Query(met=True, packs=("tea",))))
    assert {str(ref) for ref in unfinished.met} == {f"geo/c{n}" for n in range(5)}
    assert {str(ref) for ref in with_tea.met} == {f"geo/c{n}" for n in range(5)} | {"tea/t1"}
    assert unfinished.met[CardRef("geo", "c4")] == CardState(CardRef("geo", "c4"), NOW)


async def test_progress_of_some_packs_or_of_all(world: World) -> None:
    await world.people(a_person())
    geo = Progress("geo", NOW, "mia", NOW + DAY, NOW, NOW, NOW, 3, 9, 2, 0.75)
    await world.turn("e1", (Track(geo), Track(Progress("tea", NOW))))
    some, all_, none = await ask(
        world, ("amina", Query(packs=("geo", "gone"))), ("amina", Query(all_packs=True)), ("amina", Query(due=1))
    )
    assert some.progress == {"geo": geo}
    assert set(all_.progress) == {"geo", "tea"}
    assert none.progress == {}


async def test_an_invitation_by_its_hash_even_when_it_is_over(world: World) -> None:
    await world.people(a_person())
    invite = Invite("a" * 64, "harbour", Role.MANAGER, NOW - DAY, "amina", uses=0, person="amina")
    await world.turn("e1", (MakeInvite(invite),))
    found, unknown = await ask(world, ("", Query(invite="a" * 64)), ("", Query(invite="b" * 64)))
    assert (found.invite, unknown.invite) == (invite, None)


CROWD = {
    "Mia Sommer": "north",
    "Miłosz Ągora": "harbour",
    "Zoë Mia": "station",
    "Anna-Mia": "harbour",
    "Tom 100%": "harbour",
    "Mia Süd": "south",
}


async def crowd(world: World) -> None:
    roles = {"Mia Sommer": Role.MANAGER, "Tom 100%": Role.ADMIN}
    people = [
        a_person(f"p{n}", name=name, unit=unit, role=roles.get(name, Role.LEARNER), home=None)
        for n, (name, unit) in enumerate(CROWD.items())
    ]
    await world.people(*people)


@pytest.mark.parametrize(
    ("name", "within", "expected"),
    [
        ("mia", "north", ["Mia Sommer", "Anna-Mia", "Zoë Mia"]),
        ("mia", "all", ["Mia Sommer", "Mia Süd", "Anna-Mia", "Zoë Mia"]),
        ("mia sud", "all", ["Mia Süd"]),
        ("ZOE", "north", ["Zoë Mia"]),
        ("anna mia", "harbour", ["Anna-Mia"]),
        ("", "harbour", ["Anna-Mia", "Miłosz Ągora", "Tom 100%"]),
        ("%", "harbour", ["Tom 100%"]),
        ("_", "harbour", []),
        ("\\", "harbour", []),
        ("mia", "", []),
        ("mia", "nowhere", []),
        ("nobody", "all", []),
    ],
)
async def test_people_by_name(world: World, name: str, within: str, expected: list[str]) -> None:
    await crowd(world)
    (found,) = await ask(world, ("p0", Query(people=People(name, within))))
    assert [fellow.person.name for fellow in found.people] == expected


async def test_at_most_so_many_people_the_exact_name_first(world: World) -> None:
    await world.people(*(a_person(f"p{n}", name=name) for n, name in enumerate(("Tom Abt", "Tom", "Tomke"))))
    (found,) = await ask(world, ("p0", Query(people=People("tom", "all", limit=2))))
    assert [fellow.person.name for fellow in found.people] == ["Tom", "Tom Abt"]


async def test_a_button_names_a_person_by_the_id(world: World) -> None:
    await world.people(a_person("p7x", name="Tom"), a_person("p8y", name="P7x's friend"), a_person("out", unit="south"))
    asked = [("boss", Query(people=People(id_, "north"))) for id_ in ("p7x", "p8y", "out")]
    found = await ask(world, *asked)
    assert [[fellow.person.id for fellow in each.people] for each in found] == [["p7x"], ["p8y"], []]


async def test_people_who_are_late(world: World) -> None:
    await world.people(*(a_person(id_) for id_ in ("late", "done", "going", "free")))
    late = Progress("geo", NOW, due_at=NOW - timedelta(seconds=1))
    for id_, row in {
        "late": late,
        "done": replace(late, completed_at=NOW),
        "going": replace(late, due_at=NOW + DAY),
        "free": replace(late, due_at=None),
    }.items():
        await world.turn(id_, (Track(row), Track(Progress("tea", NOW))), who=id_)
    (found,) = await ask(world, ("late", Query(people=People("late", "all"))))
    assert [fellow.person.id for fellow in found.people] == ["late"]
    assert found.people[0].progress == (late, Progress("tea", NOW))


async def test_a_team_is_its_learners_and_managers_below(world: World) -> None:
    await crowd(world)
    await world.registry.carry_out((), NOW)
    north, south, nowhere = await ask(
        world, ("p0", Query(team=Team("north"))), ("p0", Query(team=Team("south"))), ("p0", Query(team=Team("")))
    )
    assert north.team and south.team and nowhere.team
    assert [each.person.name for each in north.team.fellows] == ["Anna-Mia", "Mia Sommer", "Miłosz Ągora", "Zoë Mia"]
    assert (north.team.people, south.team.people, nowhere.team.people) == (4, 1, 0)


async def test_a_large_team_is_counted_to_the_end(world: World) -> None:
    await world.people(*(a_person(f"p{n:03}", home=None) for n in range(203)))
    first, last = await ask(
        world, ("p000", Query(team=Team("all"))), ("p000", Query(team=Team("all", page=203 // TEAM_PAGE)))
    )
    assert first.team and last.team
    assert first.team.totals == last.team.totals == {"free": 203}
    assert (len(first.team.fellows), len(last.team.fellows)) == (TEAM_PAGE, 203 % TEAM_PAGE)


ROWS = {
    "late": Progress("geo", NOW - DAY, due_at=NOW - DAY),
    "silent": Progress("geo", NOW - 40 * DAY, last_at=NOW - 20 * DAY, started_at=NOW - 30 * DAY, due_at=NOW + DAY),
    "new": Progress("geo", NOW - DAY),
    "going": Progress("geo", NOW - DAY, started_at=NOW - DAY, last_at=NOW - DAY),
    "done": Progress("geo", NOW - 40 * DAY, due_at=NOW - DAY, completed_at=NOW - 2 * DAY),
}


@pytest.mark.parametrize("state", ROWS)
async def test_a_team_page_says_the_same_as_progress_does(world: World, state: str) -> None:
    """The store's word for one pack is the bot's; with a second pack that is done, only new and done change."""
    assert state_of(ROWS[state], NOW) == state
    await world.people(a_person(), a_person("bilal"), a_person("idle"))
    await world.publish()
    await world.publish("tea")
    done = Progress("tea", NOW - DAY, started_at=NOW - DAY, completed_at=NOW)
    await world.turn("e1", (Track(ROWS[state]),))
    await world.turn("e2", (Track(ROWS[state]), Track(done)), who="bilal")
    (found,) = await ask(world, ("x", Query(team=Team("all"))))
    assert found.team
    words = {each.person.id: each.state for each in found.team.fellows}
    assert words == {"amina": state, "bilal": "going" if state == "new" else state, "idle": "free"}
    assert [each.state for each in found.team.fellows] == sorted(words.values(), key=STATES.index)
    assert found.team.totals == Counter(words.values())


async def test_a_team_in_one_pack_and_what_it_misses_most(world: World) -> None:
    await world.people(a_person(), a_person("bilal", unit="station"), a_person("yuki", unit="south"))
    await world.publish(cards=("often", "rare", "never", "hard"))
    await world.publish("tea", cards=("green",))
    await world.turn("e0", (Track(Progress("geo", NOW)), Track(Progress("tea", NOW))))

    async def answers(who: str, card: str, *missed: bool, pack: str = "geo") -> None:
        state = a_state(card, NOW, pack=pack)
        for n, wrong in enumerate(missed):
            await world.turn(f"{who} {card} {n}", (Remember(state, missed=wrong),), who=who)

    await answers("amina", "often", True, True, False, False)
    await answers("bilal", "often", False, True)
    await answers("amina", "hard", True, True, True)
    await answers("bilal", "rare", True)
    await answers("amina", "never", False)
    await answers("amina", "gone", True, True, True, True)
    await answers("yuki", "rare", True, True, True)
    await answers("amina", "green", True, True, pack="tea")
    geo, all_ = await ask(world, ("x", Query(team=Team("north", "geo"))), ("x", Query(team=Team("north"))))
    assert geo.team and all_.team
    assert geo.team.missed == (
        Missed(CardRef("geo", "hard"), 3, 3),
        Missed(CardRef("geo", "often"), 6, 3),
        Missed(CardRef("geo", "rare"), 1, 1),
    )
    assert [str(each.ref) for each in all_.team.missed] == ["geo/hard", "tea/green", "geo/often"]
    amina = geo.team.fellows[0]
    assert [row.pack for row in amina.progress] == ["geo"]
    assert [row.pack for row in all_.team.fellows[0].progress] == ["geo", "tea"]


async def test_many_ask_at_once(world: World) -> None:
    people = [a_person(f"p{n}", home=None) for n in range(600)]
    await world.people(*people)
    async with world.store.batch() as on:
        for n, person in enumerate(people):
            world.database.connection.exec_driver_sql(
                "INSERT INTO progress (person, pack, enrolled_at, by, seen, total, graded, score)"
                f" VALUES ('{person.id}', 'geo', 0, '', {n}, 0, 0, 0)"
            )
        found = await on.find([(person, Query(packs=("geo",), due=1, met=True)) for person in people], NOW)
    assert [each.progress["geo"].seen for each in found] == list(range(600))


async def test_questions_go_through_indexes(world: World) -> None:
    """What is asked for every turn must not look at everybody."""
    queries, mail = world.store.queries, world.store.mail
    for sized in (
        queries._cards,
        queries._met,
        queries._progress,
        queries._due,
        queries._next_due,
        queries._by_address,
        queries._by_id,
        mail._originals,
        world.store.postbox._read,
    ):
        text = sized._text(4)
        plan = [row[3] for row in world.rows(f"EXPLAIN QUERY PLAN {text.replace('?', '1')}")]
        scans = [step for step in plan if step.startswith("SCAN") and step.split()[1] in TABLES]
        assert not [scan for scan in scans if "ix_letters_next" not in scan], (text, plan)
