"""The clock, and the beat that rings alarms.

Promise: what is due is delivered within a beat, batch by batch, never faster than it is taken; a beat that fails is
logged and the next one comes. The only file of ours that reads the clock.
It holds no jobs per person (alarms are rows, so ringing costs what is due, not who exists) and decides nothing:
APScheduler only beats. Its own cron fires twice in the autumn hour, and two of its processes fire everything twice.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bot.events import Incoming
from bot.ports import Clock, Deliver

# The alarms that have come due by that time, earliest first, at most so many.
Due = Callable[[datetime, int], Awaitable[Sequence[Incoming]]]

EVERY = timedelta(seconds=5)
BATCH = 500

_log = structlog.get_logger(__name__)


class SystemClock:
    """The computer's own clock, in UTC."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class ShiftedClock:
    """Another clock moved on by `offset`: the time machine of the demo. It only goes forward: memories have no undo."""

    def __init__(self, clock: Clock, offset: timedelta = timedelta()) -> None:
        self.clock = clock
        self.offset = offset

    def now(self) -> datetime:
        return self.clock.now() + self.offset

    def forward(self, by: timedelta) -> None:
        """Moves on. Raises ValueError when `by` is negative. Let the metronome `tick` afterwards, to ring at once."""
        if by < timedelta():
            raise ValueError("time goes forward")
        self.offset += by


class Metronome:
    """Asks `due` every now and then, and delivers what it says. Start and stop it inside a running event loop."""

    def __init__(self, clock: Clock, due: Due, deliver: Deliver, every: timedelta = EVERY, batch: int = BATCH) -> None:
        self._clock, self._due, self._deliver = clock, due, deliver
        self._every, self._batch = every, batch
        self._ringing = asyncio.Lock()
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._watch: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Beats from now on, the first time at once."""
        logging.getLogger("apscheduler").setLevel(logging.WARNING)  # it tells of every beat
        self._job = self._scheduler.add_job(
            self._beat,
            IntervalTrigger(seconds=self._every.total_seconds(), timezone=UTC),
            next_run_time=datetime.now(UTC),
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )
        self._scheduler.start()

    def stop(self) -> None:
        """Beats no more. A beat under way is cancelled; what it did not deliver is still due at the next start."""
        if self._watch:
            self._watch.cancel()
        self._scheduler.shutdown(wait=False)

    async def tick(self) -> None:
        """Delivers everything that is due now. Also good when the clock was moved. Waits for a beat under way."""
        async with self._ringing:
            before: set[str] = set()
            # What was delivered and is due all the same (its turn was put aside, say) must not keep us here for ever.
            due = await self._ask()
            while batch := [rang for rang in due if rang.id not in before]:
                before = {rang.id for rang in due}
                results = await asyncio.gather(*map(self._deliver, batch), return_exceptions=True)
                for rang, result in zip(batch, results, strict=True):
                    if isinstance(result, BaseException):
                        _log.error("An alarm could not be delivered; it rings again.", id=rang.id, exc_info=result)
                due = await self._ask()

    async def _ask(self) -> Sequence[Incoming]:
        return await self._due(self._clock.now(), self._batch)

    async def _beat(self) -> None:
        self._look_after()
        try:
            await self.tick()
        except Exception:  # whatever it was, the next beat must come
            _log.exception("A beat of the metronome failed; the next one comes in time.")

    def _look_after(self) -> None:
        """APScheduler sleeps until a time of day: were the clock set back an hour, it would be silent for an hour."""
        if self._watch:
            self._watch.cancel()
        self._watch = asyncio.get_running_loop().call_later(3 * self._every.total_seconds(), self._wake)

    def _wake(self) -> None:
        self._job.modify(next_run_time=datetime.now(UTC))
        self._look_after()
