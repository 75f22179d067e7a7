"""Clock faces: local dates and times, quiet hours, and the names of zones.

Promise: right for every IANA zone on every day, also when the clocks change. Pure: the same tz data, the same answer.
It does not know people, lessons or why somebody is spoken to. All instants are aware; all results are in UTC.
"""

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

Quiet = tuple[str, str]  # local "HH:MM" from and until; may cross midnight; equal: never quiet

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


# ZoneInfo forgets all but eight zones, and reading one again costs a file.
_zone = cache(ZoneInfo)


def local(now: datetime, zone: str) -> datetime:
    """What the clock on the wall shows then. `zone` is an IANA name (else ZoneInfoNotFoundError)."""
    return now.astimezone(_zone(zone))


def at_local(day: date, at: time, zone: str) -> datetime:
    """When the clock on the wall first shows `at` on that day, in UTC.

    A time that a change of the clocks leaves out: the first instant after the gap. On a day that a zone left out
    altogether (Samoa, 2011-12-30) that instant lies on the next day.
    """
    wall = datetime.combine(day, at)
    there = wall.replace(tzinfo=_zone(zone)).astimezone(UTC)
    if there.astimezone(_zone(zone)).replace(tzinfo=None) == wall:
        return there
    # In a gap. With fold=1 Python reckons with the offset after it and lands before it: the change lies in between.
    before, after = wall.replace(tzinfo=_zone(zone), fold=1).astimezone(UTC), there
    offset = local(before, zone).utcoffset()
    while after - before > SECOND:
        middle = before + (after - before) // SECOND // 2 * SECOND
        if local(middle, zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after


def in_quiet(at: time, quiet: Quiet) -> bool:
    """Whether a clock that shows `at` stands in the quiet hours: from the first minute until just before the last."""
    start, end = map(time.fromisoformat, quiet)
    return start <= at < end if start <= end else at >= start or at < end


def is_quiet(now: datetime, zone: str, quiet: Quiet) -> bool:
    """Whether it is quiet there now, by the clock on the wall."""
    return in_quiet(local(now, zone).time(), quiet)


def next_allowed(now: datetime, zone: str, quiet: Quiet) -> datetime:
    """`now` when it is not quiet there, else when the quiet hours end (UTC)."""
    end = time.fromisoformat(quiet[1])
    while is_quiet(now, zone, quiet):
        wall = local(now, zone)
        day = wall.date() if wall.time() < end else wall.date() + DAY
        ends = at_local(day, end, zone)
        if ends <= now:  # the clocks were set back: that hour, and its end, come a second time
            ends = datetime.combine(day, end, _zone(zone)).replace(fold=1).astimezone(UTC)
        now = ends
    return now.astimezone(UTC)


# --- Times that people type ------------------------------------------------------------------------------------------

_TIME = re.compile(r"(\d{1,2})(?:\s*[:.,h]\s*(\d{2})|(\d{2}))?\s*(?:h|uhr|o'?clock)?\s*([ap])?\.?(?(4)m\.?)")


def parse_time(text: str) -> time | None:
    """A time of day as people type it ("10", "10:00", "9.30", "9h30", "0930", "10 am"), or None when it is none."""
    found = _TIME.fullmatch(unicodedata.normalize("NFKC", text[:40]).strip().lower())
    if not found:
        return None
    hour, minute = int(found[1]), int(found[2] or found[3] or 0)
    if found[4]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found[4] == "p" else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


# --- Zones that people name ------------------------------------------------------------------------------------------

# Words for which several places come to mind. They are only a hint: "EST" is not what New York has in summer.
_HINTS = {
    ("est", "edt", "et", "eastern"): "America/New_York",
    ("cst", "cdt", "ct", "central"): "America/Chicago",
    ("mst", "mdt", "mt", "mountain"): "America/Denver",
    ("pst", "pdt", "pt", "pacific"): "America/Los_Angeles",
    ("hst",): "Pacific/Honolulu",
    ("cet", "cest", "met"): "Europe/Berlin",
    ("eet", "eest"): "Europe/Athens",
    ("wet", "west"): "Europe/Lisbon",
    ("bst", "uk", "england", "great_britain", "united_kingdom"): "Europe/London",
    ("ist",): "Asia/Kolkata",
    ("georgia",): "America/New_York",
    ("samoa",): "Pacific/Apia",
}
_AREAS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
_OFFSET = re.compile(r"(?:etc/)?(?:utc|gmt|z)?_?[+\-\u2212]_?\d{1,2}(?:[:.]?\d{2})?|[a-z]{3}\d[a-z]{0,3}", re.ASCII)


@cache
def zones() -> frozenset[str]:
    """Every IANA name, from the tzdata package: the same list on any machine."""
    names = files("tzdata").joinpath("zones").read_text("utf-8").split()
    return frozenset(name for name in names if name != "Factory")


def _countries() -> dict[str, list[str]]:
    """A country's English name, and its code -> its zones, that of most people first."""
    table = files("tzdata").joinpath("zoneinfo")
    found: dict[str, list[str]] = {}
    for line in table.joinpath("zone.tab").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            code, _, name = line.split("\t")[:3]
            found.setdefault(code, []).append(name)
    for line in table.joinpath("iso3166.tab").read_text("utf-8").splitlines():
        code, _, country = line.partition("\t")
        if code in found:
            found[country] = found[code]
    return {**found, "USA": found["US"]}


@cache
def _words() -> dict[str, tuple[str, ...]]:
    """What people may type, simplified -> the zones it may mean, the likeliest first, one for each set of rules."""
    countries = _countries()
    today = {name for names in countries.values() for name in names}
    meant: dict[str, list[str]] = {"utc": ["UTC"], "gmt": ["UTC"], "etc/utc": ["UTC"]}
    for hints, name in _HINTS.items():
        for hint in hints:
            meant[hint] = [name]
    for name in sorted(zones(), key=lambda name: (name not in today, len(name), name)):
        area, slash, _ = name.partition("/")
        words = {_simple(name), _simple(name.rpartition("/")[2])} if area in _AREAS else {_simple(name)}
        for word in words if slash else words - meant.keys():
            meant.setdefault(word, []).append(name)
    for country, names in countries.items():
        meant.setdefault(_simple(country), []).extend(names)
    return {word: _distinct(names) for word, names in meant.items() if not _OFFSET.fullmatch(word)}


def _distinct(names: list[str]) -> tuple[str, ...]:
    """The first name for each pair of offsets, in winter and in summer."""
    winter, summer = datetime(2026, 1, 15, tzinfo=UTC), datetime(2026, 7, 15, tzinfo=UTC)
    first: dict[object, str] = {}
    for name in names:
        first.setdefault((local(winter, name).utcoffset(), local(summer, name).utcoffset()), name)
    return tuple(first.values())


def zone_named(text: str) -> str | None:
    """The zone that somebody means by "Europe/Berlin", "berlin", "São Paulo" or "Germany"; None when that is not clear.

    Never for an offset ("UTC+2") or letters ("EST"): with those a nudge would be an hour off for half the year.
    """
    meant = _words().get(_simple(text), ())
    hint_only = any(_simple(text) in hints for hints in _HINTS)
    return meant[0] if len(meant) == 1 and not hint_only else None


def zones_like(text: str, limit: int = 7) -> tuple[str, ...]:
    """Zones that somebody may have meant: of a country, of letters such as "CET", or spelled nearly so. Best first."""
    word, words = _simple(text), _words()
    if len(word) < 2 or is_offset(text):
        return ()
    if word in words:
        return words[word][:limit]
    close = get_close_matches(word, words, n=limit, cutoff=0.7)
    inside = sorted(key for key in words if len(word) > 2 and word in key)
    return tuple(dict.fromkeys(name for key in (*close, *inside) for name in words[key]))[:limit]


def is_offset(text: str) -> bool:
    """Whether somebody typed an offset such as "UTC+2", "+01:00" or "GMT-5", which knows no summer time."""
    return _OFFSET.fullmatch(_simple(text)) is not None


def _simple(text: str) -> str:
    """Lower case, without accents, with one underscore between words."""
    plain = unicodedata.normalize("NFKD", text[:80]).casefold()
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return re.sub(r"[\s_]+", "_", plain.strip())
