"""Where an account's new messages rest: what still may come out of the outbox."""

from bot.effects import Amend, Board, Fetch, Say
from bot.events import Address
from bot.ports import Lane, Posted
from tests.database.world import DAY, NOW, World, a_person, words

RESTING = Lane("slack", "w1", True, 2, sends=False)
OPEN = Lane("slack", "w1", True, 100)


def at(chat: int) -> Address:
    return Address("slack", f"w1/{chat}")


async def told(world: World, *lanes: Lane) -> list[str]:
    return [
        each.message.plain or (each.fetch.name if each.fetch else "") for each in await world.store.letters(NOW, lanes)
    ]


async def test_without_new_messages_changes_boards_and_files_come(world: World) -> None:
    await world.people(a_person(others=(at(1),)))
    for chat in (1, 2):
        await world.turn(f"e{chat}", (Say(words(f"question {chat}"), key=f"k{chat}", to=at(chat)),))
    letters = await world.store.letters(NOW, (OPEN,))
    await world.store.posted([Posted(each.id, mark=f"@{each.id}") for each in letters], NOW)
    for n in range(10, 20):  # they were there first, and are more than the limit
        await world.turn(f"s{n}", (Say(words(f"new {n}"), to=at(n)),))
    await world.turn("e3", (Say(words("push"), to=at(20), until=NOW + DAY),))
    await world.turn("e4", (Amend("k2", words("changed")), Say(words("next"), to=at(2)), Board(words("board"))))
    assert await told(world, RESTING) == ["changed", "board"]
    assert await told(world, RESTING, Lane("slack", "w2", True, 9)) == ["changed", "board"]
    assert len(await told(world, OPEN)) == 13


async def test_what_waits_behind_a_new_message_does_not_overtake_it(world: World) -> None:
    await world.people(a_person())
    await world.turn("e1", (Say(words("question"), key="k", to=at(1)), Amend("k", words("changed"))))
    await world.turn("e2", (Say(words("coming")), Fetch("tea.zip", 9, "ref")))
    await world.turn("e3", (Fetch("tea.zip", 9, "ref"),), who="bilal")
    assert await told(world, RESTING) == []
    assert await told(world, Lane("web", "", True, 9, sends=False)) == ["tea.zip"], (
        "bilal's; amina's waits for its word"
    )
