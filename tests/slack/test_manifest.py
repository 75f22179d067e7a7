"""The app's manifest asks for what the code needs: no scope less, and not one more."""

import re
from pathlib import Path
from typing import Any

import pytest

from adapters.slack import manifest as ours
from adapters.slack.manifest import COMMANDS, EVENTS, METHODS, SCOPES, app, manifest
from adapters.slack.settings import SlackSettings
from tests.fakes.slack.core import FakeSlack
from tests.fakes.slack.methods import METHODS as THEIRS

HERE = Path(ours.__file__).parent
SOCKET = SlackSettings(bot_token="xoxb-1", app_token="xapp-1", mode="socket")
HTTP = SlackSettings(client_id="1", client_secret="2", signing_secret="3", mode="http")


def called() -> set[str]:
    """Every method that stands in the code, by its name or as a call of the SDK's client."""
    found: set[str] = set()
    for file in HERE.rglob("*.py"):
        if file.name in ("manifest.py", "errors.py"):
            continue
        text = file.read_text()
        found |= set(
            re.findall(
                r'"((?:api|apps|auth|blocks|bots|chat|conversations|files|oauth|team|users|views)\.[\w.]+)"', text
            )
        )
        found |= {name for name in METHODS if re.search(rf"\.{_snake(name)}\(", text)}
    return found


def _snake(method: str) -> str:
    return re.sub(r"([A-Z]+)", r"_\1", method.replace(".", "_")).lower().replace("u_r_l", "url")


def test_the_methods_we_call_are_those_of_the_table() -> None:
    unused = {name for name in METHODS if name not in called()}
    assert called() <= METHODS.keys()
    assert not unused


def test_the_scopes_are_those_that_slack_wants_for_them() -> None:
    fake = FakeSlack()
    token = fake.tokens[fake.workspace("Bakery").token]
    for name, scopes in METHODS.items():
        if name == "apps.connections.open":
            continue  # by the app-level token
        from tests.fakes.slack.args import Args

        wanted = THEIRS[name].scope(fake, token, Args({"channel": "D1"}))
        assert scopes == ((wanted,) if wanted else ()), name


def test_no_scope_is_asked_for_in_vain() -> None:
    needed = {scope for wants in (METHODS, EVENTS) for scopes in wants.values() for scope in scopes} | {"commands"}
    assert set(SCOPES) == needed
    assert len(SCOPES) == len(set(SCOPES)) and list(SCOPES) == sorted(SCOPES)
    assert "users:read.email" not in SCOPES


def test_every_event_we_ask_for_is_understood() -> None:
    text = (HERE / "happenings.py").read_text()
    for event in EVENTS:
        assert f'"{event.partition(".")[0]}"' in text, event


@pytest.mark.parametrize("settings", [SOCKET, HTTP])
def test_the_yaml_says_what_the_value_says(settings: SlackSettings) -> None:
    text = manifest(settings, "https://learn.example.org")
    assert read_yaml(text) == app(settings, "https://learn.example.org")
    assert text.endswith("\n") and "\t" not in text and "agent_view" not in text


def test_the_tabs_are_on_and_people_may_write() -> None:
    home = app(SOCKET, "")["features"]["app_home"]
    assert home == {"home_tab_enabled": True, "messages_tab_enabled": True, "messages_tab_read_only_enabled": False}


def test_socket_mode_needs_no_address_and_http_needs_three() -> None:
    assert "http" not in manifest(SOCKET, "https://learn.example.org").replace("https://docs", "")
    made = app(HTTP, "https://learn.example.org")
    assert made["settings"]["event_subscriptions"]["request_url"] == "https://learn.example.org/slack/events"
    assert made["settings"]["interactivity"]["request_url"] == "https://learn.example.org/slack/interactive"
    assert {one["url"] for one in made["features"]["slash_commands"]} == {"https://learn.example.org/slack/commands"}
    assert made["oauth_config"]["redirect_urls"] == ["https://learn.example.org/slack/oauth_redirect"]
    assert "YOUR-SERVER" in manifest(HTTP, "")


def test_the_commands_are_there_with_a_line_each() -> None:
    wanted = ["/learn", "/review", "/progress", "/team", "/assign", "/packs", "/morsel"]
    assert list(COMMANDS) == wanted
    assert all(0 < len(about) <= 2000 and len(hint) <= 1000 for about, hint in COMMANDS.values())


def test_names_fit() -> None:
    made = app(HTTP, "")
    assert len(made["display_information"]["name"]) <= 35
    assert len(made["display_information"]["description"]) <= 140
    assert re.fullmatch(r"#[0-9a-f]{6}", made["display_information"]["background_color"])


def read_yaml(text: str) -> Any:
    """Just enough of YAML for what is written here: indented names, lists, quoted texts, truths."""
    import json

    lines = [line for line in text.splitlines() if line and not line.startswith("#")]

    def block(at: int, depth: int) -> tuple[Any, int]:
        if lines[at].lstrip().startswith("- "):
            items = []
            while at < len(lines) and lines[at].startswith(" " * depth + "- "):
                rest = lines[at][depth + 2 :]
                if re.match(r"\w+: ", rest):
                    lines[at] = " " * (depth + 2) + rest
                    item, at = block(at, depth + 2)
                else:
                    item, at = json.loads(rest), at + 1
                items.append(item)
            return items, at
        made: dict[str, Any] = {}
        while at < len(lines) and re.match(rf" {{{depth}}}\w", lines[at]):
            name, _, rest = lines[at].strip().partition(":")
            if rest.strip():
                made[name], at = json.loads(rest), at + 1
            else:
                inner = len(lines[at + 1]) - len(lines[at + 1].lstrip())
                made[name], at = block(at + 1, inner)
        return made, at

    value, end = block(0, 0)
    assert end == len(lines)
    return value
