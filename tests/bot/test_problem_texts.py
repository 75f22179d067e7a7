"""Every mistake in a pack is told in every language: each template in lessons/ has its translation, with its blanks.

The templates are read from the source, so a new one is missed at once; and the whole table of mistakes is told once in
each language, as an admin would read it.
"""

import ast
import itertools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from bot import texts
from bot.texts import FALLBACK, LANGUAGES, Voice
from lessons.formats.toml import KEYS
from lessons.load import load_files
from tests.lessons.test_problems import BAD

LESSONS = Path(__file__).parents[2] / "lessons"
TELLERS = {
    "error": 1,
    "warning": 1,
    "Problem": 1,
    "misplaced": 3,
}  # who makes problems, and where `what` and `hint` start
TRANSLATIONS = [language for language in LANGUAGES if language != FALLBACK]

Function = ast.FunctionDef | ast.AsyncFunctionDef


def templates() -> dict[str, str]:
    """Every `what` and `hint` in lessons/, with a place where it is."""
    found: dict[str, str] = {}
    for path in sorted(LESSONS.rglob("*.py")):
        module = ast.parse(path.read_text("utf-8"))
        for function, call in _calls(module):
            start = TELLERS[call.func.id]  # type: ignore[attr-defined]
            for argument in call.args[start : start + 2]:
                for text in _texts(argument, function, module):
                    found.setdefault(text, f"{path.relative_to(LESSONS)}:{call.lineno}")
    return {text: place for text, place in found.items() if text}


def _calls(module: ast.Module) -> Iterator[tuple[Function, ast.Call]]:
    """The calls that make problems, each with the function it is in."""
    for function in ast.walk(module):
        if isinstance(function, Function) and function.name not in TELLERS:
            for call in ast.walk(function):
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in TELLERS:
                    yield function, call


def _texts(node: ast.expr, function: Function, module: ast.Module) -> set[str]:
    """All texts that an argument can be. Raises where that cannot be told from the source: then write it plainer."""
    match node:
        case ast.Constant(value=str(text)):
            return {text}
        case ast.IfExp(body=one, orelse=other):
            return _texts(one, function, module) | _texts(other, function, module)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            pairs = itertools.product(_texts(left, function, module), _texts(right, function, module))
            return {one + other for one, other in pairs}
        case ast.Name(id=name):
            given = [*_assigned(name, function)] or [*_assigned(name, module)]
            if given:
                return set().union(*(_texts(each, function, module) for each in given))
    raise AssertionError(f"what is said in {function.name}, line {node.lineno}, cannot be told from the source")


def _assigned(name: str, within: ast.AST) -> Iterator[ast.expr]:
    """What a name is set to, alone (x = 1, x: T = 1) or in a row (x, y = 1, 2)."""
    for node in ast.walk(within):
        if isinstance(node, ast.AnnAssign) and node.value and isinstance(node.target, ast.Name):
            if node.target.id == name:
                yield node.value
        elif isinstance(node, ast.Assign):
            target, value = node.targets[0], node.value
            rows = target.elts if isinstance(target, ast.Tuple) else [target]
            values = value.elts if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) else [value]
            for each, given in zip(rows, values, strict=False):
                if isinstance(each, ast.Name) and each.id == name:
                    yield given


FOUND = templates()
WANTED = {**FOUND, **{key.wants: "formats/toml.py" for key in KEYS.values()}}


def blanks(template: str) -> Counter[str]:
    return Counter(field for _, field, _, _ in Formatter().parse(template) if field is not None)


def test_the_source_gave_up_its_templates() -> None:
    assert len(FOUND) > 100
    assert "No option is the right one." in FOUND
    assert "Write one in a file like 01-clean-hands.md." in FOUND


def test_every_mistake_of_the_table_was_found_in_the_source() -> None:
    told = {
        text for files, *_ in BAD.values() for p in load_files("a.zip", files).problems for text in (p.what, p.hint)
    }
    assert {text for text in told if text} - set(FOUND) == set()


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_every_mistake_is_told_in_every_language(language: str) -> None:
    theirs = texts.keys(language)
    assert {text: place for text, place in WANTED.items() if text not in theirs} == {}, "missing"
    idle = [key for key in theirs if " " in key and key not in WANTED]
    assert idle == [], "no mistake is told like this any more"


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_translated_mistakes_have_the_same_blanks(language: str) -> None:
    theirs = texts.keys(language)
    wrong = [text for text in WANTED if text in theirs and blanks(text) != blanks(theirs[text][0])]
    assert wrong == []


@pytest.mark.parametrize("language", TRANSLATIONS)
@pytest.mark.parametrize("name", BAD)
def test_each_mistake_can_be_read(name: str, language: str) -> None:
    voice, english = Voice(language), Voice(FALLBACK)
    for problem in load_files("a.zip", BAD[name][0]).problems:
        for template in filter(None, (problem.what, problem.hint)):
            told = voice.own(template, problem.values)
            assert told.strip()
            assert told != english.own(template, problem.values)


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_what_a_key_wants_is_said_in_the_same_language(language: str) -> None:
    wants = KEYS["icon"].wants
    told = Voice(language).own("It wants {wants}.", {"wants": wants})
    assert texts.keys(language)[wants][0] in told
    assert "emoji" in told.casefold()
    assert wants not in told


def test_a_word_of_an_author_is_never_taken_for_a_sentence_of_ours() -> None:
    assert Voice("de").own("“{name}” is missing.", {"name": "silence"}) == "„silence“ fehlt."
