"""Texts and entities of the fake against TDLib (tdjson), Telegram's own code, which no line of the fake can bend."""

import json
from typing import Any

import pytest
import tdjson
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.telegram.entities import found_in, take, units
from tests.fakes.telegram.errors import Refusal

JSON = dict[str, Any]


def tdlib(request: JSON) -> JSON:
    answer = tdjson.td_execute(json.dumps(request).encode())
    assert answer is not None
    told: JSON = json.loads(answer)
    return told


def parsed(text: str, mode: str) -> JSON:
    how: JSON = {"@type": "textParseModeHTML"} if mode == "HTML" else {"@type": "textParseModeMarkdown", "version": 2}
    return tdlib({"@type": "parseTextEntities", "text": text, "parse_mode": how})


def words(text: str, parse_mode: str = "", entities: Any = None) -> str:
    with pytest.raises(Refusal) as why:
        take(text, parse_mode, entities)
    return why.value.description.removeprefix("Bad Request: ")


MARKUP = [
    ("HTML", "<b>bold</b> and <i>italic</i>"),
    ("HTML", "<b>never closed"),
    ("HTML", "<foo>x</foo>"),
    ("HTML", "a < b"),
    ("HTML", "a &lt; b &amp; c &bogus;"),
    ("HTML", "</b>"),
    ("HTML", "<b>a</i>"),
    ("HTML", "<a href='http://example.com'>here</a>"),
    ("HTML", "<a href='nowhere'>here</a>"),
    ("HTML", "<tg-spoiler>z</tg-spoiler><blockquote expandable>q</blockquote>"),
    ("HTML", '<pre><code class="language-python">x</code></pre>'),
    ("HTML", "<b>x<i>y</b>z</i>"),
    ("MarkdownV2", "*bold* _italic_ __under__ ~gone~ ||hidden||"),
    ("MarkdownV2", "*never closed"),
    ("MarkdownV2", "a.b"),
    ("MarkdownV2", "a\\.b"),
    ("MarkdownV2", "[here](http://example.com)"),
    ("MarkdownV2", "```python\nx```"),
    ("MarkdownV2", "(1)"),
]
NAMES = {
    "Bold": "bold", "Italic": "italic", "Underline": "underline", "Strikethrough": "strikethrough",
    "Spoiler": "spoiler", "Code": "code", "Pre": "pre", "PreCode": "pre", "TextUrl": "text_link",
    "ExpandableBlockQuote": "expandable_blockquote",
}  # fmt: skip


@pytest.mark.parametrize(("mode", "text"), MARKUP)
def test_markup_is_read_by_tdlib(mode: str, text: str) -> None:
    said = parsed(text, mode)
    if said["@type"] == "error":
        told = said["message"]
        assert words(text, mode) == told[0].lower() + told[1:]
        assert "can't parse entities: " in words(text, mode.lower())
        return
    visible, entities = take(text, mode, None)
    assert visible == said["text"].strip(" \n")
    marked = [each for each in entities if each["type"] in NAMES.values()]
    wanted = [(each["offset"], each["length"], each["type"]["@type"]) for each in said["entities"]]
    assert sorted((each["offset"], each["length"], each["type"]) for each in marked) == sorted(
        (offset, length, NAMES[kind.removeprefix("textEntityType")]) for offset, length, kind in wanted
    )


def bold(offset: int, length: int, kind: str = "bold") -> JSON:
    return {"type": kind, "offset": offset, "length": length}


@pytest.mark.parametrize(
    ("text", "entities", "told"),
    [
        ("ab", [bold(-1, 2)], "receive an entity with incorrect offset -1"),
        ("ab", [bold(0, -2)], "receive an entity with incorrect length -2"),
        ("ab", [bold(0, 3)], "entity beginning at UTF-16 offset 0 ends after the end of the text at UTF-16 offset 3"),
        ("ab", [bold(5, 1)], "entity begins after the end of the text at UTF-16 offset 5"),
        ("a😀b", [bold(2, 1)], "entity begins in a middle of a UTF-16 symbol at byte offset 5"),
        (
            "a😀b",
            [bold(0, 2)],
            "entity beginning at UTF-16 offset 0 ends in a middle of a UTF-16 symbol at byte offset 5",
        ),
        ("ab", ["bold"], "can't parse MessageEntity: expected an Object"),
        ("ab", [{"type": "bold", "offset": 0}], "can't parse MessageEntity: Can't find field \"length\""),
        ("ab", [bold(0, 1, "loud")], "can't parse MessageEntity: Unsupported type specified"),
        ("ab", [{"offset": 0, "length": 1}], "can't parse MessageEntity: Can't find field \"type\""),
        ("ab", [bold(0, 1, "text_link")], "can't parse MessageEntity: Can't find field \"url\""),
    ],
)
def test_a_wrong_entity_is_told(text: str, entities: list[Any], told: str) -> None:
    assert words(text, "", entities) == told


