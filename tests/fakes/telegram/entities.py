"""Text as Telegram's server takes it: parsed, cleaned, trimmed, with its entities put in order.

Promise: TDLib itself (tdjson, offline) parses parse modes, judges entities by offset and finds links and commands; its
error words are passed on. Only cleaning and trimming are done here, after TDLib's MessageEntity.cpp. Offsets and
lengths count UTF-16 units. It knows no limits of length.
"""

import re
from typing import Any, Final

import msgspec
import tdjson

from tests.fakes.telegram import limits
from tests.fakes.telegram.errors import bad

JSON = dict[str, Any]
Text = tuple[str, list[JSON]]

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode

_TYPES: Final = {
    "bold": "Bold", "italic": "Italic", "underline": "Underline", "strikethrough": "Strikethrough",
    "spoiler": "Spoiler", "blockquote": "BlockQuote", "expandable_blockquote": "ExpandableBlockQuote",
    "code": "Code", "pre": "Pre", "text_link": "TextUrl", "text_mention": "MentionName",
    "custom_emoji": "CustomEmoji", "date_time": "DateTime",
}  # fmt: skip
_FOUND: Final = {
    "Mention": "mention", "Hashtag": "hashtag", "Cashtag": "cashtag", "BotCommand": "bot_command", "Url": "url",
    "EmailAddress": "email", "PhoneNumber": "phone_number", "BankCardNumber": "bank_card_number", "PreCode": "pre",
}  # fmt: skip
_NAMES: Final = {value: key for key, value in _TYPES.items()} | _FOUND
_IGNORED: Final = frozenset(_FOUND.values()) - {"pre"}  # the server finds these itself
_SPLIT: Final = frozenset({"bold", "italic", "underline", "strikethrough", "spoiler"})

# Control characters become spaces; "\r", line separators, embeddings and three "vertical lines" vanish.
_CLEAN: Final = {code: " " for code in range(32) if code not in (10, 13)} | {
    13: None, 0x333: None, 0x33F: None, 0x30A: None, **dict.fromkeys(range(8232, 8239)),
}  # fmt: skip
_DIRTY: Final = re.compile("[\x00-\x09\x0b-\x1f\u0333\u033f\u030a\u2028-\u202e\u200e\u200f]")
_MARKS: Final = re.compile("[\u200e\u200f]{2,}")
_BLANK: Final = re.compile(
    "[ \n\u00a0\u1680\u180e\u2000-\u200f\u202e\u202f\u205f\u2800\u3000\ufeff\ufffc\U000e0000-\U000e007f]*"
)
_MARKDOWN: Final = str.maketrans(dict.fromkeys("*_~|`[]()\\", "x"))  # of one byte each, like what they become
_MAYBE_ENTITY: Final = re.compile(r"[@#$/.:\d]")


def _ask(request: JSON) -> JSON:
    answer = tdjson.td_execute(_encode(request))
    assert answer is not None
    said: JSON = _decode(answer)
    return said


_ask({"@type": "setLogVerbosityLevel", "new_verbosity_level": 0})


def units(text: str) -> int:
    """The length in UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def take(text: str, parse_mode: str, entities: Any, *, empty_is: str = "") -> Text:
    """What stands after parsing, cleaning and trimming. `empty_is` are the words for a text of nothing but blanks;
    without them it may be empty (a caption)."""
    if len(text) > limits.RAW_TEXT // 4 and len(text.encode()) > limits.RAW_TEXT:
        raise bad("Text is too long")
    mode = parse_mode.lower()
    if text and mode and mode != "none":
        text, given = _parsed(text, mode)
    else:
        given = _given(entities)
    text, given = _fixed(text, given)
    if _BLANK.fullmatch(text) and empty_is:
        raise bad(empty_is)
    # The server marks links, commands and the like in what a bot sends, too.
    found = _found(text) if _MAYBE_ENTITY.search(text) else []
    return text, _with_found(given, found)[: limits.ENTITIES]


def _parsed(text: str, mode: str) -> tuple[str, list[JSON]]:
    match mode:
        case "html":
            how: JSON = {"@type": "textParseModeHTML"}
        case "markdownv2":
            how = {"@type": "textParseModeMarkdown", "version": 2}
        case "markdown":
            how = {"@type": "textParseModeMarkdown", "version": 1}
        case _:
            raise bad("Unsupported parse_mode")
    said = _ask({"@type": "parseTextEntities", "text": text, "parse_mode": how})
    if said["@type"] == "error":
        raise bad(said["message"])
    return said["text"], said["entities"]


def _given(entities: Any) -> list[JSON]:
    """MessageEntity objects in TDLib's words. What is not an array counts as none, as on the server."""
    if not isinstance(entities, list):
        return []
    return [made for entity in entities if (made := _one(entity)) is not None]


