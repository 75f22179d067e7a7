"""A poll: one tap, no right answer, never graded. Options stay in the author's order, for they are often a scale."""

from typing import ClassVar

from msgspec import Struct

from lessons.problems import Problem, Where, error
from lessons.prose import Block
from lessons.questions import same
from lessons.questions.base import Answer, Choice, Draft, Grade, Prompt
from lessons.questions.raw import Option, Raw, check_labels, misplaced, options


class Poll(Struct, frozen=True):
    """`<!-- poll -->` and `- ( )` lines. An answer is a tuple of one option number."""

    kind: ClassVar[str] = "poll"
    graded: ClassVar[bool] = False

    options: tuple[Option, ...]
    explanation: tuple[Block, ...] = ()

    @classmethod
    def claims(cls, raw: Raw) -> bool:
        return raw.marker == "poll"

    @classmethod
    def read(cls, raw: Raw, at: Where) -> tuple["Poll | None", tuple[Problem, ...]]:
        problems = misplaced(raw, "( )", at, "A poll needs options.", "Write each one as - ( ) option")
        problems = problems or check_labels([(item.text, item.line) for item in raw.items], at)
        for item in raw.items:
            if item.right:
                hint = "Write - ( ) here, or delete the comment <!-- poll -->."
                problems.append(error(Where(at.file, item.line), "A poll has no right answer.", hint))
        return (None if problems else cls(options(raw), raw.explanation)), tuple(problems)

    @property
    def frame(self) -> tuple[int, ...]:
        return (len(self.options),)

    @property
    def guess(self) -> float:
        return 1.0

    def ask(self, draft: Draft, luck: int) -> Prompt:
        return Prompt("poll", tuple(Choice(n, option.label, n in draft) for n, option in enumerate(self.options)))

    def tap(self, draft: Draft, number: int) -> Draft:
        return (number,) if 0 <= number < len(self.options) else draft

    def answer(self, draft: Draft, done: bool) -> Answer | None:
        return draft or None

    def read_typed(self, text: str) -> Answer | None:
        number = same.which(text, [option.label for option in self.options])
        return None if number is None else (number,)

    def grade(self, answer: Answer) -> Grade:
        picked = [self.options[n] for n in answer if isinstance(n, int) and 0 <= n < len(self.options)][:1]
        return Grade(1.0, picked[0].label, "", picked[0].feedback) if picked else Grade(1.0, "", "")
