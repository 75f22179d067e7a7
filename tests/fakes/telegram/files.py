"""The files that Telegram keeps: what was uploaded, by whom, and the many names of each.

Promise: a file has one `file_unique_id` and any number of `file_id`s, a new one each time it is shown, all of them good
for ever. A picture is known by its first bytes and measured; it comes in several sizes. It sends and receives nothing.
"""

import base64
import hashlib
from dataclasses import dataclass, field
from typing import Final

from tests.fakes.telegram import limits
from tests.fakes.telegram.errors import bad
from tests.fakes.telegram.reading import JSON

_SIZES: Final = (("s", 90), ("m", 320), ("x", 800), ("y", 1280))  # the thumbnails' letters and longest sides
_WORDS: Final = {"photo": "Photo", "document": "Document", "voice": "VoiceNote", "sticker": "Sticker"}
_FOLDERS: Final = {"photo": "photos", "document": "documents", "voice": "voice", "sticker": "stickers"}


@dataclass
class File:
    number: int
    kind: str  # photo, document, voice or sticker
    data: bytes
    name: str = ""
    mime: str = ""
    width: int = 0
    height: int = 0
    of: "File | None" = None  # the whole picture, where this is a smaller size of it
    sizes: list["File"] = field(default_factory=list)

    @property
    def unique(self) -> str:
        return base64.urlsafe_b64encode(b"\x03" + self.number.to_bytes(8, "big") + b"un").decode().rstrip("=")

    @property
    def sha(self) -> str:
        return hashlib.sha256((self.of or self).data).hexdigest()


class FileStore:
    def __init__(self) -> None:
        self._files: dict[str, File] = {}  # by file_id
        self._paths: dict[str, tuple[File, float]] = {}
        self._count = 0
        self._names = 0

    def keep(self, kind: str, data: bytes, name: str = "", mime: str = "") -> File:
        """A new file."""
        if not data:
            raise bad("File must be non-empty")
        self._count += 1
        return File(self._count, kind, data, name, mime)

    def keep_photo(self, data: bytes) -> File:
        """A picture and its smaller sizes."""
        if len(data) > limits.PHOTO:
            raise bad(
                f"File of size {len(data)} bytes is too big for a photo; the maximum size is {limits.PHOTO} bytes"
            )
        photo = self.keep("photo", data)
        photo.width, photo.height = measure(data)
        longest = max(photo.width, photo.height)
        if photo.width + photo.height > limits.PHOTO_SIDES or longest > limits.PHOTO_RATIO * min(
            photo.width, photo.height
        ):
            raise bad("PHOTO_INVALID_DIMENSIONS")
        for _, side in _SIZES:
            if side >= longest:
                break
            self._count += 1
            small = File(self._count, "photo", data[: max(1, len(data) * side // longest)], of=photo)
            small.width = max(1, photo.width * side // longest)
            small.height = max(1, photo.height * side // longest)
            photo.sizes.append(small)
        photo.sizes.append(photo)
        return photo

    def find(self, file_id: str) -> File | None:
        return self._files.get(file_id)

    def reuse(self, file_id: str, kind: str, wrong: str) -> File:
        """The file that a send names. `wrong`: what is said of an id that nobody gave out."""
        found = self._files.get(file_id)
        if found is None:
            raise bad(wrong)
        if found.kind != kind:
            raise bad(f"Can't use file of type {_WORDS[found.kind]} as {_WORDS[kind]}")
        return found.of or found

    def shown(self, file: File) -> JSON:
        """The file's own fields, under a new name."""
        self._names += 1
        raw = b"\x02" + file.number.to_bytes(8, "big") + self._names.to_bytes(8, "big") + b"\x04"
        name = base64.urlsafe_b64encode(hashlib.sha256(raw).digest() + raw).decode().rstrip("=")
        self._files[name] = file
        return {"file_id": name, "file_unique_id": file.unique, "file_size": len(file.data)}

    def photo(self, photo: File) -> list[JSON]:
        return [self.shown(size) | {"width": size.width, "height": size.height} for size in photo.sizes]

    def document(self, file: File) -> JSON:
        told: JSON = {"file_name": file.name} if file.name else {}
        return told | ({"mime_type": file.mime} if file.mime else {}) | self.shown(file)

    def path(self, file: File, now: float) -> str:
        """Where it can be fetched from for an hour."""
        dot = file.name.rfind(".")
        ending = (
            ".jpg" if file.kind == "photo" else ".oga" if file.kind == "voice" else file.name[dot:] if dot > 0 else ""
        )
        path = f"{_FOLDERS[file.kind]}/file_{file.number}{ending}"
        self._paths[path] = (file, now + limits.LINK_LIFE)
        return path

    def at(self, path: str, now: float) -> File | None:
        file, until = self._paths.get(path, (None, 0.0))
        return file if until >= now else None


def measure(data: bytes) -> tuple[int, int]:
    """A picture's width and height, from its own head. Anything else is no picture."""
    wide = 0
    high = 0
    if data[:8] == b"\x89PNG\r\n\x1a\n" and data[12:16] == b"IHDR":
        wide, high = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    elif data[:6] in (b"GIF87a", b"GIF89a"):
        wide, high = int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")
    elif data[:2] == b"BM" and len(data) > 26:
        wide, high = int.from_bytes(data[18:22], "little"), int.from_bytes(data[22:26], "little")
    elif data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        wide, high = _webp(data)
    elif data[:2] == b"\xff\xd8":
        wide, high = _jpeg(data)
    if wide <= 0 or high <= 0:
        raise bad("IMAGE_PROCESS_FAILED")
    return wide, high


def _webp(data: bytes) -> tuple[int, int]:
    match data[12:16]:
        case b"VP8X":
            return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
        case b"VP8 ":
            return int.from_bytes(data[26:28], "little") & 0x3FFF, int.from_bytes(data[28:30], "little") & 0x3FFF
        case b"VP8L":
            bits = int.from_bytes(data[21:25], "little")
            return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
        case _:
            return 0, 0


def _jpeg(data: bytes) -> tuple[int, int]:
    """Walks the segments to the frame header."""
    at = 2
    while at + 9 < len(data) and data[at] == 0xFF:
        mark = data[at + 1]
        if 0xC0 <= mark <= 0xCF and mark not in (0xC4, 0xC8, 0xCC):
            return int.from_bytes(data[at + 7 : at + 9], "big"), int.from_bytes(data[at + 5 : at + 7], "big")
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return 0, 0
