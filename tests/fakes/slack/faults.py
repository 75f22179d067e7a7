"""The fault doors: what goes wrong between an app and Slack, by count or by seeded chance.

A fault of a call has a kind: "429", "500", "503", "reset" (before it is handled), "lost" (handled, its answer never
arrives), "hang" (no answer, the socket stays open), "slow", "garbage" (handled, the body is no JSON).
"""

import random
from collections.abc import Mapping
from typing import Final

from msgspec import Struct

KINDS: Final = ("429", "500", "503", "reset", "lost", "hang", "slow", "garbage")
HANDLED: Final = frozenset({"lost", "slow", "garbage"})  # the call takes effect all the same


class Fault(Struct, frozen=True):
    kind: str
    seconds: float = 1.0  # of Retry-After, or of slowness


class _Planned(Struct):
    method: str
    fault: Fault
    times: int


class Faults:
    def __init__(self) -> None:
        self._planned: list[_Planned] = []
        self._chances: dict[str, float] = {}
        self._methods: frozenset[str] = frozenset()
        self._luck = random.Random(0)
        self._waits = (1.0, 30.0)
        self.counts: dict[str, int] = {}
        self.strip: list[str] = []  # fields that the next events lack, one an event
        self.duplicates = 0.0  # the chance that an event is delivered twice
        self.reorder = 0  # deliveries that are held back and sent in another order
        self.luck = random.Random(0)  # of duplicates and order

    def add(self, method: str, kind: str, times: int = 1, seconds: float = 1.0) -> None:
        """The next `times` calls of `method` ("*": of any) go wrong so."""
        if kind not in KINDS:
            raise ValueError(f"no such fault: {kind}; there are {', '.join(KINDS)}")
        self._planned.append(_Planned(method, Fault(kind, seconds), times))

    def storm(
        self,
        chances: Mapping[str, float],
        seed: int = 1,
        methods: frozenset[str] = frozenset({"chat.postMessage"}),
        waits: tuple[float, float] = (1.0, 30.0),
    ) -> None:
        """From now on each call of `methods` goes wrong by these chances; `waits` bound Retry-After, whole seconds."""
        unknown = set(chances) - set(KINDS)
        if unknown:
            raise ValueError(f"no such fault: {', '.join(sorted(unknown))}")
        self._chances, self._methods, self._waits = dict(chances), methods, waits
        self._luck = random.Random(seed)

    def clear(self) -> None:
        self._planned.clear()
        self._chances = {}
        self.strip.clear()
        self.duplicates, self.reorder = 0.0, 0

    def take(self, method: str) -> Fault | None:
        """What goes wrong with this call."""
        fault = self._take(method)
        if fault:
            self.counts[fault.kind] = self.counts.get(fault.kind, 0) + 1
        return fault

    def _take(self, method: str) -> Fault | None:
        for planned in self._planned:
            if planned.method in (method, "*"):
                planned.times -= 1
                if planned.times <= 0:
                    self._planned.remove(planned)
                return planned.fault
        if not self._chances or method not in self._methods:
            return None
        roll = self._luck.random()
        for kind, chance in self._chances.items():
            if roll < chance:
                return Fault(kind, float(self._luck.randint(int(self._waits[0]), int(self._waits[1]))))
            roll -= chance
        return None
