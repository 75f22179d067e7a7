"""Telegram and Slack as nothing but quick answers, in a process of their own: what talking costs is then ours alone.

It checks nothing, keeps nothing, and says yes to everything; whether a message is right is for the tests' strict fakes to
say. `POST /burst` sends envelopes over the newest socket, a few at a time, and answers once all are acknowledged.
"""

import asyncio
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

import aiohttp
import msgspec
from aiohttp import web

TOKEN = "110201543:" + "Abcde" * 7
TEAM, BOT_USER = "T0HARBOUR", "U0MORSEL"
AT_ONCE = 20  # envelopes that wait for their acknowledgement

_KEYS = [[{"text": f"Option {n}, in a few words", "callback_data": f"k7.{n}"}] for n in range(4)]
_SENT = msgspec.json.encode(
    {
        "ok": True,
        "result": {
            "message_id": 365,
            "from": {"id": 110201543, "is_bot": True, "first_name": "Morsel", "username": "morsel_bot"},
            "chat": {"id": 5000000001, "first_name": "Amina", "last_name": "Diallo", "type": "private"},
            "date": 1795000000,
            "text": "Food hygiene, card 3 of 7\n\nHow long do you wash your hands? " * 3,
            "entities": [{"offset": 0, "length": 12, "type": "bold"}, {"offset": 13, "length": 6, "type": "italic"}],
            "reply_markup": {"inline_keyboard": _KEYS},
        },
    }
)
_ME = {"id": 110201543, "is_bot": True, "first_name": "Morsel", "username": "morsel_bot"}
_POSTED = msgspec.json.encode(
    {
        "ok": True,
        "channel": "D0AMINA",
        "ts": "1767225600.000100",
        "message": {
            "user": BOT_USER, "type": "message", "ts": "1767225600.000100", "bot_id": "B0MORSEL", "team": TEAM,
            "text": "Food hygiene, card 3 of 7. How long do you wash your hands? " * 3,
            "blocks": [
                {"type": "section", "block_id": f"b{n}", "text": {"type": "plain_text", "text": "As it was sent. " * 5}}
                for n in range(6)
            ],
        },
    }
)  # fmt: skip
_WHO = {"ok": True, "team": "Harbour", "team_id": TEAM, "user": "morsel", "user_id": BOT_USER, "bot_id": "B0MORSEL"}


class Platforms:
    """Both of them, on one port."""

    def __init__(self) -> None:
        self._sockets: list[web.WebSocketResponse] = []
        self._room = asyncio.Semaphore(AT_ONCE)
        self._open = 0

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/bot{token}/{method}", self.telegram)
        app.router.add_post("/api/{method}", self.slack)
        app.router.add_get("/socket", self.socket)
        app.router.add_post("/burst", self.burst)
        return app

    async def telegram(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        await request.read()
        if method == "sendMessage":
            return _json(_SENT)
        if method == "getUpdates":
            await asyncio.sleep(25)
            return _json(b'{"ok":true,"result":[]}')
        return _json(msgspec.json.encode({"ok": True, "result": _ME if method == "getMe" else True}))

    async def slack(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        await request.read()
        if method == "chat.postMessage":
            return _json(_POSTED)
        if method == "apps.connections.open":
            return _json(msgspec.json.encode({"ok": True, "url": f"ws://{request.host}/socket"}))
        return _json(msgspec.json.encode(_WHO))

    async def socket(self, request: web.Request) -> web.WebSocketResponse:
        """A socket of Socket Mode. Whatever text comes back is an acknowledgement."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_str('{"type":"hello","num_connections":1,"connection_info":{"app_id":"A0MORSEL"}}')
        self._sockets.append(socket)
        async for message in socket:
            if message.type is aiohttp.WSMsgType.TEXT and "envelope_id" in message.data:
                self._open -= 1
                self._room.release()
        self._sockets.remove(socket)
        return socket

    async def burst(self, request: web.Request) -> web.Response:
        """`?many=N`: the frame in the body, so often; in each, NUMBER becomes a number of its own."""
        frame = await request.text()
        first, many = int(request.query["first"]), int(request.query["many"])
        while not self._sockets:
            await asyncio.sleep(0.01)
        for number in range(first, first + many):
            await self._room.acquire()
            self._open += 1
            await self._sockets[-1].send_str(frame.replace("NUMBER", str(number)))
        while self._open:
            await asyncio.sleep(0.005)
        return _json(b"{}")


def _json(body: bytes) -> web.Response:
    return web.Response(body=body, content_type="application/json")


async def _serve(told: Connection) -> None:
    runner = web.AppRunner(Platforms().app(), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    told.send(runner.addresses[0][1])
    await asyncio.Event().wait()


def _run(told: Connection) -> None:
    asyncio.run(_serve(told))


@contextmanager
def plain_platforms() -> Iterator[str]:
    """The address of both, for as long as it is wanted."""
    spawning = multiprocessing.get_context("spawn")
    here, there = spawning.Pipe(duplex=False)
    process = spawning.Process(target=_run, args=(there,), daemon=True)
    process.start()
    there.close()
    try:
        yield f"http://127.0.0.1:{here.recv()}"
    finally:
        process.terminate()
        process.join()
        process.close()
        here.close()
