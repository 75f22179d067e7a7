"""What the kinds that are answered by typing share: there is nothing to tap, and nobody hits them by luck."""

from typing import ClassVar

from msgspec import Struct

from lessons.questions.base import Answer, Draft, How, Prompt


class Typed(Struct, frozen=True):
    """`how` names the sentence that tells people what to type. The kinds add reading and grading."""

    how: ClassVar[How]

    @property
    def frame(self) -> tuple[int, ...]:
        return ()

    @property
    def guess(self) -> float:
        return 0.0

    def ask(self, draft: Draft, luck: int) -> Prompt:
        return Prompt(self.how, typed=True)

    def tap(self, draft: Draft, number: int) -> Draft:
        return draft

    def answer(self, draft: Draft, done: bool) -> Answer | None:
        return None
