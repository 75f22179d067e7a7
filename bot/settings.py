"""What may stand in each setting: one reader a key, in one visible table.

Promise: pure. A reader takes the raw value (from TOML, or text from the environment) and gives the value that the bot
uses, or raises `Wrong` with what to write instead. It does not know files, lines or sections; bot/config.py does.
"""

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from bot.texts import LANGUAGES as SPOKEN
from lessons.suggest import nearest

LANGUAGES = tuple(SPOKEN)
LEVELS = ("debug", "info", "warning", "error")
FORMATS = ("auto", "pretty", "json")


class Wrong(Exception):
    """A value that will not do: what is wrong with it, and what to write instead."""

    def __init__(self, what: str, hint: str, **values: str | int) -> None:
        super().__init__(what)
        self.what, self.hint, self.values = what, hint, values


def _text(raw: object, longest: int) -> str:
    if not isinstance(raw, str):
        raise Wrong("{key} must be text, not {value}.", "Put it in quotes.", value=shown(raw))
    if len(raw) > longest or not raw.isprintable():
        hint = "Write at most {most} letters on one line."
        raise Wrong("{key} is too long or has signs that cannot be printed.", hint, most=longest)
    return raw.strip()


def _number(raw: object, least: int, most: int) -> int:
    hint = "Write a whole number from {least} to {most}, without quotes."
    if isinstance(raw, bool) or not isinstance(raw, int):
        raise Wrong("{key} must be a whole number, not {value}.", hint, value=shown(raw), least=least, most=most)
    if not least <= raw <= most:
        raise Wrong("{key} is {value}, which is out of range.", hint, value=raw, least=least, most=most)
    return raw


def _one_of(raw: object, allowed: tuple[str, ...]) -> str:
    word = _text(raw, 100)
    if word.lower() in allowed:
        return word.lower()
    raise Wrong(
        '{key} does not know "{value}".{guess}',
        "Write one of: {allowed}.",
        value=word,
        guess=did_you_mean(word, allowed),
        allowed=", ".join(allowed),
    )


def _name(raw: object) -> str:
    name = _text(raw, 80)
    if not name:
        raise Wrong("{key} is empty.", "Write what people call your organisation.")
    return name


@cache  # a table of people asks for every row, and the answer is spread over 600 files
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def read_language(raw: object) -> str:
    """The code of a language that Morsel speaks, or Wrong."""
    return _one_of(raw, LANGUAGES)


def read_zone(raw: object) -> str:
    """The name of a time zone, or Wrong."""
    name = _text(raw, 100)
    zones = _zones()
    if name in zones:
        return name
    exact = next((zone for zone in zones if zone.lower() == name.lower().replace(" ", "_")), None)
    guess = f' Did you mean "{exact}"?' if exact else did_you_mean(name, sorted(zones))
    hint = 'Write a name like "Europe/Berlin" or "UTC".'
    raise Wrong('There is no time zone "{value}".{guess}', hint, value=name, guess=guess)


def read_time(text: str) -> str:
    """A time of day as "HH:MM", or Wrong."""
    match = re.fullmatch(r"(\d{1,2}):(\d{2})", text.strip(), re.ASCII)
    if match and int(match[1]) < 24 and int(match[2]) < 60:
        return f"{int(match[1]):02}:{match[2]}"
    raise Wrong('"{value}" is not a time of day.', 'Write hours and minutes from "00:00" to "23:59".', value=text)


def _time(raw: object) -> str:
    return read_time(_text(raw, 100))


def _quiet(raw: object) -> tuple[str, str]:
    text = _text(raw, 100)
    if text.lower() == "none":
        return "00:00", "00:00"  # equal hours are never quiet
    parts = re.split(r"\s*[-–]\s*", text)
    hint = 'Write from and until, like "20:00-08:00", or "none".'
    if len(parts) != 2:
        raise Wrong('"{value}" is not a span of hours.', hint, value=text)
    try:
        start, end = read_time(parts[0]), read_time(parts[1])
    except Wrong as wrong:
        raise Wrong(wrong.what, hint, **wrong.values) from None
    if start == end:
        raise Wrong("Quiet hours that end when they begin would last all day or never.", hint)
    return start, end


def _database(raw: object) -> str:
    url = _text(raw, 500)
    like = 'Write a file, like "sqlite:///data/morsel.db".'
    if url.startswith(("postgres:", "postgresql:", "postgresql+")):
        raise Wrong("PostgreSQL comes with a later version of Morsel.", like)
    if not url.startswith("sqlite:///"):
        raise Wrong('{key} does not begin with "sqlite:///".', like)
    path = url.removeprefix("sqlite:///")
    if not path or path.startswith(":memory:") or path.endswith("/"):
        raise Wrong("{key} names no file, so nothing would be kept.", like)
    if "?" in path or "#" in path:
        raise Wrong("{key} has options after the file name.", like)
    return url


def _host(raw: object) -> str:
    host = _text(raw, 253)
    if re.fullmatch(r"[A-Za-z0-9.-]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*", host):
        return host
    raise Wrong(
        '"{value}" is not a host.',
        'Write "127.0.0.1" for this machine only, "0.0.0.0" for all networks, or a name; the port has its own key.',
        value=host,
    )


def _link(raw: object) -> str:
    link = _text(raw, 500).rstrip("/")
    if not link or re.fullmatch(r"https?://[A-Za-z0-9.\[\]:-]+(/[A-Za-z0-9._~/-]*)?", link):
        return link
    raise Wrong('"{value}" is not a web address.', 'Write one like "https://learn.example.org".', value=link)


SETTINGS: dict[str, dict[str, Callable[[object], Any]]] = {
    "organisation": {
        "name": _name,
        "language": read_language,
        "zone": read_zone,
        "nudge_at": _time,
        "quiet": _quiet,
        "daily_cards": lambda raw: _number(raw, 1, 100),
        "daily_minutes": lambda raw: _number(raw, 1, 120),
    },
    "database": {"url": _database},
    "web": {
        "host": _host,
        "port": lambda raw: _number(raw, 0, 65535),
        "link": _link,
        "upload_limit_mb": lambda raw: _number(raw, 1, 500),
    },
    "log": {"level": lambda raw: _one_of(raw, LEVELS), "format": lambda raw: _one_of(raw, FORMATS)},
}


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """The words " Did you mean ...?" for a word that is nearly a known one, or nothing."""
    folded = {name.casefold(): name for name in known}
    close = nearest(word, folded)
    return f' Did you mean "{folded[close]}"?' if close else ""


def shown(raw: object) -> str:
    """A wrong value as TOML writes it, cut short."""
    match raw:
        case bool():
            return str(raw).lower()
        case dict():
            return "a table"
        case list():
            return "a list"
        case str():
            return f'"{raw[:40]}"'
        case _:
            return str(raw)[:40]
