"""When the bot speaks first: single days as people know them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace
from whenever import Instant, ZonedDateTime

from scheduler.hours import Quiet
from scheduler.plan import (
    DAYS_UNTIL_SILENT,
    Alarm,
    Rhythm,
    Wants,
    came,
    fell_silent,
    learned,
    may_speak,
    next_alarm,
    nudged,
    stale_after,
)

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
DUE = Wants(due_now=3)
BERLIN = Rhythm(zone="Europe/Berlin")


def berlin(text: str) -> datetime:
    """ "03-02 09:00" in Berlin, 2026, in UTC; by the oracle."""
    day, _, at = text.partition(" ")
    return ZonedDateTime.parse_iso(f"2026-{day}T{at}[Europe/Berlin]").to_instant().to_stdlib()


def wall(now: datetime, zone: str) -> datetime:
    """What the clock shows there, by the oracle."""
    return Instant(now).to_tz(zone).to_plain().to_stdlib()


def rings(rhythm: Rhythm, wants: Wants, now: str) -> tuple[str, str]:
    alarm = next_alarm(rhythm, wants, berlin(now))
    return (f"{wall(alarm.at, 'Europe/Berlin'):%m-%d %H:%M}" if alarm.at else "never", alarm.why)


# --- Single days -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "wants", "expected"),
    [
        ("03-02 09:00", DUE, ("03-02 10:00", "review")),
        ("03-02 10:00", DUE, ("03-03 10:00", "review")),  # it has just rung: never the same again
        ("03-02 15:00", DUE, ("03-03 10:00", "review")),
        ("03-02 09:00", Wants(), ("never", "nothing")),
        ("03-02 09:00", Wants(new_cards=True), ("03-02 10:00", "new")),
        ("03-02 09:00", Wants(due_now=1, new_cards=True), ("03-02 10:00", "review")),
        ("03-02 09:00", Wants(next_due=berlin("03-05 03:00")), ("03-05 10:00", "review")),
        ("03-02 09:00", Wants(next_due=berlin("03-05 11:00")), ("03-06 10:00", "review")),
        ("03-02 09:00", Wants(next_due=berlin("03-05 10:00")), ("03-05 10:00", "review")),
        ("03-02 09:00", Wants(new_cards=True, deadline=berlin("03-04 09:00")), ("03-02 10:00", "deadline")),
        ("03-02 09:00", Wants(new_cards=True, deadline=berlin("03-20 18:00")), ("03-02 10:00", "new")),
        ("03-02 09:00", Wants(deadline=berlin("03-20 18:00")), ("03-19 10:00", "deadline")),
        ("03-02 09:00", Wants(new_cards=True, deadline=berlin("02-20 18:00")), ("03-02 10:00", "deadline")),
    ],
)
def test_a_nudge_a_day_at_ones_own_time(now: str, wants: Wants, expected: tuple[str, str]) -> None:
    assert rings(BERLIN, wants, now) == expected


@pytest.mark.parametrize(
    ("nudge_at", "quiet", "expected"),
    [
        ("22:00", ("20:00", "08:00"), "03-03 08:00"),  # into the quiet hours: at their end
        ("07:00", ("20:00", "08:00"), "03-03 08:00"),
        ("20:00", ("20:00", "08:00"), "03-03 08:00"),
        ("19:59", ("20:00", "08:00"), "03-02 19:59"),
        ("13:00", ("12:00", "14:00"), "03-02 14:00"),
        ("22:00", ("00:00", "00:00"), "03-02 22:00"),
    ],
)
def test_a_nudge_time_in_the_quiet_hours_moves_to_their_end(nudge_at: str, quiet: Quiet, expected: str) -> None:
    assert rings(replace(BERLIN, nudge_at=nudge_at, quiet=quiet), DUE, "03-02 09:00") == (expected, "review")


def test_one_a_day_over_everything() -> None:
    rhythm = nudged(BERLIN, berlin("03-02 10:00"))
    assert not may_speak(rhythm, berlin("03-02 19:00"))
    assert may_speak(rhythm, berlin("03-03 08:00"))
    assert rings(rhythm, Wants(due_now=9, new_cards=True), "03-02 11:00") == ("03-03 10:00", "review")
    assert rings(nudged(BERLIN, berlin("03-02 08:30")), DUE, "03-02 09:00") == ("03-03 10:00", "review")


def test_who_was_here_shortly_before_needs_no_nudge() -> None:
    rhythm = came(BERLIN, berlin("03-02 09:00"))
    assert not may_speak(rhythm, berlin("03-02 10:00"))
    assert may_speak(rhythm, berlin("03-02 11:00"))
    assert rings(rhythm, DUE, "03-02 09:00") == ("03-03 10:00", "review")
    assert rings(came(BERLIN, berlin("03-02 07:59")), DUE, "03-02 09:00") == ("03-02 10:00", "review")


def test_who_learned_today_is_not_called_back_for_later_today() -> None:
    rhythm = learned(BERLIN, berlin("03-02 06:30"))
    assert rings(rhythm, Wants(next_due=berlin("03-02 09:30")), "03-02 07:00") == ("03-03 10:00", "review")
    assert rings(rhythm, Wants(next_due=berlin("03-03 09:30")), "03-02 07:00") == ("03-03 10:00", "review")


def test_in_an_hour() -> None:
    rhythm = came(nudged(BERLIN, berlin("03-02 10:00")), berlin("03-02 10:05"))
    rhythm = replace(rhythm, snoozed_until=berlin("03-02 11:05"))
    assert rings(rhythm, DUE, "03-02 10:05") == ("03-02 11:05", "snooze")
    assert not may_speak(rhythm, berlin("03-02 11:04"))
    assert may_speak(rhythm, berlin("03-02 11:05"))  # though nudged today and here an hour ago
    assert may_speak(rhythm, berlin("03-02 15:00"))  # it rings late
    assert rings(rhythm, DUE, "03-02 11:20") == ("03-03 10:00", "review")  # it was asked for eleven, not for any time
    assert rings(nudged(rhythm, berlin("03-02 11:05")), DUE, "03-02 11:05") == ("03-03 10:00", "review")
    assert rings(learned(rhythm, berlin("03-02 10:50")), DUE, "03-02 10:50") == ("03-03 10:00", "review")
    assert rings(rhythm, Wants(), "03-02 10:05") == ("never", "nothing")


def test_an_hour_later_is_quiet() -> None:
    rhythm = replace(BERLIN, snoozed_until=berlin("03-02 20:30"), nudged_on="2026-03-02")
    assert rings(rhythm, DUE, "03-02 19:30") == ("03-03 10:00", "review")
    assert not may_speak(rhythm, berlin("03-02 20:30"))


def test_pause_and_stop() -> None:
    paused = replace(BERLIN, paused_until=berlin("03-09 12:00"))
    assert rings(paused, DUE, "03-02 09:00") == ("03-10 10:00", "review")
    assert not may_speak(paused, berlin("03-09 11:59"))
    assert may_speak(paused, berlin("03-09 12:00"))
    stopped = replace(BERLIN, stopped=True)
    assert rings(stopped, DUE, "03-02 09:00") == ("never", "stopped")
    assert not may_speak(stopped, berlin("03-02 10:00"))


def test_five_days_without_an_answer_then_once_then_silence() -> None:
    rhythm, now, said = BERLIN, berlin("03-02 09:00"), []
    while (alarm := next_alarm(rhythm, DUE, now)).at:
        now = alarm.at
        assert may_speak(rhythm, now)
        said.append(alarm.why)
        rhythm = (fell_silent if alarm.why == "silence" else nudged)(rhythm, now)
    assert said == ["review"] * DAYS_UNTIL_SILENT + ["silence"]
    assert alarm == Alarm(None, "silent")
    assert not may_speak(rhythm, now + 30 * DAY)
    back = berlin("05-20 15:00")
    assert rings(came(rhythm, back), DUE, "05-20 15:00") == ("05-21 10:00", "review")


def test_an_answer_in_between_starts_the_count_anew() -> None:
    rhythm = BERLIN
    for day in range(2, 7):
        rhythm = nudged(rhythm, berlin(f"03-0{day} 10:00"))
    assert next_alarm(rhythm, DUE, berlin("03-06 11:00")).why == "silence"
    assert next_alarm(came(rhythm, berlin("03-06 11:00")), DUE, berlin("03-06 11:00")).why == "review"


def test_a_clock_that_was_years_ahead_silences_nobody() -> None:
    future = datetime(2031, 1, 1, 12, tzinfo=UTC)
    rhythm = came(nudged(BERLIN, future), future)
    assert rings(rhythm, DUE, "03-02 09:00") == ("03-02 10:00", "review")


def test_a_journey_west_brings_no_second_nudge_on_the_same_date() -> None:
    now = datetime(2026, 3, 1, 22, tzinfo=UTC)  # Monday the 2nd, 11:00 in Auckland; Sunday the 1st, 12:00 in Honolulu
    rhythm = replace(
        nudged(Rhythm(zone="Pacific/Auckland"), now),
        zone="Pacific/Honolulu",
        nudge_at="18:00",
        quiet=("00:00", "00:00"),
    )
    alarm = next_alarm(rhythm, DUE, now)
    assert alarm.at == datetime(2026, 3, 4, 4, tzinfo=UTC)  # Tuesday, 18:00: Monday's nudge was in Auckland


def test_a_gap_that_ends_in_the_quiet_hours() -> None:
    rhythm = replace(BERLIN, nudge_at="02:30", quiet=("03:00", "05:00"))
    assert rings(rhythm, DUE, "03-28 12:00") == ("03-29 05:00", "review")
    assert rings(rhythm, DUE, "03-29 12:00") == ("03-30 02:30", "review")


def test_the_day_that_never_was() -> None:
    rhythm, now = Rhythm(zone="Pacific/Apia"), datetime(2011, 12, 29, 12, tzinfo=UTC)
    dates = []
    for _ in range(4):
        now = next_alarm(rhythm, DUE, now).at or now
        rhythm = replace(nudged(rhythm, now), unanswered=0)
        dates.append(f"{wall(now, 'Pacific/Apia'):%m-%d %H:%M}")
    assert dates == ["12-29 10:00", "12-31 10:00", "01-01 10:00", "01-02 10:00"]


@pytest.mark.parametrize(
    ("quiet", "now", "until"),
    [
        (("20:00", "08:00"), "2026-03-02T10:00", "2026-03-02T20:00"),
        (("20:00", "08:00"), "2026-03-02T19:59", "2026-03-02T20:00"),
        (("00:00", "00:00"), "2026-03-02T10:00", "2026-03-03T00:00"),
        (("01:00", "08:00"), "2026-03-02T10:00", "2026-03-03T00:00"),
        (("12:00", "13:00"), "2026-03-02T10:00", "2026-03-02T12:00"),
    ],
)
def test_a_nudge_goes_stale_at_night_and_at_the_end_of_its_day(quiet: tuple[str, str], now: str, until: str) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    at = datetime.fromisoformat(now).replace(tzinfo=berlin).astimezone(UTC)
    stale = stale_after(Rhythm(zone="Europe/Berlin", quiet=quiet), at)
    assert stale == datetime.fromisoformat(until).replace(tzinfo=berlin)
