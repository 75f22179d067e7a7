"""Several workspaces: installed from our own pages, refreshed, uninstalled, installed again. A real browser's steps, and
those of somebody who steals, forges or repeats them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import structlog
from msgspec.structs import replace

from adapters.slack import installing, installs
from adapters.slack.installs import Install
from bot.events import Said
from bot.person import Role
from bot.ports import Misconfigured
from scheduler.metronome import SystemClock
from tests.fakes.slack import FakeSlack
from tests.fakes.slack.people import Workspace
from tests.slack.until import until
from tests.slack.world import World, a_world

SECRETS = ("xoxb-", "xoxe", "client-secret")


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    with structlog.testing.capture_logs() as logs:
        async with a_world(tmp_path, mode="http", oauth=True) as made:
            yield made
    assert not [word for word in SECRETS if word in str(logs)]


class Browser:
    """Somebody's browser: keeps cookies, and follows where it is sent."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.client = httpx.AsyncClient(verify=False)
        self.cookie = ""

    async def __aenter__(self) -> "Browser":
        return self

    async def __aexit__(self, *why: object) -> None:
        await self.client.aclose()

    async def get(self, url: str) -> httpx.Response:
        """Cookies by hand: this one is for https only, and the test has none."""
        answer = await self.client.get(url, headers={"cookie": self.cookie} if self.cookie else {})
        if "set-cookie" in answer.headers and url.startswith(self.world.url):
            said = answer.headers["set-cookie"]
            assert "HttpOnly" in said
            assert "Secure" in said
            self.cookie = said.partition(";")[0]
        return answer

    async def set_out(self) -> str:
        """Our page sends to Slack; where to."""
        answer = await self.get(f"{self.world.url}/slack/install")
        assert answer.status_code == 302
        return str(answer.headers["location"])

    async def agree(self, at_slack: str) -> str:
        """Slack sends back; where to."""
        answer = await self.client.get(at_slack)
        assert answer.status_code == 302
        return str(answer.headers["location"])

    async def install(self, team: Workspace | None = None) -> httpx.Response:
        if team is not None:
            self.world.server.consents.append((team.id, ""))
        return await self.get(await self.agree(await self.set_out()))


async def test_a_workspace_is_installed_and_talked_with(world: World) -> None:
    assert world.channel.accounts() == ()
    async with Browser(world) as browser:
        answer = await browser.install(world.team)
    assert answer.status_code == 200
    assert "Morsel now lives in <b>Harbour</b>" in answer.text
    assert "xox" not in answer.text
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert world.channel.accounts() == (world.team.id,)
    amina = world.person("Amina Diallo")
    amina.say("hello")
    await world.settled()
    assert amina.messages


async def test_it_asks_for_what_the_manifest_has(world: World) -> None:
    from adapters.slack.manifest import SCOPES

    async with Browser(world) as browser:
        asked = parse_qs(urlsplit(await browser.set_out()).query)
    assert set(asked["scope"][0].split(",")) == set(SCOPES)
    assert asked["redirect_uri"] == [f"{world.url}/slack/oauth_redirect"]
    assert len(asked["state"][0]) >= 32


async def test_two_workspaces(world: World) -> None:
    """Each person of each is another, even by the same id, and each is answered with their own workspace's token."""
    second = world.fake.workspace("Station", installed=False)
    async with Browser(world) as browser:
        await browser.install(world.team)
        await browser.install(second)
    assert set(world.channel.accounts()) == {world.team.id, second.id}
    amina, bo = world.person("Amina Diallo"), world.person("Bo Berg", second)
    await world.enlist(amina, "amina")
    await world.enlist(bo, "bo", Role.MANAGER)
    amina.say("/progress")
    bo.say("/team")
    await world.settled()
    assert amina.messages and bo.messages
    assert {call.team for call in world.fake.calls if call.method == "chat.postMessage"} == {world.team.id, second.id}


async def test_what_was_installed_outlives_a_restart(world: World) -> None:
    async with Browser(world) as browser:
        await browser.install(world.team)
    await world.stop_channel()
    await world.start_channel()
    await until(lambda: world.channel.accounts() == (world.team.id,))
    assert (await world.channel.installs.token_for(world.team.id)).startswith("xoxb-")


