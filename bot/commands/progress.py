"""/progress: where you stand. For managers also /progress NAME: where somebody of the team stands."""

from bot.commands.base import MANAGERS, MEMBERS, Command, Step, refuse, reply
from bot.effects import Note, Progress
from bot.facts import Looked
from bot.given import Catalog, Given, People, Query
from bot.message import Button
from bot.person import Person
from bot.progress import state_of
from bot.showing import titled
from bot.texts import Voice
from lessons.prose import Block, Bullets, Line
from scheduler.hours import local


def needs(person: Person, args: str, catalog: Catalog) -> Query | None:
    if args and person.role in MANAGERS:
        return Query(people=People(args, person.unit))
    return Query(due=1, all_packs=True)


def run(person: Person, args: str, given: Given) -> Step:
    voice = Voice(person.language)
    if args and person.role not in MANAGERS:
        return refuse(person, f"progress {args}", "refused.others")
    if args:
        return _other(person, args, given, voice)
    rows = given.found.progress
    blocks: list[Block] = [voice.para("progress.title")]
    blocks.append(_packs(tuple(rows.values()), person, given, voice))
    if given.found.due_count:
        blocks.append(voice.para("progress.due", given.found.due_count))
    elif given.found.next_due:
        day = voice.day(local(given.found.next_due, person.rhythm.zone).date())
        blocks.append(voice.para("progress.next", day=day))
    if person.streak > 1:
        blocks.append(voice.para("done.streak", person.streak))
    buttons = (Button(voice("button.start"), "do.learn", main=True),)
    return person, reply(*blocks, rows=(buttons,))


def _other(person: Person, name: str, given: Given, voice: Voice) -> Step:
    found = given.found.people
    if not found:
        return refuse(person, f"progress {name}", "people.unknown", name=name[:60])
    if len(found) > 1:
        rows = tuple((Button(each.person.name[:75], f"do.progress {each.person.id}"),) for each in found)
        return person, reply(voice.para("people.many"), rows=rows)
    them = found[0]
    unit = given.catalog.units.get(them.person.unit)
    title = voice.para("progress.of", name=them.person.name, unit=unit.name if unit else "")
    buttons = (Button(voice("button.remind"), f"do.remind {them.person.id}"),)
    looked = Note(Looked(person=them.person.id))
    away = () if them.person.reachable else (voice.para("progress.unreachable", name=them.person.name),)
    return person, (*reply(title, *away, _packs(them.progress, them.person, given, voice), rows=(buttons,)), looked)


def _packs(rows: tuple[Progress, ...], them: Person, given: Given, voice: Voice) -> Block:
    lines = [_line(row, them, given, voice) for row in rows if row.pack in given.catalog.packs]
    return Bullets(tuple(lines)) if lines else voice.para("progress.none")


def _line(row: Progress, them: Person, given: Given, voice: Voice) -> Line:
    pack = given.catalog.packs[row.pack]
    state = state_of(row, given.now)
    values: dict[str, str | int] = {
        "pack": titled(pack, voice),
        "state": voice(f"state.{state}"),
        "seen": row.seen,
        "total": row.total,
    }
    if row.completed_at:
        return voice.line("progress.done", **values, score=voice.percent(row.score))
    if row.due_at:
        return voice.line("progress.line_due", **values, day=voice.day(local(row.due_at, them.rhythm.zone).date()))
    return voice.line("progress.line", **values)


COMMAND = Command("progress", MEMBERS, run, needs, usage="[NAME]")
