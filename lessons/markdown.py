"""Markdown to prose, by markdown-it-py. Raw HTML stays plain text; nothing is fetched; nothing is rendered.

Links are kept only when they are http or https. What stands on a line of its own as a picture becomes a Picture.
"""

import re
from collections.abc import Iterator
from functools import cache
from urllib.parse import unquote, urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token
from msgspec import Struct

from lessons.limits import ALT_CHARS
from lessons.problems import Problem, Where, error, warning
from lessons.prose import Block, Bullets, Code, Heading, Line, Paragraph, Picture, Quote, Span, Table, words

_MARKED = re.compile(r"[*_`\[\]!<>&\\~|#]|https?:")  # text without any of these has no markup


class Prose(Struct, frozen=True):
    """What reading gave. `pictures` says where each picture's path (as in the pack) is asked for."""

    blocks: tuple[Block, ...]
    problems: tuple[Problem, ...] = ()
    pictures: tuple[tuple[str, Where], ...] = ()


@cache
def _reader() -> MarkdownIt:
    # "js-default" takes no raw HTML and nests 100 deep at most; its strikethrough would lose what was struck out.
    return MarkdownIt("js-default").disable("strikethrough")


def read_blocks(text: str, at: Where, pack: str) -> Prose:
    """The blocks of `text`, whose first line stands at `at`. Never raises."""
    tokens = _reader().parse(text)
    reading = _Reading(at, pack)
    blocks = tuple(reading.blocks(tokens))
    return Prose(blocks, tuple(reading.problems), tuple(reading.pictures))


def read_line(text: str, at: Where) -> tuple[Line, tuple[Problem, ...]]:
    """One line of text with its styles, as for an option; a picture in it is a problem."""
    if not _MARKED.search(text):
        return ((Span(text),) if text else ()), ()
    reading = _Reading(at, "")
    line = reading.line(_reader().parseInline(text)[0].children or [], at)
    if reading.pictures:
        hint = "Put the picture on a line of its own above the question."
        reading.problems.append(error(at, "A picture cannot stand here.", hint))
    return line, tuple(reading.problems)


