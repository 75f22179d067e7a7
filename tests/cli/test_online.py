"""What asks the platforms, against the strict fakes on real sockets: setting up, the doctor, the manifest."""

import asyncio
import json
from pathlib import Path

from tests.cli.program import Made, morsel
from tests.fakes.slack import FakeSlack
from tests.fakes.slack.server import serving as serving_slack
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram import serving as serving_telegram

TOKEN = "424242:" + "Abcde" * 7


async def run(folder: Path, *words: str) -> Made:
    return await asyncio.to_thread(morsel, folder, *words)


def settings(folder: Path, *lines: str) -> None:
    (folder / "config.toml").write_text("\n".join(("[web]", "port = 0", *lines, "")))


def telegram(server: str, token: str = TOKEN) -> tuple[str, ...]:
    return "[telegram]", f'token = "{token}"', f'server = "{server}"'


async def test_a_bot_is_set_up_as_often_as_one_likes(tmp_path: Path) -> None:
    fake = FakeTelegram(TOKEN, username="harbour_bot")
    async with serving_telegram(fake) as server:
        settings(tmp_path, *telegram(server))
        for _ in range(2):
            made = await run(tmp_path, "telegram", "setup", "--name", "Harbour Learning")
            assert made.returncode == 0, made.stderr
        assert "this is @harbour_bot" in made.stdout
        assert fake.profile["name", ""] == "Harbour Learning"
        menus = {language for _, language in fake.commands}
        assert {"", "de", "es"} <= menus
        assert not fake.unknown_calls
        invited = await run(tmp_path, "people", "invite", "Morsel", "--role", "admin", "--json")
        assert json.loads(invited.stdout)["links"][0].startswith("https://t.me/harbour_bot?start=")


async def test_a_wrong_token_is_told_and_never_shown(tmp_path: Path) -> None:
    fake = FakeTelegram(TOKEN)
    async with serving_telegram(fake) as server:
        settings(tmp_path, *telegram(server, "999999:" + "Wrong" * 7))
        made = await run(tmp_path, "telegram", "setup")
        seen = await run(tmp_path, "doctor", "--online")
    assert made.returncode == 1
    assert "Unauthorized" in made.stderr or "token" in made.stderr
    assert seen.returncode == 1
    assert "BotFather" in seen.stdout
    assert "Wrong" not in made.stdout + made.stderr + seen.stdout + seen.stderr


def test_without_a_token_there_is_nothing_to_set_up(tmp_path: Path) -> None:
    settings(tmp_path)
    made = morsel(tmp_path, "telegram", "setup")
    assert made.returncode == 1
    assert "Telegram is switched off." in made.stderr


async def test_the_doctor_asks_both(tmp_path: Path) -> None:
    bot, slack = FakeTelegram(TOKEN), FakeSlack()
    team = slack.workspace("Acme")
    async with serving_telegram(bot) as one, serving_slack(slack) as other:
        tokens = f'bot_token = "{team.token}"', f'app_token = "{slack.app.app_token}"', f'server = "{other}/api"'
        settings(tmp_path, *telegram(one), "[slack]", *tokens)
        assert (await run(tmp_path, "telegram", "setup")).returncode == 0
        good = await run(tmp_path, "doctor", "--online", "--json")
        team.revoke_token()
        bad = await run(tmp_path, "doctor", "--online", "--json")
    seen = json.loads(good.stdout)["checks"]
    assert not [check for check in seen if check["verdict"] == "red"], seen
    assert len(seen) >= 15
    assert all(check["fix"] for check in seen if check["verdict"] != "green")
    red = [check for check in json.loads(bad.stdout)["checks"] if check["verdict"] == "red"]
    assert red
    assert all(check["fix"] for check in red)


async def test_the_doctor_finds_an_open_door_that_leads_nowhere(tmp_path: Path) -> None:
    """The bot would not start with it."""
    slack = FakeSlack()
    team = slack.workspace("Acme")
    async with serving_slack(slack) as server:
        tokens = f'bot_token = "{team.token}"', f'app_token = "{slack.app.app_token}"', f'server = "{server}/api"'
        settings(tmp_path, "[slack]", *tokens, 'unit = "North/Harbour"')
        seen = await run(tmp_path, "doctor", "--online")
    assert seen.returncode == 1
    assert 'no unit is called "North/Harbour"' in seen.stdout
    assert "morsel people import" in seen.stdout


def test_the_doctor_says_when_nothing_is_on(tmp_path: Path) -> None:
    settings(tmp_path)
    made = morsel(tmp_path, "doctor", "--online")
    assert "Neither Slack nor Telegram is on." in made.stdout


def test_the_manifest_follows_the_way_slack_talks_to_us(tmp_path: Path) -> None:
    settings(tmp_path)
    socket = morsel(tmp_path, "slack", "manifest")
    assert socket.returncode == 0
    assert "socket_mode_enabled: true" in socket.stdout
    assert "https://" not in socket.stdout
    http = morsel(tmp_path, "slack", "manifest", "--http", "https://learn.example.org/")
    assert "socket_mode_enabled: false" in http.stdout
    assert 'url: "https://learn.example.org/slack/commands"' in http.stdout
    wrong = morsel(tmp_path, "slack", "manifest", "--http", "learn.example.org")
    assert wrong.returncode == 2
    assert "not an https address" in wrong.stderr
