"""The outgoing half of Slack against the strict fake, over a real socket; what the store keeps is kept in dictionaries."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import aiohttp

from adapters.parts import Parts
from adapters.slack.answering import Answering
from adapters.slack.sending import Sending
from adapters.slack.settings import SlackSettings
from bot.effects import Fetch
from bot.events import Address
from bot.given import Catalog
from bot.message import Message
from bot.ports import Letter, Misconfigured
from lessons.load import load_files
from lessons.prose import Block
from tests.fakes.slack.core import Call, FakeSlack
from tests.fakes.slack.people import FakePerson, Workspace
from tests.fakes.slack.server import serving
from tests.lessons.builders import TOML, a_png

PICTURED = """# Clean hands

<!-- id: wash -->
Wash them.

![Two hands](img/hands.png)

![A tap](img/tap.png)

![A webp](img/odd.webp)
"""


class Clock:
    """The time, and as much ahead of it as a test wants."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


class Media:
    """Which pictures Slack has, in a dictionary."""

    def __init__(self) -> None:
        self.ids: dict[tuple[str, str, str], str] = {}

    async def known(self, channel: str, account: str, digest: str) -> str | None:
        return self.ids.get((channel, account, digest)) or None

    async def keep(self, channel: str, account: str, digest: str, id: str) -> None:
        self.ids[channel, account, digest] = id


class Vault:
    """Secrets, in a dictionary."""

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}

    async def get(self, name: str) -> bytes | None:
        return self.held.get(name)

    async def put(self, name: str, value: bytes) -> None:
        self.held[name] = value

    async def drop(self, name: str) -> None:
        self.held.pop(name, None)

    async def names(self, prefix: str) -> Sequence[str]:
        return sorted(name for name in self.held if name.startswith(prefix))


def a_catalog() -> Catalog:
    """One pack with pictures of two kinds that Slack shows and one that it does not."""
    webp = b"RIFF\x16\0\0\0WEBPVP8L\x0a\0\0\0\x2f\x02\x40\0\0\0\0\0\0\0"
    files = {"pack.toml": TOML.encode(), "01-hands.md": PICTURED.encode()}
    files |= {"img/hands.png": a_png(), "img/tap.png": a_png(5, 5), "img/odd.webp": webp}
    pack = load_files("hygiene", files).pack
    assert pack
    return Catalog(packs={"hygiene": pack})


class Stage:
    """A workspace with Anna in it, and the half that sends."""

    def __init__(self, fake: FakeSlack, base: str, session: aiohttp.ClientSession) -> None:
        self.fake = fake
        self.workspace: Workspace = fake.workspace("Bakery")
        self.anna: FakePerson = self.workspace.user("Anna")
        self.clock = Clock()
        self.media = Media()
        self.vault = Vault()
        self.tokens: dict[str, str] = {self.workspace.id: self.workspace.token}
        self.settings = SlackSettings(server=f"{base}/api/")
        nothing: Any = None
        self.parts = Parts(
            clock=self.clock,
            catalog=_once(a_catalog()),
            menu=lambda role, language: (),
            media=self.media,
            vault=self.vault,
            leases=nothing,
            aside=nothing,
            quizzes=nothing,
            link="",
            holder="test",
        )
        self.session = session
        self.sending = self.anew()
        self._letters = 0

    def anew(self) -> Sending:
        """As after a restart: with nothing in mind."""
        self.answering = Answering(lambda: self.session, self.clock, self.settings.server)
        self.sending = Sending(self._token_for, lambda: self.session, self.parts, self.settings, self.answering)
        return self.sending

    async def _token_for(self, team: str) -> str:
        if team not in self.tokens:
            raise Misconfigured("no token for this workspace.")
        return self.tokens[team]

    def letter(self, said: Message | Block, who: FakePerson | None = None, **more: Any) -> Letter:
        """A letter to Anna, each with an id of its own."""
        self._letters += 1
        to = Address("slack", f"{self.workspace.id}/{(who or self.anna).id}")
        message = said if isinstance(said, Message) else Message((cast(Any, said),))
        return Letter(self._letters, to, message, **more)

    def fetch(self, file: str, **more: Any) -> Letter:
        fetch = Fetch("pack.zip", 0, f'{{"file":"{file}"}}', "")
        return self.letter(Message(), fetch=fetch, **more)

    def calls(self, *methods: str) -> list[Call]:
        """What was asked of Slack, of these methods or all."""
        return [call for call in self.fake.calls if not methods or call.method in methods]


def _once(catalog: Catalog) -> Callable[[], Catalog]:
    return lambda: catalog


@asynccontextmanager
async def on_stage() -> AsyncIterator[Stage]:
    fake = FakeSlack()
    async with serving(fake) as base, aiohttp.ClientSession() as session:
        yield Stage(fake, base, session)
