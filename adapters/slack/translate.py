"""From Slack's payloads to the bot's events: one payload by itself, whichever way it came in. Pure.

Promise: what is not for the bot says nothing, knowingly (see `IGNORED` and the comments). What is for the bot and cannot
be read raises `Unreadable`, so that it is put aside and seen by people; it never raises anything else.
An event's id is Slack's own: `event_id` for events (the same in every repeat), `trigger_id` for clicks and commands.
It asks nobody who somebody is (`people.py`) and sends nothing.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from adapters.slack import payloads
from adapters.slack.answering import WayBack
from adapters.slack.forms import read_form
from adapters.slack.payloads import Action, Authorization, Envelope, Member, Slash, Touched
from adapters.slack.words import file_name, without_mention, words
from bot.events import (
    WORDS_LIMIT,
    Address,
    Called,
    Event,
    Incoming,
    Left,
    Met,
    Offered,
    Opened,
    Pressed,
    Sender,
    read_words,
)
from bot.message import switch, ticked

CHANNEL: Final = "slack"
PLAIN: Final = ("", "file_share", "thread_broadcast", "me_message")  # subtypes in which a person says something
SLACKBOT: Final = "USLACKBOT"
GATHERING: Final = "morsel"  # the command that takes the others as its first word: names of commands clash between apps

# Kinds of events that Slack may send us and that say nothing to the bot. Any other unknown kind is ignored as well; these
# are here so that a test can prove that each subscription is either translated or on this list.
IGNORED: Final = frozenset({"file_shared", "file_created", "file_public", "im_created", "member_joined_channel"})


class Unreadable(ValueError):
    """A payload that is for the bot and cannot be read. The text says where, never what was said."""


class Ground(Struct, frozen=True):
    """What a translation may know: the unit of an open door (or empty), and the names of all commands."""

    unit: str = ""
    commands: frozenset[str] = frozenset()


class Lost(Struct, frozen=True):
    """The app was uninstalled from a workspace (or organisation), or its token was revoked."""

    team: str
    enterprise: str


class Limited(Struct, frozen=True):
    """Slack holds events of that workspace back: there were too many."""

    team: str


class Profile(Struct, frozen=True):
    """What Slack said unasked about a member."""

    team: str
    user: str
    sender: Sender


class Heard(Struct, frozen=True):
    """What a payload says. `team` and `enterprise` are whose installation it came through. `challenge`: to be echoed.
    `back`: how to change the message that was pressed."""

    incoming: tuple[Incoming, ...] = ()
    about: Lost | Limited | Profile | None = None
    team: str = ""
    enterprise: str = ""
    challenge: str = ""
    back: WayBack | None = None


SILENCE: Final = Heard()


# --- The three ways in -----------------------------------------------------------------------------------------------


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
                return _envelope(payloads.read_envelope(payload), ground, at)
            case "interactive":
                return _interaction(payload, at)
            case "slash_commands":
                return _slash(payloads.read_slash(payload), at)
            case _:
                return SILENCE
    except msgspec.MsgspecError as why:
        raise Unreadable(_where(why)) from None
    except (UnicodeError, RecursionError) as why:
        raise Unreadable(type(why).__name__) from None


# --- Events ----------------------------------------------------------------------------------------------------------


def _envelope(envelope: Envelope, ground: Ground, at: datetime) -> Heard:
    match envelope.type:
        case "url_verification":
            return Heard(challenge=envelope.challenge)
        case "app_rate_limited":
            return Heard(about=Limited(envelope.team_id or ""))
        case "event_callback":
            return _event(envelope, ground, at)
        case _:
            return SILENCE


class _Through(Struct, frozen=True):
    """Whose event it is: our workspace, its organisation, whether installed for all of that, and the event's own id."""

    team: str
    enterprise: str
    everywhere: bool
    id: str
    at: datetime

    def incoming(self, user: str, event: Event, sender: Sender | None = None, part: int = 0) -> Incoming:
        """An event of that member. `part` tells several of one payload apart."""
        made = f"{CHANNEL}:{self.team}:{self.id}" + (f":{part}" if part else "")
        return Incoming(made, event, self.at, self.address(user), sender=sender)

    def address(self, user: str) -> Address:
        return Address(CHANNEL, f"{self.team}/{user}")

    def heard(self, *incoming: Incoming, about: Lost | Limited | Profile | None = None) -> Heard:
        return Heard(incoming, about, self.team, self.enterprise)

    def foreign(self, *teams: str | None) -> bool:
        """Whether a member of these teams is not ours: Slack Connect brings people of other companies.

        Installed for a whole organisation, its other workspaces are ours too and cannot be told by their ids.
        """
        ours = (self.team, self.enterprise)
        return not self.everywhere and any(team and team not in ours for team in teams)


def _through(envelope: Envelope, at: datetime) -> _Through:
    if not envelope.event_id:
        raise Unreadable("an event without an id")
    by = envelope.authorizations[0] if envelope.authorizations else Authorization()
    team = by.team_id or envelope.team_id or ""
    enterprise = by.enterprise_id or envelope.enterprise_id or ""
    if not team and not enterprise:
        raise Unreadable("an event of no workspace")
    return _Through(team or enterprise, enterprise, bool(by.is_enterprise_install), envelope.event_id, at)


