"""Say it in your own words: what is typed is kept, and never graded."""

from typing import ClassVar

from lessons.limits import OWN_WORDS_CHARS
from lessons.problems import Problem, Where, error
from lessons.prose import Block
from lessons.questions import same
from lessons.questions.base import Answer, Grade, How
from lessons.questions.raw import Raw
from lessons.questions.typed import Typed


class OwnWords(Typed, frozen=True):
    """`<!-- own words -->`. An answer is the text, tidied and at most OWN_WORDS_CHARS long."""

    kind: ClassVar[str] = "own"
    how: ClassVar[How] = "own"
    graded: ClassVar[bool] = False

    explanation: tuple[Block, ...] = ()

    @classmethod
    def claims(cls, raw: Raw) -> bool:
        return raw.marker == "own words"

    @classmethod
    def read(cls, raw: Raw, at: Where) -> tuple["OwnWords | None", tuple[Problem, ...]]:
        if not raw.items:
            return cls(raw.explanation), ()
        hint = "Delete this line, or delete the comment <!-- own words -->."
        what = "A card for own words has no options or answers."
        return None, (error(Where(at.file, raw.items[0].line), what, hint),)

    @property
    def guess(self) -> float:
        return 1.0

    def read_typed(self, text: str) -> Answer | None:
        return same.tidy(text, OWN_WORDS_CHARS, rows=True) or None

    def grade(self, answer: Answer) -> Grade:
        return Grade(1.0, answer if isinstance(answer, str) else "", "")
