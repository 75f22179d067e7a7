"""Settings: the example is complete, good files are read, and each of many bad ones is told with its line."""

import re
from pathlib import Path

import msgspec
import pytest

from bot.config import Config, ConfigRead, Database, read_config
from bot.settings import SETTINGS
from lessons.problems import Where
from tests.cli.program import morsel

ROOT = Path(__file__).parents[2]


def read(text: str | bytes, **environment: str) -> ConfigRead:
    return read_config("c.toml", text.encode() if isinstance(text, str) else text, environment)


def test_the_example_shows_every_key_with_what_holds_anyway() -> None:
    seen = read((ROOT / "config.example.toml").read_bytes())
    assert seen.problems == ()
    assert seen.config == Config()
    assert set(seen.given) == {f"{section}.{key}" for section in SETTINGS for key in SETTINGS[section]}


def test_the_table_of_settings_and_the_structs_are_one() -> None:
    for section in Config.__struct_fields__:
        assert tuple(SETTINGS[section]) == getattr(Config(), section).__struct_fields__
    assert tuple(SETTINGS) == Config.__struct_fields__


def test_nothing_at_all_gives_the_defaults() -> None:
    assert read("").config == Config()


def test_a_file_from_a_windows_editor_is_read() -> None:
    seen = read(b'\xef\xbb\xbf[organisation]\r\nname = "B\xc3\xa4ckerei"\r\n')
    assert seen.config is not None
    assert seen.config.organisation.name == "Bäckerei"


def test_values_are_tidied() -> None:
    seen = read('web.link = "https://a.example/"\n[organisation]\nnudge_at = "9:05"\nquiet = "21:00 – 6:30"\n')
    assert seen.config is not None
    assert seen.config.web.link == "https://a.example"
    assert seen.config.organisation.nudge_at == "09:05"
    assert seen.config.organisation.quiet == ("21:00", "06:30")
    assert read('organisation.quiet = "None"').problems == ()
    assert seen.config.house.link == "https://a.example"


def test_the_environment_wins() -> None:
    seen = read("[web]\nport = 1\n", MORSEL_WEB_PORT="9000", MORSEL_DATABASE_URL="sqlite:////srv/x.db", HOME="/root")
    assert seen.config is not None
    assert seen.config.web.port == 9000
    assert seen.config.database.path == "/srv/x.db"


BOT, APP = "xoxb-1-2-SECRETsecret", "xapp-1-A2-3-SECRETsecret"
SIGNING = "5ec3e75ec3e75ec3e75ec3e75ec3e75e"
TELEGRAM = "123456:SECRET" + "s" * 29
SECRET = re.compile("SECRET|5ec3e7")

