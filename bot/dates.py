"""Days that people type: "2026-06-01", "1.6.", "1 June", "June 1 2027", "tomorrow", "in 14 days". Pure."""

import re
from datetime import date, timedelta
from functools import cache

LAST_YEAR = 2199  # beyond it a year is a slip; and the last days of the calendar have no midnight after them
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_DOTS = re.compile(r"(\d{1,2})[./](\d{1,2})[./]?\s*(\d{4})?")
_IN = re.compile(
    r"(?:in\s+|en\s+)?(\d{1,3})\s*(d|day|days|tag|tage|tagen|día|días|dias|w|week|weeks|woche|wochen|semana|semanas)"
)
_NAMED = re.compile(r"(?:(\d{1,2})\.?\s+(?:de\s+)?([^\W\d]+)|([^\W\d]+)\s+(\d{1,2})),?\s*(?:de\s+)?(\d{4})?")
_TOMORROW = {"tomorrow", "morgen", "mañana", "manana"}


def parse_day(text: str, today: date) -> date | None:
    """The day that is meant, or None. Without a year it is the next such day from `today` on."""
    text = text.strip().lower()
    if text in _TOMORROW:
        return today + timedelta(days=1)
    if found := _IN.fullmatch(text):
        return today + timedelta(days=int(found[1]) * (7 if found[2][0] in "ws" else 1))
    if found := _ISO.fullmatch(text):
        return _day(int(found[1]), int(found[2]), int(found[3]))
    if found := _DOTS.fullmatch(text):
        return _next(int(found[2]), int(found[1]), found[3], today)
    if found := _NAMED.fullmatch(text):
        month = _months().get((found[2] or found[3])[:3]) or _months().get(found[2] or found[3])
        return _next(month, int(found[1] or found[4]), found[5], today) if month else None
    return None


def _next(month: int, day: int, year: str | None, today: date) -> date | None:
    if year:
        return _day(int(year), month, day)
    this = _day(today.year, month, day)
    return this if this is None or this >= today else _day(today.year + 1, month, day)


def _day(year: int, month: int, day: int) -> date | None:
    if year > LAST_YEAR:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


@cache
def _months() -> dict[str, int]:
    """The first three letters of each month's name, in the languages we speak."""
    from babel import Locale

    from bot.texts import LANGUAGES

    names: dict[str, int] = {}
    for language in LANGUAGES:
        for number, name in Locale(language).months["format"]["wide"].items():
            names[name.lower()[:3]] = number
    return names
