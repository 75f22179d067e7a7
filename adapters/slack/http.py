"""The door that Slack knocks at in HTTP mode: events, clicks and commands, all through one handler.

Promise: size, then the signature over the raw bytes, then the shape; what is not signed is never parsed. The answer is 200
and empty (but for a word about a command) once all of it is committed or put aside, and 503 when the store is down, so that
Slack brings it again (we never send X-Slack-No-Retry). Repeats are known by their ids alone; retry headers are not looked
at.
It says nothing about a body, to nobody: not in an answer, not in a log.
"""

from collections.abc import Callable
from typing import Final

import msgspec
from starlette.types import ASGIApp, Receive, Scope, Send

from adapters.door import Answer, door, header, later
from adapters.slack.intake import Intake
from adapters.slack.signature import genuine
from adapters.slack.translate import read_http
from bot.ports import Clock

PREFIX: Final = "/slack"
PATHS: Final = ("/slack/events", "/slack/interactive", "/slack/commands")
TYPES: Final = ("application/json", "application/x-www-form-urlencoded")
HELD: Final = (b"url_verification", b"ssl_check")


def events_door(secret: str, intake: Intake, clock: Clock) -> ASGIApp:
    """One handler for all three addresses: what came is known by what it is."""

    async def handle(scope: Scope, body: bytes) -> Answer:
        stamp, signature = header(scope, "x-slack-request-timestamp"), header(scope, "x-slack-signature")
        if not genuine(secret, stamp, signature, body, clock.now()):
            return Answer(401, b"Not signed by Slack.")
        if intake.deliver is None and not any(word in body for word in HELD):
            return later()
        heard = await intake.take(body, lambda ground, at: read_http(body, ground, at))
        if heard.reply:
            return Answer(200, msgspec.json.encode(heard.reply), "application/json")
        return Answer(200, heard.challenge.encode())

    return door(handle, types=TYPES)


def while_it(runs: Callable[[], bool], app: ASGIApp) -> ASGIApp:
    """The app while the channel runs, and "come again" before and after."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        await (app(scope, receive, send) if runs() else later().send(send))

    return guarded


def front_door(events: ASGIApp | None, install: ASGIApp | None) -> ASGIApp:
    """Everything below the prefix: the request addresses in HTTP mode, and the pages for installing."""
    nothing = Answer(404, b"Nothing here.")

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        path = scope["path"]
        if events is not None and path in PATHS:
            await events(scope, receive, send)
        elif install is not None and path in ("/slack/install", "/slack/oauth_redirect"):
            await install(scope, receive, send)
        else:
            await nothing.send(send)

    return app
