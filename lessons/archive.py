"""Zips, read without trust and never extracted; and written so that the same files always give the same bytes.

Holds promise "section 2 row 4": count, total size, ratio measured while reading, no links, no names that climb out.
"""

import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Final

from lessons.limits import NAME_CHARS, RATIO_FROM, ZIP_BYTES, ZIP_FILES, ZIP_RATIO
from lessons.problems import Problem, Where, error

_CHUNK: Final = 64 * 1024
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# All that zipfile was seen to raise on broken or hostile bytes.
_BROKEN: Final = (
    zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError, IndexError,
    OverflowError,
)  # fmt: skip
_JUNK: Final = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini", ".git/")
_TIME: Final = (1980, 1, 1, 0, 0, 0)  # the first that a zip can hold
_SAVE: Final = "Make a new zip of the pack's folder."


class Zipped(Mapping[str, bytes]):
    """The files of a zip that was checked, read when asked for: memory holds the zip, and never all that is in it."""

    def __init__(self, archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo]) -> None:
        self._archive, self._members = archive, members

    def __getitem__(self, name: str) -> bytes:
        return self._archive.read(self._members[name])

    def __contains__(self, name: object) -> bool:
        return name in self._members

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)


def read_zip(name: str, data: bytes) -> tuple[Mapping[str, bytes], tuple[Problem, ...]]:
    """The files of a zip; none of them if there is any problem. `name` is the zip's own, for telling. Never raises."""
    at = Where(name)
    if len(data) > ZIP_BYTES:
        return {}, (error(at, "This zip has more than {most} MB.", "Make it smaller.", most=ZIP_BYTES // 1_000_000),)
    try:
        archive = zipfile.ZipFile(BytesIO(data))
        members = [member for member in archive.infolist() if not _is_junk(member.orig_filename)]
    except _BROKEN:
        return {}, (error(at, "This is not a zip, or it is cut off.", _SAVE),)
    if len(members) > ZIP_FILES:
        what, hint = "This zip has {count} files; {most} is the most.", "A pack holds lessons and pictures only."
        return {}, (error(at, what, hint, count=len(members), most=ZIP_FILES),)
    problems = [*_names(members)]
    if not problems:
        problems += _contents(at, len(data), archive, members)
    if problems:
        return {}, tuple(problems)
    return Zipped(archive, {member.filename: member for member in members if not member.is_dir()}), ()


def write_zip(files: Mapping[str, bytes]) -> bytes:
    """A zip of these files: the same files, the same bytes on any machine. Stored, for packing differs by zlib."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            member = zipfile.ZipInfo(name, _TIME)
            member.create_system = 3  # Unix, wherever this runs
            member.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(member, files[name])
    return out.getvalue()


def without_folder(files: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """The files as seen from inside the one folder that holds them all, if there is one."""
    tops = {name.partition("/")[0] for name in files}
    if len(tops) != 1 or any("/" not in name for name in files):
        return files
    return _Inside(files, tops.pop() + "/")


class _Inside(Mapping[str, bytes]):
    """Files of one folder, without its name before theirs."""

    def __init__(self, files: Mapping[str, bytes], folder: str) -> None:
        self._files, self._folder = files, folder

    def __getitem__(self, name: str) -> bytes:
        return self._files[self._folder + name]

    def __iter__(self) -> Iterator[str]:
        return (name.removeprefix(self._folder) for name in self._files)

    def __len__(self) -> int:
        return len(self._files)


def _is_junk(name: str) -> bool:
    """What systems and Git put into folders unasked."""
    parts = name.split("/")
    return any(f"{part}/" in _JUNK for part in parts[:-1]) or parts[-1] in _JUNK


def _names(members: list[zipfile.ZipInfo]) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for member in members:
        name = member.orig_filename  # filename is cut at NUL and has its backslashes turned
        at = Where(name.encode("ascii", "backslashreplace").decode()[:80] or "?")
        key = unicodedata.normalize("NFC", name).casefold().rstrip("/")
        kind = stat.S_IFMT(member.external_attr >> 16)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            yield error(at, "This is a link or a device, not a file.", "Put the file itself into the pack.")
        elif member.flag_bits & 0x41:
            yield error(at, "This file is locked with a password.", "Make a zip without a password.")
        elif member.compress_type not in _METHODS:
            yield error(at, "This file is packed in an unusual way.", "Make the zip with plain “deflate”.")
        elif _climbs(name):
            yield error(at, "This name could lead out of the pack.", "Use plain names inside the pack's own folder.")
        elif key in seen:
            what = "This name is in the zip twice ({other}); upper and lower case count as the same."
            yield error(at, what, "Give one of them another name.", other=seen[key][:80])
        seen.setdefault(key, name)


def _climbs(name: str) -> bool:
    parts = name.removesuffix("/").split("/")
    odd = any(ord(char) < 32 or ord(char) == 127 or char in "\\:" for char in name)
    return odd or not name or len(name) > NAME_CHARS or any(part.strip() in ("", ".", "..") for part in parts)


def _contents(at: Where, packed: int, archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> Iterator[Problem]:
    """Unpacks each file piece by piece, keeps nothing, and stops at the first that is too much."""
    total = 0
    for member in members:
        here = Where(member.filename)
        size = 0
        try:
            with archive.open(member) as file:
                while piece := file.read(_CHUNK):
                    size += len(piece)
                    if _swells(size, member.compress_size) or _swells(total + size, packed):
                        what = "This file unpacks to more than {ratio} times its size, as bombs do."
                        yield error(here, what, "Leave it out.", ratio=ZIP_RATIO)
                        return
                    if total + size > ZIP_BYTES:
                        what = "This zip unpacks to more than {most} MB."
                        yield error(at, what, "Make its pictures smaller.", most=ZIP_BYTES // 1_000_000)
                        return
        except _BROKEN:
            yield error(here, "This file in the zip is damaged.", _SAVE)
        total += size


def _swells(size: int, packed: int) -> bool:
    return size > RATIO_FROM and size > ZIP_RATIO * packed
