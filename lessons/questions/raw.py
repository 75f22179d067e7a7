"""A question as its author wrote it, before its kind reads it; and what all kinds check alike.

`Kind` is what a question kind adds to `Question` so that it can be found and read. Knows nothing of Markdown.
"""

from collections.abc import Sequence
from typing import Literal, Protocol, Self

from msgspec import Struct

from lessons.limits import OPTION_CHARS, OPTIONS_AT_MOST
from lessons.problems import Problem, Where, error
from lessons.prose import Block, Line
from lessons.questions.base import Question

Sign = Literal["( )", "[ ]", "=", "1.", "->"]


class Item(Struct, frozen=True):
    """One line of a question. `right`: it carries an x. `text` has no markup left, but for "=", which is as written.

    `line` counts from 1 in the author's file. `feedback` is the quoted text indented under it.
    """

    sign: Sign
    text: str
    line: int
    right: bool = False
    feedback: Line = ()


class Raw(Struct, frozen=True):
    """All that a card says about its question. `marker` is "order", "own words", "poll" or empty."""

    items: tuple[Item, ...]
    marker: str = ""
    explanation: tuple[Block, ...] = ()

    def has(self, sign: Sign) -> bool:
        return bool(self.items) and all(item.sign == sign for item in self.items)


class Option(Struct, frozen=True):
    """Something to pick. `feedback` is what the author says to who picked it."""

    label: str
    right: bool = False
    feedback: Line = ()


class Kind(Question, Protocol):
    """What a kind's class can do beside being a question."""

    @property
    def frame(self) -> tuple[int, ...]:
        """What must be the same in every language: how many options, which are right."""

    @classmethod
    def claims(cls, raw: Raw) -> bool:
        """Whether this is written as a question of this kind."""

    @classmethod
    def read(cls, raw: Raw, at: Where) -> tuple[Self | None, tuple[Problem, ...]]:
        """The question, or None when a mistake leaves none; and every mistake. `at` is where the question begins."""


def options(raw: Raw) -> tuple[Option, ...]:
    return tuple(Option(item.text, item.right, item.feedback) for item in raw.items)


def misplaced(raw: Raw, sign: Sign, at: Where, what: str, hint: str) -> list[Problem]:
    """A problem for the first line that carries another sign than this kind wants, or when there is no line at all."""
    if not raw.items:
        return [error(at, what, hint)]
    wrong = next((item for item in raw.items if item.sign != sign), None)
    return [error(Where(at.file, wrong.line), what, hint)] if wrong else []


def check_labels(labels: Sequence[tuple[str, int]], at: Where, at_least: int = 2) -> list[Problem]:
    """What is wrong with the labels (text, line) of a question: too few, too many, empty, too long, twice the same."""
    problems: list[Problem] = []
    if len(labels) < at_least:
        what = "This question has {count} option; it needs {least} at least."
        problems.append(error(at, what, "Add another line below.", count=len(labels), least=at_least))
    if len(labels) > OPTIONS_AT_MOST:
        what = "This question has {count} options; {most} fit on a phone."
        problems.append(error(at, what, "Leave some out, or make two cards.", count=len(labels), most=OPTIONS_AT_MOST))
    seen: dict[str, int] = {}
    for label, line in labels:
        problems += check_label(label, Where(at.file, line), seen)
    return problems


def check_label(label: str, at: Where, seen: dict[str, int]) -> list[Problem]:
    """What is wrong with one label. `seen` (label -> line) grows by it."""
    if not label:
        return [error(at, "This option is empty.", "Write its words after the brackets.")]
    if len(label) > OPTION_CHARS:
        what = "This option has {count} characters; {most} fit on a button."
        return [error(at, what, "Say it shorter: “{start}…”", count=len(label), most=OPTION_CHARS, start=label[:30])]
    key = " ".join(label.casefold().split())
    if key in seen:
        what = "“{label}” is here twice; it is on line {first} too."
        return [error(at, what, "Change or delete one of them.", label=label, first=seen[key])]
    seen[key] = at.line
    return []
