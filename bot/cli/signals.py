"""Ctrl-C and SIGTERM stop a running bot in order; a second one ends the process at once."""

import asyncio
import os
import signal

from bot.cli.assemble import Running


async def until_told(bot: Running) -> None:
    """Returns at the first signal. Raises what brought a part of the bot down."""
    loop = asyncio.get_running_loop()

    def told(number: signal.Signals) -> None:
        for each in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(each)
            signal.signal(each, lambda *_: os._exit(128 + number))
        bot.stop()

    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, told, each)
    await bot.wait()
