"""Waiting in tests: until something is so, not for so long."""

import asyncio
from collections.abc import Callable


async def until(what: Callable[[], bool], seconds: float = 30.0) -> None:
    """Returns once it is so. The limit is only there so that a test that fails does not hang."""
    async with asyncio.timeout(seconds):
        while not what():
            await asyncio.sleep(0.01)
