"""A tiny world for the web chat: the ports in memory, and a scripted bot with a lesson. Stand-ins for other rooms' parts.

Nothing of adapters/web is faked here.
"""

import hashlib
import secrets
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count

from bot.events import Address, Called, Incoming, Pressed, Said, Uploaded
from bot.given import Catalog, House
from bot.message import Button, Message, Progress, paragraph, rows_of
from bot.ports import Entry
from lessons.model import Pack
from lessons.prose import Heading, Span
from tests.web.cards import TITLE, every_kind


class MovedClock:
    """The real time, moved ahead."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    async def forward(self, by: timedelta) -> None:
        self.ahead += by


class MemoryTranscript:
    def __init__(self) -> None:
        self.all: dict[Address, dict[int, Entry]] = {}
        self._ids = count(1)
        self._changes = count(1)

    def add(self, address: Address, at: datetime, message: Message | None = None, mine: str = "") -> int:
        entry = Entry(next(self._ids), next(self._changes), at, message, mine)
        self.all.setdefault(address, {})[entry.id] = entry
        return entry.id

    def change(self, address: Address, number: int, message: Message) -> None:
        old = self.all[address][number]
        self.all[address][number] = Entry(old.id, next(self._changes), old.at, message)

    async def entries(self, address: Address, after: int, limit: int) -> Sequence[Entry]:
        known = self.all.get(address, {}).values()
        if after == 0:
            return sorted(sorted(known, key=lambda e: e.id)[-limit:], key=lambda e: e.changed)
        return sorted((e for e in known if e.changed > after), key=lambda e: e.changed)[:limit]


class MemorySessions:
    def __init__(self) -> None:
        self.open_ones: dict[str, tuple[str, datetime]] = {}

    async def open(self, chat: str, now: datetime) -> str:
        token = secrets.token_urlsafe(32)
        self.open_ones[token] = (chat, now + timedelta(days=30))
        return token

    async def chat(self, token: str, now: datetime) -> str | None:
        chat, end = self.open_ones.get(token, ("", now))
        return chat if chat and end > now else None

    async def close(self, token: str) -> None:
        self.open_ones.pop(token, None)


class MemoryFiles:
    def __init__(self) -> None:
        self.kept: dict[str, int] = {}

    async def keep(self, name: str, chunks: AsyncIterator[bytes], limit: int) -> Uploaded | None:
        digest, size = hashlib.sha256(), 0
        async for chunk in chunks:
            size += len(chunk)
            if size > limit:
                return None
            digest.update(chunk)
        self.kept[name] = size
        return Uploaded(name, size, digest.hexdigest())


QUESTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("How long do you wash your hands?", ("5 seconds", "20 seconds", "2 minutes", "Until they are dry")),
    ("Which of these go in the fridge?", ("Fresh fish", "Flour")),
    ("At what temperature (°C) does a fridge keep food safe?", ()),
)


class ScriptedBot:
    """Delivers like the service: an id counts once, and its answers are in the transcript when `deliver` returns."""

    def __init__(self, transcript: MemoryTranscript, clock: MovedClock) -> None:
        self.transcript = transcript
        self.clock = clock
        self.seen: dict[str, Incoming] = {}
        self.asked: list[Incoming] = []  # every delivery, doubles too
        self.broken = False
        self.open: dict[Address, tuple[int, int]] = {}  # address -> (question, entry)

    async def deliver(self, incoming: Incoming) -> None:
        self.asked.append(incoming)
        if self.broken:
            raise ConnectionError("the database is away")
        if incoming.id in self.seen or incoming.address is None:
            return
        self.seen[incoming.id] = incoming
        match incoming.event:
            case Said(text):
                self._mine(incoming.address, text)
                self._said(incoming.address, text)
            case Called(name, args):
                self._mine(incoming.address, f"/{name} {args}".strip())
                self._called(incoming.address, name, args)
            case Pressed(press):
                self._pressed(incoming.address, press)
            case Uploaded(name, size, _):
                self._mine(incoming.address, f"📎 {name}")
                self.say(incoming.address, Message((paragraph(f"I read {name}: {size} bytes. All good."),)))
            case _:
                pass

    def say(self, address: Address, message: Message) -> int:
        return self.transcript.add(address, self.clock.now(), message)

    def _mine(self, address: Address, words: str) -> None:
        self.transcript.add(address, self.clock.now(), mine=words)

    def _called(self, address: Address, name: str, args: str) -> None:
        if name == "start":
            if args == "WRONG":
                self.say(
                    address, Message((paragraph("I do not know that code. Type /start and your code to try again."),))
                )
                return
            go = rows_of((Button("Start a lesson", "do.learn", main=True), Button("Not now", "do.later")))
            self.say(
                address, Message((Heading((Span("Welcome!"),)), paragraph("Small lessons, a few minutes a day.")), go)
            )
        elif name == "learn":
            self._ask(address, 0)
        elif name == "kinds":
            for message in every_kind():
                self.say(address, message)
        else:
            self.say(address, Message((paragraph(f"I do not know /{name}. Try /help."),)))

    def _said(self, address: Address, text: str) -> None:
        question, entry = self.open.get(address, (-1, 0))
        if question == 2:
            self._grade(address, 2, entry, text)
        else:
            self.say(address, Message((paragraph(f"You said: {text}"[:300]),)))

    def _pressed(self, address: Address, press: str) -> None:
        if press == "do.learn":
            self._ask(address, 0)
            return
        at, _, option = press.partition(".")
        question, entry = self.open.get(address, (-1, 0))
        if at == str(question) and option.isdecimal():
            self._grade(address, question, entry, QUESTIONS[question][1][int(option)])
        else:
            self.say(address, Message((paragraph("That one is done already. On we go!"),)))

    def _ask(self, address: Address, at: int) -> None:
        words, options = QUESTIONS[at]
        buttons = tuple(Button(label, f"{at}.{n}") for n, label in enumerate(options))
        asked = Message((paragraph(words),), rows_of(buttons), self._step(at), "" if options else "number")
        self.open[address] = (at, self.say(address, asked))

    def _grade(self, address: Address, at: int, entry: int, said: str) -> None:
        feedback = (paragraph(QUESTIONS[at][0]), paragraph((Span("✅ Right: ", bold=True), Span(said))))
        self.transcript.change(address, entry, Message(feedback, progress=self._step(at)))
        if at + 1 < len(QUESTIONS):
            self._ask(address, at + 1)
        else:
            del self.open[address]
            self.say(
                address,
                Message((paragraph("🎉 Done! See you tomorrow."),), ((Button("More", "do.learn", main=True),),)),
            )

    def _step(self, at: int) -> Progress:
        return Progress(TITLE, at + 1, len(QUESTIONS), f"{at + 1} of {len(QUESTIONS)}")


def a_catalog(pictures: dict[str, bytes]) -> Catalog:
    pack = Pack(
        id="food", version="1", languages=("en",), titles={"en": "Food hygiene"}, about={}, author="", licence="", tags=(),
        icon="🧼", pass_mark=0.8, complete="passed", confidence=True, retention=0.9, longest_days=180,
        lessons=(), translated={}, pictures=pictures,
    )  # fmt: skip
    return Catalog(house=House(name="Corner Shops"), packs={"food": pack})
