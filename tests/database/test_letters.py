"""The outbox in the database, and the transcript that the web page shows."""

from datetime import timedelta

from bot.effects import Amend, Effects, Say
from bot.events import Address, Called, Event, Incoming, Pressed, Prodded, Said, Uploaded
from bot.ports import Lane, Letter, Posted, Turned
from tests.database.world import DAY, NOW, World, a_person, an_event, words

LANES = (Lane("web", "", True, 100), Lane("telegram", "", True, 100))


async def waiting(world: World, now: object = NOW) -> tuple[Letter, ...]:
    return await world.store.letters(NOW, LANES)


async def send(world: World, *letters: Letter) -> None:
    """They are on their way, and arrive; the mark is what was said first."""
    await world.store.posted([Posted(each.id, mark=each.mark or f"@{each.message.plain}") for each in letters], NOW)


async def send_all(world: World) -> list[tuple[str, str, bool]]:
    """Sends until nothing waits: the words, the mark and whether it changes something."""
    sent = []
    while letters := await waiting(world):
        sent += [(each.message.plain, each.mark, each.amend) for each in letters]
        await send(world, *letters)
    return sent


async def test_in_order_one_at_a_time_for_each_address(world: World) -> None:
    await world.people(a_person(), a_person("bilal"))
    await world.turn("e1", (Say(words("1")), Say(words("2"))))
    await world.turn("e2", (Say(words("3")),), who="bilal")
    first = await waiting(world)
    assert [(each.message.plain, each.address.chat) for each in first] == [("1", "amina"), ("3", "bilal")]
    assert await waiting(world) == first, "looking changes nothing"
    await send(world, *first)
    assert [each.message.plain for each in await waiting(world)] == ["2"]


async def test_answers_overtake_pushes(world: World) -> None:
    await world.people(a_person(), a_person("bilal"))
    await world.turn("e1", (Say(words("nudge"), until=NOW + DAY),))
    await world.turn("e2", (Say(words("nudge"), until=NOW + DAY),), who="bilal")
    await world.turn("e3", (Say(words("answer")),), who="bilal")
    assert [(each.message.plain, each.until) for each in await waiting(world)] == [
        ("answer", None),
        ("nudge", NOW + DAY),
    ]
    assert [sent[0] for sent in await send_all(world)] == ["answer", "nudge", "nudge"]


async def test_only_for_channels_that_run_and_not_more_than_asked(world: World) -> None:
    await world.people(a_person())
    for n in range(5):
        await world.turn(f"e{n}", (Say(words(str(n)), to=Address("telegram", str(n))),))
    assert await world.store.letters(NOW, LANES[:1]) == ()
    assert await world.store.letters(NOW, ()) == ()
    few = await world.store.letters(NOW, (Lane("telegram", "", True, 3),))
    assert [each.message.plain for each in few] == ["0", "1", "2"]


async def test_an_amendment_goes_after_its_letter_with_its_mark(world: World) -> None:
    await world.people(a_person())
    far = Address("telegram", "amina")
    await world.turn(
        "e1", (Say(words("question"), key="k", to=far), Amend("k", words("feedback")), Say(words("next"), to=far))
    )
    assert await send_all(world) == [("question", "", False), ("feedback", "@question", True), ("next", "", False)]
    await world.turn("e2", (Amend("k", words("later")),))
    assert await send_all(world) == [("later", "@question", True)]


async def test_an_amendment_of_a_waiting_push_does_not_overtake_it(world: World) -> None:
    await world.people(a_person())
    far = Address("telegram", "amina")
    await world.turn("e1", (Say(words("nudge"), key="nudge", until=NOW + DAY, to=far),))
    await world.turn("e2", (Amend("nudge", words("done")), Say(words("answer"), to=far)))
    assert await send_all(world) == [("answer", "", False), ("nudge", "", False), ("done", "@nudge", True)]


