"""`morsel packs`, from outside."""

import json
import shutil
from pathlib import Path

import pytest

from lessons.load import load
from tests.cli.program import ROOT, morsel

SHIPPED = ROOT / "lessons" / "packs" / "food-hygiene"
LESSON = "01-clean-hands.md"


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A copy to write in."""
    return shutil.copytree(SHIPPED, tmp_path / "food")


def rewritten(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")


def test_a_good_pack_is_ready(tmp_path: Path) -> None:
    made = morsel(tmp_path, "packs", "check", str(SHIPPED))
    assert (made.returncode, made.stderr) == (0, "")
    assert "Ready." in made.stdout


def test_every_mistake_is_told_with_file_and_line(pack: Path, tmp_path: Path) -> None:
    rewritten(pack / LESSON, "(x)", "( )")
    (pack / "pack.toml").write_text((pack / "pack.toml").read_text() + "\nauthr = 1\n")
    made = morsel(tmp_path, "packs", "check", "food")
    assert made.returncode == 1
    assert f"error: {LESSON}:" in made.stderr
    assert "error: pack.toml:" in made.stderr
    assert "cannot be published yet" in made.stdout
    told = json.loads(morsel(tmp_path, "packs", "check", "food", "--json").stdout)
    assert told["ok"] is False
    assert {problem["file"] for problem in told["problems"]} == {LESSON, "pack.toml"}
    assert all(problem["hint"] for problem in told["problems"])


def test_fix_writes_the_missing_ids_and_nothing_else(pack: Path, tmp_path: Path) -> None:
    good = (pack / LESSON).read_text("utf-8").splitlines()
    without = [line for line in good if not line.startswith("<!-- id:")]
    (pack / LESSON).write_text("\n".join(without) + "\n", "utf-8")
    (pack / LESSON).chmod(0o640)
    assert "without an id" in morsel(tmp_path, "packs", "check", "food").stderr
    made = morsel(tmp_path, "packs", "check", "food", "--fix")
    assert (made.returncode, made.stderr) == (0, "")
    assert f"Wrote the missing ids into {LESSON}." in made.stdout
    fixed = (pack / LESSON).read_text("utf-8").splitlines()
    assert [line for line in fixed if not line.startswith("<!-- id:")] == without
    ids = [[line for line in lines if line.startswith("<!-- id:")] for lines in (fixed, good)]
    assert ids[0] == ids[1], "the other language's ids are taken up"
    assert (pack / LESSON).stat().st_mode & 0o777 == 0o640
    assert [path.name for path in pack.iterdir() if path.name.startswith(".morsel")] == []
    again = morsel(tmp_path, "packs", "check", "food", "--fix", "--json")
    assert json.loads(again.stdout)["fixed"] == []


def test_against_an_older_version(pack: Path, tmp_path: Path) -> None:
    rewritten(pack / LESSON, "20 seconds", "21 seconds")
    made = morsel(tmp_path, "packs", "check", "food", "--against", str(SHIPPED), "--json")
    changes = json.loads(made.stdout)["changes"]
    assert len(changes["changed"]) == 1
    assert (changes["new"], changes["moved"], changes["gone"]) == ([], [], [])
    assert "changed: " in morsel(tmp_path, "packs", "check", "food", "--against", str(SHIPPED)).stdout


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: path.mkdir(), "There is nothing in it"),
        (lambda path: path.write_bytes(b""), "This file is empty"),
        (lambda path: path.write_bytes(b"\xff\xd8\xff" * 99), "not a zip"),
        (lambda path: None, "No such file"),
    ],
)
def test_what_is_no_pack(make, words: str, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    make(tmp_path / "thing")
    made = morsel(tmp_path, "packs", "check", "thing")
    assert made.returncode == 1
    assert words in made.stderr


def test_fix_leaves_a_zip_alone(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"PK")
    assert "Unpack the zip first" in morsel(tmp_path, "packs", "check", "x.zip", "--fix").stderr


def test_a_pack_is_added_listed_and_exported(pack: Path, tmp_path: Path) -> None:
    assert "No packs are published yet" in morsel(tmp_path, "packs", "list").stdout
    assert "Published Food hygiene 1.0.0." in morsel(tmp_path, "packs", "add", "food").stdout
    rewritten(pack / "pack.toml", 'version = "1.0.0"', 'version = "1.1.0"')
    assert "1.1.0 (was 1.0.0)" in morsel(tmp_path, "packs", "add", "food").stdout
    [listed] = json.loads(morsel(tmp_path, "packs", "list", "--json").stdout)
    assert (listed["id"], listed["version"], listed["languages"]) == ("food-hygiene", "1.1.0", ["en", "de"])
    made = morsel(tmp_path, "packs", "export", "food-hygiene")
    assert "food-hygiene-1.1.0.zip" in made.stdout
    data = (tmp_path / "food-hygiene-1.1.0.zip").read_bytes()
    exported = load("x.zip", data)
    assert exported.pack is not None
    assert exported.pack.version == "1.1.0"
    again = morsel(tmp_path, "packs", "export", "food-hygiene")
    assert again.returncode == 1, "nothing is overwritten"
    unknown = morsel(tmp_path, "packs", "export", "birds")
    assert "There are: food-hygiene." in unknown.stderr


def test_a_pack_with_mistakes_is_not_published(pack: Path, tmp_path: Path) -> None:
    rewritten(pack / LESSON, "(x)", "( )")
    made = morsel(tmp_path, "packs", "add", "food")
    assert made.returncode == 1
    assert "nothing was published" in made.stderr
    assert not (tmp_path / "data").exists()
