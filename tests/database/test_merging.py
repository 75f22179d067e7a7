"""Two become one, in the turn's own transaction: what each had is one person's afterwards."""

from datetime import datetime

import pytest

from adapters.database.merging import joined
from bot.effects import (
    Amend,
    Bind,
    CardState,
    Enrol,
    Invite,
    MakeInvite,
    Merge,
    Note,
    Pass,
    Progress,
    Remember,
    Say,
    Track,
)
from bot.events import Address, Joined, Prodded
from bot.facts import Asked, HeldBack, Linked
from bot.person import Role
from bot.ports import Raced, Turned
from lessons.model import CardRef
from scheduler.memory import Memory
from tests.database.world import DAY, NOW, World, a_person, an_event, words

MERGE = Merge("noor", "amina")


def reviewed(card: str, at: datetime, credit: float) -> CardState:
    return CardState(CardRef("geo", card), at - DAY, Memory(3.0, 5.0, at, at + DAY, 2, 1), credit)


async def two(world: World) -> None:
    await world.people(a_person(wake_at=NOW + DAY), a_person("noor", unit="station", wake_at=NOW + 2 * DAY))
    await world.publish(cards=("a", "b", "c", "d"))


def credits(world: World) -> dict[str, float | None]:
    return dict(world.rows("SELECT card, credit FROM cards WHERE person = 'amina'"))


async def test_of_a_card_the_later_review_stays(world: World) -> None:
    await two(world)
    mine = (reviewed("a", NOW, 1.0), reviewed("b", NOW - 2 * DAY, 1.0), CardState(CardRef("geo", "c"), NOW))
    theirs = (reviewed("a", NOW - DAY, 0.0), reviewed("b", NOW - DAY, 0.0), reviewed("c", NOW - 9 * DAY, 0.5))
    await world.turn("e1", tuple(map(Remember, mine)))
    await world.turn("e2", (*map(Remember, theirs), Remember(CardState(CardRef("geo", "d"), NOW))), who="noor")
    await world.turn("e3", (MERGE,), who="noor")
    assert credits(world) == {"a": 1.0, "b": 0.0, "c": 0.5, "d": None}
    assert world.rows("SELECT count(*) FROM cards WHERE person = 'noor'") == [(0,)]


async def test_progress_is_counted_anew_from_the_cards_of_both(world: World) -> None:
    await two(world)
    mine = Progress("geo", NOW - 5 * DAY, "mia", NOW + 9 * DAY, NOW - 2 * DAY, NOW, None, 2, 4, 2, 0.5)
    theirs = Progress("geo", NOW - 3 * DAY, "tom", NOW + 3 * DAY, NOW - 3 * DAY, NOW - DAY, None, 2, 4, 2, 1.0)
    await world.registry.carry_out((Enrol("geo", "mia", person="amina", due_at=mine.due_at),), NOW - 5 * DAY)
    await world.turn("e1", (Remember(reviewed("a", NOW, 1.0)), Remember(reviewed("b", NOW, 0.0)), Track(mine)))
    others = (Remember(reviewed("c", NOW, 1.0)), Remember(reviewed("gone", NOW, 1.0)), Track(theirs))
    await world.turn("e2", (*others, Track(Progress("tea", NOW, total=2, seen=1))), who="noor")
    await world.turn("e3", (MERGE,), who="noor")
    rows = world.rows(
        "SELECT pack, by, due_at - enrolled_at, seen, total, graded, score FROM progress"
        " WHERE person = 'amina' ORDER BY pack"
    )
    days = 14 * 86_400_000_000
    assert rows == [("geo", "mia", days, 3, 4, 3, 2 / 3), ("tea", "", None, 1, 2, 0, 0.0)]
    assert world.rows("SELECT count(*) FROM progress WHERE person = 'noor'") == [(0,)]


def test_the_further_row_stays_and_the_assignment_is_the_others() -> None:
    done = Progress("geo", NOW - DAY, "tom", NOW, NOW - DAY, NOW - DAY, NOW - DAY, 4, 4, 4, 1.0)
    own = Progress("geo", NOW, "mia", None, NOW - 2 * DAY, NOW, None, 3, 4, 3, 0.5)
    both = joined(done, own)
    assert (both.completed_at, both.score, both.by, both.due_at) == (NOW - DAY, 1.0, "mia", None)
    assert (both.started_at, both.last_at) == (NOW - 2 * DAY, NOW)
    taken = Progress("geo", NOW)  # nobody assigned it here
    assert joined(done, taken).by == "tom"
    assert joined(own, done).completed_at == NOW - DAY


