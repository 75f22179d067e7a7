"""Speaking first: what to do when the alarm rings or a manager asks, and when to be woken next. Pure.

When is decided by `scheduler/plan.py`; here it is decided again at the moment itself, with what is true then.
"""

from datetime import datetime, timedelta

from msgspec.structs import replace

from bot.choosing import daily_cards
from bot.effects import Effects, Note, Say
from bot.events import Prodded
from bot.facts import HeldBack, Nudged
from bot.given import Given, Query
from bot.message import Button, Message, rows_of
from bot.person import Asking, Person, Shown
from bot.texts import Voice
from lessons.prose import Block
from scheduler.hours import is_quiet, local, next_allowed
from scheduler.plan import (
    DAYS_UNTIL_SILENT,
    Rhythm,
    Wants,
    fell_silent,
    may_speak,
    next_alarm,
    nudged,
    reason,
    stale_after,
)

Step = tuple[Person, Effects]
HERE = "here"  # said by the buttons under a nudge: answer in its place
KEY = "nudge"  # of the newest nudge, so that "Not now" can take its buttons away
SECONDS_A_CARD = 25
NEEDS = Query(due=1, all_packs=True)


def wants(given: Given) -> Wants:
    """What there is to do, from what was looked up with `NEEDS`."""
    open_packs = [row for row in given.found.progress.values() if not row.completed_at]
    deadlines = [row.due_at for row in open_packs if row.due_at]
    return Wants(
        due_now=given.found.due_count,
        next_due=given.found.next_due,
        new_cards=any(row.seen < row.total for row in open_packs if row.pack in given.catalog.packs),
        deadline=min(deadlines, default=None),
    )


def ring(person: Person, given: Given) -> Step:
    """The alarm rang. It may ring early, when something changed: then the day is only planned anew."""
    now, want = given.now, wants(given)
    planned = person.planned
    if planned is None or planned > now:
        return _planned(person, want, now), ()
    late = (now - planned) // timedelta(days=1)
    effects: Effects = (Note(HeldBack(f"{late} days late")),) if late else ()
    wanted = reason(person.rhythm, want, now) and not _learned_today(person, now)
    if wanted and can_hear(person) and may_speak(person.rhythm, now):
        person, said = _speak(person, want, given, by="")
        effects += said
    return _planned(person, want, now), effects


def prodded(person: Person, event: Prodded, given: Given) -> Step:
    """A manager asked to remind. It spends the one nudge of the day; at night it waits for the morning."""
    rhythm, now, want = person.rhythm, given.now, wants(given)
    if can_hear(person) and may_speak(rhythm, now):
        return _speak(person, want, given, by=event.by)
    if can_hear(person) and can_wait(rhythm, now):
        rhythm = replace(rhythm, snoozed_until=next_allowed(now, rhythm.zone, rhythm.quiet))
        return _planned(replace(person, rhythm=rhythm), want, now), ()
    return person, (Note(HeldBack(f"reminder wished by {event.by}")),)


def can_hear(person: Person) -> bool:
    """Whether words would reach them: who never came in has no address yet, and some block the bot."""
    return person.reachable and person.home is not None


def can_wait(rhythm: Rhythm, now: datetime) -> bool:
    """Whether only the night stands between the person and a reminder."""
    morning = next_allowed(now, rhythm.zone, rhythm.quiet)
    return is_quiet(now, rhythm.zone, rhythm.quiet) and may_speak(rhythm, morning)


def planned(person: Person, before: Person, given: Given) -> Person:
    """After any other turn: the alarm stays as it is, unless there is none or the hours were changed.

    What is due is not looked up here: the alarm asks for it when it rings, and goes back to sleep if there is nothing.
    """
    kept = replace(
        before.rhythm,
        active_at=person.rhythm.active_at,
        unanswered=person.rhythm.unanswered,
    )
    if person.wake_at and person.wake_at > given.now and person.rhythm == kept:
        return person
    return _planned(person, Wants(due_now=1), given.now)


def _planned(person: Person, want: Wants, now: datetime) -> Person:
    rhythm = person.rhythm
    if _learned_today(person, now):  # enough for today, whatever else comes due
        rhythm = replace(rhythm, nudged_on=person.learned_on)
    at = next_alarm(rhythm, want, now).at if can_hear(person) else None
    return replace(person, wake_at=at, planned=at)


def _learned_today(person: Person, now: datetime) -> bool:
    return person.learned_on == local(now, person.rhythm.zone).date().isoformat()


def _speak(person: Person, want: Wants, given: Given, by: str) -> Step:
    voice = Voice(person.language)
    if person.rhythm.unanswered >= DAYS_UNTIL_SILENT and not by:
        message = Message((voice.para("silence", person.rhythm.unanswered),), ((_start(voice),),))
        person = replace(person, rhythm=fell_silent(person.rhythm, given.now))
        return person, (Say(message, key=KEY, until=stale_after(person.rhythm, given.now)), Note(Nudged("silence")))
    message = Message(_nudge(person, want, given, voice, by), ((_start(voice),), *_later(voice)))
    person = replace(person, rhythm=nudged(person.rhythm, given.now))
    why = "asked" if by else "review" if want.due_now else "new"
    until = stale_after(person.rhythm, given.now)
    return person, (Say(message, key=KEY, until=until), Note(Nudged(why, want.due_now, by)))


def _nudge(person: Person, want: Wants, given: Given, voice: Voice, by: str) -> tuple[Block, ...]:
    blocks: list[Block] = []
    if by:
        blocks.append(voice.para("nudge.by", name=person.first_name, by=by))
    else:
        blocks.append(voice.para("nudge.hello", name=person.first_name))
    cards = min(want.due_now, daily_cards(person, given))
    minutes = max(1, round(cards * SECONDS_A_CARD / 60))
    if isinstance(person.mode, Asking | Shown) and person.session:
        blocks.append(voice.para("nudge.open"))
    elif cards:
        blocks.append(voice.para("nudge.due", cards, minutes=minutes))
    elif want.new_cards:
        blocks.append(voice.para("nudge.new"))
    blocks.extend(_deadline(given, voice, person.rhythm.zone))
    return tuple(blocks)


def _deadline(given: Given, voice: Voice, zone: str) -> tuple[Block, ...]:
    """The nearest deadline of an unfinished pack, in words."""
    rows = [row for row in given.found.progress.values() if row.due_at and not row.completed_at]
    for row in sorted(rows, key=lambda row: row.due_at or given.now):
        pack = given.catalog.packs.get(row.pack)
        if pack and row.due_at:
            key = "nudge.late" if row.due_at < given.now else "nudge.deadline"
            day = voice.day(local(row.due_at, zone).date())
            return (voice.para(key, pack=pack.title(voice.language), day=day),)
    return ()


def _start(voice: Voice) -> Button:
    return Button(voice("button.start"), "do.learn", main=True)


def _later(voice: Voice) -> tuple[tuple[Button, ...], ...]:
    whens = ("no", "hour", "tomorrow", "week")
    return rows_of(tuple(Button(voice(f"button.later.{when}"), f"do.later {when} {HERE}") for when in whens))
