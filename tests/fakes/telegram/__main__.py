"""Runs the fake by hand: `python -m tests.fakes.telegram [PORT]`. Stop it with Ctrl+C."""

import asyncio
import sys
from contextlib import suppress

from tests.fakes.telegram.core import FakeTelegram
from tests.fakes.telegram.server import serving


async def main(port: int) -> None:
    fake = FakeTelegram()
    fake.user("Amira", "en")
    fake.user("Boris", "ru")
    async with serving(fake, port) as base_url:
        print(f"A Telegram for tests: {base_url}\nThe bot's token:      {fake.token}", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 8443))
