"""Zips from the world: good ones read the same however they were made, hostile ones are refused with a reason.

Bombs are made small, in memory; nothing is written to disk.
"""

import hashlib
import io
import stat
import struct
import tracemalloc
import zipfile
from collections.abc import Callable

import pytest

from lessons.archive import read_zip, write_zip
from lessons.load import load, load_files
from tests.lessons.builders import a_pack

Member = tuple[str | zipfile.ZipInfo, bytes]


def a_zip(*members: Member, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data, compress_type=method)
    return out.getvalue()


def packed(files: dict[str, bytes], folder: str = "") -> bytes:
    return a_zip(*((folder + name, data) for name, data in files.items()))


def of_mode(name: str, mode: int, data: bytes = b"/etc/passwd") -> bytes:
    member = zipfile.ZipInfo(name)
    member.create_system = 3
    member.external_attr = (mode | 0o777) << 16
    return a_zip((member, data))


def raw_name(name: str, odd: bytes) -> bytes:
    """A zip whose one file is called `odd`, which zipfile itself would not write. Both must be of one length."""
    assert len(name) == len(odd)
    return a_zip((name, b"text")).replace(name.encode(), odd)


def flagged(bits: int) -> bytes:
    data = bytearray(a_zip(("a.md", b"text")))
    data[6] |= bits
    data[data.index(b"PK\x01\x02") + 8] |= bits
    return bytes(data)


def with_method(method: int) -> bytes:
    data = bytearray(a_zip(("a.md", b"text")))
    struct.pack_into("<H", data, 8, method)
    struct.pack_into("<H", data, data.index(b"PK\x01\x02") + 10, method)
    return bytes(data)


def sized(size: int) -> bytes:
    """A zip that lies about how large its file is."""
    data = bytearray(a_zip(("a.md", b"\0" * 3_000_000)))
    struct.pack_into("<I", data, data.index(b"PK\x01\x02") + 24, size)
    return bytes(data)


def flipped(data: bytes) -> bytes:
    """One bit of the first file's packed bytes turned over."""
    at = data.index(b"PK\x03\x04", 4) - 10
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def many(count: int) -> bytes:
    return a_zip(*((f"{n}.md", b"") for n in range(count)), method=zipfile.ZIP_STORED)


def all_on_one(count: int) -> bytes:
    """Entries that all point at one file's bytes, as in D. Fifield, "A better zip bomb", 2019."""
    one = a_zip(("0000.md", b"\0" * 900_000))
    start = one.index(b"PK\x01\x02")
    end = one.index(b"PK\x05\x06")
    entries = b"".join(one[start:end].replace(b"0000.md", b"%04d.md" % n) for n in range(count))
    return one[:start] + entries + struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, count, count, len(entries), start, 0)


def bad_utf8_name() -> bytes:
    """A name that says it is UTF-8 and is not."""
    data = bytearray(a_zip(("ab.md", b"text")).replace(b"ab.md", b"\xff\xfe.md"))
    data[7] |= 0x08
    data[data.index(b"PK\x01\x02") + 9] |= 0x08
    return bytes(data)


def raw_twice(one: bytes, two: bytes) -> bytes:
    return a_zip(("X.md", b"x"), ("Y.md", b"y")).replace(b"X.md", one).replace(b"Y.md", two)


SWELLS = hashlib.shake_128(b"").digest(50_000) + bytes(4_950_000)  # 5 MB that pack to 55 kB
NOISE = hashlib.shake_128(b"").digest(3_000_000)
GOOD = packed(a_pack())

HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "empty"),
    "a text": (lambda: b"hello", "not a zip"),
    "two letters of a zip": (lambda: b"PK", "not a zip, or"),
    "a head without a body": (lambda: b"PK\x03\x04" + b"\0" * 100, "not a zip, or"),
    "an end without a beginning": (lambda: GOOD[-22:], "not a zip, or"),
    "cut off in the middle": (lambda: GOOD[: len(GOOD) // 2], "cut off"),
    "cut off at the end": (lambda: GOOD[:-5], "cut off"),
    "cut off at the front": (lambda: b"PK" + GOOD[60:], "damaged"),
    "rar": (lambda: b"Rar!\x1a\x07" + b"\0" * 50, "not as a zip"),
    "7z": (lambda: b"7z\xbc\xaf\x27\x1c" + b"\0" * 50, "not as a zip"),
    "gzip": (lambda: b"\x1f\x8b\x08" + b"\0" * 50, "not as a zip"),
    "one bit flipped": (lambda: flipped(GOOD), "damaged"),
    "no files": (lambda: a_zip(), "nothing in it"),
    "a bomb of zeros": (lambda: a_zip(("a.md", b"\0" * 30_000_000)), "200 times"),
    "a bomb behind good files": (
        lambda: packed({**a_pack(), "img/a.png": NOISE, "img/z.png": b"\0" * 3_000_000}), "200 times"),
    "a bomb that says it is small": (lambda: sized(10), "damaged"),
    "a file that says it is large": (lambda: sized(4_000_000_000), "200 times"),
    "files that share their bytes": (lambda: all_on_one(1000), "damaged"),
    "a bomb of small bombs": (lambda: a_zip(*((f"{n}.md", b"\0" * 900_000) for n in range(300))), "200 times"),
    "too much in all": (
        lambda: a_zip(*((f"{n}.bin", SWELLS) for n in range(101))), "more than 500 MB"),
    "too many files": (lambda: many(5001), "5001 files"),
    "far too many files": (lambda: many(20_000), "20000 files"),
    "a zip in a zip": (lambda: a_zip(("inner.zip", GOOD)), "holds another zip"),
    "a path up": (lambda: a_zip(("../evil.md", b"x")), "out of the pack"),
    "a path up from a folder": (lambda: a_zip(("img/../../evil.md", b"x")), "out of the pack"),
    "a path up at the end": (lambda: a_zip(("img/..", b"x")), "out of the pack"),
    "up with spaces": (lambda: a_zip((".. /evil.md", b"x")), "out of the pack"),
    "an absolute path": (lambda: a_zip(("/etc/evil.md", b"x")), "out of the pack"),
    "two slashes": (lambda: a_zip(("//host/evil.md", b"x")), "out of the pack"),
    "a folder without name": (lambda: a_zip(("img//evil.md", b"x")), "out of the pack"),
    "a drive": (lambda: a_zip(("C:/evil.md", b"x")), "out of the pack"),
    "a drive without slash": (lambda: a_zip(("C:evil.md", b"x")), "out of the pack"),
    "a hidden stream": (lambda: a_zip(("a.md:evil", b"x")), "out of the pack"),
    "a backslash": (lambda: a_zip(("..\\evil.md", b"x")), "out of the pack"),
    "a backslash within": (lambda: a_zip(("img\\a.png", b"x")), "out of the pack"),
    "a dot": (lambda: a_zip(("./a.md", b"x")), "out of the pack"),
    "a zero in a name": (lambda: raw_name("a.mdXexe", b"a.md\0exe"), "out of the pack"),
    "a line feed in a name": (lambda: a_zip(("a\n.md", b"x")), "out of the pack"),
    "an escape in a name": (lambda: a_zip(("a\x1b[31m.md", b"x")), "out of the pack"),
    "a name without end": (lambda: a_zip(("a" * 60_000 + ".md", b"x")), "out of the pack"),
    "a name that is no UTF-8": (
        bad_utf8_name, "not a zip, or"),
    "a link": (lambda: of_mode("a.md", stat.S_IFLNK), "link or a device"),
    "a link for a folder": (lambda: of_mode("img", stat.S_IFLNK, b"/"), "link or a device"),
    "a device": (lambda: of_mode("a.md", stat.S_IFCHR), "link or a device"),
    "a pipe": (lambda: of_mode("a.md", stat.S_IFIFO), "link or a device"),
    "the same name twice": (lambda: raw_twice(b"a.md", b"a.md"), "twice"),
    "the same name in other case": (lambda: a_zip(("a.md", b"x"), ("A.MD", b"y")), "twice"),
    "the same name composed in two ways": (lambda: a_zip(("\u00e9.md", b"x"), ("e\u0301.md", b"y")), "twice"),
    "a file and a folder of one name": (lambda: a_zip(("img", b"x"), ("img/", b"")), "twice"),
    "a password": (lambda: flagged(0x01), "password"),
    "strong encryption": (lambda: flagged(0x41), "password"),
    "lzma": (lambda: a_zip(("a.md", b"x"), method=zipfile.ZIP_LZMA), "unusual way"),
    "bzip2": (lambda: a_zip(("a.md", b"x"), method=zipfile.ZIP_BZIP2), "unusual way"),
    "a method that no one knows": (lambda: with_method(99), "unusual way"),
    "deflate64": (lambda: with_method(9), "unusual way"),
    "bytes that do not fit their sum": (lambda: GOOD.replace(b"PK\x03\x04", b"PK\x03\x05", 1), "damaged"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_zip_is_refused_with_a_reason(name: str) -> None:
    make, what = HOSTILE[name]
    data = make()
    tracemalloc.start()
    loaded = load("upload.zip", data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert loaded.pack is None
    told = [str(problem) for problem in loaded.problems]
    assert told
    assert any(what in line for line in told), told
    assert peak < 60_000_000 + 3 * len(data)


def test_there_are_enough_of_them() -> None:
    assert len(HOSTILE) >= 40


def test_a_zip_reads_as_its_folder_does() -> None:
    loaded = load_files("folder", a_pack())
    assert loaded.pack is not None
    assert load("upload.zip", GOOD) == loaded
    assert load("upload.zip", write_zip(a_pack())) == loaded


def test_a_zip_of_the_folder_itself_is_fine_and_so_is_what_systems_put_beside_it() -> None:
    files = {f"hygiene/{name}": data for name, data in a_pack().items()}
    junk = {"__MACOSX/hygiene/._a.md": b"\0", "hygiene/.DS_Store": b"\0", "hygiene/Thumbs.db": b"\0"}
    assert load("upload.zip", packed({**files, **junk})) == load_files("folder", a_pack())
    assert load_files("folder", files) == load_files("folder", a_pack())


def test_the_same_files_give_the_same_zip_in_any_order() -> None:
    files = a_pack({"img/a.png": b"x"})
    backwards = dict(reversed(list(files.items())))
    assert write_zip(files) == write_zip(backwards)
    read, problems = read_zip("a.zip", write_zip(files))
    assert problems == ()
    assert dict(read) == files


def test_a_long_text_of_one_letter_is_no_bomb() -> None:
    loaded = load("upload.zip", packed(a_pack({"README.md": b"=" * 900_000})))
    assert loaded.problems == ()


def test_a_large_zip_is_never_held_in_memory_as_a_whole() -> None:
    """60 files of 5 MB, packed well: 300 MB in all, of which none is kept while they are measured."""
    data = a_zip(*((f"img/{n}.bin", SWELLS) for n in range(60)))
    assert len(data) < 5_000_000
    tracemalloc.start()
    files, problems = read_zip("large.zip", data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert problems == ()
    assert sum(map(len, files.values())) == 300_000_000
    assert peak < 20_000_000