async def test_tokens_are_not_readable_in_the_database(world: World, tmp_path: Path) -> None:
    async with Browser(world) as browser:
        await browser.install(world.team)
    token = world.team.token.encode()
    files = [path for path in tmp_path.iterdir() if path.is_file()]
    assert files and not [path for path in files if token in path.read_bytes()]
    assert token.decode() not in repr(world.channel.installs.of(world.team.id))


# --- The way back ----------------------------------------------------------------------------------------------------


async def test_the_way_back_is_good_once(world: World) -> None:
    async with Browser(world) as browser:
        back = await browser.agree(await browser.set_out())
        kept = browser.cookie
        assert (await browser.get(back)).status_code == 200
        browser.cookie = kept
        again = await browser.get(back)
    assert again.status_code == 401
    assert "Start again" in again.text


async def test_another_browser_cannot_come_back(world: World) -> None:
    """Somebody sends a victim the link of their own way back."""
    async with Browser(world) as attacker, Browser(world) as victim:
        back = await attacker.agree(await attacker.set_out())
        assert (await victim.get(back)).status_code == 400
        await victim.set_out()
        assert (await victim.get(back)).status_code == 400
    assert world.channel.accounts() == ()


async def test_a_forged_state(world: World) -> None:
    """One that we never gave, with a cookie to match."""
    async with Browser(world) as browser:
        back = urlsplit(await browser.agree(await browser.set_out()))
        code = parse_qs(back.query)["code"][0]
        browser.cookie = "slack-app-oauth-state=forged"
        answer = await browser.get(f"{world.url}/slack/oauth_redirect?code={code}&state=forged")
    assert answer.status_code == 401
    assert world.channel.accounts() == ()


@pytest.mark.parametrize(
    "query",
    [
        "",
        "code=x",
        "state=x",
        "code=&state=",
        "code=x&state=%FF%FE",
        "state=<script>alert(1)</script>&code=x",
        "error=<script>alert(1)</script>",
        "error=access_denied",
        "code=x&code=y&state=a&state=b",
        "%%%&&&===",
        "state=" + "x" * 5_000,
    ],
)
async def test_nonsense_on_the_way_back(world: World, query: str) -> None:
    """No 500, no word of theirs on our page, nothing installed."""
    async with Browser(world) as browser:
        await browser.set_out()
        answer = await browser.get(f"{world.url}/slack/oauth_redirect?{query}")
    assert answer.status_code < 500
    assert "alert(1)" not in answer.text
    assert world.channel.accounts() == ()


async def test_the_way_back_ends_after_ten_minutes(tmp_path: Path) -> None:
    clock = MovedClock()
    async with a_world(tmp_path, mode="http", oauth=True, clock=clock) as world, Browser(world) as browser:
        at_slack = await browser.set_out()
        clock.ahead += timedelta(minutes=10, seconds=1)
        assert (await browser.get(await browser.agree(at_slack))).status_code == 401
        at_slack = await browser.set_out()
        clock.ahead += timedelta(minutes=9)
        assert (await browser.get(await browser.agree(at_slack))).status_code == 200


async def test_many_who_set_out_do_not_fill_the_memory(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installing, "STATES", 10)
    async with Browser(world) as early, Browser(world) as late:
        at_slack = await early.set_out()
        await asyncio.gather(*(late.client.get(f"{world.url}/slack/install") for _ in range(11)))
        assert (await early.get(await early.agree(at_slack))).status_code == 401
        assert (await late.install()).status_code == 200


async def test_slack_says_no(world: World) -> None:
    """They pressed "cancel"; or Slack does not accept the code, or does not answer."""
    async with Browser(world) as browser:
        back = await browser.agree(await browser.set_out() + "&fake_answer=cancel")
        answer = await browser.get(back)
        assert (answer.status_code, "Nothing was installed" in answer.text) == (200, True)
        back = await browser.agree(await browser.set_out())
        world.fake.codes.clear()
        assert (await browser.get(back)).status_code == 400
        back = await browser.agree(await browser.set_out())
        world.fake.faults.add("oauth.v2.access", "reset")
        assert (await browser.get(back)).status_code == 503
        assert (await browser.install()).status_code == 200


async def test_only_get(world: World) -> None:
    async with httpx.AsyncClient(verify=False) as client:
        assert (await client.post(f"{world.url}/slack/install")).status_code == 405
        assert (await client.post(f"{world.url}/slack/oauth_redirect")).status_code == 405