class _Reading:
    """One walk over the tokens of a text; gathers problems and pictures on the way."""

    def __init__(self, at: Where, pack: str) -> None:
        self.at, self.pack = at, pack
        self.problems: list[Problem] = []
        self.pictures: list[tuple[str, Where]] = []
        self.shown: list[Picture] = []

    def blocks(self, tokens: list[Token]) -> Iterator[Block]:
        index = 0
        while index < len(tokens):
            end = _closing(tokens, index)
            yield from self._block(tokens[index], tokens[index + 1 : end])
            yield from self._pictures_met()
            index = end + 1

    def _block(self, opens: Token, inside: list[Token]) -> Iterator[Block]:
        match opens.type:
            case "paragraph_open" | "heading_open":
                yield from self._text(opens.type == "heading_open", inside[0])
            case "bullet_list_open" | "ordered_list_open":
                if items := tuple(self._items(inside)):
                    yield Bullets(items, numbered=opens.type == "ordered_list_open")
            case "blockquote_open":
                if line := self._joined(inside):
                    yield Quote(line)
            case "fence" | "code_block":
                yield Code(opens.content.rstrip("\n"))
            case "table_open":
                yield self._table(inside)

    def _text(self, heading: bool, inline: Token) -> Iterator[Block]:
        """A paragraph is cut in two where a picture stands in it."""
        rest: list[Token] = []
        for token in [*(inline.children or []), None]:
            if token is not None and token.type != "image":
                rest.append(token)
                continue
            if line := _stripped(self.line(rest, self._where(inline))):
                yield Heading(line) if heading else Paragraph(line)
            rest = []
            if token is not None:
                self._picture(token, self._where(inline))
                yield from self._pictures_met()

    def _items(self, tokens: list[Token]) -> Iterator[Line]:
        """Each item as one line. Those of a list inside the list follow their item, with a dash before them."""
        depth, own, dash = 1, list[Token](), False
        for token in tokens:
            if token.type == "list_item_open":
                yield from self._item(own, dash)
                own, dash = [], depth > 1
            elif token.type.endswith("_list_open") or token.type.endswith("_list_close"):
                depth += token.nesting
            else:
                own.append(token)
        yield from self._item(own, dash)

    def _item(self, tokens: list[Token], dash: bool) -> Iterator[Line]:
        if line := self._joined(tokens):
            yield (Span("– "), *line) if dash else line

    def _joined(self, tokens: list[Token]) -> Line:
        """All text in these tokens as one line, its paragraphs on rows of their own."""
        spans: list[Span] = []
        for token in tokens:
            line: Line = ()
            if token.type == "inline":
                line = _stripped(self.line(token.children or [], self._where(token)))
            elif token.type in ("fence", "code_block"):
                line = (Span(token.content.rstrip("\n"), code=True),)
            if line:
                spans += [Span("\n"), *line] if spans else line
        return tuple(spans)

    def line(self, tokens: list[Token], at: Where) -> Line:
        spans: list[Span] = []
        bold = italic = 0
        link = ""
        for token in tokens:
            match token.type:
                case "strong_open" | "strong_close":
                    bold += token.nesting
                case "em_open" | "em_close":
                    italic += token.nesting
                case "link_open":
                    link = self._link(str(token.attrs.get("href", "")), at)
                case "link_close":
                    link = ""
                case "image":
                    self._picture(token, at)
                case _:
                    text = _text_of(token)
                    spans.append(Span(text, bold > 0, italic > 0, token.type == "code_inline", link))
        return _merged(spans)

    def _table(self, tokens: list[Token]) -> Table:
        rows: list[tuple[str, ...]] = []
        cells: list[str] = []
        for token in tokens:
            if token.type == "inline":
                cells.append(words(self.line(token.children or [], self._where(token))))
            elif token.type == "tr_close":
                rows.append(tuple(cells))
                cells = []
        return Table(rows[0], tuple(rows[1:]))

    def _link(self, href: str, at: Where) -> str:
        try:
            parts = urlsplit(href)
            good = parts.scheme in ("http", "https") and bool(parts.hostname)
        except ValueError:  # "http://[" and the like
            good = False
        if good:
            return href
        hint = "Write the whole address, like https://example.org/page"
        self.problems.append(warning(at, "This link goes nowhere: “{link}”.", hint, link=href[:80]))
        return ""

    def _picture(self, token: Token, at: Where) -> None:
        source = unquote(str(token.attrs.get("src", "")), errors="replace").removeprefix("./")
        alt = words(self.line(token.children or [], at)).strip()
        if not alt:
            hint = "Say what it shows: ![Hands under running water]({name})"
            self.problems.append(error(at, "This picture has no description.", hint, name=source[:80]))
        elif len(alt) > ALT_CHARS:
            what = "This picture's description has {count} characters; {most} is the most."
            self.problems.append(error(at, what, "Say it shorter.", count=len(alt), most=ALT_CHARS))
        self.pictures.append((source, at))
        self.shown.append(Picture(source, alt, self.pack))

    def _pictures_met(self) -> Iterator[Picture]:
        """The pictures seen since the last block: those in a list or a quote follow it."""
        yield from self.shown
        self.shown = []

    def _where(self, token: Token) -> Where:
        return Where(self.at.file, self.at.line + (token.map[0] if token.map else 0))


def _closing(tokens: list[Token], index: int) -> int:
    """Where the token that opens at `index` is closed; itself if it opens nothing."""
    depth = 0
    for place in range(index, len(tokens)):
        depth += tokens[place].nesting
        if depth == 0:
            return place
    return len(tokens) - 1


def _text_of(token: Token) -> str:
    match token.type:
        case "softbreak":
            return " "
        case "hardbreak":
            return "\n"
        case _:
            return token.content


def _merged(spans: list[Span]) -> Line:
    """Neighbours of one style become one span; empty ones go."""
    merged: list[Span] = []
    for span in spans:
        if not span.text:
            continue
        if merged and (last := merged[-1]) and _style(last) == _style(span):
            merged[-1] = Span(last.text + span.text, span.bold, span.italic, span.code, span.link)
        else:
            merged.append(span)
    return tuple(merged)


def _style(span: Span) -> tuple[bool, bool, bool, str]:
    return span.bold, span.italic, span.code, span.link


def _stripped(line: Line) -> Line:
    """Without white space at either end; nothing if only that is left."""
    if not words(line).strip():
        return ()
    first = Span(line[0].text.lstrip(), *_style(line[0]))
    line = _merged([first, *line[1:]])
    last = Span(line[-1].text.rstrip(), *_style(line[-1]))
    return _merged([*line[:-1], last])
