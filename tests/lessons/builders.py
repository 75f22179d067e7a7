"""Packs for tests: a good one, and what is put in its place."""

import struct
import zlib

TOML = """id = "hygiene"
title = "Food hygiene"
version = "1.0.0"
languages = ["en"]
"""

HANDS = """# Clean hands

<!-- id: why -->
Your hands touch everything.

---

<!-- id: how-long -->
How long do you wash?

- ( ) 5 seconds
  > That only wets them.
- (x) 20 seconds

> As long as singing twice.
"""


def a_png(width: int = 3, height: int = 2) -> bytes:
    """A real picture, all white."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress(b"".join(b"\0" + b"\xff" * width for _ in range(height)))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def a_pack(files: dict[str, str | bytes | None] | None = None) -> dict[str, bytes]:
    """The good pack's files, with some put in, replaced or (None) left out."""
    given: dict[str, str | bytes | None] = {"pack.toml": TOML, "01-hands.md": HANDS, **(files or {})}
    return {name: data.encode() if isinstance(data, str) else data for name, data in given.items() if data is not None}


def a_card(text: str) -> dict[str, bytes]:
    """The good pack with one lesson of one card. Its text begins on line 4 of 01-hands.md."""
    return a_pack({"01-hands.md": f"# Hands\n\n<!-- id: one -->\n{text}\n"})
