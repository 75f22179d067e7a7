"""What every question kind is, and the values it speaks in. A kind is one file beside this one.

An answer is built by taps (a draft of option numbers) or typed. Option numbers are the place in the author's file,
from 0, whatever the order on the screen: so what was answered can be read back years later.
"""

from typing import ClassVar, Literal, Protocol, runtime_checkable

from msgspec import Struct

from lessons.prose import Block, Line

Draft = tuple[int, ...]
Answer = tuple[int, ...] | str  # option numbers, or the words typed

DONE = -1  # a tap on "Done"
CLEAR = -2  # a tap on "Start again"

How = Literal["one", "many", "order", "match", "text", "number", "own", "poll"]


class Choice(Struct, frozen=True):
    """An option as it is shown now: its number, its label (75 characters at most), and whether it is picked already."""

    number: int
    label: str
    picked: bool = False


class Prompt(Struct, frozen=True):
    """How to ask, right now. `how` names the sentence that tells people what to do; `choices` become buttons.

    `so_far` lists what has been built (the order tapped, the pairs made); `now` is the left side that wants a partner.
    `done` asks for a Done button, `clear` for a Start again button, `typed` invites the keyboard.
    """

    how: How
    choices: tuple[Choice, ...] = ()
    so_far: tuple[str, ...] = ()
    now: str = ""
    done: bool = False
    clear: bool = False
    typed: bool = False


class Grade(Struct, frozen=True):
    """What an answer was worth. `credit` is 0 to 1; right means 1.

    `said` is the answer in words, `solution` the right one. `feedback` is what the author wrote for just
    this answer (an option's quoted line), or empty.
    """

    credit: float
    said: str
    solution: str
    feedback: Line = ()

    @property
    def right(self) -> bool:
        return self.credit >= 1.0


@runtime_checkable
class Question(Protocol):
    """A question of any kind. Frozen; pure; the same arguments give the same result."""

    kind: ClassVar[str]
    graded: ClassVar[bool]  # False: kept, never graded (own words, poll)

    @property
    def explanation(self) -> tuple[Block, ...]:
        """What the author says afterwards, whatever was answered."""

    @property
    def guess(self) -> float:
        """The chance that someone who knows nothing is right: 1/options; about 0 when typed."""

    def ask(self, draft: Draft, luck: int) -> Prompt:
        """What to show after the taps so far. `luck` shuffles, the same for the whole life of one asking."""

    def tap(self, draft: Draft, number: int) -> Draft:
        """The draft after a tap on an option, DONE or CLEAR. A tap that makes no sense changes nothing."""

    def answer(self, draft: Draft, done: bool) -> Answer | None:
        """The finished answer, or None while it wants more taps. `done`: the last tap was DONE."""

    def read_typed(self, text: str) -> Answer | None:
        """What typed words mean as an answer (an option's words, number or letter count too); None: cannot be one."""

    def grade(self, answer: Answer) -> Grade:
        """Credit and feedback. Never raises on an answer that this question gave out."""