async def test_everything_else_goes_the_same_way(world: World) -> None:
    await two(world)
    phone = Address("telegram", "7")
    invite = Invite("c0de", "station", Role.LEARNER, NOW + DAY, "noor", 1, "noor")
    said = Say(words("old"), key="nudge")
    earlier = (Bind(phone, "noor"), MakeInvite(invite), said, Note(HeldBack("x")), Pass("noor", Prodded("Tom")))
    await world.turn("e1", earlier, who="noor")
    now = (
        Note(Linked("web", was="noor"), person="amina"),
        Pass("amina", Joined(phone, "noor")),
        Pass("noor", Prodded("Mia")),
    )
    await world.turn("e2", (MERGE, *now), who="noor")
    assert world.rows("SELECT id FROM persons") == [("amina",)]
    assert sorted(world.rows("SELECT chat, person FROM addresses")) == [
        ("7", "amina"),
        ("amina", "amina"),
        ("noor", "amina"),
    ]
    assert world.rows("SELECT DISTINCT person FROM facts") == [("amina",)]
    assert world.rows("SELECT person, by FROM invites") == [("amina", "amina")]
    assert [each.person for each in await world.store.passed(9)] == ["amina"] * 3
    assert [each.person for each in await world.store.due(NOW + 9 * DAY, 9)] == ["amina"], "one alarm"
    # and what was said to her by name can still be changed
    await world.turn("e3", (Amend("nudge", words("new")),), who="noor")
    assert world.rows("SELECT amends IS NOT NULL FROM letters ORDER BY id DESC LIMIT 1") == [(1,)]


async def test_what_others_gave_in_the_same_batch_is_not_lost(world: World) -> None:
    await two(world)
    events = an_event("e1", "noor"), an_event("e2", "amina")
    async with world.store.batch() as on:
        noor, amina = await on.persons(await on.fresh(events))
        given = (Enrol("geo", "mia", person="noor"), Note(Asked("noor"), person="noor"))
        await on.apply((Turned(events[0], noor, noor, (MERGE,)), Turned(events[1], amina, amina, given)), NOW)
    assert world.rows("SELECT person, by FROM progress") == [("amina", "mia")]
    assert world.rows("SELECT person FROM facts") == [("amina",)]


@pytest.mark.parametrize("merge", [Merge("noor", "nobody"), Merge("nobody", "amina"), Merge("noor", "noor")])
async def test_who_is_no_more_cannot_become_one(world: World, merge: Merge) -> None:
    await two(world)
    with pytest.raises(Raced):
        await world.turn("e1", (Note(HeldBack("x")), merge), who="noor")
    assert world.rows("SELECT count(*) FROM facts") == [(0,)]


async def test_two_who_swallow_one_another_race(world: World) -> None:
    await two(world)
    events = an_event("e1", "noor"), an_event("e2", "amina")
    with pytest.raises(Raced):  # noqa: PT012 - the batch is what raises
        async with world.store.batch() as on:
            noor, amina = await on.persons(await on.fresh(events))
            both = (MERGE, Merge("amina", "noor"))
            await on.apply([Turned(e, p, p, (m,)) for e, p, m in zip(events, (noor, amina), both, strict=True)], NOW)
    assert len(world.rows("SELECT id FROM persons")) == 2


async def test_other_people_keep_what_is_theirs(world: World) -> None:
    await two(world)
    await world.people(a_person("bilal"))
    for who in ("bilal", "noor"):
        await world.turn(
            f"e-{who}", (Remember(reviewed("a", NOW, 1.0)), Track(Progress("geo", NOW)), Note(HeldBack("x"))), who
        )
    await world.turn("e9", (MERGE,), who="noor")
    for table in ("cards", "progress", "facts", "addresses"):
        assert world.rows(f"SELECT count(*) FROM {table} WHERE person = 'bilal'") == [(1,)], table
