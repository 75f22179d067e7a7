"""What a picture's bytes say of themselves: its kind and its size. Decodes no pixels and trusts no file name."""

from typing import Final

ENDINGS: Final = (".png", ".jpg", ".jpeg", ".gif", ".webp")


def kind_of(data: bytes) -> str:
    """ "png", "jpeg", "gif", "webp" or "svg" by the first bytes; empty for anything else."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "webp"
    return "svg" if b"<svg" in data[:1000].lower() else ""


def size_of(data: bytes) -> tuple[int, int]:
    """Width and height in pixels; (0, 0) when the header is cut off or odd."""
    match kind_of(data):
        case "png":
            return _numbers(data, 16, 20, 4, big=True)
        case "gif":
            return _numbers(data, 6, 8, 2)
        case "jpeg":
            return _jpeg(data)
        case "webp":
            return _webp(data)
        case _:
            return 0, 0


def _numbers(data: bytes, width: int, height: int, length: int, big: bool = False) -> tuple[int, int]:
    if len(data) < height + length:
        return 0, 0
    read = [int.from_bytes(data[at : at + length], "big" if big else "little") for at in (width, height)]
    return read[0], read[1]


def _jpeg(data: bytes) -> tuple[int, int]:
    """From the first frame header (SOF0 to SOF15 without DHT, JPG, DAC), after skipping the other segments."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return _numbers(data, at + 7, at + 5, 2, big=True) if at + 9 <= len(data) else (0, 0)
        at += 1 if marker == 0xFF else 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return 0, 0


def _webp(data: bytes) -> tuple[int, int]:
    """The three chunks that a WebP may begin with: VP8X, VP8L (lossless), VP8 (lossy)."""
    match data[12:16]:
        case b"VP8X":
            width, height = _numbers(data, 24, 27, 3)
            return (width + 1, height + 1) if len(data) >= 30 else (0, 0)
        case b"VP8L":
            bits = int.from_bytes(data[21:25], "little")
            return ((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1) if len(data) >= 25 else (0, 0)
        case b"VP8 ":
            width, height = _numbers(data, 26, 28, 2)
            return width & 0x3FFF, height & 0x3FFF
        case _:
            return 0, 0
