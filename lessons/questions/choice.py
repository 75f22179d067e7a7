"""One right option of several, picked by one tap. Gives no partial credit."""

from typing import ClassVar

from msgspec import Struct

from lessons.problems import Problem, Where, error
from lessons.prose import Block
from lessons.questions import same
from lessons.questions.base import Answer, Choice, Draft, Grade, Prompt
from lessons.questions.raw import Option, Raw, check_labels, options
from lessons.questions.shuffle import shuffled


class OneOf(Struct, frozen=True):
    """`- ( )` lines, one of them `- (x)`. An answer is a tuple of one option number."""

    kind: ClassVar[str] = "choice"
    graded: ClassVar[bool] = True

    options: tuple[Option, ...]
    explanation: tuple[Block, ...] = ()

    @classmethod
    def claims(cls, raw: Raw) -> bool:
        return not raw.marker and raw.has("( )")

    @classmethod
    def read(cls, raw: Raw, at: Where) -> tuple["OneOf | None", tuple[Problem, ...]]:
        problems = check_labels([(item.text, item.line) for item in raw.items], at)
        right = [item for item in raw.items if item.right]
        if not right:
            problems.append(error(at, "No option is the right one.", "Put an x into its brackets: - (x)"))
        for extra in right[1:]:
            what = "Two options are marked right; the other is on line {first}."
            hint = "Leave one - (x), or write - [x] if several are right."
            problems.append(error(Where(at.file, extra.line), what, hint, first=right[0].line))
        return (None if problems else cls(options(raw), raw.explanation)), tuple(problems)

    @property
    def frame(self) -> tuple[int, ...]:
        return (len(self.options), *(n for n, option in enumerate(self.options) if option.right))

    @property
    def guess(self) -> float:
        return 1 / len(self.options)

    def ask(self, draft: Draft, luck: int) -> Prompt:
        order = shuffled(len(self.options), luck)
        return Prompt("one", tuple(Choice(n, self.options[n].label, n in draft) for n in order))

    def tap(self, draft: Draft, number: int) -> Draft:
        return (number,) if 0 <= number < len(self.options) else draft

    def answer(self, draft: Draft, done: bool) -> Answer | None:
        return draft or None

    def read_typed(self, text: str) -> Answer | None:
        number = same.which(text, [option.label for option in self.options])
        return None if number is None else (number,)

    def grade(self, answer: Answer) -> Grade:
        picked = [self.options[n] for n in answer if isinstance(n, int) and 0 <= n < len(self.options)][:1]
        solution = next(option.label for option in self.options if option.right)
        if not picked:
            return Grade(0.0, "", solution)
        return Grade(float(picked[0].right), picked[0].label, solution, picked[0].feedback)
