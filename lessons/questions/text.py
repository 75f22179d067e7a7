"""A typed word or phrase. Forgiving of case, accents, spaces and small slips; no partial credit, no patterns."""

from typing import ClassVar

from lessons.limits import ANSWER_CHARS, SAID_CHARS
from lessons.problems import Problem, Where, error
from lessons.prose import Block
from lessons.questions import same
from lessons.questions.base import Answer, Grade, How
from lessons.questions.fold import visible
from lessons.questions.raw import Raw
from lessons.questions.typed import Typed


class Text(Typed, frozen=True):
    """`= answer | another answer`, on one line or several. The first is shown as the solution."""

    kind: ClassVar[str] = "text"
    how: ClassVar[How] = "text"
    graded: ClassVar[bool] = True

    accepted: tuple[str, ...]
    explanation: tuple[Block, ...] = ()

    @classmethod
    def claims(cls, raw: Raw) -> bool:
        return not raw.marker and raw.has("=")

    @classmethod
    def read(cls, raw: Raw, at: Where) -> tuple["Text | None", tuple[Problem, ...]]:
        problems: list[Problem] = []
        accepted: list[str] = []
        for item in raw.items:
            here = Where(at.file, item.line)
            for answer in (part.strip().strip('"“”„').strip() for part in item.text.split("|")):
                problems += _check(answer, here)
                accepted.append(answer)
        return (None if problems else cls(tuple(accepted), raw.explanation)), tuple(problems)

    def read_typed(self, text: str) -> Answer | None:
        return same.tidy(text, SAID_CHARS) or None

    def grade(self, answer: Answer) -> Grade:
        said = answer if isinstance(answer, str) else ""
        right = any(same.same(said, accepted) for accepted in self.accepted)
        return Grade(float(right), said, self.accepted[0])


def _check(answer: str, at: Where) -> list[Problem]:
    if not visible(answer).strip():
        hint = "Write the right answer after the = sign, and other answers after a | sign."
        return [error(at, "No one can type an empty answer.", hint)]
    if len(answer) > ANSWER_CHARS:
        what = "No one will type an answer of {count} characters; {most} is the most."
        hint = "Take its main word, or ask with <!-- own words -->."
        return [error(at, what, hint, count=len(answer), most=ANSWER_CHARS)]
    return []
