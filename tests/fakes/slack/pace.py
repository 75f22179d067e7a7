"""How fast Slack lets an app go: buckets per method and workspace, and per channel for messages.

Source: docs.slack.dev/apis/web-api/rate-limits. Slack publishes tiers and "1 message per second per channel, short
bursts"; the burst and the cap of the whole workspace are estimates. Every number can be changed; `on` switches all off.
"""

import math

from tests.fakes.slack.limits import PER_MINUTE, TIERS

POSTS = frozenset({"chat.postMessage", "chat.postEphemeral"})


class Pace:
    """Asks nobody for the time: each question brings it. Times are seconds."""

    def __init__(self) -> None:
        self.on = True
        self.channel_rate = 1.0  # messages a second
        self.channel_burst = 5
        self.workspace_per_minute = 600.0
        self.workspace_burst = 100
        self.per_minute: dict[int, int] = dict(PER_MINUTE)
        self.tier_1_burst = 10  # "1+ per minute": ten sockets may be opened one after another
        self.until: dict[tuple[str, ...], float] = {}
        self._buckets: dict[tuple[str, ...], tuple[float, float]] = {}

    def pause(self, method: str, team: str, seconds: float, now: float) -> None:
        """That method rests in that workspace for so long (a 429 from the fault door)."""
        self.until[(method, team)] = now + seconds

    def resting(self, method: str, team: str, channel: str, now: float) -> float:
        """Seconds that were announced by an earlier Retry-After and have not passed. 0: none."""
        ends = max(self.until.get((method, team), 0.0), self.until.get((method, team, channel), 0.0))
        return max(0.0, ends - now)

    def ask(self, method: str, team: str, channel: str, now: float) -> int:
        """Seconds to wait before this call may come again; 0: it may go on."""
        if not self.on:
            return 0
        keys: list[tuple[tuple[str, ...], float, float]] = []
        if method in POSTS:
            keys.append(((method, team, channel), self.channel_rate, self.channel_burst))
            keys.append(((method, team), self.workspace_per_minute / 60, self.workspace_burst))
        elif method in TIERS:
            tier = TIERS[method]
            most = self.per_minute[tier]
            keys.append(((method, team), most / 60, self.tier_1_burst if tier == 1 else most))
        left = [(key, rate, self._left(key, rate, burst, now)) for key, rate, burst in keys]
        for key, rate, tokens in left:
            if tokens < 1.0:
                wait = max(1, math.ceil((1.0 - tokens) / rate))
                self.until[key] = now + wait
                return wait
        for key, _, tokens in left:
            self._buckets[key] = (tokens - 1.0, now)
        return 0

    def _left(self, key: tuple[str, ...], rate: float, burst: float, now: float) -> float:
        tokens, at = self._buckets.get(key, (float(burst), now))
        return min(float(burst), tokens + (now - at) * rate)
