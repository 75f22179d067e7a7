"""What people wrote, without Slack's markup: links to their text, mentions to names, entities to signs. Pure.

Slack writes `<...>` around what it recognised and escapes `&`, `<` and `>` in everything else; nothing more is escaped.
Source: https://docs.slack.dev/messaging/formatting-message-text#retrieving-messages
"""

import re
import unicodedata

NAME_LIMIT = 120  # characters of a file's name

_TOKEN = re.compile(r"<([^<>]*)>")
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))  # the ampersand last: "&amp;lt;" was typed as "&lt;"
_BOT = re.compile(r"\A\s*<@[UW][A-Z0-9]*(\|[^<>]*)?>[\s,:]*")


def words(text: str) -> str:
    """The words as the person saw them; NUL is dropped, for no database of ours stores it everywhere."""
    if "<" in text:
        text = _TOKEN.sub(_token, text)
    if "&" in text:
        for entity, sign in _ENTITIES:
            text = text.replace(entity, sign)
    return text.replace("\0", "")


def without_mention(text: str) -> str:
    """Raw text without the mention that it begins with, which is ours."""
    return _BOT.sub("", text, count=1)


def file_name(name: str) -> str:
    """What a person called a file, made safe to show: no folders, no control or direction characters, not too long."""
    last = name.replace("\\", "/").rpartition("/")[2]
    shown = "".join(c for c in unicodedata.normalize("NFC", last) if unicodedata.category(c)[0] != "C")
    return shown.strip()[-NAME_LIMIT:] or "file"


def _token(found: re.Match[str]) -> str:
    """One `<...>`: the label where there is one, else what it points to. Still escaped, like all text around it."""
    target, _, label = found[1].partition("|")
    if target.startswith("@"):
        return f"@{label.removeprefix('@')}" if label else "@…"
    if target.startswith("#"):
        return f"#{label.removeprefix('#')}" if label else "#…"
    if target.startswith("!"):
        return label or f"@{target[1:].partition('^')[0]}"
    return label or target.removeprefix("mailto:").removeprefix("tel:")
