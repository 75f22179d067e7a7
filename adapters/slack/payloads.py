"""What we read of Slack's payloads, as typed values: a dozen fields of hundreds. Pure, no behaviour.

Unknown fields are ignored and unknown kinds never reach a Struct here, so Slack may add what it likes. What a kind cannot
do without is required: a payload that lacks it raises `msgspec.ValidationError`, and is put aside for people to look at.
Slack writes null where it has nothing to say, so most optional fields may be None.

Source: https://docs.slack.dev/apis/events-api, https://docs.slack.dev/reference/interaction-payloads
"""

from typing import Annotated

import msgspec
from msgspec import Meta, Raw, Struct

Id = Annotated[str, Meta(min_length=1, max_length=255)]
NOTHING = Raw(b"null")


class Authorization(Struct, frozen=True):
    """An installation that may know of the event. Slack sends one of them."""

    team_id: str | None = None
    enterprise_id: str | None = None
    is_enterprise_install: bool | None = None


class Envelope(Struct, frozen=True):
    """The wrapper of the Events API. `type`: "event_callback", "url_verification" or "app_rate_limited"."""

    type: str = ""
    event_id: str = ""
    team_id: str | None = None
    enterprise_id: str | None = None
    authorizations: tuple[Authorization, ...] | None = None
    event: Raw = NOTHING
    challenge: str = ""
    minute_rate_limited: int = 0


class Kind(Struct, frozen=True):
    """Enough of any event to know what it is."""

    type: str
    subtype: str | None = None
    channel_type: str | None = None
    bot_id: str | None = None
    hidden: bool | None = None
    user: Raw = NOTHING


class File(Struct, frozen=True):
    """A file in a message. `mode` "tombstone": deleted meanwhile. `name` is None where Slack knows the id only."""

    id: Id
    name: str | None = None
    size: int | None = None
    mode: str | None = None


class Message(Struct, frozen=True):
    """Words in a conversation. `user_team`: whose member wrote it, where that is said (Slack Connect)."""

    user: Id
    text: str | None = None
    files: tuple[File, ...] | None = None
    user_team: str | None = None
    source_team: str | None = None


class Mention(Struct, frozen=True):
    """Our name was called in a channel."""

    user: Id
    channel: str
    text: str | None = None
    user_team: str | None = None
    source_team: str | None = None


class HomeOpened(Struct, frozen=True):
    user: Id
    tab: str | None = None


class Profile(Struct, frozen=True):
    real_name: str | None = None
    display_name: str | None = None


class Member(Struct, frozen=True):
    """A member of a workspace. `is_stranger`: of another one, seen through a shared channel."""

    id: Id
    team_id: str | None = None
    deleted: bool | None = None
    is_bot: bool | None = None
    is_stranger: bool | None = None
    name: str | None = None
    real_name: str | None = None
    profile: Profile | None = None
    tz: str | None = None
    locale: str | None = None


class Members(Struct, frozen=True):
    """`team_join` and `user_change`."""

    user: Member


class RevokedTokens(Struct, frozen=True):
    """Whose tokens, by user id: not the tokens themselves."""

    oauth: tuple[str, ...] | None = None
    bot: tuple[str, ...] | None = None


class Revoked(Struct, frozen=True):
    tokens: RevokedTokens


# --- Interactivity ---------------------------------------------------------------------------------------------------


class Who(Struct, frozen=True):
    id: Id
    team_id: str | None = None


class Team(Struct, frozen=True):
    id: Id
    enterprise_id: str | None = None


class Enterprise(Struct, frozen=True):
    id: Id


class Interaction(Struct, frozen=True):
    """Enough of any interaction to know what it is."""

    type: str


class Option(Struct, frozen=True):
    value: str = ""


class Action(Struct, frozen=True):
    """What was touched. A button has a `value`, everything else options."""

    type: str
    action_id: str = ""
    block_id: str | None = None
    value: str | None = None
    selected_option: Option | None = None
    selected_options: tuple[Option, ...] | None = None


class Surface(Struct, frozen=True):
    """The message or view that it stood in: its blocks, and a message's metadata, unread."""

    blocks: Raw = NOTHING
    metadata: Raw = NOTHING


class Container(Struct, frozen=True):
    """Where it stood. `message_ts` only in a message; `is_ephemeral`: only one person sees that."""

    channel_id: str | None = None
    message_ts: str | None = None
    is_ephemeral: bool | None = None


class Touched(Struct, frozen=True):
    """`block_actions`. `team` is null for some views of apps that are installed for a whole organisation."""

    user: Who
    trigger_id: Id
    actions: tuple[Action, ...]
    team: Team | None = None
    enterprise: Enterprise | None = None
    is_enterprise_install: bool | None = None
    message: Surface | None = None
    view: Surface | None = None
    container: Container | None = None
    response_url: str | None = None


class Slash(Struct, frozen=True):
    """A slash command. Over HTTP it is a form, in Socket Mode an object with the same fields."""

    command: Id
    user_id: Id
    team_id: Id
    trigger_id: Id
    text: str | None = None
    channel_name: str | None = None
    enterprise_id: str | None = None
    is_enterprise_install: str | bool | None = None


# --- Socket Mode -----------------------------------------------------------------------------------------------------


class Frame(Struct, frozen=True):
    """What comes over the socket. Without an `envelope_id` it is about the socket itself ("hello", "disconnect")."""

    type: str = ""
    envelope_id: str = ""
    payload: Raw = NOTHING
    reason: str = ""


read_envelope = msgspec.json.Decoder(Envelope).decode
read_kind = msgspec.json.Decoder(Kind).decode
read_message = msgspec.json.Decoder(Message).decode
read_mention = msgspec.json.Decoder(Mention).decode
read_home_opened = msgspec.json.Decoder(HomeOpened).decode
read_members = msgspec.json.Decoder(Members).decode
read_revoked = msgspec.json.Decoder(Revoked).decode
read_interaction = msgspec.json.Decoder(Interaction).decode
read_touched = msgspec.json.Decoder(Touched).decode
read_slash = msgspec.json.Decoder(Slash).decode
read_frame = msgspec.json.Decoder(Frame).decode
