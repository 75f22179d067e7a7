"""What a text of Slack's becomes on the screen: its visible words, whom it rings, what it links to. Pure.

Two ways lead from words to a ping or a link: sequences in angle brackets (`<!channel>`, `<@U1>`, `<https://..|..>`),
which work everywhere in mrkdwn, and Slack's own search for bare addresses and names, which can be switched off
(`verbatim`, `parse`). Source: docs.slack.dev/messaging/formatting-message-text.
"""

import re
from typing import Final

from msgspec import Struct

_SEQUENCE: Final = re.compile(r"<([^<>\n]+)>")
_BARE: Final = re.compile(r"https?://[^\s<>|]+|\b[\w.+-]+@[\w-]+\.[\w.-]+\b")
_BARE_PING: Final = re.compile(r"(?<![\w@/])@(here|channel|everyone)\b")
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_CODE: Final = re.compile(r"```(.+?)```|`([^`\n]+)`", re.DOTALL)
_STYLES: Final = tuple(
    re.compile(rf"(?<![\w{mark}])\{mark}(?=\S)([^\n{mark}]*?\S)\{mark}(?![\w{mark}])") for mark in "*_~"
)


class Read(Struct, frozen=True):
    """A text as people see it. `pings` are as Slack writes them (`@U1`, `!here`), `links` are addresses."""

    visible: str
    pings: tuple[str, ...] = ()
    links: tuple[str, ...] = ()


def unescape(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def read(text: str, *, bare: bool = True, bare_pings: bool = False, markup: bool = True) -> Read:
    """`bare`: addresses without brackets become links. `bare_pings`: `@here` without brackets rings. `markup`: mrkdwn."""
    pings: list[str] = []
    links: list[str] = []
    parts: list[str] = []
    at = 0
    for found in _SEQUENCE.finditer(text):
        parts.append(_plain(text[at : found.start()], bare, bare_pings, markup, pings, links))
        parts.append(_sequence(found[1], pings, links))
        at = found.end()
    parts.append(_plain(text[at:], bare, bare_pings, markup, pings, links))
    return Read("".join(parts), tuple(pings), tuple(links))


def _sequence(inner: str, pings: list[str], links: list[str]) -> str:
    target, _, label = inner.partition("|")
    if target[0] == "@" or target.startswith(("!here", "!channel", "!everyone", "!group", "!subteam")):
        pings.append(target)
        return unescape(label) or "@" + target.lstrip("@!")
    if target.startswith("!date^"):
        links.extend(target.split("^")[3:4])
        return unescape(label)
    if target[0] == "#":
        links.append(target)
        return unescape(label) or target
    if _SCHEME.match(target) or "|" in inner:
        links.append(unescape(target))
        return unescape(label or target)
    return f"<{unescape(inner)}>"


def _plain(text: str, bare: bool, bare_pings: bool, markup: bool, pings: list[str], links: list[str]) -> str:
    if bare:
        links.extend(unescape(found[0]) for found in _BARE.finditer(text))
    if bare_pings:
        pings.extend("@" + found[1] for found in _BARE_PING.finditer(text))
    if markup:
        text = _CODE.sub(lambda found: found[1] or found[2], text)
        for style in _STYLES:
            text = style.sub(r"\1", text)
    return unescape(text)
