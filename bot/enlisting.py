"""A roster compared with who is there: which units and people are new, which change, and how.

Promise: pure; ids come from the caller. People are known by name and unit; who stands once in the table and once in the
organisation, in two different units, has moved. Nobody is ever removed. It writes nothing.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from bot.given import House, Unit
from bot.person import Person, Role
from bot.roster import Listed, fold
from lessons.problems import Problem
from scheduler.plan import Rhythm


class Change(Struct, frozen=True):
    """What the table does to one person or unit. `what` says it, a change a line: "role: learner -> manager"."""

    kind: Literal["new unit", "new", "changed", "same"]
    name: str
    unit: str
    what: tuple[str, ...] = ()


class Enlisting(Struct, frozen=True):
    """What must be written, what that changes, and what stands in the way."""

    units: tuple[Unit, ...] = ()
    people: tuple[Person, ...] = ()
    changes: tuple[Change, ...] = ()
    problems: tuple[Problem, ...] = ()


class Tree:
    """The units by their path of folded names. Only `grow` changes it, and `grown` tells what is new."""

    def __init__(self, units: Sequence[Unit], house: House, new_id: Callable[[], str]) -> None:
        self.new_id = new_id
        self.by_id = {unit.id: unit for unit in units}
        self.children = {(unit.parent, fold(unit.name)): unit for unit in units}
        self.grown: list[Unit] = []
        roots = [unit for unit in units if not unit.parent]
        self.root = roots[0] if roots else self._add(house.name, "")

    def _add(self, name: str, parent: str) -> Unit:
        unit = Unit(self.new_id(), name, parent)
        self.by_id[unit.id] = unit
        self.children[parent, fold(name)] = unit
        self.grown.append(unit)
        return unit

    def grow(self, path: tuple[str, ...]) -> Unit:
        """The unit at that path, made where it is missing. The path may begin with the organisation's own name."""
        at = self.root
        inside = (at.id, fold(path[0])) in self.children
        for name in path[1:] if fold(path[0]) == fold(at.name) and not inside else path:
            at = self.children.get((at.id, fold(name))) or self._add(name, at.id)
        return at

    def path(self, unit: str) -> str:
        """The names from below the root down to this unit; the root's own name for the root."""
        names: list[str] = []
        at = self.by_id.get(unit)
        while at and at.parent:
            names.append(at.name)
            at = self.by_id.get(at.parent)
        return "/".join(reversed(names)) or self.root.name

    def called(self, wanted: str) -> list[Unit]:
        """Every unit with that path (with or without the organisation's name before it), or else with that name."""
        words = fold(wanted).strip("/")
        inside = words.removeprefix(fold(self.root.name) + "/")
        units = self.by_id.values()
        paths = [unit for unit in units if fold(self.path(unit.id)) in (words, inside)]
        return paths or [unit for unit in units if fold(unit.name) == words]

    def above(self, unit: str) -> Iterator[str]:
        """The unit itself and every unit above it."""
        while unit:
            yield unit
            unit = self.by_id[unit].parent if unit in self.by_id else ""


def enlist(
    listed: Sequence[Listed],
    units: Sequence[Unit],
    people: Sequence[Person],
    house: House,
    new_id: Callable[[], str],
) -> Enlisting:
    """What the table does to the organisation as it is."""
    tree = Tree(units, house, new_id)
    here = {(fold(person.name), person.unit): person for person in people}
    once_here = Counter(fold(person.name) for person in people)
    once_there = Counter(fold(one.name) for one in listed)
    alone = {fold(person.name): person for person in people if once_here[fold(person.name)] == 1}
    written: list[Person] = []
    changes: list[Change] = []
    for one in listed:
        unit = tree.grow(one.unit)
        known = here.get((fold(one.name), unit.id))
        if known is None and once_there[fold(one.name)] == 1:
            known = alone.get(fold(one.name))
        person = _updated(known, one, unit.id) if known else _newcomer(one, unit.id, house, new_id)
        change = _change(known, person, tree)
        changes.append(change)
        if change.kind != "same":
            written.append(person)
    after = {person.id: person for person in (*people, *written)}
    problems = tuple(_unmanaged(listed, tree, tuple(after.values())))
    grown = tuple(tree.grown)
    fresh = tuple(Change("new unit", unit.name, tree.path(unit.id)) for unit in grown)
    return Enlisting(grown, tuple(written), (*fresh, *changes), problems)


def _newcomer(one: Listed, unit: str, house: House, new_id: Callable[[], str]) -> Person:
    return Person(
        id=new_id(),
        name=one.name,
        unit=unit,
        role=one.role or Role.LEARNER,
        language=one.language or house.language,
        rhythm=Rhythm(zone=one.zone or house.zone, nudge_at=house.nudge_at, quiet=house.quiet),
    )


def _updated(known: Person, one: Listed, unit: str) -> Person:
    """The person as the table wants them; what it does not say stays."""
    return replace(
        known,
        name=one.name,
        unit=unit,
        role=one.role or known.role,
        language=one.language or known.language,
        rhythm=replace(known.rhythm, zone=one.zone) if one.zone else known.rhythm,
    )


def _change(known: Person | None, person: Person, tree: Tree) -> Change:
    """How a person differs from before."""
    unit = tree.path(person.unit)
    if known is None:
        starts = (f"role: {person.role}", f"language: {person.language}", f"zone: {person.rhythm.zone}")
        return Change("new", person.name, unit, starts)
    sides = [
        ("name", known.name, person.name),
        ("unit", tree.path(known.unit), unit),
        ("role", known.role, person.role),
        ("language", known.language, person.language),
        ("zone", known.rhythm.zone, person.rhythm.zone),
    ]
    what = tuple(f"{key}: {before} -> {after}" for key, before, after in sides if before != after)
    return Change("changed" if what else "same", person.name, unit, what)


def _unmanaged(listed: Sequence[Listed], tree: Tree, people: Sequence[Person]) -> Iterator[Problem]:
    """Rows that name a manager who, after this import, does not manage that unit or one above it."""
    managers = {(fold(person.name), person.unit) for person in people if person.role in (Role.MANAGER, Role.ADMIN)}
    for one in listed:
        if not one.manager:
            continue
        unit = tree.grow(one.unit).id
        if not any((fold(one.manager), above) in managers for above in tree.above(unit)):
            what = "{manager} manages neither {unit} nor a unit above it."
            hint = 'Give {manager} a row with the role "manager" there, or correct the name.'
            yield Problem(one.where, what, hint, {"manager": one.manager, "unit": "/".join(one.unit)})