def _one(entity: Any) -> JSON | None:
    def wrong(words: str) -> Exception:
        return bad(f"Can't parse MessageEntity: {words}")

    if not isinstance(entity, dict):
        raise wrong("expected an Object")
    for name in ("offset", "length"):
        if name not in entity:
            raise wrong(f'Can\'t find field "{name}"')
        if isinstance(entity[name], bool) or not isinstance(entity[name], int):
            raise wrong(f'Field "{name}" must be a Number')
    kind = entity.get("type")
    if kind is None:
        raise wrong('Can\'t find field "type"')
    if kind in _IGNORED:
        return None
    if kind not in _TYPES:
        raise wrong("Type is not specified" if kind == "" else "Unsupported type specified")
    made: JSON = {"@type": f"textEntityType{_TYPES[kind]}"}
    match kind:
        case "pre" if entity.get("language"):
            made = {"@type": "textEntityTypePreCode", "language": entity["language"]}
        case "text_link":
            if "url" not in entity:
                raise wrong('Can\'t find field "url"')
            made["url"] = entity["url"]
        case "text_mention":
            made["user_id"] = (entity.get("user") or {}).get("id", 0)
        case "custom_emoji":
            made["custom_emoji_id"] = entity.get("custom_emoji_id", "0")
        case "date_time":
            made["unix_time"] = entity.get("unix_time", 0)
    return {"@type": "textEntity", "offset": entity["offset"], "length": entity["length"], "type": made}


def _fixed(text: str, entities: list[JSON]) -> tuple[str, list[JSON]]:
    """Cleaned and trimmed, the entities within bounds, without overlap, in order."""
    if entities:
        # parseMarkdown runs the server's own check. Signs of markup are hidden from it, byte for byte.
        masked = text.translate(_MARKDOWN)
        said = _ask(
            {"@type": "parseMarkdown", "text": {"@type": "formattedText", "text": masked, "entities": entities}}
        )
        if said["@type"] == "error":
            raise bad(said["message"])
        entities = said["entities"]
    if _DIRTY.search(text):
        text = text.translate(_CLEAN)
        text = _MARKS.sub(lambda marks: "\u200c" * (len(marks.group()) - 1) + marks.group()[-1], text)
    kept = text.rstrip(" \n")
    if not entities:
        return kept.lstrip(" \n"), []
    end = units(kept)
    inside = [entity for entity in entities if entity["offset"] < end]
    for entity in inside:
        entity["length"] = min(entity["length"], end - entity["offset"])
    first = min((entity["offset"] for entity in inside), default=end)
    blanks = len(kept) - len(kept.lstrip(" \n"))
    cut = min(blanks, first)
    for entity in inside:
        entity["offset"] -= cut
    return kept[cut:], [_told(entity) for entity in inside]


def _told(entity: JSON) -> JSON:
    """In the Bot API's words. Of a mentioned person only the id is known here."""
    kind = entity["type"]
    name = kind["@type"].removeprefix("textEntityType")
    told: JSON = {"offset": entity["offset"], "length": entity["length"], "type": _NAMES.get(name, name.lower())}
    match name:
        case "TextUrl":
            told["url"] = kind["url"]
        case "PreCode":
            told["language"] = kind["language"]
        case "MentionName":
            told["user"] = {"id": kind["user_id"], "is_bot": False, "first_name": ""}
        case "CustomEmoji":
            told["custom_emoji_id"] = str(kind["custom_emoji_id"])
        case "DateTime":
            told["unix_time"] = kind["unix_time"]
    return told


def _found(text: str) -> list[JSON]:
    """Links, commands, mentions and the like, as TDLib finds them."""
    said = _ask({"@type": "getTextEntities", "text": text})
    return [_told(entity) for entity in said.get("entities", [])]


def found_in(text: str) -> list[JSON]:
    """The entities in what a person types."""
    return _found(text) if _MAYBE_ENTITY.search(text) else []


def _with_found(given: list[JSON], found: list[JSON]) -> list[JSON]:
    """What was found gives way to what was given, but may lie inside bold and its kin, or around nothing."""
    if not given:
        return found
    if not found:
        return given
    solid = [each for each in given if each["type"] not in _SPLIT and "blockquote" not in each["type"]]
    free = [
        each
        for each in found
        if not any(
            each["offset"] < other["offset"] + other["length"] and other["offset"] < each["offset"] + each["length"]
            for other in solid
        )
    ]
    return sorted(given + free, key=lambda each: (each["offset"], -each["length"]))
