"""Keyboards under messages, read and judged as the server does.

Stricter than Telegram in one place: a row of more than 8 buttons is refused, where a phone only shows it badly.
"""

import re
from typing import Any, Final

from tests.fakes.telegram import limits
from tests.fakes.telegram.errors import Refusal, bad
from tests.fakes.telegram.reading import JSON, Params, field, flag, optional, structure

Rows = list[list[JSON]]

_STYLES: Final = frozenset({"", "default", "primary", "danger", "success"})
_HOST: Final = re.compile(r"(?:https?://)?(?:[^/?#@]*@)?([^/?#:]+)(?::\d{1,5})?(?:[/?#].*)?", re.IGNORECASE)
_OWN_LINKS: Final = re.compile(r"(tg|ton|tonsite):(//)?[\w.-]+([/?#].*)?", re.IGNORECASE)
_OTHERS: Final = ("switch_inline_query", "switch_inline_query_current_chat", "switch_inline_query_chosen_chat")


class Markup:
    """What a call says about keyboards. `rows`: inline; `keys`: a reply keyboard; `removes` takes the latter away."""

    __slots__ = ("keys", "kind", "removes", "rows")

    def __init__(self, kind: str = "", rows: Rows | None = None, keys: list[list[str]] | None = None) -> None:
        self.kind = kind
        self.rows = rows or []
        self.keys = keys or []
        self.removes = kind == "remove"


NOTHING: Final = Markup()


def read(params: Params, *, inline_only: bool = False) -> Markup:
    """`inline_only`: for edits."""
    found = structure(params, "reply_markup", "reply keyboard markup")
    if found is None:
        return NOTHING
    if not isinstance(found, dict):
        raise bad("Object expected as reply markup")
    keys = _rows(found, "keyboard", 'Field "keyboard" must be an Array of Arrays', _key)
    inline = _rows(
        found, "inline_keyboard", 'Field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays',
        _button,
    )  # fmt: skip
    if keys:
        made = Markup("reply", keys=_cut(keys))
    elif inline:
        made = Markup("inline", rows=_judged(inline))
    elif flag(found, "remove_keyboard") or flag(found, "hide_keyboard"):
        made = Markup("remove")
    elif flag(found, "force_reply"):
        made = Markup("force")
    else:
        made = NOTHING
    if inline_only and made.kind not in ("", "inline"):
        raise bad("Inline keyboard expected")
    return made


def _rows(found: JSON, name: str, wrong: str, read_one: Any) -> list[list[Any]]:
    rows = found.get(name)
    if rows is None:
        return []
    if not isinstance(rows, list):
        raise bad(f'Field "{name}" must be of type Array')
    if any(not isinstance(row, list) for row in rows):
        raise bad(wrong)
    what = "inline keyboard button" if name == "inline_keyboard" else "keyboard button"
    try:
        return [[read_one(button) for button in row] for row in rows]
    except Refusal as why:
        inner = why.description.removeprefix("Bad Request: ")
        raise bad(f"Can't parse {what}: {inner[:1].upper()}{inner[1:]}") from None


def _key(button: Any) -> str:
    if isinstance(button, str):
        return button
    if not isinstance(button, dict):
        raise bad("KeyboardButton must be a String or an Object")
    return field(button, "text")


def _cut(keys: list[list[str]]) -> list[list[str]]:
    """Reply keyboards lose what is too much."""
    left = limits.REPLY_BUTTONS
    kept: list[list[str]] = []
    for row in keys:
        kept.append([key for key in row if key][: min(limits.REPLY_BUTTONS_IN_ROW, left)])
        left -= len(kept[-1])
    return [row for row in kept if row]


def _button(button: Any) -> JSON:
    """One button by what the server reads of it; judged only later."""
    if not isinstance(button, dict):
        raise bad("InlineKeyboardButton must be an Object")
    made: JSON = {"text": field(button, "text")}
    style = optional(button, "style").lower()
    if style not in _STYLES:
        raise bad("invalid button style specified")
    if optional(button, "icon_custom_emoji_id"):
        made["icon_custom_emoji_id"] = optional(button, "icon_custom_emoji_id")
    if style not in ("", "default"):
        made["style"] = style
    for name in ("url", "callback_data"):
        if optional(button, name):
            return made | {name: optional(button, name)}
    for name in ("callback_game", "pay", *_OTHERS, "login_url", "web_app", "copy_text"):
        if button.get(name) is not None:
            return made | {name: button[name]}
    if "callback_data" in button or "url" in button:
        # An empty one: the server takes it for a button that does nothing.
        raise bad("Text buttons are unallowed in the inline keyboard")
    raise bad("Text buttons are unallowed in the inline keyboard")


def _judged(rows: Rows) -> Rows:
    kept = [[button for button in row if button["text"]] for row in rows]
    kept = [row for row in kept if row]
    for row in kept:
        for button in row:
            if "url" in button:
                button["url"] = link(button["url"])
            if len(button.get("callback_data", "").encode()) > limits.BUTTON_DATA:
                raise bad("BUTTON_DATA_INVALID")
    if sum(map(len, kept)) > limits.BUTTONS or any(len(row) > limits.BUTTONS_IN_ROW for row in kept):
        raise bad("reply markup is too long")
    return kept


def link(url: str) -> str:
    """A link as it stands on a button: with its scheme, and a path."""
    if _OWN_LINKS.fullmatch(url):
        return url

    def wrong(why: str) -> Refusal:
        return bad(f"Inline keyboard button URL '{url}' is invalid: {why}")

    if "://" in url and not url.lower().startswith(("http://", "https://")):
        raise wrong("Unsupported URL protocol")
    host = _HOST.fullmatch(url)
    if host is None or " " in host.group(1):
        raise wrong("Wrong HTTP URL")
    if "." not in host.group(1):
        raise wrong("Wrong HTTP URL")
    full = url if "://" in url else f"http://{url}"
    return full + "/" if full.count("/") == 2 else full
