"""Strange words and messages of them, for hypothesis: what people and authors write, and what would break a lesser bot."""

from typing import Final

from hypothesis import strategies as st

from bot.message import Button, Message, Progress
from lessons.prose import Block, Bullets, Code, Heading, Line, Paragraph, Picture, Quote, Span, Table

NASTY: Final = (
    "", " ", "\n", "\0", "a\0b", "\r\n", "\t", "\x1b[31m", "\x7f", "\u2028", "\u2029", "\u202eevil\u202c", "\u200b",
    "\u200e\u200f\u200e", "\ufeff", "\ufffc", "\ud800", "\udfff", "\ud83d", "\ud83d\ude00", "🏳️‍🌈",
    "👩🏽‍🍳", "👨‍👩‍👧‍👦", "🇩🇪🇪🇸", "é", "e\u0301",
    "a\u030a", "o\u0333\u033f", "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘!͖̬̰̙̗̿̋ͥͥ̂ͣ̐́́͜͞", "مرحبا بالعالم", "שלום", "日本語のテキスト", "ไทย", "한국어", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢",
    "@channel", "@here @everyone", "<!channel>", "<@U123>", "<b>bold</b>", "<script>alert(1)</script>", "&amp;", "&lt;b&gt;",
    "*bold*", "_italic_", "__under__", "~~strike~~", "`code`", "```pre```", "[link](https://example.org)", "||spoiler||",
    "https://example.org/a?b=c&d", "tg://user?id=1", "mailto:a@b.c", "+1 212 555 0123", "/start", "/learn@other_bot",
    "#hashtag", "$USD", "a" * 50, "ﷺ", "\u00a0", "\u3000", "١٢٣", "½", "ǅ", "ß", "İi", "－－", "…", "\\", "\"'", "%s{}",
    "\u00ad",
)  # fmt: skip

words = st.lists(st.sampled_from(NASTY) | st.text(max_size=6), max_size=3).map("".join)
links = st.sampled_from(
    ("", "", 'https://example.org/a?b=c&d="<>', "http://x.org", "javascript:alert(1)", "tg://user?id=1")
)
spans = st.builds(Span, words, st.booleans(), st.booleans(), st.booleans(), links)
lines: st.SearchStrategy[Line] = st.lists(spans, min_size=1, max_size=3).map(tuple)
tables = st.integers(1, 4).flatmap(
    lambda width: st.builds(
        Table,
        st.tuples(*[words] * width),
        st.lists(st.tuples(*[words] * width), max_size=3).map(tuple),
    )
)
blocks: st.SearchStrategy[Block] = st.one_of(
    st.builds(Paragraph, lines),
    st.builds(Heading, lines),
    st.builds(Bullets, st.lists(lines, min_size=1, max_size=4).map(tuple), st.booleans()),
    st.builds(Quote, lines),
    st.builds(Code, words),
    tables,
    st.builds(Picture, st.just("img/x.png"), words, st.sampled_from(("food", "gone"))),
)
buttons = st.builds(
    Button,
    words,
    st.sampled_from(("token.1", "token.+2", "do.learn geo", "x" * 64)),
    st.booleans(),
    st.booleans(),
    st.sampled_from(("", "", "", "https://example.org/", "javascript:alert(1)")),
    st.booleans(),
)
progress = st.none() | st.builds(Progress, words, st.integers(0, 30), st.integers(0, 30), words)
messages = st.builds(
    Message,
    st.lists(blocks, max_size=4).map(tuple),
    st.lists(st.lists(buttons, min_size=1, max_size=4).map(tuple), max_size=2).map(tuple),
    progress,
)
