"""Did you mean …? The nearest of the known words, if one is near enough. Says nothing of its own."""

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that `word` was probably meant to be, or an empty text."""
    from rapidfuzz import fuzz, process  # here, for the command line must answer --help without it

    found = process.extractOne(word[:100], list(known), scorer=fuzz.ratio, processor=str.casefold, score_cutoff=60)
    return found[0] if found else ""
