"""Numbers as people write them: both decimal styles, all digits, fractions, and units with their other names.

Reads; does not judge. Languages of unit names: English, German, French, Spanish; an unknown unit is kept as written.
"""

import re
import unicodedata
from decimal import Decimal
from typing import Final

from msgspec import Struct

from lessons.questions.fold import digits, visible


class Quantity(Struct, frozen=True):
    """`readings`: what the number can mean ("1,000" is 1000 or 1); one or two. `unit` as written, or empty."""

    readings: tuple[Decimal, ...]
    unit: str = ""


_LONGEST: Final = 60  # characters of a number with its unit
# dimension and how many of its base one is. "m" is metre or minute, "°" either scale.
_UNITS: Final[tuple[tuple[str, str, str], ...]] = (
    ("time", "1", "s sec secs second seconds sek sekunde sekunden seconde secondes segundo segundos"),
    ("time", "60", "m min mins minute minutes minuten minuto minutos"),
    ("time", "3600", "h hr hrs hour hours std stunde stunden heure heures hora horas"),
    ("time", "86400", "d day days tag tage tagen jour jours dia dias día días"),
    ("time", "604800", "week weeks wk wks woche wochen semaine semaines semana semanas"),
    ("month", "1", "month months monat monate monaten mois mes meses"),
    ("month", "12", "year years yr yrs jahr jahre jahren an ans année années año años"),
    ("length", "0.001", "mm millimeter millimeters millimetre millimetres milimetros"),
    ("length", "0.01", "cm centimeter centimeters centimetre centimetres zentimeter centímetros centimetros"),
    ("length", "1", "m meter meters metre metres mètre mètres metern metro metros"),
    ("length", "1000", "km kilometer kilometers kilometre kilometres kilometern kilómetros kilometros"),
    ("length", "0.0254", "in inch inches zoll"),
    ("length", "0.3048", "ft foot feet"),
    ("mass", "0.001", "mg milligram milligrams milligramm"),
    ("mass", "1", "g gr gram grams gramm gramme grammes gramos"),
    ("mass", "1000", "kg kgs kilo kilos kilogram kilograms kilogramm kilogramme kilogrammes kilogramos"),
    ("mass", "1000000", "t ton tons tonne tonnes tonnen"),
    ("mass", "453.59237", "lb lbs pound pounds pfund"),
    ("volume", "0.001", "ml milliliter milliliters millilitre millilitres mililitros"),
    ("volume", "0.01", "cl centiliter centilitre"),
    ("volume", "0.1", "dl deciliter decilitre"),
    ("volume", "1", "l liter liters litre litres litern litro litros"),
    (
        "celsius",
        "1",
        "°c c celsius °celsius degreescelsius degreecelsius degreesc gradcelsius ° degrees degree grad grados",
    ),
    ("fahrenheit", "1", "°f f fahrenheit °fahrenheit degreesfahrenheit degreesf ° degrees degree grad grados"),
    ("share", "1", "% percent percentage prozent pourcent porciento pct pc"),
    ("euro", "1", "€ eur euro euros"),
    ("dollar", "1", "$ usd dollar dollars"),
    ("pound", "1", "£ gbp pound pounds quid"),
)
_MEANINGS: Final[dict[str, dict[str, Decimal]]] = {}
for _dimension, _factor, _names in _UNITS:
    for _name in _names.split():
        _MEANINGS.setdefault(_name, {})[_dimension] = Decimal(_factor)
_TIMES: Final = {
    "k": 1000, "thousand": 1000, "tausend": 1000, "tsd": 1000, "mil": 1000, "mille": 1000, "dozen": 12, "hundred": 100,
    "million": 10**6, "millions": 10**6, "millionen": 10**6, "mio": 10**6, "billion": 10**9, "milliard": 10**9,
}  # fmt: skip
_ABOUT: Final = re.compile(
    r"^(?:(?:about|around|approx\.?|approximately|roughly|circa|ca\.?|etwa|ungefähr|rund|environ|unos)\s|[~≈=])\s*",
    re.I,
)
_MINUS: Final = re.compile(r"^(?:minus|moins|menos)\s+", re.I)
_NUMBER: Final = re.compile(
    r"(?P<before>[€$£¥])?\s?"
    r"(?P<number>[-+]?(?:\d{1,3}(?:[ '’]\d{3})+(?:[.,]\d+)?|(?:\d+ )?\d+/\d+|\d+(?:[.,]\d+)*|[.,]\d+))"
    r"\s?(?P<unit>\D.*)?"
)
_UNIT: Final = re.compile(r"[%°€$£¥]|°? ?[^\W\d_]+\.?[23]?(?:/[^\W\d_]+[23]?)?(?: [^\W\d_]+){0,2}")


