"""What a picture's bytes say about it: its type and size in pixels. Pure; it decodes nothing.

SVG is not on the list: a picture of a stranger must not be a document that can run.
"""

import hashlib
from functools import lru_cache

from msgspec import Struct


class Seen(Struct, frozen=True):
    """A picture's media type and size; 0 where the size is not known."""

    media_type: str
    width: int = 0
    height: int = 0


def look(data: bytes) -> Seen | None:
    """The picture's type by its first bytes, whatever its name says; None for anything else."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return Seen("image/png", int.from_bytes(data[16:20]), int.from_bytes(data[20:24]))
    if data.startswith((b"GIF87a", b"GIF89a")):
        return Seen("image/gif", int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little"))
    if data.startswith(b"\xff\xd8\xff"):
        return _jpeg(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return Seen("image/webp")
    return None


def _jpeg(data: bytes) -> Seen:
    """Walks the segments to the frame header (SOF0 to SOF15 without DHT, JPG and DAC), where the size is."""
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        kind, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4])
        if 0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC):
            return Seen("image/jpeg", int.from_bytes(data[at + 7 : at + 9]), int.from_bytes(data[at + 5 : at + 7]))
        at += 2 + length
    return Seen("image/jpeg")


@lru_cache(maxsize=512)
def digest(data: bytes) -> str:
    """A name for these very bytes, for addresses that may be cached for ever."""
    return hashlib.sha256(data).hexdigest()[:16]
