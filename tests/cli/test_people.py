"""`morsel people`, from outside, with and without a server on the same database."""

import asyncio
import json
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import pytest
import segno

from adapters.database.connection import Database
from adapters.database.store import Store
from tests.cli.program import ROOT, going, morsel

TABLE = """name,unit,role,language,zone,manager
Ada Okafor,North/Harbour,manager,de,Europe/Berlin,
Ben Ito,North/Harbour,,en,Europe/Berlin,Ada Okafor
Cleo Ruiz,Corner Shop,admin,es,Atlantic/Canary,
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.toml").write_text('[organisation]\nname = "Corner Shop"\n[web]\nport = 0\n')
    (tmp_path / "people.csv").write_text(TABLE, "utf-8")
    return tmp_path


def listed(folder: Path) -> list[tuple[str, str, str]]:
    rows = json.loads(morsel(folder, "people", "list", "--json").stdout)
    return [(row["name"], row["unit"], row["role"]) for row in rows]


ALL = [
    ("Ada Okafor", "North/Harbour", "manager"),
    ("Ben Ito", "North/Harbour", "learner"),
    ("Cleo Ruiz", "Corner Shop", "admin"),
]


def test_a_dry_run_writes_nothing_and_then_all_are_there(folder: Path) -> None:
    dry = morsel(folder, "people", "import", "people.csv", "--dry-run")
    assert "3 newcomers, 0 changed, 0 as they were, 3 new units." in dry.stdout
    assert "nothing was written" in dry.stdout
    assert "new: Ben Ito (North/Harbour): role: learner, language: en, zone: Europe/Berlin" in dry.stdout
    assert listed(folder) == []
    done = morsel(folder, "people", "import", "people.csv")
    assert "new: Ada Okafor (North/Harbour): role: manager" in done.stdout
    assert listed(folder) == ALL
    again = morsel(folder, "people", "import", "people.csv", "--json")
    assert {change["kind"] for change in json.loads(again.stdout)["changes"]} == {"same"}
    (folder / "people.csv").write_text(TABLE.replace("Harbour,,en,Europe/Berlin,Ada Okafor", "Castle,,,,"), "utf-8")
    moved = morsel(folder, "people", "import", "people.csv")
    assert "changed: Ben Ito (North/Castle): unit: North/Harbour -> North/Castle" in moved.stdout


def test_one_bad_row_keeps_all_from_being_written(folder: Path) -> None:
    table = TABLE + "=HYPERLINK(1),North,,,,\nDee,North,boss,,Mars,\n"
    (folder / "people.csv").write_bytes(table.encode("utf-16"))
    made = morsel(folder, "people", "import", "people.csv")
    assert made.returncode == 1
    assert "error: people.csv:5: The name" in made.stderr
    assert "people.csv:6: Nobody knows the role" in made.stderr
    assert "people.csv:6: There is no time zone" in made.stderr
    assert "has 3 mistakes, so nothing was written." in made.stderr
    assert listed(folder) == []


def test_a_file_that_is_not_there(folder: Path) -> None:
    assert "nobody.csv cannot be read" in morsel(folder, "people", "import", "nobody.csv").stderr


def test_invitations(folder: Path) -> None:
    morsel(folder, "people", "import", "people.csv")
    made = json.loads(morsel(folder, "people", "invite", "harbour", "--uses", "5", "--json").stdout)
    assert (made["to"], made["role"], made["uses"]) == ("Harbour", "learner", 5)
    (link,) = made["links"]
    assert link.endswith("/join/" + made["code"].replace("-", ""))
    made = json.loads(morsel(folder, "people", "invite", "ada okafor", "--json").stdout)
    assert (made["to"], made["role"], made["uses"]) == ("Ada Okafor", "manager", 1)
    unknown = morsel(folder, "people", "invite", "Atlantis")
    assert "Neither a unit nor a person" in unknown.stderr
    assert "North/Harbour" in unknown.stderr
    assert "There is no role" in morsel(folder, "people", "invite", "harbour", "--role", "boss").stderr
    assert morsel(folder, "people", "invite", "harbour", "--days", "1000").returncode == 2


async def _here(folder: Path, channel: str, chat: str) -> None:
    """What a channel does once it knows itself."""
    database = Database.open(folder / "data" / "morsel.db")
    try:
        store = Store(database, lambda: datetime.now(UTC))
        assert await store.here(channel, chat)
        assert not await store.here(channel, chat), "no news"
        await database.rest()
    finally:
        database.close()


def test_an_invitation_for_the_wall(folder: Path) -> None:
    """Once the bot knows its own name in Telegram, that link comes first, and it is what the QR code says."""
    morsel(folder, "people", "import", "people.csv")
    asyncio.run(_here(folder, "telegram", "https://t.me/harbour_bot"))
    made = morsel(folder, "people", "invite", "harbour", "--uses", "30", "--qr", "wall.svg", "--json")
    links = json.loads(made.stdout)["links"]
    code = json.loads(made.stdout)["code"].replace("-", "")
    assert links[0] == f"https://t.me/harbour_bot?start={code}"
    assert links[1].endswith(f"/join/{code}")
    assert (folder / "wall.svg").read_bytes() == _drawn(links[0], folder / "again.svg")
    assert morsel(folder, "people", "invite", "harbour", "--qr", "wall.png").returncode == 0
    assert (folder / "wall.png").read_bytes().startswith(b"\x89PNG")
    wrong = morsel(folder, "people", "invite", "harbour", "--qr", "wall.doc")
    assert wrong.returncode == 2
    assert "End its name in .png or .svg." in wrong.stderr
    assert "cannot be written" in morsel(folder, "people", "invite", "harbour", "--qr", "no/wall.png").stderr


def _drawn(link: str, file: Path) -> bytes:
    segno.make(link, error="q", micro=False).save(str(file), scale=20, border=4)
    return file.read_bytes()


def test_the_first_of_all_is_invited_into_the_topmost_unit(folder: Path) -> None:
    unknown = morsel(folder, "people", "invite", "Atlantis", "--qr", "wall.png")
    assert "The units are: Corner Shop." in unknown.stderr
    assert not (folder / "wall.png").exists(), "no empty picture is left lying about"
    made = json.loads(morsel(folder, "people", "invite", "corner shop", "--role", "admin", "--json").stdout)
    assert (made["to"], made["role"]) == ("Corner Shop", "admin")
    morsel(folder, "people", "import", "people.csv")
    again = json.loads(morsel(folder, "people", "invite", "Corner Shop", "--json").stdout)
    assert again["to"] == "Corner Shop", "one topmost unit, not two"
    assert listed(folder) == ALL


def test_commands_are_carried_out_by_the_server_that_runs(folder: Path) -> None:
    with going(folder, "serve") as bot:
        bot.wait_for("Ready.")
        socket = folder / "data" / "morsel.db.socket"
        assert socket.stat().st_mode & 0o777 == 0o600
        assert morsel(folder, "people", "import", "people.csv").returncode == 0
        assert listed(folder) == ALL
        assert morsel(folder, "packs", "add", str(ROOT / "lessons" / "packs" / "fire-safety")).returncode == 0
        made = json.loads(morsel(folder, "people", "invite", "Ben Ito", "--json").stdout)
        assert "ImportPeople" in bot.log
        with urllib.request.urlopen(made["links"][0]) as page:  # the server's real port, though the settings say 0
            assert made["code"].replace("-", "") in page.read().decode()
        (folder / "bad.csv").write_text("name,unit\n,North\n")
        assert "bad.csv:2: The name is missing" in morsel(folder, "people", "import", "bad.csv").stderr
        assert bot.stop() == 0
    assert listed(folder) == ALL
