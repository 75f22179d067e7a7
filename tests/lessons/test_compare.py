"""`compare` tells what a new version means for people: which cards are new, changed, moved, gone."""

from lessons.compare import Comparison, compare
from lessons.load import load_files
from lessons.model import Pack
from tests.lessons.builders import TOML, a_pack

GERMAN = TOML.replace('["en"]', '["en", "de"]')


def pack(*lessons: str, german: dict[str, str] | None = None) -> Pack:
    """A pack of lessons written as "a b c": each letter a card that says itself; "b=x": card b says x."""
    files: dict[str, str | bytes | None] = {"pack.toml": GERMAN, "01-hands.md": None}
    for number, cards in enumerate(lessons, 1):
        said = [(card.partition("=")[0], card.partition("=")[2] or card) for card in cards.split()]
        text = "\n\n---\n\n".join(f"<!-- id: {name} -->\n{words}" for name, words in said)
        files[f"0{number}-lesson-{number}.md"] = f"# L\n\n{text}\n"
        if german:
            text = "\n\n---\n\n".join(f"<!-- id: {name} -->\n{german.get(name, words)}" for name, words in said)
            files[f"0{number}-lesson-{number}.de.md"] = f"# L\n\n{text}\n"
    loaded = load_files("test", a_pack(files))
    assert loaded.pack is not None, loaded.problems
    return loaded.pack


def told(old: Pack, new: Pack) -> dict[str, str]:
    found = compare(old, new)
    return {
        name: " ".join(getattr(found, name)) for name in ("new", "changed", "moved", "gone") if getattr(found, name)
    }


def test_the_same_pack_has_no_news() -> None:
    assert compare(pack("a b", "c"), pack("a b", "c")) == Comparison((), (), (), ())
    assert not compare(pack("a b"), pack("a b"))
    assert compare(pack("a"), pack("a b"))


def test_new_and_gone() -> None:
    assert told(pack("a b c"), pack("a c d e")) == {"new": "d e", "gone": "b"}


def test_changed_keeps_its_memory() -> None:
    assert told(pack("a b c"), pack("a b=other c")) == {"changed": "b"}


def test_a_card_that_only_stands_elsewhere_in_its_file_is_not_changed() -> None:
    assert told(pack("a c"), pack("a b c")) == {"new": "b"}


def test_moved_to_another_lesson_and_changed_too() -> None:
    assert told(pack("a b", "c"), pack("a", "b=x c")) == {"moved": "b", "changed": "b"}


def test_moved_within_a_lesson_is_the_fewest_that_explain_it() -> None:
    assert told(pack("a b c d"), pack("b c d a")) == {"moved": "a"}
    assert told(pack("a b c d"), pack("d a b c")) == {"moved": "d"}
    assert len(told(pack("a b c d"), pack("d c b a"))["moved"].split()) == 3


def test_a_change_in_a_translation_is_a_change() -> None:
    assert told(pack("a b", german={"b": "Weg"}), pack("a b", german={"b": "Pfad"})) == {"changed": "b"}
    assert told(pack("a b"), pack("a b", german={"b": "Pfad"})) == {"changed": "a b"}
