"""The organisation's tree, as turns see it."""

import pytest

from bot.given import Catalog, Unit

UNITS = {unit.id: unit for unit in (Unit("all", "All"), Unit("north", "North", "all"), Unit("shop", "Shop", "north"))}
ROUND = {unit.id: unit for unit in (Unit("a", "A", "b"), Unit("b", "B", "a"))}


@pytest.mark.parametrize(
    ("unit", "top", "below"),
    [
        ("shop", "shop", True),
        ("shop", "north", True),
        ("shop", "all", True),
        ("north", "shop", False),
        ("gone", "all", False),
        ("", "all", False),
        ("", "", False),
    ],
)
def test_below_is_the_unit_itself_and_all_under_it(unit: str, top: str, below: bool) -> None:
    assert Catalog(units=UNITS).is_below(unit, top) is below


def test_a_circle_of_units_ends() -> None:
    assert Catalog(units=ROUND).is_below("a", "b")
    assert not Catalog(units=ROUND).is_below("a", "c")
