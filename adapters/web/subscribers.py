"""Who listens to which chat right now. It carries no messages: those are in the transcript; it only says "look".

What need not stay (a toast, the demo's moved clock) travels here as an event, and is gone when nobody listens.
"""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

HELD = 50  # passing events a listener may leave unread; older ones fall out


class Line:
    """One open stream."""

    def __init__(self) -> None:
        self.over = False
        self._passing: deque[tuple[str, bytes]] = deque(maxlen=HELD)
        self._woken = asyncio.Event()

    def wake(self) -> None:
        self._woken.set()

    def tell(self, event: str, data: bytes) -> None:
        self._passing.append((event, data))
        self._woken.set()

    def hang_up(self) -> None:
        self.over = True
        self._woken.set()

    async def wait(self, seconds: float) -> bool:
        """True when there is something to look at, False after that many quiet seconds."""
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return False
        self._woken.clear()
        return True

    def passing(self) -> Iterator[tuple[str, bytes]]:
        while self._passing:
            yield self._passing.popleft()


class Subscribers:
    """All open streams, by chat."""

    def __init__(self) -> None:
        self._lines: dict[str, set[Line]] = {}
        self._over = False

    @contextmanager
    def listen(self, chat: str) -> Iterator[Line]:
        line = Line()
        if self._over:
            line.hang_up()
        self._lines.setdefault(chat, set()).add(line)
        try:
            yield line
        finally:
            lines = self._lines[chat]
            lines.discard(line)
            if not lines:
                del self._lines[chat]

    def count(self, chat: str) -> int:
        return len(self._lines.get(chat, ()))

    def wake(self, chat: str) -> None:
        for line in self._lines.get(chat, ()):
            line.wake()

    def tell(self, chat: str, event: str, data: bytes) -> None:
        for line in self._lines.get(chat, ()):
            line.tell(event, data)

    def tell_all(self, event: str, data: bytes) -> None:
        for chat in tuple(self._lines):
            self.tell(chat, event, data)

    def hang_up(self) -> None:
        """Ends every stream, now and from now on, so that a stopping server waits for nobody."""
        self._over = True
        for lines in self._lines.values():
            for line in lines:
                line.hang_up()
