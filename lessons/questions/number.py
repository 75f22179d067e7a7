"""A typed number, perhaps with tolerance and unit. The unit may be left out; a wrong unit is not right."""

import re
from decimal import Decimal
from typing import ClassVar

from lessons.limits import SAID_CHARS
from lessons.problems import Problem, Where, error
from lessons.prose import Block
from lessons.questions import quantity, same
from lessons.questions.base import Answer, Grade, How
from lessons.questions.quantity import Quantity
from lessons.questions.raw import Raw
from lessons.questions.typed import Typed

_TOLERANCE = re.compile(r"±|\+/-|\+-")
_HINT = "Write it like = 20, = 4.5 kg or = 20 ± 2 min."


class Number(Typed, frozen=True):
    """`= 20 ± 2 min`. Right is `value` give or take `within`, both in `unit` (empty: any). `shown` is the solution."""

    kind: ClassVar[str] = "number"
    how: ClassVar[How] = "number"
    graded: ClassVar[bool] = True

    value: Decimal
    within: Decimal
    unit: str
    shown: str
    explanation: tuple[Block, ...] = ()

    @classmethod
    def claims(cls, raw: Raw) -> bool:
        if raw.marker or not raw.has("=") or len(raw.items) != 1:
            return False
        text = raw.items[0].text
        return bool(_TOLERANCE.search(text)) or _is_number(text)

    @classmethod
    def read(cls, raw: Raw, at: Where) -> tuple["Number | None", tuple[Problem, ...]]:
        text = raw.items[0].text.strip()
        here = Where(at.file, raw.items[0].line)
        halves = [quantity.read(half) for half in _TOLERANCE.split(text)]
        value, within = (halves[0], halves[1]) if len(halves) == 2 else (halves[0], Quantity((Decimal(0),)))
        if value is None or within is None or len(halves) > 2:
            return None, (error(here, "“{text}” is not a number.", _HINT, text=text[:40]),)
        problems = tuple(
            filter(None, (_ambiguous(value, here), _ambiguous(within, here), _two_units(value, within, here)))
        )
        if not problems and within.readings[0] < 0:
            problems = (error(here, "A tolerance is never less than 0.", _HINT),)
        if problems:
            return None, problems
        unit = value.unit or within.unit
        return cls(value.readings[0], within.readings[0], unit, " ".join(text.split()), raw.explanation), ()

    def read_typed(self, text: str) -> Answer | None:
        """The text, if a number can be read in it."""
        return same.tidy(text, SAID_CHARS) if quantity.read(text) else None

    def grade(self, answer: Answer) -> Grade:
        said = answer if isinstance(answer, str) else ""
        typed = quantity.read(said)
        right = typed is not None and any(
            abs(number - self.value) <= self.within for number in quantity.in_unit(typed, self.unit)
        )
        return Grade(float(right), said, self.shown)


def _is_number(text: str) -> bool:
    """A number with at most one word after it; "0800" is no number but a text of digits."""
    found = quantity.read(text)
    if found is None or re.match(r"[-+]?0\d", text.strip()) or not re.match(r"[-+.,€$£¥]?\s?\d", text.strip()):
        return False
    return " " not in found.unit or bool(quantity.known(found.unit))


def _ambiguous(number: Quantity, at: Where) -> Problem | None:
    if len(number.readings) == 1:
        return None
    small, big = sorted(number.readings)
    hint = "Write {big}, or {small} without the last zeros."
    return error(at, "This number can be read in two ways.", hint, big=str(big), small=str(small))


def _two_units(value: Quantity, within: Quantity, at: Where) -> Problem | None:
    if not value.unit or not within.unit or value.unit == within.unit:
        return None
    what = "The number is in {unit}, its tolerance in {other}."
    return error(at, what, "Use one unit for both.", unit=value.unit, other=within.unit)
