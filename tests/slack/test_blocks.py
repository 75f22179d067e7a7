"""How messages look in Slack: a table of them with the form they take, and every one within Slack's limits."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from slackblocks import _limits as registry

from adapters.slack import limits
from adapters.slack.blocks import Json, bare, escaped, home, parts, weigh
from bot.message import Button, Message, Progress, paragraph
from lessons.prose import Block, Bullets, Code, Heading, Line, Paragraph, Picture, Quote, Span, Table
from tests.fakes.slack.blocks import check_blocks, check_view, too_long
from tests.fakes.slack.mrkdwn import read
from tests.fakes.slack.shown import elements_of, shown_message

# Our names and the registry's, which other people read from the same pages.
ROWS = {
    "MESSAGE_BLOCKS": "MESSAGE_BLOCKS_MAX_ITEMS",
    "HOME_BLOCKS": "VIEW_BLOCKS_MAX_ITEMS",
    "TEXT": "TEXT_MAX_LENGTH",
    "HEADER": "HEADER_TEXT_MAX_LENGTH",
    "ACTIONS": "ACTIONS_ELEMENTS_MAX_ITEMS",
    "ACTION_ID": "ACTION_ID_MAX_LENGTH",
    "BUTTON_TEXT": "BUTTON_TEXT_MAX_LENGTH",
    "BUTTON_VALUE": "BUTTON_VALUE_MAX_LENGTH",
    "BUTTON_URL": "BUTTON_URL_MAX_LENGTH",
    "OPTION_TEXT": "OPTION_TEXT_MAX_LENGTH",
    "OPTION_VALUE": "OPTION_VALUE_MAX_LENGTH",
    "SELECT_OPTIONS": "SELECT_OPTIONS_MAX_ITEMS",
    "PLACEHOLDER": "SELECT_PLACEHOLDER_MAX_LENGTH",
    "TICKS": "CHECKBOXES_OPTIONS_MAX_ITEMS",
    "ALT_TEXT": "IMAGE_ALT_TEXT_MAX_LENGTH",
    "TABLE_ROWS": "TABLE_ROWS_MAX_ITEMS",
    "TABLE_COLUMNS": "TABLE_COLUMNS_MAX_ITEMS",
}
# Not Block Kit's, or ours by choice: their pages stand beside them.
OTHERS = {"TABLES", "TABLE_TEXT", "TOP_TEXT", "MESSAGE_TEXT", "LABEL_SEEN"}


def test_our_limits_are_those_that_others_read() -> None:
    mine = {name: value for name, value in vars(limits).items() if name.isupper()}
    assert mine.keys() == ROWS.keys() | OTHERS
    assert {name: mine[name] for name in ROWS} == {name: getattr(registry, row) for name, row in ROWS.items()}
    assert limits.TICKS == registry.RADIO_BUTTONS_OPTIONS_MAX_ITEMS


def said(*texts: str) -> tuple[Block, ...]:
    return tuple(paragraph(text) for text in texts)


def line(text: str, **style: Any) -> Line:
    return (Span(text, **style),)


def button(label: str, press: str = "", **more: Any) -> Button:
    return Button(label, press or f"tok.{label.lower()}", **more)


def answers(*labels: str, picked: int = -1, step: str = "") -> tuple[tuple[Button, ...], ...]:
    return tuple((Button(each, f"tok.{step}{n}", picked=n == picked),) for n, each in enumerate(labels))


def ticks(*labels: str, on: tuple[int, ...] = ()) -> tuple[tuple[Button, ...], ...]:
    return tuple((Button(each, f"tok.{'-' if n in on else '+'}{n}", picked=n in on),) for n, each in enumerate(labels))


LONG = "An answer that is longer than a phone shows"
SEVENTY_FIVE = "x" * 75
PICTURE = Picture("img/hands.png", "Two hands", "hygiene")
TABLE = Table(("Time", "Bread"), (("20 min", "Rolls"), ("", "Rye")))
ENDING = (Button("Done", "tok.done", main=True), Button("Clear", "tok.clear", aside=True))

# name: message, the kinds of blocks (of several messages, one list each), the kinds of elements, what is seen
TABLE_OF_MESSAGES: dict[str, tuple[Message, list[list[str]], list[str], str]] = {
    "a word": (Message(said("Hello")), [["rich_text"]], [], "Hello"),
    "nothing": (Message(), [[]], [], ""),
    "two paragraphs": (Message(said("One", "Two")), [["rich_text", "rich_text"]], [], "One\nTwo"),
    "an empty paragraph": (Message(said("")), [[]], [], ""),
    "styles": (
        Message((Paragraph((Span("a", bold=True), Span("b", italic=True), Span("c", code=True), Span(""))),)),
        [["rich_text"]],
        [],
        "abc",
    ),
    "a link": (
        Message((Paragraph((Span("here", link="https://example.org/a?b=1&c=2"),)),)),
        [["rich_text"]],
        [],
        "here",
    ),
    "a link that is none": (
        Message((Paragraph((Span("here", link="javascript:alert(1)"),)),)),
        [["rich_text"]],
        [],
        "here",
    ),
    "a heading": (Message((Heading(line("Hands")),)), [["header"]], [], "Hands"),
    "a heading of 150": (Message((Heading(line("h" * 150)),)), [["header"]], [], "h" * 150),
    "a heading of 151": (Message((Heading(line("h" * 151)),)), [["rich_text"]], [], "h" * 151),
    "a heading with code": (Message((Heading(line("x", code=True)),)), [["rich_text"]], [], "x"),
    "a heading of nothing": (Message((Heading(line(" ")),)), [["rich_text"]], [], ""),
    "bullets": (Message((Bullets((line("a"), line("b"))),)), [["rich_text"]], [], "• a\n• b"),
    "numbers": (Message((Bullets((line("a"), line("b")), numbered=True),)), [["rich_text"]], [], "1. a\n2. b"),
    "an empty item": (Message((Bullets((line("a"), ())),)), [["rich_text"]], [], "• a\n•  "),
    "many numbers": (
        Message((Bullets(tuple(line(f"step {n} " + "x" * 500) for n in range(1, 13)), numbered=True),)),
        [["rich_text"] * 3],
        [],
        "\n".join(f"{n}. step {n} " + "x" * 500 for n in range(1, 13)),
    ),
    "a quote": (Message((Quote(line("so it is")),)), [["rich_text"]], [], "so it is"),
    "code": (Message((Code("if x:\n    y()"),)), [["rich_text"]], [], "if x:\n    y()"),
    "long code": (Message((Code("\n".join(["y()"] * 1500)),)), [["rich_text"] * 2], [], "\n".join(["y()"] * 1500)),
    "a table": (Message((TABLE,)), [["table"]], [], "Time | Bread\n20 min | Rolls\n  | Rye"),
    "a table without a head": (Message((Table(("", ""), (("a", "b"),)),)), [["table"]], [], "a | b"),
    "two tables": (
        Message((TABLE, TABLE)),
        [["table", "rich_text"]],
        [],
        "Time | Bread\n20 min | Rolls\n  | Rye\nTime   | Bread\n20 min | Rolls\n       | Rye",
    ),
    "a table of 100 rows": (Message((Table(("a",), (("b",),) * 99),)), [["table"]], [], "a" + "\nb" * 99),
    "a table of 101 rows": (Message((Table(("a",), (("b",),) * 100),)), [["rich_text"]], [], "a" + "\nb" * 100),
    "a table of 20 columns": (Message((Table(("a",) * 20, ()),)), [["table"]], [], " | ".join("a" * 20)),
    "a table of 21 columns": (Message((Table(("a",) * 21, ()),)), [["rich_text"]], [], " | ".join("a" * 21)),
    "a picture": (Message((PICTURE,)), [["image"]], [], ""),
    "a picture without words": (Message((Picture("img/a.png", ""),)), [["image"]], [], ""),
    "progress": (
        Message(said("Hi"), progress=Progress("Food hygiene", 3, 7, "3 of 7")),
        [["context", "rich_text"]],
        [],
        "Food hygiene · 3 of 7 ▰▰▰▱▱▱▱\nHi",
    ),
    "buttons in a row": (
        Message(said("Q"), ((button("Yes", main=True), button("No"), button("Later", aside=True)),)),
        [["rich_text", "actions"]],
        ["button"] * 3,
        "Q",
    ),
    "rows of buttons": (
        Message(said("Q"), ((button("A"), button("B")), (button("C"),))),
        [["rich_text", "actions", "actions"]],
        ["button"] * 3,
        "Q",
    ),
    "a row of thirty buttons": (
        Message(said("Q"), (tuple(button(f"b{n}") for n in range(30)),)),
        [["rich_text", "actions", "actions"]],
        ["button"] * 30,
        "Q",
    ),
    "a link to press": (
        Message(said("Q"), ((Button("Open", url="https://example.org"), Button("Bad", url="tg://x")),)),
        [["rich_text", "actions"]],
        ["button"],
        "Q",
    ),
    "the same press twice": (
        Message(said("Q"), ((Button("A", "do.learn"), Button("B", "do.learn")),)),
        [["rich_text", "actions"]],
        ["button"] * 2,
        "Q",
    ),
    "a label of 75": (Message(said("Q"), ((button(SEVENTY_FIVE),),)), [["rich_text", "actions"]], ["button"], "Q"),
    "a picked label of 75": (
        Message(said("Q"), answers(SEVENTY_FIVE, "b", picked=0)),
        [["rich_text", "rich_text", "actions", "actions"]],
        ["button"] * 2,
        f"Q\n• {SEVENTY_FIVE}",
    ),
    "answers": (Message(said("Q"), answers("Lyon", "Paris")), [["rich_text"] + ["actions"] * 2], ["button"] * 2, "Q"),
    "long answers": (Message(said("Q"), answers(LONG, "Paris")), [["rich_text", "actions"]], ["radio_buttons"], "Q"),
    "pairs": (
        Message(said("Q"), answers(LONG, "b", step="1:")),
        [["rich_text", "actions"]],
        ["radio_buttons"],
        "Q",
    ),
    "twelve answers": (
        Message(said("Q"), answers(*map(str, range(12)))),
        [["rich_text", "actions"]],
        ["static_select"],
        "Q",
    ),
    "120 answers": (
        Message(said("Q"), answers(*map(str, range(120)))),
        [["rich_text", "actions", "actions"]],
        ["static_select"] * 2,
        "Q",
    ),
    "several right": (
        Message(said("Q"), (*ticks("soap", "sand", "water", on=(0, 2)), ENDING)),
        [["rich_text", "actions", "actions"]],
        ["checkboxes", "button", "button"],
        "Q",
    ),
    "several right, none picked": (
        Message(said("Q"), ticks("soap", "sand")),
        [["rich_text", "actions"]],
        ["checkboxes"],
        "Q",
    ),
    "eleven to tick": (
        Message(said("Q"), ticks(*map(str, range(11)), on=(3,))),
        [["rich_text"] + ["actions"] * 11],
        ["button"] * 11,
        "Q",
    ),
    "thirty people": (
        Message(said("Who?"), tuple((Button(f"P{n}", f"do.assign p{n}"),) for n in range(30)) + (ENDING,)),
        [["rich_text", "actions", "actions"]],
        ["static_select", "button", "button"],
        "Who?",
    ),
    "a text of 3,000": (Message(said("x" * 3000)), [["rich_text"]], [], "x" * 3000),
    "a text of 3,001": (Message(said("word " * 600 + "x")), [["rich_text"] * 2], [], "word " * 600 + "\nx"),
    "60 paragraphs": (
        Message(said(*(f"p{n}" for n in range(60)))),
        [["rich_text"]],
        [],
        "\n".join(f"p{n}" for n in range(60)),
    ),
    "60 pictures": (Message((PICTURE,) * 60), [["image"] * 50, ["image"] * 10], [], ""),
    "25,000 signs": (
        Message(said(*("x" * 2500 for _ in range(10))), ((button("Go"),),)),
        [["rich_text"] * 4, ["rich_text"] * 4, ["rich_text"] * 2 + ["actions"]],
        ["button"],
        "\n".join("x" * 2500 for _ in range(10)),
    ),
    "only a button": (Message((), ((button("Go on"),),)), [["actions"]], ["button"], ""),
}


def shown(picture: Picture) -> str:
    return "F0000000001"


@pytest.mark.parametrize("name", TABLE_OF_MESSAGES)
def test_the_form_of_a_message(name: str) -> None:
    message, forms, kinds, seen = TABLE_OF_MESSAGES[name]
    made = parts(message, shown)
    assert [[block["type"] for block in part.blocks] for part in made] == forms
    assert [element["type"] for part in made for _, element in elements_of(list(part.blocks))] == kinds
    assert "\n".join(visible(list(part.blocks)) for part in made if part.blocks).strip() == seen.strip()


@pytest.mark.parametrize("name", TABLE_OF_MESSAGES)
def test_slack_takes_it(name: str) -> None:
    message = TABLE_OF_MESSAGES[name][0]
    for part in parts(message, shown):
        blocks = json.loads(json.dumps(list(part.blocks)))
        assert check_blocks(blocks, "message", lambda file: True) == [] and not too_long(blocks)
        assert 0 < len(part.text) <= limits.TOP_TEXT and part.text.strip()
    assert check_view(home(message, shown), lambda file: True) == []
    assert all(0 < len(text) <= limits.TOP_TEXT for text in bare(message))


@pytest.mark.parametrize("name", TABLE_OF_MESSAGES)
def test_every_press_is_there_once(name: str) -> None:
    message = TABLE_OF_MESSAGES[name][0]
    wanted = sorted(one.press for row in message.rows for one in row if one.press)
    found = [
        press for part in parts(message) for _, element in elements_of(list(part.blocks)) for press in held(element)
    ]
    assert sorted(found) == wanted


def held(element: Json) -> Iterator[str]:
    if element["type"] == "button" and "value" in element:
        yield element["value"]
    for option in element.get("options", ()):
        yield option["value"]


def visible(blocks: list[Json]) -> str:
    raw = {"text": "", "ts": "1.2", "channel": "D1", "blocks": [{"block_id": "b", **block} for block in blocks]}
    return shown_message(raw, {}, edits=0, ephemeral=False, names=False).visible


def test_the_top_text_says_all_of_it() -> None:
    message = TABLE_OF_MESSAGES["progress"][0]
    assert parts(message)[0].text == message.plain == "Food hygiene · 3 of 7\nHi"
    assert parts(Message(said("a < b & c > d")))[0].text == "a &lt; b &amp; c &gt; d"
    assert parts(Message((), ((button("Yes"), button("No")),)))[0].text == "Yes · No"
    assert parts(Message((PICTURE,)))[0].text == "[Two hands]"


@pytest.mark.parametrize("sign", ["x", "<", "&", "&lt;", "🧼"])
def test_a_long_top_text_ends_between_signs(sign: str) -> None:
    (text, *_) = (part.text for part in parts(Message(said(sign * (3000 // len(sign)), sign * 2000))))
    assert 3900 < len(text) <= limits.TOP_TEXT or (len(text) < 3900 and sign == "🧼")
    whole = escaped(sign * 9000)
    assert read(text.rstrip("…"), bare=False).visible.replace("\n", "") in read(whole, bare=False).visible


def test_ticks_carry_their_switches_and_their_token() -> None:
    made = parts(TABLE_OF_MESSAGES["several right"][0])[0]
    (_, element), *_ = elements_of(list(made.blocks))
    assert element["action_id"] == "tok.="
    assert [option["value"] for option in element["options"]] == ["tok.-0", "tok.+1", "tok.-2"]
    assert [option["value"] for option in element["initial_options"]] == ["tok.-0", "tok.-2"]


def test_what_is_picked_has_a_sign_and_what_matters_a_colour() -> None:
    row = (button("A", picked=True), button("B", main=True), button("C", aside=True))
    labels = [(e["text"]["text"], e.get("style")) for _, e in elements_of(list(parts(Message((), (row,)))[0].blocks))]
    assert labels == [("✓ A", None), ("B", "primary"), ("C", None)]


def test_bare_text_holds_the_labels_and_no_markup() -> None:
    (text,) = bare(Message(said("<!here> & https://evil.example"), answers("Lyon", "Paris", picked=1)))
    found = read(text)
    assert (found.pings, found.links) == ((), ())
    assert found.visible.replace("\u200b", "") == "<!here> & https://evil.example\n• Lyon\n• ✓ Paris"


def test_a_home_tab_has_no_table_and_at_most_a_hundred_blocks() -> None:
    assert [block["type"] for block in home(Message((TABLE,)))["blocks"]] == ["rich_text"]
    many = Message((PICTURE, paragraph("x")) * 80, ((button("Go"),),))
    view = home(many, shown)
    assert len(view["blocks"]) == 100 and check_view(view, lambda file: True) == []


def test_a_message_weighs_what_its_words_are_long() -> None:
    assert weigh([{"type": "section", "text": {"type": "plain_text", "text": "abc"}}, {"text": "de"}]) == 5
