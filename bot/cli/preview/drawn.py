"""What a message looks like in one chat, and how much of each limit it takes. A value; no behaviour."""

from collections.abc import Callable

from markupsafe import Markup
from msgspec import Struct

from lessons.prose import Picture

Source = Callable[[Picture], str]  # a data: address of a picture, or empty where there is none
NEAR = 0.8  # of a limit: worth a look


class Gauge(Struct, frozen=True):
    """How much of a limit is used."""

    name: str
    used: int
    most: int

    @property
    def state(self) -> str:
        """In a word, for nothing is told by colour alone."""
        if self.used > self.most:
            return "too much"
        return "nearly full" if self.used >= NEAR * self.most else ""


class Drawn(Struct, frozen=True):
    """Bubbles of HTML, in order, and the gauges of the fullest of them."""

    bubbles: tuple[Markup, ...]
    gauges: tuple[Gauge, ...]


def fullest(gauges: list[Gauge]) -> tuple[Gauge, ...]:
    """Of each limit the gauge that is nearest to it, in the order in which they came."""
    best: dict[str, Gauge] = {}
    for gauge in gauges:
        if gauge.name not in best or gauge.used * best[gauge.name].most > best[gauge.name].used * gauge.most:
            best[gauge.name] = gauge
    return tuple(best.values())
