"""The one alarm of a person: when the bot next wants to speak first, and why.

Promise: never in quiet hours, never twice on one local date (a snoozed nudge is still the same one), never when
there is nothing to do, and on every local date that has something to do, clocks changing or not. Pure.
It does not count what is due, and does not speak: the alarm rings, and then the turn asks `may_speak` again.

How a turn uses it: at its end `next_alarm`; after speaking first `nudged` (or `fell_silent`); whenever the person does
something `came`, and once a session is finished `learned`.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from scheduler.hours import at_local, in_quiet, is_quiet, local, next_allowed

DAYS_UNTIL_SILENT = 5  # so many nudges in a row without an answer, then one goodbye, then silence
FRESH = timedelta(hours=2)  # who did something so shortly before the nudge time needs no nudge that day
NEAR = timedelta(days=2)  # a deadline this close is worth a nudge by itself
DAY = timedelta(days=1)

Why = Literal["review", "new", "deadline", "snooze", "silence", "nothing", "stopped", "silent"]


class Rhythm(Struct, frozen=True):
    """When a person wants to be spoken to, and how that went so far.

    `zone` is an IANA name; `nudge_at` and `quiet` (from, until; equal: never quiet) are local "HH:MM". `nudged_on` is
    the local ISO date of the last nudge, `unanswered` counts nudges in a row without a reaction. Times are UTC.
    """

    zone: str = "UTC"
    nudge_at: str = "10:00"
    quiet: tuple[str, str] = ("20:00", "08:00")
    paused_until: datetime | None = None
    stopped: bool = False
    silent: bool = False
    nudged_on: str = ""
    snoozed_until: datetime | None = None
    unanswered: int = 0
    active_at: datetime | None = None


class Wants(Struct, frozen=True):
    """What there is to do: reviews due now, the earliest due later, cards not met yet, and the nearest deadline.

    `new_cards` and `deadline` speak of assignments that are not complete. A deadline that has passed still counts.
    """

    due_now: int = 0
    next_due: datetime | None = None
    new_cards: bool = False
    deadline: datetime | None = None


class Alarm(Struct, frozen=True):
    """When to ring (UTC; None: never, until something changes), and why, or why not."""

    at: datetime | None
    why: Why


def next_alarm(rhythm: Rhythm, wants: Wants, now: datetime) -> Alarm:
    """The next time to speak first, always later than `now`.

    Ask when the alarm rang or the person did something. For anybody else's doing leave an alarm that has come due and not
    rung yet as it is: asked then, today's nudge would be lost.
    """
    if rhythm.stopped or rhythm.silent:
        return Alarm(None, "stopped" if rhythm.stopped else "silent")
    start = max(at for at in (now, rhythm.paused_until, rhythm.snoozed_until) if at)
    ready = _ready(wants, start)
    if ready is None:
        return Alarm(None, "nothing")
    quiet = is_quiet(start, rhythm.zone, rhythm.quiet)
    if rhythm.snoozed_until and start > now and not quiet and reason(rhythm, wants, start):
        return Alarm(start, "snooze")
    for slot in _slots(rhythm, ready):
        why = reason(rhythm, wants, slot)
        if why and slot > now and not _spent(rhythm, slot) and not _fresh(rhythm, slot):
            return Alarm(slot, "silence" if rhythm.unanswered >= DAYS_UNTIL_SILENT else why)
    raise AssertionError("a calendar without days")  # only the end of the calendar ends the slots


def may_speak(rhythm: Rhythm, now: datetime) -> bool:
    """Whether the bot may speak first right now; asked when the alarm rings, which may be late."""
    if rhythm.stopped or rhythm.silent or is_quiet(now, rhythm.zone, rhythm.quiet):
        return False
    if any(until and now < until for until in (rhythm.paused_until, rhythm.snoozed_until)):
        return False
    if rhythm.snoozed_until and now < rhythm.snoozed_until + DAY:  # the same nudge, moved
        return True
    return not (_spent(rhythm, now) or _fresh(rhythm, now))


def stale_after(rhythm: Rhythm, now: datetime) -> datetime:
    """Until when a nudge that was decided now may still be sent: its own local date, before the quiet hours.

    A platform may be down, or a chat throttled; what gets through later must not ring at night, nor be tomorrow's second.
    """
    day = local(now, rhythm.zone).date()
    ends = (at_local(day, time.fromisoformat(rhythm.quiet[0]), rhythm.zone), at_local(day + DAY, time(), rhythm.zone))
    return min(end for end in ends if end > now)


def nudged(rhythm: Rhythm, now: datetime) -> Rhythm:
    """After the bot spoke first."""
    today = local(now, rhythm.zone).date().isoformat()
    return replace(rhythm, nudged_on=today, snoozed_until=None, unanswered=rhythm.unanswered + 1)


def fell_silent(rhythm: Rhythm, now: datetime) -> Rhythm:
    """After the bot said that it will wait until the person comes back."""
    return replace(nudged(rhythm, now), silent=True)


def came(rhythm: Rhythm, now: datetime) -> Rhythm:
    """After the person did anything at all. A snooze stays: whoever asked for it has just done something, too."""
    return replace(rhythm, active_at=now, unanswered=0, silent=False)


def learned(rhythm: Rhythm, now: datetime) -> Rhythm:
    """After the person learned by themselves: what was snoozed is done."""
    return replace(came(rhythm, now), snoozed_until=None)


def _ready(wants: Wants, start: datetime) -> datetime | None:
    """From when on there is something to do, not before `start`."""
    if wants.due_now or wants.new_cards:
        return start
    times = [wants.next_due, wants.deadline and wants.deadline - NEAR]
    return max(start, min(at for at in times if at)) if any(times) else None


def reason(rhythm: Rhythm, wants: Wants, at: datetime) -> Why | None:
    """What there would be to do then, the most pressing first."""
    if wants.deadline and wants.deadline - NEAR <= at:
        return "deadline"
    if wants.due_now:
        return "review"
    # Who was here today already is not called back for what comes due later today.
    if wants.next_due and wants.next_due <= at and not _same_day(rhythm, rhythm.active_at, at):
        return "review"
    return "new" if wants.new_cards else None


def _slots(rhythm: Rhythm, start: datetime) -> Iterator[datetime]:
    """The nudge times from `start` on, one for each local date, out of the quiet hours."""
    at, end = time.fromisoformat(rhythm.nudge_at), time.fromisoformat(rhythm.quiet[1])
    at = end if in_quiet(at, rhythm.quiet) else at
    day = local(start, rhythm.zone).date()
    while day < date.max:
        slot = at_local(day, at, rhythm.zone)
        if local(slot, rhythm.zone).date() != day:
            # A gap to midnight or beyond (Nuuk, every spring): its end is tomorrow, which has its own nudge.
            slot -= timedelta(minutes=1)
        if local(slot, rhythm.zone).date() == day:  # else the zone left the whole day out
            # A gap may end in the quiet hours.
            slot = next_allowed(slot, rhythm.zone, rhythm.quiet)
            if slot >= start:
                yield slot
        day += DAY


def _spent(rhythm: Rhythm, at: datetime) -> bool:
    """Whether the one nudge of that local date is spent.

    So it is on the day before `nudged_on`: a journey west may bring a date twice. Dates further ahead are from a clock
    that was wrong.
    """
    if not rhythm.nudged_on:
        return False
    ahead = date.fromisoformat(rhythm.nudged_on) - local(at, rhythm.zone).date()
    return timedelta() <= ahead <= DAY


def _fresh(rhythm: Rhythm, at: datetime) -> bool:
    """Whether the person was here shortly before. A time ahead is from a wrong clock."""
    return rhythm.active_at is not None and timedelta() <= at - rhythm.active_at < FRESH


def _same_day(rhythm: Rhythm, one: datetime | None, other: datetime) -> bool:
    return one is not None and local(one, rhythm.zone).date() == local(other, rhythm.zone).date()
