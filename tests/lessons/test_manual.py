"""The manual for authors is complete and true: every kind and format is in it, and its examples load as they stand."""

import re
import tomllib
from pathlib import Path

from lessons import limits
from lessons.formats import FORMATS
from lessons.formats.toml import KEYS
from lessons.load import load_files
from lessons.questions import KINDS
from tests.lessons.builders import TOML, a_png

MANUAL = (Path(__file__).parents[2] / "docs" / "packs.md").read_text("utf-8")


def examples(language: str) -> list[str]:
    return re.findall(rf"(?ms)^```{language}\n(.*?)^```$", MANUAL)


def test_the_examples_make_a_pack_without_a_problem_that_holds_every_kind() -> None:
    lesson, *cards = examples("markdown")
    files = {
        "pack.toml": TOML.encode(),
        "01-clean-hands.md": lesson.encode(),
        "02-kinds.md": ("# Kinds\n\n" + "\n---\n\n".join(cards)).encode(),
        "img/wash-hands.png": a_png(),
    }
    loaded = load_files("manual", files)
    assert loaded.problems == ()
    assert loaded.pack is not None
    kinds = {card.question.kind for lesson in loaded.pack.lessons for card in lesson.cards if card.question}
    assert kinds == {kind.kind for kind in KINDS}


def test_the_example_of_pack_toml_has_every_key_and_loads() -> None:
    (toml,) = examples("toml")
    assert set(tomllib.loads(toml)) == set(KEYS)
    files = {"pack.toml": toml.encode(), "01-a.md": b"# A\n\n<!-- id: a -->\nAsk\n\n= b\n"}
    files["01-a.de.md"] = files["01-a.md"]
    assert load_files("manual", files).problems == ()


def test_every_kind_and_format_is_in_the_manual() -> None:
    for kind in KINDS:
        assert f"(`{kind.kind}`)" in MANUAL
    for form in FORMATS:
        assert f"| `{form.name}` |" in MANUAL


def test_the_limits_in_the_manual_are_those_that_hold() -> None:
    for number in (limits.ZIP_FILES, limits.CARD_CHARS, limits.PICTURE_PIXELS):
        assert f"{number:,}" in MANUAL
    for said in (
        f"up to {limits.OPTION_CHARS} characters", f"up to {limits.OPTIONS_AT_MOST} of", f"{limits.ANSWER_CHARS} characters",
        f"{limits.ZIP_BYTES // 10**6} MB when unpacked", f"{limits.CARDS_AT_MOST} cards, {limits.LESSON_BYTES // 1000} kB",
        f"{limits.PICTURE_BYTES // 10**6} MB; width", f"together {limits.PICTURES_BYTES // 10**6} MB",
    ):  # fmt: skip
        assert said in MANUAL
