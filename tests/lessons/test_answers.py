"""What people really type. Each row: what is expected, what was typed, and whether that is right.

None: it cannot be an answer at all, and the person is asked again.
"""

import pytest

from lessons.load import load_files
from lessons.questions.base import Question
from tests.lessons.builders import a_card


def asks(question: str) -> Question:
    pack = load_files("test", a_card(f"Well?\n\n{question}")).pack
    assert pack is not None, load_files("test", a_card(f"Well?\n\n{question}")).problems
    asked = pack.lessons[0].cards[0].question
    assert asked is not None
    return asked


WORDS: list[tuple[str, str, bool | None]] = [
    ("Paris", "paris", True), ("Paris", "  PARIS!! ", True), ("Paris", "Pariss", True), ("Paris", "Prais", True),
    ("Paris", "Lyon", False), ("Paris", "", None), ("Paris", " \n\t ", None), ("Paris", "\u200b\u200d\ufeff", None),
    ("Paris", "Pa\u200bris", True), ("Paris", "\u202eParis\u202c", True), ("Paris", "Раris", True),
    ("Paris", "ｐａｒｉｓ", True), ("Paris", "Paris 😀", True), ("Paris", "😀", False), ("Paris", "p a r i s", True),
    ("Paris", "Paris or Lyon", False), ("Paris", "not Paris", False), ("Paris", "A" * 65_536, False),
    ("Paris", "Paris " * 10_000, False), ("Paris", "<b>Paris</b>", False), ("Paris", "\0Paris\x07", True),
    ("Müsli", "Musli", True), ("Müsli", "Muesli", True), ("Muesli", "Müsli", True), ("Straße", "strasse", True),
    ("café", "cafe\u0301", True), ("smørbrød", "smorbrod", True), ("Łódź", "lodz", True), ("Ωμέγα", "ωμεγα", True),
    ("мойка", "МОИКА", True), ("سلام", "سَلام", True), ("שלום", "שָׁלוֹם", True),
    ("洗手", "洗手", True), ("洗手", "洗脸", False),
    ("hand-washing", "handwashing", True), ("handwashing", "hand washing", True), ("don't", "dont", True),
    ("fire blanket", "the fire blanket", True), ("the fridge", "fridge", True), ("fire blanket", "fire blancet", True),
    ("fire blanket", "blanket", False), ("fire blanket", "blanket fire", False), ("salmonella", "salmonela", True),
    ("salmonella", "samonela", True), ("salmonella", "listeria", False), ("hot", "not hot", False),
    ("not hot", "hot", False),
    ("hot", "hat", False), ("hot", "hott", False), ("safe", "unsafe", False), ("legal", "illegal", False),
    ("important", "unimportant", False), ("symptomatic", "asymptomatic", False), ("flammable", "inflammable", False),
    ("hypothermia", "hyperthermia", False), ("nitrate", "nitrite", False), ("trainee", "trainer", False),
    ("harmful", "harmless", False), ("cause trouble", "cause no trouble", False), ("cold", "gold", False),
    ("fire", "five", False), ("none", "nine", False), ("seven", "seveen", True), ("ABC powder", "ABD powder", False),
    ("class A", "class B", False), ("C++", "C", False), ("COVID-19", "covid 19", True), ("COVID-19", "covid 18", False),
    ("soap", "soup", False), ("clean", "clear", False), ("butter", "batter", False), ("hand", "hard", False),
    ("bleach", "breach", False), ("Hand", "Hund", False), ("dairy", "diary", False), ("diary", "dairy", False),
    ("dessert", "desert", False), ("complaint", "compliant", False), ("contract", "contact", False),
    ("soap", "sopa", True), ("soap", "soapp", True), ("butter", "buter", True), ("gloves", "glovse", True),
    ("kitchen", "kitchan", True), ("blanket", "blancet", True),
    ("5 moments", "٥ moments", True), ("5 moments", "6 moments", False), ("0800 123", "0800 123", True),
    ("0800 123", "800 123", False), ("4.5 bar at 20", "4,5 bar at 20", True), ("4.5 bar at 20", "45 bar at 20", False),
    ("minus -5 it is", "minus 5 it is", False), ("👍", "👍", True), ("👍", "👎", False), ("CO₂", "co2", True),
    ('"112"', "112", True), ('"112"', "111", False), ("yes | yeah", "yeah", True), ("yes | yeah", "yep", False),
]  # fmt: skip

