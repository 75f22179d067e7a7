"""People from a table: good ones in every dress, bad ones told with their line, and what a table changes."""

from itertools import count

import pytest

from bot.enlisting import Enlisting, enlist
from bot.given import House, Unit
from bot.person import Person, Role
from bot.roster import Roster, read_roster
from bot.sheet import SIZE_LIMIT
from lessons.problems import Where

HEAD = "name,unit,role,language,zone,manager\n"
ADA = HEAD + "Ada Okafor,North/Harbour,manager,de,Europe/Berlin,\n"


def read(data: str | bytes) -> Roster:
    return read_roster("p.csv", data.encode() if isinstance(data, str) else data)


IDS = (f"id{number}" for number in count())


def enlisted(text: str, units: tuple[Unit, ...] = (), people: tuple[Person, ...] = ()) -> Enlisting:
    roster = read(text)
    assert roster.problems == ()
    return enlist(roster.people, units, people, House(name="Corner Shop"), lambda: next(IDS))


GOOD = {
    "plain": ADA.encode(),
    "mark": ADA.encode("utf-8-sig"),
    "UTF-16 with a mark": ADA.encode("utf-16"),
    "UTF-16 the other way": b"\xfe\xff" + ADA.encode("utf-16-be"),
    "UTF-16 without a mark": ADA.encode("utf-16-le"),
    "semicolons": ADA.replace(",", ";").encode(),
    "tabs": ADA.replace(",", "\t").encode(),
    "old Mac and Windows lines": ADA.replace("\n", "\r\n").encode(),
    "Excel's own line": b"sep=;\r\n" + ADA.replace(",", ";").encode(),
    "quoted": ADA.replace("Ada Okafor", '"Ada  Okafor "').encode(),
    "capitals in the columns": ADA.replace("name,unit", '"Name", Unit ').encode(),
    "empty rows": ADA.encode() + b",,,,,\n\n",
    "spaces around": ADA.replace(",", " , ").encode(),
}


@pytest.mark.parametrize("dress", GOOD)
def test_a_table_is_read_in_every_dress(dress: str) -> None:
    roster = read(GOOD[dress])
    assert roster.problems == ()
    [ada] = roster.people
    assert (ada.name, ada.unit, ada.role) == ("Ada Okafor", ("North", "Harbour"), Role.MANAGER)
    assert (ada.language, ada.zone, ada.manager) == ("de", "Europe/Berlin", "")


