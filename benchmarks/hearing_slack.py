"""What it costs to hear Slack: from the bytes of a request to a turn that does nothing. Ours, Bolt's, and a floor.

Everybody gets the same bytes, checks the signature, and must have handled a payload before they say yes to it. The floor
decodes the few fields that a bot reads and finds the handler in a dictionary. Bolt has one catch-all listener a kind, and
need not ask who is authorised. Requests come in process, through ASGI; envelopes over a real socket from another process.
"""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, cast

import aiohttp
import msgspec
from msgspec import Struct
from slack_bolt.adapter.asgi.async_handler import AsyncSlackRequestHandler
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient
from starlette.types import ASGIApp

from adapters.door import same
from adapters.slack.answering import Answering
from adapters.slack.calling import web_client
from adapters.slack.forms import read_form
from adapters.slack.heard import Ground
from adapters.slack.http import events_door, front_door
from adapters.slack.installs import Installs
from adapters.slack.intake import Intake
from adapters.slack.people import People
from adapters.slack.settings import SlackSettings
from adapters.slack.signature import signed
from adapters.slack.sockets import Sockets
from benchmarks.arriving import PEOPLE, SECRET, Contenders, Hear, bare, event, knocking, member, nothing
from benchmarks.plain_platforms import BOT_USER, TEAM
from benchmarks.wiring import SystemClock, Turns, stand_ins


def _intake(settings: SlackSettings, turns: Turns) -> Intake:
    """As the channel puts it together; everybody has been heard of before."""
    parts = stand_ins()
    installs = Installs(settings, parts.vault, parts.clock, lambda token: web_client(aiohttp.ClientSession(), token))
    people = People(installs.client_for)
    for number in range(PEOPLE):
        people.remember(TEAM, member(number), None)
    answering = Answering(aiohttp.ClientSession, parts.clock)
    intake = Intake(settings, Ground("", frozenset({"learn"})), parts, installs, people, answering)
    intake.deliver = turns.take
    return intake


@asynccontextmanager
async def knocked() -> AsyncIterator[Hear]:
    turns = Turns()
    door = events_door(SECRET, _intake(SlackSettings(mode="http"), turns), SystemClock())
    knock = knocking(front_door(door, None))

    async def hear(requests: Sequence[Any]) -> None:
        await knock(requests)
        turns.expect(len(requests))

    yield hear


def _bolt(server: str = "https://slack.com") -> AsyncApp:
    async def authorize(**_: object) -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None, team_id=TEAM, bot_token="xoxb-1", bot_user_id=BOT_USER, bot_id="B0MORSEL"
        )

    async def answer(ack: AsyncAck) -> None:
        await ack()

    app = AsyncApp(
        signing_secret=SECRET,
        authorize=authorize,
        process_before_response=True,
        client=AsyncWebClient(base_url=f"{server}/api/"),
    )
    for kind in (app.event, app.action, app.command):
        kind(re.compile(".*"))(answer)
    return app


@asynccontextmanager
async def knocked_at_bolt() -> AsyncIterator[Hear]:
    yield knocking(cast(ASGIApp, AsyncSlackRequestHandler(_bolt())))


class _Said(Struct):
    type: str
    user: str = ""
    text: str = ""
    channel_type: str = ""


class _Id(Struct):
    id: str


class _Value(Struct):
    type: str
    value: str = ""


class _Envelope(Struct):
    type: str
    event_id: str = ""
    team_id: str = ""
    event: _Said | None = None


class _Click(Struct):
    type: str
    user: _Id
    team: _Id
    trigger_id: str
    actions: list[_Value]


_envelope = msgspec.json.Decoder(_Envelope).decode
_click_of = msgspec.json.Decoder(_Click).decode
_BY_TYPE: dict[str, Callable[[Any], Awaitable[None]]] = dict.fromkeys(("event_callback", "block_actions"), nothing)


async def _read(body: bytes, headers: dict[bytes, bytes]) -> None:
    if headers[b"content-type"] == b"application/json":
        found = _envelope(body)
        await _BY_TYPE[found.type](found)
        return
    fields = read_form(body)
    if "payload" in fields:
        click = _click_of(fields["payload"])
        await _BY_TYPE[click.type](click)
    else:
        await nothing((fields["command"], fields["text"], fields["user_id"]))


@asynccontextmanager
async def knocked_barely() -> AsyncIterator[Hear]:
    def genuine(headers: dict[bytes, bytes], body: bytes) -> bool:
        stamp = headers[b"x-slack-request-timestamp"]
        return same(headers[b"x-slack-signature"], signed(SECRET, stamp, body)) and time.time() - int(stamp) < 300

    yield knocking(bare(_read, genuine))


# --- Slack's sockets -------------------------------------------------------------------------------------------------


def envelopes(first: int, many: int) -> list[tuple[int, int]]:
    """What is asked of the other process: envelopes with words, numbered from `first`."""
    return [(first, many)]


def _bursting(server: str, session: aiohttp.ClientSession) -> Hear:
    frame = {"envelope_id": "e-NUMBER", "type": "events_api", "accepts_response_payload": False}
    text = msgspec.json.encode({**frame, "payload": event("NUMBER"), "retry_attempt": 0, "retry_reason": ""})

    async def hear(asked: Sequence[tuple[int, int]]) -> None:
        for first, many in asked:
            async with session.post(f"{server}/burst?first={first}&many={many}", data=text) as answer:
                assert answer.status == 200

    return hear


def sockets(server: str) -> Contenders:
    """Envelopes over a real socket of the plain platform there."""

    @asynccontextmanager
    async def ours() -> AsyncIterator[Hear]:
        settings = SlackSettings(app_token="xapp-1", mode="socket", server=f"{server}/api/")
        turns = Turns()
        async with aiohttp.ClientSession() as session:
            line = Sockets(settings, _intake(settings, turns), lambda: session)
            running = asyncio.create_task(line.run())
            while line.open < 2:
                await asyncio.sleep(0.01)
            burst = _bursting(server, session)

            async def hear(asked: Sequence[tuple[int, int]]) -> None:
                await burst(asked)
                turns.expect(sum(many for _, many in asked))

            yield hear
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    @asynccontextmanager
    async def bolt() -> AsyncIterator[Hear]:
        handler = AsyncSocketModeHandler(_bolt(server), "xapp-1")
        await handler.connect_async()  # type: ignore[no-untyped-call]
        async with aiohttp.ClientSession() as session:
            yield _bursting(server, session)
        await handler.close_async()  # type: ignore[no-untyped-call]

    @asynccontextmanager
    async def floor() -> AsyncIterator[Hear]:
        decode, encode = msgspec.json.Decoder(_Frame).decode, msgspec.json.encode

        async def serve(socket: aiohttp.ClientWebSocketResponse) -> None:
            async for message in socket:
                frame = decode(message.data)
                if frame.payload:
                    await _BY_TYPE[frame.payload.type](frame.payload)
                    await socket.send_str(encode({"envelope_id": frame.envelope_id}).decode())

        async with aiohttp.ClientSession() as session, session.ws_connect(f"{server}/socket") as socket:
            serving = asyncio.create_task(serve(socket))
            yield _bursting(server, session)
            serving.cancel()
            with suppress(asyncio.CancelledError):
                await serving

    return {"morsel": ours, "sdk": bolt, "floor": floor}


class _Frame(Struct):
    type: str
    envelope_id: str = ""
    payload: _Envelope | None = None


DOOR: Contenders = {"morsel": knocked, "sdk": knocked_at_bolt, "floor": knocked_barely}
