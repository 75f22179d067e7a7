"""A message as what Telegram shows: one or several pieces, each within its limits. Pure.

The considered forms, decided once:
- Long text becomes several messages, cut where a block ends; the buttons stand under the last.
- One picture whose words fit a caption is a photo with all words as caption. Otherwise each picture is a photo of its own
  with what it shows as caption, in its place between the texts. What a picture shows always stands there as a line of its
  own ("🖼 Hands under running water"): Telegram has no description that a screen reader could read.
- A picture that cannot be shown is that line alone.
- Labels too long for a phone's button are written out above as "A. ...", and stay on the button, which begins with the same
  letter: the phone cuts the button, never the sentence.
- A picked option begins with "✓ ". A way out looks as every other button; Telegram has no quiet ones.
- Nothing invites the keyboard: what could (a forced reply) would take the buttons away, and people just type.
- A quiz is a native one where it fits Telegram's limits, else its blocks.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from adapters.telegram import limits, rich
from adapters.telegram.rich import Rich
from bot.message import Button, Message, Quiz
from bot.ports import BadMessage
from lessons.prose import Block, Heading, Picture

LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
PICKED: Final = "✓ "
ON: Final = "⋯"  # what a piece says that only carries more buttons
_EMPTY: Final = "·"  # a message says something, whatever its author left out


class Key(Struct, frozen=True):
    """A button as Telegram knows it: one of `press` and `url`."""

    label: str
    press: str = ""
    url: str = ""


Keys = tuple[tuple[Key, ...], ...]


class Words(Struct, frozen=True):
    """A message of text."""

    said: Rich
    keys: Keys = ()


class Photo(Struct, frozen=True):
    """A picture with its caption."""

    picture: Picture
    said: Rich
    keys: Keys = ()


class Poll(Struct, frozen=True):
    """A native quiz, answered by each for themselves."""

    quiz: Quiz


Piece = Words | Photo | Poll
Shows = Callable[[Picture], bool]


def pieces(message: Message, shows: Shows) -> tuple[Piece, ...]:
    """What to send, in order; at least one piece. `shows` says which pictures are there and may be sent.

    Raises BadMessage for a button that carries too much: a bug of ours.
    """
    if message.quiz and fits(message.quiz):
        return (Poll(message.quiz),)
    keyboards = tuple(_keyboards(lettered(message.rows)))
    made = list(_in_order(_parts(message, shows)))
    made = made or [Words(Rich(_EMPTY))]
    if keyboards:
        made[-1] = replace(made[-1], keys=keyboards[0])
    return (*made, *(Words(Rich(ON), keys) for keys in keyboards[1:]))


def fits(quiz: Quiz) -> bool:
    """Whether it can be a native quiz."""
    explained = quiz.explanation
    return (
        0 < rich.units(quiz.question) <= limits.QUESTION
        and 1 <= len(quiz.options) <= limits.OPTIONS
        and all(0 < rich.units(option.strip()) <= limits.OPTION for option in quiz.options)
        and len(quiz.right) > 0
        and all(0 <= right < len(quiz.options) for right in quiz.right)
        and rich.units(explained) <= limits.EXPLANATION
        and explained.count("\n") <= limits.EXPLANATION_LINES
    )


# --- Words and pictures ----------------------------------------------------------------------------------------------

_Part = tuple[Picture | None, Rich]  # a picture with its line, or a stretch of text


def _parts(message: Message, shows: Shows) -> list[_Part]:
    """Pictures and the text between them, in order."""
    parts: list[_Part] = []
    for is_shown, group in groupby(message.blocks, lambda each: isinstance(each, Picture) and shows(each)):
        blocks = tuple(group)
        if is_shown:
            parts += [(each, rich.of_block(each)) for each in blocks if isinstance(each, Picture)]
        else:
            parts.append((None, text_of(blocks)))
    if message.progress:
        parts.insert(0, (None, rich.of_progress(message.progress)))
    options = written_out(message.rows)
    if options.text:
        parts.append((None, options))
    return [part for part in parts if part[0] or part[1].text]


def _in_order(parts: Sequence[_Part]) -> Iterator[Piece]:
    """One photo with everything as caption where that fits; else photos and texts in turn."""
    pictures = [picture for picture, _ in parts if picture]
    everything = rich.joined([said for _, said in parts], "\n\n")
    if len(pictures) == 1 and everything.size <= limits.CAPTION and len(everything.entities) <= limits.ENTITIES:
        yield Photo(pictures[0], everything)
        return
    for is_picture, group in groupby(parts, lambda part: part[0] is not None):
        if is_picture:
            for picture, said in group:
                assert picture
                yield Photo(picture, rich.cut(said, limits.CAPTION, limits.ENTITIES)[0])
        else:
            yield from map(Words, spread([said for _, said in group]))


def text_of(blocks: Sequence[Block]) -> Rich:
    """Blocks one below the other; a heading stands close to what follows it."""
    said, gap = Rich(), ""
    for block in blocks:
        here = rich.of_block(block)
        if here.text:
            said = rich.joined((said, here), gap) if said.text else here
            gap = "\n" if isinstance(block, Heading) else "\n\n"
    return said


def spread(said: Sequence[Rich]) -> Iterator[Rich]:
    """Text as few messages as it needs, cut at blank lines where that leaves none too empty."""
    rest = rich.joined(list(said), "\n\n")
    while rest.text:
        head, tail = rich.cut(rest, limits.TEXT, limits.ENTITIES)
        if tail.text:
            head, tail = _at_a_block(rest, head, tail)
        if not rich.is_blank(head.text):
            yield head
        rest = tail


def _at_a_block(rest: Rich, head: Rich, tail: Rich) -> tuple[Rich, Rich]:
    """The cut moved back to the last blank line, unless that would leave less than half of the message."""
    place = head.text.rfind("\n\n", len(head.text) // 2)
    return rich.cut(rest, rich.units(head.text[:place]), limits.ENTITIES) if place > 0 else (head, tail)


# --- Buttons ---------------------------------------------------------------------------------------------------------


def too_long(label: str) -> bool:
    """Whether a phone cannot show the whole label even where it has a row to itself."""
    return rich.columns(label) > limits.READABLE[1]


def _options(rows: Sequence[Sequence[Button]]) -> list[Button]:
    """The buttons that get letters: all answers, once one of them is too long; never ways out, links and Done."""
    answers = [each for row in rows for each in row if not (each.aside or each.main or each.url)]
    return answers if any(too_long(each.label) for each in answers) and len(answers) <= len(LETTERS) else []


def written_out(rows: Sequence[Sequence[Button]]) -> Rich:
    """Long labels in full, a line each; empty where all labels can be read on their buttons."""
    lines = (f"{LETTERS[at]}. {_label(each)}" for at, each in enumerate(_options(rows)))
    return Rich("\n".join(lines))


def lettered(rows: Sequence[Sequence[Button]]) -> tuple[tuple[Button, ...], ...]:
    """The rows with letters before the labels that are written out, each of these in a row of its own."""
    named = {id(each): f"{LETTERS[at]}. {_label(each)}" for at, each in enumerate(_options(rows))}
    return tuple(tuple(replace(each, label=named.get(id(each), each.label)) for each in row) for row in rows)


def _keyboards(rows: Sequence[Sequence[Button]]) -> Iterator[Keys]:
    """Rows that fit a phone, in keyboards of at most 100 buttons."""
    held: list[tuple[Key, ...]] = []
    for row in rows:
        keys = [key for key in map(_key, row) if key]
        for narrow in _narrow(keys):
            if sum(map(len, held)) + len(narrow) > limits.KEYS:
                yield tuple(held)
                held = []
            held.append(narrow)
    if held:
        yield tuple(held)


def _narrow(keys: Sequence[Key]) -> Iterator[tuple[Key, ...]]:
    """A row as it is while each label can be read; else as many in a row as can be, in rows as even as can be."""
    widest = max((rich.columns(key.label) for key in keys), default=0)
    width = min(len(keys), limits.KEYS_IN_ROW)
    while width > 1 and widest > limits.READABLE[width]:
        width -= 1
    for at in range(0, len(keys), max(width, 1)):
        yield tuple(keys[at : at + width])


def _label(button: Button) -> str:
    """One line that says something."""
    label = " ".join(rich.clean(button.label).split())
    return _EMPTY if rich.is_blank(label) else label


def _key(button: Button) -> Key | None:
    """The button as Telegram takes it; a link that is none of the web's leads nowhere and is left out."""
    label = PICKED + _label(button) if button.picked else _label(button)
    if button.url:
        return Key(label, url=button.url) if button.url.lower().startswith(("https://", "http://")) else None
    if not 0 < len(button.press.encode("utf-8", "surrogatepass")) <= limits.PRESS:
        raise BadMessage("a button carries nothing, or more than 64 bytes")
    return Key(label, press=button.press)
