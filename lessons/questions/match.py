"""Pairs to be matched: the left sides are asked one after another, a tap picks the partner."""

from math import factorial
from typing import ClassVar

from msgspec import Struct

from lessons.problems import Problem, Where, error
from lessons.prose import Block
from lessons.questions import same
from lessons.questions.base import CLEAR, Answer, Choice, Draft, Grade, Prompt
from lessons.questions.raw import Raw, check_labels
from lessons.questions.shuffle import shuffled

ARROW = "->"


class Match(Struct, frozen=True):
    """`- left -> right` lines. An answer is, for each left side in the author's order, the number of its partner."""

    kind: ClassVar[str] = "match"
    graded: ClassVar[bool] = True

    pairs: tuple[tuple[str, str], ...]
    explanation: tuple[Block, ...] = ()

    @classmethod
    def claims(cls, raw: Raw) -> bool:
        return not raw.marker and raw.has("->")

    @classmethod
    def read(cls, raw: Raw, at: Where) -> tuple["Match | None", tuple[Problem, ...]]:
        problems: list[Problem] = []
        pairs: list[tuple[str, str]] = []
        for item in raw.items:
            sides = [side.strip() for side in item.text.split(ARROW)]
            if len(sides) != 2 or not all(sides):
                hint = "Write one thing on each side of one arrow: - Red board -> Raw meat"
                problems.append(error(Where(at.file, item.line), "This is not a pair.", hint))
            else:
                pairs.append((sides[0], sides[1]))
        if not problems:
            for side in (0, 1):
                labels = [(pair[side], item.line) for pair, item in zip(pairs, raw.items, strict=True)]
                problems += [found for found in check_labels(labels, at) if found not in problems]
        return (None if problems else cls(tuple(pairs), raw.explanation)), tuple(problems)

    @property
    def frame(self) -> tuple[int, ...]:
        return (len(self.pairs),)

    @property
    def guess(self) -> float:
        return 1 / factorial(len(self.pairs))

    def ask(self, draft: Draft, luck: int) -> Prompt:
        draft = tuple(n for n in draft if n < len(self.pairs))  # a new version may have fewer pairs
        order = shuffled(len(self.pairs), luck, never_as_written=True)
        choices = tuple(Choice(n, self.pairs[n][1]) for n in order if n not in draft)
        now = self.pairs[len(draft)][0] if len(draft) < len(self.pairs) else ""
        return Prompt("match", choices, tuple(self._made(list(draft))), now, clear=bool(draft))

    def tap(self, draft: Draft, number: int) -> Draft:
        if number == CLEAR:
            return ()
        if number in draft or not 0 <= number < len(self.pairs):
            return draft
        draft = (*draft, number)
        left = set(range(len(self.pairs))) - set(draft)
        return (*draft, *left) if len(left) == 1 else draft

    def answer(self, draft: Draft, done: bool) -> Answer | None:
        return draft if len(draft) == len(self.pairs) else None

    def read_typed(self, text: str) -> Answer | None:
        """All pairs at once, as "red board -> raw meat, …" (also with = or :); or None."""
        found: dict[int, int] = {}
        for part in same.parts(text):
            left, right = self._pair(part)
            if left is None or right is None:
                return None
            found[left] = right
        return tuple(found[n] for n in sorted(found)) if len(found) == len(self.pairs) else None

    def grade(self, answer: Answer) -> Grade:
        partners = [n for n in answer if isinstance(n, int) and 0 <= n < len(self.pairs)][: len(self.pairs)]
        credit = sum(n == place for place, n in enumerate(partners)) / len(self.pairs)
        solution = self._made(list(range(len(self.pairs))))
        return Grade(credit, "; ".join(self._made(partners)), "; ".join(solution))

    def _pair(self, part: str) -> tuple[int | None, int | None]:
        """What one typed pair means, as numbers; None for a side that cannot be told."""
        sign = next((sign for sign in (ARROW, "→", "=", ":") if part.count(sign) == 1), "")
        left, _, right = part.partition(sign) if sign else (part, "", "")
        return same.which(left, [a for a, _ in self.pairs]), same.which(right, [b for _, b in self.pairs])

    def _made(self, partners: list[int]) -> list[str]:
        return [f"{self.pairs[place][0]} → {self.pairs[n][1]}" for place, n in enumerate(partners)]
