"""The doors through which things go wrong: by count, or as a seeded storm.

Promise: the same seed and the same calls give the same faults. A fault says only what is to happen; the core and the
server make it happen. What each does:

    429       refused, with retry_after; nothing is handled
    500 502   refused, with a page of HTML as a proxy sends it; nothing is handled
    reset     the connection breaks before anything is handled
    silence   the connection stays open, nothing is handled and nothing ever answered (half-open)
    lost      handled, but the connection breaks before the answer
    mute      handled, but never answered (half-open afterwards)
    slow      handled, and answered after `seconds`
    garbage   handled, and answered 200 with something that is no JSON
    lacking   handled, and answered with a result that lacks required fields
    duplicate updates come twice: what was confirmed last comes again (getUpdates), or each is posted twice (webhook)
    reorder   updates come in the wrong order
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Final, NamedTuple

BEFORE: Final = frozenset({"429", "500", "502", "reset", "silence"})
AFTER: Final = frozenset({"lost", "mute", "slow", "garbage", "lacking"})
OF_UPDATES: Final = frozenset({"duplicate", "reorder"})
_APART: Final = frozenset({"getupdates", "webhook", "file"})  # not meant where no method is named
KINDS: Final = BEFORE | AFTER | OF_UPDATES


class Fault(NamedTuple):
    kind: str
    seconds: int = 1  # retry_after of a 429, or how slow


@dataclass
class Faults:
    """`calls` is told every fault that happened, as (method, kind)."""

    happened: list[tuple[str, str]] = field(default_factory=list)
    _waiting: list[tuple[str, Fault]] = field(default_factory=list)
    _storm: dict[str, dict[str, float]] = field(default_factory=dict)
    _seed: int = 0
    _luck: dict[str, Random] = field(default_factory=dict)  # each method has its own, so that polls change nothing
    _waits: tuple[int, int] = (1, 30)

    def next(self, kind: str, *, method: str = "", times: int = 1, seconds: int = 1) -> None:
        """The next `times` calls of `method` meet this fault: a method's name, "file" (a download) or "webhook". Without
        one: any call but getUpdates; faults of updates meet the next updates however they go out."""
        if kind not in KINDS:
            raise ValueError(f"No such fault: {kind}. There are {', '.join(sorted(KINDS))}.")
        self._waiting += [(method.lower(), Fault(kind, seconds))] * times

    def storm(
        self, seed: int, chances: Mapping[str, Mapping[str, float]], retry_after: tuple[int, int] = (1, 30)
    ) -> None:
        """From now on: {method: {fault: probability}}. "*" means all methods that are not named, but for getUpdates."""
        for name in {name for each in chances.values() for name in each} - KINDS:
            raise ValueError(f"No such fault: {name}")
        self._storm = {method.lower(): dict(each) for method, each in chances.items()}
        self._seed, self._luck = seed, {}
        self._waits = retry_after

    def calm(self) -> None:
        """No more faults."""
        self._storm.clear()
        self._waiting.clear()

    def pick(self, method: str) -> Fault | None:
        """What befalls this call. Method in small letters."""
        if not self._waiting and not self._storm:
            return None
        fault = self._due(method) or self._by_luck(method)
        if fault is not None:
            self.happened.append((method, fault.kind))
        return fault

    def _due(self, method: str) -> Fault | None:
        for at, (wanted, fault) in enumerate(self._waiting):
            nameless = method in ("getupdates", "webhook") if fault.kind in OF_UPDATES else method not in _APART
            if wanted == method or (not wanted and nameless):
                del self._waiting[at]
                return fault
        return None

    def _by_luck(self, method: str) -> Fault | None:
        chances = self._storm.get(method) or (self._storm.get("*") if method not in _APART else None)
        if not chances:
            return None
        luck = self._luck.setdefault(method, Random(f"{self._seed} {method}"))
        drawn = luck.random()
        for kind, chance in chances.items():
            drawn -= chance
            if drawn < 0:
                return Fault(kind, luck.randint(*self._waits) if kind == "429" else 1)
        return None
