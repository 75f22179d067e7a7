"""What people touch in our messages and on the Home tab, and the slash commands that they give. Pure.

The id of each is Slack's `trigger_id`: Slack brings neither again.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import msgspec
from msgspec.structs import replace

from adapters.slack import payloads
from adapters.slack.heard import SILENCE, Heard, Through, Unreadable, WayBack
from adapters.slack.payloads import Action, Slash, Touched
from adapters.slack.words import words
from bot.events import WORDS_LIMIT, Called, Pressed
from bot.message import switch, ticked

PRIVATE: Final = "directmessage"  # what Slack calls a conversation of two
GATHERING: Final = "morsel"  # the command that takes the others as its first word: names of commands clash between apps


def from_interaction(payload: bytes, at: datetime) -> Heard:
    """Only what is touched in our messages and on the Home tab. We open no views and offer no shortcuts, so anything else
    is of an older or a newer Morsel."""
    if payloads.read_interaction(payload).type != "block_actions":
        return SILENCE
    touched = payloads.read_touched(payload)
    enterprise = _enterprise(touched)
    team = touched.team.id if touched.team else touched.user.team_id or enterprise
    if not team:
        raise Unreadable("a click in no workspace")
    through = Through(team, enterprise, bool(touched.is_enterprise_install), touched.trigger_id, at)
    if through.foreign(touched.user.team_id):
        return SILENCE
    presses = [press for action in touched.actions if (press := _press(action, touched))]
    heard = through.heard(
        *(through.incoming(touched.user.id, Pressed(press), part=n) for n, press in enumerate(presses))
    )
    return replace(heard, back=_way_back(touched))


def _way_back(touched: Touched) -> WayBack | None:
    """None for the Home tab, and for what only one person sees, whose place is no message's."""
    at = touched.container
    if not touched.response_url or at is None or not at.channel_id or not at.message_ts or at.is_ephemeral:
        return None
    about = msgspec.json.decode(bytes(touched.message.metadata)) if touched.message else None
    return WayBack((at.channel_id, at.message_ts), touched.response_url, about if isinstance(about, dict) else None)


def _enterprise(touched: Touched) -> str:
    if touched.enterprise:
        return touched.enterprise.id
    return (touched.team.enterprise_id if touched.team else None) or ""


def _press(action: Action, touched: Touched) -> str:
    """What the touched thing carries; empty for a link, which Slack tells us about though it needs no answer."""
    match action.type:
        case "button":
            return (action.value or "").replace("\0", "")
        case "checkboxes":
            return _ticks(action, touched)
        case "static_select" | "radio_buttons" | "overflow":
            return (action.selected_option.value if action.selected_option else "").replace("\0", "")
        case _:
            return ""


def _ticks(action: Action, touched: Touched) -> str:
    """The boxes that are on now. With none on, the token stands only in the message that they were touched in."""
    on = [found for option in action.selected_options or () if (found := switch(option.value))]
    tokens = {token for token, _ in on} or {token for token, _ in _switches(action, touched)}
    if len(tokens) != 1:
        raise Unreadable("tick boxes of no question")
    return ticked(tokens.pop(), tuple({number for _, number in on}))


def _switches(action: Action, touched: Touched) -> Iterator[tuple[str, int]]:
    """All switches of the touched element, as it stood there."""
    for surface in (touched.message, touched.view):
        if surface is not None:
            yield from _options(msgspec.json.decode(bytes(surface.blocks)), action.action_id)


def _options(value: object, action_id: str) -> Iterator[tuple[str, int]]:
    if isinstance(value, list):
        for each in value:
            yield from _options(each, action_id)
    elif isinstance(value, dict):
        if value.get("action_id") == action_id and isinstance(value.get("options"), list):
            for option in value["options"]:
                if isinstance(option, dict) and (found := switch(str(option.get("value", "")))):
                    yield found
        for each in value.values():
            if isinstance(each, dict | list):
                yield from _options(each, action_id)


def from_slash(slash: Slash, at: datetime) -> Heard:
    through = Through(slash.team_id, slash.enterprise_id or "", False, slash.trigger_id, at)
    name, args = slash.command.removeprefix("/").lower(), words((slash.text or "")[: 2 * WORDS_LIMIT]).strip()
    if name == GATHERING:
        first, _, rest = args.partition(" ")
        name, args = first.removeprefix("/").lower() or "help", rest.strip()
    heard = through.heard(through.incoming(slash.user_id, Called(name, args[:WORDS_LIMIT])))
    return replace(heard, in_public=(slash.channel_name or PRIVATE) != PRIVATE)