NUMBERS: list[tuple[str, str, bool | None]] = [
    ("20", "20", True), ("20", "20.0", True), ("20", "020", True), ("20", "twenty", None), ("20", "", None),
    ("20", "😀", None),
    ("20", "٢٠", True), ("20", "२०", True), ("20", "２０", True), ("20", "𝟐𝟎", True), ("20", "20 min", True),
    ("20", "-20", False),
    ("20", "2 0", None), ("20", "20-25", None), ("20", "20 or 21", None), ("20", "20!", True), ("20", "about 20", True),
    ("20", "2 million", False), ("20", "20k", False), ("20", "9" * 65_536, None), ("20", "2e1", None), ("20", "20²", None),
    ("20", "\u202e20\u202c", True), ("20", "2\u200b0", True), ("20", "½", False), ("0.5", "½", True), ("0.5", "1/2", True),
    ("0.5", "1/0", None), ("0.5", ".5", True), ("0.5", ",5", True), ("1.5", "1½", True), ("1.5", "1,5", True),
    ("3", "٣", True),
    ("4.5 kg", "4,5", True), ("4.5 kg", "4.5", True), ("4.5 kg", "45", False), ("4.5 kg", "4500 g", True),
    ("4.5 kg", "4.5 g", False), ("1000.5", "1,000.5", True), ("1000.5", "1.000,5", True), ("1000.5", "1 000,5", True),
    ("1000.5", "1'000.5", True), ("1000", "1,000", True), ("1000", "1.000", True), ("1000000", "1.000.000", True),
    ("20 ± 2 min", "18", True), ("20 ± 2 min", "22,0 min", True), ("20 ± 2 min", "22.01", False),
    ("20 ± 2 min", "20 Minuten", True), ("20 ± 2 min", "20m", True), ("20 ± 2 min", "20 s", False),
    ("20 ± 2 min", "1200 seconds", True), ("20 ± 2 min", "20 h", False), ("20 ± 2 min", "20 apples", False),
    ("20 min +- 2", "21 min", True), ("60 min", "1 hour", True), ("-18 °C", "−18", True), ("-18 °C", "18", False),
    ("-18 °C", "-18 C", True), ("-18 °C", "-18 degrees", True), ("-18 °C", "-18 °F", False), ("-18 °C", "minus 18", True),
    ("50 %", "50", True), ("50 %", "٥٠٪", True), ("50 %", "50 percent", True), ("20 €", "€20", True), ("20 €", "$20", False),
    ("3 boards", "3 boards", True), ("3 boards", "3", True), ("3 boards", "4 boards", False),
]  # fmt: skip

OPTIONS = "- ( ) 2 seconds\n- (x) 20 seconds\n- ( ) Yes, always\n- ( ) Yes, sometimes\n- ( ) 1,000 seconds\n- ( ) Nein"
CHOICES: list[tuple[str, bool | None]] = [
    ("20 seconds", True), ("20 SECONDS.", True), ("20", True), ("٢٠", True), ("2", False), ("2 seconds", False), ("1", None),
    ("b", None), ("yes", None), ("yes, always", False), ("yes sometimes", False), ("20 secondes", True), ("200", None),
    ("seconds", None), ("nein", False), ("no", None), ("", None), ("x" * 65_536, None), ("\u202e", None), ("1,000", False),
]  # fmt: skip


def graded(question: Question, typed: str) -> bool | None:
    answer = question.read_typed(typed)
    return None if answer is None else question.grade(answer).right


@pytest.mark.parametrize(("wanted", "typed", "right"), WORDS, ids=lambda value: ascii(value)[:30])
def test_words(wanted: str, typed: str, right: bool | None) -> None:
    assert graded(asks(f"= {wanted}"), typed) is right


@pytest.mark.parametrize(("wanted", "typed", "right"), NUMBERS, ids=lambda value: ascii(value)[:30])
def test_numbers(wanted: str, typed: str, right: bool | None) -> None:
    assert graded(asks(f"= {wanted}"), typed) is right


@pytest.mark.parametrize(("typed", "right"), CHOICES, ids=lambda value: ascii(value)[:30])
def test_options(typed: str, right: bool | None) -> None:
    assert graded(asks(OPTIONS), typed) is right


def test_there_are_enough_rows() -> None:
    assert len(WORDS) + len(NUMBERS) + len(CHOICES) >= 160


@pytest.mark.parametrize("question", ["= Paris", "= 20", "<!-- own words -->", OPTIONS])
def test_what_is_said_back_is_short_and_clean(question: str) -> None:
    asked = asks(question)
    for typed in ("20" + " " * 5 + "\u202e\u0000\u200b", "Paris\x1b[31m", "word " * 20_000, "\ud800", "a\r\nb"):
        answer = asked.read_typed(typed)
        if answer is not None:
            said = asked.grade(answer).said
            assert len(said) <= 3000
            assert not set(said) & set("\u202e\u0000\u200b\x1b\r\ud800")
