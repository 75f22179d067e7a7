"""A loop whose idle time is jumped over, and a clock bound to it: hours of waiting in a moment, and always the same.

What other threads do takes no time here: while any of them works for the loop, the loop waits for it really.
"""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

T = TypeVar("T")
START = datetime(2026, 3, 2, 9, tzinfo=UTC)


class _Jumping(selectors.DefaultSelector):
    """Instead of waiting for a timer, it makes it the time of that timer."""

    def __init__(self) -> None:
        super().__init__()
        self.passed = 0.0
        self.busy: Callable[[], bool] = lambda: False

    def select(self, timeout: float | None = None) -> list[Any]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if self.busy():
            return super().select(10)
        if timeout is None:
            raise AssertionError("nothing will ever happen any more: everybody waits for somebody else")
        self.passed += max(timeout, 0.0)
        return ready


class Loop(asyncio.SelectorEventLoop):
    """`works` are asked whether a thread works for this loop that the loop did not start itself."""

    def __init__(self) -> None:
        self._jumping = _Jumping()
        self._threads = 0
        self.works: list[Callable[[], bool]] = []
        self._jumping.busy = lambda: self._threads > 0 or any(work() for work in self.works)
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.passed

    def run_in_executor(self, *asked: Any) -> Any:  # type: ignore[override]
        future = super().run_in_executor(*asked)
        self._threads += 1
        future.add_done_callback(self._returned)
        return future

    async def shutdown_default_executor(self) -> None:
        self._threads += 1  # a thread of its own waits for the others
        await super().shutdown_default_executor()

    def _returned(self, _: object) -> None:
        self._threads -= 1


class Clock:
    """The time of the loop that runs, as a date."""

    def now(self) -> datetime:
        return START + timedelta(seconds=asyncio.get_running_loop().time())


def run(story: Coroutine[Any, Any, T]) -> T:
    """Plays it to its end."""
    with asyncio.Runner(loop_factory=Loop) as runner:
        return runner.run(story)
