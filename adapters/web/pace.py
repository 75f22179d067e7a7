"""How fast one may knock: a token bucket per key. Time is an argument. It remembers only those who knocked lately."""


class Pace:
    """`burst` knocks at once, then `rate` a second. At most `keys` are remembered; the longest quiet one falls out."""

    def __init__(self, rate: float, burst: float, keys: int = 10_000) -> None:
        self._rate = rate
        self._burst = burst
        self._keys = keys
        self._left: dict[str, tuple[float, float]] = {}  # key -> tokens left, at which second

    def wait(self, key: str, now: float) -> float:
        """0 when this knock may pass (and is counted), else how many seconds to wait. `now` in seconds, any start."""
        tokens, then = self._left.pop(key, (self._burst, now))
        tokens = min(self._burst, tokens + max(0.0, now - then) * self._rate)
        passes = tokens >= 1
        self._left[key] = (tokens - 1 if passes else tokens, now)
        if len(self._left) > self._keys:
            del self._left[next(iter(self._left))]
        return 0.0 if passes else (1 - tokens) / self._rate
