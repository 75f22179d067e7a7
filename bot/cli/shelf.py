"""What was put aside, as errands: look at it, try it again, drop it.

Promise: what is tried again happens exactly once, whatever crashes meanwhile (see `adapters.database.aside`). Where a bot
runs, its turn is taken at once; otherwise at the next start. People's words are given only where they are asked for.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, assert_never

import msgspec
import structlog
from msgspec import Struct

from adapters.database.aside import Aside, PutAside
from bot.events import Incoming
from bot.ports import Clock, Deliver

MOST = 100_000  # that `all` means

Outcome = Literal["taken", "waits", "raised", "nothing", "unreadable", "unknown"]

_log = structlog.get_logger("quarantine")


class ListAside(Struct, frozen=True, tag="aside.list"):
    """What was put aside? The newest `most`."""

    most: int = 50


class ShowAside(Struct, frozen=True, tag="aside.show"):
    """What is it, and (`content`) what does it hold?"""

    reference: str
    content: bool = False


class RetryAside(Struct, frozen=True, tag="aside.retry"):
    """Try these again, or (empty) all, in the order in which they came."""

    references: tuple[str, ...] = ()


class DropAside(Struct, frozen=True, tag="aside.drop"):
    """Forget these, or (empty) all."""

    references: tuple[str, ...] = ()


ShelfErrand = ListAside | ShowAside | RetryAside | DropAside


class AsideLine(Struct, frozen=True):
    """One of them. `kind`: a turn that raised, or an update that could not be read. `raw` only where it was asked for."""

    reference: str
    at: datetime
    channel: str
    kind: str
    why: str
    id: str
    raw: bytes | None = None


class AsideListed(Struct, frozen=True, tag="aside-listed"):
    """`count`: how many there are in all."""

    lines: tuple[AsideLine, ...]
    count: int


class Tried(Struct, frozen=True):
    """What became of one.

    "taken"; "waits" for the next start; "raised" again, and is put aside by the reference `again`; it says "nothing" to
    the bot; still "unreadable" (then `why`), and stays; "unknown" here, or not any more.
    """

    reference: str
    outcome: Outcome
    again: str = ""
    why: str = ""


class AsideRetried(Struct, frozen=True, tag="aside-retried"):
    tried: tuple[Tried, ...]


class AsideDropped(Struct, frozen=True, tag="aside-dropped"):
    dropped: tuple[str, ...]
    unknown: tuple[str, ...]


ShelfResult = AsideListed | AsideRetried | AsideDropped


@dataclass(frozen=True)
class Shelf:
    """Where it lies. `reread` asks a channel what an update says, by the channel's name; ValueError where it cannot say.
    `deliver` takes a turn at once; None where no bot runs."""

    aside: Aside
    reread: Callable[[str, bytes], Sequence[Incoming]]
    deliver: Deliver | None
    clock: Clock


async def at_the_shelf(errand: ShelfErrand, shelf: Shelf) -> ShelfResult:
    """Does it."""
    match errand:
        case ListAside():
            return await _list(errand, shelf)
        case ShowAside():
            return await _show(errand, shelf)
        case RetryAside():
            return AsideRetried(tuple([await _retry(each, shelf) for each in await _meant(errand.references, shelf)]))
        case DropAside():
            return await _drop(errand, shelf)
        case _:
            assert_never(errand)


async def _list(errand: ListAside, shelf: Shelf) -> AsideListed:
    found, count = await shelf.aside.newest(errand.most)
    return AsideListed(tuple(_line(one) for one in found), count)


async def _show(errand: ShowAside, shelf: Shelf) -> AsideListed:
    """With one line, or none where the reference is unknown."""
    one = await shelf.aside.find(errand.reference.upper())
    return AsideListed((_line(one, errand.content),), 1) if one else AsideListed((), 0)


async def _drop(errand: DropAside, shelf: Shelf) -> AsideDropped:
    done: dict[str, bool] = {}
    for reference in await _meant(errand.references, shelf):
        one = await shelf.aside.find(reference)
        done[reference] = one is not None and await shelf.aside.drop(one)
    return AsideDropped(tuple(r for r, was in done.items() if was), tuple(r for r, was in done.items() if not was))


async def _meant(references: Sequence[str], shelf: Shelf) -> Sequence[str]:
    """These, each once, or all there are from the oldest on."""
    if references:
        return tuple(dict.fromkeys(reference.upper() for reference in references))
    found, _ = await shelf.aside.newest(MOST)
    return tuple(one.reference for one in reversed(found))


async def _retry(reference: str, shelf: Shelf) -> Tried:
    one = await shelf.aside.find(reference)
    if one is None:
        return Tried(reference, "unknown")
    try:
        events = (one.incoming,) if one.kind == "turn" else tuple(shelf.reread(one.channel, one.raw))
    except (ValueError, msgspec.MsgspecError) as why:
        return Tried(reference, "unreadable", why=str(why) if isinstance(why, NotReread) else type(why).__name__)
    except Exception as why:  # a translator's bug may be the very reason why it was put aside
        _log.warning("An update could not be read again.", reference=reference, why=type(why).__name__)
        return Tried(reference, "unreadable", why=type(why).__name__)
    queued = await shelf.aside.retry(one, events, shelf.clock.now())
    if queued is None:
        return Tried(reference, "unknown")
    if not queued:
        return Tried(reference, "nothing")
    return await _take(reference, queued, shelf)


class NotReread(ValueError):
    """Why nobody can read it here: a sentence for the operator, with no word of the update."""


def no_channel(channel: str, raw: bytes) -> Sequence[Incoming]:  # noqa: ARG001 - the shape of Shelf.reread
    raise NotReread(f"the channel {channel} is not switched on")


async def _take(reference: str, queued: Sequence[Incoming], shelf: Shelf) -> Tried:
    """They are queued and durable: whatever fails from here on, they are taken up later."""
    if shelf.deliver is None:
        return Tried(reference, "waits")
    fates: list[str | None] = []
    for each in queued:
        try:
            await shelf.deliver(each)
        except Exception as why:
            _log.warning("What is tried again must wait.", reference=reference, why=type(why).__name__)
        fates.append(await shelf.aside.fate(each))
    if again := next(filter(None, fates), ""):
        return Tried(reference, "raised", again=again)
    return Tried(reference, "waits" if None in fates else "taken")


def _line(one: PutAside, content: bool = False) -> AsideLine:
    return AsideLine(one.reference, one.at, one.channel, one.kind, one.why, one.id, one.raw if content else None)
