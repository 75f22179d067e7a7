"""Rich text as values: what a card says, with no markup left in it.

Authors write Markdown; channels show entities, blocks or HTML. Between the two there is only this, so text of a
person can never turn into markup on the way. Reading Markdown into it is `lessons/markdown.py`.
"""

from msgspec import Struct


class Span(Struct, frozen=True, omit_defaults=True):
    """A run of text in one style. `link` is an http or https address, or empty."""

    text: str
    bold: bool = False
    italic: bool = False
    code: bool = False
    link: str = ""


Line = tuple[Span, ...]


class Paragraph(Struct, frozen=True, tag="p"):
    line: Line


class Heading(Struct, frozen=True, tag="h"):
    line: Line


class Bullets(Struct, frozen=True, tag="li"):
    items: tuple[Line, ...]
    numbered: bool = False


class Quote(Struct, frozen=True, tag="q"):
    line: Line


class Code(Struct, frozen=True, tag="pre"):
    text: str


class Table(Struct, frozen=True, tag="table"):
    """`head` and every row have the same number of cells."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Picture(Struct, frozen=True, tag="img"):
    """A picture of a pack. `name` is its path inside the pack, `pack` the pack's id, `alt` what it shows, in words."""

    name: str
    alt: str
    pack: str = ""


Block = Paragraph | Heading | Bullets | Quote | Code | Table | Picture


def plain(blocks: tuple[Block, ...]) -> str:
    """The blocks as plain text, one line a block: for notifications, screen readers, logs of tests."""
    return "\n".join(filter(None, map(_plain_block, blocks)))


def words(line: Line) -> str:
    """A line without its styles."""
    return "".join(span.text for span in line)


def _plain_block(block: Block) -> str:
    match block:
        case Paragraph(line) | Heading(line) | Quote(line):
            return words(line)
        case Bullets(items, numbered):
            return "\n".join(f"{n}. {words(i)}" if numbered else f"• {words(i)}" for n, i in enumerate(items, 1))
        case Code(text):
            return text
        case Table(head, rows):
            return "\n".join(" · ".join(cells) for cells in (head, *rows) if any(cells))
        case Picture(alt=alt):
            return f"[{alt}]"
