"""The outbox in the database, and the transcript that the web page shows."""

from datetime import timedelta

from bot.effects import Amend, Board, Effects, Fetch, Forsake, Say
from bot.events import Address, Called, Event, Incoming, Pressed, Prodded, Said, Uploaded
from bot.message import BOARD, Button
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


# --- Lanes ---------------------------------------------------------------------------------------------------------------


def lane(account: str = "", pushes: bool = True, limit: int = 100) -> Lane:
    return Lane("slack", account, pushes, limit)


async def test_each_account_has_a_lane_and_a_limit_of_its_own(world: World) -> None:
    for account in ("w1", "w2"):
        for n in range(5):
            to = Address("slack", f"{account}/{n}")
            await world.turn(f"{account}{n}", (Say(words(f"push {account}{n}"), to=to, until=NOW + DAY),))
            await world.turn(f"x{account}{n}", (Say(words(f"{account}{n}"), to=to),))

    async def told(*lanes: Lane) -> list[str]:
        return [each.message.plain for each in await world.store.letters(NOW, lanes)]

    assert await told(lane("w1", limit=2), lane("w2", limit=3)) == ["w10", "w11", "w20", "w21", "w22"]
    assert await told(lane("w3")) == []
    for letter in await world.store.letters(NOW, (lane("w1"),)):
        await send(world, letter)
    assert await told(lane("w1", pushes=False)) == []
    assert await told(lane("w1", limit=1), lane("w2", pushes=False, limit=1)) == ["w20", "push w10"]
    assert await told(lane("w1", pushes=False), lane("w1", limit=2)) == ["push w10", "push w11"], (
        "asked twice, told once"
    )


async def test_ten_thousand_that_wait_cost_no_more_than_ten(world: World) -> None:
    """By what the plan says: no table is walked, and nothing is sorted."""
    text = world.store.postbox._read._text(2)
    plan = [row[3] for row in world.rows(f"EXPLAIN QUERY PLAN {text.replace('?', '1')}")]
    assert [step for step in plan if "letters" in step or "waiting" in step or "earlier" in step] == [
        "SEARCH letters USING INTEGER PRIMARY KEY (rowid=?)",
        "SEARCH waiting USING INDEX ix_letters_next (channel=? AND account=? AND push=?)",
        "SEARCH earlier USING INDEX ix_letters_lane (channel=? AND chat=? AND push<?)",
    ]
    assert not [step for step in plan if "TEMP B-TREE" in step]


# --- Boards, files, other addresses --------------------------------------------------------------------------------------

FAR = Address("telegram", "77")


async def test_only_the_newest_board_waits_wherever_the_person_can_be_reached(world: World) -> None:
    await world.people(a_person(others=(FAR,)))
    await world.turn("e1", (Board(words("old")), Say(words("hello"))))
    await world.turn("e2", (Board(words("new")),))
    assert sorted(await send_all(world)) == [("hello", "", False), ("new", BOARD, True), ("new", BOARD, True)]
    assert await shown(world) == ["> hello", "hello", "> hello"], "no line of the chat"
    await world.turn("e3", (Board(words("next")),))
    assert sorted(await send_all(world)) == [("next", BOARD, True)] * 2


async def test_a_file_waits_for_what_was_said_before_it_and_holds_up_nothing(world: World) -> None:
    await world.people(a_person())
    fetch = Fetch("tea.zip", 9, "ref", "up")
    await world.turn("e1", (Say(words("coming"), key="up"), fetch, Fetch("two.zip", 9, "ref2"), Say(words("next"))))
    (first,) = await waiting(world)
    assert first.message.plain == "coming"
    await send(world, first)
    fetched, then = await waiting(world)
    assert (fetched.fetch, fetched.mark, fetched.amend) == (fetch, "@coming", False)
    assert then.message.plain == "next"
    await send(world, then)
    assert await waiting(world) == (fetched,), "one file of an address at a time"
    await world.store.posted([Posted(fetched.id, mark="")], NOW)
    (second,) = await waiting(world)
    assert second.fetch and (second.fetch.name, second.mark) == ("two.zip", "")
    assert world.rows("SELECT mark FROM letters WHERE key = 'up'") == [("@coming",)], "its own mark is no message's"