BAD: dict[str, tuple[str | bytes, int, str]] = {
    # name: (text, line, words that must be told)
    "hours beyond the day": ('[organisation]\nnudge_at = "25:00"', 2, '"25:00" is not a time of day'),
    "minutes beyond the hour": ('[organisation]\nnudge_at = "10:60"', 2, "not a time of day"),
    "time in words": ('[organisation]\nnudge_at = "ten"', 2, "00:00"),
    "time as a number": ("[organisation]\nnudge_at = 10", 2, "must be text"),
    "time as TOML has it": ("[organisation]\nnudge_at = 10:00:00", 2, "must be text"),
    "time in other digits": ('[organisation]\nnudge_at = "١٠:٠٠"', 2, "not a time of day"),
    "unknown zone": ('[organisation]\nzone = "Europe/Berlinn"', 2, 'Did you mean "Europe/Berlin"?'),
    "zone in the wrong case": ('[organisation]\nzone = "europe/berlin"', 2, 'Did you mean "Europe/Berlin"?'),
    "zone that climbs": ('[organisation]\nzone = "../../etc/passwd"', 2, "no time zone"),
    "zone as an offset": ('[organisation]\nzone = "+02:00"', 2, "Europe/Berlin"),
    "unknown language": ('[organisation]\nlanguage = "klingon"', 2, "en, de, es"),
    "language as a list": ('[organisation]\nlanguage = ["en"]', 2, "must be text, not a list"),
    "quiet without an end": ('[organisation]\nquiet = "20:00"', 2, "20:00-08:00"),
    "quiet beyond the day": ('[organisation]\nquiet = "20:00-24:00"', 2, '"24:00" is not a time of day'),
    "quiet all day": ('[organisation]\nquiet = "20:00-20:00"', 2, "all day or never"),
    "no cards": ("[organisation]\ndaily_cards = 0", 2, "from 1 to 100"),
    "half a card": ("[organisation]\ndaily_cards = 1.5", 2, "whole number"),
    "cards in quotes": ('[organisation]\ndaily_cards = "8"', 2, "whole number"),
    "cards yes": ("[organisation]\ndaily_cards = true", 2, "not true"),
    "minutes below nothing": ("[organisation]\ndaily_minutes = -5", 2, "out of range"),
    "no name": ('[organisation]\nname = " "', 2, "is empty"),
    "name of two lines": ('[organisation]\nname = "a\\nb"', 2, "cannot be printed"),
    "name too long": (f'[organisation]\nname = "{"x" * 81}"', 2, "at most 80"),
    "misspelt key": ('[organisation]\nnudge_time = "10:00"', 2, 'Did you mean "nudge_at"?'),
    "key of another section": ("[organisation]\nport = 8080", 2, "It belongs in [web]."),
    "misspelt section": ('[organization]\nname = "A"', 1, 'Did you mean "organisation"?'),
    "unknown section": ("\n[telegraph]\nkey = 1", 2, "organisation, database, web, slack, telegram, log"),
    "key without section": ("# hello\nport = 8080", 2, "below a line [web]"),
    "section as a key": ("web = 8080", 1, "is a section"),
    "section as a list": ("[[web]]\nport = 1", 1, "is a section"),
    "postgresql": ('[database]\nurl = "postgresql://localhost/x"', 2, "later version"),
    "another database": ('[database]\nurl = "mysql://localhost/x"', 2, "sqlite:///"),
    "database in memory": ('[database]\nurl = "sqlite:///:memory:"', 2, "nothing would be kept"),
    "database without file": ('[database]\nurl = "sqlite:///"', 2, "nothing would be kept"),
    "database as a folder": ('[database]\nurl = "sqlite:///data/"', 2, "names no file"),
    "database with options": ('[database]\nurl = "sqlite:///a.db?mode=ro"', 2, "options"),
    "port too large": ("[web]\nport = 65536", 2, "from 0 to 65535"),
    "port in quotes": ('[web]\nport = "8080"', 2, "without quotes"),
    "host with port": ('[web]\nhost = "localhost:8080"', 2, "is not a host"),
    "host as a link": ('[web]\nhost = "http://localhost"', 2, "is not a host"),
    "link without scheme": ('[web]\nlink = "learn.example.org"', 2, "is not a web address"),
    "link with a script": ('[web]\nlink = "javascript:alert(1)"', 2, "is not a web address"),
    "upload of nothing": ("[web]\nupload_limit_mb = 0", 2, "from 1 to 500"),
    "key file as a folder": ('[database]\nkey_file = "keys/"', 2, "names no file"),
    "link with a port beyond all": ('[web]\nlink = "https://a.example:99999"', 2, "is not a web address"),
    "app token as the bot's": (f'[slack]\nbot_token = "{APP}"', 2, "it belongs in app_token"),
    "bot token as the app's": (f'[slack]\nbot_token = "{BOT}"\napp_token = "{BOT}"', 3, "it belongs in bot_token"),
    "user's token": ('[slack]\nbot_token = "xoxp-1-2-3"', 2, "holds a user's token. Find it on api.slack.com/apps"),
    "rotated token": ('[slack]\nbot_token = "xoxe.xoxb-1-abc"', 2, "turn token rotation off"),
    "token as a number": ("[telegram]\ntoken = 123456", 2, "BotFather"),
    "token cut short": (f'[telegram]\ntoken = "{TELEGRAM[:-1]}"', 2, "digits, a colon, 35 signs"),
    "token without its digits": (f'[telegram]\ntoken = "{TELEGRAM.partition(":")[2]}"', 2, "does not look like one"),
    "token of two lines": (f'[telegram]\ntoken = "{TELEGRAM}\\n{TELEGRAM}"', 2, "does not look like one"),
    "token of one as the other's": (f'[telegram]\ntoken = "{BOT}"', 2, "BotFather"),
    "signing secret that is a token": (f'[slack]\nsigning_secret = "{APP}"', 2, "it belongs in app_token"),
    "client id in words": ('[slack]\nclient_id = "my app"', 2, "two numbers"),
    "client without its secret": ('[slack]\nclient_id = "12.34"', 2, "client_secret is not"),
    "secret without its client": (f'[slack]\n\nclient_secret = "{SIGNING}"', 3, "client_id is not"),
    "workspaces as a number": ("[slack]\nworkspaces = 5", 2, "must be a list, not 5"),
    "workspaces of numbers": ("[slack]\nworkspaces = [5]", 2, "must be text"),
    "a workspace by its name": ('[slack]\nworkspaces = ["T024BE7LD", "Bakery Inc"]', 2, '"Bakery Inc" is no id'),
    "a token as a workspace": (f'[slack]\nworkspaces = ["{BOT}"]', 2, "is no id of a workspace"),
    "an open door in every Slack": (
        f'[web]\nlink = "https://a.example"\n[slack]\nclient_id = "1.2"\nclient_secret = "{SIGNING}"\n'
        f'app_token = "{APP}"\nunit = "North"',
        7,
        "anybody may install Morsel",
    ),
    "no app token": (f'[slack]\nbot_token = "{BOT}"', 2, "needs [slack] app_token"),
    "no app token, said so": (f'[slack]\nbot_token = "{BOT}"\nmode = "socket"', 3, "needs [slack] app_token"),
    "no signing secret": (f'[slack]\nbot_token = "{BOT}"\nmode = "http"', 3, "needs [slack] signing_secret"),
    "no link for Slack": (
        f'[slack]\nbot_token = "{BOT}"\nmode = "http"\nsigning_secret = "{SIGNING}"',
        3,
        "so that Slack can call Morsel",
    ),
    "no link for the installers": (
        f'[slack]\nclient_id = "1.2"\nclient_secret = "{SIGNING}"\napp_token = "{APP}"',
        2,
        "[slack] client_id needs [web] link with https",
    ),
    "no https for Telegram": (
        f'[web]\nlink = "http://a.example"\n[telegram]\ntoken = "{TELEGRAM}"\nmode = "webhook"',
        5,
        "so that Telegram can call Morsel",
    ),
    "a port that Telegram never calls": (
        f'[web]\nlink = "https://a.example:8080"\n[telegram]\ntoken = "{TELEGRAM}"\nmode = "webhook"',
        2,
        "443, 80, 88 and 8443",
    ),
    "unknown mode": ('[slack]\nmode = "sockets"', 2, 'Did you mean "socket"?'),
    "token as a mode": (f'[telegram]\nmode = "{TELEGRAM}"', 2, "polling, webhook"),
    "token without a key": (f'[slack]\n{BOT} = ""', 2, "bot_token, app_token"),
    "token without a section": (f'telegram = "{TELEGRAM}"', 1, "is a section"),
    "server without scheme": ('[telegram]\nserver = "127.0.0.1:8081"', 2, "is not a web address"),
    "unknown level": ('[log]\nlevel = "warn"', 2, 'Did you mean "warning"?'),
    "unknown format": ('[log]\nformat = "xml"', 2, "auto, pretty, json"),
    "dotted key": ('# one\norganisation.nudge_at = "99:00"', 2, "not a time of day"),
    "inline table": ('\nweb = { host = "127.0.0.1", port = 70000 }', 2, "out of range"),
    "after a long text": ('[organisation]\nname = """\n[web]\nport = 1"""\n[web]\nport = 70000', 6, "out of range"),
    "after a list of many lines": (
        '[organisation]\nlanguage = [\n"a = 1",\n["web"], # [\n]\nzone = "Mars"',
        6,
        "no time zone",
    ),
    "quoted key": ('[organisation]\n"nudge_at" = "25:00"', 2, "not a time of day"),
    "no closing quote": ('[web]\nhost = "127.0.0.1\nport = 1', 2, "not TOML"),
    "no value": ("[web]\n\nport =", 3, "not TOML"),
    "key twice": ("[web]\nport = 1\nport = 2", 3, "not TOML"),
    "section twice": ("[web]\nport = 1\n[web]\n", 3, "not TOML"),
    "open bracket": ("[web\nport = 1", 1, "not TOML"),
    "yaml": ("web:\n  port: 1", 1, "not TOML"),
    "open text at the end": ('[organisation]\nname = """a\nb', 3, "not TOML"),
    "UTF-16": ("[web]\nport = 1".encode("utf-16"), 1, "UTF-8"),
    "Latin-1": ('[web]\nport = 1\n[organisation]\nname = "Bäcker"'.encode("latin-1"), 4, "UTF-8"),
    "zeros": (b"\x00" * 100, 1, "not TOML"),
    "far too large": (b"#" * 1_000_001, 0, "too large"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_setting_is_told_with_its_line(case: str) -> None:
    text, line, words = BAD[case]
    seen = read(text)
    assert seen.config is None
    problem = next(problem for problem in seen.problems if problem.level == "error" and words in str(problem))
    assert problem.where == Where("c.toml", line), [str(problem) for problem in seen.problems]
    assert not any(SECRET.search(str(problem)) for problem in seen.problems)


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    seen = read('[organisation]\nzone = "Mars"\nnudge_at = "25:00"\nbudget = 3\n[web]\nport = 0.5\n')
    assert [problem.where.line for problem in seen.problems] == [2, 3, 4, 6]


def test_a_bad_value_of_the_environment_is_named_by_its_variable() -> None:
    seen = read("", MORSEL_WEB_PORT="eighty", MORSEL_ORGANISATION_NUDGE_AT="25:00")
    assert [str(problem.where) for problem in seen.problems] == ["MORSEL_ORGANISATION_NUDGE_AT", "MORSEL_WEB_PORT"]
    assert seen.config is None


def test_a_misspelt_variable_is_only_a_warning() -> None:
    seen = read("", MORSEL_WEB_PROT="80")
    assert seen.config is not None
    assert 'Did you mean "MORSEL_WEB_PORT"?' in str(seen.problems[0])


def test_a_reminder_in_quiet_hours_is_doubted() -> None:
    seen = read('[organisation]\nnudge_at = "21:00"\n')
    assert seen.config is not None
    assert seen.problems[0].where == Where("c.toml", 2)
    assert "would come at 08:00" in str(seen.problems[0])


# --- Channels ----------------------------------------------------------------------------------------------------------

GOOD = {
    "a workspace by socket": f'[slack]\nbot_token = " {BOT} "\napp_token = "{APP}"',
    "a workspace by http": (
        f'[web]\nlink = "https://a.example"\n[slack]\nmode = "HTTP"\nbot_token = "{BOT}"\nsigning_secret = "{SIGNING}"'
    ),
    "several workspaces": (
        f'[web]\nlink = "https://a.example"\n[slack]\nclient_id = "1.2"\nclient_secret = "{SIGNING}"\n'
        f'app_token = "{APP}"'
    ),
    "an open door in some Slacks": (
        f'[web]\nlink = "https://a.example"\n[slack]\nclient_id = "1.2"\nclient_secret = "{SIGNING}"\n'
        f'app_token = "{APP}"\nunit = "North"\nworkspaces = ["T024BE7LD"]'
    ),
    "polling": f'[telegram]\ntoken = "{TELEGRAM}"',
    "a webhook": f'[web]\nlink = "https://a.example:8443"\n[telegram]\ntoken = "{TELEGRAM}"\nmode = "webhook"',
    "a webhook from a server of one's own": (
        f'[web]\nlink = "http://a.example:81"\n[telegram]\ntoken = "{TELEGRAM}"\nmode = "webhook"\n'
        'server = "http://127.0.0.1:8081"'
    ),
}


@pytest.mark.parametrize("case", GOOD)
def test_a_channel_is_on_once_its_token_is_there(case: str) -> None:
    seen = read(GOOD[case])
    assert seen.problems == ()
    assert seen.config is not None
    assert (seen.config.slack.on, seen.config.telegram.on) == ("[slack]" in GOOD[case], "[telegram]" in GOOD[case])


def test_a_token_from_the_environment_turns_a_channel_on_and_its_needs_are_told_there() -> None:
    seen = read("", MORSEL_SLACK_BOT_TOKEN=BOT)
    assert [problem.where.file for problem in seen.problems] == ["MORSEL_SLACK_BOT_TOKEN"]
    assert read("", MORSEL_SLACK_BOT_TOKEN=BOT, MORSEL_SLACK_APP_TOKEN=APP).config


def test_workspaces_are_a_list_or_text_with_commas() -> None:
    wanted = ("T024BE7LD", "E0ORG")
    seen = read('[slack]\nworkspaces = ["T024BE7LD", " e0org ", "T024BE7LD"]')
    assert seen.config is not None
    assert seen.config.slack.workspaces == wanted
    seen = read("", MORSEL_SLACK_WORKSPACES="T024BE7LD, E0ORG,")
    assert seen.config is not None
    assert seen.config.slack.workspaces == wanted
    assert read("slack.workspaces = []").config == Config()


def test_an_app_token_alone_is_doubted() -> None:
    seen = read(f'[slack]\napp_token = "{APP}"')
    assert seen.config is not None
    assert (seen.problems[0].where.line, seen.problems[0].level) == (2, "warning")
    assert "Slack stays off" in str(seen.problems[0])


def test_secrets_are_never_shown() -> None:
    whole = "\n".join(
        (GOOD["several workspaces"], f'bot_token = "{BOT}"', f'signing_secret = "{SIGNING}"', GOOD["polling"])
    )
    seen = read(whole)
    assert seen.config is not None
    assert set(seen.config.secrets) == {BOT, APP, SIGNING, TELEGRAM}
    for shown in (repr(seen), str(seen.config), repr(seen.config.masked), str(msgspec.to_builtins(seen.config.masked))):
        assert not SECRET.search(shown)
    assert seen.config.masked.telegram.token == "***"
    assert seen.config.masked.slack.server == ""


def test_the_key_is_beside_the_database_unless_put_elsewhere() -> None:
    assert Config().database.key_path == "data/morsel.key"
    assert Database("sqlite:////srv/x.db", "/etc/morsel.key").key_path == "/etc/morsel.key"


def test_no_command_prints_a_secret(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(GOOD["polling"] + "\n" + GOOD["a workspace by socket"])
    (tmp_path / "config.toml").chmod(0o644)
    for words in (("config", "check", "--json"), ("doctor", "--json"), ("doctor",)):
        made = morsel(tmp_path, *words)
        assert not SECRET.search(made.stdout + made.stderr)
    assert "chmod 600" in made.stdout, "others may read the tokens"
    (tmp_path / "config.toml").chmod(0o600)
    assert "chmod 600" not in morsel(tmp_path, "doctor").stdout
