"""The app as Slack wants to have it described: what people paste to make one. Pure.

Promise: exactly the scopes that the methods we call and the events we hear need, and not one more; a test compares them.
`agent_view` stays out: with it every message becomes the root of a thread, and there is no history.
Source: https://docs.slack.dev/reference/app-manifest
"""

import json
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from adapters.slack.settings import SlackSettings

# What each method of the Web API wants of the bot's token. https://docs.slack.dev/reference/methods
METHODS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "apps.connections.open": (),  # connections:write, on the app-level token
        "auth.revoke": (),
        "auth.test": (),
        "blocks.validate": (),
        "chat.delete": ("chat:write",),
        "chat.postEphemeral": ("chat:write",),
        "chat.postMessage": ("chat:write",),
        "chat.update": ("chat:write",),
        "conversations.history": ("im:history",),
        "conversations.open": ("im:write",),
        "files.completeUploadExternal": ("files:write",),
        "files.getUploadURLExternal": ("files:write",),
        "files.info": ("files:read",),
        "oauth.v2.access": (),
        "users.info": ("users:read",),
        "views.publish": (),
    }
)

# What each event wants. https://docs.slack.dev/reference/events
EVENTS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "app_home_opened": (),
        "app_mention": ("app_mentions:read",),
        "app_uninstalled": (),
        "message.im": ("im:history",),
        "team_join": ("users:read",),
        "tokens_revoked": (),
        "user_change": ("users:read",),
    }
)

# Names are shared by all apps of a workspace, so /morsel leads to all of them. At most 2,000 characters a line.
COMMANDS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "/learn": ("Start or go on with today's lesson", "[pack]"),
        "/review": ("Repeat what is about to be forgotten", ""),
        "/progress": ("See how far you are", "[name]"),
        "/team": ("See how your team is doing", "[pack]"),
        "/assign": ("Give somebody a pack to learn", "[pack] [person or unit] [date]"),
        "/packs": ("See which packs there are", ""),
        "/morsel": ("Everything else: /morsel help", "[command]"),
    }
)

SCOPES: Final = tuple(
    sorted({"commands"} | {scope for wants in (METHODS, EVENTS) for scopes in wants.values() for scope in scopes})
)

COLOUR: Final = "#1f6f5c"


def manifest(settings: SlackSettings, link: str) -> str:
    """The app's manifest as YAML. `link` is where the web server is reached from outside, needed for HTTP and OAuth."""
    return "\n".join(
        ("# Paste this at api.slack.com/apps: Create New App, From a manifest.", *_yaml(app(settings, link)), "")
    )


def app(settings: SlackSettings, link: str) -> dict[str, Any]:
    """The same as a value."""
    socket = settings.mode != "http"
    server = link or "https://YOUR-SERVER"
    features = {
        "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True, "messages_tab_read_only_enabled": False},
        "bot_user": {"display_name": "Morsel", "always_online": True},
        "slash_commands": [
            _command(name, *about, "" if socket else f"{server}/slack/commands") for name, about in COMMANDS.items()
        ],
    }
    oauth: dict[str, Any] = {"scopes": {"bot": list(SCOPES)}}
    if settings.client_id:
        oauth = {"redirect_urls": [f"{server}/slack/oauth_redirect"], **oauth}
    events = {} if socket else {"request_url": f"{server}/slack/events"}
    clicks = {} if socket else {"request_url": f"{server}/slack/interactive"}
    return {
        "display_information": {
            "name": "Morsel",
            "description": "Bite-sized lessons in your chat",
            "background_color": COLOUR,
        },
        "features": features,
        "oauth_config": oauth,
        "settings": {
            "event_subscriptions": {**events, "bot_events": sorted(EVENTS)},
            "interactivity": {"is_enabled": True, **clicks},
            "org_deploy_enabled": bool(settings.client_id),
            "socket_mode_enabled": socket,
            "token_rotation_enabled": bool(settings.client_id),
        },
    }


def _command(name: str, about: str, hint: str, door: str) -> dict[str, Any]:
    made: dict[str, Any] = {"command": name, "description": about, "should_escape": False}
    if hint:
        made["usage_hint"] = hint
    return {**made, "url": door} if door else made


def _yaml(value: Any, depth: int = 0) -> Iterator[str]:
    """Block style; every text in quotes, so that none is taken for a number or a truth."""
    pad = "  " * depth
    for name, inner in value.items():
        if isinstance(inner, dict):
            yield f"{pad}{name}:"
            yield from _yaml(inner, depth + 1)
        elif isinstance(inner, list):
            yield f"{pad}{name}:"
            for item in inner:
                lines = list(_yaml(item, depth + 2)) if isinstance(item, dict) else [f"{pad}    {_scalar(item)}"]
                yield f"{pad}  - {lines[0].lstrip()}"
                yield from lines[1:]
        else:
            yield f"{pad}{name}: {_scalar(inner)}"


def _scalar(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
