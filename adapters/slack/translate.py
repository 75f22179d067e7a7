"""From Slack's payloads to the bot's events: one payload by itself, whichever way it came in. Pure.

Promise: what is for the bot and cannot be read raises `Unreadable`, so that it is put aside and seen by people; it never
raises anything else. What events say is in `happenings.py`, what clicks and commands say in `touches.py`; what comes of
both is a `Heard`. It asks nobody who somebody is (`people.py`) and sends nothing.
"""

from datetime import datetime

import msgspec

from adapters.slack import payloads
from adapters.slack.forms import read_form
from adapters.slack.happenings import from_envelope
from adapters.slack.heard import SILENCE, Ground, Heard, Unreadable
from adapters.slack.touches import from_interaction, from_slash


def read_http(body: bytes, ground: Ground, at: datetime) -> Heard:
    """A request's body: JSON, or a form with a `payload` or a command in it. Raises Unreadable."""
    if body.lstrip()[:1] in (b"{", b"["):
        return read("events_api", body, ground, at)
    try:
        one = read_form(body)
    except ValueError as why:  # UnicodeDecodeError is one
        raise Unreadable("not a form") from why
    if "payload" in one:
        return read("interactive", one["payload"].encode(), ground, at)
    if "command" in one:
        return read("slash_commands", msgspec.json.encode(one), ground, at)
    if one.get("ssl_check"):
        return SILENCE
    raise Unreadable("a form of no known kind")


def read_kept(raw: bytes, ground: Ground, at: datetime) -> Heard:
    """What was set aside: a request's body, or a frame of the socket. Raises Unreadable."""
    try:
        frame = payloads.read_frame(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return read_http(raw, ground, at)
    return read(frame.type, bytes(frame.payload), ground, at) if frame.envelope_id else read_http(raw, ground, at)


def read(kind: str, payload: bytes, ground: Ground, at: datetime) -> Heard:
    """A payload of one of Socket Mode's three kinds. Raises Unreadable."""
    try:
        match kind:
            case "events_api":
                return from_envelope(payloads.read_envelope(payload), ground, at)
            case "interactive":
                return from_interaction(payload, at)
            case "slash_commands":
                return from_slash(payloads.read_slash(payload), at)
            case _:
                return SILENCE
    except msgspec.MsgspecError as why:
        raise Unreadable(_where(why)) from None
    except (UnicodeError, RecursionError) as why:
        raise Unreadable(type(why).__name__) from None


def _where(why: Exception) -> str:
    """The place of the fault, like "Object missing required field `user` - at `$.event`"; it quotes no values."""
    return str(why)[:200]
