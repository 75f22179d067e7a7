"""The lines of one card, read into what it says and what it asks. Problems point at the author's lines.

A card is text, then perhaps a question, then its explanation. Which kind of question it is, the kinds say themselves.
"""

import re
from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from lessons.formats.lines import Numbered, Slice
from lessons.limits import CARD_CHARS, CARD_SOURCE_CHARS
from lessons.markdown import Prose, read_blocks, read_line
from lessons.model import Card
from lessons.problems import Problem, Where, error
from lessons.prose import Line, plain, words
from lessons.questions import KINDS
from lessons.questions.base import Question
from lessons.questions.raw import Item, Raw, Sign

_BULLET: Final = r"\s{0,3}(?:[-*+]|\d{1,3}[.)])\s+"
_OPTION: Final = re.compile(_BULLET + r"(?P<open>[(\[])(?P<mark>[\sxX\u00d7\u2713\u2714]?)[)\]](?P<rest>(?![(\[:]).*)")
_ANSWER: Final = re.compile(r" {0,3}=(?!=)\s*(?P<rest>.*)")
_PAIR: Final = re.compile(r"\s{0,3}[-*+]\s+(?P<rest>.*\s->(?:\s.*)?)")
_STEP: Final = re.compile(r"\s{0,3}\d{1,3}[.)]\s+(?P<rest>.*)")
_BARE_BULLET: Final = re.compile(r"\s{0,3}[-*+]\s+\S")
_QUOTE: Final = re.compile(r"(?P<indent>\s*)>\s?(?P<rest>.*)")


class ReadCard(Struct, frozen=True):
    """A card (id as written, perhaps empty), what is wrong with it, and where it asks for which picture."""

    card: Card
    problems: tuple[Problem, ...]
    pictures: tuple[tuple[str, Where], ...]


def read_card(file: str, cut: Slice, pack: str) -> ReadCard:
    """The card in these lines. A question that cannot be read is left out, with its problems."""
    at = Where(file, cut.first_line)
    source = sum(len(line.text) + 1 for line in cut.lines)
    if source > CARD_SOURCE_CHARS:
        problem = _too_long(at, source, CARD_SOURCE_CHARS)
        return ReadCard(Card(cut.id, (), None, at), (problem,), ())
    sorter = _Sorter(file, cut)
    for line in cut.lines:
        sorter.take(line)
    body, explanation = _prose(file, sorter.body, pack), _prose(file, sorter.explanation, pack)
    problems = [*body.problems, *sorter.problems, *explanation.problems]
    if (length := max(len(plain(body.blocks)), len(plain(explanation.blocks)))) > CARD_CHARS:
        problems.append(_too_long(at, length, CARD_CHARS))
    question: Question | None = None
    if sorter.items or cut.marker:
        asks = Where(file, cut.marker_line or sorter.items[0].line)
        if not body.blocks:
            hint = "Write the question above this line."
            problems.append(error(asks, "There is nothing to answer here.", hint))
        if not any(problem.level == "error" for problem in sorter.problems):
            question, found = _question(Raw(tuple(sorter.items), cut.marker, explanation.blocks), asks)
            problems += found
    card = Card(cut.id, body.blocks, question, at)
    return ReadCard(card, tuple(problems), body.pictures + explanation.pictures)


