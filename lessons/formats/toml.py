"""pack.toml: what a pack says about itself. All mistakes at once; a key that is wrong takes its default meanwhile."""

import re
import tomllib
from collections.abc import Callable
from typing import Any, Final, cast

from msgspec import Struct

from lessons.formats.lines import decode
from lessons.limits import TITLE_CHARS, TOML_BYTES
from lessons.model import Completion
from lessons.problems import Problem, Where, error
from lessons.suggest import nearest

FILE: Final = "pack.toml"
LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
_ID: Final = re.compile(r"(?=.{2,40}$)[a-z0-9]+(-[a-z0-9]+)*")
_VERSION: Final = re.compile(r"\d{1,6}\.\d{1,6}(\.\d{1,6})?")


class Meta(Struct, frozen=True):
    """What `Pack` has beside lessons and pictures. See there."""

    id: str
    version: str
    languages: tuple[str, ...]
    titles: dict[str, str]
    about: dict[str, str]
    author: str
    licence: str
    tags: tuple[str, ...]
    icon: str
    pass_mark: float
    complete: Completion
    confidence: bool
    retention: float
    longest_days: int


class _Key(Struct, frozen=True):
    """What a key may hold: `fits` says so, `wants` tells it in words. `default` None: the key must be there."""

    fits: Callable[[object], bool]
    wants: str
    default: Any


def _text(most: int) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and bool(value.strip()) and len(value) <= most


def _by_language(most: int) -> Callable[[object], bool]:
    def fits(value: object) -> bool:
        if isinstance(value, dict):
            return bool(value) and all(LANGUAGE.fullmatch(key) and _text(most)(text) for key, text in value.items())
        return _text(most)(value)

    return fits


