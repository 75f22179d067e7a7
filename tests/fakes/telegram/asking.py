"""Short ways for tests to ask the fake: a clock to turn, a picture, keyboards, and a refusal's words."""

import struct
import zlib
from typing import Any

import msgspec

from tests.fakes.telegram.core import FakeTelegram


class Clock:
    """Simulated time, in seconds since 1970."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


def png(width: int, height: int, size: int = 0) -> bytes:
    """A real grey picture; with zeros behind it up to `size` bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    made = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    made += chunk(b"IDAT", zlib.compress((b"\x00" + bytes(width)) * height, 1)) + chunk(b"IEND", b"")
    return made + bytes(max(0, size - len(made)))


def said(fake: FakeTelegram, method: str, files: Any = None, **params: Any) -> str:
    """The refusal's words without "Bad Request: "; "" if it went well."""
    answer = fake.call(method, params, files)
    told = msgspec.json.decode(answer.body)
    assert told["ok"] == (answer.status == 200)
    if told["ok"]:
        return ""
    assert told["error_code"] == answer.status
    return str(told["description"]).removeprefix("Bad Request: ")


def button(**more: Any) -> dict[str, Any]:
    """A keyboard of one button, "Go"."""
    return {"inline_keyboard": [[{"text": "Go"} | more]]}


def rows(*widths: int) -> dict[str, Any]:
    """A keyboard of so many buttons a row."""
    return {"inline_keyboard": [[{"text": "x", "callback_data": "x"}] * width for width in widths]}