class _Sorter:
    """Takes the lines of a card one by one: text above, question, explanation below."""

    def __init__(self, file: str, cut: Slice) -> None:
        self.file, self.cut = file, cut
        self.body: list[Numbered] = []
        self.explanation: list[Numbered] = []
        self.items: list[Item] = []
        self.problems: list[Problem] = []
        self.complained = False  # about text below the question, once a card
        self.above = ""  # the line before this one

    def take(self, line: Numbered) -> None:
        item = None if line.code else self._item(line)
        if item is not None:
            self._add(item)
        elif self.items or (self.cut.marker == "own words" and line.number > self.cut.marker_line):
            self._after(line)
        else:
            self.body.append(line)
        self.above = line.text

    def _item(self, line: Numbered) -> Item | None:
        """The line as a line of a question, or None."""
        if found := _OPTION.fullmatch(line.text):
            sign: Sign = "( )" if found["open"] == "(" else "[ ]"
            return Item(sign, found["rest"].strip(), line.number, bool(found["mark"].strip()))
        if found := _ANSWER.fullmatch(line.text):
            return Item("=", found["rest"].strip(), line.number)
        if found := _PAIR.fullmatch(line.text):
            return Item("->", found["rest"].strip(), line.number)
        if self.cut.marker == "order" and line.number > self.cut.marker_line and (found := _STEP.fullmatch(line.text)):
            return Item("1.", found["rest"].strip(), line.number)
        return None

    def _add(self, item: Item) -> None:
        at = Where(self.file, item.line)
        if not self.items and _BARE_BULLET.match(self.above):
            self._no_mark(Where(self.file, item.line - 1), item)
        if self.items and {self.items[0].sign, item.sign} == {"( )", "[ ]"}:
            hint = "Use ( ) everywhere for one right option, or [ ] everywhere for several."
            self._say(error(at, "This question mixes ( ) and [ ].", hint))
        elif self.items and self.items[0].sign != item.sign:
            self._say(error(at, "This card asks two questions.", "Put a line --- between them to make two cards."))
        elif self.explanation:
            if self.above.strip().startswith(">"):
                hint = "Put two spaces before the > above, so that it belongs to its option."
                self._say(error(at, "The quoted line above cuts the question in two.", hint))
            else:
                self._say(error(at, "This card asks two questions.", "Put a line --- between them to make two cards."))
        self.items.append(self._without_markup(item) if item.sign != "=" else item)

    def _after(self, line: Numbered) -> None:
        """A line below the first line of the question that does not begin with its sign."""
        quote = None if line.code else _QUOTE.fullmatch(line.text)
        if quote and len(quote["indent"]) >= 2 and self.items and not self.explanation:
            self._feedback(quote["rest"].strip(), line.number)
        elif quote:
            self.explanation.append(Numbered(line.number, quote["rest"]))
        elif not line.text.strip():
            if self.explanation:
                self.explanation.append(Numbered(line.number, ""))
        elif self._goes_on(line):
            self._join(line)
        elif not self.items:  # text between <!-- own words --> and the explanation
            self.body.append(line)
        elif _BARE_BULLET.match(line.text) and self.items[0].sign != "=":
            self._no_mark(Where(self.file, line.number), self.items[0])
        else:
            hint = "Move it above the question; or begin it with > to make it the explanation."
            self._say(error(Where(self.file, line.number), "Text stands below the question.", hint))

    def _goes_on(self, line: Numbered) -> bool:
        """Whether this is the rest of a long option, on a line of its own."""
        indented = line.text.startswith(("  ", "\t")) and bool(self.above.strip())
        return indented and bool(self.items) and not self.explanation and not line.code and self.items[0].sign != "="

    def _join(self, line: Numbered) -> None:
        last = self.items[-1]
        text, problems = _words(line.text.strip(), Where(self.file, line.number))
        self.problems += problems
        self.items[-1] = Item(last.sign, f"{last.text} {text}", last.line, last.right, last.feedback)

    def _feedback(self, text: str, number: int) -> None:
        last = self.items[-1]
        at = Where(self.file, number)
        if last.sign not in ("( )", "[ ]"):
            hint = "Begin the line with > and no spaces before it, to make it the explanation."
            self._say(error(at, "Only options can have their own feedback.", hint))
            return
        line, problems = read_line(text, at)
        self.problems += problems
        joined: Line = (*last.feedback, *read_line(" ", at)[0], *line) if last.feedback else line
        self.items[-1] = Item(last.sign, last.text, last.line, last.right, joined)

    def _without_markup(self, item: Item) -> Item:
        text, problems = _words(item.text, Where(self.file, item.line))
        self.problems += problems
        return Item(item.sign, text, item.line, item.right)

    def _no_mark(self, at: Where, item: Item) -> None:
        if item.sign == "->":
            what, hint = "This line has no partner.", "Write both sides: - Red board -> Raw meat"
        else:
            what, hint = "This option has no brackets.", "Write - {sign} before it."
        self._say(error(at, what, hint, sign=item.sign))

    def _say(self, problem: Problem) -> None:
        """Keeps to the first problem with the card's shape: the next ones mostly follow from it."""
        if not self.complained:
            self.problems.append(problem)
        self.complained = True


def _words(text: str, at: Where) -> tuple[str, tuple[Problem, ...]]:
    line, problems = read_line(text, at)
    return words(line).strip(), problems


def _question(raw: Raw, at: Where) -> tuple[Question | None, tuple[Problem, ...]]:
    kind = next((kind for kind in KINDS if kind.claims(raw)), None)
    if kind is None:  # a mix of signs; the sorter has said so
        return None, ()
    return kind.read(raw, at)


def _prose(file: str, lines: Iterable[Numbered], pack: str) -> Prose:
    lines = list(lines)
    if not lines:
        return Prose(())
    return read_blocks("\n".join(line.text for line in lines), Where(file, lines[0].number), pack)


def _too_long(at: Where, count: int, most: int) -> Problem:
    what = "This card has {count} characters; {most} is the most."
    return error(at, what, "Put a line --- where it can be cut in two.", count=count, most=most)
