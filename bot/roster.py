"""The people of an organisation from a table: bytes of a CSV file -> rows, checked as a whole before any is used.

Promise: pure; never raises on bad content; all problems at once, with file, line and what to write instead. It does not
know who is there already (bot/enlisting.py compares) and writes nothing.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Any

from msgspec import Struct

from bot.person import Role
from bot.settings import Wrong, did_you_mean, read_language, read_zone
from bot.sheet import FORMULA, Row, read_sheet
from lessons.problems import Problem, Where

COLUMNS = ("name", "unit", "role", "language", "zone", "manager")
NEEDED = ("name", "unit")
NAME_LIMIT = 80
DEPTH_LIMIT = 8

# What people write in a table for a role or for yes and no, in the languages that Morsel speaks.
ROLES = {
    "learner": Role.LEARNER, "employee": Role.LEARNER, "mitarbeiter": Role.LEARNER, "empleado": Role.LEARNER,
    "manager": Role.MANAGER, "leitung": Role.MANAGER, "gerente": Role.MANAGER,
    "admin": Role.ADMIN, "administrator": Role.ADMIN,
}  # fmt: skip
ROLE_WORDS = ("learner", "manager", "admin")


class Listed(Struct, frozen=True):
    """One person as a table names them. `unit` is the path of names; None: the table does not say.

    `manager` is the name of somebody who manages that unit or one above it; empty where the table does not say.
    """

    where: Where
    name: str
    unit: tuple[str, ...]
    role: Role | None = None
    language: str | None = None
    zone: str | None = None
    manager: str = ""


class Roster(Struct, frozen=True):
    """Everybody in the table, and every problem found. With an error among them nothing may be used."""

    people: tuple[Listed, ...] = ()
    problems: tuple[Problem, ...] = ()


def read_roster(name: str, data: bytes) -> Roster:
    """The people in a CSV file called `name`."""
    sheet = read_sheet(name, data, COLUMNS)
    problems = [*sheet.problems, *(_columns(name, sheet.columns) if sheet.columns else ())]
    if not set(NEEDED) <= set(sheet.columns):
        return Roster((), tuple(problems))
    people: list[Listed] = []
    for row in sheet.rows:
        listed, wrong = _listed(row)
        problems.extend(wrong)
        if listed:
            people.append(listed)
    if not sheet.rows and not problems:
        problems.append(Problem(Where(name), "There is nobody in the table.", "Write one person on each line."))
    problems.extend(_doubles(people))
    return Roster(tuple(people), tuple(sorted(problems, key=lambda problem: problem.where)))


def fold(name: str) -> str:
    """A name for comparing: case, width and spaces do not count."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _columns(name: str, columns: tuple[str, ...]) -> Iterator[Problem]:
    """What is wrong with the first line."""
    where = Where(name, 1)
    for column in columns:
        if column and column not in COLUMNS:
            free = [known for known in COLUMNS if known not in columns]
            values: dict[str, str | int | float] = {"column": column[:40], "guess": did_you_mean(column, free)}
            yield Problem(where, 'Nobody knows the column "{column}".{guess}', "Rename or delete it.", values)
    for column in NEEDED:
        if column not in columns:
            what, hint = 'The column "{column}" is missing.', "The first line names the columns: {columns}."
            yield Problem(where, what, hint, {"column": column, "columns": ", ".join(COLUMNS)})


def _listed(row: Row) -> tuple[Listed | None, list[Problem]]:
    """One row read, or everything that is wrong with it."""
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for column, read in READERS.items():
        cell = row.cells.get(column, "")
        if not cell and column not in NEEDED:
            continue
        try:
            values[column] = read(cell)
        except Wrong as wrong:
            problems.append(Problem(row.where, wrong.what, wrong.hint, {"key": column, **wrong.values}))
    if values.get("manager") in (YES, NO):
        said = values.pop("manager")
        if said == YES and values.get("role") in (Role.LEARNER, Role.ADMIN):
            what, hint = 'manager says "yes" and role says "{role}".', "Let one of them decide."
            problems.append(Problem(row.where, what, hint, {"role": str(values["role"])}))
        elif said == YES:
            values["role"] = Role.MANAGER
    return (None if problems else Listed(row.where, **values)), problems


def _safe(cell: str) -> str:
    """A cell that no spreadsheet will run and no screen will garble."""
    text = unicodedata.normalize("NFC", " ".join(cell.split()))
    if text[:1] and text[0] in FORMULA:
        hint = "Write it without the first sign."
        what = 'The {key} "{value}" begins like a formula, and a spreadsheet would run it.'
        raise Wrong(what, hint, value=text[:40])
    if any(
        unicodedata.category(sign) in ("Cc", "Cf", "Co", "Cs", "Cn") and sign not in "\u200c\u200d" for sign in text
    ):
        raise Wrong("The {key} has hidden signs in it.", "Type it anew.")
    return text


def _name(cell: str) -> str:
    name = _safe(cell)
    if not name:
        raise Wrong("The {key} is missing.", "Write who it is.")
    if len(name) > NAME_LIMIT:
        raise Wrong("The {key} has more than {most} letters.", "Write it shorter.", most=NAME_LIMIT)
    if not any(sign.isalpha() for sign in name):
        raise Wrong('The {key} "{value}" has no letters.', "Write who it is.", value=name[:40])
    return name


def _unit(cell: str) -> tuple[str, ...]:
    path = tuple(_safe(part) for part in cell.strip("/ ").split("/"))
    if path == ("",):
        raise Wrong("The {key} is missing.", 'Write where they work, like "North/Harbour Street".')
    if not all(path) or len(path) > DEPTH_LIMIT or any(len(part) > NAME_LIMIT for part in path):
        hint = 'Write names of at most {most} letters with one slash between them, like "North/Harbour Street".'
        raise Wrong('The {key} "{value}" is no path.', hint, value=cell[:40], most=NAME_LIMIT)
    return path


def _role(cell: str) -> Role:
    if cell.casefold() in ROLES:
        return ROLES[cell.casefold()]
    guess = did_you_mean(cell, ROLE_WORDS)
    hint = "Write one of: {allowed}."
    raise Wrong(
        'Nobody knows the role "{value}".{guess}', hint, value=cell[:40], guess=guess, allowed="learner, manager, admin"
    )


def _language(cell: str) -> str:
    return read_language(re.split("[-_]", cell)[0])


YES, NO = "\0yes", "\0no"  # no cell can say this: zero bytes are refused


def _manager(cell: str) -> str:
    if cell.casefold() in ("yes", "y", "x", "1", "true", "ja", "sí", "si"):
        return YES
    if cell.casefold() in ("no", "n", "0", "false", "nein"):
        return NO
    return _name(cell)


READERS: dict[str, Callable[[str], Any]] = {
    "name": _name,
    "unit": _unit,
    "role": _role,
    "language": _language,
    "zone": read_zone,
    "manager": _manager,
}


def _doubles(people: list[Listed]) -> Iterator[Problem]:
    """Two of the same name in one unit cannot be told apart."""
    seen: dict[tuple[str, ...], Where] = {}
    for one in people:
        key = (fold(one.name), *map(fold, one.unit))
        if key in seen:
            what = "{name} is in {unit} twice: first on line {line}."
            hint = "Delete one of the rows, or tell two people apart by a middle name."
            values: dict[str, str | int | float] = {
                "name": one.name, "unit": "/".join(one.unit), "line": seen[key].line,
            }  # fmt: skip
            yield Problem(one.where, what, hint, values)
        seen.setdefault(key, one.where)