async def test_the_newest_letter_of_a_key_is_changed(world: World) -> None:
    await world.people(a_person(), a_person("bilal"))
    await world.turn("e1", (Say(words("old"), key="nudge"),))
    await world.turn("e2", (Say(words("new"), key="nudge"),))
    await world.turn("e3", (Say(words("bilal's"), key="nudge"),), who="bilal")
    await send_all(world)
    await world.turn("e4", (Amend("nudge", words("changed")),))
    assert await send_all(world) == [("changed", "@new", True)]


async def test_an_amendment_of_what_never_got_there_is_said_anew(world: World) -> None:
    await world.people(a_person())
    await world.turn("e1", (Say(words("question"), key="k"),))
    (letter,) = await waiting(world)
    await world.store.posted([Posted(letter.id, failed="refused")], NOW)
    await world.turn("e2", (Amend("k", words("feedback")), Amend("unknown", words("other"))))
    assert await send_all(world) == [("feedback", "", False), ("other", "", False)]


async def test_what_has_to_wait_holds_back_its_address_only(world: World) -> None:
    await world.people(a_person(), a_person("bilal"))
    await world.turn("e1", (Say(words("1")), Say(words("2"))))
    await world.turn("e2", (Say(words("3")),), who="bilal")
    first, _ = await waiting(world)
    await world.store.posted([Posted(first.id, again_at=NOW + DAY)], NOW)
    assert [each.message.plain for each in await waiting(world)] == ["3"]
    again = await world.store.letters(NOW + DAY, LANES)
    assert [(each.message.plain, each.attempts) for each in again] == [("1", 1), ("3", 0)]
    await world.store.posted([Posted(first.id, again_at=NOW, counted=False)], NOW)
    assert (await waiting(world))[0].attempts == 1, "a wait that the platform asked for uses up no attempt"


async def test_a_push_that_has_to_wait_does_not_hold_back_an_answer(world: World) -> None:
    await world.people(a_person())
    await world.turn("e1", (Say(words("nudge"), until=NOW + DAY),))
    (nudge,) = await waiting(world)
    await world.store.posted([Posted(nudge.id, again_at=NOW + DAY)], NOW)
    await world.turn("e2", (Say(words("answer")),))
    assert [each.message.plain for each in await waiting(world)] == ["answer"]


async def test_failed_letters_are_done_with(world: World) -> None:
    await world.people(a_person())
    await world.turn("e1", (Say(words("1")), Say(words("2")), Say(words("3"))))
    for why in ("refused", "blocked"):
        (letter,) = await waiting(world)
        await world.store.posted([Posted(letter.id, failed=why)], NOW)
    assert [each.message.plain for each in await waiting(world)] == ["3"]
    assert world.rows("SELECT state, why FROM letters WHERE state <> 'said' ORDER BY id") == [
        ("failed", "refused"),
        ("failed", "blocked"),
        ("waiting", None),
    ]


async def speak_first(world: World, person: str, effects: Effects) -> None:
    inside = Incoming(f"i:{person}", Prodded("Mia"), NOW, person=person)
    async with world.store.batch() as on:
        (before,) = await on.persons((inside,))
        await on.apply((Turned(inside, before, before, effects),), NOW)


async def test_speaking_first_goes_home_and_without_a_home_it_is_noted(world: World) -> None:
    await world.people(a_person(home=Address("telegram", "77")), a_person("bilal", home=None))
    await speak_first(world, "amina", (Say(words("hello")),))
    await speak_first(world, "bilal", (Say(words("hello")),))
    assert [each.address for each in await waiting(world)] == [Address("telegram", "77")]
    assert world.rows("SELECT person, verb FROM facts") == [("bilal", "held-back")]


async def test_strangers_do_not_share_keys(world: World) -> None:
    for chat in ("door", "street"):
        await world.turn(chat, (Say(words(chat), key="k"),), who=chat)
    await send_all(world)
    await world.turn("e3", (Amend("k", words("changed")),), who="door")
    assert await send_all(world) == [("changed", "@door", True)]


# --- The transcript ------------------------------------------------------------------------------------------------------

HERE = Address("web", "amina")


