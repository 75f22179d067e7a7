"""What a new version of a pack changes for people who learn with it: cards new, changed, moved, gone."""

from bisect import bisect_left
from collections.abc import Iterator

from msgspec import Struct

from lessons.model import Card, Lesson, Pack


class Comparison(Struct, frozen=True):
    """Ids of cards, in the new pack's order; `gone` in the old one's. A card can be changed and moved.

    `new` and `gone` cards start and end memories; `changed` and `moved` ones keep them.
    """

    new: tuple[str, ...]
    changed: tuple[str, ...]
    moved: tuple[str, ...]
    gone: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.new or self.changed or self.moved or self.gone)


def compare(old: Pack, new: Pack) -> Comparison:
    before, now = _cards(old), _cards(new)
    stays = [card for card in now if card in before]
    return Comparison(
        new=tuple(card for card in now if card not in before),
        changed=tuple(card for card in stays if before[card][1] != now[card][1]),
        moved=_moved({card: before[card][0] for card in before}, {card: now[card][0] for card in stays}),
        gone=tuple(card for card in before if card not in now),
    )


def _cards(pack: Pack) -> dict[str, tuple[str, frozenset[tuple[str, str]]]]:
    """id -> its lesson, and what it says in each language. Where it stands in a file does not count."""
    said: dict[str, set[tuple[str, str]]] = {}
    for language, lessons in ((pack.languages[0], pack.lessons), *pack.translated.items()):
        for _, card in _each(lessons):
            said.setdefault(card.id, set()).add((language, repr((card.body, card.question))))
    return {card.id: (lesson.id, frozenset(said[card.id])) for lesson, card in _each(pack.lessons)}


def _each(lessons: tuple[Lesson, ...]) -> Iterator[tuple[Lesson, Card]]:
    return ((lesson, card) for lesson in lessons for card in lesson.cards)


def _moved(before: dict[str, str], now: dict[str, str]) -> tuple[str, ...]:
    """Cards in another lesson, and the fewest that explain a new order: all but a longest run that kept its order."""
    place = {card: number for number, card in enumerate(before)}
    steady = _longest_rising([place[card] for card in now if before[card] == now[card]])
    return tuple(card for card in now if before[card] != now[card] or place[card] not in steady)


def _longest_rising(numbers: list[int]) -> set[int]:
    """A longest rising subsequence, by patience sorting: O(n log n)."""
    tops: list[int] = []
    below: dict[int, int | None] = {}
    for number in numbers:
        pile = bisect_left(tops, number)
        below[number] = tops[pile - 1] if pile else None
        tops[pile : pile + 1] = [number]
    kept: set[int] = set()
    number_: int | None = tops[-1] if tops else None
    while number_ is not None:
        kept.add(number_)
        number_ = below[number_]
    return kept
