"""Settings: the example is complete, good files are read, and each of many bad ones is told with its line."""

from pathlib import Path

import pytest

from bot.config import Config, ConfigRead, read_config
from bot.settings import SETTINGS
from lessons.problems import Where

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
    "unknown section": ("\n[telegraph]\nkey = 1", 2, "organisation, database, web, log"),
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