def _event(envelope: Envelope, ground: Ground, at: datetime) -> Heard:
    through = _through(envelope, at)
    raw = bytes(envelope.event)
    kind = payloads.read_kind(raw)
    match kind.type:
        case "message":
            # Channels: what is said there is not said to us. Bots: other apps, and our own messages come back too.
            # Changed and deleted messages: what was said was answered already.
            if kind.channel_type != "im" or kind.bot_id or kind.hidden or (kind.subtype or "") not in PLAIN:
                return SILENCE
            return _message(payloads.read_message(raw), through)
        case "app_mention":
            return SILENCE if kind.bot_id else _mention(payloads.read_mention(raw), through, ground)
        case "app_home_opened":
            opened = payloads.read_home_opened(raw)
            event: Event = Opened() if opened.tab == "home" else Met(ground.unit)
            return through.heard(through.incoming(opened.user, event))
        case "team_join":
            return _joined(payloads.read_members(raw).user, through, ground)
        case "user_change":
            return _changed(payloads.read_members(raw).user, through)
        case "app_uninstalled":
            return through.heard(about=Lost(through.team, through.enterprise))
        case "tokens_revoked":
            if payloads.read_revoked(raw).tokens.bot:  # people's own tokens are none of ours
                return through.heard(about=Lost(through.team, through.enterprise))
            return SILENCE
        case _:
            return SILENCE


def _message(message: payloads.Message, through: _Through) -> Heard:
    """Words, or files: what is written beside a file is about it, and no answer to a question."""
    if message.user == SLACKBOT or through.foreign(message.user_team, message.source_team):
        return SILENCE
    files = [file for file in message.files or () if file.mode not in ("tombstone", "hidden_by_limit")]
    if not files:
        said = read_words(words((message.text or "")[: 2 * WORDS_LIMIT]))
        return through.heard(through.incoming(message.user, said))
    offered = (
        Offered(file_name(file.name or ""), max(file.size or 0, 0), msgspec.json.encode({"file": file.id}).decode())
        for file in files
    )
    return through.heard(*(through.incoming(message.user, event, part=n) for n, event in enumerate(offered)))


def _mention(mention: payloads.Mention, through: _Through, ground: Ground) -> Heard:
    """Called in a channel: a command is taken as if it were given in private, anything else is a hello. What is said about
    us among colleagues must never answer the question that is open in private."""
    if mention.user == SLACKBOT or through.foreign(mention.user_team, mention.source_team):
        return SILENCE
    if mention.channel.startswith("D"):
        return SILENCE  # the same words came as a message to us
    rest = words(without_mention((mention.text or "")[: 2 * WORDS_LIMIT])).strip()
    called = read_words(f"/{rest.removeprefix('/')}")
    if isinstance(called, Called) and called.name in ground.commands:
        return through.heard(through.incoming(mention.user, called))
    return through.heard(through.incoming(mention.user, Met(ground.unit)))


def _joined(member: Member, through: _Through, ground: Ground) -> Heard:
    if member.is_bot or member.is_stranger or member.deleted or through.foreign(member.team_id):
        return SILENCE
    return through.heard(through.incoming(member.id, Met(ground.unit), sender_of(member)))


def _changed(member: Member, through: _Through) -> Heard:
    if member.is_bot or through.foreign(member.team_id):
        return SILENCE
    if member.deleted:
        return through.heard(through.incoming(member.id, Left(through.address(member.id), "deactivated")))
    return through.heard(about=Profile(through.team, member.id, sender_of(member)))


def sender_of(member: Member) -> Sender:
    """What we may know of a member before they tell us. A locale is like "de-DE", a zone like "Europe/Berlin"."""
    profile = member.profile or payloads.Profile()
    name = profile.real_name or member.real_name or profile.display_name or member.name or ""
    language = (member.locale or "").partition("-")[0].partition("_")[0].lower()
    return Sender(words(name).strip()[:80], language, member.tz or "")


# --- Clicks and commands ---------------------------------------------------------------------------------------------


def _interaction(payload: bytes, at: datetime) -> Heard:
    """Only what is touched in our messages and on the Home tab. We open no views and offer no shortcuts, so anything else
    is of an older or a newer Morsel."""
    if payloads.read_interaction(payload).type != "block_actions":
        return SILENCE
    touched = payloads.read_touched(payload)
    enterprise = _enterprise(touched)
    team = touched.team.id if touched.team else touched.user.team_id or enterprise
    if not team:
        raise Unreadable("a click in no workspace")
    through = _Through(team, enterprise, bool(touched.is_enterprise_install), touched.trigger_id, at)
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


def _slash(slash: Slash, at: datetime) -> Heard:
    through = _Through(slash.team_id, slash.enterprise_id or "", False, slash.trigger_id, at)
    name, args = slash.command.removeprefix("/").lower(), words((slash.text or "")[: 2 * WORDS_LIMIT]).strip()
    if name == GATHERING:
        first, _, rest = args.partition(" ")
        name, args = first.removeprefix("/").lower() or "help", rest.strip()
    return through.heard(through.incoming(slash.user_id, Called(name, args[:WORDS_LIMIT])))


def _where(why: Exception) -> str:
    """The place of the fault, like "Object missing required field `user` - at `$.event`"; it quotes no values."""
    return str(why)[:200]
