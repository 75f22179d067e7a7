"""The alarm at every change of every zone's clocks, and over sixty days of anybody."""

import random
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from whenever import Instant, ZonedDateTime

from scheduler.hours import Quiet, zones
from scheduler.plan import (
    DAYS_UNTIL_SILENT,
    FRESH,
    NEAR,
    Rhythm,
    Wants,
    came,
    fell_silent,
    learned,
    may_speak,
    next_alarm,
    nudged,
)

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
DUE = Wants(due_now=3)


def wall(now: datetime, zone: str) -> datetime:
    """What the clock shows there, by the oracle."""
    return Instant(now).to_tz(zone).to_plain().to_stdlib()


# --- Every zone at every change of its clocks ------------------------------------------------------------------------


@cache
def changes(zone: str) -> tuple[ZonedDateTime, ...]:
    found = []
    change = ZonedDateTime(2026, 1, 1, tz=zone).next_transition()
    while change and change.year <= 2035:
        found.append(change)
        change = change.next_transition()
    return tuple(found)


def nudge_times(change: ZonedDateTime) -> set[str]:
    """Before, in and after the gap or the hour that comes twice, and at both ends of the day."""
    around = {(change.to_instant().to_stdlib() + minutes * timedelta(minutes=1)) for minutes in (-61, -30, -1, 0, 30)}
    shown = {f"{wall(moment, change.tz_id or 'UTC'):%H:%M}" for moment in around}
    skipped = {f"{at:%H:%M}" for at in (datetime.combine(date.min, change.time().to_stdlib()) + DAY - HOUR / 2,)}
    return shown | skipped | {"00:00", "23:59"}


def test_once_on_every_local_date() -> None:
    days = 0
    for zone in zones():
        for change in changes(zone):
            for at in nudge_times(change):
                rhythm = Rhythm(zone=zone, nudge_at=at, quiet=("00:00", "00:00"))
                now = change.to_instant().to_stdlib() - 2 * DAY
                dates = []
                for _ in range(4):
                    now = next_alarm(rhythm, DUE, now).at or now
                    rhythm = replace(nudged(rhythm, now), unanswered=0)
                    dates.append(wall(now, zone).date())
                assert dates == [dates[0] + shift * DAY for shift in range(4)], (zone, at, dates)
                days += 4
    assert days > 100_000


# --- Anybody, for sixty days -----------------------------------------------------------------------------------------

clocks = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
quiets = st.just(("20:00", "08:00")) | st.tuples(clocks, clocks)
zone_names = st.sampled_from(sorted(zones()))
DEEDS = ("comes", "comes", "learns", "learns", "in an hour", "tomorrow", "pause")
LATE = (timedelta(), timedelta(), timedelta(seconds=4), timedelta(seconds=4), HOUR, 9 * HOUR, 3 * DAY)


def is_quiet_by_oracle(now: datetime, zone: str, quiet: Quiet) -> bool:
    at, (start, end) = f"{wall(now, zone):%H:%M}", quiet
    return start != end and (start <= at < end if start < end else not end <= at < start)


@st.composite
def starts(draw: st.DrawFn, zone: str) -> datetime:
    near = [change.to_instant().to_stdlib() for change in changes(zone)] or [datetime(2026, 6, 1, tzinfo=UTC)]
    return draw(st.sampled_from(near)) - draw(st.timedeltas(timedelta(), 59 * DAY))


def some_wants(luck: random.Random, now: datetime, first: datetime) -> Wants:
    return Wants(
        due_now=luck.choice((0, 0, 3)),
        next_due=luck.choice((None, now + luck.random() * 10 * DAY)),
        new_cards=luck.random() < 0.2,
        deadline=luck.choice((None, first + luck.uniform(-5, 40) * DAY)),
    )


@settings(max_examples=150, deadline=None)
@given(st.data(), zone_names, clocks, quiets, st.integers())
def test_sixty_days_of_anybody(data: st.DataObject, zone: str, nudge_at: str, quiet: Quiet, seed: int) -> None:
    now = first = data.draw(starts(zone))
    luck = random.Random(seed)
    ignores = luck.choice((0.2, 0.5, 0.95))
    rhythm = Rhythm(zone=zone, nudge_at=nudge_at, quiet=quiet)
    nudges: Counter[date] = Counter()
    turns = 0
    while now < first + 60 * DAY:
        turns += 1
        assert turns < 200, "the alarm rings and rings"
        wants = some_wants(luck, now, first)
        alarm = next_alarm(rhythm, wants, now)
        if alarm.at is None:
            assert wants == Wants() or rhythm.silent
            now += DAY
            rhythm = came(rhythm, now)
            continue
        assert alarm.at > now
        assert may_speak(rhythm, alarm.at)
        if now + timedelta(minutes=1) < alarm.at:  # asked again in the meantime, it says the same
            assert next_alarm(rhythm, wants, alarm.at - timedelta(minutes=1)) == alarm
        now = alarm.at + luck.choice(LATE)
        if not may_speak(rhythm, now):
            continue
        assert not is_quiet_by_oracle(now, zone, quiet)
        assert not (rhythm.paused_until and now < rhythm.paused_until)
        if not (rhythm.snoozed_until and now < rhythm.snoozed_until + DAY):
            nudges[wall(now, zone).date()] += 1
            assert not rhythm.active_at or now - rhythm.active_at >= FRESH
        assert rhythm.unanswered <= DAYS_UNTIL_SILENT
        rhythm = (fell_silent if alarm.why == "silence" else nudged)(rhythm, now)
        rhythm = rhythm if luck.random() < ignores else does(luck.choice(DEEDS), rhythm, now)
    assert not nudges or max(nudges.values()) == 1


def does(deed: str, rhythm: Rhythm, now: datetime) -> Rhythm:
    match deed:
        case "comes":
            return came(rhythm, now)
        case "learns":
            return learned(rhythm, now)
        case "in an hour" | "tomorrow":
            return replace(came(rhythm, now), snoozed_until=now + (HOUR if deed == "in an hour" else DAY))
        case "pause":
            return replace(came(rhythm, now), paused_until=now + 7 * DAY)
        case _:
            return rhythm


@given(st.data(), zone_names, clocks, quiets)
def test_something_to_do_is_spoken_of_within_two_days(
    data: st.DataObject, zone: str, nudge_at: str, quiet: Quiet
) -> None:
    now = data.draw(starts(zone))
    alarm = next_alarm(Rhythm(zone=zone, nudge_at=nudge_at, quiet=quiet), DUE, now)
    assert alarm.at
    assert now < alarm.at <= now + 2 * DAY + HOUR
    deadline = next_alarm(Rhythm(zone=zone), Wants(deadline=now + 10 * DAY), now)
    assert deadline.at
    assert now + 10 * DAY - NEAR <= deadline.at < now + 10 * DAY
    assert time.min <= wall(deadline.at, zone).time()
