"""Whatever people write, in Slack it stays what they wrote: no mention, no ping of a channel, no link, no markup."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.slack import limits
from adapters.slack.blocks import Json, bare, escaped, home, parts
from adapters.slack.prose import chunks
from bot.message import Button, Message, Progress
from lessons.prose import Block, Bullets, Code, Heading, Paragraph, Picture, Quote, Span, Table, plain, words
from tests.fakes.slack.blocks import check_blocks, check_view, too_long
from tests.fakes.slack.mrkdwn import read
from tests.fakes.slack.shown import Page, Shown, shown_message, shown_view

NASTY = [
    "<!channel>", "<!here|here>", "<!everyone>", "<@U012AB3CD>", "<@W012>", "<#C024BE7LR>", "<!subteam^S1|@all>",
    "<https://evil.example|your bank>", "<mailto:a@b.c|x>", "https://evil.example", "@here", "@channel", "&lt;!here&gt;",
    "&amp;lt;", "<!date^1392734382^{date}^https://evil.example|x>", "*bold* _it_ ~no~ `code`", "```x```", "<", ">", "&",
    "<<@U1>>", "&#60;!here&#62;", "\u2028", "\r\n", "\t", "\0", "\u202e", "🧼", ":smile:", "é", "", " ", "\n",
]  # fmt: skip

text = st.lists(st.sampled_from(NASTY) | st.text(max_size=20), max_size=6).map("".join)
span = st.builds(Span, text, st.booleans(), st.booleans(), st.booleans())
line = st.lists(span, max_size=4).map(tuple)
label = text.map(lambda each: each[:75])


@st.composite
def tables(draw: st.DrawFn) -> Table:
    wide = draw(st.integers(1, 4))
    row = st.tuples(*[text] * wide)
    return Table(draw(row), tuple(draw(st.lists(row, max_size=3))))


block: st.SearchStrategy[Block] = st.one_of(
    st.builds(Paragraph, line),
    st.builds(Heading, line),
    st.builds(Bullets, st.lists(line, max_size=4).map(tuple), st.booleans()),
    st.builds(Quote, line),
    st.builds(Code, text),
    tables(),
    st.builds(Picture, st.just("img/a.png"), text),
)
presses = st.sampled_from(["tok.0", "tok.1", "tok.1:3", "tok.+0", "tok.-1", "tok.done", "do.learn x", "do.learn"])
button = st.builds(Button, label, presses, st.booleans(), st.booleans(), st.just(""), st.booleans())
rows = st.lists(st.lists(button, max_size=4).map(tuple), max_size=5).map(tuple)
where = st.none() | st.builds(Progress, text, st.integers(0, 9), st.integers(0, 9), text)
messages = st.builds(Message, st.lists(block, max_size=6).map(tuple), rows, where)


def seen(said: str, blocks: list[Json]) -> Shown:
    named = [{**each, "block_id": f"b{n}"} for n, each in enumerate(blocks)]
    raw: dict[str, Any] = {"text": said, "ts": "1.2", "channel": "D1", **({"blocks": named} if named else {})}
    return shown_message(raw, {}, edits=0, ephemeral=False, names=False)


@settings(max_examples=400, deadline=None)
@given(messages)
def test_words_of_people_form_nothing(message: Message) -> None:
    for part in parts(message, lambda picture: "F0000000001"):
        blocks = json.loads(json.dumps(list(part.blocks)))
        assert check_blocks(blocks, "message", lambda file: True) == [] and not too_long(blocks)
        shown = seen(part.text, blocks)
        assert (shown.pings, shown.links) == ((), ())
        assert 0 < len(part.text) <= limits.TOP_TEXT and part.text.strip()


@settings(max_examples=100, deadline=None)
@given(messages)
def test_nor_on_the_home_tab(message: Message) -> None:
    view = json.loads(json.dumps(home(message, lambda picture: "F0000000001")))
    assert check_view(view, lambda file: True) == []
    named = [{**each, "block_id": f"b{n}"} for n, each in enumerate(view["blocks"])]
    page: Page = shown_view({**view, "id": "V1", "blocks": named}, {}, {})
    assert (page.pings, page.links) == ((), ())


@settings(max_examples=100, deadline=None)
@given(messages)
def test_nor_as_plain_text(message: Message) -> None:
    for said in bare(message):
        shown = seen(said, [])
        assert (shown.pings, shown.links) == ((), ())


@settings(max_examples=500, deadline=None)
@given(text)
def test_what_is_escaped_reads_as_it_was(said: str) -> None:
    found = read(escaped(said), bare=False, markup=False)
    assert (found.visible, found.pings, found.links) == (said, (), ())


@settings(max_examples=200, deadline=None)
@given(st.lists(st.builds(Paragraph, line) | st.builds(Quote, line), max_size=4).map(tuple))
def test_no_word_is_lost(blocks: tuple[Paragraph | Quote, ...]) -> None:
    told = [piece for part in parts(Message(blocks)) for each in part.blocks for piece in _texts(each)]
    assert "".join(told) == "".join(words(each.line) for each in blocks)
    (part,) = parts(Message(blocks))
    assert part.text == (escaped(plain(blocks).strip()) or "…")


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [value["text"]] if value.get("type") in ("text", "link") else _texts(list(value.values()))
    return [found for each in value for found in _texts(each)] if isinstance(value, list) else []


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="ab \n", max_size=200), st.integers(1, 30))
def test_pieces_of_a_text_hold_all_of_it(said: str, most: int) -> None:
    pieces = list(chunks(said, most))
    assert all(0 < len(piece) <= most for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(said.split())


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(["https://example.org/", "http://example.org?q=", "HTTPS://x.y"]), text)
def test_a_link_of_an_author_goes_where_it_says_or_nowhere(start: str, rest: str) -> None:
    (part,) = parts(Message((Paragraph((Span("here", link=start + rest),)),)))
    blocks = json.loads(json.dumps(list(part.blocks)))
    assert check_blocks(blocks) == []
    shown = seen(part.text, blocks)
    assert shown.visible == "here" and shown.links in ((), (start + rest,))
