"""`morsel demo`, from outside: the line it prints, what it keeps, and what it leaves alone."""

import http.cookiejar
import json
import re
import signal
import socket
import sqlite3
import urllib.request
from datetime import datetime
from pathlib import Path

import pytest

from tests.cli.program import Going, going, morsel


class Visitor:
    """A browser without a screen."""

    def __init__(self, link: str) -> None:
        self.link = link
        self._cookies = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self._cookies))

    def get(self, path: str) -> str:
        with self._opener.open(self.link + path) as answer:
            return str(answer.read().decode())

    def post(self, path: str, value: object) -> str:
        headers = {"content-type": "application/json", "origin": self.link}
        request = urllib.request.Request(self.link + path, json.dumps(value).encode(), headers)
        with self._opener.open(request) as answer:
            return str(answer.read().decode())


def opened(demo: Going) -> Visitor:
    found = re.fullmatch(r"Open (http://127\.0\.0\.1:\d+) and pick somebody to be\. Ctrl-C stops\.", demo.line())
    assert found, demo.log
    return Visitor(found[1])


def ahead(folder: Path) -> float:
    return float(json.loads((folder / "demo-data" / "demo.json").read_text())["ahead"])


def ask(folder: Path, sql: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(folder / "demo-data" / "morsel.db")
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def was_played(folder: Path) -> None:
    """The company has packs, and a past that came from turns alone."""
    packs = {row[0] for row in ask(folder, "SELECT id FROM packs")}
    assert packs == {"food-hygiene", "fire-safety", "angry-customer"}
    progress = "SELECT name, sum(seen) FROM progress JOIN persons ON id = person GROUP BY name"
    seen = {str(name): int(str(cards)) for name, cards in ask(folder, progress)}
    assert seen["Ravi Sharma"] > seen["Tomasz Nowak"] > seen["Hannah Lindqvist"] == seen["Mei Lin"] == 0
    fresh = "SELECT count(*) FROM facts WHERE verb = 'answered' AND json_extract(data, '$.again') IS NULL"
    graded = fresh + " AND json_extract(data, '$.credit') IS NOT NULL"
    assert ask(folder, graded) == ask(folder, "SELECT sum(reps) FROM cards"), "every memory comes from an answer"
    assert ask(folder, "SELECT sum(missed) > 0 FROM question_counts") == [(1,)]
    assert ask(folder, "SELECT count(*) FROM inbox WHERE reference <> ''") == [(0,)], "a turn raised"


def test_it_opens_goes_on_where_it_was_and_starts_over(tmp_path: Path) -> None:
    with going(tmp_path, "demo", "--port", "0") as demo:
        visitor = opened(demo)
        page = visitor.get("/")
        [chat] = set(re.findall(r'"(demo-[a-z0-9]+)"[^>]*>(?:(?!demo-).)*?Mei Lin', page, re.DOTALL))
        visitor.post("/demo/enter", {"chat": chat})
        visitor.post("/demo/forward", {"hours": 24})
        config = str(tmp_path / "demo-data" / "config.toml")
        people = json.loads(morsel(tmp_path, "people", "list", "--json", "--config", config).stdout)
        assert len(people) == 12
        assert {person["language"] for person in people} == {"en", "de", "es"}
        assert demo.stop(signal.SIGINT) == 0
        assert "goes on here" in demo.line()
        assert demo.log == ""
    assert ahead(tmp_path) == 24 * 3600
    was_played(tmp_path)
    facts = ask(tmp_path, "SELECT count(*) FROM facts")
    with going(tmp_path, "demo", "--port", "0") as demo:
        later = opened(demo)
        assert demo.stop(signal.SIGTERM) == 0
        assert later
    assert ahead(tmp_path) == 24 * 3600
    assert ask(tmp_path, "SELECT count(*) FROM facts") >= facts
    with going(tmp_path, "demo", "--port", "0", "--fresh") as demo:
        opened(demo)
        assert demo.stop() == 0
    assert ahead(tmp_path) == 0


def test_a_day_brings_its_morning_whatever_the_hour(tmp_path: Path) -> None:
    """The visitor who comes at night, and jumps from night to night, sees the reminders of the mornings between."""
    with going(tmp_path, "demo", "--port", "0") as demo:
        visitor = opened(demo)
        visitor.post("/demo/enter", {"chat": "demo-demo5"})
        [now] = re.findall(r'"now":"([^"]+)"', visitor.post("/demo/forward", {"hours": 1}))
        until_night = (22 - datetime.fromisoformat(now).hour) % 24 or 24
        visitor.post("/demo/forward", {"hours": until_night})
        nudges = "SELECT count(*) FROM facts WHERE verb = 'nudged'"
        [(before,)] = ask(tmp_path, nudges)
        visitor.post("/demo/forward", {"hours": 24})
        [(after,)] = ask(tmp_path, nudges)
        assert int(str(after)) > int(str(before))
        assert demo.stop(signal.SIGINT) == 0


def test_a_port_of_ones_own_choice_is_not_changed(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        made = morsel(tmp_path, "demo", "--port", port)
    assert made.returncode == 1
    assert f"Port {port} is taken by another program" in made.stderr
    assert "--port" in made.stderr


@pytest.mark.parametrize("words", [(), ("--fresh",)])
def test_a_database_that_no_demo_made_is_left_alone(tmp_path: Path, words: tuple[str, ...]) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "morsel.db").write_bytes(b"precious")
    made = morsel(tmp_path, "demo", "--port", "0", "--folder", "data", *words)
    assert made.returncode == 1
    assert "a database that no demo made" in made.stderr
    assert (folder / "morsel.db").read_bytes() == b"precious"


def test_fresh_does_not_pull_the_rug_from_a_demo_that_runs(tmp_path: Path) -> None:
    with going(tmp_path, "demo", "--port", "0") as demo:
        opened(demo)
        made = morsel(tmp_path, "demo", "--port", "0", "--fresh")
        assert made.returncode == 1
        assert f"process {demo.process.pid}" in made.stderr
        assert demo.stop() == 0


def test_a_file_in_the_way_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "demo-data").write_text("x")
    assert "cannot write in the folder" in morsel(tmp_path, "demo", "--port", "0").stderr
