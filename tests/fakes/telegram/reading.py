"""Reads a call's parameters as the server does: everything is text, some of it JSON.

A form sends text; a JSON body may send the value itself: both are taken. Numbers that are none count as 0, as there.
"""

import json
from typing import Any, Final, NamedTuple

from tests.fakes.telegram.errors import bad

JSON = dict[str, Any]
Params = dict[str, Any]

MISSING: Final = object()


class Upload(NamedTuple):
    """A file of a multipart call."""

    name: str
    data: bytes


class Call(NamedTuple):
    """One request. `at` in the fake's seconds."""

    at: float
    method: str
    params: Params


def text(params: Params, name: str) -> str:
    value = params.get(name)
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return json.dumps(value)


def whole(params: Params, name: str, default: int = 0, low: int | None = None, high: int | None = None) -> int:
    """A number, cut to its bounds."""
    value = params.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        said = text(params, name)
        value = number(said) if said else default
    if low is not None:
        value = max(low, value)
    return value if high is None else min(high, value)


def number(said: str) -> int:
    """The number that a text begins with; 0 if none."""
    digits = ""
    for at, sign in enumerate(said):
        if not (sign.isascii() and sign.isdigit()) and not (at == 0 and sign == "-"):
            break
        digits += sign
    return int(digits) if digits.strip("-") else 0


def flag(params: Params, name: str, default: bool = False) -> bool:
    value = params.get(name)
    if value is None:
        return default
    return value if isinstance(value, bool) else text(params, name).strip().lower() in ("true", "yes", "1")


def structure(params: Params, name: str, what: str) -> Any:
    """A JSON parameter; None if it is missing or empty. `what` names it where it cannot be read."""
    value = params.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise bad(f"Can't parse {what} JSON object") from None


def loose(params: Params, name: str) -> Any:
    """A JSON parameter that counts as missing where it cannot be read (entities)."""
    value = params.get(name)
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return None


def field(found: JSON, name: str) -> str:
    """A required string of a JSON object. A number counts as one."""
    value = found.get(name, MISSING)
    if value is MISSING:
        raise bad(f'Can\'t find field "{name}"')
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise bad(f'Field "{name}" must be of type String')
    return str(value)


def optional(found: JSON, name: str) -> str:
    return "" if found.get(name) is None else field(found, name)
