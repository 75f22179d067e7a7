"""How the command line speaks: problems, tables, JSON, progress. Sentences go to stderr, results to stdout."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lessons.problems import Problem


class Stopped(Exception):
    """The command cannot go on: what is wrong, and what to do next."""

    def __init__(self, what: str, hint: str = "", code: int = 1) -> None:
        super().__init__(f"{what} {hint}".rstrip())
        self.code = code


def tell(problems: Iterable["Problem"]) -> None:
    """Each problem on a line of its own, as compilers do, so that editors can jump there."""
    for problem in problems:
        print(f"{problem.level}: {problem}", file=sys.stderr)


def counted(number: int, one: str, many: str = "") -> str:
    """ "1 pack", "2 packs"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def printable(text: str, lines: bool = False) -> str:
    """Somebody else's text for a terminal: no sign that could move its cursor or change its colours. `lines` may stay."""
    kept = "\n\t" if lines else ""
    return "".join(c if c.isprintable() or c in kept else c.encode("unicode_escape").decode() for c in text)


def as_json(value: Any) -> None:
    """A value for a script, in UTF-8 whatever the terminal thinks."""
    import msgspec

    print(json.dumps(msgspec.to_builtins(value, str_keys=True), ensure_ascii=True, indent=2))


def problem_rows(problems: Iterable["Problem"]) -> list[dict[str, Any]]:
    """Problems for a script."""
    return [
        {
            "file": problem.where.file,
            "line": problem.where.line,
            "level": problem.level,
            "what": problem.what.format(**problem.values),
            "hint": problem.hint.format(**problem.values),
        }
        for problem in problems
    ]


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns as wide as they must be."""
    widths = [max(len(row[at]) for row in (heads, *rows)) for at in range(len(heads))]
    for row in (heads, *rows):
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[], None]]:
    """A bar on a terminal, nothing elsewhere. Call the result whenever one more is done."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    import typer

    with typer.progressbar(length=total, label=what, file=sys.stderr) as bar:
        yield lambda: bar.update(1)
