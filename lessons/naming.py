"""Ids of cards: what is a good one, one for now where the author gave none, and a readable one to be written."""

import re
import unicodedata
from collections.abc import Collection
from hashlib import blake2b
from typing import Final

from lessons.limits import ID_CHARS

_ID: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LETTERS: Final = str.maketrans({"ß": "ss", "æ": "ae", "ø": "o", "œ": "oe", "ł": "l", "đ": "d", "ı": "i", "þ": "th"})
_SLUG_CHARS: Final = 32


def is_id(text: str) -> bool:
    return len(text) <= ID_CHARS and bool(_ID.fullmatch(text))


def provisional(lesson: str, source: str, taken: Collection[str]) -> str:
    """An id from what the card says: it lasts only as long as no word changes."""
    for turn in range(len(taken) + 1):
        name = "card-" + blake2b(f"{lesson}\0{source.strip()}\0{turn}".encode(), digest_size=5).hexdigest()
        if name not in taken:
            break
    return name


def slug(text: str, taken: Collection[str], otherwise: str) -> str:
    """A readable id from the first words of `text`, or `otherwise` where it has no a-z or 0-9. Unlike all `taken`."""
    flat = unicodedata.normalize("NFKD", text.casefold()[:400].translate(_LETTERS))
    words = re.findall(r"[a-z0-9]+", re.sub(r"['’]|[\u0300-\u036f]", "", flat))
    name = ""
    for word in words[:6]:
        if name and len(name) + 1 + len(word) > _SLUG_CHARS:
            break
        name = f"{name}-{word}".strip("-")[:_SLUG_CHARS]
    name = name if len(name) >= 3 else otherwise
    free = name
    turn = 2
    while free in taken:
        free, turn = f"{name}-{turn}", turn + 1
    return free