async def test_there_is_no_page_without_a_client_id(tmp_path: Path) -> None:
    async with a_world(tmp_path, mode="http") as world, httpx.AsyncClient(verify=False) as client:
        assert (await client.get(f"{world.url}/slack/install")).status_code == 404


# --- Workspaces that are not meant -----------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["", "500", "reset"])
async def test_a_workspace_that_is_not_meant(tmp_path: Path, fault: str) -> None:
    """It reads why, nothing of it is kept, and its token is given back; where Slack does not answer, it is forgotten."""
    with structlog.testing.capture_logs() as logs:
        async with a_world(tmp_path, mode="http", oauth=True, only=True, unit="harbour") as world:
            other = world.fake.workspace("Strangers & Co", installed=False)
            if fault:
                world.fake.faults.add("auth.revoke", fault)
            async with Browser(world) as browser:
                refused = await browser.install(other)
                assert (refused.status_code, "not one of the workspaces" in refused.text) == (403, True)
                assert "Strangers &amp; Co" in refused.text
                assert other.id in refused.text
                assert await world.parts.vault.names("slack.") == ()
                assert world.channel.accounts() == ()
                assert bool(other.token) == bool(fault), "revoked"
                assert (await browser.install(world.team)).status_code == 200
            assert world.channel.accounts() == (world.team.id,)
    assert not [word for word in SECRETS if word in str(logs)]


async def test_what_comes_from_a_workspace_that_is_not_meant_is_dropped(tmp_path: Path) -> None:
    """Acknowledged, told once, and nobody of it gets in by the open door."""
    with structlog.testing.capture_logs() as logs:
        async with a_world(tmp_path, mode="http", oauth=True, only=True, unit="harbour") as world:
            await installed(world)
            other = world.fake.workspace("Strangers")
            eve, amina = world.person("Eve Evers", other), world.person("Amina Diallo")
            for number in range(3):
                eve.say(f"canary {number}")
            eve.command("/learn")
            amina.say("hello")
            await world.settled()
            assert {each.address for each in world.heard} == {world.address(amina)}
            assert not eve.messages
            assert not world.fake.lost
    assert "canary" not in str(logs)
    assert len([each for each in logs if other.id in str(each)]) == 1


async def test_what_was_installed_before_the_list_was_made_is_not_used(tmp_path: Path) -> None:
    async with a_world(tmp_path, mode="http", oauth=True, only=True) as world:
        await installed(world)
        world.settings = replace(world.settings, workspaces=("T0ELSEWHERE",))
        await world.stop_channel()
        await world.start_channel()
        await asyncio.sleep(0.05)
        assert world.channel.accounts() == ()


async def test_the_token_of_the_settings_is_of_a_workspace_that_is_not_meant(tmp_path: Path) -> None:
    async with a_world(tmp_path, mode="http") as world:
        world.settings = replace(world.settings, workspaces=("T0ELSEWHERE",))
        await world.stop_channel()
        with structlog.testing.capture_logs() as logs:
            await world.start_channel()
            await until(lambda: bool(logs))
        assert world.channel.accounts() == ()
        assert "slack.workspaces" in logs[0]["event"]


async def test_an_organisation_stands_for_all_its_workspaces(world: World) -> None:
    settings = replace(world.settings, workspaces=("E0ORG", "T0ONE"))
    assert settings.serves("T0ANY", "E0ORG")
    assert settings.serves("T0ONE")
    assert not settings.serves("T0ANY", "E0OTHER")
    assert not settings.serves("", "")


# --- Coming and going ------------------------------------------------------------------------------------------------


async def installed(world: World) -> None:
    async with Browser(world) as browser:
        assert (await browser.install(world.team)).status_code == 200


async def test_uninstalled_and_installed_again(world: World) -> None:
    """Letters wait meanwhile, and go when it is back. The token is forgotten at once."""
    await installed(world)
    amina = world.person("Amina Diallo")
    await world.enlist(amina, "amina")
    world.team.uninstall()
    await until(lambda: not world.channel.accounts())
    assert await world.parts.vault.names("slack.install.") == ()
    with pytest.raises(Misconfigured):
        await world.channel.installs.token_for(world.team.id)
    amina.say("/progress")
    await asyncio.sleep(0.1)
    before = len(amina.messages)
    await installed(world)
    await until(lambda: not world.fake.deliveries.open)
    amina.say("/progress")
    await world.settled()
    assert len(amina.messages) > before


