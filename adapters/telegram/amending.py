"""What to do to the messages that are there so that they show something else: keep the photo, change words in place, say
the rest anew. Pure.

A mark is how the store remembers them: "t12 p13.9f86d081" is a text, and a photo with the beginning of its picture's digest.
"""

from collections.abc import Sequence

from msgspec import Struct

from adapters.telegram.limits import CAPTION, ENTITIES
from adapters.telegram.pieces import Photo, Piece, Poll, Words

LOST = "?"  # it is there, but nobody knows its number
DIGEST = 8  # hex characters of a picture's digest in a mark: enough to see that it changed
POLL = "poll:"


class Kept(Struct, frozen=True):
    """A message that is there. `picture` is the beginning of its picture's digest; empty for a text."""

    id: int
    picture: str = ""

    def __str__(self) -> str:
        return f"p{self.id}.{self.picture}" if self.picture else f"t{self.id}"


def mark(kept: Sequence[Kept | None]) -> str:
    """The mark of these messages; None is one whose number nobody knows."""
    return " ".join(str(each) if each else LOST for each in kept)


def read_mark(mark: str) -> tuple[Kept, ...] | None:
    """The messages of a mark; None where they cannot be changed: lost numbers, a poll, or nothing of ours."""
    kept = []
    for word in mark.split(" "):
        number, _, picture = word[1:].partition(".")
        if word[:1] not in ("t", "p") or not (number.isascii() and number.isdecimal()):
            return None
        kept.append(Kept(int(number), picture if word[0] == "p" else ""))
    return tuple(kept)


class Edit(Struct, frozen=True):
    """This message shows that piece from now on."""

    kept: Kept
    piece: Words | Photo


class Caption(Struct, frozen=True):
    """The photo stays; its words and buttons change."""

    kept: Kept
    piece: Words


class Bare(Struct, frozen=True):
    """The photo stays without words and buttons: what it said is said below."""

    kept: Kept


class Drop(Struct, frozen=True):
    """It is not needed any more."""

    kept: Kept


class New(Struct, frozen=True):
    """Said anew, below."""

    piece: Piece


Step = Edit | Caption | Bare | Drop | New


def steps(old: Sequence[Kept], new: Sequence[Piece]) -> tuple[Step, ...]:
    """How the old messages come to show the new pieces, in the order of the chat.

    Once one piece has to be said anew, so has each after it: what follows must stand below. A photo stays a photo: its
    caption carries the words where they fit, unless a photo is to follow, for then it would be seen twice.
    """
    made: list[Step] = []
    at = 0
    for kept, piece in zip(old, new, strict=False):
        step = _in_place(kept, piece)
        if step is None or (isinstance(step, Caption) and _photo_in(new[at:])):
            break
        made.append(step)
        at += 1
    stays = not at and not _photo_in(new)
    rest = [Bare(each) if each.picture and stays else Drop(each) for each in old[at:]]
    return (*made, *rest, *map(New, new[at:]))


def _photo_in(pieces: Sequence[Piece]) -> bool:
    return any(isinstance(piece, Photo) for piece in pieces)


def _in_place(kept: Kept, piece: Piece) -> Step | None:
    match piece:
        case Poll():
            return None
        case Photo():
            return Edit(kept, piece) if kept.picture else None
        case Words() if not kept.picture:
            return Edit(kept, piece)
        case Words(said):
            fits = said.size <= CAPTION and len(said.entities) <= ENTITIES
            return Caption(kept, piece) if fits else None