@pytest.mark.parametrize(
    ("text", "entities", "visible", "kept"),
    [
        ("  a b \n", [], "a b", []),
        ("a\r\nb\tc\x00d", [], "a\nb c d", []),
        ("a\u202eb\u2028c", [], "abc", []),
        ("a\u0333\u033f\u030ab", [], "ab", []),
        ("\u00a0ab\u3000", [], "\u00a0ab\u3000", []),  # only spaces and line feeds are trimmed
        ("   ab", [bold(3, 2)], "ab", [(0, 2)]),
        ("   ab", [bold(1, 4)], "  ab", [(0, 4)]),  # blanks within an entity stay in front
        ("ab   ", [bold(0, 5)], "ab", [(0, 2)]),
        ("ab   ", [bold(0, 2), bold(4, 1)], "ab", [(0, 2)]),
        ("ab\r\ncd", [bold(4, 2)], "ab\ncd", [(3, 2)]),
        ("ab", [bold(0, 0)], "ab", []),
        ("abcdef", [bold(0, 3), bold(3, 3)], "abcdef", [(0, 6)]),  # joined
        ("abcdef", [bold(0, 4, "code"), bold(2, 4)], "abcdef", [(0, 4), (4, 2)]),  # nothing within code
        ("*a* `b`", [bold(0, 3)], "*a* `b`", [(0, 3)]),  # no markup without a parse mode
    ],
)
def test_text_is_cleaned_and_trimmed(
    text: str, entities: list[JSON], visible: str, kept: list[tuple[int, int]]
) -> None:
    said, marked = take(text, "", entities)
    assert said == visible
    assert [(each["offset"], each["length"]) for each in marked] == kept


def test_links_and_commands_are_found_as_on_the_server() -> None:
    text = "/learn see www.example.com or @morsel #food"
    said = tdlib({"@type": "getTextEntities", "text": text})["entities"]
    assert [(each["offset"], each["length"]) for each in found_in(text)] == [
        (each["offset"], each["length"]) for each in said
    ]
    assert [each["type"] for each in found_in(text)] == ["bot_command", "url", "mention", "hashtag"]
    given = [{"type": "text_link", "offset": 11, "length": 15, "url": "http://other.com/"}]
    assert [each["type"] for each in take(text, "", given)[1]] == ["bot_command", "text_link", "mention", "hashtag"]


def test_only_a_hundred_entities_are_shown() -> None:
    text = "a " * 101
    assert len(take(text, "", [bold(2 * at, 1) for at in range(100)])[1]) == 100
    assert len(take(text, "", [bold(2 * at, 1) for at in range(101)])[1]) == 100


NASTY = st.text(
    st.sampled_from(
        "ab <>&\"'/*_~|`[]()\\.!-\n\r\t\x00\x1f😀é\u0333\u033f\u030a\u00a0\u3000\u200e\u200f\u2028\u202e\u200d\ufeffا"
    ),
    max_size=40,
)


@settings(max_examples=300, deadline=None)
@given(NASTY)
def test_any_text_is_cleaned_as_tdlib_cleans_it(text: str) -> None:
    plain = text.translate(str.maketrans("*_~|`[]()\\", "xxxxxxxxxx"))  # tdjson cleans only where it reads Markdown
    cleaned = tdlib({"@type": "parseMarkdown", "text": {"@type": "formattedText", "text": plain}})["text"]
    assert take(plain, "", None)[0] == cleaned.strip(" \n")


@settings(max_examples=300, deadline=None)
@given(
    NASTY, st.lists(st.tuples(st.integers(-1, 50), st.integers(-1, 50), st.sampled_from(["bold", "italic", "code"])))
)
def test_any_entities_are_judged_as_tdlib_judges_them(text: str, spans: list[tuple[int, int, str]]) -> None:
    entities = [bold(*span) for span in spans]
    theirs = [
        {
            "@type": "textEntity",
            "offset": offset,
            "length": length,
            "type": {"@type": f"textEntityType{kind.title()}"},
        }
        for offset, length, kind in spans
    ]
    said = tdlib({"@type": "getMarkdownText", "text": {"@type": "formattedText", "text": text, "entities": theirs}})
    if said["@type"] == "error":
        told = said["message"]
        assert words(text, "", entities) == told[0].lower() + told[1:]
        return
    visible, kept = take(text, "", entities)
    for each in kept:
        assert each["offset"] >= 0
        assert 0 < each["length"] <= units(visible) - each["offset"]
    assert sum(each["length"] for each in kept if each["type"] == "code") <= units(visible)


@settings(max_examples=200, deadline=None)
@given(NASTY)
def test_what_html_shows_is_what_tdlib_says(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert take(f"<b>{escaped}</b>", "HTML", None)[0].strip(" \n") == take(text, "", None)[0]
