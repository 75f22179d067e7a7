"""A press wants an answer, or the phone shows a running circle. A fleeting word that follows at once is that answer.

Promise: every press is answered once: with the word that comes for its chat within a moment, else with nothing. An answer
that comes too late, or does not arrive, loses a toast and nothing more.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

MOMENT: Final = 0.6  # seconds after the press was taken in

Answer = Callable[[str, str], Awaitable[None]]  # the query's id, and the words; never raises


class Toasts:
    """The presses that wait for an answer, by chat."""

    def __init__(self, answer: Answer, moment: float = MOMENT) -> None:
        self._answer = answer
        self._moment = moment
        self._waiting: dict[str, list[str]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def pressed(self, chat: str, query: str) -> None:
        """A press is about to be taken in; a word for it may come before that is known to be done."""
        self._waiting.setdefault(chat, []).append(query)

    def taken(self, chat: str, query: str) -> None:
        """It was taken in: from now on the moment runs."""
        self._start(self._later(chat, query))

    def lost(self, chat: str, query: str) -> None:
        """It was not taken in, and will come again."""
        self._drop(chat, query)

    async def say(self, chat: str, words: str) -> None:
        """A fleeting word for that chat: shown if a press waits there, else nothing."""
        waiting = self._waiting.get(chat)
        if waiting:
            query = waiting[-1]
            self._drop(chat, query)
            await self._answer(query, words)

    async def close(self) -> None:
        """Answers nothing any more."""
        self._waiting.clear()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _later(self, chat: str, query: str) -> None:
        await asyncio.sleep(self._moment)
        if self._drop(chat, query):
            await self._answer(query, "")

    def _drop(self, chat: str, query: str) -> bool:
        waiting = self._waiting.get(chat, [])
        if query not in waiting:
            return False
        waiting.remove(query)
        if not waiting:
            self._waiting.pop(chat, None)
        return True
