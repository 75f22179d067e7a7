"""A table from a spreadsheet: the bytes of a CSV file -> rows of named cells, with the line of each.

Promise: pure; never raises on bad content. Understands UTF-8 and UTF-16, with and without a mark at the start; comma,
semicolon and tab; quoted cells over several lines; Excel's `sep=` line. It does not know what the columns mean.
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence

from msgspec import Struct

from bot.lines import line_of_byte
from lessons.problems import Problem, Where

SIZE_LIMIT = 5_000_000  # bytes: more than 50,000 people
ROWS_LIMIT = 50_000
CELL_LIMIT = 1_000  # characters
FORMULA = "=+-@＝＋－＠"  # what makes a spreadsheet run a cell, in both widths (ASVS 1.2.10)


class Row(Struct, frozen=True):
    """One row: where it begins, and its cells by column, stripped."""

    where: Where
    cells: Mapping[str, str]


class Sheet(Struct, frozen=True):
    """The columns and the rows that could be read, and every problem found."""

    columns: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    problems: tuple[Problem, ...] = ()


def read_sheet(name: str, data: bytes, known: Sequence[str]) -> Sheet:
    """The table in a file called `name`. `known` are the columns that may be there; they help to find the separator."""
    text = _decoded(name, data)
    if isinstance(text, Problem):
        return Sheet(problems=(text,))
    first, told = 1, ""
    if sep := re.match(r"sep=(.)\r?\n", text):  # Excel writes and reads such a line
        text, first, told = text[sep.end() :], 2, sep[1]
    if not text.strip():
        return Sheet(problems=(Problem(Where(name), "The file is empty.", "The first line names the columns."),))
    try:
        return _rows(name, text, told or _separator(text, known), first)
    except csv.Error as error:
        what = "The table cannot be read: {said}."
        return Sheet(problems=(Problem(Where(name), what, "Is a quotation mark missing?", {"said": str(error)}),))


def _decoded(name: str, data: bytes) -> str | Problem:
    """The text, whatever a spreadsheet wrote it in."""
    if len(data) > SIZE_LIMIT:
        values: dict[str, str | int | float] = {"most": SIZE_LIMIT // 1_000_000}
        return Problem(Where(name), "The file is larger than {most} MB.", "Split it into several files.", values)
    if data[:4] == b"PK\x03\x04" or data[:4] == b"\xd0\xcf\x11\xe0":
        hint = 'In your spreadsheet choose "Save as" and "CSV UTF-8".'
        return Problem(Where(name), "This is a spreadsheet file, not CSV.", hint)
    encoding, said = "utf-8-sig", "UTF-8"
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding, said = "utf-16", "UTF-16"
    elif data[1:2] == b"\0" and data[:1] != b"\0":
        encoding, said = "utf-16-le", "UTF-16"
    elif data[:1] == b"\0" and data[1:2] != b"\0":
        encoding, said = "utf-16-be", "UTF-16"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = line_of_byte(data, error.start)
        hint = 'In your spreadsheet choose "Save as" and "CSV UTF-8".'
        return Problem(Where(name, line), "Some letters here are not {said}.", hint, {"said": said})
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        return Problem(Where(name, line), "There are zero bytes in the text.", "Is it really a CSV file?")
    return text


def _separator(text: str, known: Sequence[str]) -> str:
    """The separator by which the first line has the most known columns; the comma in doubt."""
    heading = text.lstrip("\r\n").splitlines()[0]

    def hits(separator: str) -> tuple[int, int]:
        cells = [_column(cell) for cell in heading.split(separator)]
        return sum(cell in known for cell in cells), len(cells)

    return max((",", ";", "\t"), key=hits)


def _column(cell: str) -> str:
    return cell.strip().strip('"').strip().lower()


def _rows(name: str, text: str, separator: str, first: int) -> Sheet:
    """The rows, their cells by column. Empty rows are left out; cells beyond the columns are a problem."""
    # A few stray cells of many megabytes must not be held back by the csv module's own limit: ours is told kindly.
    csv.field_size_limit(SIZE_LIMIT)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    columns: tuple[str, ...] = ()
    rows: list[Row] = []
    problems: list[Problem] = []
    line = first
    for cells in reader:
        where, line = Where(name, line), reader.line_num + first
        stripped = [cell.strip() for cell in cells]
        if not any(stripped):
            continue
        if not columns:
            columns = tuple(_column(cell) for cell in cells)
            problems.extend(_doubled(where, columns))
            continue
        if any(stripped[len(columns) :]):
            hint = 'Put a cell that contains "{separator}" in quotation marks.'
            shown = "tab" if separator == "\t" else separator
            problems.append(Problem(where, "The row has more cells than columns.", hint, {"separator": shown}))
            continue
        if any(len(cell) > CELL_LIMIT for cell in stripped):
            hint = "Is a quotation mark missing in this row?"
            values: dict[str, str | int | float] = {"most": CELL_LIMIT}
            problems.append(Problem(where, "A cell has more than {most} letters.", hint, values))
            continue
        if len(rows) == ROWS_LIMIT:
            what, hint = "There are more than {most} rows.", "Split the file into several."
            problems.append(Problem(where, what, hint, {"most": ROWS_LIMIT}))
            break
        rows.append(Row(where, dict(zip(columns, stripped, strict=False))))
    return Sheet(columns, tuple(rows), tuple(problems))


def _doubled(where: Where, columns: Sequence[str]) -> list[Problem]:
    twice = sorted({column for column in columns if column and columns.count(column) > 1})
    what, hint = 'The column "{column}" is there twice.', "Delete one of them."
    return [Problem(where, what, hint, {"column": column}) for column in twice]
