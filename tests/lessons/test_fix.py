"""`fix` writes the ids that are missing, readable ones, the same in every language, and changes nothing else."""

from lessons.archive import write_zip
from lessons.fix import fix
from lessons.load import load, load_files
from tests.lessons.builders import HANDS, TOML, a_pack

GERMAN = TOML.replace('["en"]', '["en", "de"]')
ENGLISH = "# Hands\n\nYour hands touch it all.\n\n---\n\n![Soap](a.png)\n\nHow *long*? It's up to you\n\n= long\n"
DEUTSCH = "# Hände\n\nDeine Hände berühren alles.\n\n---\n\n![Seife](a.png)\n\nWie *lange*?\n\n= lang\n"


def ids(files: dict[str, bytes], language: str = "en") -> list[str]:
    pack = load_files("test", files).pack
    assert pack is not None
    return [card.id for lesson in pack.lessons_in(language) for card in lesson.cards]


def test_missing_ids_are_written_as_the_first_words_of_their_cards() -> None:
    files = a_pack({"01-hands.md": ENGLISH.replace("![Soap](a.png)\n\n", "")})
    (name, text), *rest = fix(files).items()
    assert (name, rest) == ("01-hands.md", [])
    assert text.decode() == (
        "# Hands\n\n<!-- id: your-hands-touch-it-all -->\nYour hands touch it all.\n\n---\n\n"
        "<!-- id: how-long-its-up-to-you -->\nHow *long*? It's up to you\n\n= long\n"
    )
    assert load_files("test", files | fix(files)).problems == ()


def test_a_pack_that_has_all_ids_stays_as_it_is_and_fixing_twice_changes_nothing() -> None:
    assert fix(a_pack()) == {}
    files = a_pack({"01-hands.md": ENGLISH, "a.png": b""})
    fixed = files | fix(files)
    assert fix(fixed) == {}


def test_all_languages_get_the_same_ids_by_place() -> None:
    files = a_pack({"pack.toml": GERMAN, "01-hands.md": ENGLISH, "01-hands.de.md": DEUTSCH})
    fixed = fix(files)
    assert set(fixed) == {"01-hands.md", "01-hands.de.md"}
    for card in ("your-hands-touch-it-all", "how-long-its-up-to-you"):
        assert all(f"<!-- id: {card} -->".encode() in text for text in fixed.values())


def test_an_id_that_one_language_has_is_given_to_the_others() -> None:
    english = ENGLISH.replace("\n![", "\n<!-- id: time -->\n![")
    german = DEUTSCH.replace("\nDeine", "\n<!-- id: touch -->\nDeine")
    fixed = fix(a_pack({"pack.toml": GERMAN, "01-hands.md": english, "01-hands.de.md": german}))
    for text in fixed.values():
        assert text.index(b"<!-- id: touch -->") < text.index(b"<!-- id: time -->")
        assert text.count(b"<!-- id:") == 2


def test_ids_are_unlike_all_others_in_the_pack() -> None:
    lesson = "# A\n\nWhy?\n\n---\n\nWhy?\n\n---\n\n<!-- id: how-long-2 -->\nx\n\n---\n\nHow long"
    files = a_pack({"02-a.md": lesson})
    found = ids(files | fix(files))
    assert found == ["why", "how-long", "why-2", "why-3", "how-long-2", "how-long-3"]


def test_cards_in_other_scripts_take_the_lesson_s_name() -> None:
    files = a_pack({"01-hands.md": "# 手\n\n洗手很重要\n\n---\n\nПочему?\n\n---\n\nÜber Öl & Fett\n"})
    assert ids(files | fix(files)) == ["hands-1", "hands-2", "uber-ol-fett"]


def test_line_ends_byte_order_marks_and_everything_else_stay() -> None:
    plain = ENGLISH.replace("![Soap](a.png)\n\n", "") + "\n\n\n\ttabs and trailing spaces   "
    windows = ("\ufeff" + plain).replace("\n", "\r\n").encode()
    fixed = fix(a_pack({"01-hands.md": windows}))["01-hands.md"]
    kept = [line for line in fixed.split(b"\r\n") if not line.startswith(b"<!-- id:")]
    assert b"\r\n".join(kept) == windows
    assert fixed.count(b"<!-- id:") == 2
    assert fixed.count(b"\n") == fixed.count(b"\r\n")


def test_ids_come_above_what_a_card_says_even_with_a_marker_or_a_note() -> None:
    files = a_pack({"01-hands.md": "# A\n<!-- note: draft -->\n\nSort\n\n<!-- order -->\n1. a\n2. b\n"})
    assert fix(files)["01-hands.md"].decode().index("id: sort") < files["01-hands.md"].decode().index("Sort") + 20
    assert ids(files | fix(files)) == ["sort"]


def test_files_in_a_folder_keep_their_names_and_broken_ones_their_bytes() -> None:
    files = {f"hygiene/{name}": data for name, data in a_pack({"01-hands.md": ENGLISH}).items()}
    assert set(fix(files)) == {"hygiene/01-hands.md"}
    assert fix(a_pack({"01-hands.md": b"# A\n\n\xff"})) == {}
    assert fix({}) == {}


def test_provisional_ids_last_as_long_as_the_words_do() -> None:
    files = a_pack({"01-hands.md": HANDS.replace("<!-- id: why -->\n", "")})
    first = ids(files)
    assert first == ids(dict(files)) != ids(a_pack({"01-hands.md": files["01-hands.md"].replace(b"touch", b"meet")}))
    assert first[1] == "how-long"
    assert [card.id for card in load("a.zip", write_zip(files)).pack.lessons[0].cards] == first  # type: ignore[union-attr]
