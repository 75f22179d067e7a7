"""What a message looks like in Telegram: the considered form of everything, within every limit. And how it changes."""

import pytest
from hypothesis import given, settings

from adapters.telegram import limits, rich
from adapters.telegram.amending import (
    Bare,
    Caption,
    Drop,
    Edit,
    Kept,
    New,
    mark,
    read_mark,
    steps,
)
from adapters.telegram.pieces import Key, Photo, Piece, Poll, Words, fits, pieces
from adapters.telegram.rich import Rich
from bot.message import Button, Message, Progress, Quiz, paragraph, rows_of
from bot.ports import BadMessage
from lessons.prose import Bullets, Code, Heading, Picture, Quote, Span, Table
from tests.telegram import strange
from tests.web.cards import every_kind

WASH = Picture("img/wash.png", "Hands under running water", "food")
RINSE = Picture("img/rinse.png", "A tap", "food")
GONE = Picture("img/gone.png", "A picture that is not there", "gone")
NEXT = ((Button("Next", "t.next", main=True), Button("Enough for today", "t.enough", aside=True)),)
LONG = "word " * 300  # 1,500 characters: too long for a caption
QUIZ = Quiz("Capital of France?", ("Lyon", "Paris"), (1,), "It is Paris.")


def shows(picture: Picture) -> bool:
    return picture.pack == "food"


def form(message: Message) -> list[str]:
    """A piece a word: what it is, how long, and how many buttons stand under it."""
    made = []
    for piece in pieces(message, shows):
        match piece:
            case Words(said, keys):
                made.append(f"text {said.size} {sum(map(len, keys))}")
            case Photo(picture, said, keys):
                made.append(f"{picture.name} {said.size} {sum(map(len, keys))}")
            case Poll():
                made.append("poll")
    return made


FORMS = (
    ("one line", Message((paragraph("Hello"),)), ["text 5 0"]),
    ("buttons", Message((paragraph("Hello"),), NEXT), ["text 5 2"]),
    ("nothing", Message(), ["text 1 0"]),
    ("nothing but buttons", Message((), NEXT), ["text 1 2"]),
    ("blanks", Message((paragraph(" \n "), paragraph("\u200b"))), ["text 1 0"]),
    ("progress alone", Message(progress=Progress("A", 1, 2, "1 of 2")), ["text 13 0"]),
    ("4,096 letters", Message((paragraph("x" * 4096),), NEXT), ["text 4096 2"]),
    ("4,097 letters", Message((paragraph("x" * 4097),), NEXT), ["text 4096 0", "text 1 2"]),
    ("2,048 emoji", Message((paragraph("🙂" * 2048),), NEXT), ["text 4096 2"]),
    ("2,049 emoji", Message((paragraph("🙂" * 2049),), NEXT), ["text 4096 0", "text 2 2"]),
    ("three long blocks", Message((paragraph(LONG),) * 3, NEXT), ["text 3000 0", "text 1499 2"]),
    ("a picture alone", Message((WASH,)), ["img/wash.png 28 0"]),
    ("a picture and words", Message((WASH, paragraph("Wash!")), NEXT), ["img/wash.png 35 2"]),
    ("words and a picture", Message((paragraph("Wash!"), WASH), NEXT), ["img/wash.png 35 2"]),
    ("progress and a picture", Message((WASH,), NEXT, Progress("A", 1, 2, "1 of 2")), ["img/wash.png 43 2"]),
    ("a caption of 1,024", Message((WASH, paragraph("x" * 994)), NEXT), ["img/wash.png 1024 2"]),
    ("a caption of 1,025", Message((WASH, paragraph("x" * 995)), NEXT), ["img/wash.png 28 0", "text 995 2"]),
    ("a picture in long words", Message((paragraph(LONG), WASH, paragraph("end")), NEXT),
     ["text 1499 0", "img/wash.png 28 0", "text 3 2"]),
    ("a picture after long words", Message((paragraph(LONG), WASH), NEXT), ["text 1499 0", "img/wash.png 28 2"]),
    ("two pictures", Message((WASH, paragraph("or"), RINSE), NEXT),
     ["img/wash.png 28 0", "text 2 0", "img/rinse.png 8 2"]),
    ("two pictures in a row", Message((WASH, RINSE, paragraph("Which?")), NEXT),
     ["img/wash.png 28 0", "img/rinse.png 8 0", "text 6 2"]),
    ("a picture that is gone", Message((GONE, paragraph("Hm.")), NEXT), ["text 35 2"]),
    ("one here, one gone", Message((WASH, GONE)), ["img/wash.png 60 0"]),
    ("a picture without words", Message((Picture("x.png", "", "food"),)), ["x.png 0 0"]),
    ("a picture with a novel", Message((Picture("x.png", "y" * 3000, "food"), paragraph(LONG))),
     ["x.png 1024 0", "text 1499 0"]),
    ("101 bold words", Message((paragraph(tuple(Span("x ", bold=n % 2 == 0) for n in range(202))),)),
     ["text 399 0", "text 3 0"]),
    ("100 buttons", Message((paragraph("?"),), tuple((Button(f"{n}", f"t.{n}"),) for n in range(100))), ["text 1 100"]),
    ("101 buttons", Message((paragraph("?"),), tuple((Button(f"{n}", f"t.{n}"),) for n in range(101))),
     ["text 1 100", "text 1 1"]),
    ("a quiz", Message((paragraph("Capital of France?"),), quiz=QUIZ), ["poll"]),
    ("a quiz too long", Message((paragraph("Capital?"),), quiz=Quiz("x" * 301, ("a", "b"), (0,))), ["text 8 0"]),
)  # fmt: skip


