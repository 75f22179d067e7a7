"""What no talk can play about people in several places, huddles, files on their way, and doors: the edges of each."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from bot import huddles, reaching
from bot.commands.settings import clean_name
from bot.commands.start import language_of
from bot.effects import Board, Effects, Fetch, Forsake, Merge, Note, Say, Track
from bot.events import (
    Address,
    Called,
    Event,
    Joined,
    Left,
    Met,
    NotFetched,
    Offered,
    Opened,
    Pressed,
    Said,
    Sender,
    Voted,
)
from bot.facts import Answered, Completed
from bot.finding import split_pack_rest
from bot.given import Catalog, Found, Given, House, Unit
from bot.message import PRESS_LIMIT, Message
from bot.person import Asking, Confirming, MergeInto, Person, Role, Session
from bot.showing import bar, read_ticked
from bot.turn import needs, take_turn
from bot.uploading import showing
from lessons.model import Card, CardRef, Lesson, Pack
from lessons.problems import Where
from lessons.prose import Code, Paragraph, Picture, Span, Table
from lessons.questions.base import Choice, Prompt
from lessons.questions.choice import OneOf
from lessons.questions.order import InOrder
from lessons.questions.raw import Option
from lessons.questions.several import Several

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
WEB, PHONE, WORK = Address("web", "a"), Address("telegram", "7"), Address("slack", "T1/U1")
AMINA = Person("p1", "Amina", "shop", Role.LEARNER, home=WEB)
SHOP = Address("telegram", "-100")


def para(text: str) -> Paragraph:
    return Paragraph((Span(text),))


def a_card(id_: str, question: Any, *body: Any) -> Card:
    return Card(id_, body or (para(f"What is {id_}?"),), question, Where("01.md", 1))


def options(*labels: str, right: tuple[int, ...] = (0,)) -> tuple[Option, ...]:
    return tuple(Option(label, n in right) for n, label in enumerate(labels))


def a_pack(*cards: Card, **changed: Any) -> Pack:
    lesson = Lesson("one", "One", cards, Where("01.md", 1))
    whole = Pack(
        "geo", "1.0.0", ("en",), {"en": "Geo"}, {}, "", "", (), "", 0.8, "passed", True, 0.9, 365, (lesson,), {}, {}
    )  # fmt: skip
    return replace(whole, **changed)


FRANCE = a_card("france", OneOf(options("Paris", "Lyon", "Nice")))
IBERIA = a_card("iberia", Several(options("Madrid", "Porto", "Lisbon", right=(0, 2))))


def given(*, house: House | None = None, pack: Pack | None = None, **more: Any) -> Given:
    units = {"shop": Unit("shop", "Shop"), "other": Unit("other", "Other")}
    packs = {"geo": pack or a_pack(FRANCE, IBERIA)}
    return Given(Catalog(house or House(), packs, units), NOW, **{"luck": 5, "address": WEB, **more})


def says(effects: Effects) -> list[Say]:
    return [effect for effect in effects if isinstance(effect, Say)]


def turn(person: Person, event: Event, **more: Any) -> tuple[Person, Effects]:
    return take_turn(person, event, given(**more))


# --- Places ----------------------------------------------------------------------------------------------------------


def test_a_word_from_a_new_place_is_kept_in_mind_and_the_home_stays() -> None:
    after, _ = turn(AMINA, Said("hello"), address=PHONE)
    assert (after.home, after.others) == (WEB, (PHONE,))
    assert turn(after, Said("hello"), address=PHONE)[0].others == (PHONE,)
    assert turn(AMINA, Called("progress"), address=PHONE, place=SHOP)[0] == AMINA, "a group is no place of hers"


def test_who_was_lost_is_spoken_to_where_they_come_back() -> None:
    gone = replace(AMINA, reachable=False)
    after, _ = turn(gone, Said("hello"), address=PHONE)
    assert (after.home, after.others, after.reachable) == (PHONE, (), True)


def test_leaving_one_place_after_the_other() -> None:
    person = replace(AMINA, others=(PHONE, WORK), wake_at=NOW)
    person, effects = turn(person, Left(WEB, "blocked"))
    assert (person.home, person.others, person.reachable, person.wake_at) == (PHONE, (WORK,), True, NOW)
    assert effects[0] == Forsake(WEB, to=PHONE)
    person, effects = turn(person, Left(WORK, "blocked"))
    assert (person.home, person.others, effects[0]) == (PHONE, (), Forsake(WORK, to=PHONE))
    person, effects = turn(person, Left(PHONE, "blocked"))
    assert (person.reachable, person.wake_at, effects[0]) == (False, None, Forsake(PHONE))
    assert turn(person, Left(WEB))[1] == (Forsake(WEB),), "what still waits there has nowhere to go"
    assert turn(Person(), Left(WEB))[1] == (Forsake(WEB),), "nor has what waits for a stranger"


def test_two_places_of_one_channel_have_names_of_their_own() -> None:
    from bot.texts import Voice

    person = replace(AMINA, others=(WORK, Address("slack", "T0/U9"), Address("pigeon", "1")))
    names = [(place.name, place.id) for place in reaching.places(person, Voice("de"))]
    assert names == [("Pigeon", "pigeon"), ("Slack", "slack"), ("Slack 2", "slack 2"), ("Web-Chat", "web")]
    for words in ("Slack 2", "slack 2", " SLACK 2"):
        place = reaching.named(person, words, Voice("de"))
        assert place and place.address == WORK
    assert reaching.named(person, "web chat", Voice("de")) is None
    moved = reaching.moved_home(person, WORK)
    assert (moved.home, set(moved.others)) == (WORK, {WEB, *person.others} - {WORK})


def test_no_more_places_are_kept_than_anybody_has() -> None:
    person = AMINA
    for number in range(20):
        person, _ = turn(person, Said("hi"), address=Address("web", str(number)))
    assert len(person.others) == reaching.MOST
    assert person.home == WEB


# --- Two become one --------------------------------------------------------------------------------------------------


def test_what_the_other_had_learned_last_decides_the_streak() -> None:
    mine = replace(AMINA, streak=2, learned_on="2026-03-01")
    joined = Joined(PHONE, was="p2", streak=9, learned_on="2026-02-20")
    assert turn(mine, joined, address=None)[0].streak == 2
    assert turn(mine, replace(joined, learned_on="2026-03-02"), address=None)[0].streak == 9
    assert turn(mine, replace(joined, learned_on="2026-03-01"), address=None)[0].streak == 9


def test_packs_that_are_whole_together_are_completed() -> None:
    from bot.effects import CardState, Progress

    refs = (CardRef("geo", "france"), CardRef("geo", "iberia"))
    met = {ref: CardState(ref, NOW, credit=1.0) for ref in refs}
    found = Found(met=met, progress={"geo": Progress("geo", NOW, seen=2, total=2)})
    joined = Joined(PHONE, was="p2")
    query = needs(AMINA, joined, Catalog())
    assert query and query.met and query.all_packs
    assert needs(AMINA, Joined(PHONE), Catalog()) is None
    effects = turn(AMINA, joined, address=None, found=found)[1]
    assert any(isinstance(effect, Note) and isinstance(effect.fact, Completed) for effect in effects)


def test_a_yes_without_the_code_merges_nothing() -> None:
    asked = replace(AMINA, confirming=Confirming("token", "token", MergeInto("c0de", "p2")))
    query = needs(asked, Pressed("token.yes"), Catalog())
    assert query and query.invite == "c0de"
    after, effects = turn(asked, Pressed("token.yes"))
    assert after.confirming is None
    assert not any(isinstance(effect, Merge) for effect in effects)


# --- Doors -----------------------------------------------------------------------------------------------------------

OPEN = House(doors={"slack": "shop"})


@pytest.mark.parametrize(
    "event", [Met(), Said("hi"), Called("learn"), Pressed("do.learn"), Offered("x.zip", 1, "r"), Met("other")]
)
def test_an_open_door_lets_everybody_in_once_whatever_they_do_first(event: Event) -> None:
    after, effects = turn(Person(), event, house=OPEN, address=WORK, sender=Sender("Noor Ali", "es-MX", "Asia/Tokyo"))
    assert (after.name, after.role, after.language, after.rhythm.zone) == ("Noor Ali", Role.LEARNER, "es", "Asia/Tokyo")
    assert after.unit == ("other" if event == Met("other") else "shop")
    assert (after.home, after.filling, len(says(effects))) == (WORK, "", 1)
    assert turn(after, Met(), house=OPEN, address=WORK)[1] == ()


def test_a_door_to_nowhere_is_closed() -> None:
    for house, event in ((House(doors={"slack": "gone"}), Said("hi")), (House(), Met("gone")), (OPEN, Said("hi"))):
        address = PHONE if house is OPEN else WORK
        assert turn(Person(), event, house=house, address=address)[0].id == ""
    assert turn(Person(), Called("progress"), house=OPEN, address=WORK, place=SHOP)[0].id == "", (
        "nobody joins in a group"
    )


@pytest.mark.parametrize("name", ["start", "link"])
def test_a_code_that_is_wrong_is_told_before_a_door_is_tried(name: str) -> None:
    after, _ = turn(Person(), Called(name, "abcde-fghij"), house=OPEN, address=WORK)
    assert after.id == ""
    assert turn(Person(), Called(name, ""), house=OPEN, address=WORK)[0].id


def test_what_a_channel_knows_is_used_as_far_as_it_can_be() -> None:
    house = House(language="de", zone="Europe/Berlin")
    odd = Sender("\u202e \t", "klingon", "Mars/Base")
    after, effects = turn(Person(), Met("shop"), house=house, sender=odd)
    assert (after.name, after.filling, after.language, after.rhythm.zone) == ("", "name", "de", "Europe/Berlin")
    assert says(effects)[0].message.typing == "text"
    assert clean_name(" Noor \u202e\n\n Ali\u0000 ") == "Noor Ali"
    assert len(clean_name("ab " * 500)) <= 60
    for code, spoken in (("pt-BR", "de"), ("ES", "es"), ("en_GB", "en"), ("", "de")):
        assert language_of(given(house=house, sender=Sender(language=code))) == spoken


def test_strangers_are_greeted_in_their_language() -> None:
    said = says(turn(Person(), Said("hola"), sender=Sender(language="es"))[1])[0].message.plain
    assert said.startswith("¡Hola!")
    assert turn(AMINA, Met())[1] == ()


# --- Huddles ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("card", "fits"),
    [
        (FRANCE, True),
        (IBERIA, True),
        (a_card("x", OneOf(options("a" * 100, "b"))), True),
        (a_card("x", OneOf(options("a" * 101, "b"))), False),
        (a_card("x", OneOf(options("😀" * 51, "b"))), False),
        (a_card("x", OneOf(options(*"abcdefghijklm"))), False),
        (a_card("x", OneOf(options(*"abcdefghijkl"))), True),
        (a_card("x", OneOf(options(*"ab")), para("w" * 300)), True),
        (a_card("x", OneOf(options(*"ab")), para("w" * 301)), False),
        (a_card("x", OneOf(options(*"ab")), para("look"), Picture("a.png", "a picture")), False),
        (a_card("x", OneOf(options(*"ab")), Code("x = 1")), False),
        (a_card("x", OneOf(options(*"ab")), Table(("a",), (("b",),))), False),
        (a_card("x", InOrder(("a", "b"))), False),
        (a_card("x", None), False),
    ],
)
def test_only_what_a_poll_can_show_is_asked(card: Card, fits: bool) -> None:
    assert huddles.fits(card) is fits


def test_a_quiz_says_what_its_blocks_say_and_its_key_tells_it_all() -> None:
    from bot.texts import Voice

    why = (para("Yes. " * 10 + "x" * 300 + "."),)
    explained = a_card("iberia", Several(options("Madrid", "Porto", "Lisbon", right=(0, 2)), why))
    here = given(pack=a_pack(FRANCE, explained))
    missed = [CardRef("geo", "iberia"), CardRef("geo", "gone")]
    effects = huddles.ask(tuple(here.catalog.packs.values()), missed, 5, SHOP, here, Voice("en"))
    assert [say.to for say in says(effects)] == [SHOP, SHOP]
    first = says(effects)[0]
    assert first.message.quiz and huddles.read_key(first.key) == huddles.Asked(CardRef("geo", "iberia"), 5)
    assert {first.message.quiz.options[at] for at in first.message.quiz.right} == {"Madrid", "Lisbon"}
    assert first.message.quiz.explanation == ("Yes. " * 10).strip()
    assert all(option in first.message.plain for option in first.message.quiz.options)
    assert len({say.key for say in says(effects)}) == 2


@pytest.mark.parametrize("key", ["", "nudge", "quiz.geo.france", "quiz.geo.france.x", "quiz.geo.france." + "9" * 30])
def test_a_key_that_asked_nothing(key: str) -> None:
    assert huddles.read_key(key) is None
    assert turn(AMINA, Voted(key, (0,))) == (AMINA, ())


def test_a_vote_counts_once_in_the_order_that_was_shown() -> None:
    for luck in range(20):
        asked = huddles.Asked(CardRef("geo", "iberia"), luck)
        from lessons.questions.shuffle import shuffled

        shown = shuffled(3, luck)
        right = tuple(at for at, number in enumerate(shown) if number in (0, 2))
        event = Voted(asked.key, right)
        assert needs(AMINA, event, given().catalog)
        after, effects = turn(AMINA, event)
        fact = next(e.fact for e in effects if isinstance(e, Note))
        assert isinstance(fact, Answered)
        assert (fact.answer, fact.credit, fact.confidence, fact.card) == ((0, 2), 1.0, "", "iberia")
        assert not says(effects)
        assert any(isinstance(effect, Track) for effect in effects)
        assert take_turn(after, event, given()) == (after, ())
        assert needs(after, event, given().catalog) is None


@pytest.mark.parametrize(
    ("card", "chosen"),
    [("france", ()), ("france", (0, 1)), ("france", (3,)), ("france", (-1,)), ("iberia", (9,)), ("gone", (0,))],
)
def test_a_vote_that_means_nothing_changes_nothing(card: str, chosen: tuple[int, ...]) -> None:
    event = Voted(huddles.Asked(CardRef("geo", card), 5).key, chosen)
    assert turn(AMINA, event) == (AMINA, ())
    assert turn(Person(), Voted(huddles.Asked(CardRef("geo", "france"), 5).key, (0,)))[1] == ()


def test_a_vote_may_complete_a_pack_and_is_remembered_for_a_while() -> None:
    pack = a_pack(FRANCE)
    from lessons.questions.shuffle import shuffled

    right = (shuffled(3, 7).index(0),)
    after, effects = turn(AMINA, Voted(huddles.Asked(CardRef("geo", "france"), 7).key, right), pack=pack)
    assert any(isinstance(effect, Note) and isinstance(effect.fact, Completed) for effect in effects)
    assert after.reachable == AMINA.reachable
    assert after.rhythm.active_at == NOW
    for luck in range(100, 100 + 2 * huddles.REMEMBERED):
        after, _ = turn(after, Voted(huddles.Asked(CardRef("geo", "france"), luck).key, (0,)), pack=pack)
    assert len(after.votes) == huddles.REMEMBERED


def test_a_vote_in_a_group_does_not_make_somebody_reachable() -> None:
    gone = replace(AMINA, reachable=False)
    after, _ = turn(gone, Voted(huddles.Asked(CardRef("geo", "france"), 7).key, (0,)), place=SHOP)
    assert not after.reachable


@pytest.mark.parametrize(
    "event", [Said("hello"), Pressed("do.learn"), Offered("x.zip", 1, "r"), Met(), Called("weather")]
)
def test_in_a_group_the_bot_is_silent_until_it_is_asked(event: Event) -> None:
    for person in (AMINA, Person(), replace(AMINA, role=Role.MANAGER)):
        after, effects = turn(person, event, place=SHOP)
        assert effects == ()
        assert after.id == person.id


def test_nothing_of_a_person_is_said_in_a_group() -> None:
    from bot.commands import COMMANDS

    chats = House(chats={"telegram": "https://t.example/morsel"})
    for command in COMMANDS:
        for role in Role:
            effects = turn(replace(AMINA, role=role), Called(command.name, "amina"), place=SHOP, house=chats)[1]
            assert all(say.to == SHOP and "Amina" not in say.message.plain for say in says(effects))
            assert len(effects) == 1, command.name
            assert all(b.url and not b.press for say in says(effects) for row in say.message.rows for b in row)


# --- Files on their way ----------------------------------------------------------------------------------------------

ADA = Person("p9", "Ada", "shop", Role.ADMIN, home=WEB, language="de")


def test_the_size_decides_what_is_said() -> None:
    house = House(upload_limit=5_000_000)
    for size in (0, 1_000_000):
        assert turn(ADA, Offered("a.zip", size, "r"), house=house)[1] == (Fetch("a.zip", size, "r"),)
    after, effects = turn(ADA, Offered("a.zip", 1_000_001, "r"), house=house)
    fetch = next(effect for effect in effects if isinstance(effect, Fetch))
    assert fetch.key == says(effects)[0].key == after.fetching[0].key
    assert "MB von 1 MB" in showing(fetch, 0).plain, "in the language of who sent it"
    effects = turn(ADA, Offered("a.zip", 5_000_001, "r"), house=house)[1]
    assert not any(isinstance(effect, Fetch) for effect in effects)
    assert "5 MB" in says(effects)[0].message.plain
    for person in (AMINA, Person(), replace(AMINA, role=Role.MANAGER)):
        assert not any(isinstance(effect, Fetch) for effect in turn(person, Offered("a.zip", 1, "r"))[1])


def test_how_far_a_file_is() -> None:
    fetch = Fetch("big.zip", 48_000_000, "r", "token.en")
    assert showing(fetch, 12_400_000).plain.startswith("I am bringing big.zip … 12 MB of 48 MB.")
    assert "100" not in showing(replace(fetch, size=0), 7).plain
    assert showing(fetch, 99_000_000).plain.endswith("▓" * 10), "more than was announced"
    assert [bar(share, 4) for share in (0, 0.249, 0.25, 0.999, 1)] == ["░░░░", "░░░░", "▓░░░", "▓▓▓░", "▓▓▓▓"]


def test_files_of_one_name_and_many_at_once() -> None:
    person = ADA
    for number in range(9):
        person, _ = turn(person, Offered("same.zip", 2_000_000, "r"), luck=number)
    assert len(person.fetching) == 4
    after, effects = turn(person, NotFetched("same.zip", "gone"))
    assert (len(after.fetching), len(effects)) == (3, 2)
    assert len(turn(person, NotFetched("other.zip", "who knows"))[1]) == 1


# --- Ticks and boards ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "draft"),
    [
        ("=", ()),
        ("=2", (2,)),
        ("=2,0", (0, 2)),
        ("=2,2", (2,)),
        ("=3", None),
        ("=,", None),
        ("=-1", None),
        ("=٢x", None),
    ],
)
def test_what_is_ticked(what: str, draft: tuple[int, ...] | None) -> None:
    prompt = Prompt("many", tuple(Choice(n, str(n)) for n in range(3)))
    assert read_ticked(what, prompt) == draft
    for how in ("one", "order", "match", "poll"):
        assert read_ticked(what, replace(prompt, how=how)) is None


def test_ticks_on_an_old_token_are_answered_and_on_another_kind_they_are_not_read() -> None:
    from bot.person import Item

    session = Session("daily", (Item(CardRef("geo", "france")),), 1, NOW, packs=("geo",))
    person = replace(AMINA, session=session, mode=Asking("token", "token", NOW, 5))
    assert turn(person, Pressed("token.=1"))[1] == ()
    assert says(turn(person, Pressed("other.=1"))[1])
    spent = replace(person, spent=("older",))
    assert says(turn(spent, Pressed("older.=1"))[1])[0].message.fleeting


@pytest.mark.parametrize("role", [Role.LEARNER, Role.MANAGER, Role.ADMIN])
@pytest.mark.parametrize("language", ["en", "de", "es"])
def test_a_board_is_short_in_every_language(role: Role, language: str) -> None:
    from bot.effects import Progress
    from bot.given import STATES, TeamFound

    packs = {f"p{n}": a_pack(FRANCE, id=f"p{n}", titles={"en": "Long title " * 7}) for n in range(40)}
    progress = {id_: Progress(id_, NOW, due_at=NOW + timedelta(days=3), seen=1, total=2) for id_ in packs}
    found = Found(progress=progress, due_count=99, team=TeamFound(totals=dict.fromkeys(STATES, 9999)))
    catalog = Catalog(House(), packs, {"shop": Unit("shop", "S" * 80)})
    person = replace(AMINA, role=role, language=language, streak=400, learned_on="2026-03-01")
    after, (effect,) = take_turn(person, Opened(), Given(catalog, NOW, 5, found, WORK))
    assert after.board
    assert isinstance(effect, Board)
    message: Message = effect.message
    assert len(message.blocks) < 20
    assert len(message.plain) < 3_000, "Slack: 3,000 characters in a text of a block"
    buttons = [button for row in message.rows for button in row]
    assert len({button.press for button in buttons}) == len(buttons) <= 6
    assert all(len(button.press.encode()) <= PRESS_LIMIT for button in buttons)


def test_a_broken_streak_is_not_praised_on_the_board() -> None:
    def board(learned_on: str) -> str:
        effect = turn(replace(AMINA, streak=7, learned_on=learned_on), Opened())[1][0]
        assert isinstance(effect, Board)
        return effect.message.plain

    assert "7 days" in board("2026-03-01")
    assert "7 days" not in board("2026-02-28")


def test_a_pack_that_is_named_in_full_leaves_the_rest_alone() -> None:
    """A short unit behind it makes it look like a slip in a longer name."""
    pack = a_pack(id="food-hygiene", titles={"en": "Food hygiene"})
    catalog = Catalog(packs={pack.id: pack})
    for named in ("food-hygiene", "Food hygiene", "food hygeine"):
        assert split_pack_rest(f"{named} reception", catalog) == (pack, "reception")
    for named in ("food-hygiene", "Food hygiene", "food"):
        assert split_pack_rest(f"{named} bar", catalog) == (pack, "bar"), named
