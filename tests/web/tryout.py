"""`python -m tests.web.tryout [--door] [PORT]`: the web chat by hand, with the scripted bot. `--door`: not the demo."""

import asyncio
import sys

from tests.web.world import World


async def main(arguments: list[str]) -> None:
    port = next((int(word) for word in arguments if word.isdecimal()), 8099)
    world = World(demo="--door" not in arguments, port=port)
    await world.start()
    print(f"Open {world.url} (Ctrl-C stops)")
    assert world.task
    await world.task


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