@pytest.mark.parametrize(("name", "message", "wanted"), FORMS, ids=[name for name, *_ in FORMS])
def test_forms(name: str, message: Message, wanted: list[str]) -> None:
    assert form(message) == wanted


@pytest.mark.parametrize("message", every_kind(), ids=lambda message: message.plain[:20])
def test_every_kind_of_message_fits(message: Message) -> None:
    within_limits(pieces(message, shows))


@settings(max_examples=300, deadline=None)
@given(strange.messages)
def test_strange_messages_fit(message: Message) -> None:
    within_limits(pieces(message, shows))


def within_limits(made: tuple[Piece, ...]) -> None:
    assert made
    for piece in made:
        assert not isinstance(piece, Poll)
        most = limits.CAPTION if isinstance(piece, Photo) else limits.TEXT
        assert piece.said.size <= most and len(piece.said.entities) <= limits.ENTITIES
        assert isinstance(piece, Photo) or not rich.is_blank(piece.said.text)
        assert sum(map(len, piece.keys)) <= limits.KEYS
        for row in piece.keys:
            assert 1 <= len(row) <= limits.KEYS_IN_ROW
            for key in row:
                assert not rich.is_blank(key.label) and "\n" not in key.label
                assert bool(key.press) != bool(key.url) and len(key.press.encode()) <= limits.PRESS
                assert len(row) == 1 or rich.columns(key.label) <= limits.READABLE[len(row)]
    assert not any(piece.keys for piece in made[:-1] if isinstance(piece, Photo)), "buttons stand below everything"


def keys(*labels: str, width: int = 2) -> list[list[str]]:
    (piece,) = pieces(
        Message((paragraph("?"),), rows_of(tuple(Button(each, f"t.{n}") for n, each in enumerate(labels)), width)),
        shows,
    )
    assert isinstance(piece, Words)
    return [[key.label for key in row] for row in piece.keys]


def test_short_labels_share_a_row() -> None:
    assert keys("Lyon", "Paris") == [["Lyon", "Paris"]]
    assert keys("Guess", "Fairly", "Certain", width=3) == [["Guess", "Fairly", "Certain"]]


def test_longer_labels_get_more_room() -> None:
    assert keys("Wash your hands", "Put on a fresh apron") == [["Wash your hands"], ["Put on a fresh apron"]]
    assert keys(*"abcdefghij", width=10) == [list("abcdefgh"), ["i", "j"]]
    assert keys("烹饪前洗手并擦干净", "是") == [["烹饪前洗手并擦干净"], ["是"]], "wide letters take two columns"


def test_labels_too_long_for_a_phone_are_written_out() -> None:
    tell, wash = "Tell your manager and put the food aside", "Wash it"
    rows = ((Button(tell, "t.0"),), (Button(wash, "t.1", picked=True),), (Button("Done", "t.done", main=True),))
    (piece,) = pieces(Message((paragraph("What do you do?"),), rows), shows)
    assert isinstance(piece, Words)
    assert piece.said.text == f"What do you do?\n\nA. {tell}\nB. {wash}"
    assert [[key.label for key in row] for row in piece.keys] == [[f"A. {tell}"], [f"✓ B. {wash}"], ["Done"]]


def test_what_is_picked_says_so() -> None:
    (piece,) = pieces(
        Message((paragraph("?"),), ((Button("Fish", "t.-0", picked=True), Button("Flour", "t.+1")),)), shows
    )
    assert isinstance(piece, Words) and piece.keys == ((Key("✓ Fish", "t.-0"), Key("Flour", "t.+1")),)


def test_links_lead_to_the_web_or_nowhere() -> None:
    rows = ((Button("Open", url="https://example.org/team"), Button("Evil", url="javascript:alert(1)")),)
    (piece,) = pieces(Message((paragraph("?"),), rows), shows)
    assert isinstance(piece, Words) and piece.keys == ((Key("Open", url="https://example.org/team"),),)


@pytest.mark.parametrize("press", ["", "x" * 65, "ä" * 33])
def test_a_button_that_carries_too_much_is_our_bug(press: str) -> None:
    with pytest.raises(BadMessage):
        pieces(Message((paragraph("?"),), ((Button("A", press),),)), shows)


