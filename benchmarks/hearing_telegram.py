"""What it costs to hear Telegram: from the bytes of an update to a turn that does nothing. Ours, aiogram's, and a floor.

Everybody gets the same bytes and must have handled an update before they say yes to it. The floor decodes the few fields
that a bot reads into typed structs and finds the handler in a dictionary; it names nobody, orders nothing, forgives nothing.
aiogram has one router with a catch-all and no filters; more of either makes it slower. There is no network and no store.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from aiogram import Bot, Dispatcher, Router
from aiogram.dispatcher.event.bases import UNHANDLED
from msgspec import Struct

from adapters.door import same
from adapters.telegram.calls import Calls
from adapters.telegram.commands import Menus
from adapters.telegram.polling import USUAL, Poller
from adapters.telegram.receiving import Receiving
from adapters.telegram.settings import TelegramSettings
from adapters.telegram.toasts import Toasts
from adapters.telegram.translate import Us
from adapters.telegram.webhook import HEADER, Door
from benchmarks.arriving import SECRET, Contenders, Hear, Request, bare, knocking, nothing
from benchmarks.plain_platforms import TOKEN
from benchmarks.wiring import Turns, stand_ins

MOMENT = 0.01  # seconds that a press waits for its toast


class Fed(Calls):
    """Calls to Telegram whose updates are laid down beforehand."""

    def __init__(self) -> None:
        super().__init__(TelegramSettings(TOKEN))
        self.waiting: asyncio.Queue[bytes] = asyncio.Queue()
        self.all_taken = asyncio.Event()

    async def updates(self, offset: int, allowed: str, limit: int, wait: float) -> bytes:  # noqa: ARG002
        if self.waiting.empty():
            self.all_taken.set()
        return await self.waiting.get()


class Toasted:
    """Answers to presses, counted: each press costs one, and its timer is part of what hearing costs."""

    def __init__(self) -> None:
        self.many = 0

    async def answer(self, query: str, words: str) -> None:  # noqa: ARG002
        self.many += 1

    async def until(self, many: int) -> None:
        while self.many < many:
            await asyncio.sleep(MOMENT)
        self.many = 0


def _receiving(calls: Calls, toasted: Toasted, turns: Turns) -> tuple[Receiving, Toasts, Menus]:
    """As the channel puts it together."""
    parts = stand_ins()
    menus, toasts = Menus(calls, parts), Toasts(toasted.answer, MOMENT)
    us = Us(calls.id, "morsel_bot", frozenset({"learn"}))
    moved: dict[str, str] = {}
    return Receiving(parts, lambda: us, menus.watching(turns.take), toasts, moved.__setitem__), toasts, menus


@asynccontextmanager
async def polled() -> AsyncIterator[Hear]:
    calls, toasted, turns = Fed(), Toasted(), Turns()
    receiving, toasts, menus = _receiving(calls, toasted, turns)
    polling = asyncio.create_task(Poller(calls, receiving, stand_ins(), USUAL).run())

    async def hear(bodies: Sequence[bytes]) -> None:
        calls.all_taken.clear()
        for body in bodies:
            calls.waiting.put_nowait(body)
        await calls.all_taken.wait()
        await toasted.until(sum(body.count(b'"callback_query"') for body in bodies))
        turns.expect(sum(body.count(b'"update_id"') for body in bodies))

    yield hear
    polling.cancel()
    await asyncio.gather(polling, return_exceptions=True)
    for each in (menus, toasts, calls):
        await each.close()


@asynccontextmanager
async def called() -> AsyncIterator[Hear]:
    calls, toasted, turns = Fed(), Toasted(), Turns()
    receiving, toasts, menus = _receiving(calls, toasted, turns)
    door = Door()
    door.open(receiving, SECRET)
    knock = knocking(door.app)

    async def hear(requests: Sequence[Request]) -> None:
        await knock(requests)
        await toasted.until(sum(b'"callback_query"' in body for _, body in requests))
        turns.expect(len(requests))

    yield hear
    for each in (menus, toasts, calls):
        await each.close()


@asynccontextmanager
async def _aiogram() -> AsyncIterator[Callable[[Any], Awaitable[Any]]]:
    dispatcher, router, bot = Dispatcher(), Router(), Bot(TOKEN)
    for observer in (router.message, router.callback_query, router.my_chat_member, router.poll_answer):
        observer.register(nothing)
    dispatcher.include_router(router)

    async def feed(update: Any) -> None:
        assert await dispatcher.feed_raw_update(bot, update) is not UNHANDLED

    yield feed
    await bot.session.close()


@asynccontextmanager
async def polled_by_aiogram() -> AsyncIterator[Hear]:
    async with _aiogram() as feed:

        async def hear(bodies: Sequence[bytes]) -> None:
            for body in bodies:
                for update in json.loads(body)["result"]:
                    await feed(update)

        yield hear


@asynccontextmanager
async def called_by_aiogram() -> AsyncIterator[Hear]:
    """aiogram's own webhook wants aiohttp; this is the least that feeds its dispatcher over ASGI."""
    async with _aiogram() as feed:
        yield knocking(bare(lambda body, _: feed(json.loads(body)), _known))


class _Who(Struct):
    id: int
    first_name: str = ""
    language_code: str = ""


class _Words(Struct):
    chat: _Who
    user: _Who = msgspec.field(name="from")
    text: str = ""


class _Press(Struct):
    id: str
    user: _Who = msgspec.field(name="from")
    data: str = ""


class _Change(Struct):
    chat: _Who


class _Vote(Struct):
    poll_id: str
    user: _Who
    option_ids: list[int]


class _Update(Struct):
    update_id: int
    message: _Words | None = None
    callback_query: _Press | None = None
    my_chat_member: _Change | None = None
    poll_answer: _Vote | None = None


class _Updates(Struct):
    result: list[_Update]


_HANDLERS: dict[type, Callable[[Any], Awaitable[None]]] = dict.fromkeys((_Words, _Press, _Change, _Vote), nothing)


async def _dispatch(update: _Update) -> None:
    found = update.message or update.callback_query or update.my_chat_member or update.poll_answer
    await _HANDLERS[type(found)](found)


@asynccontextmanager
async def polled_barely() -> AsyncIterator[Hear]:
    decode = msgspec.json.Decoder(_Updates).decode

    async def hear(bodies: Sequence[bytes]) -> None:
        for body in bodies:
            for update in decode(body).result:
                await _dispatch(update)

    yield hear


@asynccontextmanager
async def called_barely() -> AsyncIterator[Hear]:
    decode = msgspec.json.Decoder(_Update).decode
    yield knocking(bare(lambda body, _: _dispatch(decode(body)), _known))


def _known(headers: dict[bytes, bytes], body: bytes) -> bool:  # noqa: ARG001
    return same(headers.get(HEADER.lower().encode(), b""), SECRET)


POLLING: Contenders = {"morsel": polled, "sdk": polled_by_aiogram, "floor": polled_barely}
WEBHOOK: Contenders = {"morsel": called, "sdk": called_by_aiogram, "floor": called_barely}
