"""Between the bot's words and the page's: an entry becomes what the page shows, a request becomes an event. Pure.

It makes no HTML: the page builds DOM nodes from these values, so no word of anybody can turn into markup.
Requests that cannot be read raise `msgspec.DecodeError` or `UnicodeDecodeError`, both the sender's fault.
"""

import unicodedata
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, assert_never

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from bot.events import Address, Called, Event, Incoming, Pressed, Uploaded, read_words
from bot.message import PRESS_LIMIT, Button, Message, Progress
from bot.ports import Entry
from lessons.prose import Block, Bullets, Code, Heading, Line, Paragraph, Picture, Quote, Span, Table

CHANNEL = "web"
BODY_LIMIT = 512 * 1024  # bytes of a JSON request: 64 kB of text with every character escaped fits
TEXT_LIMIT = 131_072  # characters of one text; the bot keeps the first WORDS_LIMIT of them
CODE_LIMIT = 128  # characters of an invite code
NAME_LIMIT = 120  # characters of a file's name
NEWEST = 200  # entries a page starts with

Id = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_-]{8,64}\Z")]  # made by the page, the same at every try


class ShownPicture(Struct, frozen=True, tag="img"):
    """A picture with its address and, where known, its size in pixels (0: not known), so that nothing jumps."""

    src: str
    alt: str
    width: int = 0
    height: int = 0


ShownBlock = Paragraph | Heading | Bullets | Quote | Code | Table | ShownPicture
ShowPicture = Callable[[Picture], ShownPicture]


class Bubble(Struct, frozen=True, omit_defaults=True):
    """What the page shows for one entry. `at` is an ISO instant in UTC; `mine` are the person's own words."""

    id: int
    changed: int
    at: datetime
    mine: str = ""
    blocks: tuple[ShownBlock, ...] = ()
    rows: tuple[tuple[Button, ...], ...] = ()
    progress: Progress | None = None
    typing: str = ""


class SayBody(Struct, frozen=True, forbid_unknown_fields=True):
    id: Id
    text: Annotated[str, Meta(min_length=1, max_length=TEXT_LIMIT)]


class PressBody(Struct, frozen=True, forbid_unknown_fields=True):
    id: Id
    press: Annotated[str, Meta(min_length=1, max_length=PRESS_LIMIT)]


class JoinBody(Struct, frozen=True, forbid_unknown_fields=True):
    id: Id
    code: Annotated[str, Meta(min_length=1, max_length=CODE_LIMIT)]


class EnterBody(Struct, frozen=True, forbid_unknown_fields=True):
    chat: Annotated[str, Meta(min_length=1, max_length=200)]


class ForwardBody(Struct, frozen=True, forbid_unknown_fields=True):
    hours: Annotated[int, Meta(ge=1, le=24 * 7)]


# --- Out ------------------------------------------------------------------------------------------------------------


def show(entry: Entry, picture: ShowPicture) -> Bubble | None:
    """The entry as the page shows it; None for one that is not to stay (a fleeting word)."""
    message = entry.message
    if message is None:
        return Bubble(entry.id, entry.changed, entry.at, mine=entry.mine)
    if message.fleeting:
        return None
    return Bubble(
        entry.id,
        entry.changed,
        entry.at,
        blocks=tuple(_block(block, picture) for block in message.blocks),
        rows=tuple(tuple(map(_button, row)) for row in message.rows),
        progress=message.progress,
        typing=message.typing,
    )


def toast(message: Message) -> str:
    """A fleeting message as one plain line."""
    return " ".join(message.plain.split())


def _block(block: Block, picture: ShowPicture) -> ShownBlock:
    match block:
        case Picture():
            return picture(block)
        case Paragraph(line):
            return Paragraph(_line(line))
        case Heading(line):
            return Heading(_line(line))
        case Quote(line):
            return Quote(_line(line))
        case Bullets(items, numbered):
            return Bullets(tuple(map(_line, items)), numbered)
        case Code() | Table():
            return block
        case _:
            assert_never(block)


def _line(line: Line) -> Line:
    return tuple(span if safe(span.link) else Span(span.text, span.bold, span.italic, span.code) for span in line)


def _button(button: Button) -> Button:
    return button if safe(button.url) else replace(button, url="")


def safe(link: str) -> bool:
    """Whether a link may be clicked: http or https, or none at all. A second wall: packs are checked before."""
    return not link or link.lower().startswith(("https://", "http://"))


# --- In -------------------------------------------------------------------------------------------------------------


def incoming(chat: str, made: str, event: Event, at: datetime) -> Incoming:
    """An event of this chat. `made` is the page's own id for it."""
    return Incoming(id=f"{CHANNEL}:{chat}:{made}", event=event, at=at, address=Address(CHANNEL, chat))


def read_say(raw: bytes, chat: str, at: datetime) -> Incoming:
    """Typed words; NUL is dropped, for no database of ours stores it everywhere."""
    body = msgspec.json.decode(raw, type=SayBody)
    return incoming(chat, body.id, read_words(body.text.replace("\0", "")), at)


def read_press(raw: bytes, chat: str, at: datetime) -> Incoming:
    body = msgspec.json.decode(raw, type=PressBody)
    return incoming(chat, body.id, Pressed(body.press.replace("\0", "")), at)


def read_upload(made: str, uploaded: Uploaded, chat: str, at: datetime) -> Incoming:
    return incoming(chat, msgspec.convert(made, Id), uploaded, at)


def read_join(body: JoinBody, chat: str, at: datetime) -> Incoming:
    """The invite code, as if the person had typed "/start CODE"."""
    return incoming(chat, body.id, Called("start", body.code.replace("\0", "").strip()), at)


def file_name(name: str) -> str:
    """What a person called a file, made safe to show: no folders, no control or direction characters, not too long."""
    last = name.replace("\\", "/").rpartition("/")[2]
    shown = "".join(c for c in unicodedata.normalize("NFC", last) if unicodedata.category(c)[0] != "C")
    return shown.strip()[-NAME_LIMIT:] or "file"
