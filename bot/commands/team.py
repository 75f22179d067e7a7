"""/team [unit] [pack]: who is done, going, late, silent; the worst first; what is missed most."""

from bot.commands.base import MANAGERS, Command, Step, refuse, reply
from bot.effects import Note
from bot.facts import Looked
from bot.finding import split_unit_pack
from bot.given import STATES, TEAM_PAGE, Catalog, Fellow, Given, Missed, Query, Team, Unit
from bot.message import Button
from bot.person import Person
from bot.progress import state_of
from bot.texts import Voice
from lessons.model import Pack
from lessons.prose import Block, Bullets, Line, plain

SHORT = 90  # characters of a question in a list


def needs(person: Person, args: str, catalog: Catalog) -> Query | None:
    words, page = _page(args)
    unit, pack, rest = split_unit_pack(words, catalog, person.unit)
    if rest:
        return None
    return Query(team=Team(unit.id if unit else person.unit, pack.id if pack else "", page))


def run(person: Person, args: str, given: Given) -> Step:
    voice = Voice(person.language)
    words, page = _page(args)
    unit, pack, rest = split_unit_pack(words, given.catalog, person.unit)
    team = given.found.team
    if rest or team is None:
        return refuse(person, f"team {words}", "team.unknown", words=words[:60])
    top = unit or given.catalog.units.get(person.unit)
    blocks: list[Block] = [_title(top, pack, voice)]
    if not team.people:
        return person, reply(*blocks, voice.para("team.empty"))
    said = [voice("team.total", n=team.totals[s], state=voice(f"state.{s}")) for s in STATES if team.totals.get(s)]
    blocks.append(voice.para("team.totals", team.people, totals=", ".join(said)))
    blocks.append(Bullets(tuple(_line(each, given, voice) for each in team.fellows)))
    if not all(each.person.reachable for each in team.fellows):
        blocks.append(voice.para("team.unreachable"))
    if team.missed and page == 0:
        blocks.append(voice.para("team.missed"))
        blocks.append(Bullets(tuple(_missed(each, given, voice) for each in team.missed), numbered=True))
    buttons = []
    if team.totals.get("late"):
        buttons.append(Button(voice("button.remind_late"), "do.remind late"))
    if team.people > (page + 1) * TEAM_PAGE:
        where = " ".join(filter(None, [unit.id if unit else "", pack.id if pack else "", f"#{page + 2}"]))
        buttons.append(Button(voice("button.more_people"), f"do.team {where}"))
    rows = (tuple(buttons),) if buttons else ()
    return person, (*reply(*blocks, rows=rows), Note(Looked(unit=top.id if top else person.unit)))


def _page(args: str) -> tuple[str, int]:
    """ "harbour #2" -> the words, and the page counted from 0."""
    words, _, page = args.partition("#")
    return words.strip(), min(max(int(page) - 1, 0), 9_999) if page.isdecimal() and len(page) < 6 else 0


def _title(top: Unit | None, pack: Pack | None, voice: Voice) -> Block:
    return voice.para(
        "team.title", unit=top.name if top else "", pack=f" · {pack.title(voice.language)}" if pack else ""
    )


def _line(fellow: Fellow, given: Given, voice: Voice) -> Line:
    rows = fellow.progress
    done = sum(row.completed_at is not None for row in rows)
    values: dict[str, str | int] = {
        "name": fellow.person.name,
        "state": voice(f"state.{fellow.state}"),
        "done": done,
        "packs": len(rows),
    }
    late = [row for row in rows if state_of(row, given.now) == "late" and row.pack in given.catalog.packs]
    if late:
        names = ", ".join(given.catalog.packs[row.pack].title(voice.language) for row in late)
        key = "team.line_late" if fellow.person.reachable else "team.line_late_unreachable"
        return voice.line(key, **values, late=names)
    if not fellow.person.reachable:
        return voice.line("team.line_unreachable", **values)
    return voice.line("team.line", **values)


def _missed(missed: Missed, given: Given, voice: Voice) -> Line:
    card = given.catalog.card(missed.ref, voice.language)
    words = plain(card.body).split("\n")[0] if card else str(missed.ref)
    question = words if len(words) <= SHORT else words[:SHORT].rsplit(" ", 1)[0] + " …"
    return voice.line(
        "team.missed_line", question=question, share=voice.percent(missed.missed / missed.asked), asked=missed.asked
    )


COMMAND = Command("team", MANAGERS, run, needs, usage="[UNIT] [PACK]")
