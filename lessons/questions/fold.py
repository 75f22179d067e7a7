"""Text laid flat for comparing: without case, accents, look-alikes and punctuation, with every digit as 0 to 9.

Pure tables and Unicode data; whether two flat texts mean the same is `same.py`.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from msgspec import Struct


class Flat(Struct, frozen=True):
    """A text as it is compared. `numbers` keep their sign and decimals ("-4.5"), `signs` are the telling ones."""

    words: tuple[str, ...]
    numbers: tuple[str, ...]
    signs: tuple[str, ...]


# Letters that Unicode does not take apart into letter and accent.
_LETTERS: Final = str.maketrans(
    {"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ħ": "h", "ŋ": "n"}
)
_GERMAN: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
# Cyrillic letters that look Latin; read as Latin only inside a word that has Latin letters too.
_LOOKALIKES: Final = str.maketrans("аесорхуіјѕкмтнвԁһ", "aecopxyijskmthbdh")
_LATIN: Final = re.compile("[a-z]")
# Accents over Latin, Greek, Cyrillic; Hebrew points; Arabic vowels. Not the vowel signs of Indian or Thai writing.
_ACCENTS: Final = re.compile(
    "[\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0640]"
)
_APOSTROPHES: Final = re.compile("['’‘ʼ`´ʹ]")
_MINUS: Final = re.compile("[−–‐‑﹣－]")
_MEANT: Final = "+#%°$€£¥<>="
_TOKEN: Final = re.compile(
    rf"(?P<number>(?:(?<![^\s(])-)?\d+(?:[.,:/]\d+)*)|(?P<sign>[{_MEANT}])|(?P<word>[^\s\d.,:/{_MEANT}-]+)"
)
_GROUPED: Final = re.compile(r"-?\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*")


def visible(text: str) -> str:
    """Without control, direction and zero-width characters; white space of all kinds is a plain space or line feed."""
    text = "".join(c if c == "\n" else _shown(c) for c in text)
    return re.sub(r"[^\S\n]+", " ", text)


def digits(text: str) -> str:
    """Digits of all scripts as 0 to 9."""
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)


@lru_cache(maxsize=2048)
def flatten(text: str, german: bool = False) -> Flat:
    """`german`: write ä as ae, not as a; people without that key do."""
    text = unicodedata.normalize("NFKC", visible(text)).casefold()
    text = text.translate(_GERMAN) if german else text
    text = unicodedata.normalize("NFD", digits(text).translate(_LETTERS))
    text = _MINUS.sub("-", _APOSTROPHES.sub("", _ACCENTS.sub("", text)))
    text = unicodedata.normalize("NFC", "".join(map(_kept, text)))
    tokens = [(found.lastgroup, found[0]) for found in _TOKEN.finditer(text)]
    return Flat(
        tuple(_one_script(token) for group, token in tokens if group == "word"),
        tuple(_plain_number(token) for group, token in tokens if group == "number"),
        tuple(token for group, token in tokens if group == "sign"),
    )


def _shown(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Cf" or category == "Cs" or "\ufe00" <= char <= "\ufe0f":
        return ""
    return " " if category in ("Cc", "Zs", "Zl", "Zp") else char


def _kept(char: str) -> str:
    """Letters, marks, digits and the signs that mean something; all else is a gap."""
    return char if unicodedata.category(char)[0] in "LM" or char.isdecimal() or char in _MEANT + ".,:/-" else " "


def _one_script(word: str) -> str:
    return word.translate(_LOOKALIKES) if _LATIN.search(word) else word


def _plain_number(number: str) -> str:
    """1,000 and 1.000 as 1000; 4,5 as 4.5. Leading zeros stay, for they matter in telephone numbers."""
    if _GROUPED.fullmatch(number) and not number.lstrip("-").startswith("0"):
        return number.replace(",", "").replace(".", "")
    return number.replace(",", ".")
