"""/team [unit] [pack]: who is done, going, late, silent; the worst first; what is missed most."""

from collections import Counter

from bot.commands.base import MANAGERS, Command, Step, refuse, reply
from bot.effects import Note
from bot.facts import Looked
from bot.finding import split_unit_pack
from bot.given import Catalog, Fellow, Given, Missed, Query, Team
from bot.message import Button
from bot.person import Person
from bot.progress import WORST_FIRST, state_of
from bot.texts import Voice
from lessons.prose import Block, Bullets, Line, plain

PAGE = 15
SHORT = 90  # characters of a question in a list


def needs(person: Person, args: str, catalog: Catalog) -> Query | None:
    words, _ = _page(args)
    unit, pack, rest = split_unit_pack(words, catalog, person.unit)
    if rest:
        return None
    return Query(team=Team(unit.id if unit else person.unit, pack.id if pack else ""))


def run(person: Person, args: str, given: Given) -> Step:
    voice = Voice(person.language)
    words, page = _page(args)
    unit, pack, rest = split_unit_pack(words, given.catalog, person.unit)
    if rest or given.found.team is None:
        return refuse(person, f"team {words}", "team.unknown", words=words[:60])
    top = unit or given.catalog.units.get(person.unit)
    team = given.found.team
    ranked = sorted(((_state(each, given), each) for each in team.fellows), key=_worst_first)
    blocks: list[Block] = [
        voice.para("team.title", unit=top.name if top else "", pack=f" · {pack.title(voice.language)}" if pack else "")
    ]
    if not ranked:
        return person, reply(*blocks, voice.para("team.empty"))
    totals = Counter(state for state, _ in ranked)
    said = [
        voice("team.total", n=totals[state], state=voice(f"state.{state}")) for state in WORST_FIRST if totals[state]
    ]
    blocks.append(voice.para("team.totals", team.people, totals=", ".join(said)))
    shown = ranked[page * PAGE : (page + 1) * PAGE]
    blocks.append(Bullets(tuple(_line(state, each, given, voice) for state, each in shown)))
    if team.missed and page == 0:
        blocks.append(voice.para("team.missed"))
        blocks.append(Bullets(tuple(_missed(each, given, voice) for each in team.missed), numbered=True))
    buttons = []
    if totals["late"]:
        buttons.append(Button(voice("button.remind_late"), "do.remind late"))
    if len(ranked) > (page + 1) * PAGE:
        buttons.append(Button(voice("button.more_people"), f"do.team {words} #{page + 2}".replace("  ", " ")))
    rows = (tuple(buttons),) if buttons else ()
    return person, (*reply(*blocks, rows=rows), Note(Looked(unit=top.id if top else person.unit)))


def _page(args: str) -> tuple[str, int]:
    words, _, page = args.partition("#")
    return words.strip(), max(int(page) - 1, 0) if page.isdecimal() else 0


def _state(fellow: Fellow, given: Given) -> str:
    """One word for all their packs: the most worrying one, but whoever has begun anything is on the way."""
    states = {state_of(row, fellow.person.rhythm.active_at, given.now) for row in fellow.progress}
    for worry in ("late", "silent"):
        if worry in states:
            return worry
    if len(states) > 1:
        return "going"
    return states.pop() if states else "free"


def _worst_first(ranked: tuple[str, Fellow]) -> tuple[int, str]:
    return WORST_FIRST.index(ranked[0]), ranked[1].person.name


def _line(state: str, fellow: Fellow, given: Given, voice: Voice) -> Line:
    rows = fellow.progress
    done = sum(row.completed_at is not None for row in rows)
    values: dict[str, str | int] = {
        "name": fellow.person.name,
        "state": voice(f"state.{state}"),
        "done": done,
        "packs": len(rows),
    }
    late = [row for row in rows if state_of(row, None, given.now) == "late" and row.pack in given.catalog.packs]
    if late:
        names = ", ".join(given.catalog.packs[row.pack].title(voice.language) for row in late)
        return voice.line("team.line_late", **values, late=names)
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