BAD: dict[str, tuple[str | bytes, int, str]] = {
    # name: (table, line, words that must be told)
    "nothing": ("", 0, "is empty"),
    "only spaces": (" \n \n", 0, "is empty"),
    "only columns": (HEAD, 0, "nobody in the table"),
    "no columns": ("Ada,North\nBen,North\n", 1, '"name" is missing'),
    "no unit column": ("name,role\nAda,learner\n", 1, '"unit" is missing'),
    "misspelt column": ("name,unit,langauge\nAda,North,de\n", 1, 'Did you mean "language"?'),
    "unknown column": ("name,unit,salary\nAda,North,1\n", 1, '"salary"'),
    "column twice": ("name,unit,name\nAda,North,Ben\n", 1, "twice"),
    "no name": (HEAD + ",North,,,,\n", 2, "The name is missing"),
    "name of signs": (HEAD + "...,North,,,,\n", 2, "has no letters"),
    "name too long": (HEAD + "x" * 81 + ",North,,,,\n", 2, "more than 80"),
    "formula": (HEAD + '"=HYPERLINK(""http://x"")",North,,,,\n', 2, "begins like a formula"),
    "formula in UTF-16": ((HEAD + "Ada,North,,,,\n=1+1,North,,,,\n").encode("utf-16"), 3, "begins like a formula"),
    "formula by plus": (HEAD + "+Ada,North,,,,\n", 2, "begins like a formula"),
    "formula by minus": (HEAD + "-Ada,North,,,,\n", 2, "begins like a formula"),
    "formula by at": (HEAD + "@SUM(A1),North,,,,\n", 2, "begins like a formula"),
    "formula behind a tab": (HEAD + '"\t=1+1",North,,,,\n', 2, "begins like a formula"),
    "formula in full width": (HEAD + "＝1＋1,North,,,,\n", 2, "begins like a formula"),
    "formula in a unit": (HEAD + "Ada,North/=1+1,,,,\n", 2, "The unit"),
    "right-to-left override": (HEAD + "Ada\u202eneB,North,,,,\n", 2, "hidden signs"),
    "zero byte": (HEAD.encode() + b"A\0da,North,,,,\n", 2, "zero bytes"),
    "no unit": (HEAD + "Ada,,,,,\n", 2, "The unit is missing"),
    "only slashes": (HEAD + "Ada,///,,,,\n", 2, "The unit is missing"),
    "hole in the path": (HEAD + "Ada,North//Harbour,,,,\n", 2, "is no path"),
    "path too deep": (HEAD + "Ada," + "/".join("abcdefghi") + ",,,,\n", 2, "is no path"),
    "unknown role": (HEAD + "Ada,North,boss,,,\n", 2, "learner, manager, admin"),
    "misspelt role": (HEAD + "Ada,North,manger,,,\n", 2, 'Did you mean "manager"?'),
    "stranger": (HEAD + "Ada,North,stranger,,,\n", 2, "Nobody knows the role"),
    "unknown language": (HEAD + "Ada,North,,xx,,\n", 2, "en, de, es"),
    "unknown zone": (HEAD + "Ada,North,,,Mars/Olympus,\n", 2, "no time zone"),
    "misspelt zone": (HEAD + "Ada,North,,,Europe/Berln,\n", 2, 'Did you mean "Europe/Berlin"?'),
    "manager yes, role learner": (HEAD + "Ada,North,learner,,,yes\n", 2, "Let one of them decide"),
    "twice the same": (HEAD + "Ada,North,,,,\nBen,North,,,,\n ada ,NORTH,,,,\n", 4, "first on line 2"),
    "comma in a name": (HEAD + "Okafor, Ada,North,,,\n", 2, "Nobody knows the role"),
    "more cells than columns": ("name,unit\nAda,North,x\n", 2, "more cells than columns"),
    "no closing quote": (HEAD + '"Ada,North,,,,\n', 0, "quotation mark"),
    "long cell": (HEAD + "Ada," + "x" * 1001 + ",,,,\n", 2, "more than 1000"),
    "after a cell of two lines": (HEAD + '"Ada\nOkafor",North,,,,\nBen,,,,,\n', 4, "The unit is missing"),
    "Latin-1": ("name,unit\nJörg,North\n".encode("latin-1"), 2, "CSV UTF-8"),
    "half UTF-16": (ADA.encode("utf-16")[:-1], 0, "not UTF-16"),
    "a workbook": (b"PK\x03\x04" + b"x" * 100, 0, "spreadsheet file"),
    "an old workbook": (b"\xd0\xcf\x11\xe0" + b"x" * 100, 0, "spreadsheet file"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, 1, "not UTF-8"),
    "far too large": (b"a" * (SIZE_LIMIT + 1), 0, "larger than 5 MB"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_table_is_told_with_its_line(case: str) -> None:
    data, line, words = BAD[case]
    problems = read(data).problems
    told = [problem for problem in problems if words in str(problem)]
    assert told, [str(problem) for problem in problems]
    assert all(problem.level == "error" for problem in told)
    if case != "half UTF-16":  # the broken letter is the last one, wherever that counts to
        assert told[0].where == Where("p.csv", line)


def test_all_rows_are_checked_and_told_in_order() -> None:
    roster = read(HEAD + "=1,North,boss,,Mars,\nAda,North,,,,\n,,,,,x\n")
    assert [problem.where.line for problem in roster.problems] == [2, 2, 2, 4, 4]


def test_newcomers_get_what_holds_for_all() -> None:
    seen = enlisted("name,unit\nAda,North/Harbour\n")
    assert [unit.name for unit in seen.units] == ["Corner Shop", "North", "Harbour"]
    [ada] = seen.people
    assert (ada.role, ada.language, ada.rhythm.zone, ada.unit) == (Role.LEARNER, "en", "UTC", seen.units[2].id)


def test_the_same_table_twice_changes_nothing() -> None:
    first = enlisted(ADA)
    again = enlisted(ADA, first.units, first.people)
    assert (again.units, again.people) == ((), ())
    assert [change.kind for change in again.changes] == ["same"]


def test_a_changed_row_changes_the_same_person() -> None:
    first = enlisted(ADA)
    again = enlisted(ADA.replace("manager,de", "admin,es"), first.units, first.people)
    assert [person.id for person in again.people] == [first.people[0].id]
    assert again.changes[0].what == ("role: manager -> admin", "language: de -> es")


def test_who_stands_once_here_and_there_has_moved() -> None:
    first = enlisted(ADA)
    again = enlisted(ADA.replace("Harbour", "Castle"), first.units, first.people)
    assert again.people[0].id == first.people[0].id
    assert "unit: North/Harbour -> North/Castle" in again.changes[1].what


def test_two_of_one_name_in_two_units_stay_two() -> None:
    both = "name,unit\nAda,North\nAda,South\n"
    first = enlisted(both)
    assert len({person.id for person in first.people}) == 2
    again = enlisted(both, first.units, first.people)
    assert [change.kind for change in again.changes] == ["same", "same"]


def test_what_the_table_does_not_say_stays() -> None:
    first = enlisted(ADA)
    again = enlisted("name,unit\nAda Okafor,North/Harbour\n", first.units, first.people)
    assert [change.kind for change in again.changes] == ["same"]


def test_the_path_may_begin_with_the_organisation() -> None:
    seen = enlisted("name,unit,role\nAda,Corner Shop,admin\nBen,corner shop/North,\n")
    assert [unit.name for unit in seen.units] == ["Corner Shop", "North"]
    assert seen.people[0].unit == seen.units[0].id


def test_a_manager_must_manage() -> None:
    table = "name,unit,manager\nAda,North,yes\nBen,North/Harbour,Ada\nCy,South,Ada\nDee,North,Nobody\n"
    seen = enlisted(table)
    assert [problem.where.line for problem in seen.problems] == [4, 5]
    assert seen.people[0].role == Role.MANAGER
