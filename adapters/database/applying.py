"""From turns to rows: gathers what a batch wants, then writes it table by table, many rows a statement.

Promise: persons first (or Raced, and nothing holds), assignments last, so that nobody's turn in the same batch can undo
what an assignment did. Columns have one owner each: an enrolment its deadline, a learner's turns the rest.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import assert_never

from msgspec import Struct, field
from sqlalchemy import Connection, Dialect

from adapters.database import rows
from adapters.database.assigning import Assigning
from adapters.database.inbox import Inbox
from adapters.database.letters import Letters, Wanted
from adapters.database.merging import Merging
from adapters.database.rows import encode, micros
from adapters.database.statements import Row
from adapters.database.writing import Writing
from bot.effects import (
    Amend,
    Bind,
    Board,
    Effect,
    Enrol,
    Fetch,
    Forsake,
    MakeInvite,
    Merge,
    Note,
    Pass,
    Publish,
    Remember,
    Say,
    Track,
    UseInvite,
)
from bot.events import Incoming
from bot.facts import Fact, HeldBack, verb
from bot.ports import Raced, Turned
from lessons.model import Pack

ReadPack = Callable[[Connection, str], Pack]  # the pack in a stored file, by its digest


class Changes(Struct):
    """All rows that a batch wants, by table."""

    new: list[Row] = field(default_factory=list)
    moved: list[Row] = field(default_factory=list)
    woken: list[Row] = field(default_factory=list)
    stepped: list[Row] = field(default_factory=list)
    newcomers: list[tuple[str, str]] = field(default_factory=list)  # person, unit
    bound: list[Row] = field(default_factory=list)
    invites: list[Row] = field(default_factory=list)
    used: list[Row] = field(default_factory=list)
    cards: list[Row] = field(default_factory=list)
    progress: list[Row] = field(default_factory=list)
    counts: dict[tuple[str, str, str], tuple[int, int]] = field(default_factory=dict)
    facts: list[Row] = field(default_factory=list)
    passed: list[Incoming] = field(default_factory=list)
    letters: list[Wanted] = field(default_factory=list)
    forsaken: list[Forsake] = field(default_factory=list)
    enrols: list[Enrol] = field(default_factory=list)
    published: list[Publish] = field(default_factory=list)
    merges: list[Merge] = field(default_factory=list)


class Applying:
    """The writing side of turns, built for one kind of database."""

    def __init__(self, dialect: Dialect, inbox: Inbox, letters: Letters, read_pack: ReadPack) -> None:
        self._writing = Writing(dialect)
        self._assigning = Assigning(dialect)
        self._merging = Merging(dialect, self._writing)
        self._inbox = inbox
        self._letters = letters
        self._read_pack = read_pack

    def welcome(self, on: Connection, newcomers: Sequence[tuple[str, str]], now: datetime) -> None:
        """Enrols people who are new in a unit (person, unit) in what it has."""
        self._assigning.welcome(on, newcomers, now)

    def write(self, on: Connection, changes: Changes, now: datetime) -> None:
        """Raises Raced when a person was stored by somebody else meanwhile, an invitation has no use left, or one of two
        who were to become one is no more."""
        writing = self._writing
        if writing.new_persons.run_all(on, changes.new) != len(changes.new):
            raise Raced("a new person's id is taken")
        for statement, changed in (
            (writing.moved, changes.moved),
            (writing.woken, changes.woken),
            (writing.stepped, changes.stepped),
        ):
            if statement.run_all(on, changed) != len(changed):
                raise Raced("a person was stored by somebody else")
        writing.addresses.run_all(on, changes.bound)
        writing.invites.run_all(on, changes.invites)
        if writing.uses.run_all(on, changes.used) != len(changes.used):
            raise Raced("an invitation has no use left")
        for publish in changes.published:
            self._assigning.publish(on, publish, self._read_pack(on, publish.file), now)
        self._assigning.welcome(on, changes.newcomers, now)
        writing.progress.run_all(on, changes.progress)
        writing.cards.run_all(on, changes.cards)
        writing.counts.run_all(on, [(*key, *counts) for key, counts in sorted(changes.counts.items())])
        writing.facts.run_all(on, changes.facts)
        self._inbox.pass_on(on, changes.passed)
        self._letters.write(on, changes.letters, now)
        self._letters.forsake(on, changes.forsaken)
        for enrol in changes.enrols:
            self._assigning.enrol(on, enrol, now)
        for merge in changes.merges:  # last: what this batch gave to who is no more goes the same way
            self._merging.merge(on, merge)


def gather(turned: Iterable[Turned], now: datetime) -> Changes:
    """All that these turns want, in their order. Pure."""
    changes = Changes()
    for turn in turned:
        _gather_person(changes, turn)
        for effect in turn.effects:
            _gather_effect(changes, turn, effect, now)
    return changes


def _gather_person(changes: Changes, turn: Turned) -> None:
    """Columns that did not change are left alone, so that their indexes are too: most turns only step on."""
    before, after = turn.before, turn.after
    if not after.id:
        return  # a stranger: nothing is kept of who came to the wrong door
    which = (after.id, before.version)
    if before.version == 0:
        changes.new.append((after.id, *rows.person_row(after, 1)))
    elif (before.name, before.unit, before.role) != (after.name, after.unit, after.role):
        changes.moved.append((*rows.person_row(after, before.version + 1), *which))
    elif before.wake_at != after.wake_at:
        changes.woken.append((rows.micros_or_none(after.wake_at), before.version + 1, rows.state_of(after), *which))
    else:
        changes.stepped.append((before.version + 1, rows.state_of(after), *which))
    if before.unit != after.unit or before.version == 0:
        changes.newcomers.append((after.id, after.unit))


def _gather_effect(changes: Changes, turn: Turned, effect: Effect, now: datetime) -> None:
    person = turn.after
    match effect:
        case Say() | Amend() | Fetch():
            _gather_letter(changes, turn, effect, now)
        case Board():
            places = dict.fromkeys((turn.incoming.address, person.home, *person.others))
            changes.letters += [Wanted(effect, person.id, place) for place in places if place]
        case Forsake():
            changes.forsaken.append(effect)
        case Note(fact, whose):
            changes.facts.append(_fact_row(fact, whose or person.id, now))
        case Remember(state, missed):
            changes.cards.append(rows.card_row(person.id, state))
            if missed is not None:
                key = (person.unit, state.ref.pack, state.ref.card)
                asked, wrong = changes.counts.get(key, (0, 0))
                changes.counts[key] = (asked + 1, wrong + missed)
        case Track(progress):
            changes.progress.append(rows.progress_row(person.id, progress))
        case Enrol():
            changes.enrols.append(effect)
        case MakeInvite(invite):
            changes.invites.append(rows.invite_row(invite))
        case UseInvite(code):
            changes.used.append((code,))
        case Bind(address, whose):
            changes.bound.append((address.channel, address.chat, whose))
        case Merge():
            changes.merges.append(effect)
        case Pass(whose, event):
            source = turn.incoming
            name = f"pass:{source.address.channel if source.address else ''}:{source.id}:{len(changes.passed)}"
            changes.passed.append(Incoming(name, event, now, person=whose))
        case Publish():
            changes.published.append(effect)
        case _:
            assert_never(effect)


def _gather_letter(changes: Changes, turn: Turned, effect: Say | Amend | Fetch, now: datetime) -> None:
    person = turn.after
    place = (effect.to if isinstance(effect, Say) else None) or turn.incoming.address or person.home
    if place is None and isinstance(effect, Say):
        changes.facts.append(_fact_row(HeldBack("no address"), person.id, now))
        return
    changes.letters.append(Wanted(effect, person.id, place))


def _fact_row(fact: Fact, person: str, now: datetime) -> Row:
    return micros(now), person, verb(fact), getattr(fact, "pack", ""), encode(fact)
