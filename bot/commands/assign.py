"""/assign PACK UNIT|NAME [by DATE]: give a pack to a person, or to a unit with everybody in it, now and later."""

import re
from datetime import date, datetime, time, timedelta

from bot.commands.base import ADMINS, Command, Step, refuse, reply
from bot.dates import parse_day
from bot.effects import Enrol, Note
from bot.facts import Enrolled
from bot.finding import find_unit, split_pack_rest
from bot.given import Catalog, Given, People, Query, Team
from bot.message import PRESS_LIMIT, Button
from bot.person import Person
from bot.showing import titled
from bot.texts import Voice
from lessons.model import Pack
from scheduler.hours import at_local, local

_BY = re.compile(r"\s(?:by|bis|hasta|para el)\s+(.+)$", re.IGNORECASE)


def needs(person: Person, args: str, catalog: Catalog) -> Query | None:
    pack, target, _ = _read(args, catalog)
    if pack is None or not target:
        return None
    unit = find_unit(target, catalog, person.unit)
    return Query(team=Team(unit.id)) if unit else Query(people=People(target, person.unit))


def run(person: Person, args: str, given: Given) -> Step:
    voice = Voice(person.language)
    pack, target, by = _read(args, given.catalog)
    if pack is None or not target:
        known = pack is not None or not args
        return person, reply(voice.para("assign.how" if known else "assign.unknown_pack", words=args[:60]))
    due: datetime | None = None
    if by:
        today = local(given.now, person.rhythm.zone).date()
        day = parse_day(by, today)
        if day is None:
            return person, reply(voice.para("assign.unknown_day", words=by[:40]))
        if day < today:
            return person, reply(voice.para("assign.past", day=voice.date(day)))
        due = _end_of(day, person)
    unit = find_unit(target, given.catalog, person.unit)
    if unit and given.found.team is not None:
        key = "assign.unit" if given.found.team.people else "assign.empty_unit"
        said = voice.para(
            key, given.found.team.people, pack=titled(pack, voice), unit=unit.name, by=_by(due, person, voice)
        )
        fact = Enrolled(pack.id, unit=unit.id, due=due)
        return person, (Enrol(pack.id, person.id, unit=unit.id, due_at=due), Note(fact), *reply(said))
    return _to_person(person, pack, target, due, given, voice)


def _to_person(person: Person, pack: Pack, target: str, due: datetime | None, given: Given, voice: Voice) -> Step:
    found = given.found.people
    if not found:
        return refuse(person, f"assign {pack.id} {target}", "assign.unknown_target", name=target[:60])
    if len(found) > 1:
        by = f" by {local(due, person.rhythm.zone).date()}" if due else ""
        buttons = [Button(each.person.name[:75], f"do.assign {pack.id} {each.person.id}{by}") for each in found]
        rows = tuple((button,) for button in buttons if len(button.press.encode()) <= PRESS_LIMIT)
        return person, reply(voice.para("people.many"), rows=rows)
    them = found[0].person
    said = voice.para("assign.person", pack=titled(pack, voice), name=them.name, by=_by(due, person, voice))
    fact = Enrolled(pack.id, person=them.id, due=due)
    return person, (Enrol(pack.id, person.id, person=them.id, due_at=due), Note(fact, person=them.id), *reply(said))


def _read(args: str, catalog: Catalog) -> tuple[Pack | None, str, str]:
    """The pack, to whom, and by when, as far as the words say."""
    found = _BY.search(args)
    pack, target = split_pack_rest(args[: found.start()] if found else args, catalog)
    return pack, target if pack else "", found[1].strip() if found else ""


def _end_of(day: date, person: Person) -> datetime:
    """The last moment of that day where the person who assigns is."""
    return at_local(day + timedelta(days=1), time(0), person.rhythm.zone) - timedelta(seconds=1)


def _by(due: datetime | None, person: Person, voice: Voice) -> str:
    return voice("assign.by", day=voice.date(local(due, person.rhythm.zone).date())) if due else ""


COMMAND = Command("assign", ADMINS, run, needs, usage="PACK UNIT|NAME [by DATE]")
