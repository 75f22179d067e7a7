"""SQL that is built by SQLAlchemy once and then run as plain text with plain tuples, many rows at a time.

Building and binding a statement anew costs more than running it (three times as much for a turn on SQLite). It does
not know any table. The one place that knows how databases differ in what we use: `upsert`.
"""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, CursorResult, Dialect, Executable, Select, Table, bindparam, literal
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.compiler import SQLCompiler

Row = tuple[Any, ...]  # what a database driver takes and gives: int, float, str, bytes, None
INSERTS = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
MOST_KEYS = 2_048  # in one statement; SQLite takes 32,766 values


def upsert(table: Table, dialect: Dialect) -> sqlite.Insert:
    """An INSERT that knows ON CONFLICT. Both databases spell it alike."""
    insert = INSERTS[dialect.name](table)
    assert isinstance(insert, sqlite.Insert | postgresql.Insert)
    return insert  # type: ignore[return-value]


class Statement:
    """A statement whose values go by position, in the order of `names` (checked when it is built)."""

    def __init__(self, core: Executable, dialect: Dialect, names: Sequence[str]) -> None:
        self.text, order = _compiled(core, dialect)
        if list(order) != list(names):
            raise AssertionError(f"the statement wants {order}, not {list(names)}")

    def run(self, on: Connection, values: Row = ()) -> CursorResult[Any]:
        return on.exec_driver_sql(self.text, values)

    def all(self, on: Connection, values: Row = ()) -> list[Row]:
        """The rows found."""
        return list(on.exec_driver_sql(self.text, values))

    def run_all(self, on: Connection, rows: Sequence[Row]) -> int:
        """Runs it for every row, and says how many rows of the table it touched in all."""
        if not rows:
            return 0
        if len(rows) == 1:
            return on.exec_driver_sql(self.text, rows[0]).rowcount
        return on.exec_driver_sql(self.text, list(rows)).rowcount


class Sized:
    """A statement about many keys at once (`IN (...)`, `VALUES ...`): built once for each power of two.

    Shorter lists are filled up with their last key, so it must be harmless to name a key twice. `build` makes the
    statement for so many keys; other values stand `before` or `after` the keys, by those names.
    """

    def __init__(
        self,
        build: Callable[[int], Executable],
        dialect: Dialect,
        before: Sequence[str] = (),
        after: Sequence[str] = (),
    ) -> None:
        self._build, self._dialect = build, dialect
        self._before, self._after = list(before), list(after)
        self._texts: dict[int, str] = {}

    def all(self, on: Connection, keys: Sequence[Row], before: Row = (), after: Row = ()) -> list[Row]:
        """The rows found for all keys together, in no order."""
        found: list[Row] = []
        for start in range(0, len(keys), MOST_KEYS):
            part = keys[start : start + MOST_KEYS]
            size = 1 << (len(part) - 1).bit_length()
            filled = [*part, *[part[-1]] * (size - len(part))]
            flat = (*before, *(value for key in filled for value in key), *after)
            found += on.exec_driver_sql(self._text(size), flat).fetchall()
        return found

    def _text(self, size: int) -> str:
        if size not in self._texts:
            self._texts[size], order = _compiled(self._build(size), self._dialect)
            first, last = len(self._before), len(order) - len(self._after)
            if list(order[:first]) != self._before or list(order[last:]) != self._after:
                raise AssertionError(f"the statement wants {order}, not {self._before} ... {self._after}")
        return self._texts[size]


def _compiled(core: Executable, dialect: Dialect) -> tuple[str, Sequence[str]]:
    compiled = core.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})  # type: ignore[attr-defined]
    assert isinstance(compiled, SQLCompiler)
    return compiled.string, compiled.positiontup or []


def given(name: str) -> ColumnElement[Any]:
    """A value that is given when the statement runs."""
    return bindparam(name, required=False)


def constant(value: str | int | float) -> ColumnElement[Any]:
    """A value that stands in the statement's text: an index over some rows only is used when its condition can be read."""
    return literal(value, literal_execute=True)


def first(found: Select[Any], most: str) -> Select[Any]:
    """Only so many rows, as given by that name. SQLite's LIMIT would bring an OFFSET bound to nothing of ours."""
    return found.limit(given(most)).offset(constant(0))
