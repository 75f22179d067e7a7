"""What the fake Slack remembers: the app, its installs, workspaces, people, channels, messages, files and views.

Plain records that change in place, as a service's rows do. Times are seconds by the fake's clock.
"""

from dataclasses import dataclass, field
from typing import Any

from tests.fakes.slack.shown import State

SCOPES = frozenset(
    {"app_mentions:read", "channels:history", "chat:write", "commands", "files:read", "files:write", "im:history"}
    | {"im:read", "im:write", "team:read", "users:read", "users:read.email"}
)
EVENTS = frozenset(
    {"app_home_opened", "app_mention", "app_uninstalled", "file_shared", "message.channels", "message.im"}
    | {"team_join", "tokens_revoked", "user_change"}
)


@dataclass(slots=True)
class App:
    """The app as its manifest has it. `urls`: where Slack delivers by HTTP ("events", "interactive", "commands")."""

    id: str = "A0FAKE00001"
    client_id: str = "1000000000.2000000000"
    client_secret: str = "client-secret-of-the-fake"
    signing_secret: str = "5162616e64656e73666f727465737473"
    verification_token: str = "verification-token-of-the-fake"
    app_token: str = "xapp-1-A0FAKE00001-1-fake"
    app_scopes: frozenset[str] = frozenset({"connections:write"})
    scopes: frozenset[str] = SCOPES
    events: frozenset[str] = EVENTS
    redirect_uris: tuple[str, ...] = ()
    home_tab: bool = True
    messages_tab: bool = True
    socket_mode: bool = True
    token_rotation: bool = False
    urls: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Token:
    """`state`: "live", "revoked" or "inactive" (the app was uninstalled). `expires` 0: never."""

    value: str
    team: str
    kind: str
    scopes: frozenset[str]
    state: str = "live"
    expires: float = 0.0
    refresh: str = ""


@dataclass(slots=True)
class Member:
    id: str
    team: str
    name: str
    real_name: str
    email: str = ""
    tz: str = "Europe/Berlin"
    locale: str = "en-US"
    deleted: bool = False
    is_bot: bool = False
    is_restricted: bool = False
    is_admin: bool = False
    updated: int = 0
    notices: list[str] = field(default_factory=list)  # what Slack itself tells a person: a command that failed
    views: list["View"] = field(default_factory=list)  # the stack of open modals
    home: "View | None" = None


@dataclass(slots=True)
class Message:
    """`raw` is what the API shows. `names`: the sender asked Slack to look for bare names."""

    raw: dict[str, Any]
    edits: int = 0
    to: str = ""  # the one who sees it, if it is ephemeral
    names: bool = False
    states: dict[str, State] = field(default_factory=dict)  # by person: what is ticked and chosen


@dataclass(slots=True)
class Channel:
    """`kind`: "im", "channel" or "group". `user`: the person of an im."""

    id: str
    team: str
    name: str
    kind: str
    members: set[str]
    user: str = ""
    archived: bool = False
    messages: dict[str, Message] = field(default_factory=dict)


@dataclass(slots=True)
class File:
    id: str
    team: str
    name: str
    user: str
    size: int
    key: str  # of its upload address
    mimetype: str = ""
    title: str = ""
    alt: str = ""
    data: bytes | None = None
    done: bool = False
    ready: float = 0.0  # processing ends then
    channels: list[str] = field(default_factory=list)
    check_info: bool = False  # events carry only the id, as with files from Slack Connect


@dataclass(slots=True)
class View:
    raw: dict[str, Any]
    user: str
    team: str
    state: State = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Trigger:
    team: str
    user: str
    born: float
    view: str = ""
    used: bool = False


@dataclass(slots=True)
class ResponseUrl:
    team: str
    user: str
    channel: str
    born: float
    ts: str = ""  # of the message whose button was pressed
    uses: int = 0
    ephemeral: bool = False


@dataclass(slots=True)
class Code:
    """A consent that waits for `oauth.v2.access`."""

    team: str
    user: str
    redirect_uri: str
    scopes: frozenset[str]
    born: float


@dataclass(slots=True)
class Team:
    id: str
    name: str
    domain: str
    bot_id: str
    bot_user: str
    installed: bool = False
    members: dict[str, Member] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    ims: dict[str, str] = field(default_factory=dict)  # person -> id of the channel with the bot