async def test_a_revoked_token(world: World) -> None:
    await installed(world)
    world.team.revoke_token()
    await until(lambda: not world.channel.accounts())
    await installed(world)
    assert world.channel.accounts() == (world.team.id,)


async def test_an_uninstalling_of_yesterday_harms_no_new_installation(world: World) -> None:
    """The event comes hours late, after the app was installed again: Slack is asked, and the token is good."""
    await installed(world)
    world.team.event({"type": "app_uninstalled"})
    world.team.event({"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [world.team.bot_user]}})
    await world.settled()
    assert world.channel.accounts() == (world.team.id,)


async def test_a_token_that_dies_without_a_word(world: World) -> None:
    """No event said so; a letter finds out, the workspace pauses, and nobody's letter is lost."""
    await installed(world)
    amina = world.person("Amina Diallo")
    await world.enlist(amina, "amina")
    world.fake.app.events -= {"tokens_revoked", "app_uninstalled"}
    world.team.revoke_token()
    amina.say("/progress")
    await until(lambda: not world.channel.accounts())
    await installed(world)
    await world.settled()
    assert amina.messages


async def test_slack_is_asked_once_and_not_at_each_event(world: World) -> None:
    """Bolt's own authorising asks at every one of them."""
    await installed(world)
    amina = world.person("Amina Diallo")
    amina.say("first")
    await world.settled()
    world.fake.calls.clear()
    for number in range(20):
        amina.say(f"word {number}")
    await world.settled()
    assert len([each for each in world.heard if isinstance(each.event, Said)]) == 21
    assert {call.method for call in world.fake.calls} == {"chat.postMessage"}


async def test_the_token_of_the_settings_is_wrong(tmp_path: Path) -> None:
    """Told once; what comes in is heard all the same, and waits to be answered."""
    with structlog.testing.capture_logs() as logs:
        async with a_world(tmp_path, mode="http") as world:
            world.team.revoke_token()
            await until(lambda: not world.channel.accounts())
            assert "slack.bot_token (token_revoked)" in world.channel.off()
            world.person("Amina Diallo").say("hello")
            await until(lambda: bool(world.heard))
            assert not world.fake.lost
    assert len([each for each in logs if each["log_level"] == "error"]) == 1


async def test_a_refused_token_is_tried_again_at_times(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Told once, off all that time, and on again when the workspace has taken the app back."""
    monkeypatch.setattr(installs, "RARELY", 0.05)
    with structlog.testing.capture_logs() as logs:
        async with a_world(tmp_path, mode="http") as world:
            assert world.channel.off() == ""
            token = world.fake.tokens[world.team.token]
            token.state = "revoked"
            await world.stop_channel()
            await world.start_channel()
            asked = len(world.fake.calls)
            await until(lambda: len(world.fake.calls) >= asked + 3)
            assert "slack.bot_token (token_revoked)" in world.channel.off()
            token.state = "live"
            await until(lambda: world.channel.off() == "")
            assert world.channel.accounts() == (world.team.id,)
    assert len([each for each in logs if each["log_level"] == "error"]) == 1


async def test_slack_cannot_be_reached_at_the_start(tmp_path: Path) -> None:
    def broken(fake: FakeSlack) -> None:
        fake.faults.add("auth.test", "503", times=1)

    async with a_world(tmp_path, mode="http", prepare=broken) as world:
        assert world.channel.accounts() == (world.team.id,)


# --- Tokens that end -------------------------------------------------------------------------------------------------


class MovedClock:
    """The time, and how far it was moved on."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return SystemClock().now() + self.ahead


def rotating(fake: FakeSlack) -> None:
    fake.app.token_rotation = True


async def test_a_token_is_refreshed_before_it_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installs, "LOOK", 0.05)
    clock = MovedClock()
    async with a_world(tmp_path, mode="http", oauth=True, clock=clock, prepare=rotating) as world:
        await installed(world)
        first = await world.channel.installs.token_for(world.team.id)
        clock.ahead += timedelta(hours=10, minutes=1)
        await until(lambda: [call.method for call in world.fake.calls].count("oauth.v2.access") == 2)
        await until(lambda: world.channel.installs.of(world.team.id).token != first)  # type: ignore[union-attr]
        await world.stop_channel()
        await world.start_channel()
        await until(lambda: bool(world.channel.accounts()))
        amina = world.person("Amina Diallo")
        amina.say("hello")
        await world.settled()
        assert amina.messages


async def test_stopping_in_the_middle_of_a_refresh(tmp_path: Path) -> None:
    """Slack has taken the old refresh token by then: what it gives for it must be kept before we go."""
    clock = MovedClock()
    async with a_world(tmp_path, mode="http", oauth=True, clock=clock, prepare=rotating) as world:
        await installed(world)
        clock.ahead += timedelta(hours=13)
        world.fake.faults.add("oauth.v2.access", "slow", times=1, seconds=0.5)
        asking = asyncio.create_task(world.channel.installs.token_for(world.team.id))
        await until(lambda: [call.method for call in world.fake.calls].count("oauth.v2.access") == 2)
        asking.cancel()
        await world.stop_channel()
        await world.start_channel()
        await until(lambda: bool(world.channel.accounts()))
        assert await world.channel.installs.token_for(world.team.id) == world.team.token
        assert [call.method for call in world.fake.calls].count("oauth.v2.access") == 2


async def test_letters_at_once_refresh_once(tmp_path: Path) -> None:
    """A refresh token is good for one use, so twenty letters must not each use it."""
    clock = MovedClock()
    async with a_world(tmp_path, mode="http", oauth=True, clock=clock, prepare=rotating) as world:
        await installed(world)
        clock.ahead += timedelta(hours=13)
        tokens = await asyncio.gather(*(world.channel.installs.token_for(world.team.id) for _ in range(20)))
        assert len(set(tokens)) == 1
        assert [call.method for call in world.fake.calls].count("oauth.v2.access") == 2


async def test_a_refresh_that_slack_does_not_answer(tmp_path: Path) -> None:
    """While the old token lives it is used; the next look tries again."""
    clock = MovedClock()
    async with a_world(tmp_path, mode="http", oauth=True, clock=clock, prepare=rotating) as world:
        await installed(world)
        world.fake.faults.add("oauth.v2.access", "503", times=1)
        clock.ahead += timedelta(hours=11, minutes=59, seconds=30)
        first = await world.channel.installs.token_for(world.team.id)
        second = await world.channel.installs.token_for(world.team.id)
        assert first != second


async def test_a_refresh_token_that_was_used_up(tmp_path: Path) -> None:
    """Nothing helps but installing again, and that is what happens."""
    clock = MovedClock()
    async with a_world(tmp_path, mode="http", oauth=True, clock=clock, prepare=rotating) as world:
        await installed(world)
        for token in world.fake.tokens.values():
            token.refresh = ""
        clock.ahead += timedelta(hours=13)
        with pytest.raises(Misconfigured):
            await world.channel.installs.token_for(world.team.id)
        assert world.channel.accounts() == ()
        await installed(world)
        assert world.channel.accounts() == (world.team.id,)


# --- Organisations ---------------------------------------------------------------------------------------------------


async def test_installed_for_a_whole_organisation(world: World) -> None:
    """Which workspaces that serves is learnt from events, and kept."""
    token = world.team.install()
    kept = world.channel.installs
    await kept.add(Install(token, enterprise="E0ORG", everywhere=True))
    assert kept.of("T0ONE") is None
    await kept.belongs("T0ONE", "E0ORG")
    await kept.belongs("T0OTHER", "E0ELSEWHERE")
    assert await kept.token_for("T0ONE") == token
    assert set(kept.accounts()) == {"E0ORG", "T0ONE"}
    await world.stop_channel()
    await world.start_channel()
    await until(lambda: bool(world.channel.accounts()))
    assert await world.channel.installs.token_for("T0ONE") == token


async def test_a_workspace_of_its_own_goes_before_its_organisation(world: World) -> None:
    kept = world.channel.installs
    await kept.add(Install("xoxb-org", enterprise="E0ORG", everywhere=True))
    await kept.belongs("T0ONE", "E0ORG")
    await kept.add(Install("xoxb-one", team="T0ONE", enterprise="E0ORG"))
    assert await kept.token_for("T0ONE") == "xoxb-one"


def test_clocks_have_zones() -> None:
    assert MovedClock().now().tzinfo == UTC
