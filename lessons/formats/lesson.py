"""One lesson file, read into a lesson: its title, its cards, and the ids its author gave."""

import re
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from lessons.formats.card import read_card
from lessons.formats.lines import Numbered, Slice, decode, numbered, slices
from lessons.limits import ID_CHARS, TITLE_CHARS
from lessons.markdown import read_line
from lessons.model import Card, Lesson
from lessons.naming import is_id, provisional, slug
from lessons.problems import Problem, Where, error
from lessons.prose import words

_TITLE: Final = re.compile(r" {0,3}#\s+(?P<title>.*?)\s*#*\s*")


class ReadLesson(Struct, frozen=True):
    """A lesson and what reading it met. `named` says of each card whether its author gave it an id."""

    lesson: Lesson
    named: tuple[bool, ...]
    problems: tuple[Problem, ...]
    pictures: tuple[tuple[str, Where], ...]


def read_lesson(file: str, name: str, data: bytes, pack: str) -> ReadLesson:
    """The lesson `name` from its file. A card without id gets one that lasts until its words change. Never raises."""
    text, problems = decode(file, data)
    if text is None:
        return ReadLesson(Lesson(name, name, (), Where(file)), (), problems, ())
    title, cuts, problems = cut_lesson(file, text)
    found = list(problems)
    cards: list[Card] = []
    pictures: list[tuple[str, Where]] = []
    taken = {cut.id for cut in cuts}
    for cut in cuts:
        read = read_card(file, cut, pack)
        found += [*_bad_id(file, cut), *read.problems]
        pictures += read.pictures
        card_id = cut.id
        if not card_id:
            card_id = provisional(name, "\n".join(line.text for line in cut.lines), taken)
            taken.add(card_id)
        cards.append(Card(card_id, read.card.body, read.card.question, read.card.where))
    if not cards and not found:
        hint = "Write a card below the title; cards are separated by ---."
        found.append(error(Where(file), "This lesson is empty.", hint))
    lesson = Lesson(name, title or name, tuple(cards), Where(file, 1))
    return ReadLesson(lesson, tuple(bool(cut.id) for cut in cuts), tuple(found), tuple(pictures))


def cut_lesson(file: str, text: str) -> tuple[str, tuple[Slice, ...], tuple[Problem, ...]]:
    """The title of a lesson and its cards, with what is wrong with its shape."""
    if not text.strip():
        return "", (), ()
    lines, problems = numbered(file, text)
    title, rest, more = _title(file, lines)
    cuts, others = slices(file, rest)
    return title, cuts, (*problems, *more, *others)


def _title(file: str, lines: Sequence[Numbered]) -> tuple[str, tuple[Numbered, ...], tuple[Problem, ...]]:
    """The title and the lines without it. Comments may stand above it."""
    for place, line in enumerate(lines):
        if not line.text.strip() or line.text.lstrip().startswith("<!--"):
            continue
        at = Where(file, line.number)
        if not (found := _TITLE.fullmatch(line.text)) or line.code:
            hint = "Begin the file with a line like # Clean hands"
            return "", tuple(lines), (error(at, "The lesson has no title.", hint),)
        read, problems = read_line(found["title"], at)
        title = words(read).strip()
        if not title:
            problems = (*problems, error(at, "The title is empty.", "Write it after the # sign."))
        if len(title) > TITLE_CHARS:
            what = "The title has {count} characters; {most} is the most."
            problems = (*problems, error(at, what, "Say it shorter.", count=len(title), most=TITLE_CHARS))
        rest = (*lines[:place], Numbered(line.number, ""), *lines[place + 1 :])
        return title, rest, problems
    return (
        "",
        tuple(lines),
        (error(Where(file, 1), "The lesson has no title.", "Begin the file with a line like # Hands"),),
    )


def _bad_id(file: str, cut: Slice) -> list[Problem]:
    if not cut.id_line or is_id(cut.id):
        return []
    at, what = Where(file, cut.id_line), "“{id}” is not a good id."
    hint = "Use a-z, 0-9 and - between them, {most} characters at most: <!-- id: {better} -->"
    better = slug(cut.id, (), "wash-hands")
    return [error(at, what, hint, id=cut.id[:40], most=ID_CHARS, better=better)]
