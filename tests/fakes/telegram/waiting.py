"""For tests over sockets: wait until something is so. It asserts nothing about how long that takes."""

import asyncio
from collections.abc import Callable

from tests.fakes.telegram.core import FakeTelegram

_LOOK = 0.005  # seconds between looks


async def until(condition: Callable[[], object], within: float = 20.0) -> None:
    """Returns when the condition holds; TimeoutError after `within` seconds."""
    async with asyncio.timeout(within):
        while not condition():
            await asyncio.sleep(_LOOK)


async def settled(fake: FakeTelegram, quiet: float = 0.05, within: float = 20.0) -> None:
    """Returns when all updates were taken and the bot has called nothing but getUpdates for `quiet` seconds."""
    loop = asyncio.get_running_loop()

    def calls() -> int:
        return sum(call.method != "getUpdates" for call in fake.calls)

    async with asyncio.timeout(within):
        seen, since = calls(), loop.time()
        while fake.updates.pending or loop.time() - since < quiet:
            await asyncio.sleep(_LOOK)
            now = calls()
            if now != seen or fake.updates.pending:
                seen, since = now, loop.time()
