"""Local time in every IANA zone, against `whenever`, which has its own reader of tz data and its own arithmetic."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st
from whenever import PlainDateTime, RepeatedTime, SkippedTime, ZonedDateTime

from scheduler.hours import (
    Quiet,
    at_local,
    in_quiet,
    is_offset,
    is_quiet,
    local,
    next_allowed,
    parse_time,
    zone_named,
    zones,
    zones_like,
)

DAY = timedelta(days=1)
HALF_HOURS = [time(hour, minute) for hour in range(24) for minute in (0, 30)]
QUIET = ("20:00", "08:00")


@cache
def changes(zone: str, first: int = 2026, last: int = 2035) -> tuple[ZonedDateTime, ...]:
    """Every change of the clocks in those years, as the oracle knows them."""
    found = []
    change = ZonedDateTime(first, 1, 1, tz=zone).next_transition()
    while change and change.year <= last:
        found.append(change)
        change = change.next_transition()
    return tuple(found)


def days_around(zone: str) -> Iterator[date]:
    for change in changes(zone):
        for shift in (-1, 0, 1):
            yield change.date().add(days=shift).to_stdlib()


def first_instant(day: date, at: time, zone: str) -> datetime:
    """The oracle's answer: the earlier one of two; the end of the gap where there is none."""
    plain = PlainDateTime(day.year, day.month, day.day, at.hour, at.minute)
    try:
        found = plain.assume_tz(zone, disambiguation="raise")
    except RepeatedTime:
        found = plain.assume_tz(zone, disambiguation="earlier")
    except SkippedTime:
        after_gap = plain.assume_tz(zone, disambiguation="earlier").next_transition()
        assert after_gap
        found = after_gap
    return found.to_instant().to_stdlib()


# --- Local times -----------------------------------------------------------------------------------------------------


def test_every_zone_at_every_change_and_every_half_hour() -> None:
    cases = gaps = 0
    for zone in zones():
        for day in days_around(zone):
            for at in HALF_HOURS:
                there = at_local(day, at, zone)
                assert there == first_instant(day, at, zone), (zone, day, at)
                cases += 1
                gaps += local(there, zone).time() != at
    assert cases > 500_000
    assert gaps > 3_000


@pytest.mark.parametrize(
    ("zone", "day", "at", "utc"),
    [
        ("Europe/Berlin", date(2026, 3, 29), time(2, 30), "2026-03-29T01:00"),  # gap: its end
        ("Europe/Berlin", date(2026, 10, 25), time(2, 30), "2026-10-25T00:30"),  # twice: the first
        ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 15), "2026-10-03T15:30"),  # a gap of half an hour
        ("Africa/Cairo", date(2027, 4, 30), time(0, 30), "2027-04-29T22:00"),  # the day begins with a gap
        ("Pacific/Apia", date(2011, 12, 30), time(10), "2011-12-30T10:00"),  # the day that never was
        ("Pacific/Kwajalein", date(1993, 8, 21), time(10), "1993-08-21T12:00"),
        ("America/Juneau", date(1867, 10, 18), time(16), None),  # the day that came twice
        ("Africa/Monrovia", date(1972, 1, 7), time(0, 30), None),  # a change of 44 minutes and 30 seconds
        ("UTC", date(2026, 3, 29), time(2, 30), "2026-03-29T02:30"),
    ],
)
def test_the_famous_ones(zone: str, day: date, at: time, utc: str | None) -> None:
    expected = datetime.fromisoformat(f"{utc}+00:00") if utc else first_instant(day, at, zone)
    assert at_local(day, at, zone) == expected == first_instant(day, at, zone)


def test_it_works_without_the_systems_time_zones() -> None:
    code = """
from datetime import date, time
from scheduler.hours import at_local
print(at_local(date(2026, 7, 1), time(10), "Europe/Berlin"))
"""
    run = [sys.executable, "-c", code]
    env = {**os.environ, "PYTHONTZPATH": ""}
    out = subprocess.run(run, capture_output=True, text=True, check=True, env=env)
    assert out.stdout.strip() == "2026-07-01 08:00:00+00:00"


# --- Quiet hours -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quiet", "at", "expected"),
    [
        (QUIET, time(19, 59), False),
        (QUIET, time(20), True),
        (QUIET, time(0), True),
        (QUIET, time(7, 59, 59), True),
        (QUIET, time(8), False),
        (("12:00", "14:00"), time(13), True),
        (("12:00", "14:00"), time(14), False),
        (("00:00", "00:00"), time(0), False),
        (("10:00", "10:00"), time(10), False),
    ],
)
def test_quiet_hours(quiet: Quiet, at: time, expected: bool) -> None:
    assert in_quiet(at, quiet) is expected


def test_quiet_hours_end_in_the_morning_there() -> None:
    evening = datetime(2026, 3, 28, 19, 30, tzinfo=UTC)  # 20:30 in Berlin, and the clocks go forward that night
    assert is_quiet(evening, "Europe/Berlin", QUIET)
    assert next_allowed(evening, "Europe/Berlin", QUIET) == datetime(2026, 3, 29, 6, 0, tzinfo=UTC)
    noon = datetime(2026, 3, 29, 12, tzinfo=UTC)
    assert next_allowed(noon, "Europe/Berlin", QUIET) == noon


