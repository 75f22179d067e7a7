"""Steps to be put in order: each tap appends the next step, the last one falls into place by itself."""

from math import factorial
from typing import ClassVar

from msgspec import Struct

from lessons.problems import Problem, Where
from lessons.prose import Block
from lessons.questions import same
from lessons.questions.base import CLEAR, Answer, Choice, Draft, Grade, Prompt
from lessons.questions.raw import Raw, check_labels, misplaced
from lessons.questions.shuffle import shuffled


class InOrder(Struct, frozen=True):
    """`<!-- order -->` and a numbered list in the right order. An answer is all numbers in the order tapped."""

    kind: ClassVar[str] = "order"
    graded: ClassVar[bool] = True

    steps: tuple[str, ...]
    explanation: tuple[Block, ...] = ()

    @classmethod
    def claims(cls, raw: Raw) -> bool:
        return raw.marker == "order"

    @classmethod
    def read(cls, raw: Raw, at: Where) -> tuple["InOrder | None", tuple[Problem, ...]]:
        what, hint = "Steps to be put in order need a numbered list.", "Write 1. 2. 3. in the right order."
        problems = misplaced(raw, "1.", at, what, hint)
        problems = problems or check_labels([(item.text, item.line) for item in raw.items], at)
        return (None if problems else cls(tuple(i.text for i in raw.items), raw.explanation)), tuple(problems)

    @property
    def frame(self) -> tuple[int, ...]:
        return (len(self.steps),)

    @property
    def guess(self) -> float:
        return 1 / factorial(len(self.steps))

    def ask(self, draft: Draft, luck: int) -> Prompt:
        draft = tuple(n for n in draft if n < len(self.steps))  # a new version may have fewer steps
        order = shuffled(len(self.steps), luck, never_as_written=True)
        choices = tuple(Choice(n, self.steps[n]) for n in order if n not in draft)
        so_far = tuple(f"{place}. {self.steps[n]}" for place, n in enumerate(draft, 1))
        return Prompt("order", choices, so_far, clear=bool(draft))

    def tap(self, draft: Draft, number: int) -> Draft:
        if number == CLEAR:
            return ()
        if number in draft or not 0 <= number < len(self.steps):
            return draft
        draft = (*draft, number)
        left = set(range(len(self.steps))) - set(draft)
        return (*draft, *left) if len(left) == 1 else draft

    def answer(self, draft: Draft, done: bool) -> Answer | None:
        return draft if len(draft) == len(self.steps) else None

    def read_typed(self, text: str) -> Answer | None:
        numbers = same.which_ones(text, self.steps)
        return numbers if numbers and len(numbers) == len(set(numbers)) == len(self.steps) else None

    def grade(self, answer: Answer) -> Grade:
        """Kendall's tau, not below 0: pairs in the right order less pairs in the wrong one, by all pairs."""
        order = [n for n in answer if isinstance(n, int) and 0 <= n < len(self.steps)]
        right = list(range(len(self.steps)))
        credit = 1.0 if order == right else 0.0
        if len(order) == len(right) and order != right:
            pairs = [(a, b) for place, a in enumerate(order) for b in order[place + 1 :]]
            credit = max(0.0, (sum(a < b for a, b in pairs) - sum(a > b for a, b in pairs)) / len(pairs))
        return Grade(credit, self._row(order), self._row(right))

    def _row(self, order: list[int]) -> str:
        return " → ".join(self.steps[n] for n in order)
