"""How fast one account may talk: what the platform allows, and what it asked for lately. Pure: time is an argument.

Promise: answers never wait for the account's own rate, but they count, so that all together stays near it; what speaks
first waits. What speaks first is spread over each second, and no second holds more than it may, wherever one begins to
count. A chat that may not be told right now holds up no other. Nothing grows with the number of chats that rest.
"""

from collections import deque
from itertools import takewhile

from bot.ports import Pace

AT_ONCE = 3.0  # messages that may go together where the bot speaks first, or a tenth of a second's worth
CUT = 1e-4  # seconds that a second is longer with us: times are cut to whole microseconds
DEBT = 1.0  # seconds of what speaks first that answers may use up in advance, and no more


class Rate:
    """So many at once after a rest, then one every `interval` seconds. A bucket, kept as the time when it is full again."""

    __slots__ = ("burst", "full_at", "interval")

    def __init__(self, interval: float, burst: float) -> None:
        self.interval, self.burst, self.full_at = interval, burst, 0.0

    def spend(self, now: float) -> None:
        self.full_at = max(self.full_at, now) + self.interval
        self.keep_near(now)

    def open_at(self) -> float:
        """When one may go; now or earlier: at once."""
        return self.full_at - (self.burst - 1.0) * self.interval

    def left(self, now: float) -> int:
        """How many may go now."""
        since = now - max(self.open_at(), now - (self.burst - 1.0) * self.interval)
        return 0 if since < 0 else int(since / self.interval + 1e-3) + 1

    def keep_near(self, now: float) -> None:
        """Debt has an end, and a clock that was set back does not stop us for as long."""
        self.full_at = min(self.full_at, now + self.burst * self.interval + DEBT)


class Window:
    """So many in any second (or one in as long as one takes), kept as the times of the last so many."""

    __slots__ = ("length", "most", "times")

    def __init__(self, pace: float) -> None:
        self.most = max(int(pace), 1)
        self.length = self.most / pace + CUT
        self.times: deque[float] = deque(maxlen=self.most)

    def spend(self, now: float) -> None:
        self.keep_near(now)
        self.times.append(now)

    def open_at(self) -> float:
        """When one may go; now or earlier: at once."""
        return self.times[0] + self.length if len(self.times) == self.most else 0.0

    def left(self, now: float) -> int:
        """How many may go now."""
        over = sum(1 for _ in takewhile(lambda at: at + self.length <= now, self.times))
        return self.most - len(self.times) + over

    def keep_near(self, now: float) -> None:
        """A clock that was set back: what lies in the future was just now."""
        if self.times and self.times[-1] > now:
            self.times = deque((min(at, now) for at in self.times), self.most)


class Account:
    """One account of one channel. All times are seconds since 1970. A chat is anything that can be a key."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._all: tuple[Rate | Window, ...] = ()
        if pace.pushes:
            self._all = Rate(1 / pace.pushes, max(AT_ONCE, pace.pushes / 10)), Window(pace.pushes)
        self._chats: dict[object, Rate] = {}
        self._resting: dict[object, float] = {}  # the platform asked to leave this chat alone until then
        self._rests_until = 0.0  # and here the whole account
        self._sends_rest_until = 0.0  # and here only its new messages

    # --- Asking --------------------------------------------------------------------------------------------------------

    def open_at(self) -> float:
        """When anything may go here; now or earlier: at once."""
        return self._rests_until

    def sends_at(self) -> float:
        """When a new message may go here; now or earlier: at once."""
        return max(self._rests_until, self._sends_rest_until)

    def pushes(self, now: float) -> int | None:
        """How many may go now where the bot speaks first; None: as many as there are."""
        return min((each.left(now) for each in self._all), default=None)

    def pushes_at(self) -> float:
        """When the next of them may go."""
        return max((each.open_at() for each in self._all), default=0.0)

    def rests_until(self, chat: object, *, new: bool = False) -> float:
        """Until when the platform wants no word there, or no `new` message; now or earlier: it does not mind."""
        return max(self.sends_at() if new else self.open_at(), self._resting.get(chat, 0.0))

    def chat_at(self, chat: object, *, new: bool = False) -> float:
        """When that chat may be told something, or something `new`; now or earlier: at once."""
        rate = self._chats.get(chat)
        return max(self.rests_until(chat, new=new), rate.open_at() if rate else 0.0)

    def held(self, now: float) -> int:
        """How many chats of their own may not be told anything right now. What is over is forgotten here."""
        for rate in (*self._chats.values(), *self._all):
            rate.keep_near(now)
        self._chats = {chat: rate for chat, rate in self._chats.items() if rate.full_at > now}
        self._resting = {chat: until for chat, until in self._resting.items() if until > now}
        return len(self._resting) + sum(rate.open_at() > now for rate in self._chats.values())

    # --- Being told ----------------------------------------------------------------------------------------------------

    def spend(self, chat: object, now: float, *, group: bool) -> None:
        """A message goes to that chat. `group`: several people read there."""
        for each in self._all:
            each.spend(now)
        if interval := self._pace.group if group else self._pace.chat:
            self._chats.setdefault(chat, Rate(interval, self._pace.burst)).spend(now)

    def rest(self, chat: object, until: float) -> None:
        """The platform asked to leave that chat alone."""
        self._resting[chat] = max(self._resting.get(chat, 0.0), until)

    def rest_all(self, until: float) -> None:
        """The platform asked to leave the whole account alone."""
        self._rests_until = max(self._rests_until, until)

    def rest_sends(self, until: float) -> None:
        """The platform asked for no new messages of the account; what is there may be changed."""
        self._sends_rest_until = max(self._sends_rest_until, until)
