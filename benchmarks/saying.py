"""What it costs to say one question with five buttons: from the bot's message to the platform's yes, over a real connection.

The SDK and the floor are given what our translator made, and build their request from it each time; ours translates the
message each time, too, and finds out afterwards what the answer means. No TLS, for nobody; one call at a time.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import aiohttp
import msgspec
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, MessageEntity
from msgspec import Struct
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.blocks import parts as slack_parts
from adapters.slack.channel import SlackChannel
from adapters.slack.settings import SlackSettings
from adapters.telegram.channel import TelegramChannel
from adapters.telegram.pieces import Words, pieces
from adapters.telegram.settings import TelegramSettings
from benchmarks.arriving import PEOPLE, SECRET, member
from benchmarks.plain_platforms import TEAM, TOKEN
from benchmarks.wiring import QUESTION, Turns, stand_ins
from bot.events import Address
from bot.ports import Channel, Letter

Tell = Callable[[int], Awaitable[None]]  # says it once; the number of the letter
Contender = Callable[[str], AbstractAsyncContextManager[Tell]]  # the address of the plain platform


@asynccontextmanager
async def _running(channel: Channel, address: Callable[[int], Address]) -> AsyncIterator[Tell]:
    running = asyncio.create_task(channel.run(Turns().take))
    while not channel.accounts():
        await asyncio.sleep(0.01)

    async def tell(number: int) -> None:
        assert await channel.send(Letter(number, address(number), QUESTION))

    yield tell
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


# --- Telegram --------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def told_in_telegram(server: str) -> AsyncIterator[Tell]:
    channel = TelegramChannel(TelegramSettings(TOKEN, "webhook", server), stand_ins())
    async with _running(channel, lambda number: Address("telegram", str(_chat(number)))) as tell:
        yield tell


@asynccontextmanager
async def told_by_aiogram(server: str) -> AsyncIterator[Tell]:
    words = _words()
    bot = Bot(TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(server)))

    async def tell(number: int) -> None:
        rows = [[InlineKeyboardButton(text=key.label, callback_data=key.press) for key in row] for row in words.keys]
        entities = [MessageEntity(type=one.type, offset=one.at, length=one.length) for one in words.said.entities]
        sent = await bot.send_message(
            _chat(number),
            words.said.text,
            entities=entities,
            link_preview_options=LinkPreviewOptions(is_disabled=True),
            reply_markup=InlineKeyboardMarkup(inline_keyboard=rows),
        )
        assert sent.message_id

    yield tell
    await bot.session.close()


class _Number(Struct):
    message_id: int


class _Sent(Struct):
    ok: bool
    result: _Number


@asynccontextmanager
async def told_barely_in_telegram(server: str) -> AsyncIterator[Tell]:
    words = _words()
    decode = msgspec.json.Decoder(_Sent).decode
    url = f"{server}/bot{TOKEN}/sendMessage"

    def asked(number: int) -> dict[str, Any]:
        return {
            "chat_id": _chat(number),
            "text": words.said.text,
            "entities": [{"type": one.type, "offset": one.at, "length": one.length} for one in words.said.entities],
            "link_preview_options": {"is_disabled": True},
            "reply_markup": {
                "inline_keyboard": [
                    [{"text": key.label, "callback_data": key.press} for key in row] for row in words.keys
                ]
            },
        }

    async with _posting() as post:

        async def tell(number: int) -> None:
            assert decode(await post(url, asked(number), {})).result.message_id

        yield tell


def _chat(number: int) -> int:
    return 5_000_000_000 + number % PEOPLE


def _words() -> Words:
    (piece,) = pieces(QUESTION, lambda _: False)
    assert isinstance(piece, Words)
    return piece


# --- Slack -----------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def told_in_slack(server: str) -> AsyncIterator[Tell]:
    settings = SlackSettings(bot_token="xoxb-1", signing_secret=SECRET, mode="http", server=f"{server}/api/")
    channel = SlackChannel(settings, stand_ins())
    async with _running(channel, lambda number: Address("slack", f"{TEAM}/{member(number)}")) as tell:
        yield tell


@asynccontextmanager
async def told_by_slack_sdk(server: str) -> AsyncIterator[Tell]:
    (shown,) = slack_parts(QUESTION)
    async with aiohttp.ClientSession() as session:
        client = AsyncWebClient("xoxb-1", base_url=f"{server}/api/", session=session)

        async def tell(number: int) -> None:
            answer = await client.chat_postMessage(
                channel=member(number),
                text=shown.text,
                blocks=list(shown.blocks),
                mrkdwn=False,
                unfurl_links=False,
                unfurl_media=False,
                metadata={"event_type": "morsel_letter", "event_payload": {"letter": number}},
            )
            assert answer["ts"]

        yield tell


class _Posted(Struct):
    ok: bool
    channel: str
    ts: str


@asynccontextmanager
async def told_barely_in_slack(server: str) -> AsyncIterator[Tell]:
    (shown,) = slack_parts(QUESTION)
    decode = msgspec.json.Decoder(_Posted).decode

    def asked(number: int) -> dict[str, Any]:
        return {
            "channel": member(number),
            "text": shown.text,
            "blocks": shown.blocks,
            "mrkdwn": False,
            "unfurl_links": False,
            "unfurl_media": False,
            "metadata": {"event_type": "morsel_letter", "event_payload": {"letter": number}},
        }

    async with _posting() as post:

        async def tell(number: int) -> None:
            assert decode(await post(f"{server}/api/chat.postMessage", asked(number), {"authorization": "Bearer x"})).ts

        yield tell


@asynccontextmanager
async def _posting() -> AsyncIterator[Callable[[str, dict[str, Any], dict[str, str]], Awaitable[bytes]]]:
    """A JSON body there, its answer back: nothing but the HTTP library."""
    async with aiohttp.ClientSession() as session:

        async def post(url: str, asked: dict[str, Any], headers: dict[str, str]) -> bytes:
            headers = {"content-type": "application/json", **headers}
            async with session.post(url, data=msgspec.json.encode(asked), headers=headers) as answer:
                assert answer.status == 200
                return await answer.read()

        yield post


TELEGRAM: dict[str, Contender] = {
    "morsel": told_in_telegram,
    "sdk": told_by_aiogram,
    "floor": told_barely_in_telegram,
}
SLACK: dict[str, Contender] = {"morsel": told_in_slack, "sdk": told_by_slack_sdk, "floor": told_barely_in_slack}
