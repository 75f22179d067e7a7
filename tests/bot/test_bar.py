"""The bar of a card, the same in every chat."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.message import BAR, Progress


@pytest.mark.parametrize(
    ("at", "of", "bar"),
    [
        (0, 0, ""),
        (1, 0, ""),
        (1, -3, ""),
        (0, 3, "▱▱▱"),
        (1, 1, "▰"),
        (2, 2, "▰▰"),
        (0, 7, "▱▱▱▱▱▱▱"),
        (1, 7, "▰▱▱▱▱▱▱"),
        (3, 7, "▰▰▰▱▱▱▱"),
        (7, 7, "▰▰▰▰▰▰▰"),
        (1, 100, "▰▱▱▱▱▱▱"),
        (50, 100, "▰▰▰▰▱▱▱"),
        (99, 100, "▰▰▰▰▰▰▱"),
        (100, 100, "▰▰▰▰▰▰▰"),
        (9, 7, "▰▰▰▰▰▰▰"),
        (-1, 7, "▱▱▱▱▱▱▱"),
    ],
)
def test_the_bar(at: int, of: int, bar: str) -> None:
    assert Progress("", at, of).bar == bar


@given(st.integers(1, 10_000).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_it_never_says_nothing_or_all_too_early_and_never_goes_back(where: tuple[int, int]) -> None:
    at, of = where
    bar = Progress("", at, of).bar
    assert len(bar) == min(of, BAR)
    assert ("▰" in bar) == (at > 0)
    assert ("▱" in bar) == (at < of)
    assert bar.count("▰") >= Progress("", max(at - 1, 0), of).bar.count("▰")
