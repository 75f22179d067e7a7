"""How fast is too fast: Telegram's unwritten limits, by the figures of its FAQ (limits.Pace).

Promise: says how many seconds to wait, and remembers who did not (`early`). What was refused does not count. It decides
nothing else.
"""

from collections import defaultdict, deque
from dataclasses import dataclass, field
from math import ceil

from tests.fakes.telegram.limits import Pace

_GRAIN = 1e-6  # seconds; a pace of exactly the limit is no flood


@dataclass
class Bucket:
    left: float
    at: float


@dataclass
class Flood:
    pace: Pace
    early: list[tuple[float, int, float]] = field(
        default_factory=list
    )  # (when, chat, not before): sent in spite of a 429
    refused: list[tuple[float, int, int]] = field(default_factory=list)  # (when, chat, seconds to wait)
    _quiet: dict[int, float] = field(default_factory=dict)  # chat -> until when it asked to be left alone
    _chats: dict[int, Bucket] = field(default_factory=dict)
    _groups: dict[int, deque[float]] = field(default_factory=lambda: defaultdict(deque))
    _bulk: deque[float] = field(default_factory=deque)

    def told(self, now: float, chat: int, seconds: int) -> None:
        """A 429 goes out for this chat, from here or by a fault."""
        self.refused.append((now, chat, seconds))
        self._quiet[chat] = now + seconds

    def note(self, now: float, chat: int) -> None:
        """A call that sends arrives: was it too early?"""
        until = self._quiet.get(chat, 0.0)
        if until > now + _GRAIN:
            self.early.append((now, chat, until))

    def wait(self, now: float, chat: int, *, group: bool, wrote: float) -> int:
        """Seconds to wait before the next message there, or 0: then it counts as sent. `wrote`: when the chat wrote last."""
        if self.pace.off:
            return 0
        bulk = wrote < now - self.pace.lately
        needed = max(
            self._chat(now, chat),
            self._window(self._groups[chat], now, 60.0, self.pace.group) if group else 0.0,
            self._window(self._bulk, now, 1.0, self.pace.bulk) if bulk else 0.0,
        )
        if needed > 0:
            return max(1, ceil(needed))
        self._chats[chat].left -= 1.0
        if group:
            self._groups[chat].append(now)
        if bulk:
            self._bulk.append(now)
        return 0

    def _chat(self, now: float, chat: int) -> float:
        full = float(self.pace.chat_burst)
        bucket = self._chats.setdefault(chat, Bucket(full, now))
        bucket.left = min(full, bucket.left + (now - bucket.at) * self.pace.chat_rate)
        bucket.at = now
        return 0.0 if bucket.left >= 1.0 - _GRAIN else (1.0 - bucket.left) / self.pace.chat_rate

    @staticmethod
    def _window(times: deque[float], now: float, length: float, most: int) -> float:
        while times and times[0] <= now - length + _GRAIN:
            times.popleft()
        return 0.0 if len(times) < most else times[0] + length - now
