"""Whether typed words mean an expected answer: forgiving of case, accents, spaces and small slips, not of another word.

Nothing here knows meanings. A slip is told from another word by rules: equal digits, equal signs, the same number of
words, the same first letter, no slip in very short words and no letter in place of another in short ones, and tables
of words that differ little and mean another thing.
"""

import re
from collections.abc import Sequence
from typing import Final

from lessons.questions.fold import Flat, digits, flatten, visible

_LONG_WORD: Final = 7  # letters from which on few words differ from another word by one letter
_LONGEST: Final = 400  # characters of a typed text that are compared; no option or answer is longer
# Words that are never a slip for another: counting, denying, and twins that only a swapped, doubled or left out letter
# tells apart. Only words of four letters and more can be mistaken.


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NEVER_A_SLIP: Final = _words(
    "none never nothing neither nobody without three four five seven eight nine eleven twelve thirteen thirty fifteen "
    "kein keine keinen nicht nichts niemals ohne zwei drei vier funf sechs sieben acht neun zehn zwolf hundert tausend "
    "jamais rien sans aucun aucune deux trois quatre cinq sept huit neuf onze douze cent mille "
    "nunca nada ninguno tres cuatro cinco seis siete ocho nueve diez doce cien "
    "form from dairy diary desert dessert trail trial angel angle quiet quite complaint compliant contact contract "
    "refuse reuse casual causal breath breathe later latter infected inflected"
)
# Beginnings and endings that turn a word into its opposite or another thing.
_BEGINNINGS: Final = (
    ("hyper", "hypo"), ("inter", "intra", "infra"), ("intro", "extro"), ("macro", "micro"), ("ante", "anti"),
    ("pre", "pro"), ("post", "pre"), ("endo", "ecto", "exo"), ("ab", "ad"), ("sub", "sup"), ("im", "ex"),
)  # fmt: skip
_ENDINGS: Final = (("ite", "ate", "ide"), ("er", "ee"), ("or", "ee"), ("ful", "less"), ("able", "less"))
_ARTICLES: Final = _words("the an der die das den dem ein eine einen le la les une el los las il lo het een")
_SYLLABLES: Final = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_PART: Final = re.compile(r"\s*(?:[,;،、\n]|(?:^|\s)\d{1,2}[.)]\s)\s*")


def tidy(text: str, most: int, rows: bool = False) -> str:
    """Text of a person, fit to be kept and shown: no control or direction characters, cut at `most` characters."""
    text = visible(text[: most * 4])
    lines = [line.strip() for line in text.split("\n")]
    return ("\n" if rows else " ").join(filter(None, lines))[:most].strip()


def same(typed: str, wanted: str) -> bool:
    """Whether `typed` is `wanted`, small slips aside."""
    if len(typed) > _LONGEST:
        return False
    flat = flatten(typed), flatten(wanted)
    if not flat[1].words and not flat[1].numbers:
        return bool(wanted) and _bare(typed) == _bare(wanted)  # an emoji or a sign alone
    return _alike(*flat) or any(
        _alike(flatten(typed, one), flatten(wanted, two)) for one, two in ((True, True), (True, False), (False, True))
    )


def exactly(typed: str, wanted: str) -> bool:
    """Whether both are the same words, with no slip."""
    return len(typed) <= _LONGEST and flatten(typed) == flatten(wanted)


def which(typed: str, labels: Sequence[str]) -> int | None:
    """The one label that `typed` means: the same words, its first words, or nearly its words; None if none or two."""
    typed = typed.strip()
    if not typed or len(typed) > _LONGEST:
        return None
    bare = [n for n, label in enumerate(labels) if _bare(typed) == _bare(label)]
    if len(bare) == 1:
        return bare[0]
    for fits in (exactly, _begins, same):
        found = [n for n, label in enumerate(labels) if fits(typed, label)]
        if found:
            return found[0] if len(found) == 1 else None
    return None


def which_ones(typed: str, labels: Sequence[str]) -> tuple[int, ...] | None:
    """The labels that `typed` lists, in its order; None if any part of it is none of them."""
    if (one := which(typed, labels)) is not None:
        return (one,)
    found = [which(part, labels) for part in parts(typed)]
    numbers = tuple(number for number in found if number is not None)
    return numbers if numbers and len(numbers) == len(found) else None


def parts(typed: str) -> list[str]:
    """A typed list, taken apart at commas, semicolons, line ends and its numbering."""
    return [part for part in (part.strip() for part in _PART.split(typed[: _LONGEST * 10])) if part]


def _bare(text: str) -> str:
    return digits(visible(text)).casefold().strip()


def _begins(typed: str, label: str) -> bool:
    """Whether `typed` is the first words of the label: "20" for "20 seconds"."""
    typed, label = " ".join(_tokens(typed)), " ".join(_tokens(label))
    return bool(typed) and label.startswith(typed + " ")


def _tokens(text: str) -> list[str]:
    return [word for word in (word.strip(",.;:!?") for word in _bare(text).split()) if word]


def _alike(typed: Flat, wanted: Flat) -> bool:
    if typed.numbers != wanted.numbers or typed.signs != wanted.signs:
        return False
    if typed.words == wanted.words or "".join(typed.words) == "".join(wanted.words):
        return True
    mine, theirs = _without_article(typed.words), _without_article(wanted.words)
    if len(mine) != len(theirs):
        return False
    slips = [_slips(a, b) for a, b in zip(mine, theirs, strict=True)]
    return None not in slips and sum(filter(None, slips)) <= 2


def _without_article(words: tuple[str, ...]) -> tuple[str, ...]:
    return words[1:] if len(words) > 1 and words[0] in _ARTICLES else words


def _slips(typed: str, wanted: str) -> int | None:
    """How many letters slipped between two words; None: too many, or another word. Damerau-Levenshtein distance."""
    if typed == wanted:
        return 0
    limit = _limit(min(len(typed), len(wanted)))
    if not limit or typed in _NEVER_A_SLIP or _SYLLABLES.search(wanted) or _opposed(typed, wanted):
        return None
    swapped = typed[:2] == wanted[1::-1]
    if typed[0] != wanted[0] and not swapped:  # "unsafe" and "safe", "cold" and "gold"; fingers seldom slip there
        return None
    if _another_letter(typed, wanted):
        return None
    from rapidfuzz.distance import DamerauLevenshtein  # here, for the command line must answer --help without it

    slips = DamerauLevenshtein.distance(typed, wanted, score_cutoff=limit)
    return slips if slips <= limit else None


def _another_letter(typed: str, wanted: str) -> bool:
    """Whether a short word has a letter in place of another: "soup" and "soap", "clear" and "clean", "batter" and "butter".

    A letter doubled, left out or swapped seldom makes another word; one that took another's place often does.
    """
    return len(typed) == len(wanted) < _LONG_WORD and sorted(typed) != sorted(wanted)


def _limit(letters: int) -> int:
    return 0 if letters < 4 else 1 if letters < 8 else 2


def _opposed(one: str, other: str) -> bool:
    """Whether the words differ just by a beginning or an ending that changes what they mean."""
    for table, cut in ((_BEGINNINGS, _after), (_ENDINGS, _before)):
        for group in table:
            stems = {(cut(one, a), cut(other, b)) for a in group for b in group if a != b}
            if any(a is not None and a == b for a, b in stems):
                return True
    return False


def _after(word: str, beginning: str) -> str | None:
    return word.removeprefix(beginning) if word.startswith(beginning) else None


def _before(word: str, ending: str) -> str | None:
    return word.removesuffix(ending) if word.endswith(ending) else None
