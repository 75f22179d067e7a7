"""What is wrong with a pack or a setting, as a value: where, what, and what to write instead.

A problem is never raised. Readers collect them all and tell them at once.
"""

from typing import Literal

from msgspec import Struct

Level = Literal["error", "warning"]


class Where(Struct, frozen=True, order=True):
    """A place in a file of the author: its name inside the pack, and the line counted from 1 (0: the whole file)."""

    file: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


class Problem(Struct, frozen=True):
    """One mistake. `what` and `hint` are English templates (the msgid for translators); `values` fills them.

    An "error" keeps the pack from being published; a "warning" does not.
    """

    where: Where
    what: str
    hint: str
    values: dict[str, str | int | float] = {}
    level: Level = "error"

    def __str__(self) -> str:
        return f"{self.where}: {self.what.format(**self.values)} {self.hint.format(**self.values)}".rstrip()


def error(where: Where, what: str, hint: str = "", **values: str | int | float) -> Problem:
    """A mistake that keeps the pack from being published."""
    return Problem(where, what, hint, values)


def warning(where: Where, what: str, hint: str = "", **values: str | int | float) -> Problem:
    """Something that works, but not as well as it could."""
    return Problem(where, what, hint, values, "warning")
