"""CHANNELS by dotted name, so that an SDK that nobody switched on is never imported.

Each package but the web chat's (which is always on, and the server itself) offers `plug(settings, parts) -> Plugged`.
A new channel is one line here.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final

from adapters.parts import Parts, Plugged

CHANNELS: Final[Mapping[str, str]] = {
    "web": "adapters.web",
    "slack": "adapters.slack",
    "telegram": "adapters.telegram",
}


def plug(name: str, settings: Any, parts: Parts) -> Plugged:
    """The channel of that name, built but not yet running. `settings` are its own Struct.

    Raises what the channel does, SendError (Misconfigured) above all, where its settings cannot work.
    """
    made: Plugged = import_module(CHANNELS[name]).plug(settings, parts)
    return made
