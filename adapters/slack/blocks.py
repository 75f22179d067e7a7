"""Between the bot's words and Slack's: a message becomes blocks and the text that notifications read out. Pure.

Promise: nothing anybody wrote can become a mention, a channel's ping, a link or markup. Prose is rich text, whose pieces are
data and not a language; labels are plain text; the one text that Slack does parse has its `&`, `<` and `>` escaped.
Nothing is cut off to fit: what is long goes into several paragraphs, blocks or messages.
It does not know what has been uploaded; `shown` tells it which pictures Slack has.
Source: https://docs.slack.dev/reference/block-kit, https://docs.slack.dev/messaging/formatting-message-text
"""

from collections.abc import Callable, Iterator
from typing import Any, assert_never

from msgspec import Struct

from adapters.slack import limits
from adapters.slack.buttons import buttons, labels
from adapters.slack.prose import chunks, header, preformatted, prose, tabular
from bot.message import BAR, Message, Progress, paragraph
from lessons.prose import Block, Bullets, Code, Heading, Paragraph, Picture, Quote, Span, Table, plain, words

Json = dict[str, Any]
Shown = Callable[[Picture], str]  # Slack's id of a picture, or empty while Slack has none


class Part(Struct, frozen=True):
    """One message as Slack takes it: its blocks, and its top-level text, escaped."""

    blocks: tuple[Json, ...]
    text: str


class Piece(Struct, frozen=True):
    """One block on its way, and what it says in plain text."""

    block: Json
    said: str


def nothing_shown(picture: Picture) -> str:  # noqa: ARG001 - the shape of Shown
    """No picture has been uploaded."""
    return ""


def parts(message: Message, shown: Shown = nothing_shown) -> tuple[Part, ...]:
    """The message as one Slack message, or as several where one cannot hold it. Buttons stand in the last."""
    pieces = [*_where(message), *_body(message.blocks, shown, tables=limits.TABLES), *_buttons(message)]
    return tuple(
        Part(tuple(piece.block for piece in group), _top_text(group, message))
        for group in _groups(_joined(pieces, limits.MESSAGE_BLOCKS))
    )


def bare(message: Message) -> tuple[str, ...]:
    """The message as plain texts, escaped, with its buttons as lines that can be typed: for when blocks are refused."""
    lines = "\n".join(f"• {label}" for label in labels(message.rows))
    said = "\n".join(filter(None, (message.plain, lines))) or "…"
    for sign in ("://", "@"):  # where there are no blocks, Slack makes links of bare addresses
        said = said.replace(sign, f"{sign[0]}\u200b{sign[1:]}")
    most = limits.TOP_TEXT if len(escaped(said)) == len(said) else limits.TOP_TEXT // 5  # a sign may become five
    return tuple(escaped(chunk) for chunk in chunks(said, most))


def home(message: Message, shown: Shown = nothing_shown) -> Json:
    """The message as a Home tab. Tables stand as text there."""
    pieces = [*_where(message), *_body(message.blocks, shown, tables=0), *_buttons(message)]
    blocks = [piece.block for piece in _joined(pieces, limits.HOME_BLOCKS)]
    if len(blocks) > limits.HOME_BLOCKS:  # 2,500 buttons or 100 pictures: a board that nobody would read
        blocks = [*blocks[: limits.HOME_BLOCKS - 1], *_said("…")]
    return {"type": "home", "blocks": blocks or _said("…")}


