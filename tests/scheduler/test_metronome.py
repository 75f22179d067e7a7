"""The metronome on the real APScheduler, with alarms in a list and short beats."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from bot.events import Incoming, Rang
from scheduler.metronome import Metronome, ShiftedClock, SystemClock

HOUR = timedelta(hours=1)
BEAT = timedelta(milliseconds=20)


class StoppedClock:
    def __init__(self) -> None:
        self.time = datetime(2026, 3, 2, 9, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time


class Alarms:
    """What a store does: alarms that are due until their ring was taken."""

    def __init__(self, *due: datetime) -> None:
        self.waiting = {f"alarm/{number}": at for number, at in enumerate(due)}
        self.rung: list[str] = []
        self.asked: list[int] = []  # how many waited, at each question
        self.at_once = self.most_at_once = 0
        self.broken: Exception | None = None
        self.refuses: set[str] = set()

    async def due(self, now: datetime, limit: int) -> list[Incoming]:
        self.asked.append(len(self.waiting))
        if self.broken:
            error, self.broken = self.broken, None
            raise error
        due = sorted((at, id_) for id_, at in self.waiting.items() if at <= now)[:limit]
        return [Incoming(id_, Rang(at), now, person="p") for at, id_ in due]

    async def deliver(self, incoming: Incoming) -> None:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        if incoming.id in self.refuses:
            raise RuntimeError("no")
        self.rung.append(incoming.id)
        del self.waiting[incoming.id]


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not true():
            await asyncio.sleep(0.005)


@asynccontextmanager
async def beating(alarms: Alarms, clock: StoppedClock | ShiftedClock, batch: int = 500) -> AsyncIterator[Metronome]:
    metronome = Metronome(clock, alarms.due, alarms.deliver, BEAT, batch)
    metronome.start()
    try:
        yield metronome
    finally:
        metronome.stop()
        await asyncio.sleep(0)  # APScheduler stops at the next turn of the loop


async def test_it_rings_what_is_due_and_nothing_else() -> None:
    clock = StoppedClock()
    alarms = Alarms(clock.time, clock.time - HOUR, clock.time + HOUR)
    async with beating(alarms, clock):
        await until(lambda: len(alarms.asked) > 5)
        assert alarms.rung == ["alarm/1", "alarm/0"]
        clock.time += HOUR
        await until(lambda: len(alarms.rung) == 3)


async def test_a_heap_goes_batch_by_batch_and_never_faster_than_it_is_taken() -> None:
    clock = StoppedClock()
    alarms = Alarms(*[clock.time] * 95)
    await Metronome(clock, alarms.due, alarms.deliver, batch=10).tick()
    assert len(alarms.rung) == len(set(alarms.rung)) == 95
    assert alarms.most_at_once == 10
    assert alarms.asked == [95, 85, 75, 65, 55, 45, 35, 25, 15, 5, 0]


async def test_a_failing_beat_is_logged_and_the_next_one_comes() -> None:
    clock = StoppedClock()
    alarms = Alarms(clock.time)
    alarms.broken = ConnectionError("the database is away")
    with capture_logs() as logs:
        async with beating(alarms, clock):
            await until(lambda: bool(alarms.rung))
    assert [entry["log_level"] for entry in logs] == ["error"]


async def test_an_alarm_that_cannot_be_delivered_stops_no_other_and_rings_again() -> None:
    clock = StoppedClock()
    alarms = Alarms(*[clock.time] * 5)
    alarms.refuses = {"alarm/0", "alarm/3"}
    with capture_logs() as logs:
        await Metronome(clock, alarms.due, alarms.deliver, batch=3).tick()  # comes to an end
    assert alarms.rung == ["alarm/1", "alarm/2", "alarm/4"]
    assert {entry["id"] for entry in logs} == alarms.refuses
    alarms.refuses = set()
    await Metronome(clock, alarms.due, alarms.deliver).tick()
    assert not alarms.waiting


async def test_two_ticks_at_once_ring_once() -> None:
    clock = StoppedClock()
    alarms = Alarms(*[clock.time] * 20)
    metronome = Metronome(clock, alarms.due, alarms.deliver, batch=5)
    await asyncio.gather(*(metronome.tick() for _ in range(5)))
    assert len(alarms.rung) == 20


async def test_the_time_machine_rings_at_once() -> None:
    clock = ShiftedClock(StoppedClock())
    alarms = Alarms(clock.now() + HOUR)
    metronome = Metronome(clock, alarms.due, alarms.deliver)
    await metronome.tick()
    assert not alarms.rung
    clock.forward(HOUR)
    await metronome.tick()
    assert alarms.rung == ["alarm/0"]


async def test_a_clock_that_was_set_back_does_not_silence_it() -> None:
    clock = StoppedClock()
    alarms = Alarms()
    async with beating(alarms, clock) as metronome:
        await until(lambda: len(alarms.asked) > 1)
        # What a clock set back by an hour leaves behind: the next beat is an hour away.
        metronome._job.modify(next_run_time=SystemClock().now() + HOUR)
        alarms.waiting = {"alarm/late": clock.time}
        await until(lambda: alarms.rung == ["alarm/late"])


async def test_after_stop_nothing_rings() -> None:
    clock = StoppedClock()
    alarms = Alarms()
    async with beating(alarms, clock):
        await until(lambda: len(alarms.asked) > 1)
    asked = len(alarms.asked)
    await asyncio.sleep(10 * BEAT.total_seconds())
    assert len(alarms.asked) == asked


async def test_it_beats_without_filling_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    alarms = Alarms()
    async with beating(alarms, StoppedClock()):
        await until(lambda: len(alarms.asked) > 3)
    assert [record.message for record in caplog.records if record.name.startswith("apscheduler")] == []


def test_clocks() -> None:
    before = datetime.now(UTC)
    assert before <= SystemClock().now() <= datetime.now(UTC)
    clock = ShiftedClock(StoppedClock(), HOUR)
    clock.forward(2 * HOUR)
    assert clock.now() == StoppedClock().now() + 3 * HOUR
    with pytest.raises(ValueError, match="forward"):
        clock.forward(-HOUR)
    assert clock.now().utcoffset() == timedelta()
