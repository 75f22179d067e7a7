"""Every format reads its golden pack into the value written beside it, and writes it so that it reads the same again.

A format without a golden pack fails. MORSEL_RECORD=1 writes what is read now; look at the difference before you keep it.
"""

import base64
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from lessons.archive import read_zip
from lessons.formats import FORMATS
from lessons.formats.base import Format
from lessons.load import load, load_files
from tests.lessons.test_kinds import GOLDEN, RECORD


def golden_files(name: str) -> dict[str, bytes]:
    folder = GOLDEN / name
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def as_written(value: object) -> Any:
    """A pack as plain JSON, its questions with their kinds."""
    if hasattr(value, "kind"):
        return {"kind": value.kind, **{name: as_written(getattr(value, name)) for name in value.__struct_fields__}}  # type: ignore[attr-defined]
    if isinstance(value, msgspec.Struct):
        said = {name: as_written(getattr(value, name)) for name in value.__struct_fields__}
        return {"is": type(value).__name__} | {name: one for name, one in said.items() if one not in (False, "", [])}
    if isinstance(value, dict):
        return {key: as_written(one) for key, one in value.items()}
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return (
        [as_written(one) for one in value] if isinstance(value, tuple) else json.loads(json.dumps(value, default=str))
    )


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_a_format_reads_its_golden_pack(form: Format) -> None:
    files = golden_files(form.name)
    assert files, f"put a pack into {GOLDEN / form.name}"
    assert form.recognises(files)
    loaded = load_files("golden", files)
    assert [str(problem) for problem in loaded.problems if problem.level == "error"] == []
    now = as_written(loaded.pack)
    expected = Path(GOLDEN / form.name).with_suffix(".pack")
    if RECORD:
        expected.write_text(json.dumps(now, indent=1, ensure_ascii=False) + "\n", "utf-8")
    assert now == json.loads(expected.read_text("utf-8"))


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_what_a_format_writes_reads_as_the_same_pack(form: Format) -> None:
    files = golden_files(form.name) | {"img/unused.png": b"x", "thumbs.exe": b"MZ"}
    pack = load_files("golden", files).pack
    assert pack is not None
    written = form.write(pack, files)
    assert load("written.zip", written).pack == pack
    assert form.write(pack, dict(reversed(files.items()))) == written
    assert {"img/unused.png", "thumbs.exe"}.isdisjoint(read_zip("written.zip", written)[0])


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_a_format_does_not_recognise_just_anything(form: Format) -> None:
    assert not form.recognises({})
    assert not form.recognises({"a.png": b"\x89PNG", "README.md": b"# Hello", "song.mp3": b"ID3"})


def test_cards_of_a_translation_without_ids_take_those_of_the_main_language() -> None:
    pack = load_files("golden", golden_files("native")).pack
    assert pack is not None
    assert [card.id for card in pack.translated["de"][0].cards] == ["water", "how-long"]
    assert [lesson.title for lesson in pack.lessons_in("de")] == ["Aufgießen", "Serve"]
    assert (pack.title("de"), pack.title("fr")) == ("Tee", "Tea")
