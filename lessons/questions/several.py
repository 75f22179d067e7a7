"""Several right options: taps pick and unpick, Done sends. Credit for a part: right picks less wrong picks."""

from typing import ClassVar

from msgspec import Struct

from lessons.problems import Problem, Where, error
from lessons.prose import Block, Line, Span
from lessons.questions import same
from lessons.questions.base import Answer, Choice, Draft, Grade, Prompt
from lessons.questions.raw import Option, Raw, check_labels, options
from lessons.questions.shuffle import shuffled


class Several(Struct, frozen=True):
    """`- [ ]` lines, those that are right `- [x]`. An answer is the picked numbers, in the author's order."""

    kind: ClassVar[str] = "several"
    graded: ClassVar[bool] = True

    options: tuple[Option, ...]
    explanation: tuple[Block, ...] = ()

    @classmethod
    def claims(cls, raw: Raw) -> bool:
        return not raw.marker and raw.has("[ ]")

    @classmethod
    def read(cls, raw: Raw, at: Where) -> tuple["Several | None", tuple[Problem, ...]]:
        problems = check_labels([(item.text, item.line) for item in raw.items], at)
        if not any(item.right for item in raw.items):
            problems.append(error(at, "No option is right.", "Put an x into the brackets of each right one: - [x]"))
        return (None if problems else cls(options(raw), raw.explanation)), tuple(problems)

    @property
    def frame(self) -> tuple[int, ...]:
        return (len(self.options), *(n for n, option in enumerate(self.options) if option.right))

    @property
    def guess(self) -> float:
        return 1 / ((1 << len(self.options)) - 1)

    def ask(self, draft: Draft, luck: int) -> Prompt:
        order = shuffled(len(self.options), luck)
        choices = tuple(Choice(n, self.options[n].label, n in draft) for n in order)
        return Prompt("many", choices, done=bool(draft))

    def tap(self, draft: Draft, number: int) -> Draft:
        if not 0 <= number < len(self.options):  # DONE too: it sends what there is
            return draft
        return tuple(sorted(set(draft) ^ {number}))

    def answer(self, draft: Draft, done: bool) -> Answer | None:
        return draft if done and draft else None

    def read_typed(self, text: str) -> Answer | None:
        numbers = same.which_ones(text, [option.label for option in self.options])
        return tuple(sorted(set(numbers))) if numbers else None

    def grade(self, answer: Answer) -> Grade:
        picked = {n for n in answer if isinstance(n, int) and 0 <= n < len(self.options)}
        right = {n for n, option in enumerate(self.options) if option.right}
        credit = (len(picked & right) - len(picked - right)) / len(right)
        return Grade(max(0.0, float(credit)), self._labels(picked), self._labels(right), self._feedback(picked))

    def _labels(self, numbers: set[int]) -> str:
        return "; ".join(self.options[n].label for n in sorted(numbers))

    def _feedback(self, picked: set[int]) -> Line:
        """What the author says to the picked options, one a row."""
        lines = [self.options[n].feedback for n in sorted(picked) if self.options[n].feedback]
        return tuple(span for n, line in enumerate(lines) for span in ((Span("\n"),) if n else ()) + line)