async def test_what_waits_at_a_forsaken_address_goes_elsewhere(world: World) -> None:
    await world.people(a_person(others=(FAR,)))
    await world.turn("e1", (Say(words("asked"), key="k", to=FAR),))
    await send_all(world)
    await world.turn(
        "e2",
        (
            Say(words("1"), to=FAR),
            Amend("k", words("changed", rows=((Button("Next", "t.next"),),))),
            Amend("k", words("closed")),
            Fetch("f", 1, "r"),
            Board(words("b")),
        ),
    )
    await world.turn("e3", (Say(words("nudge"), to=FAR, until=NOW + DAY), Say(words("toast", fleeting=True), to=FAR)))
    seen = (await world.store.entries(HERE, 0, 100))[-1].changed
    first = next(each for each in await waiting(world) if each.address == FAR)
    await world.store.posted([Posted(first.id, again_at=NOW + DAY, doubtful=True)], NOW)
    await world.turn("e4", (Forsake(FAR, HERE),))
    # The file was offered in the web chat, so it stays there; so does that chat's own board. What only takes buttons off an
    # earlier message would be an old thing said again.
    sent = [letter for letter in await send_all(world) if letter[0]]
    assert sorted(sent) == [
        ("1", "", False),
        ("b", BOARD, True),
        ("changed", "", False),
        ("nudge", "", False),
        ("toast", "", False),
    ]
    assert await shown(world, seen) == ["> hello", "1", "changed", "nudge"], "a page that looks hears of them"
    await world.turn("e5", (Amend("k", words("once more")),))
    assert await send_all(world) == [("once more", "@changed", True)]
    assert world.rows("SELECT why FROM letters WHERE state = 'failed'") == [("gone",)] * 2, (
        "the board and the closing word"
    )


async def test_without_another_address_it_fails(world: World) -> None:
    await world.turn("e1", (Say(words("1"), to=FAR), Say(words("2"), to=Address("telegram", "78"))))
    await world.turn("e2", (Forsake(FAR),))
    assert [sent[0] for sent in await send_all(world)] == ["2"]


async def test_a_letter_that_was_sent_elsewhere_meanwhile_has_not_failed(world: World) -> None:
    await world.people(a_person())
    await world.turn("e1", (Say(words("1"), to=FAR),))
    (letter,) = await waiting(world)
    await world.turn("e2", (Forsake(FAR, HERE),))
    await world.store.posted([Posted(letter.id, failed="gone: blocked", where=FAR)], NOW)
    assert [(each.id, each.address) for each in await waiting(world)] == [(letter.id, HERE)]
    await world.store.posted([Posted(letter.id, failed="gone: blocked", where=HERE)], NOW)
    assert await waiting(world) == ()


async def test_doubt_is_kept_until_somebody_looked(world: World) -> None:
    await world.people(a_person())
    await world.turn("e1", (Say(words("1")),))
    for doubtful in (True, False):
        (letter,) = await waiting(world)
        await world.store.posted([Posted(letter.id, again_at=NOW, doubtful=doubtful)], NOW)
        assert (await waiting(world))[0].doubtful is doubtful


async def test_a_conversation_that_moved_is_named_anew_everywhere(world: World) -> None:
    old, new = Address("telegram", "-5"), Address("telegram", "-1005")
    await world.people(a_person(home=old, others=(HERE,)), a_person("bilal"))
    await world.turn("e1", (Say(words("asked"), key="k", to=old), Say(words("poll"), key="quiz.geo", to=old)))
    await send_all(world)
    await world.turn("e2", (Say(words("2"), to=old), Say(words("bilal's"), to=Address("telegram", "9"))))
    await world.store.moved(old, new)
    person = await world.person("amina")
    assert (person.home, person.others) == (new, (HERE,))
    async with world.store.batch() as on:
        (found,) = await on.persons((Incoming("e9", Said("hello"), NOW, new),))
    assert found.id == "amina"
    assert [each.address for each in await waiting(world)] == [new, Address("telegram", "9")]
    await world.turn("e3", (Amend("k", words("changed")),))
    assert [sent for sent in await send_all(world) if sent[0] == "changed"] == [("changed", "", False)]
    assert world.rows("SELECT mark FROM letters WHERE key = 'quiz.geo'") == [("@poll",)]
    assert world.rows("SELECT count(*) FROM letters WHERE chat = '-5'") == [(0,)]


async def test_where_both_addresses_are_known_each_keeps_its_person(world: World) -> None:
    await world.people(a_person(home=Address("telegram", "1")), a_person("bilal", home=Address("telegram", "2")))
    await world.store.moved(Address("telegram", "1"), Address("telegram", "2"))
    assert world.rows("SELECT chat, person FROM addresses") == [("2", "bilal")]


async def test_strangers_are_amended_where_they_moved(world: World) -> None:
    await world.turn("e1", (Say(words("asked"), key="k"),), who="door")
    await world.store.moved(Address("web", "door"), Address("web", "gate"))
    await world.turn("e2", (Amend("k", words("changed")),), who="gate")
    assert await send_all(world) == [("changed", "", False), ("changed", "@changed", True)]


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
