"""The stream of a chat: what is in the transcript, then what changes, for as long as the page looks.

Resumable by the transcript's own `changed`; it holds nothing back and invents nothing. Ends when the server stops.
"""

from collections.abc import AsyncIterator
from urllib.parse import quote

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from adapters.web.front import Front, front, kindly, page_key
from adapters.web.pictures import digest, look
from adapters.web.subscribers import Line
from adapters.web.translate import CHANNEL, NEWEST, ShownPicture, show
from bot.events import Address
from lessons.prose import Picture

BEAT = 15.0  # seconds between signs of life: proxies drop streams that are quiet for a minute
CHECK = 4  # beats between two looks whether the session still holds
HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}


async def stream(request: Request) -> Response:
    """GET /stream: server-sent events. `Last-Event-ID` (or ?after=) is the `changed` seen last."""
    here = front(request)
    chat = await here.chat(request)
    if chat is None:
        return kindly(request, 401, "session_over")
    if request.method == "HEAD":
        return Response(media_type="text/event-stream", headers=HEADERS)
    seen = request.headers.get("last-event-id") or request.query_params.get("after", "")
    after = int(seen) if seen.isdecimal() and len(seen) < 19 else 0
    token = request.cookies.get(here.cookie, "")
    return StreamingResponse(events(here, chat, token, after), media_type="text/event-stream", headers=HEADERS)


async def events(here: Front, chat: str, token: str, after: int) -> AsyncIterator[bytes]:
    """The events of one stream, until the session ends or the server stops."""
    with here.lines.listen(chat) as line:
        yield b"retry: 1000\n" + event("hello", hello(here, chat))
        async for seen, told in news(here, chat, after):
            after = seen
            yield told
        yield event("ready", b"1")
        quiet = 0
        while not line.over:
            woken = await line.wait(BEAT)
            quiet = 0 if woken else quiet + 1
            if not woken:
                yield b": beat\n" + event("beat", b"1")
            if (woken or quiet % CHECK == 0) and await here.holder(token) != chat:
                yield event("over", b"1")
                return
            for told in passing(line):
                yield told
            if woken or quiet % CHECK == 0:
                async for seen, told in news(here, chat, after):
                    after = seen
                    yield told


def passing(line: Line) -> list[bytes]:
    return [event(name, data) for name, data in line.passing()]


async def news(here: Front, chat: str, after: int) -> AsyncIterator[tuple[int, bytes]]:
    """What changed since, in order, each with its `changed`."""
    while True:
        entries = await here.transcript.entries(Address(CHANNEL, chat), after, NEWEST)
        for entry in sorted(entries, key=lambda entry: entry.changed):
            bubble = show(entry, lambda picture: picture_of(here, picture))
            if bubble:
                yield entry.changed, event("entry", msgspec.json.encode(bubble), entry.changed)
            else:
                yield entry.changed, b""
        if after == 0 or len(entries) < NEWEST:
            return
        after = max(entry.changed for entry in entries)


def picture_of(here: Front, picture: Picture) -> ShownPicture:
    """The picture's address and size; without an address when it is gone, so that its words are shown instead."""
    pack = here.catalog().packs.get(picture.pack)
    data = pack.pictures.get(picture.name) if pack else None
    seen = look(data) if data else None
    if data is None or seen is None:
        return ShownPicture("", picture.alt)
    return ShownPicture(picture_address(picture.pack, picture.name, digest(data)), picture.alt, seen.width, seen.height)


def picture_address(pack: str, name: str, version: str) -> str:
    return f"/pictures/{quote(pack, safe='')}/{quote(name)}?v={version}"


def hello(here: Front, chat: str) -> bytes:
    """Whose stream it is, and the bot's time: the demo's clock may be ahead."""
    return msgspec.json.encode({"key": page_key(chat), "now": here.now()})


def event(name: str, data: bytes, mark: int | None = None) -> bytes:
    """One server-sent event. The data is JSON, so it has no line breaks."""
    where = b"id: %d\n" % mark if mark is not None else b""
    return where + b"event: " + name.encode() + b"\ndata: " + data + b"\n\n"
