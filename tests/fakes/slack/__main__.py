"""A fake Slack by hand: `python -m tests.fakes.slack [--port 8765] [--workspace Acme] [--person "Amira Haddad"]`."""

import argparse
import asyncio
import contextlib

from tests.fakes.slack.core import FakeSlack
from tests.fakes.slack.server import serve


async def _run(port: int, workspace: str, people: list[str]) -> None:
    fake = FakeSlack()
    place = fake.workspace(workspace)
    async with serve(fake, port) as server:
        print(f"Web API      {server.base_url}/api/")
        print(f"app token    {fake.app.app_token}")
        print(f"bot token    {place.token}   ({workspace}, {place.id})")
        print(f"signing      {fake.app.signing_secret}")
        for name in people:
            print(f"person       {name} {place.user(name).id}")
        print(f"control door {server.base_url}/control/WHAT   (see tests/fakes/slack/control.py)", flush=True)
        await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fakes.slack", description="A strict fake Slack.")
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--workspace", default="Acme")
    parser.add_argument("--person", action="append", help="may be given several times")
    given = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_run(given.port, given.workspace, given.person or ["Amira Haddad"]))


if __name__ == "__main__":
    main()
