"""Writes the ids that are missing into an author's files. Changes nothing else, not even line ends."""

from collections.abc import Mapping, Sequence

from lessons.archive import without_folder
from lessons.formats.lesson import cut_lesson
from lessons.formats.lines import Slice, decode
from lessons.formats.native import Place, lesson_files
from lessons.formats.toml import FILE, read_meta
from lessons.naming import slug


def fix(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files that change, with the missing ids in them; the same card has one id in all languages, by its place.

    `files` may be in one folder that holds them all; the names that come back are those that were given. A file that
    cannot be read is left as it is.
    """
    inner = without_folder(files)
    folder = next((name.partition("/")[0] + "/" for name in files if name not in inner), "")
    texts = {place: text for place in lesson_files(inner)[0] if (text := decode(place.file, inner[place.file])[0])}
    cuts = {place: cut_lesson(place.file, text)[1] for place, text in texts.items()}
    taken = {cut.id for found in cuts.values() for cut in found if cut.id}
    changed: dict[str, bytes] = {}
    for group in _by_lesson(cuts, _main_language(inner)):
        names = _names(group[0].lesson, [cuts[place] for place in group], taken)
        for place in group:
            new = _written(inner[place.file], cuts[place], names)
            if new != inner[place.file]:
                changed[folder + place.file] = new
    return changed


def _main_language(files: Mapping[str, bytes]) -> str:
    meta = read_meta(files[FILE])[0] if FILE in files else None
    return meta.languages[0] if meta else ""


def _by_lesson(places: Mapping[Place, object], main: str) -> list[list[Place]]:
    """The files of each lesson, its main language first."""
    groups: dict[str, list[Place]] = {}
    for place in sorted(places, key=lambda place: (place.language not in ("", main), place.language)):
        groups.setdefault(place.lesson, []).append(place)
    return [groups[lesson] for lesson in dict.fromkeys(place.lesson for place in places)]


def _names(lesson: str, languages: Sequence[Sequence[Slice]], taken: set[str]) -> list[str]:
    """An id for each place in the lesson: one that any language has already, or a new one. `taken` grows."""
    names: list[str] = []
    for number in range(max(map(len, languages))):
        cards = [cuts[number] for cuts in languages if number < len(cuts)]
        name = next((card.id for card in cards if card.id and card.id not in names), "")
        names.append(name or slug(_first_words(cards[0]), taken, f"{lesson}-{number + 1}"))
        taken.add(names[-1])
    return names


def _first_words(cut: Slice) -> str:
    """The first line that is neither a picture nor markup alone."""
    lines = (line.text for line in cut.lines if not line.text.lstrip().startswith("!["))
    return next((line for line in lines if any(char.isalnum() for char in line)), "")


def _written(data: bytes, cuts: Sequence[Slice], names: Sequence[str]) -> bytes:
    """The file with an id above each card that has none, in the file's own line ends."""
    end = b"\r\n" if b"\r\n" in data else b"\r" if b"\r" in data and b"\n" not in data else b"\n"
    lines = data.split(end) if end != b"\n" else data.split(b"\n")
    for cut, name in reversed(list(zip(cuts, names, strict=False))):
        if not cut.id:
            lines.insert(cut.first_line - 1, f"<!-- id: {name} -->".encode())
    return end.join(lines)
