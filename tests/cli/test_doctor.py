"""The doctor's verdicts, one check at a time."""

import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from adapters.database.connection import Database
from bot.cli import checks
from bot.cli.control import socket_path
from bot.cli.errands import ChannelsListed, Declined
from bot.cli.finding import Settings
from bot.cli.plugging import Standing
from bot.config import Config, ConfigRead, Telegram, read_config
from bot.config import Database as Where


@pytest.mark.parametrize(
    ("version", "verdict"),
    [
        ((3, 34, 1), "red"),
        ((3, 40, 1), "yellow"),
        ((3, 44, 5), "yellow"),
        ((3, 44, 6), "green"),
        ((3, 45, 0), "yellow"),
        ((3, 50, 6), "yellow"),
        ((3, 50, 7), "green"),
        ((3, 51, 2), "yellow"),
        ((3, 51, 3), "green"),
        ((3, 52, 0), "green"),
    ],
)
def test_the_wal_reset_race(version: tuple[int, int, int], verdict: str) -> None:
    assert checks.sqlite(version).verdict == verdict


def test_a_python_that_is_too_old() -> None:
    assert checks.python((3, 10)).verdict == "red"


@pytest.mark.parametrize("year", [1970, 2025, 2099])
def test_a_clock_that_is_years_off(year: int) -> None:
    assert checks.clock(datetime(year, 6, 1, tzinfo=UTC)).verdict == "red"


def test_fonts_are_looked_for_and_never_a_reason_to_stop(tmp_path: Path) -> None:
    here, nowhere = tmp_path / "fonts", tmp_path / "nowhere"
    (here / "deep").mkdir(parents=True)
    (here / "deep" / "readme.txt").write_text("no font")
    none = checks.fonts((nowhere, here))
    assert none.verdict == "yellow"
    assert "Nothing in this version needs them yet" in none.found
    assert "apt-get install fonts-dejavu" in none.fix
    (here / "deep" / "DejaVuSans.TTF").write_bytes(b"")
    some = checks.fonts((nowhere, here))
    assert (some.verdict, some.fix) == ("green", "")
    assert some.found.startswith("1 ")


def test_the_doctor_looks_at_fonts_whatever_the_settings_say() -> None:
    broken = Settings("c.toml", read_config("c.toml", b"[web]\nport = -1", {}))
    assert "fonts" in {check.name for check in checks.everything(broken)}


def test_settings_with_mistakes_end_the_visit() -> None:
    settings = Settings("c.toml", read_config("c.toml", b"[web]\nport = -1", {}))
    last = list(checks.everything(settings))[-1]
    assert (last.name, last.verdict) == ("settings", "red")
    assert "c.toml:2" in last.found


def test_every_check_that_is_not_green_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    settings = Settings("", ConfigRead(Config(database=Where(f"sqlite:///{tmp_path}/file/x/morsel.db"))))
    found = list(checks.everything(settings))
    assert {check.name for check in found if check.verdict == "red"} == {"folder"}
    assert all(check.fix for check in found if check.verdict != "green")


def at(path: Path) -> Config:
    return Config(database=Where(f"sqlite:///{path}"))


def test_a_database_that_is_open_or_whole_or_broken(tmp_path: Path) -> None:
    path = tmp_path / "morsel.db"
    with Database.open(path):
        assert "In use" in checks.database(at(path)).found
    before = path.read_bytes()
    assert checks.database(at(path)).verdict == "green"
    assert path.read_bytes() == before
    path.write_bytes(b"no" * 5000)
    assert checks.database(at(path)).verdict == "red"


def test_a_database_without_our_tables(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "other.db")
    connection.execute("CREATE TABLE birds (name TEXT)")
    connection.close()
    assert checks.database(at(tmp_path / "other.db")).verdict == "red"


KEY = b"x" * 43 + b"=\n"


@pytest.mark.parametrize(
    ("content", "mode", "verdict"), [(KEY, 0o600, "green"), (KEY, 0o644, "yellow"), (b"short", 0o600, "red")]
)
def test_a_key_file(tmp_path: Path, content: bytes, mode: int, verdict: str) -> None:
    config = at(tmp_path / "morsel.db")
    assert list(checks.key(config)) == [], "none is needed before there is a secret"
    (tmp_path / "morsel.key").write_bytes(content)
    (tmp_path / "morsel.key").chmod(mode)
    (found,) = checks.key(config)
    assert found.verdict == verdict
    assert found.verdict == "green" or found.fix


def telegram_at(path: Path) -> Config:
    return Config(database=Where(f"sqlite:///{path}"), telegram=Telegram("123456:" + "s" * 35))


def test_channels_are_asked_of_the_server_that_runs(tmp_path: Path) -> None:
    config = telegram_at(tmp_path / "morsel.db")
    assert [found.verdict for found in checks.channels(config)] == ["green"]
    assert list(checks.channels(at(tmp_path / "morsel.db"))) == [], "who has no channel is not asked"
    told = ChannelsListed((Standing("telegram", "off", "No such token."),))
    for answer, verdict in (
        (msgspec.json.encode(told), "red"),
        (msgspec.json.encode(ChannelsListed(())), "yellow"),
        (msgspec.json.encode(Declined("The running server is another version.")), "yellow"),
        (b"{garbage", "yellow"),
    ):
        with answering(socket_path(config), answer):
            (found,) = checks.channels(config)
        assert found.verdict == verdict
        assert found.fix


@contextmanager
def answering(path: Path, answer: bytes) -> Iterator[None]:
    """A server that gives one answer, whatever it is asked."""
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.bind(str(path))
        line.listen()

        def serve() -> None:
            asker, _ = line.accept()
            with asker:
                while asker.recv(4096):
                    pass
                asker.sendall(answer)

        serving = threading.Thread(target=serve)
        serving.start()
        yield
        serving.join()