async def shown(world: World, after: int = 0, limit: int = 100) -> list[str]:
    """The lines; the person's own words after a ">"."""
    entries = await world.store.entries(HERE, after, limit)
    return [each.message.plain if each.message else f"> {each.mine}" for each in entries]


async def test_both_sides_in_order_before_anything_is_sent(world: World) -> None:
    await world.people(a_person())
    pack = Uploaded("pack.zip", 1, "0" * 64)
    events: tuple[Event, ...] = (Said("hello"), Called("learn", "geo"), Pressed("t.1"), pack, Called("help"))
    for n, event in enumerate(events):
        incoming = an_event(f"e{n}", event=event)
        async with world.store.batch() as on:
            (before,) = await on.persons(await on.fresh((incoming,)))
            await on.apply((Turned(incoming, before, before, (Say(words(f"answer {n}")),)),), NOW)
    assert await shown(world) == [
        "> hello",
        "answer 0",
        "> /learn geo",
        "answer 1",
        "answer 2",
        "> pack.zip",
        "answer 3",
        "> /help",
        "answer 4",
    ]


async def test_an_amendment_changes_its_line_and_comes_again(world: World) -> None:
    await world.people(a_person())
    await world.turn("e1", (Say(words("question"), key="k"),))
    before = await world.store.entries(HERE, 0, 10)
    seen = max(each.changed for each in before)
    await world.turn("e2", (Amend("k", words("feedback")), Say(words("next"))))
    assert await shown(world, seen) == ["> hello", "feedback", "next"]
    changed = {each.message.plain: each for each in await world.store.entries(HERE, seen, 10) if each.message}
    assert changed["feedback"].id == before[-1].id
    assert changed["feedback"].changed > seen
    assert await shown(world) == ["> hello", "> hello", "feedback", "next"]
    assert await shown(world, max(each.changed for each in changed.values())) == []


async def test_what_is_fleeting_or_elsewhere_is_in_no_transcript(world: World) -> None:
    await world.people(a_person(), a_person("bilal"))
    await world.turn("e1", (Say(words("toast", fleeting=True)), Say(words("far"), to=Address("telegram", "amina"))))
    await world.turn("e2", (Say(words("bilal's")),), who="bilal")
    assert await shown(world) == ["> hello"]
    assert [sent[0] for sent in await send_all(world)] == ["toast", "far", "bilal's"], "but they are sent"
    assert world.rows("SELECT count(*) FROM letters WHERE channel = 'telegram' AND state = 'said'") == [(0,)]


async def test_the_newest_lines_and_then_page_by_page(world: World) -> None:
    await world.people(a_person())
    await world.turn("e1", tuple(Say(words(str(n))) for n in range(9)))
    assert await shown(world, limit=3) == ["6", "7", "8"]
    first = await world.store.entries(HERE, 1, 4)
    assert [each.message.plain for each in first if each.message] == ["0", "1", "2", "3"]
    assert await shown(world, first[-1].changed, 4) == ["4", "5", "6", "7"]
    assert [each.at for each in first] == [NOW] * 4


async def test_what_was_put_aside_was_still_said(world: World) -> None:
    incoming = an_event("e1")
    async with world.store.batch() as on:
        await on.fresh((incoming,))
        await on.quarantine(incoming, "AB", "ValueError", NOW)
    assert await shown(world) == ["> hello"]


async def test_numbers_only_grow_over_restarts_and_clean_ups(world: World) -> None:
    await world.people(a_person(home=Address("telegram", "1")))
    await speak_first(world, "amina", (Say(words("1")), Say(words("2")), Say(words("3"))))
    await send_all(world)
    await world.store.prune(NOW + 91 * DAY)
    assert world.rows("SELECT id FROM letters") == [(3,)]
    await world.store.prune(NOW + 91 * DAY + timedelta(hours=1))
    world.store.mail._last_id = -1
    await speak_first(world, "amina", (Say(words("4")),))
    assert world.rows("SELECT id FROM letters") == [(3,), (4,)]