def escaped(text: str) -> str:
    """Text for the one place where Slack reads markup. After this none can be formed.

    Source: https://docs.slack.dev/messaging/formatting-message-text#escaping
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


# --- The parts of a message ------------------------------------------------------------------------------------------


def _where(message: Message) -> Iterator[Piece]:
    if message.progress:
        said = _progress(message.progress)
        text = f"{said} {message.progress.bar}".strip() or "…"
        yield Piece({"type": "context", "elements": [{"type": "plain_text", "text": text, "emoji": True}]}, said)


def _progress(progress: Progress) -> str:
    said = " · ".join(filter(None, (progress.title, progress.said)))
    return said if len(said) < limits.TEXT - BAR else f"{said[: limits.TEXT - BAR - 2]}…"


def _body(blocks: tuple[Block, ...], shown: Shown, tables: int) -> Iterator[Piece]:
    for block in blocks:
        match block:
            case Picture():
                yield _picture(block, shown(block))
            case Table():
                table = tabular(block) if tables else None
                tables -= table is not None
                yield from _table(block, table)
            case Heading(line):
                head = header(line)
                yield from [Piece(head, words(line))] if head else _prose(block)
            case Paragraph() | Bullets() | Quote() | Code():
                yield from _prose(block)
            case _:
                assert_never(block)


def _table(block: Table, table: Json | None) -> Iterator[Piece]:
    if table:
        yield Piece(table, plain((block,)))
    else:
        for text in preformatted(block):
            yield from _prose(Code(text))


def _prose(block: Paragraph | Heading | Bullets | Quote | Code) -> Iterator[Piece]:
    for element, said in prose(block):
        yield Piece({"type": "rich_text", "elements": [element]}, said)


def _picture(picture: Picture, id: str) -> Piece:
    said = picture.alt or picture.name
    if not id:
        return Piece(_said(f"[{said}]")[0], f"[{said}]")
    alt = said if len(said) <= limits.ALT_TEXT else f"{said[: limits.ALT_TEXT - 1]}…"
    return Piece({"type": "image", "slack_file": {"id": id}, "alt_text": alt or "…"}, f"[{said}]")


def _buttons(message: Message) -> Iterator[Piece]:
    full, rows = buttons(message.rows)
    if full:
        yield from _prose(Bullets(tuple((Span(label),) for label in full)))
    for row in rows:
        yield Piece({"type": "actions", "elements": list(row)}, "")


def _said(text: str) -> list[Json]:
    return [{"type": "rich_text", "elements": [element]} for element, _ in prose(paragraph(text))]


# --- Fitting ---------------------------------------------------------------------------------------------------------


def _joined(pieces: list[Piece], most: int) -> list[Piece]:
    """The same in fewer blocks, where there are more than `most`: neighbouring prose in one, rows of buttons in one."""
    if len(pieces) <= most:
        return pieces
    joined: list[Piece] = []
    for piece in pieces:
        last = joined[-1] if joined else None
        if last and (both := _together(last, piece)):
            joined[-1] = both
        else:
            joined.append(piece)
    return joined


def _together(one: Piece, other: Piece) -> Piece | None:
    """Two blocks as one, or None where Slack would not take them so."""
    kind = one.block["type"]
    if kind != other.block["type"] or kind not in ("rich_text", "actions"):
        return None
    elements = [*one.block["elements"], *other.block["elements"]]
    if kind == "actions" and len(elements) > limits.ACTIONS:
        return None
    if kind == "rich_text" and len(one.said) + len(other.said) > limits.TEXT:
        return None
    return Piece({"type": kind, "elements": elements}, "\n".join(filter(None, (one.said, other.said))))


def _groups(pieces: list[Piece]) -> Iterator[list[Piece]]:
    """What one message holds, and the next. Buttons stay with each other as long as they can."""
    group: list[Piece] = []
    weight = 0
    for piece in pieces:
        more = weigh(piece.block)
        if group and (len(group) == limits.MESSAGE_BLOCKS or weight + more > limits.MESSAGE_TEXT):
            yield group
            group, weight = [], 0
        group.append(piece)
        weight += more
    yield group


def weigh(block: Any) -> int:
    """The characters of all words in a block."""
    if isinstance(block, dict):
        return sum(len(v) if k == "text" and isinstance(v, str) else weigh(v) for k, v in block.items())
    return sum(map(weigh, block)) if isinstance(block, list) else 0


def _top_text(group: list[Piece], message: Message) -> str:
    """What a notification shows and a screen reader says; the blocks carry all of it, so it may end early."""
    said = "\n".join(filter(None, (piece.said for piece in group))).strip()
    text = escaped(said or " · ".join(labels(message.rows)) or "…")
    if len(text) <= limits.TOP_TEXT:
        return text
    end = limits.TOP_TEXT - 1
    cut = text.rfind("&", end - 4, end)
    return f"{text[: cut if cut >= 0 and ';' not in text[cut:end] else end]}…"
