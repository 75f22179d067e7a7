"""What can be wrong with a pack as a whole: ids, pictures, translations. A lesson by itself is checked when it is read.

The limits it holds packs to are data, in `lessons/limits.py`.
"""

from collections.abc import Iterator, Mapping
from typing import cast

from msgspec import Struct

from lessons.limits import PICTURE_BYTES, PICTURE_PIXELS, PICTURES_BYTES
from lessons.model import Card, Completion, Lesson
from lessons.pictures import ENDINGS, kind_of, size_of
from lessons.problems import Problem, Where, error, warning
from lessons.questions.raw import Kind
from lessons.suggest import nearest


class Draft(Struct, frozen=True):
    """A pack on its way. `languages[0]` is the main one; `unnamed` tells where cards have no id, and how many;
    `pictures` where each picture is asked for."""

    languages: tuple[str, ...]
    lessons: dict[str, tuple[Lesson, ...]]
    unnamed: dict[Where, int]
    pictures: tuple[tuple[str, Where], ...]
    files: Mapping[str, bytes]
    complete: Completion
    broken: frozenset[str] = frozenset()  # files with errors of their own: comparing them would say everything twice


def check(draft: Draft) -> list[Problem]:
    """Everything that is wrong, in no order."""
    return [*_lessons(draft), *_ids(draft), *_pictures(draft), *_translations(draft)]


def _lessons(draft: Draft) -> Iterator[Problem]:
    main = draft.lessons[draft.languages[0]]
    at = Where("pack.toml")
    if not main:
        yield error(at, "This pack has no lesson.", "Write one in a file like 01-clean-hands.md.")
    broken = any(lesson.where.file in draft.broken for lesson in main)
    graded = any(card.question is not None and card.question.graded for lesson in main for card in lesson.cards)
    if main and not broken and not graded and draft.complete == "passed":
        hint = 'Write complete = "seen", or ask something.'
        yield warning(at, "No card of this pack is graded, so no one can reach its pass mark.", hint)
    for language in draft.languages[1:]:
        if language not in draft.lessons:
            hint = "Add a file like 01-clean-hands.{language}.md, or delete it from languages."
            yield warning(at, "No lesson is in the language “{language}”.", hint, language=language)


def _ids(draft: Draft) -> Iterator[Problem]:
    for at, count in draft.unnamed.items():
        what = "Cards without an id here: {count}. When their words change, what people remember of them is lost."
        yield warning(at, what, "Let `morsel packs check --fix` write the ids.", count=count)
    for lessons in draft.lessons.values():
        seen: dict[str, Where] = {}
        for card in (card for lesson in lessons for card in lesson.cards):
            if card.id in seen:
                hint = "Give one of them another id."
                yield error(
                    card.where,
                    "The id “{id}” is used twice; first in {first}.",
                    hint,
                    id=card.id,
                    first=str(seen[card.id]),
                )
            seen.setdefault(card.id, card.where)


def _pictures(draft: Draft) -> Iterator[Problem]:
    known = [name for name in draft.files if name.casefold().endswith((*ENDINGS, ".svg"))]
    used: set[str] = set()
    total = 0
    for name, at in draft.pictures:
        if name.startswith(("http:", "https:", "//")):
            hint = "Put the picture into the pack's img folder, and write ![…](img/{file})."
            yield error(at, "A picture must be in the pack, not on the web.", hint, file=name.rpartition("/")[2][:60])
        elif name not in draft.files:
            meant = nearest(name, known)
            hint = "Did you mean {meant}?" if meant else "Put the file into the pack."
            yield error(at, "The picture {name} is missing.", hint, name=name[:80], meant=meant)
        elif name not in used:
            yield from _picture(name, draft.files[name], at)
            total += len(draft.files[name])
        used.add(name)
        if total > PICTURES_BYTES:
            what = "All pictures together have more than {most} MB."
            yield error(Where("pack.toml"), what, "Make them smaller.", most=PICTURES_BYTES // 1_000_000)
            return
    for name in known:
        if name not in used and name.casefold().endswith(ENDINGS):
            yield warning(Where(name), "No card shows this picture.", "Show it, or delete the file.")


def _picture(name: str, data: bytes, at: Where) -> Iterator[Problem]:
    kind, (width, height) = kind_of(data), size_of(data)
    if kind == "svg" or name.casefold().endswith(".svg"):
        yield error(at, "{name} is an SVG; chats do not show those.", "Save it as PNG.", name=name)
    elif not kind:
        hint = "Save it as PNG, JPEG, GIF or WebP."
        yield error(at, "{name} is not a picture.", hint, name=name)
    elif not width or not height:
        yield error(at, "{name} is damaged.", "Save it again, as PNG for example.", name=name)
    elif len(data) > PICTURE_BYTES:
        what = "{name} has {count} MB; {most} MB is the most."
        count = round(len(data) / 1_000_000, 1)
        yield error(at, what, "Save it smaller.", name=name, count=count, most=PICTURE_BYTES // 1_000_000)
    elif width + height > PICTURE_PIXELS or max(width, height) > 20 * min(width, height):
        what = "{name} is {width} x {height} pixels; no chat shows that well."
        yield error(at, what, "Make it about 1000 pixels wide.", name=name, width=width, height=height)


def _translations(draft: Draft) -> Iterator[Problem]:
    main = {lesson.id: lesson for lesson in draft.lessons[draft.languages[0]]}
    for language, lessons in draft.lessons.items():
        if language == draft.languages[0]:
            continue
        for lesson in lessons:
            if {lesson.where.file, main.get(lesson.id, lesson).where.file} & draft.broken:
                continue
            if lesson.id in main:
                yield from _translation(main[lesson.id], lesson)
            else:
                hint = "Write it in the main language too, or give it the name of a lesson there."
                yield error(lesson.where, "No lesson of the main language has this name.", hint)


def _translation(main: Lesson, theirs: Lesson) -> Iterator[Problem]:
    if len(main.cards) != len(theirs.cards):
        what = "This translation has {count} cards; {file} has {other}."
        hint = "Give both the same cards in the same order."
        count, other, file = len(theirs.cards), len(main.cards), main.where.file
        yield error(theirs.where, what, hint, count=count, other=other, file=file)
        return
    for mine, card in zip(main.cards, theirs.cards, strict=True):
        yield from _same_card(mine, card)


def _same_card(main: Card, theirs: Card) -> Iterator[Problem]:
    there = str(main.where)
    if main.id != theirs.id:
        what = "This card has the id “{id}”; the card it translates, in {there}, has “{other}”."
        yield error(theirs.where, what, "Write the same id.", id=theirs.id, there=there, other=main.id)
    mine, other = cast(Kind | None, main.question), cast(Kind | None, theirs.question)
    kinds = [question.kind if question else "no question" for question in (other, mine)]
    if kinds[0] != kinds[1]:
        what = "This card asks another way than the one it translates: {kind} here, {other} in {there}."
        hint = "Use the same kind of question in every language."
        yield error(theirs.where, what, hint, kind=kinds[0], other=kinds[1], there=there)
    elif mine and other and mine.frame[:1] != other.frame[:1]:
        what = "This question has {count} options; the one it translates, in {there}, has {other}."
        hint = "Give both the same options in the same order."
        yield error(theirs.where, what, hint, count=other.frame[0], there=there, other=mine.frame[0])
    elif mine and other and mine.frame != other.frame:
        what = "Other options are right here than in {there}."
        yield error(theirs.where, what, "Put the options in the same order, with x at the same places.", there=there)
