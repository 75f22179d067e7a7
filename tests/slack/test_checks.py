"""What the doctor finds when it asks Slack, each time with what to do."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from aiohttp import web

from adapters.slack import checks as ours
from adapters.slack.checks import Check, checks, samples
from adapters.slack.installs import Install
from adapters.slack.manifest import SCOPES
from adapters.slack.settings import SlackSettings
from adapters.slack.signature import genuine
from tests.slack.outgoing import Stage, on_stage


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with on_stage() as stage:
        stage.fake.tokens[stage.workspace.token].scopes = frozenset(SCOPES)
        yield stage


def settings(stage: Stage, **more: Any) -> SlackSettings:
    given = {"bot_token": stage.workspace.token, "app_token": stage.fake.app.app_token, "mode": "socket"}
    return SlackSettings(**{**given, "server": stage.settings.server, **more})


async def looked(stage: Stage, **more: Any) -> dict[str, Check]:
    found = await checks(settings(stage, **more), stage.parts)
    assert all(fix for _, verdict, _, fix in found if verdict == "red"), "each red one says what to do"
    secrets = [one.value for one in stage.fake.tokens.values()]
    assert not any(secret in text for check in found for text in check for secret in secrets)
    return {check[0]: check for check in found}


async def test_all_is_well(stage: Stage) -> None:
    found = await looked(stage)
    assert list(found) == ["slack", "slack rights", "slack socket", "slack clock", "slack messages"]
    assert {verdict for _, verdict, _, _ in found.values()} == {"green"}
    assert "Bakery" in found["slack"][2]
    assert not stage.anna.messages


async def test_a_wrong_token(stage: Stage) -> None:
    found = await looked(stage, bot_token="xoxb-wrong")
    assert found["slack"][1] == "red" and "invalid_auth" in found["slack"][2]
    assert "slack messages" not in found and found["slack socket"][1] == "green"


async def test_a_revoked_token(stage: Stage) -> None:
    token = stage.workspace.token
    stage.workspace.revoke_token()
    assert "token_revoked" in (await looked(stage, bot_token=token))["slack"][2]


async def test_a_missing_right_is_named(stage: Stage) -> None:
    stage.fake.tokens[stage.workspace.token].scopes -= {"im:history"}
    _, verdict, told, fix = (await looked(stage))["slack rights"]
    assert (verdict, told) == ("red", "Missing: im:history.") and "manifest" in fix


async def test_a_right_too_many_is_told(stage: Stage) -> None:
    stage.fake.tokens[stage.workspace.token].scopes |= {"channels:read"}
    assert (await looked(stage))["slack rights"][1:3] == ("yellow", "More than needed: channels:read.")


@pytest.mark.parametrize("token", ["", "xapp-wrong", "bot"])
async def test_a_wrong_app_token(stage: Stage, token: str) -> None:
    found = await looked(stage, app_token=stage.workspace.token if token == "bot" else token)
    assert found["slack socket"][1] == "red" and "connections:write" in found["slack socket"][3]


async def test_slack_is_not_to_be_reached(stage: Stage) -> None:
    found = await looked(stage, server="http://127.0.0.1:9/api/")
    assert found["slack"][1] == "red" and "cannot be reached" in found["slack"][2]
    assert found["slack socket"][1] == "red"


async def test_slack_fails(stage: Stage) -> None:
    stage.fake.faults.add("auth.test", "garbage")
    stage.fake.faults.add("blocks.validate", "500")
    found = await looked(stage)
    assert found["slack"][1] == "red"
    stage.fake.faults.clear()
    stage.fake.faults.add("blocks.validate", "500")
    assert (await looked(stage))["slack messages"][1] == "yellow"


@pytest.mark.parametrize(
    ("off", "verdict"), [(0, "green"), (-90, "yellow"), (200, "yellow"), (400, "red"), (-4000, "red")]
)
async def test_the_clock(stage: Stage, off: int, verdict: str) -> None:
    stage.clock.ahead = timedelta(seconds=off)
    assert (await looked(stage))["slack clock"][1] == verdict


async def test_a_message_that_slack_would_refuse(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    from adapters.slack import limits

    monkeypatch.setattr(limits, "OPTION_TEXT", 500)
    long = samples()["a question with long answers"]
    rows = (tuple(type(long.rows[0][0])(f"{n}" * 100, f"token.{n}") for n in range(2)),)
    monkeypatch.setattr(ours, "samples", lambda: {"an odd one": type(long)(long.blocks, rows)})
    _, verdict, told, _ = (await looked(stage))["slack messages"]
    assert verdict == "red" and "an odd one" in told and "/blocks" in told


async def test_each_installation_is_looked_at(stage: Stage) -> None:
    for name in ("Bakery", "Brewery"):
        place = stage.fake.workspace(name)
        stage.fake.tokens[place.token].scopes = frozenset(SCOPES)
        stage.vault.held[f"slack.install.{place.id}"] = msgspec.json.encode(Install(place.token, place.id, name=name))
    found = await looked(stage, bot_token="")
    assert {"slack Bakery", "slack Bakery rights", "slack Brewery", "slack Brewery rights"} <= found.keys()


async def test_no_installation_yet(stage: Stage) -> None:
    found = await looked(stage, bot_token="")
    assert found["slack"][1] == "yellow" and "/slack/install" in found["slack"][3]
    stage.vault.held["slack.install.T1"] = b"{"
    assert (await looked(stage, bot_token=""))["slack"][1] == "red"


# --- By HTTP ---------------------------------------------------------------------------------------------------------


@pytest.fixture
async def door(stage: Stage) -> AsyncIterator[str]:
    """An address that answers as Morsel's does."""

    async def take(request: web.Request) -> web.Response:
        body = await request.read()
        stamp = request.headers["X-Slack-Request-Timestamp"].encode()
        signature = request.headers["X-Slack-Signature"].encode()
        if not genuine("secret", stamp, signature, body, stage.clock.now()):
            return web.Response(status=401)
        return web.json_response({"challenge": json.loads(body)["challenge"]})

    app = web.Application()
    app.add_routes([web.post("/slack/events", take)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.mark.parametrize(
    ("secret", "path", "verdict", "said"),
    [
        ("secret", "", "green", "answers"),
        ("wrong", "", "red", "HTTP 401"),
        ("secret", "/elsewhere", "red", "HTTP 404"),
        ("secret", "closed", "red", "does not answer"),
    ],
)
async def test_our_own_address(stage: Stage, door: str, secret: str, path: str, verdict: str, said: str) -> None:
    link = "http://127.0.0.1:9" if path == "closed" else f"{door}{path}"
    stage.parts = replace(stage.parts, link=link)
    _, found, told, _ = (await looked(stage, mode="http", signing_secret=secret))["slack address"]
    assert found == verdict and said in told


async def test_slack_sends_to_https_only(stage: Stage) -> None:
    stage.parts = replace(stage.parts, link="http://learn.example.org")
    found = await checks(SlackSettings(mode="http", signing_secret="s"), stage.parts)
    assert ("slack address", "red") in {check[:2] for check in found}
