"""A pack on the disk, as a folder or a zip: its files as values, and back.

Promise: never follows a link, never reads more than a pack may hold. What is in the files is for `lessons` to judge.
"""

import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from bot.cli.speech import Stopped
from lessons.archive import write_zip
from lessons.limits import ZIP_BYTES, ZIP_FILES
from lessons.load import load, load_files
from lessons.model import Loaded

JUNK = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")


def read_pack(path: Path) -> Loaded:
    """The pack at that path with all its problems. Stopped where there is nothing to read."""
    if path.is_dir():
        return load_files(path.name, read_folder(path))
    return load(path.name, read_file(path))


def zipped(path: Path) -> bytes:
    """The pack at that path as a zip; the same folder gives the same bytes everywhere."""
    return write_zip(read_folder(path)) if path.is_dir() else read_file(path)


def read_file(path: Path) -> bytes:
    """A file of at most the size that a pack may have."""
    try:
        if path.stat().st_size > ZIP_BYTES:
            raise Stopped(f"{path} has more than {ZIP_BYTES // 1_000_000} MB.", "Is it really a lesson pack?")
        return path.read_bytes()
    except OSError as why:
        raise Stopped(f"{path} cannot be read ({why.strerror}).") from why


def read_folder(path: Path) -> dict[str, bytes]:
    """Every file below it, by its name inside the folder with "/"; nothing hidden, no links."""
    files: dict[str, bytes] = {}
    total = 0
    for file in _files(path):
        name = file.relative_to(path).as_posix()
        data = read_file(file)
        total += len(data)
        if len(files) == ZIP_FILES or total > ZIP_BYTES:
            most = f"{ZIP_FILES:,} files and {ZIP_BYTES // 1_000_000} MB"
            raise Stopped(f"{path} holds more than {most}.", "Is it really the folder of a lesson pack?")
        files[name] = data
    return files


def _files(path: Path) -> Iterator[Path]:
    for folder, inner, names in os.walk(path):
        inner[:] = sorted(name for name in inner if not name.startswith(".") and name not in JUNK)
        for name in sorted(names):
            file = Path(folder, name)
            if not name.startswith(".") and name not in JUNK and file.is_file() and not file.is_symlink():
                yield file


def write_files(path: Path, files: Mapping[str, bytes]) -> None:
    """Puts the files where they were, each whole or not at all, with the rights it had."""
    for name, data in files.items():
        file = path / name
        try:
            with tempfile.NamedTemporaryFile(dir=file.parent, prefix=".morsel-", delete=False) as written:
                written.write(data)
            os.chmod(written.name, file.stat().st_mode & 0o7777)
            os.replace(written.name, file)
        except OSError as why:
            raise Stopped(f"{file} cannot be written ({why.strerror}).") from why