def test_quiet_hours_that_end_in_the_hour_that_comes_twice() -> None:
    second_ten_past_two = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)
    assert next_allowed(second_ten_past_two, "Europe/Berlin", ("22:00", "02:30")) == datetime(
        2026, 10, 25, 1, 30, tzinfo=UTC
    )


def test_quiet_hours_over_a_day_that_never_was() -> None:
    before = datetime(2011, 12, 30, 8, tzinfo=UTC)  # the 29th, 22:00, in Apia; the 31st begins at 10:00 UTC
    assert next_allowed(before, "Pacific/Apia", QUIET) == datetime(2011, 12, 30, 18, tzinfo=UTC)


clocks = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
zone_names = st.sampled_from(sorted(zones()))


@st.composite
def moments(draw: st.DrawFn, zone: str) -> datetime:
    """Mostly near a change of that zone's clocks."""
    near = [change.to_instant().to_stdlib() for change in changes(zone)] or [datetime(2026, 6, 1, tzinfo=UTC)]
    return draw(st.sampled_from(near)) + draw(st.timedeltas(-2 * DAY, 2 * DAY))


@given(st.data(), zone_names, st.tuples(clocks, clocks))
def test_allowed_is_never_quiet_and_comes_within_days(data: st.DataObject, zone: str, quiet: Quiet) -> None:
    now = data.draw(moments(zone))
    allowed = next_allowed(now, zone, quiet)
    assert now <= allowed <= now + 3 * DAY
    assert not is_quiet(allowed, zone, quiet)
    assert (allowed == now) is not is_quiet(now, zone, quiet)


# --- Words -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *(
            ("10", "10:00"),
            ("10:00", "10:00"),
            ("9.30", "09:30"),
            ("9h30", "09:30"),
            ("9h", "09:00"),
            ("0930", "09:30"),
        ),
        *(("10 am", "10:00"), ("12am", "00:00"), ("12 PM", "12:00"), ("9:30 p.m.", "21:30"), ("10 Uhr", "10:00")),
        *(("  7:05 ", "07:05"), ("٩:٣٠", "09:30"), ("１０：００", "10:00"), ("0", "00:00"), ("23:59", "23:59")),
        *(("25:00", None), ("24:00", None), ("10:60", None), ("13 pm", None), ("0 am", None), ("-1", None)),
        *(("", None), ("soon", None), ("1:5", None), ("10:00:00", None), ("😀", None), ("1" * 64_000, None)),
        *(("10:00\n/stop", None), ("½", None)),
    ],
)
def test_times_that_people_type(text: str, expected: str | None) -> None:
    found = parse_time(text)
    assert (found and found.strftime("%H:%M")) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *(("Europe/Berlin", "Europe/Berlin"), ("europe/berlin", "Europe/Berlin"), (" BERLIN ", "Europe/Berlin")),
        *(("New York", "America/New_York"), ("São Paulo", "America/Sao_Paulo"), ("Germany", "Europe/Berlin")),
        *(("Buenos Aires", "America/Argentina/Buenos_Aires"), ("utc", "UTC"), ("Kyiv", "Europe/Kyiv")),
        *(("EST", None), ("CET", None), ("UTC+2", None), ("Etc/GMT+5", None), ("EST5EDT", None), ("Georgia", None)),
        *(("USA", None), ("Brln", None), ("../etc/passwd", None), ("", None), ("😀", None), ("x" * 64_000, None)),
    ],
)
def test_zones_that_people_name(text: str, expected: str | None) -> None:
    assert zone_named(text) == expected


@pytest.mark.parametrize(
    ("text", "first"),
    [
        *(
            ("Brln", "Europe/Berlin"),
            ("EST", "America/New_York"),
            ("CET", "Europe/Berlin"),
            ("york", "America/New_York"),
        ),
        *(("USA", "America/New_York"), ("Kolkatta", "Asia/Kolkata"), ("Georgia", "America/New_York")),
        *(("UTC+2", None), ("", None), ("qqqqqq", None), ("x" * 64_000, None)),
    ],
)
def test_what_people_may_have_meant(text: str, first: str | None) -> None:
    found = zones_like(text)
    assert (found[0] if found else None) == first
    assert len(found) <= 7
    assert set(found) <= zones()


@pytest.mark.parametrize(
    "text", ["UTC+2", "utc +2", "+1", "GMT-5", "-05:30", "UTC\u22123", "Etc/GMT+5", "Z+1", "EST5EDT"]
)
def test_offsets_are_known_for_what_they_are(text: str) -> None:
    assert is_offset(text)
    assert zone_named(text) is None


@pytest.mark.parametrize("text", ["Europe/Berlin", "UTC", "EST", "Port-au-Prince", "", "5 o'clock"])
def test_and_nothing_else_is_one(text: str) -> None:
    assert not is_offset(text)


def test_every_iana_name_is_its_own() -> None:
    fixed = {name for name in zones() if name.startswith("Etc/") or "/" not in name}
    assert all(zone_named(name) == name for name in zones() - fixed)
    assert zones() - {"posixrules", "localtime"} <= available_timezones()


@given(st.text(max_size=100))
def test_any_words_at_all(text: str) -> None:
    parse_time(text)
    assert (zone_named(text) or "UTC") in zones()
    assert set(zones_like(text)) <= zones()
