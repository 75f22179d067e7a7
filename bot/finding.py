"""Which pack or unit somebody means by a few words: its id, its name, the beginning or nearly so. Pure."""

import unicodedata
from collections.abc import Iterable

from bot.given import Catalog, Unit
from lessons.model import Pack

CLOSE = 82  # of 100, rapidfuzz's ratio: one slip in a short word

MOST_WORDS = 40  # each place to cut them is tried: thousands of words would keep everybody waiting


def fold(text: str) -> str:
    """For comparing: no case, no accents, single spaces."""
    flat = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(flat.casefold().replace("-", " ").split())


def find(words: str, names: Iterable[tuple[str, tuple[str, ...]]]) -> str | None:
    """The id of what is meant among (id, names), or None when nothing or more than one thing fits."""
    wanted = fold(words)
    if not wanted:
        return None
    folded = [(id_, [fold(name) for name in (id_, *each)]) for id_, each in names]
    for fits in (
        lambda name: name == wanted,
        lambda name: name.startswith(wanted),
        lambda name: wanted in name.split(),
        lambda name: _close(wanted, name),
    ):
        found = [id_ for id_, each in folded if any(map(fits, each))]
        if found:
            return found[0] if len(found) == 1 else None
    return None


def find_pack(words: str, catalog: Catalog) -> Pack | None:
    found = find(words, ((pack.id, tuple(pack.titles.values())) for pack in catalog.packs.values()))
    return catalog.packs[found] if found else None


def _named_pack(words: str, catalog: Catalog) -> Pack | None:
    """The pack with just that id or name, if there is one and no more."""
    wanted = fold(words)
    found = [each for each in catalog.packs.values() if wanted in map(fold, (each.id, *each.titles.values()))]
    return found[0] if len(found) == 1 else None


def find_unit(words: str, catalog: Catalog, within: str) -> Unit | None:
    """A unit among `within` and those below it."""
    found = find(words, ((unit.id, (unit.name,)) for unit in catalog.below(within)))
    return catalog.units[found] if found else None


def split_unit_pack(words: str, catalog: Catalog, within: str) -> tuple[Unit | None, Pack | None, str]:
    """ "harbour food hygiene" -> the unit, the pack, and what could not be understood."""
    parts = words.split()
    if len(parts) > MOST_WORDS:
        return None, None, words
    for cut in range(len(parts), -1, -1):
        left, right = " ".join(parts[:cut]), " ".join(parts[cut:])
        unit = find_unit(left, catalog, within) if left else None
        pack = find_pack(right, catalog) if right else None
        if bool(left) == bool(unit) and bool(right) == bool(pack):
            return unit, pack, ""
    return None, None, words


def split_pack_rest(words: str, catalog: Catalog) -> tuple[Pack | None, str]:
    """ "food hygiene harbour store" -> the pack by as many words as name one, and the rest."""
    parts = words.split()
    if len(parts) > MOST_WORDS:
        return None, words
    cuts = [(" ".join(parts[:cut]), " ".join(parts[cut:])) for cut in range(len(parts), 0, -1)]
    for meant in (_named_pack, find_pack):  # "food hygiene bar" is food hygiene for the bar, not nearly food hygiene
        for left, right in cuts:
            pack = meant(left, catalog)
            if pack:
                return pack, right
    return None, words


def _close(wanted: str, name: str) -> bool:
    from rapidfuzz.fuzz import ratio

    return len(wanted) > 3 and ratio(wanted, name) >= CLOSE
