"""A person's own board: today, the streak, my packs, the next reminder; for managers the team. Pure.

It is short, says everything in words, and is whole each time: a channel that has a place for it puts it there.
"""

from datetime import timedelta

from msgspec.structs import replace

from bot.choosing import daily_cards, urgency
from bot.effects import Board, Effects, Progress
from bot.given import STATES, Given, Query, Team
from bot.message import Button, Message
from bot.nudging import NEEDS, SECONDS_A_CARD, wants
from bot.person import Person, Role
from bot.progress import state_of
from bot.showing import bar, titled
from bot.texts import Voice
from lessons.prose import Block, Bullets, Heading, Line, Span
from scheduler.hours import local
from scheduler.plan import next_alarm

Step = tuple[Person, Effects]
MANAGERS = (Role.MANAGER, Role.ADMIN)
PACKS = 10  # of my packs that are shown, the most urgent first
BAR = 10


def needs(person: Person) -> Query | None:
    if not person.id:
        return None
    return replace(NEEDS, team=Team(person.unit)) if person.role in MANAGERS else NEEDS


def opened(person: Person, given: Given) -> Step:
    """They look at it: it is made, and from now on kept fresh."""
    if not person.id:
        return person, (Board(_door(person, given)),)
    return replace(person, board=True), (Board(_board(person, given)),)


def _door(person: Person, given: Given) -> Message:
    """For strangers: how to come in."""
    voice, house = Voice(person.language), given.catalog.house
    is_open = given.address is not None and house.doors.get(given.address.channel, "") in given.catalog.units
    key = "board.door" if is_open else "board.stranger"
    return Message((voice.para(key, house=house.name),))


def _board(person: Person, given: Given) -> Message:
    voice = Voice(person.language)
    blocks = [Heading(voice.line("board.today")), *_today(person, given, voice), *_packs(person, given, voice)]
    rows: tuple[tuple[Button, ...], ...] = (
        (
            Button(voice("button.start"), "do.learn", main=True),
            Button(voice("button.review"), "do.review"),
            Button(voice("button.settings"), "do.settings"),
        ),
    )
    if person.role in MANAGERS and given.found.team:
        blocks += _team(person, given, voice)
        late = (Button(voice("button.remind_late"), "do.remind late"),) if given.found.team.totals.get("late") else ()
        rows = (*rows, (Button(voice("button.team"), "do.team"), *late))
    return Message(tuple(blocks), rows)


def _today(person: Person, given: Given, voice: Voice) -> list[Block]:
    """What waits, how long it takes, the streak, and when the bot speaks next."""
    blocks: list[Block] = []
    want = wants(given)
    cards = min(want.due_now, daily_cards(person, given))
    if cards:
        blocks.append(voice.para("nudge.due", cards, minutes=max(1, round(cards * SECONDS_A_CARD / 60))))
    else:
        blocks.append(voice.para("nudge.new" if want.new_cards else "board.nothing"))
    if person.streak > 1 and _goes_on(person, given):
        blocks.append(voice.para("done.streak", person.streak))
    zone, rhythm = person.rhythm.zone, person.rhythm
    if rhythm.stopped:
        blocks.append(voice.para("settings.stopped"))
    elif at := next_alarm(rhythm, want, given.now).at:
        when = local(at, zone)
        blocks.append(voice.para("board.next", day=voice.day(when.date()), time=voice.time(when)))
    return blocks


def _goes_on(person: Person, given: Given) -> bool:
    """Whether the streak is not broken yet: there was a session today or yesterday."""
    today = local(given.now, person.rhythm.zone).date()
    return person.learned_on >= (today - timedelta(days=1)).isoformat()


def _packs(person: Person, given: Given, voice: Voice) -> list[Block]:
    mine = sorted((row for row in given.found.progress.values() if row.pack in given.catalog.packs), key=urgency)
    mine.sort(key=lambda row: row.completed_at is not None)
    lines = [_line(row, person, given, voice) for row in mine[:PACKS]]
    shown: Block = Bullets(tuple(lines)) if lines else voice.para("progress.none")
    more = [voice.para("board.more", len(mine) - PACKS)] if len(mine) > PACKS else []
    return [Heading(voice.line("board.packs")), shown, *more]


def _line(row: Progress, person: Person, given: Given, voice: Voice) -> Line:
    """A pack in words, and once more as a bar."""
    share = 1.0 if row.completed_at else row.seen / row.total if row.total else 0.0
    values: dict[str, str | int] = {
        "pack": titled(given.catalog.packs[row.pack], voice),
        "state": voice(f"state.{state_of(row, given.now)}"),
        "seen": row.seen,
        "total": row.total,
    }
    if row.due_at and not row.completed_at:
        values["day"] = voice.day(local(row.due_at, person.rhythm.zone).date())
    said = voice.line("progress.line_due" if "day" in values else "progress.line", **values)
    return (*said, Span(f" {bar(share, BAR)}"))


def _team(person: Person, given: Given, voice: Voice) -> list[Block]:
    team, unit = given.found.team, given.catalog.units.get(person.unit)
    assert team is not None
    title = Heading(voice.line("board.team", unit=unit.name if unit else ""))
    if not team.people:
        return [title, voice.para("team.empty")]
    said = [voice("team.total", n=team.totals[s], state=voice(f"state.{s}")) for s in STATES if team.totals.get(s)]
    return [title, voice.para("team.totals", team.people, totals=", ".join(said))]
