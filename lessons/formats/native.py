"""Morsel's own format: pack.toml and one Markdown file per lesson and language, as docs/packs.md describes it."""

import re
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Final

from msgspec import Struct, structs

from lessons.archive import write_zip
from lessons.check import Draft, check
from lessons.formats.base import Files, Format
from lessons.formats.lesson import ReadLesson, read_lesson
from lessons.formats.toml import FILE, LANGUAGE, Meta, read_meta
from lessons.limits import LESSONS_AT_MOST
from lessons.model import Lesson, Loaded, Pack
from lessons.naming import slug
from lessons.problems import Problem, Where, error, warning

_LESSON: Final = re.compile(r"(?:\d{1,4}[-_. ]?)?(?P<id>[a-z0-9]+(?:-[a-z0-9]+)*)(?:\.(?P<language>[^.]+))?\.md")
_NOT_LESSONS: Final = ("readme", "license", "licence", "changelog", "contributing", "authors", "notes", "todo")


class Place(Struct, frozen=True):
    """A lesson's file: which lesson it is and in which language (empty: the main one, not said)."""

    file: str
    lesson: str
    language: str


def recognises(files: Files) -> bool:
    return FILE in files or bool(lesson_files(files)[0])


def read(files: Files) -> Loaded:
    """The pack in these files. Never raises."""
    meta, found = _meta(files)
    problems = list(found)
    pack_id = meta.id if meta else ""
    places, wrong = lesson_files(files)
    problems += wrong
    languages = meta.languages if meta else ("",)
    lessons = {place.file: read_lesson(place.file, place.lesson, files[place.file], pack_id) for place in places}
    for lesson in lessons.values():
        problems += lesson.problems
    by_language, misplaced = _sorted(places, lessons, languages, told=meta is not None)
    problems += misplaced
    pictures = tuple(use for lesson in lessons.values() for use in lesson.pictures)
    broken = frozenset(problem.where.file for problem in problems if problem.level == "error")
    complete = meta.complete if meta else "seen"
    draft = Draft(languages, by_language, _unnamed(lessons), pictures, files, complete, broken)
    problems += check(draft)
    problems.sort(key=lambda problem: problem.where)
    if meta is None or any(problem.level == "error" for problem in problems):
        return Loaded(None, tuple(problems))
    return Loaded(_pack(meta, by_language, {name: files[name] for name, _ in pictures}), tuple(problems))


def write(pack: Pack, files: Files) -> bytes:
    """A zip that reads as the same pack: the author's own files, without those that no pack holds."""
    kept = [place.file for place in lesson_files(files)[0]]
    others = [name for name in files if name == FILE or name.partition(".")[0].casefold() in _NOT_LESSONS]
    names = dict.fromkeys([*kept, *others, *pack.pictures])
    return write_zip({name: files[name] for name in names if name in files})


def lesson_files(files: Iterable[str]) -> tuple[tuple[Place, ...], tuple[Problem, ...]]:
    """The lessons' files in their order, and the Markdown files whose names or places do not fit."""
    places: list[Place] = []
    problems: list[Problem] = []
    for file in sorted(files, key=_in_order):
        path = PurePosixPath(file)
        if path.suffix.casefold() != ".md" or path.name.partition(".")[0].casefold() in _NOT_LESSONS:
            continue
        found = _LESSON.fullmatch(file)
        if found and (found["language"] is None or LANGUAGE.fullmatch(found["language"])):
            places.append(Place(file, found["id"], found["language"] or ""))
        elif path.parent.name:
            what = "This file is in a folder, so it is not read as a lesson."
            problems.append(warning(Where(file), what, "Put it next to pack.toml if it is one."))
        else:
            better = f"01-{slug(path.stem, (), 'lesson')}.md"
            hint = "Use a-z, 0-9 and -, like {better} or {german}."
            german = better.replace(".md", ".de.md")
            problems.append(
                error(Where(file), "This file name is no name of a lesson.", hint, better=better, german=german)
            )
    return tuple(places), tuple(problems)


def _meta(files: Files) -> tuple[Meta | None, tuple[Problem, ...]]:
    if FILE in files:
        return read_meta(files[FILE])
    other = next((name for name in sorted(files) if name.casefold().endswith(FILE)), "")
    hint = (
        "Move {other} to the top of the pack and call it pack.toml." if other else "Write one; docs/packs.md shows how."
    )
    return None, (error(Where(FILE), "There is no pack.toml.", hint, other=other),)


def _sorted(
    places: Iterable[Place], lessons: Mapping[str, ReadLesson], languages: tuple[str, ...], told: bool
) -> tuple[dict[str, tuple[Lesson, ...]], list[Problem]]:
    """The lessons of each language in order; translated cards without id take the id of the card they translate."""
    problems: list[Problem] = []
    found: dict[str, dict[str, Lesson]] = {languages[0]: {}}
    main: dict[str, Lesson] = found[languages[0]]
    for place in sorted(places, key=lambda place: place.language not in ("", languages[0])):
        language, at = place.language or languages[0], Where(place.file)
        if told and language not in languages:
            hint = "Add “{language}” to languages in pack.toml, or delete the file."
            what = "This lesson is in a language that the pack does not declare."
            problems.append(error(at, what, hint, language=language))
        elif (twin := found.setdefault(language, {}).get(place.lesson)) is not None:
            what = "The lesson “{lesson}” is here twice; the other file is {other}."
            hint = "Give one of them another name."
            problems.append(error(at, what, hint, lesson=place.lesson, other=twin.where.file))
        else:
            lesson = lessons[place.file]
            found[language][place.lesson] = _same_ids(
                lesson, main.get(place.lesson) if language != languages[0] else None
            )
    if len(main) > LESSONS_AT_MOST:
        what = "This pack has {count} lessons; {most} is the most."
        problems.append(error(Where(FILE), what, "Make two packs of it.", count=len(main), most=LESSONS_AT_MOST))
    order = {lesson: place for place, lesson in enumerate(main)}
    return {
        language: tuple(sorted(of.values(), key=lambda lesson: order.get(lesson.id, len(order))))
        for language, of in found.items()
    }, problems


def _same_ids(read: ReadLesson, main: Lesson | None) -> Lesson:
    if main is None or len(main.cards) != len(read.lesson.cards):
        return read.lesson
    cards = tuple(
        card if named else structs.replace(card, id=theirs.id)
        for card, named, theirs in zip(read.lesson.cards, read.named, main.cards, strict=True)
    )
    return structs.replace(read.lesson, cards=cards)


def _unnamed(lessons: Mapping[str, ReadLesson]) -> dict[Where, int]:
    """Where each file's first card without an id begins, and how many there are."""
    found: dict[Where, int] = {}
    for read in lessons.values():
        bare = [card.where for card, named in zip(read.lesson.cards, read.named, strict=True) if not named]
        if bare:
            found[bare[0]] = len(bare)
    return found


def _pack(meta: Meta, lessons: dict[str, tuple[Lesson, ...]], pictures: dict[str, bytes]) -> Pack:
    main = meta.languages[0]
    translated = {language: theirs for language, theirs in lessons.items() if language != main and theirs}
    said = {name: getattr(meta, name) for name in meta.__struct_fields__}
    return Pack(**said, lessons=lessons[main], translated=translated, pictures=pictures)


def _in_order(file: str) -> tuple[int, str]:
    number = re.match(r"\d{1,4}", file)
    return (int(number[0]) if number else 10_000), file


FORMAT: Final = Format("native", recognises, read, write)
