"""Prose as Slack's rich text: paragraphs, lists, quotes, code and tables become data without any markup in it. Pure.

Promise: a piece of text stays the text it was, whatever stands in it; only http and https addresses become links. What is
longer than a paragraph may be is broken at a line or between words, never cut off.
Source: https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
"""

import unicodedata
from collections.abc import Iterator
from typing import Any, assert_never
from urllib.parse import urlsplit

from msgspec.structs import replace

from adapters.slack import limits
from lessons.prose import Bullets, Code, Heading, Line, Paragraph, Quote, Span, Table, words

Json = dict[str, Any]
Element = tuple[Json, str]  # an element of a rich_text block, and what it says in plain text


def prose(block: Paragraph | Heading | Bullets | Quote | Code) -> Iterator[Element]:
    """The elements of one block, in order; none where it says nothing. A heading that is none by itself is bold."""
    match block:
        case Paragraph(line):
            yield from _lines("rich_text_section", line)
        case Heading(line):
            yield from _lines("rich_text_section", tuple(replace(span, bold=True) for span in line))
        case Quote(line):
            yield from _lines("rich_text_quote", line)
        case Bullets(items, numbered):
            yield from _lists(items, numbered)
        case Code(text):
            for chunk in chunks(text, limits.TEXT):
                yield {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": chunk}]}, chunk
        case _:
            assert_never(block)


def header(line: Line) -> Json | None:
    """A heading as a header block, or None where it is too long or has styles, which a header cannot show."""
    text = words(line).strip()
    styled = any(span.italic or span.code or _linked(span) for span in line)
    if styled or not 0 < len(text) <= limits.HEADER or "\n" in text:
        return None
    return {"type": "header", "text": {"type": "plain_text", "text": text, "emoji": True}}


def tabular(table: Table) -> Json | None:
    """A table block, or None where it is too large for one.

    Cells are rich text: for a while Slack's server failed on its own `raw_text` ones.
    """
    rows = ((*((table.head,) if any(table.head) else ()), *table.rows))[: limits.TABLE_ROWS + 1]
    wide = max((len(row) for row in rows), default=0)
    long = sum(max(len(cell), 1) for row in rows for cell in row)
    if not wide or len(rows) > limits.TABLE_ROWS or wide > limits.TABLE_COLUMNS or long > limits.TABLE_TEXT:
        return None
    return {
        "type": "table",
        "rows": [[_cell(cell, bold=row is table.head) for cell in row] for row in rows],
        "column_settings": [{"is_wrapped": True}] * wide,
    }


def preformatted(table: Table) -> Iterator[str]:
    """A table as text with columns, for places that have no tables; in pieces where it is long."""
    rows = [row for row in (table.head, *table.rows) if any(row)]
    wide = [max(_width(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = (" | ".join(_padded(cell, most) for cell, most in zip(row, wide, strict=True)).rstrip() for row in rows)
    yield from chunks("\n".join(lines), limits.TEXT)


def chunks(text: str, most: int) -> Iterator[str]:
    """The text in pieces of at most `most` characters: broken after a line, else after a word, else anywhere."""
    while len(text) > most:
        end = text.rfind("\n", 1, most) + 1 or text.rfind(" ", 1, most) + 1 or most
        if piece := text[:end].rstrip("\n"):
            yield piece
        text = text[end:]
    if text:
        yield text


def is_link(url: str) -> bool:
    """Whether Slack may be given this address: http or https, of a length it takes, and without anything odd in it."""
    if not url.lower().startswith(("https://", "http://")) or len(url) > limits.BUTTON_URL:
        return False
    if any(sign.isspace() or not sign.isprintable() or sign in '<>|"' for sign in url):
        return False
    try:
        return bool(urlsplit(url).hostname)
    except ValueError:
        return False


def _lines(kind: str, line: Line) -> Iterator[Element]:
    """One section or quote; several where it is longer than one may be."""
    elements: list[Json] = []
    said: list[str] = []
    for span in line:
        for chunk in chunks(span.text, limits.TEXT):
            if elements and sum(map(len, said)) + len(chunk) > limits.TEXT:
                yield {"type": kind, "elements": elements}, "".join(said)
                elements, said = [], []
            elements.append(_piece(replace(span, text=chunk)))
            said.append(chunk)
    if elements:
        yield {"type": kind, "elements": elements}, "".join(said)


def _lists(items: tuple[Line, ...], numbered: bool) -> Iterator[Element]:
    """One list; several that go on counting where it is longer than one may be."""
    sections: list[Json] = []
    said: list[str] = []
    first = 1
    for number, item in enumerate(items, 1):
        line = f"{number}. {words(item)}" if numbered else f"• {words(item)}"
        if sections and sum(map(len, said)) + len(line) > limits.TEXT:
            yield _list(sections, numbered, first), "\n".join(said)
            sections, said, first = [], [], number
        pieces = [_piece(replace(span, text=chunk)) for span in item for chunk in chunks(span.text, limits.TEXT)]
        sections.append({"type": "rich_text_section", "elements": pieces or [{"type": "text", "text": " "}]})
        said.append(line)
    if sections:
        yield _list(sections, numbered, first), "\n".join(said)


def _list(sections: list[Json], numbered: bool, first: int) -> Json:
    element: Json = {"type": "rich_text_list", "style": "ordered" if numbered else "bullet", "elements": sections}
    return {**element, "offset": first - 1} if numbered and first > 1 else element


def _piece(span: Span) -> Json:
    style = {name: True for name in ("bold", "italic", "code") if getattr(span, name)}
    piece: Json = {"type": "text", "text": span.text}
    if _linked(span):
        piece = {"type": "link", "url": span.link, "text": span.text}
    return {**piece, "style": style} if style else piece


def _linked(span: Span) -> bool:
    return bool(span.link) and is_link(span.link)


def _cell(text: str, *, bold: bool) -> Json:
    piece = _piece(Span(text or " ", bold=bold))
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [piece]}]}


def _width(text: str) -> int:
    """How wide it stands in a font where every sign is as wide; those of East Asia take two places."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def _padded(text: str, most: int) -> str:
    return text + " " * (most - _width(text))
