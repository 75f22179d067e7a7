"""Text and entities against TDLib itself: what we build is what the server keeps, and what people see is what was said."""

import html
import json
import re
import unicodedata
from collections.abc import Iterable
from typing import Any

import tdjson
from hypothesis import example, given, settings
from hypothesis import strategies as st

from adapters.telegram import limits, rich
from adapters.telegram.pieces import Photo, Words, pieces
from adapters.telegram.rich import Entity, Rich, clean, units
from bot.message import Message, Progress
from lessons.prose import Code, Heading, Paragraph, Picture, Span, Table
from tests.fakes.telegram.entities import take
from tests.telegram import strange

TAGS = {"bold": "b", "italic": "i", "code": "code", "pre": "pre", "blockquote": "blockquote"}
KINDS = frozenset((*TAGS, "text_link"))
TYPES = {
    "Bold": "bold",
    "Italic": "italic",
    "Code": "code",
    "Pre": "pre",
    "BlockQuote": "blockquote",
    "TextUrl": "text_link",
}


def as_html(said: Rich) -> str:
    """The same as Telegram's HTML: tags opened and closed where entities begin and end."""
    opens: dict[int, list[Entity]] = {}
    for each in said.entities:
        opens.setdefault(each.at, []).append(each)
    made: list[str] = []
    held: list[Entity] = []
    at = 0
    for char in [*said.text, ""]:
        while held and held[-1].at + held[-1].length <= at:
            made.append("</a>" if held[-1].type == "text_link" else f"</{TAGS[held[-1].type]}>")
            held.pop()
        for each in sorted(opens.get(at, ()), key=lambda each: -each.length):
            link = f'<a href="{html.escape(each.url)}">' if each.type == "text_link" else f"<{TAGS.get(each.type)}>"
            made.append(link)
            held.append(each)
        made.append(html.escape(char, quote=False))
        at += units(char)
    assert not held
    return "".join(made)


def parsed(text: str) -> tuple[str, list[Entity]]:
    """What TDLib reads in HTML."""
    asked = {"@type": "parseTextEntities", "text": text, "parse_mode": {"@type": "textParseModeHTML"}}
    answer: dict[str, Any] = json.loads(tdjson.td_execute(json.dumps(asked).encode()) or "{}")
    assert answer["@type"] == "formattedText", (answer, text)
    kept = [(TYPES[each["type"]["@type"].removeprefix("textEntityType")], each) for each in answer["entities"]]
    return answer["text"], [
        Entity(kind, each["offset"], each["length"], each["type"].get("url", "")) for kind, each in kept
    ]


def styled(entities: Iterable[Entity]) -> dict[int, set[str]]:
    """Which styles each UTF-16 unit has; the server cuts and joins ranges as it likes."""
    made: dict[int, set[str]] = {}
    for each in entities:
        for at in range(each.at, each.at + each.length):
            made.setdefault(at, set()).add(each.type)
    return made


def given_to(said: Rich) -> list[dict[str, object]]:
    return [
        {"type": each.type, "offset": each.at, "length": each.length} | ({"url": each.url} if each.url else {})
        for each in said.entities
    ]


def plain_words(text: str) -> str:
    """What anybody would read: without blanks, and without signs that are no words."""
    kept = unicodedata.normalize("NFC", clean(text))
    return re.sub(
        r"[\s\u200b-\u200f\u2060\ufeff\ufffc\U000e0000-\U000e007f\u00ad\u180e\u2800]|[▰▱•🖼\[\]:·]|\d+\.", "", kept
    )


def all_said(message: Message) -> list[Rich]:
    made = pieces(message, lambda picture: picture.pack == "food")
    assert all(isinstance(piece, Photo) or (isinstance(piece, Words) and piece.said.text) for piece in made)
    return [piece.said for piece in made if isinstance(piece, Words | Photo)]


