"""Where something stands in a text: lines of TOML keys, counted from 1.

Promise: pure, and good enough for people: tables, dotted and quoted keys, values over several lines. A key inside an
inline table is found at the line where that table begins. It does not check TOML; the text is known to be valid.
"""

import re

_PART = r"""(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')"""
_KEYS = rf"{_PART}(?:\s*\.\s*{_PART})*"
_HEADER = re.compile(rf"\s*\[\[?\s*({_KEYS})\s*\]\]?")
_ENTRY = re.compile(rf"\s*({_KEYS})\s*=(.*)")


def line_of_byte(data: bytes, at: int) -> int:
    """The line of the byte at that offset."""
    return data.count(b"\n", 0, at) + 1


def line_of(text: str, *path: str) -> int:
    """The line of the key or table with that path, of its nearest parent where it has none of its own; 0 if absent."""
    lines = _lines(text)
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return 0


def _lines(text: str) -> dict[tuple[str, ...], int]:
    """The first line of every key and table."""
    found: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    open_quote, depth = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        rest = line
        if not open_quote and depth == 0:
            if header := _HEADER.match(line):
                table = _split(header[1])
                found.setdefault(table, number)
                continue
            if not (entry := _ENTRY.match(line)):
                continue
            path = (*table, *_split(entry[1]))
            for length in range(1, len(path) + 1):
                found.setdefault(path[:length], number)
            rest = entry[2]
        open_quote, depth = _left_open(rest, open_quote, depth)
    return found


def _split(keys: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in re.findall(_PART, keys))


def _left_open(line: str, quote: str, depth: int) -> tuple[str, int]:
    """Which long quote is still open after this line of a value, and how many brackets."""
    at = 0
    while at < len(line):
        if quote:
            if quote[0] == '"' and line[at] == "\\":
                at += 2
            elif line.startswith(quote, at):
                at += len(quote)
                quote = ""
            else:
                at += 1
            continue
        sign = line[at]
        if sign == "#":
            break
        if sign in "\"'":
            quote = sign * 3 if line.startswith(sign * 3, at) else sign
            at += len(quote)
            continue
        depth += (sign in "[{") - (sign in "]}")
        at += 1
    return (quote if len(quote) == 3 else ""), depth
