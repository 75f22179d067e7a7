"""What the page asks for in JSON: say, press, send a file, join, leave, and the demo's two wishes.

Each answers 2xx only after the bot has it for good, so that the page may forget it; until then the page asks again with
the same id, and the bot sees it once. Errors are one kind sentence, `{"say": ...}`, never a traceback.
"""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import msgspec
import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from adapters.web import translate
from adapters.web.front import Front, answer, front, kindly, page_key
from adapters.web.gate import TooLarge, own_request, read_body
from adapters.web.pictures import digest, look
from bot.events import Address, Incoming

log = structlog.get_logger("web")

BUSY_SECONDS = 3  # when to try again after the bot could not take an event
FOR_EVER = "private, max-age=31536000, immutable"
PICTURE_POLICY = "default-src 'none'; sandbox"

Handler = Callable[[Request], Awaitable[Response]]


def guarded(handler: Handler, content_type: str = "application/json") -> Handler:
    """A handler that only our own page can reach, and whose bad input is the sender's fault, told kindly."""

    async def guard(request: Request) -> Response:
        if not own_request(request.headers, request.url.scheme, front(request).settings):
            return kindly(request, 403, "not_from_here")
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != content_type:
            return kindly(request, 415, "unreadable")
        try:
            return await handler(request)
        except TooLarge:
            return kindly(request, 413, "too_large")
        except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError):
            return kindly(request, 400, "unreadable")
        except ClientDisconnect:
            return Response(status_code=499)  # nobody is there to read it

    return guard


async def speaker(request: Request) -> str | Response:
    """The chat that speaks, or why it may not: no session, another chat than the page shows, far too fast."""
    here = front(request)
    chat = await here.chat(request)
    if chat is None:
        return kindly(request, 401, "session_over")
    if request.headers.get("x-morsel-page", "") != page_key(chat):
        return kindly(request, 409, "other_chat")
    wait = here.talking.wait(chat, time.monotonic())
    return kindly(request, 429, "too_fast", after=1 + int(wait)) if wait else chat


async def hand_over(request: Request, here: Front, incoming: Incoming) -> Response | None:
    """Delivers; the answer to give when the bot could not take it. Whatever went wrong, the page keeps the event."""
    if here.deliver is None:
        return kindly(request, 503, "busy", after=BUSY_SECONDS)
    try:
        await here.deliver(incoming)
    except Exception as error:  # the edge: a lost database must not lose an event, so the page is told to try again
        log.error("an event could not be delivered", error=type(error).__name__, kind=type(incoming.event).__name__)
        return kindly(request, 503, "busy", after=BUSY_SECONDS)
    if incoming.address:
        here.lines.wake(incoming.address.chat)
    return None


async def taken(here: Front, chat: str) -> Response:
    """200 with `upto`: once the stream has come that far, it shows what was sent, and the page's own copy can go."""
    newest = await here.transcript.entries(Address(translate.CHANNEL, chat), 0, 1)
    return answer({"upto": max((entry.changed for entry in newest), default=0)})


async def say(request: Request) -> Response:
    chat = await speaker(request)
    if isinstance(chat, Response):
        return chat
    here = front(request)
    incoming = translate.read_say(await read_body(request), chat, here.now())
    return await hand_over(request, here, incoming) or await taken(here, chat)


async def press(request: Request) -> Response:
    chat = await speaker(request)
    if isinstance(chat, Response):
        return chat
    here = front(request)
    incoming = translate.read_press(await read_body(request), chat, here.now())
    return await hand_over(request, here, incoming) or await taken(here, chat)


async def file(request: Request) -> Response:
    """POST /file?id=...&name=...: the body is the file, as it is, streamed to the store piece by piece."""
    chat = await speaker(request)
    if isinstance(chat, Response):
        return chat
    here = front(request)
    limit = here.settings.upload_limit
    made = msgspec.convert(request.query_params.get("id", ""), translate.Id)
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise TooLarge
    name = translate.file_name(request.query_params.get("name", ""))
    try:
        uploaded = await here.keep_file(name, pieces(request), limit)
    except OSError as error:  # the disk, not the person
        log.error("a file could not be kept", error=type(error).__name__)
        return kindly(request, 503, "busy", after=BUSY_SECONDS)
    if uploaded is None:
        raise TooLarge
    incoming = translate.read_upload(made, uploaded, chat, here.now())
    return await hand_over(request, here, incoming) or await taken(here, chat)


async def pieces(request: Request) -> AsyncIterator[bytes]:
    async for chunk in request.stream():
        if chunk:
            yield chunk


async def join(request: Request) -> Response:
    """An invite code for a session. The bot judges the code, in the chat; here a code is only carried."""
    here = front(request)
    wait = here.joining.wait(request.client.host if request.client else "", time.monotonic())
    if wait:
        return kindly(request, 429, "too_fast", after=1 + int(wait))
    body = msgspec.json.decode(await read_body(request), type=translate.JoinBody)
    chat = here.new_chat(body.id)
    failed = await hand_over(request, here, translate.read_join(body, chat, here.now()))
    if failed:
        return failed
    response = answer({})
    await here.open_session(request, response, chat)
    return response


async def leave(request: Request) -> Response:
    here = front(request)
    await here.close_session(request)
    response = answer({})
    response.delete_cookie(here.cookie, path="/", secure=here.settings.secure, httponly=True, samesite="lax")
    return response


async def enter(request: Request) -> Response:
    """The demo: be one of the made-up people."""
    here = front(request)
    body = msgspec.json.decode(await read_body(request), type=translate.EnterBody)
    if here.demo is None or here.demo.persona(body.chat) is None:
        return kindly(request, 404, "no_such_page")
    response = answer({})
    await here.open_session(request, response, body.chat)
    return response


async def forward(request: Request) -> Response:
    """The demo: move the bot's clock ahead, and tell every open page the new time."""
    here = front(request)
    if here.demo is None:
        return kindly(request, 404, "no_such_page")
    if await here.chat(request) is None:
        return kindly(request, 401, "session_over")
    body = msgspec.json.decode(await read_body(request), type=translate.ForwardBody)
    await here.demo.forward(timedelta(hours=body.hours))
    told = msgspec.json.encode({"now": here.now()})
    here.lines.tell_all("clock", told)
    return Response(told, media_type="application/json")


async def here_is(request: Request) -> Response:
    """GET /here: whose page this browser may show; the page asks when its stream was refused."""
    chat = await front(request).chat(request)
    return kindly(request, 401, "session_over") if chat is None else answer({"key": page_key(chat)})


async def picture(request: Request) -> Response:
    """GET /pictures/PACK/NAME: a picture of a published pack, for people with a session."""
    here = front(request)
    if await here.chat(request) is None:
        return kindly(request, 401, "session_over")
    pack = here.catalog().packs.get(request.path_params["pack"])
    data = pack.pictures.get(request.path_params["name"]) if pack else None
    seen = look(data) if data else None
    if data is None or seen is None:
        return kindly(request, 404, "no_such_page")
    exact = request.query_params.get("v", "") == digest(data)
    headers = {"cache-control": FOR_EVER if exact else "private, no-cache", "content-security-policy": PICTURE_POLICY}
    return Response(data, media_type=seen.media_type, headers=headers)


async def healthz(request: Request) -> Response:
    """For load balancers: 200 while events can be taken."""
    ready = front(request).deliver is not None
    return Response("ok\n" if ready else "starting\n", 200 if ready else 503, media_type="text/plain")
