"""A lesson file as numbered lines, cut into cards. Knows comments, code and separators; no question, no Markdown.

Every line keeps its number in the author's file, so that a problem can point at it.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct

from lessons.limits import CARDS_AT_MOST, LESSON_BYTES
from lessons.problems import Problem, Where, error, warning
from lessons.suggest import nearest

MARKERS: Final = ("order", "own words", "poll")
_COMMENT: Final = re.compile(r"\s*<!--(?P<text>.*?)(?P<end>-->)?\s*")
_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})")
_SEPARATOR: Final = re.compile(r"-{3,}\s*")
_PLAIN_TEXT: Final = re.compile(r"(?!\s*(?:[-*+#>|]|\d+[.)]\s|<!--))\s*\S")  # what --- below would turn into a heading


class Numbered(Struct, frozen=True):
    """A line as written, and its number from 1. `code`: it stands inside a code block, where nothing has a meaning."""

    number: int
    text: str
    code: bool = False


class Slice(Struct, frozen=True):
    """The lines of one card. A comment's line is empty here. `marker_line` is where the marker stands, or 0."""

    lines: tuple[Numbered, ...]
    id: str = ""
    id_line: int = 0
    marker: str = ""
    marker_line: int = 0

    @property
    def first_line(self) -> int:
        """The first line that says something, for pointing at the card."""
        return next((line.number for line in self.lines if line.text.strip()), self.id_line or self.marker_line or 1)

    @property
    def empty(self) -> bool:
        return not self.id and not self.marker and not any(line.text.strip() for line in self.lines)


def decode(file: str, data: bytes, most: int = LESSON_BYTES) -> tuple[str | None, tuple[Problem, ...]]:
    """The text of a file with plain line ends, or None and the problem that says which byte is no UTF-8."""
    at = Where(file)
    if len(data) > most:
        what = "This file has {count} kB; {most} kB is the most."
        hint = "Split it into several lessons."
        return None, (error(at, what, hint, count=len(data) // 1000, most=most // 1000),)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or data.count(b"\0") > len(data) // 4 > 0:
        return None, (error(at, "This file is in UTF-16.", "Save it as UTF-8 in your editor."),)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as broken:
        line = data.count(b"\n", 0, broken.start) + 1
        what = "Byte {byte} (0x{hex}) is not UTF-8."
        hint = "Save the file as UTF-8 in your editor."
        return None, (error(Where(file, line), what, hint, byte=broken.start + 1, hex=f"{data[broken.start]:02x}"),)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        at = Where(file, text.count("\n", 0, text.index("\0")) + 1)
        return None, (error(at, "There is a zero byte here; this is not a text.", "Write the file in a text editor."),)
    return text, ()


def slices(file: str, lines: Sequence[Numbered]) -> tuple[tuple[Slice, ...], tuple[Problem, ...]]:
    """The cards of a lesson, and what is wrong with its separators and comments. An empty last card is no problem."""
    problems: list[Problem] = []
    cards: list[Slice] = []
    groups = list(_groups(file, lines, problems))
    for place, group in enumerate(groups):
        card = _without_comments(file, group, problems)
        if not card.empty:
            cards.append(card)
        elif 0 < place < len(groups) - 1:
            at = Where(file, group[0].number - 1 if group else 0)
            problems.append(warning(at, "There is no card between these two lines ---.", "Delete one of them."))
    if len(cards) > CARDS_AT_MOST:
        what = "This lesson has {count} cards; {most} is the most."
        hint = "Split it into several lessons; five to eight cards are a good bite."
        problems.append(error(Where(file), what, hint, count=len(cards), most=CARDS_AT_MOST))
    return tuple(cards), tuple(problems)


def numbered(file: str, text: str) -> tuple[tuple[Numbered, ...], tuple[Problem, ...]]:
    """The lines of a text; those in code blocks are marked. A code block without end is a problem."""
    lines: list[Numbered] = []
    fence, opened = "", 0
    for number, line in enumerate(text.split("\n"), 1):
        found = _FENCE.match(line)
        if fence:
            lines.append(Numbered(number, line, code=True))
            if found and found[1].startswith(fence) and not line.strip(" `~"):
                fence = ""
        else:
            lines.append(Numbered(number, line, code=bool(found)))
            if found:
                fence, opened = found[1], number
    if not fence:
        return tuple(lines), ()
    hint = "Write a line {fence} where the code ends."
    return tuple(lines), (error(Where(file, opened), "This code block has no end.", hint, fence=fence),)


def _groups(file: str, lines: Sequence[Numbered], problems: list[Problem]) -> Iterator[list[Numbered]]:
    group: list[Numbered] = []
    for line in lines:
        if line.code or not _SEPARATOR.fullmatch(line.text):
            group.append(line)
            continue
        if group and not group[-1].code and _PLAIN_TEXT.match(group[-1].text):
            what = "A Git host shows the line above --- as a heading."
            problems.append(warning(Where(file, line.number), what, "Put an empty line above ---."))
        yield group
        group = []
    yield group


def _without_comments(file: str, lines: Sequence[Numbered], problems: list[Problem]) -> Slice:
    """The card with its comments read and blanked."""
    kept: list[Numbered] = []
    card = Slice(())
    inside = 0  # the line where a comment of several lines began
    for line in lines:
        if inside:
            inside = 0 if "-->" in line.text else inside
            kept.append(Numbered(line.number, ""))
        elif line.code or not (found := _COMMENT.fullmatch(line.text)):
            if not line.code and "<!--" in line.text:
                hint = "Put the comment on a line of its own."
                problems.append(error(Where(file, line.number), "A comment is in the middle of a line.", hint))
            kept.append(line)
        else:
            card = _comment(card, found["text"].strip(), Where(file, line.number), problems)
            inside = 0 if found["end"] else line.number
            kept.append(Numbered(line.number, ""))
    if inside:
        problems.append(error(Where(file, inside), "This comment has no end.", "Write --> where it ends."))
    return Slice(tuple(kept), card.id, card.id_line, card.marker, card.marker_line)


def _comment(card: Slice, text: str, at: Where, problems: list[Problem]) -> Slice:
    """The card with what a comment says of it: an id or a marker. A note is for authors only."""
    name, sign, value = [*re.split(r"([:=])", text, maxsplit=1), "", ""][:3]
    name = " ".join(name.casefold().split())
    if name == "id" and sign == ":":
        if card.id:
            what = "This card has an id already, on line {line}."
            problems.append(error(at, what, "Delete one, or put --- between two cards.", line=card.id_line))
        return Slice((), value.strip(), at.line, card.marker, card.marker_line)
    if name in MARKERS and not sign:
        if card.marker:
            what = "This card is marked “{marker}” already, on line {line}."
            hint = "Keep one of them; a card asks one question."
            problems.append(error(at, what, hint, marker=card.marker, line=card.marker_line))
        return Slice((), card.id, card.id_line, name, at.line)
    if name.startswith("note"):
        return card
    close = nearest(name, ("id", *MARKERS, "note"))
    if close:
        meant = f"{close}: {value.strip() or '…'}" if close in ("id", "note") else close
        problems.append(
            error(at, "“{text}” is not known here.", "Did you mean <!-- {meant} -->?", text=text[:40], meant=meant)
        )
    else:
        hint = "If it is a note to yourself, write <!-- note: … -->."
        problems.append(warning(at, "This comment means nothing to Morsel; learners do not see it.", hint))
    return card
