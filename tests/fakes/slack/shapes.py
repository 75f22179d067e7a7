"""Small checks that fit together: a string, a number, a list, an object, one of several types.

Each check writes what it finds to a `Look`, in Slack's words, with the JSON pointer Slack gives. Nothing is changed,
nothing is raised. The words are those of public error reports; where none was found, they are in their style.
"""

from collections.abc import Callable, Mapping
from ipaddress import ip_address
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from tests.fakes.slack.limits import LIMITS


class Fault(NamedTuple):
    """One thing that is wrong: where (a JSON pointer), in Slack's words, and what was allowed."""

    at: str
    said: str
    constraint: dict[str, Any]

    @property
    def line(self) -> str:
        return f"{self.said} [json-pointer:{self.at}]"


class Look:
    """One look at one message or view: what is wrong, and what must be known of the whole to judge a part."""

    def __init__(self, surface: str, file_ready: Callable[[str], bool]) -> None:
        self.surface = surface
        self.file_ready = file_ready
        self.faults: list[Fault] = []
        self.actions: set[str] = set()
        self.blocks: set[str] = set()
        self.focused = 0
        self.markdown = 0
        self.tables = 0
        self.charts = 0

    def find(self, at: str, said: str, kind: str = "", **constraint: Any) -> None:
        self.faults.append(Fault(at, said, {"type": kind, **constraint} if kind else {}))


Check = Callable[[Look, Any, str], None]


def string(most: str | int = 0, least: str | int = 0) -> Check:
    """Text of a length; `most` and `least` are rows of LIMITS, or numbers. 0: no bound."""
    high = LIMITS[most] if isinstance(most, str) else most
    low = LIMITS[least] if isinstance(least, str) else least

    def check(look: Look, value: Any, at: str) -> None:
        if not isinstance(value, str):
            look.find(at, "must be a string", "string")
        elif len(value) < low:
            look.find(at, f"must be more than {low - 1} characters", "min_length", expected=low)
        elif high and len(value) > high:
            look.find(at, f"must be less than {high + 1} characters", "max_length", expected=high)

    return check


def number(least: str | int | None = None, most: str | int | None = None) -> Check:
    low = LIMITS[least] if isinstance(least, str) else least
    high = LIMITS[most] if isinstance(most, str) else most

    def check(look: Look, value: Any, at: str) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            look.find(at, "must be an integer", "integer")
        elif (low is not None and value < low) or (high is not None and value > high):
            look.find(at, f"must be between {low} and {high}", "range", expected=[low, high])

    return check


def amount(above: int | None = None) -> Check:
    def check(look: Look, value: Any, at: str) -> None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            look.find(at, "must be a number", "number")
        elif above is not None and value <= above:
            look.find(at, f"must be greater than {above}", "range")

    return check


def boolean(look: Look, value: Any, at: str) -> None:
    if not isinstance(value, bool):
        look.find(at, "must be a boolean", "boolean")


def anything(look: Look, value: Any, at: str) -> None:
    """For fields whose content the product does not use; their presence is allowed."""


def one_of(*words: str) -> Check:
    def check(look: Look, value: Any, at: str) -> None:
        if value not in words:
            look.find(at, "must be a valid enum value", "enum", expected=list(words))

    return check


def address(most: str | int, *schemes: str) -> Check:
    """A URL. Only http and https unless others are named; Slack refuses one without a scheme."""
    length = string(most, 1)

    def check(look: Look, value: Any, at: str) -> None:
        length(look, value, at)
        if isinstance(value, str) and not reachable_form(value, schemes or ("http", "https")):
            look.find(at, "must be a valid URL", "url")

    return check


def reachable_form(url: str, schemes: tuple[str, ...] = ("http", "https")) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in schemes and bool(parts.netloc or parts.path) and " " not in url


def is_private(url: str) -> bool:
    """A host that Slack's own machines could never fetch from."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or ("." not in host and ":" not in host):
        return True
    try:
        return not ip_address(host).is_global
    except ValueError:
        return host.endswith((".local", ".internal", ".localhost"))


def many(inner: Check, least: str | int = 0, most: str | int = 0) -> Check:
    low = LIMITS[least] if isinstance(least, str) else least
    high = LIMITS[most] if isinstance(most, str) else most

    def check(look: Look, value: Any, at: str) -> None:
        if not isinstance(value, list):
            look.find(at, "must be an array", "array")
            return
        if len(value) < low:
            look.find(at, f"no fewer than {low} items allowed", "min_items", expected=low)
        if high and len(value) > high:
            look.find(at, f"no more than {high} items allowed", "max_items", expected=high)
            return
        for place, item in enumerate(value):
            inner(look, item, f"{at}/{place}")

    return check


Also = Callable[[Look, dict[str, Any], str], None]


def thing(must: Mapping[str, Check], may: Mapping[str, Check] | None = None, also: Also | None = None) -> Check:
    """An object with these fields and no others. `also` sees it once its fields are right."""
    fields: Final = {**must, **(may or {})}

    def check(look: Look, value: Any, at: str) -> None:
        if not isinstance(value, dict):
            look.find(at, "must provide an object", "object")
            return
        before = len(look.faults)
        for name in must:
            if name not in value:
                look.find(at, f"missing required field: {name}", "required", expected=name)
        for name, inner in value.items():
            if name == "type" and "type" not in fields:
                continue
            if name not in fields:
                look.find(at, f"invalid additional property: {name}", "additional_property", got=name)
            else:
                fields[name](look, inner, f"{at}/{name}")
        if also and len(look.faults) == before:
            also(look, value, at)

    return check


def typed(kinds: Mapping[str, Check], allowed: Callable[[Look], frozenset[str]] | None = None) -> Check:
    """One of several objects, told apart by `type`; `allowed` narrows them by where they stand."""

    def check(look: Look, value: Any, at: str) -> None:
        if not isinstance(value, dict):
            look.find(at, "must provide an object", "object")
            return
        kind = value.get("type")
        if kind is None:
            look.find(at, "missing required field: type", "required", expected="type")
            return
        fits = kinds.keys() if allowed is None else kinds.keys() & allowed(look)
        if not isinstance(kind, str) or kind not in fits:
            look.find(f"{at}/type", f"unsupported type: {kind}", "enum", expected=sorted(fits), got=kind)
            return
        kinds[kind](look, value, at)

    return check


def text(most: str | int, *kinds: str, least: int = 1) -> Check:
    """A text object. Without `kinds` it may be plain or mrkdwn; a longer reason comes first, as Slack says it."""
    length = string(most, least)
    shapes = {
        "plain_text": thing({"text": length}, {"emoji": boolean}),
        "mrkdwn": thing({"text": length}, {"verbatim": boolean}),
    }
    inner = typed({kind: shapes[kind] for kind in kinds or ("plain_text", "mrkdwn")})

    def check(look: Look, value: Any, at: str) -> None:
        before = len(look.faults)
        inner(look, value, at)
        if len(look.faults) > before:
            look.faults.insert(before, Fault(at, "failed to match all allowed schemas", {}))

    return check
