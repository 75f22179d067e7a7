"""What may be told of an exception: never its words, for they may be what people said."""

import traceback


def wordless(why: BaseException) -> str:
    """Its kind, and the place where it was raised: "KeyError at bot/turn.py:12"."""
    frames = traceback.extract_tb(why.__traceback__)[-1:]
    return " at ".join((type(why).__name__, *(f"{each.filename}:{each.lineno}" for each in frames)))
