"""/people [NAME]: who is in, where, and whether they can be reached."""

from bot.commands.base import ADMINS, Command, Step, reply
from bot.given import Catalog, Fellow, Given, People, Query
from bot.message import Button
from bot.nudging import can_hear
from bot.person import Person
from bot.texts import Voice
from lessons.prose import Bullets, Line

MOST = 30


def needs(person: Person, args: str, catalog: Catalog) -> Query | None:
    return Query(people=People(args, person.unit, MOST + 1))


def run(person: Person, args: str, given: Given) -> Step:
    voice = Voice(person.language)
    found = given.found.people
    if not found:
        return person, reply(voice.para("people.unknown", name=args[:60]))
    lines = tuple(_line(each, given, voice) for each in found[:MOST])
    more = (voice.para("people.more", shown=MOST),) if len(found) > MOST else ()
    rows = ((Button(voice("button.invite"), "do.invite"),),)
    return person, reply(voice.para("people.title"), Bullets(lines), *more, rows=rows)


def _line(fellow: Fellow, given: Given, voice: Voice) -> Line:
    them = fellow.person
    unit = given.catalog.units.get(them.unit)
    key = "people.line" if can_hear(them) else "people.line_away"
    return voice.line(key, name=them.name, unit=unit.name if unit else "", role=voice(f"role.{them.role}"))


COMMAND = Command("people", ADMINS, run, needs, usage="[NAME]")
