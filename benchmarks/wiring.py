"""What a channel stands between in `channels.py`: a store that keeps nothing, and the message that everybody sends."""

from collections.abc import Sequence
from datetime import datetime

from adapters.parts import Parts
from benchmarks.answering import SystemClock
from bot.cli.plugging import menu
from bot.events import Incoming
from bot.given import Catalog
from bot.message import Button, Message, Progress, paragraph
from lessons.prose import Bullets, Paragraph, Span

__all__ = ["QUESTION", "SystemClock", "Turns", "stand_ins"]

QUESTION = Message(
    (
        Paragraph((Span("How long", bold=True), Span(" do you wash your hands after you touched raw chicken?"))),
        Bullets(((Span("with soap"),), (Span("also "), Span("between", italic=True), Span(" the fingers")))),
        paragraph("Choose one."),
    ),
    (
        *((Button(f"{seconds} seconds, counted slowly", f"k7Qx.{n}"),) for n, seconds in enumerate((5, 10, 20, 60))),
        (Button("Enough for now", "k7Qx.enough", aside=True),),
    ),
    Progress("🍎 Food hygiene · Clean hands", 3, 7, "3 of 7"),
)


class Nothing:
    """All that a channel may keep, kept by nobody; every lease is free."""

    async def known(self, channel: str, account: str, digest: str) -> str | None:  # noqa: ARG002
        return None

    async def keep(self, channel: str, account: str, digest: str, id: str) -> None: ...

    async def get(self, name: str) -> bytes | None:  # noqa: ARG002
        return None

    async def put(self, name: str, value: bytes) -> None: ...

    async def drop(self, name: str) -> None: ...

    async def names(self, prefix: str) -> Sequence[str]:  # noqa: ARG002
        return ()

    async def take(self, name: str, holder: str, now: datetime, until: datetime) -> bool:  # noqa: ARG002
        return True

    async def release(self, name: str, holder: str) -> None: ...

    async def set_aside(self, channel: str, id: str, raw: bytes, why: str, now: datetime) -> str:  # noqa: ARG002
        raise AssertionError(f"an update could not be read: {why}")

    async def quiz(self, channel: str, mark: str) -> str | None:  # noqa: ARG002
        return "huddle.1"


def stand_ins() -> Parts:
    """What a channel is given, with nothing behind it."""
    nothing = Nothing()
    return Parts(
        clock=SystemClock(),
        catalog=Catalog,
        menu=menu,
        media=nothing,
        vault=nothing,
        leases=nothing,
        aside=nothing,
        quizzes=nothing,
        link="https://bench.example",
        holder="bench",
    )


class Turns:
    """Where turns would begin: counted, so that nobody is quick because they heard nothing."""

    def __init__(self) -> None:
        self.many = 0

    async def take(self, incoming: Incoming) -> None:  # noqa: ARG002
        self.many += 1

    def expect(self, many: int) -> None:
        """Raises where it was not so many since the last look."""
        assert self.many == many, f"{self.many} of {many} were heard"
        self.many = 0
