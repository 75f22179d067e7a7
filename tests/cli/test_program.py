"""The program from outside: help, and what `serve` does when the world is not as it should be."""

import json
import re
import resource
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.cli.program import ROOT, by_itself, going, morsel

HEAVY = {"sqlalchemy", "starlette", "uvicorn", "fsrs", "rich", "babel", "msgspec", "asyncio", "apscheduler", "jinja2"}


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    made = by_itself(tmp_path, "--help")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"morsel --help: {cpu * 1000:.0f} ms of CPU")  # told, not judged: clocks fail no test
    assert made.returncode == 0
    assert "morsel demo" in made.stdout
    traced = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "bot", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    imported = set(re.findall(r"\| +([a-z_0-9]+)$", traced.stderr, re.MULTILINE))
    assert "typer" in imported
    assert imported & HEAVY == set()


def test_a_misspelt_command_is_understood(tmp_path: Path) -> None:
    made = by_itself(tmp_path, "dmeo")
    assert made.returncode == 2
    assert "Did you mean demo?" in made.stderr


def test_version(tmp_path: Path) -> None:
    assert json.loads(morsel(tmp_path, "version", "--json").stdout)["sqlite"] == sqlite3.sqlite_version


def test_serve_starts_without_settings_says_what_it_assumed_and_stops_in_order(tmp_path: Path) -> None:
    with going(tmp_path, "serve", MORSEL_WEB_PORT="0") as bot:
        bot.wait_for("Ready.")
        rows = [json.loads(line) for line in bot.log.splitlines()]
        assert "defaults hold" in rows[0]["event"]
        assert rows[0]["database"] == "data/morsel.db"
        link = next(row["link"] for row in rows if row["event"] == "Ready.")
        with urllib.request.urlopen(f"{link}/healthz") as answer:
            assert answer.status == 200
        assert bot.stop() == 0
        assert json.loads(bot.log.splitlines()[-1])["event"] == "Stopped."
    assert (tmp_path / "data" / "morsel.db").exists()
    assert not (tmp_path / "data" / "morsel.db.socket").exists()


def stopped(folder: Path, *words: str, **environment: str) -> str:
    """What it says when it cannot go on: sentences, exit code 1."""
    made = morsel(folder, *words, **environment)
    assert made.returncode == 1, made.stdout + made.stderr
    return made.stderr


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        said = stopped(tmp_path, "serve", MORSEL_WEB_PORT=port)
        assert f"Port {port} is taken by another program" in said
        assert "[web] port" in said


def test_a_host_that_is_not_here(tmp_path: Path) -> None:
    assert "has no address 192.0.2.1" in stopped(tmp_path, "serve", MORSEL_WEB_HOST="192.0.2.1")


def test_a_file_in_the_way_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    said = stopped(tmp_path, "serve", MORSEL_WEB_PORT="0")
    assert f"cannot write in the folder {tmp_path / 'data'}" in said


@pytest.mark.skipif(not Path("/proc/1").exists(), reason="needs a folder that nobody can write in")
def test_a_folder_that_nobody_can_write_in(tmp_path: Path) -> None:
    said = stopped(tmp_path, "serve", MORSEL_WEB_PORT="0", MORSEL_DATABASE_URL="sqlite:////proc/1/morsel.db")
    assert "cannot write in the folder /proc/1" in said


def test_a_database_of_a_newer_version(tmp_path: Path) -> None:
    newer(tmp_path / "data" / "morsel.db")
    said = stopped(tmp_path, "serve", MORSEL_WEB_PORT="0")
    assert "made by a newer Morsel" in said
    assert "Install the newer Morsel again" in said


def newer(path: Path) -> None:
    path.parent.mkdir()
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
    connection.execute("INSERT INTO alembic_version VALUES ('9999')")
    connection.commit()
    connection.close()


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "morsel.db").write_text("Dear diary, " * 1000)
    assert "damaged or is not a Morsel database" in stopped(tmp_path, "serve", MORSEL_WEB_PORT="0")


def test_a_second_process_is_told_who_holds_the_database(tmp_path: Path) -> None:
    with going(tmp_path, "serve", MORSEL_WEB_PORT="0") as bot:
        bot.wait_for("Ready.")
        said = stopped(tmp_path, "serve", MORSEL_WEB_PORT="0")
        assert "Another Morsel has this database open" in said
        assert f"process {bot.process.pid}" in said
        assert bot.stop() == 0


def test_all_mistakes_of_the_settings_at_once(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[organisation]\nnudge_at = "25:00"\nzone = "Mars/Base"\n[web]\nprot = 1\n')
    said = stopped(tmp_path, "serve")
    assert 'config.toml:2: "25:00" is not a time of day.' in said
    assert 'config.toml:3: There is no time zone "Mars/Base".' in said
    assert 'config.toml:5: [web] has no key "prot". Did you mean "port"?' in said
    assert "The settings have 3 mistakes." in said


def test_settings_that_are_not_toml_or_not_there(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text("[web\n")
    assert "x.toml:1: This is not TOML" in stopped(tmp_path, "serve", "--config", "x.toml")
    assert "y.toml cannot be read" in stopped(tmp_path, "serve", "--config", "y.toml")
    assert "cannot be read" in stopped(tmp_path, "serve", MORSEL_CONFIG=".")


def test_config_check(tmp_path: Path) -> None:
    made = morsel(tmp_path, "config", "check", str(ROOT / "config.example.toml"))
    assert (made.returncode, made.stderr) == (0, "")
    assert "no mistakes" in made.stdout
    (tmp_path / "config.toml").write_text('[log]\nlevel = "loud"\n')
    made = morsel(tmp_path, "config", "check", "--json")
    assert made.returncode == 1
    told = json.loads(made.stdout)
    assert (told["ok"], told["file"], told["problems"][0]["line"]) == (False, "config.toml", 2)


def test_the_doctor_is_content_with_a_new_place(tmp_path: Path) -> None:
    made = morsel(tmp_path, "doctor")
    assert made.returncode == 0, made.stdout
    assert "in order" in made.stdout
    assert not (tmp_path / "data").exists(), "looking changes nothing"


def test_the_doctor_says_what_to_mend(tmp_path: Path) -> None:
    newer(tmp_path / "data" / "morsel.db")
    made = morsel(tmp_path, "doctor", "--json")
    assert made.returncode == 1
    told = json.loads(made.stdout)
    bad = [check for check in told["checks"] if check["verdict"] == "red"]
    assert [check["name"] for check in bad] == ["database"]
    assert "newer" in bad[0]["found"]
    assert bad[0]["fix"]
