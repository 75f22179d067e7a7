"""Secrets in settings, so that they never stand in a log or a traceback: a `repr` that leaves them out. Pure."""

from collections.abc import Callable
from typing import Any

HIDDEN = "***"


def masked(*secret: str) -> Callable[[Any], str]:
    """A `__repr__` for a Struct in which these fields show only whether they are set."""

    def shown(self: Any) -> str:
        fields = ((name, getattr(self, name)) for name in self.__struct_fields__)
        said = (f"{name}={HIDDEN if name in secret and value else repr(value)}" for name, value in fields)
        return f"{type(self).__name__}({', '.join(said)})"

    return shown