@settings(max_examples=1000, deadline=None)
@given(strange.messages)
@example(Message((Paragraph((Span("a\ud83d"), Span("\ude00b", bold=True))),)))
@example(
    Message(
        (
            Heading(
                (Span("x", italic=True), Span(" y", code=True)),
            ),
        )
    )
)
def test_what_we_build_is_what_the_server_keeps(message: Message) -> None:
    for said in all_said(message):
        text, found = parsed(as_html(said))
        assert text == said.text
        assert styled(found) == styled(said.entities)
        kept, entities = take(said.text, "", given_to(said))
        assert kept == said.text, "the server would clean or trim something"
        known = [Entity(each["type"], each["offset"], each["length"]) for each in entities]
        assert styled(each for each in known if each.type in KINDS) == styled(said.entities)


@settings(max_examples=300, deadline=None)
@given(strange.messages.filter(lambda message: not any(isinstance(block, Table) for block in message.blocks)))
def test_people_see_what_was_said(message: Message) -> None:
    """All words, in order, and none more. (A wide table says its headings again in every row.)"""
    without = Message(message.blocks, (), message.progress)
    seen = "".join(said.text for said in all_said(without))
    wanted = plain_words(without.plain)
    assert plain_words(seen) == wanted or not wanted


@settings(max_examples=100, deadline=None)
@given(st.lists(strange.lines, min_size=1, max_size=30), st.integers(1, 40))
def test_long_texts_are_cut_within_the_limits(lines: list[tuple[Span, ...]], times: int) -> None:
    long = Message(tuple(Paragraph(line * times) for line in lines))
    said = all_said(long)
    assert all(each.size <= limits.TEXT and len(each.entities) <= limits.ENTITIES for each in said)
    assert plain_words("".join(each.text for each in said)) == plain_words(long.plain) or not plain_words(long.plain)
    for each in said:
        assert take(each.text, "", given_to(each))[0] == each.text


def test_a_cut_falls_between_blocks() -> None:
    message = Message(tuple(Paragraph((Span(f"Block {n}. " + "word " * 100),)) for n in range(30)))
    texts = [said.text for said in all_said(message)]
    assert len(texts) == 5
    assert all(text.startswith("Block ") and text.endswith("word") for text in texts)


def test_a_cut_spares_emoji_and_bold() -> None:
    family = "👨‍👩‍👧‍👦"
    said = Rich(family * 500, (Entity("bold", 0, 11 * 500),))
    head, tail = rich.cut(said, 4096, 100)
    assert head.text.endswith(family) and tail.text.startswith(family)
    assert head.entities == (Entity("bold", 0, head.size),) and tail.entities == (Entity("bold", 0, tail.size),)


def test_progress_is_one_line() -> None:
    said = rich.of_progress(Progress("🧼 Food hygiene", 3, 7, "3 of 7"))
    assert said.text == "🧼 Food hygiene · 3 of 7 ▰▰▰▱▱▱▱"


def test_a_narrow_table_is_aligned() -> None:
    table = Table(("Food", "Keep at"), (("Fish", "0–2 °C"), ("米", "below 5 °C")))
    said = rich.of_table(table)
    assert said.text == "Food  Keep at\nFish  0–2 °C\n米    below 5 °C"
    assert said.entities == (Entity("pre", 0, said.size),)


def test_a_wide_table_is_a_paragraph_a_row() -> None:
    table = Table(("Food", "Keep at"), (("Fresh fish from the market", "0 to 2 °C"), ("Butter", "")))
    said = rich.of_table(table)
    assert said.text == "Food: Fresh fish from the market\nKeep at: 0 to 2 °C\n\nFood: Butter"
    assert [each.type for each in said.entities] == ["bold"] * 3


def test_code_has_no_style_inside_and_links_stay() -> None:
    said = rich.of_line(
        (Span("a", bold=True, code=True), Span(" b", code=True, link="https://x.org"), Span(" c", link="tg://y"))
    )
    assert [(each.type, each.at) for each in said.entities] == [("code", 0), ("text_link", 2)]


def test_what_shows_nothing_is_nothing() -> None:
    assert rich.of_block(Code("\n\n")) == Rich()
    assert rich.of_block(Picture("x", " ")) == Rich()
    assert rich.of_block(Paragraph((Span("\u200b"),))) == Rich()
