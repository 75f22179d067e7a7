"""The arguments of a call as they came, from a form (all strings) or from JSON, read as Slack reads them."""

import json
from typing import Any


class Refused(Exception):
    """Slack's answer is an error: its word, and what stands beside it in the body. `after`: seconds of Retry-After."""

    def __init__(self, error: str, *, after: int = 0, **more: Any) -> None:
        super().__init__(error)
        self.error = error
        self.after = after
        self.more = more


def arguments_refused(*said: str, error: str = "invalid_arguments") -> Refused:
    return Refused(error, response_metadata={"messages": [f"[ERROR] {line}" for line in said]})


class Args:
    """Slack ignores arguments it does not know, and treats an empty string as an absence."""

    def __init__(self, given: dict[str, Any]) -> None:
        self.given = given

    def __contains__(self, name: str) -> bool:
        return self.given.get(name) is not None

    def text(self, name: str) -> str:
        value = self.given.get(name)
        if value is None:
            return ""
        return value if isinstance(value, str) else json.dumps(value)

    def flag(self, name: str) -> bool:
        return self.given.get(name) in (True, 1, "1", "true", "True")

    def number(self, name: str, otherwise: int) -> int:
        try:
            return int(self.given.get(name) or otherwise)
        except (TypeError, ValueError):
            raise arguments_refused(f"invalid value for `{name}`: must be an integer") from None

    def need(self, *names: str) -> None:
        missing = [name for name in names if not self.text(name)]
        if missing:
            raise arguments_refused(*(f"missing required field: {name}" for name in missing))

    def value(self, name: str, error: str) -> Any:
        """A JSON value, or a string that holds one. Refused with `error` if it is neither. None: not given."""
        value = self.given.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            return json.loads(json.dumps(value))
        try:
            return json.loads(value)
        except ValueError:
            raise Refused(error) from None