def read(text: str) -> Quantity | None:
    """The number and unit in `text`, or None if it is anything else."""
    if len(text) > _LONGEST * 4:
        return None
    text = visible(_fractions(text)).replace("\n", " ").strip()
    text = digits(unicodedata.normalize("NFKC", text.translate(_SIGNS))).strip().rstrip(" .!?;,")
    found = _NUMBER.fullmatch(_MINUS.sub("-", _ABOUT.sub("", text)))
    if not found or len(text) > _LONGEST:
        return None
    readings = _readings(found["number"])
    unit = (found["unit"] or found["before"] or "").strip()
    if not readings or (unit and not _UNIT.fullmatch(unit)) or (found["unit"] and found["before"]):
        return None
    if (times := _TIMES.get(unit.casefold())) is not None:
        return Quantity(tuple(reading * times for reading in readings))
    return Quantity(readings, unit)


def in_unit(quantity: Quantity, unit: str) -> tuple[Decimal, ...]:
    """The readings in `unit` ("1 h" is 60 in "min"); none when that cannot be. A number without unit is in any."""
    if not unit or not quantity.unit or _key(unit) == _key(quantity.unit):
        return quantity.readings
    mine, theirs = known(quantity.unit), known(unit)
    factors = [mine[dimension] / theirs[dimension] for dimension in mine if dimension in theirs]
    return tuple(reading * factor for factor in factors for reading in quantity.readings)


def known(unit: str) -> dict[str, Decimal]:
    """What a unit's name can mean: dimension -> how many of its base. Empty for an unknown one."""
    return _MEANINGS.get(_key(unit), {})


_SIGNS: Final = str.maketrans(
    {"−": "-", "–": "-", "‑": "-", "٫": ".", "٬": ",", "٪": "%", "²": "2", "³": "3", "’": "'"}
)
_FRACTION: Final = re.compile(r"(\d*)\s?([¼½¾⅐-⅞])")
_SUPER: Final = re.compile("(?<=[0-9])[²³¹⁰⁴-⁹]")


def _fractions(text: str) -> str:
    """1½ as 1.5. A power after a digit is made unreadable, or 5² would become 52."""
    text = _SUPER.sub("^", text)
    return _FRACTION.sub(lambda m: str(int(m[1][:9] or 0) + Decimal(str(unicodedata.numeric(m[2])))), text)


def _key(unit: str) -> str:
    return re.sub(r"[\s.]", "", unit).casefold()


def _readings(number: str) -> tuple[Decimal, ...]:
    number = re.sub("[ '](?=[0-9]{3}(?![0-9]))", "", number)
    if "/" in number:
        return _fraction(number)
    sign, number = (-1 if number[0] == "-" else 1), number.lstrip("+-")
    return tuple(sign * Decimal(text) for text in _styles(number))


def _styles(number: str) -> list[str]:
    """An unsigned number in the styles that allow it, each with a decimal point."""
    seps = [c for c in number if c in ".,"]
    if not seps:
        return [number]
    last = seps[-1]
    whole, _, decimals = number.rpartition(last)
    grouped = re.compile(r"[1-9]\d{0,2}(?:([.,])\d{3})(?:\1\d{3})*")
    if len(set(seps)) == 2:
        fits = seps.count(last) == 1 and grouped.fullmatch(whole)
        return [re.sub("[.,]", "", whole) + "." + decimals] if fits else []
    if len(seps) > 1:
        return [number.replace(last, "")] if grouped.fullmatch(number) else []
    readings = [f"{whole or 0}.{decimals}"]
    return [*readings, number.replace(last, "")] if grouped.fullmatch(number) else readings


def _fraction(number: str) -> tuple[Decimal, ...]:
    sign = -1 if number[0] == "-" else 1
    whole, _, fraction = number.lstrip("+-").rpartition(" ")
    above, _, below = fraction.partition("/")
    if not int(below):
        return ()
    return (sign * (int(whole or 0) + Decimal(int(above)) / int(below)),)