def _matches(pattern: re.Pattern[str]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and bool(pattern.fullmatch(value))


def _between(least: float, most: float) -> Callable[[object], bool]:
    return lambda value: isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most


def _list(fits: Callable[[object], bool], least: int) -> Callable[[object], bool]:
    return lambda value: isinstance(value, list) and len(value) >= least and all(fits(item) for item in value)


KEYS: Final[dict[str, _Key]] = {
    "id": _Key(_matches(_ID), 'a short name of a-z, 0-9 and "-", 2 to 40 characters, like "food-hygiene"', None),
    "title": _Key(_by_language(TITLE_CHARS), f"a text of up to {TITLE_CHARS} characters in quotes", None),
    "version": _Key(_matches(_VERSION), 'numbers with dots in quotes, like "1.0.0"', None),
    "languages": _Key(_list(_matches(LANGUAGE), 1), 'a list of language codes, like ["en", "de"]', None),
    "about": _Key(_by_language(300), "a sentence of up to 300 characters in quotes", ""),
    "author": _Key(_text(100), "a name in quotes", ""),
    "licence": _Key(_text(100), 'a licence in quotes, like "CC-BY-4.0"', ""),
    "tags": _Key(_list(_text(40), 0), 'a list of words, like ["kitchen", "safety"]', ()),
    "icon": _Key(_text(8), "one emoji in quotes", ""),
    "pass_mark": _Key(_between(0, 1), "a number from 0 to 1, like 0.8", 0.8),
    "complete": _Key(lambda value: value in ("passed", "seen"), '"passed" or "seen"', "passed"),
    "confidence": _Key(lambda value: isinstance(value, bool), "true or false", True),
    "retention": _Key(_between(0.7, 0.97), "a number from 0.7 to 0.97", 0.9),
    "longest_days": _Key(
        lambda value: type(value) is int and 1 <= value <= 3650, "a whole number of days, 1 to 3650", 365
    ),
}


def read_meta(data: bytes) -> tuple[Meta | None, tuple[Problem, ...]]:
    """What the file says, or None when it says too little to go on. Never raises."""
    text, problems = decode(FILE, data, TOML_BYTES)
    if text is None:
        return None, problems
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as broken:  # ValueError: tomllib's own, and numbers of 5,000 digits
        told = "it is nested too deep" if isinstance(broken, RecursionError) else str(broken)
        return None, (_broken(text, told),)
    found = [*_unknown(table, text)]
    values: dict[str, Any] = {}
    for name, key in KEYS.items():
        if name not in table and key.default is None:
            hint = "Add a line {name} = … ; it wants {wants}."
            found.append(error(Where(FILE), "“{name}” is missing.", hint, name=name, wants=key.wants))
        elif name in table and not key.fits(table[name]):
            at = Where(FILE, _line_of(text, name))
            found.append(error(at, "“{name}” is not as it must be.", "It wants {wants}.", name=name, wants=key.wants))
        values[name] = table[name] if name in table and key.fits(table[name]) else key.default
    if None in (values["id"], values["languages"]):
        return None, tuple(sorted(found, key=lambda problem: problem.where))
    meta = _meta(values, text, found)
    return meta, tuple(sorted(found, key=lambda problem: problem.where))


def _meta(values: dict[str, Any], text: str, found: list[Problem]) -> Meta:
    languages = tuple(dict.fromkeys(values["languages"]))
    for name in ("title", "about"):
        given = values[name] if isinstance(values[name], dict) else {languages[0]: values[name] or ""}
        at = Where(FILE, _line_of(text, name))
        if languages[0] not in given:
            hint = "Add {language} = “…” to it."
            found.append(error(at, "“{name}” is missing in {language}.", hint, name=name, language=languages[0]))
        for language in given:
            if language not in languages and languages[0] in given:
                hint = "Add “{language}” to languages, or delete it here."
                what = "“{name}” has a language that is not among the languages."
                found.append(error(at, what, hint, name=name, language=language))
        values[name] = given
    return Meta(
        values["id"], values["version"] or "0.0", languages, values["title"], values["about"],
        values["author"], values["licence"], tuple(values["tags"]), values["icon"], float(values["pass_mark"]),
        cast(Completion, values["complete"]), values["confidence"], float(values["retention"]), values["longest_days"],
    )  # fmt: skip


def _unknown(table: dict[str, Any], text: str) -> list[Problem]:
    found: list[Problem] = []
    for name in table:
        if name in KEYS:
            continue
        at, meant = Where(FILE, _line_of(text, name)), nearest(name, KEYS)
        hint = "Did you mean “{meant}”?" if meant else "Delete this line. Known are: {known}."
        found.append(error(at, "“{name}” is not known here.", hint, name=name[:40], meant=meant, known=", ".join(KEYS)))
    return found


def _line_of(text: str, name: str) -> int:
    """The line where a key is set, or 0. tomllib does not tell."""
    found = re.search(rf"""(?m)^[ \t]*\[*[ \t]*["']?{re.escape(name)}["']?[ \t]*[=.\]]""", text)
    return text.count("\n", 0, found.start()) + 1 if found else 0


def _broken(text: str, told: str) -> Problem:
    """tomllib's words end in "(at line 3, column 5)" or "(at end of document)"."""
    place = re.search(r"\(at line (\d+), column (\d+)\)", told)
    line = int(place[1]) if place else 0
    if told.endswith("(at end of document)"):
        line = text.rstrip().count("\n") + 1
    rows = text.split("\n")
    row = rows[line - 1] if 0 < line <= len(rows) else ""
    value = row.partition("=")[2].strip()
    hint = "Write each line as key = value, and put texts in quotes."
    if value and value[0].isalpha() and value not in ("true", "false"):
        hint = "Put the text in quotes: {key} = “{value}”."
    if "“" in row or "”" in row or "„" in row:
        hint = 'Use straight quotes ("), not curly ones.'
    what = "This line cannot be read ({told})." if line else "This file cannot be read ({told})."
    told = "a number is too long" if "digits" in told else re.sub(r"\s*\(at .*?\)", "", told)[:100]
    return error(Where(FILE, line), what, hint, told=told, key=row.partition("=")[0].strip()[:40], value=value[:40])
