"""Blocks as text with entities: ranges in UTF-16 units and what they are. Pure. There is no markup, so nobody's words can
become any.

Promise: what is built here is what the server keeps: it has no character that the server would drop or trim (see `clean`),
no entity that begins or ends in a blank, none inside a code. It counts nothing against limits; `pieces.py` does.
"""

import re
import unicodedata
from collections.abc import Sequence
from itertools import groupby
from typing import Final, assert_never

from msgspec import Struct

from adapters.telegram.limits import TABLE_WIDTH
from bot.message import Progress
from lessons.prose import Block, Bullets, Code, Heading, Line, Paragraph, Picture, Quote, Span, Table

PICTURE: Final = "🖼 "  # before what a picture shows, in words; a sign, so that it needs no language

# The server turns control characters into blanks and drops these: line and paragraph separators, direction overrides, and
# three combining marks that it takes for tricks (TDLib, clean_input_string). A ring above survives inside a composed å.
_DROPPED: Final = {13: None, **dict.fromkeys(range(0x2028, 0x202F)), 0x0333: None, 0x033F: None, 0x030A: None}
_BLANKED: Final = dict.fromkeys((*range(10), 11, 12, *range(14, 32)), " ")
_KEPT: Final = str.maketrans({**_DROPPED, **_BLANKED})
# Several direction marks in a row become joiners and one mark; and of these signs alone there is no message.
_MARKS: Final = re.compile("[\u200e\u200f]{2,}")
_BLANK: Final = re.compile(
    "[\\s\u00a0\u1680\u180e\u2000-\u200f\u202e\u202f\u205f\u2060\u2800\u3000\ufeff\ufffc\U000e0000-\U000e007f]*"
)


class Entity(Struct, frozen=True):
    """A range and what it is: Telegram's own names. `at` and `length` are in UTF-16 units."""

    type: str
    at: int
    length: int
    url: str = ""


class Rich(Struct, frozen=True):
    """Text with entities, in the order of their beginnings."""

    text: str = ""
    entities: tuple[Entity, ...] = ()

    @property
    def size(self) -> int:
        return units(self.text)


def units(text: str) -> int:
    """Its length as Telegram counts: UTF-16 units."""
    return len(text) if text.isascii() else len(text) + sum(char > "\uffff" for char in text)


def clean(text: str) -> str:
    """As the server keeps it. Lone surrogates, which no JSON can carry, become the replacement character."""
    if text.isascii() and text.isprintable():
        return text
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    kept = unicodedata.normalize("NFC", whole).translate(_KEPT)
    return _MARKS.sub(lambda marks: "\u200c" * (len(marks.group()) - 1) + marks.group()[-1], kept)


def is_blank(text: str) -> bool:
    """Whether nobody would see anything."""
    return _BLANK.fullmatch(text) is not None


# --- Blocks ----------------------------------------------------------------------------------------------------------


def of_block(block: Block) -> Rich:
    """One block; empty where it says nothing."""
    match block:
        case Paragraph(line):
            return of_line(line)
        case Heading(line):
            return of_line(line, bold=True)
        case Quote(line):
            return of_line(line, "blockquote")
        case Bullets(items, numbered):
            marks = [f"{n}. " if numbered else "• " for n in range(1, len(items) + 1)]
            said = [(mark, of_line(item)) for mark, item in zip(marks, items, strict=True)]
            return joined([prefixed(mark, item) for mark, item in said if item.text], "\n")
        case Code(text):
            return whole(clean(text).strip("\n"), "pre")
        case Table():
            return of_table(block)
        case Picture(alt=alt):
            return prefixed(PICTURE, whole(clean(alt), "italic")) if not is_blank(clean(alt)) else Rich()
        case _:
            assert_never(block)


def of_line(line: Line, around: str = "", bold: bool = False) -> Rich:
    """A line with its styles. `around` is a kind that spans all of it; `bold` makes all of it bold but its code, in which
    Telegram knows no style. Empty where nobody would see anything."""
    text, at = "", 0
    entities: list[Entity] = []
    for style, spans in groupby(line, lambda span: _styles(span, bold)):
        words = clean("".join(span.text for span in spans))
        entities += [Entity(kind, at, units(words), url) for kind, url in style]
        text, at = text + words, at + units(words)
    if is_blank(text):
        return Rich()
    outer = (Entity(around, 0, at),) if around else ()
    return _trimmed(Rich(text, (*outer, *entities)))


def of_progress(progress: Progress) -> Rich:
    """Where a card stands: "🧼 Food hygiene · 3 of 7 ▰▰▰▱▱▱▱", one line, the words before the bar."""
    said = " · ".join(filter(None, (clean(progress.title).strip(), clean(progress.said).strip())))
    return Rich(f"{said} {progress.bar}".strip())


def of_table(table: Table) -> Rich:
    """Aligned columns while a phone can show them; else a short paragraph a row, each cell with its heading."""
    lines = [[" ".join(clean(cell).split()) for cell in cells] for cells in (table.head, *table.rows)]
    shown = [cells for cells in lines if any(cells)]
    if not shown:
        return Rich()
    widths = [max(columns(cell) for cell in column) for column in zip(*shown, strict=True)]
    if sum(widths) + 2 * (len(widths) - 1) <= TABLE_WIDTH:
        rows = ["  ".join(padded(cell, width) for cell, width in zip(cells, widths, strict=True)) for cells in shown]
        return whole("\n".join(row.rstrip() for row in rows), "pre")
    head, *rest = lines
    return joined([_row(head, cells) for cells in rest if any(cells)] or [_row([""] * len(head), head)], "\n\n")


