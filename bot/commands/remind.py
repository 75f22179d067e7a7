"""/remind NAME|late: a manager asks the bot to remind; it spends the person's one nudge of the day, and says so."""

from bot.commands.base import MANAGERS, Command, Step, refuse, reply
from bot.effects import Effect, Note, Pass
from bot.events import Prodded
from bot.facts import Asked
from bot.given import Catalog, Fellow, Given, People, Query
from bot.message import Button
from bot.nudging import can_hear, can_wait
from bot.person import Person
from bot.texts import Voice
from lessons.prose import Bullets
from scheduler.plan import may_speak

MOST = 200
TOLD = 30  # of them by name: a message has an end


def needs(person: Person, args: str, catalog: Catalog) -> Query | None:
    return Query(people=People(args, person.unit, MOST if args == "late" else 10)) if args else None


def run(person: Person, args: str, given: Given) -> Step:
    voice = Voice(person.language)
    if not args:
        return person, reply(
            voice.para("remind.whom"), rows=((Button(voice("button.remind_late"), "do.remind late"),),)
        )
    found = given.found.people
    if not found and args == "late":
        return person, reply(voice.para("remind.none_late"))
    if not found:
        return refuse(person, f"remind {args}", "people.unknown", name=args[:60])
    if len(found) > 1 and args != "late":
        rows = tuple((Button(each.person.name[:75], f"do.remind {each.person.id}"),) for each in found)
        return person, reply(voice.para("people.many"), rows=rows)
    outcomes = [(_outcome(each, given), each.person) for each in found]
    effects: list[Effect] = []
    for outcome, them in outcomes:
        if outcome in ("now", "morning"):
            effects += [Pass(them.id, Prodded(person.name)), Note(Asked(them.id))]
    lines = tuple(voice.line(f"remind.{outcome}", name=them.name) for outcome, them in outcomes[:TOLD])
    more = (voice.para("remind.more", len(outcomes) - TOLD),) if len(outcomes) > TOLD else ()
    return person, (*reply(Bullets(lines), *more), *effects)


def _outcome(fellow: Fellow, given: Given) -> str:
    """What a wish to remind comes to: the same question that the person's own turn asks a moment later."""
    them = fellow.person
    if not can_hear(them):
        return "unreachable"
    if all(row.completed_at for row in fellow.progress):
        return "nothing"
    if may_speak(them.rhythm, given.now):
        return "now"
    if can_wait(them.rhythm, given.now):
        return "morning"
    paused = them.rhythm.paused_until and given.now < them.rhythm.paused_until
    if them.rhythm.stopped or paused:
        return "paused"
    return "silent" if them.rhythm.silent else "already"


COMMAND = Command("remind", MANAGERS, run, needs, usage="NAME|late")
