"""What must stand on a phone when the bot has said something: the same words, buttons and pictures, and nothing else.

Promise: pure. It knows a message, and what a phone shows of it as plain values; it has no idea how a channel made one of
the other. Left free is only what is decoration: bars, bullets, the signs between columns.
"""

import re
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from bot.message import Message, paragraph
from lessons.prose import Picture

DECORATION = frozenset("▰▱▓░•·|🖼")
PICKED = "✓ "
_STYLES = str.maketrans("", "", "*_~`")
_LETTERED = re.compile(r"[A-Z]\. ")


class Key(Struct, frozen=True):
    """Something to press. `carries`: what a press brings, or the address of a link. A tick box is picked without a sign."""

    label: str
    carries: str
    picked: bool = False


class Seen(Struct, frozen=True):
    """One message on a phone. `alts`: descriptions of its pictures, read out but not written; `pictures`: how many.

    `notice`: what is read aloud and shown in notifications, where the app has words of their own for it.
    """

    text: str
    keys: tuple[Key, ...] = ()
    pictures: int = 0
    alts: tuple[str, ...] = ()
    notice: str | None = None
    quiz: tuple[str, tuple[str, ...], tuple[int, ...], str] | None = None
    stray: tuple[str, ...] = ()  # mentions, previews, and whatever else the bot never means


def words(text: str) -> list[str]:
    """The words of a text, without decoration."""
    return [word for word in text.split() if not set(word) <= DECORATION]


def check(message: Message, seen: Sequence[Seen]) -> None:
    """Raises AssertionError where the phone shows anything else. `seen`: the messages that stand for it, in order."""
    assert seen, f"nothing is there of {message.plain!r}"
    stray = [sign for each in seen for sign in each.stray]
    assert not stray, f"never meant: {stray}"
    if message.quiz and seen[0].quiz:
        quiz = message.quiz
        assert [each.quiz for each in seen] == [(quiz.question, quiz.options, quiz.right, quiz.explanation)]
        return
    _check_words(message, seen)
    _check_keys(message, seen)
    pictures = [block for block in message.blocks if isinstance(block, Picture)]
    shown = sum(each.pictures for each in seen)
    assert shown == len(pictures), f"{len(pictures)} pictures, on the phone {shown}: {[each.text for each in seen]}"
    for each in seen:
        assert each.alts in ((), tuple(picture.alt for picture in pictures)), "with its description"


def _check_words(message: Message, seen: Sequence[Seen]) -> None:
    described = any(each.alts for each in seen)
    blocks = tuple(
        paragraph("" if described else block.alt) if isinstance(block, Picture) else block for block in message.blocks
    )
    wanted = words(replace(message, blocks=blocks).plain)
    written_out = [
        word for each in seen for key in each.keys if _LETTERED.match(key.label) for word in key.label.split()
    ]
    found = words("\n".join(each.text for each in seen))
    assert found in (wanted, wanted + written_out), f"it says {wanted}, the phone shows {found}"
    notices = [each.notice for each in seen if each.notice is not None]
    assert not notices or _aloud("\n".join(notices)) == _aloud(message.plain), f"read aloud: {notices}"


def _aloud(text: str) -> list[str]:
    """Words as they are read out; a star or an underscore that an app takes for a style is no loss there."""
    return words(text.translate(_STYLES))


def _check_keys(message: Message, seen: Sequence[Seen]) -> None:
    wanted = [Key(button.label, button.url or button.press, button.picked) for row in message.rows for button in row]
    found = [plain(key) for each in seen for key in each.keys]
    assert sorted(found, key=_order) == sorted(wanted, key=_order), f"buttons {wanted}, on the phone {found}"
    assert not any(each.keys for each in seen[:-1]), "buttons stand at the end"


def plain(key: Key) -> Key:
    """The key as the message calls it: without the sign of a picked one, and the letter of one that is written out."""
    label, picked = key.label, key.picked
    if label.startswith(PICKED):
        label, picked = label.removeprefix(PICKED), True
    return Key(_LETTERED.sub("", label, count=1).removeprefix(PICKED), key.carries, picked)


def _order(key: Key) -> tuple[str, str]:
    return key.label, key.carries