def _row(head: Sequence[str], cells: Sequence[str]) -> Rich:
    named = [
        of_line((Span(f"{name}:", bold=True), Span(f" {cell}")) if name else (Span(cell),))
        for name, cell in zip(head, cells, strict=True)
        if cell
    ]
    return joined(named, "\n")


def columns(text: str) -> int:
    """How many columns of a monospaced block the text takes: two for wide letters and emoji, none for what combines."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) or unicodedata.category(char) in ("Cf", "Mn", "Me")
        else 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1
        for char in text
    )  # fmt: skip


def padded(text: str, width: int) -> str:
    return text + " " * (width - columns(text))


# --- Putting together and cutting ------------------------------------------------------------------------------------


def whole(text: str, kind: str) -> Rich:
    """All of the text in one style."""
    if is_blank(text):
        return Rich()
    return _trimmed(Rich(text, _over(text, 0, kind)))


def prefixed(mark: str, rich: Rich) -> Rich:
    """The text behind a mark that has no style."""
    by = units(mark)
    return Rich(mark + rich.text, tuple(_moved(each, by) for each in rich.entities))


def joined(parts: Sequence[Rich], gap: str) -> Rich:
    """One after the other; empty ones leave no gap."""
    text, entities, at = "", [], 0
    for part in parts:
        if not part.text:
            continue
        if text:
            text, at = text + gap, at + units(gap)
        entities += [_moved(each, at) for each in part.entities]
        text, at = text + part.text, at + part.size
    return Rich(text, tuple(entities))


def cut(rich: Rich, size: int, most: int) -> tuple[Rich, Rich]:
    """As much as fits in `size` units and `most` entities, cut at a line, else at a blank, else between two characters; and
    the rest. Both without blanks at the cut."""
    if rich.size <= size and len(rich.entities) <= most:
        return rich, Rich()
    limit = size if len(rich.entities) <= most else min(size, max(1, rich.entities[most].at))
    end, at = 0, 0
    for char in rich.text:
        at += 2 if char > "\uffff" else 1
        if at > limit:
            break
        end += 1
    end = max(end, 1)
    if end < len(rich.text):
        end = _good_place(rich.text, end)
    place = units(rich.text[:end])
    first = _trimmed(Rich(rich.text[:end], _between(rich.entities, 0, place)))
    return first, _trimmed(Rich(rich.text[end:], _between(rich.entities, place, rich.size)))


def _good_place(text: str, end: int) -> int:
    """Where to cut at `end` characters at the latest; not in the last half, nor a word or an emoji apart, if possible."""
    for blank in ("\n", " "):
        found = text.rfind(blank, end // 2, end + 1)
        if found > 0:
            return found
    place = end
    while place > end // 2 and (_joins(text[place]) or text[place - 1] == "\u200d"):
        place -= 1
    return place if place > end // 2 else end


def _joins(char: str) -> bool:
    """Whether it belongs to the character before it: combining marks, joiners, skin tones, variation selectors."""
    return bool(
        unicodedata.combining(char) or char in "\u200d\u20e3" or "\ufe00" <= char <= "\ufe0f" or "🏻" <= char <= "🏿"
    )


def _between(entities: Sequence[Entity], start: int, end: int) -> tuple[Entity, ...]:
    """The parts of the entities inside a range, counted from its start."""
    parts = (
        Entity(each.type, max(each.at, start) - start, min(each.at + each.length, end) - max(each.at, start), each.url)
        for each in entities
        if each.at < end and each.at + each.length > start
    )
    return tuple(part for part in parts if part.length > 0)


def _styles(span: Span, bold: bool) -> tuple[tuple[str, str], ...]:
    """The kinds of a span's entities, with their address. A link that is also code stays a link."""
    link = clean(span.link) if span.link.lower().startswith(("https://", "http://")) else ""
    if span.code and not link:
        return (("code", ""),)
    kinds = (("text_link", bool(link)), ("bold", span.bold or bold), ("italic", span.italic))
    return tuple((kind, link if kind == "text_link" else "") for kind, on in kinds if on)


def _over(text: str, at: int, kind: str, url: str = "") -> tuple[Entity, ...]:
    """An entity over the text without its outer blanks; none where nothing is left."""
    inner = text.strip()
    if not inner:
        return ()
    before = units(text[: len(text) - len(text.lstrip())])
    return (Entity(kind, at + before, units(inner), url),)


def _moved(entity: Entity, by: int) -> Entity:
    return Entity(entity.type, entity.at + by, entity.length, entity.url)


def _trimmed(rich: Rich) -> Rich:
    """Without blanks at both ends, and every entity without blanks at its own."""
    start = units(rich.text[: len(rich.text) - len(rich.text.lstrip())])
    text = rich.text.strip()
    end, raw = start + units(text), text.encode("utf-16-le")
    kept: list[Entity] = []
    for each in _between(rich.entities, start, end):
        words = raw[2 * each.at : 2 * (each.at + each.length)].decode("utf-16-le")
        kept += _over(words, each.at, each.type, each.url)
    return Rich(text, tuple(sorted(kept, key=lambda each: (each.at, -each.length))))