def test_how_it_reads() -> None:
    message = Message(
        (
            Heading((Span("The danger zone"),)),
            paragraph(
                (Span("Germs grow "), Span("fast", bold=True), Span(". See "), Span("here", link="https://x.org"))
            ),
            Bullets(((Span("Cold"),), (Span("Hot"),))),
            Bullets(((Span("Wash"),), (Span("Dry"),)), numbered=True),
            Quote((Span("When in doubt, throw it out."),)),
            Code("core >= 75"),
            Table(("A", "B"), (("1", "2"),)),
        ),
        progress=Progress("🧼 Food", 1, 7, "1 of 7"),
    )
    (piece,) = pieces(message, shows)
    assert isinstance(piece, Words)
    assert piece.said.text == (
        "🧼 Food · 1 of 7 ▰▱▱▱▱▱▱\n\nThe danger zone\nGerms grow fast. See here\n\n• Cold\n• Hot\n\n1. Wash\n2. Dry\n\n"
        "When in doubt, throw it out.\n\ncore >= 75\n\nA  B\n1  2"
    )
    raw = piece.said.text.encode("utf-16-le")
    marked = [
        (each.type, raw[2 * each.at : 2 * (each.at + each.length)].decode("utf-16-le")) for each in piece.said.entities
    ]
    assert marked == [
        ("bold", "The danger zone"),
        ("bold", "fast"),
        ("text_link", "here"),
        ("blockquote", "When in doubt, throw it out."),
        ("pre", "core >= 75"),
        ("pre", "A  B\n1  2"),
    ]


@pytest.mark.parametrize(
    ("quiz", "it_does"),
    [
        (QUIZ, True),
        (Quiz("x" * 300, ("a",) * 12, (0, 11), "y" * 200), True),
        (Quiz("🙂" * 151, ("a", "b"), (0,)), False),
        (Quiz("?", (), ()), False),
        (Quiz("?", ("a", "b"), ()), False),
        (Quiz("?", ("a", "b"), (2,)), False),
        (Quiz("?", ("a",) * 13, (0,)), False),
        (Quiz("?", ("a" * 101, "b"), (0,)), False),
        (Quiz("?", ("a", " "), (0,)), False),
        (Quiz("?", ("a", "b"), (0,), "y" * 201), False),
        (Quiz("?", ("a", "b"), (0,), "1\n2\n3\n4"), False),
    ],
)
def test_what_can_be_a_native_quiz(quiz: Quiz, it_does: bool) -> None:
    assert fits(quiz) is it_does


# --- Changing what is there --------------------------------------------------------------------------------------------

T1, T2, P1, P2 = Kept(1), Kept(2), Kept(3, "aa"), Kept(4, "bb")
SHORT, TOO_LONG = Words(Rich("short")), Words(Rich("x" * 1025))
PHOTO = Photo(WASH, Rich("caption"))

CHANGES = (
    ("words", (T1,), (SHORT,), (Edit(T1, SHORT),)),
    ("a photo", (P1,), (PHOTO,), (Edit(P1, PHOTO),)),
    ("a photo keeps its place when only words are left", (P1,), (SHORT,), (Caption(P1, SHORT),)),
    ("words too long for the caption", (P1,), (TOO_LONG,), (Bare(P1), New(TOO_LONG))),
    ("words become a photo", (T1,), (PHOTO,), (Drop(T1), New(PHOTO))),
    ("one becomes two", (T1,), (SHORT, TOO_LONG), (Edit(T1, SHORT), New(TOO_LONG))),
    ("two become one", (T1, T2), (SHORT,), (Edit(T1, SHORT), Drop(T2))),
    ("a caption grows too long", (P1,), (PHOTO, TOO_LONG), (Edit(P1, PHOTO), New(TOO_LONG))),
    ("and short again", (P1, T2), (PHOTO,), (Edit(P1, PHOTO), Drop(T2))),
    ("no photo stays where one follows", (P1, T1), (SHORT, PHOTO), (Drop(P1), Drop(T1), New(SHORT), New(PHOTO))),
    ("order of the chat", (T1, T2), (PHOTO, SHORT), (Drop(T1), Drop(T2), New(PHOTO), New(SHORT))),
    ("two pictures, one left", (P1, P2), (PHOTO,), (Edit(P1, PHOTO), Drop(P2))),
)  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "wanted"), CHANGES, ids=[name for name, *_ in CHANGES])
def test_changes(name: str, old: tuple[Kept, ...], new: tuple[Piece, ...], wanted: tuple[object, ...]) -> None:
    assert steps(old, new) == wanted


@pytest.mark.parametrize("kept", [(T1,), (P1, T2), (P1, P2, T1)])
def test_a_mark_comes_back(kept: tuple[Kept, ...]) -> None:
    assert read_mark(mark(kept)) == kept


@pytest.mark.parametrize(
    "lost", ["?", "", "t1 ?", "poll:5303992345678", "12", "t", "x5", "t1.5x t", "p٣.aa", "shown", "board"]
)
def test_marks_that_cannot_be_changed(lost: str) -> None:
    assert read_mark(lost) is None
