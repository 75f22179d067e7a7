"""Ctrl-C and SIGTERM stop a running bot in order; a second one ends the process at once."""

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

BOTH = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def told_to_stop() -> Iterator[asyncio.Event]:
    """An event that the first signal sets. Enter it before anything is said to be ready."""
    loop = asyncio.get_running_loop()
    told = asyncio.Event()

    def first() -> None:
        for each in BOTH:
            loop.remove_signal_handler(each)
            signal.signal(each, lambda number, _: os._exit(128 + number))
        told.set()

    for each in BOTH:
        loop.add_signal_handler(each, first)
    try:
        yield told
    finally:
        if not told.is_set():
            for each in BOTH:
                loop.remove_signal_handler(each)
