"""A pack from bytes, with every problem at once. Never raises on bad content; touches no disk."""

from collections.abc import Mapping
from typing import Final

from lessons.archive import read_zip, without_folder
from lessons.formats import FORMATS
from lessons.model import Loaded
from lessons.pictures import ENDINGS
from lessons.problems import Problem, Where, error

_TOLD_AT_MOST: Final = 200  # problems; a person mends some and looks again


def load(name: str, data: bytes) -> Loaded:
    """The pack in a zip. `name` is what the zip was called, for telling."""
    if not data.startswith(b"PK"):
        return Loaded(None, (_not_a_zip(name, data),))
    files, problems = read_zip(name, data)
    return Loaded(None, _few(problems)) if problems else load_files(name, files)


def load_files(name: str, files: Mapping[str, bytes]) -> Loaded:
    """The pack in these files (names inside the pack, with "/"), or in the one folder that holds them all."""
    files = without_folder(files)
    for form in FORMATS:
        if form.recognises(files):
            loaded = form.read(files)
            return Loaded(loaded.pack, _few(loaded.problems))
    return Loaded(None, (_no_pack(Where(name), files),))


def _few(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    if len(problems) <= _TOLD_AT_MOST:
        return problems
    rest = len(problems) - _TOLD_AT_MOST
    last = error(problems[_TOLD_AT_MOST].where, "And {count} more.", "Mend these first, then look again.", count=rest)
    return (*problems[:_TOLD_AT_MOST], last)


def _not_a_zip(name: str, data: bytes) -> Problem:
    at, hint = Where(name), "Make a zip of the pack's folder and send that."
    if not data:
        return error(at, "This file is empty.", hint)
    if name.casefold().endswith((".md", ".toml")):
        return error(at, "This is one file of a pack, not the pack.", hint)
    if data.startswith((b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh")):
        return error(at, "This is packed, but not as a zip.", hint)
    return error(at, "This is not a zip.", hint)


def _no_pack(at: Where, files: Mapping[str, bytes]) -> Problem:
    """Why these files are no pack, in the words that help most."""
    endings = {name.casefold()[name.rfind(".") :] if "." in name else "" for name in files}
    begin = "Write a pack.toml and a first lesson; docs/packs.md shows how."
    if not files:
        return error(at, "There is nothing in it.", begin)
    if endings <= {*ENDINGS, ".svg", ".heic", ".bmp", ".tif", ".tiff"}:
        hint = "Pictures need lessons around them. " + begin
        return error(at, "This is a folder of pictures, not a pack.", hint)
    if (inner := next((name for name in files if name.casefold().endswith(".zip")), "")) != "":
        return error(at, "This zip holds another zip, {inner}.", "Send that one by itself.", inner=inner[:80])
    deep = next((name for name in sorted(files) if name.rpartition("/")[2] == "pack.toml"), "")
    if deep:
        hint = "Make a zip of that folder only."
        return error(at, "The pack is deeper inside, in {folder}.", hint, folder=deep.rpartition("/")[0][:80])
    return error(at, "There is no pack.toml and no lesson in it.", begin)
