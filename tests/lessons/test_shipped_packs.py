"""The packs that ship are as good as what `packs check` asks of others, and the same in every language.

It does not test the loader: a pack that cannot be read fails here, whoever is to blame.
"""

from pathlib import Path

import pytest

from lessons.load import load_files
from lessons.model import Card, Loaded, Pack
from lessons.questions.choice import OneOf
from lessons.questions.match import Match
from lessons.questions.number import Number
from lessons.questions.order import InOrder
from lessons.questions.poll import Poll
from lessons.questions.several import Several

PACKS = Path(__file__).parents[2] / "lessons" / "packs"
SHIPPED = sorted(folder.parent.name for folder in PACKS.glob("*/pack.toml"))
KINDS = {"choice", "several", "text", "number", "order", "match", "own", "poll"}


def read(name: str) -> Loaded:
    folder = PACKS / name
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return load_files(name, files)


def shipped(name: str) -> Pack:
    pack = read(name).pack
    assert pack is not None
    return pack


def cards(pack: Pack, language: str) -> list[Card]:
    return [card for lesson in pack.lessons_in(language) for card in lesson.cards]


def truth(card: Card) -> object:
    """What must not differ between languages: the kind, and what is right."""
    match card.question:
        case OneOf(options=options) | Several(options=options) | Poll(options=options):
            return card.question.kind, [option.right for option in options]
        case Match(pairs=parts) | InOrder(steps=parts):
            return card.question.kind, len(parts)
        case Number(value=value, within=within):
            return card.question.kind, value, within
        case None:
            return None
        case _:
            return card.question.kind


def test_three_packs_ship() -> None:
    assert SHIPPED == ["angry-customer", "fire-safety", "food-hygiene"]


@pytest.mark.parametrize("name", SHIPPED)
def test_nothing_is_wrong_with_it(name: str) -> None:
    assert [str(problem) for problem in read(name).problems] == []


@pytest.mark.parametrize("name", SHIPPED)
def test_it_uses_every_kind_in_short_lessons(name: str) -> None:
    pack = shipped(name)
    assert {card.question.kind for card in cards(pack, "en") if card.question} == KINDS
    assert all(2 <= lesson.minutes <= 3 for lesson in pack.lessons)
    assert len(pack.lessons) in range(4, 7)


@pytest.mark.parametrize("name", SHIPPED)
def test_it_is_the_same_in_both_languages(name: str) -> None:
    pack = shipped(name)
    main, other = (cards(pack, language) for language in pack.languages)
    assert [(card.id, truth(card)) for card in main] == [(card.id, truth(card)) for card in other]
    assert [card.id for card, theirs in zip(main, other, strict=True) if card.body == theirs.body] == []


@pytest.mark.parametrize("name", SHIPPED)
def test_every_mistake_is_explained(name: str) -> None:
    pack = shipped(name)
    for language in pack.languages:
        for card in cards(pack, language):
            assert card.question is None or card.question.explanation, (language, card.id)
            if isinstance(card.question, OneOf | Several):
                silent = [each.label for each in card.question.options if not each.right and not each.feedback]
                assert silent == [], (language, card.id)


@pytest.mark.parametrize("name", SHIPPED)
def test_the_longest_option_does_not_give_it_away(name: str) -> None:
    pack = shipped(name)
    for language in pack.languages:
        asked = [card.question for card in cards(pack, language) if isinstance(card.question, OneOf)]
        told = [q for q in asked if max(q.options, key=lambda option: len(option.label)).right]
        assert len(told) <= len(asked) / 2, language


@pytest.mark.parametrize("name", SHIPPED)
def test_pictures_open_fast_on_a_phone(name: str) -> None:
    pictures = shipped(name).pictures
    assert 3 <= len(pictures) <= 5
    assert [path for path, data in pictures.items() if len(data) > 60_000] == []
