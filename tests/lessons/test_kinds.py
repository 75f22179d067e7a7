"""Every kind of question plays its golden file: its card is read, asked, tapped, typed and graded as written there.

A kind without golden files fails. MORSEL_RECORD=1 writes what is seen now into them; look at the difference before you
keep it. A pipeline (CI is set) never records.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from lessons.load import load_files
from lessons.prose import plain, words
from lessons.questions import KINDS
from lessons.questions.base import CLEAR, DONE, Answer, Draft, Prompt, Question
from lessons.questions.raw import Kind
from tests.lessons.builders import TOML

GOLDEN = Path(__file__).parent / "golden"
RECORD = os.environ.get("MORSEL_RECORD") == "1" and not os.environ.get("CI")
LUCK = 7


def the_question(kind: str) -> Question:
    files = {"pack.toml": TOML.encode(), "01-card.md": (GOLDEN / f"{kind}.md").read_bytes()}
    loaded = load_files("golden", files)
    assert [problem for problem in loaded.problems if problem.level == "error"] == []
    assert loaded.pack is not None
    (card,) = loaded.pack.lessons[0].cards
    assert card.question is not None
    assert plain(card.body)
    return card.question


def tapped(question: Question, taps: list[int]) -> tuple[Draft, Answer | None]:
    draft: Draft = ()
    for tap in taps:
        draft = question.tap(draft, tap)
    return draft, question.answer(draft, bool(taps) and taps[-1] == DONE)


def shown(prompt: Prompt) -> dict[str, Any]:
    choices = [f"{choice.number}{'*' if choice.picked else ''} {choice.label}" for choice in prompt.choices]
    flags = [name for name in ("done", "clear", "typed") if getattr(prompt, name)]
    return {"how": prompt.how, "choices": choices, "so_far": list(prompt.so_far), "now": prompt.now, "with": flags}


def seen(question: Question, play: dict[str, Any]) -> dict[str, Any]:
    draft: Draft = ()
    if "taps" in play:
        draft, answer = tapped(question, play["taps"])
    else:
        answer = question.read_typed(play["typed"])
    if answer is None:
        return {"then": shown(question.ask(draft, LUCK))}
    grade = question.grade(answer)
    told = {"credit": round(grade.credit, 3), "right": grade.right, "said": grade.said, "solution": grade.solution}
    return {"answer": answer if isinstance(answer, str) else list(answer), **told, "feedback": words(grade.feedback)}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)
def test_a_kind_plays_its_golden_file(kind: type[Kind]) -> None:
    golden = GOLDEN / f"{kind.kind}.json"
    assert golden.exists(), f"write {golden.name} and {kind.kind}.md into {GOLDEN}"
    question = the_question(kind.kind)
    assert type(question) is kind
    expected = json.loads(golden.read_text("utf-8"))
    now = {
        "graded": question.graded,
        "guess": round(question.guess, 4),
        "asked": shown(question.ask((), LUCK)),
        "explanation": plain(question.explanation),
        "plays": [{**play_in(play), **seen(question, play)} for play in expected["plays"]],
    }
    if RECORD:
        golden.write_text(json.dumps(now, indent=1, ensure_ascii=False) + "\n", "utf-8")
    assert now == expected


def play_in(play: dict[str, Any]) -> dict[str, Any]:
    return {name: play[name] for name in ("taps", "typed") if name in play}


def test_no_golden_file_is_left_over() -> None:
    names = {kind.kind for kind in KINDS}
    assert {path.stem for path in GOLDEN.glob("*.md")} == {path.stem for path in GOLDEN.glob("*.json")} == names


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)
def test_no_tap_can_break_a_draft(kind: type[Kind]) -> None:
    """Any taps in any order give a draft that can be shown; and an answer, once there, that can be graded."""
    question = the_question(kind.kind)
    assert isinstance(question, Question)
    numbers = [*range(-3, 6), 99, CLEAR, DONE]
    for first in numbers:
        for second in numbers:
            for third in numbers:
                draft, answer = tapped(question, [first, second, third])
                prompt = question.ask(draft, third)
                assert all(len(choice.label) <= 75 for choice in prompt.choices)
                assert answer is None or 0 <= question.grade(answer).credit <= 1


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)
def test_one_luck_one_order_and_many_lucks_many(kind: type[Kind]) -> None:
    question = the_question(kind.kind)
    asked = [question.ask((), luck) for luck in (*range(60), -5, 2**200)]
    assert asked == [question.ask((), luck) for luck in (*range(60), -5, 2**200)]
    orders = {tuple(choice.number for choice in prompt.choices) for prompt in asked}
    if kind.kind in ("order", "match"):
        assert tuple(range(len(asked[0].choices))) not in orders, "as the author wrote it is the solution"
    assert len(orders) == 1 if kind.kind in ("text", "number", "own", "poll") else len(orders) >= 5


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.graded], ids=lambda kind: kind.kind)
def test_guess_is_how_often_blind_answers_are_right(kind: type[Kind]) -> None:
    question = the_question(kind.kind)
    count = len(question.ask((), 0).choices)
    if not count:
        assert question.guess == 0
        return
    found: set[Answer] = set()
    for taps in _all_taps(count):
        _, answer = tapped(question, [*taps])
        if answer is not None:
            found.add(answer)
    right = [answer for answer in found if question.grade(answer).right]
    assert len(right) == 1
    assert question.guess == pytest.approx(1 / len(found))


def _all_taps(count: int) -> list[tuple[int, ...]]:
    """Every row of up to `count` different taps, and the same followed by Done."""
    rows: list[tuple[int, ...]] = [()]
    for _ in range(count):
        rows += [(*row, n) for row in rows for n in range(count) if n not in row]
    return [*dict.fromkeys(rows), *((*row, DONE) for row in dict.fromkeys(rows))]
