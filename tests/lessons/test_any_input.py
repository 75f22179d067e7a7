"""Nothing that is put in makes the readers raise: any bytes as a file, any text as a lesson or an answer.

What loads without an error can also be asked, shown and packed again, whatever it says.
"""

import subprocess
import sys

from hypothesis import example, given, settings
from hypothesis import strategies as st

from lessons.archive import write_zip
from lessons.fix import fix
from lessons.load import load, load_files
from lessons.markdown import read_blocks
from lessons.model import Loaded
from lessons.problems import Where
from lessons.prose import plain
from lessons.questions import KINDS, quantity
from lessons.questions.same import same, tidy, which, which_ones
from tests.lessons.builders import HANDS, TOML, a_card, a_pack
from tests.lessons.test_kinds import the_question

# Pieces that mean something to a reader, so that chance finds its way into the corners.
PIECES = st.sampled_from([
    "# A", "\n", "\n\n", "---", "- ( ) ", "- (x) ", "- [ ] ", "- [x] ", "= ", "=", "20 ± 2 min", "1,000", "|", "->",
    "- a -> b",
    "1. ", "> ", "  > ", "<!-- id: a -->", "<!-- order -->", "<!-- own words -->", "<!-- poll -->", "<!--", "-->",
    "```", "~~~",
    "![a](b.png)", "[a](http://b)", "[a](http://[)", "**", "_", "`", "\t", "\r", "\r\n", "\u202e", "\u200b", "\ufeff",
    "\0", "\u2028",
    "é", "😀", "a", "b", "not ", "½", "²", "٣", "\x0b", "\x0c", "\x85", "&lt;", "<b>", "|a|b|\n|-|-|\n|c|", "\\", "\ud800",
])  # fmt: skip
TEXT = st.one_of(st.lists(PIECES, max_size=30).map("".join), st.text(max_size=300))
FEW = settings(max_examples=150, deadline=None)


def use(loaded: Loaded) -> None:
    """What everybody does with a pack and its problems."""
    assert all(str(problem) for problem in loaded.problems)
    if loaded.pack is None:
        assert any(problem.level == "error" for problem in loaded.problems)
        return
    for lesson in loaded.pack.lessons:
        assert lesson.cards
        for card in lesson.cards:
            assert isinstance(plain(card.body), str)
            if card.question is not None:
                prompt = card.question.ask((), 1)
                draft = card.question.tap((), prompt.choices[0].number if prompt.choices else 0)
                card.question.ask(draft, 1)


def encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


@FEW
@given(TEXT)
@example("# A\n\n" + "[" * 8000)
@example("```\n---\n")
def test_any_text_as_a_lesson(text: str) -> None:
    files = a_pack({"01-hands.md": encoded(text)})
    use(load_files("any", files))
    use(load_files("any", files | fix(files)))


@FEW
@given(TEXT)
def test_any_text_as_a_card(text: str) -> None:
    use(load_files("any", a_card("Well?\n\n" + text.encode("utf-8", "ignore").decode())))


@FEW
@given(st.binary(max_size=300))
@example(b"\xff\xfe")
@example(b"\xef\xbb\xbf")
def test_any_bytes_as_a_lesson_a_setting_or_a_picture(data: bytes) -> None:
    card = "# A\n\n<!-- id: a -->\n![x](a.png)\n"
    use(load_files("any", a_pack({"01-hands.md": data})))
    use(load_files("any", a_pack({"pack.toml": data})))
    use(load_files("any", a_pack({"01-hands.md": card, "a.png": data})))
    for head in (
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff",
        b"GIF89a",
        b"RIFF1234WEBPVP8X",
        b"RIFF1234WEBPVP8L",
        b"RIFF1234WEBPVP8 ",
    ):
        use(load_files("any", a_pack({"01-hands.md": card, "a.png": head + data})))


@FEW
@given(TEXT)
def test_any_text_as_a_setting(text: str) -> None:
    use(load_files("any", a_pack({"pack.toml": encoded(TOML + text)})))
    use(load_files("any", a_pack({"pack.toml": encoded(text)})))


@FEW
@given(st.text(max_size=40), st.binary(max_size=40))
def test_any_name_of_a_file(name: str, data: bytes) -> None:
    use(load_files("any", {**a_pack(), name: data}))
    use(load_files("any", {name: data}))
    fix({name: data})


@FEW
@given(st.binary(max_size=200), st.integers(0, 2000), st.integers(0, 50))
def test_any_damage_to_a_zip(data: bytes, at: int, cut: int) -> None:
    use(load("any.zip", data))
    use(load("any.zip", b"PK" + data))
    good = write_zip(a_pack())
    at %= len(good)
    use(load("any.zip", good[:at] + data[:10] + good[at + cut :]))


@FEW
@given(TEXT)
@example("\u202e" * 65_536)
@example("9" * 65_536)
@example("1/" * 30_000)
@example("not " * 16_384)
@example("½" * 60)
def test_any_typed_answer(text: str) -> None:
    for kind in KINDS:
        question = the_question(kind.kind)
        answer = question.read_typed(text)
        if answer is not None:
            grade = question.grade(answer)
            assert 0 <= grade.credit <= 1
            assert len(grade.said) <= 3000


@FEW
@given(TEXT, TEXT)
def test_any_two_texts_compare(one: str, two: str) -> None:
    assert same(one, two) == same(one, two)
    which(one, [two, one])
    which_ones(one, [two, "a"])
    quantity.read(one)
    assert len(tidy(one, 20)) <= 20
    read_blocks(one, Where("a"), "p")


@FEW
@given(st.text(alphabet=st.characters(categories=["L", "Nd"]), min_size=1, max_size=40))
def test_a_word_is_always_the_same_as_itself(word: str) -> None:
    assert same(word, word)
    assert which(word, [word, "something else"]) is not None


def test_the_words_of_a_lesson_load_without_the_readers() -> None:
    """The command line answers --help with these; Markdown and fuzzy matching take longer than all the rest."""
    code = (
        "import sys, lessons.model, lessons.prose, lessons.questions\n"
        "print([m for m in sys.modules if m.split('.')[0] in ('markdown_it', 'rapidfuzz', 'zipfile', 'tomllib')])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_a_card_costs_little_to_load() -> None:
    """Counted in calls, for a clock would depend on the machine: a pack grows by its cards and by nothing else."""
    calls = [count_calls(number) for number in (10, 40)]
    assert calls[1] < 4.5 * calls[0]
    assert calls[1] / 40 < 4000


def count_calls(cards: int) -> int:
    _, *rest = HANDS.split("---")
    lesson = "# A\n\n" + "\n---\n".join(rest[0].replace("how-long", f"card-{n}") for n in range(cards))
    files = a_pack({"01-hands.md": lesson})
    load_files("warm", files)
    calls = 0

    def count(frame: object, event: str, arg: object) -> None:
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count)
    try:
        loaded = load_files("counted", files)
    finally:
        sys.setprofile(None)
    assert loaded.problems == ()
    return calls
