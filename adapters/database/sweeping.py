"""Forgetting what is old, a piece of a table at a time, so that turns are taken between the pieces.

It walks the table by its row number from the oldest on and remembers how far it came, so that rows which must stay,
however many, never keep it from what lies behind them. It ends at the first piece in which nothing is old enough.
"""

from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Connection, Dialect, Select, delete, select

from adapters.database.statements import Statement, first, given

AT_ONCE: Final = 5_000  # rows


class Sweep:
    """Of one table: `row` numbers its rows, `at` says when (microseconds), `goes` what may be forgotten once it is old."""

    def __init__(self, row: Column[Any], at: Column[Any], goes: ColumnElement[bool], dialect: Dialect) -> None:
        columns: tuple[Any, ...] = (row, at)
        piece: Select[Any] = select(*columns).where(row > given("after")).order_by(row)
        self._piece = Statement(first(piece, "most"), dialect, ("after", "most"))
        old = (row > given("after"), row <= given("last"), at < given("before"), goes)
        self._delete = Statement(delete(row.table).where(*old), dialect, ("after", "last", "before"))

    def run(self, on: Connection, before: int, after: int) -> int | None:
        """Forgets what is older than `before` in the piece behind the row `after`. The row to go on behind, or None."""
        piece = self._piece.all(on, (after, AT_ONCE))
        if not any(at < before for _, at in piece):
            return None
        last = int(piece[-1][0])
        self._delete.run(on, (after, last, before))
        return last
