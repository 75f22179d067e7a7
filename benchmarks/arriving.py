"""What arrives at whoever hears: updates of Telegram's and requests of Slack's, and whoever knocks with them.

Shapes are after the vendors' pages, with the fields that really come: the cost of what nobody reads is part of hearing.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any
from urllib.parse import urlencode

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters.slack.blocks import parts as slack_parts
from adapters.slack.signature import signed
from adapters.telegram.webhook import HEADER, PATH
from benchmarks.plain_platforms import BOT_USER, TEAM
from benchmarks.wiring import QUESTION

PEOPLE = 50
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"

Request = tuple[Scope, bytes]
Hear = Callable[[Sequence[Any]], Awaitable[None]]
Contenders = dict[str, Callable[[], AbstractAsyncContextManager[Hear]]]


def updates(first: int, many: int) -> list[bytes]:
    """Updates of Telegram's, of fifty people: 55 of 100 are presses, 35 words, 10 votes or comings and goings."""
    return [msgspec.json.encode(_update(number)) for number in range(first, first + many)]


def _update(number: int) -> dict[str, Any]:
    id = 5_000_000_000 + number % PEOPLE
    names = {"first_name": "Amina", "last_name": "Diallo", "username": "amina_d"}
    user = {"id": id, "is_bot": False, **names, "language_code": "de", "is_premium": True}
    chat = {"id": id, **names, "type": "private"}
    made: dict[str, Any] = {"update_id": number}
    match number * 7 % 20:
        case kind if kind < 11:
            keys = [[{"text": f"Option {n}, in a few words", "callback_data": f"k7.{n}"}] for n in range(4)]
            us = {"id": 110201543, "is_bot": True, "first_name": "Morsel", "username": "morsel_bot"}
            asked = {"message_id": 12, "from": us, "chat": chat, "date": 1795000000, "text": "How long? " * 8}
            asked |= {"reply_markup": {"inline_keyboard": keys}}
            press = {"id": f"43{number}", "from": user, "message": asked, "chat_instance": "-314159", "data": "k7.2"}
            return made | {"callback_query": press}
        case kind if kind < 18:
            said = {"text": "/learn", "entities": [{"offset": 0, "length": 6, "type": "bot_command"}]}
            words: dict[str, Any] = said if kind < 13 else {"text": "Twenty seconds, I think, with soap"}
            return made | {"message": {"message_id": number, "from": user, "chat": chat, "date": 1795000000, **words}}
        case 18:
            bot = {"id": 110201543, "is_bot": True, "first_name": "Morsel", "username": "morsel_bot"}
            old, new = {"user": bot, "status": "kicked", "until_date": 0}, {"user": bot, "status": "member"}
            change = {"chat": chat, "from": user, "date": 1795000000, "old_chat_member": old, "new_chat_member": new}
            return made | {"my_chat_member": change}
        case _:
            vote = {"poll_id": "530399", "user": user, "option_ids": [1], "option_persistent_ids": ["1"]}
            return made | {"poll_answer": vote}


def answers(first: int, many: int, size: int) -> list[bytes]:
    """The same as answers to getUpdates with `size` updates each."""
    raw = updates(first, many)
    batches = (raw[at : at + size] for at in range(0, many, size))
    return [b'{"ok":true,"result":[' + b",".join(batch) + b"]}" for batch in batches]


def knocks(first: int, many: int) -> list[Request]:
    """The same as requests at a webhook."""
    headers = [(HEADER.lower().encode(), SECRET.encode()), (b"content-type", b"application/json")]
    return [(_scope(PATH, headers), body) for body in updates(first, many)]


def events(first: int, many: int) -> list[Request]:
    """Words said to a Slack app."""
    return _signed("application/json", [msgspec.json.encode(event(number)) for number in range(first, first + many)])


def clicks(first: int, many: int) -> list[Request]:
    """Buttons pressed in Slack, with the message that they stood in."""
    bodies = [{"payload": msgspec.json.encode(_click(number)).decode()} for number in range(first, first + many)]
    return _signed("application/x-www-form-urlencoded", [urlencode(body).encode() for body in bodies])


def commands(first: int, many: int) -> list[Request]:
    """Slash commands."""
    bodies = [urlencode(_command(number)).encode() for number in range(first, first + many)]
    return _signed("application/x-www-form-urlencoded", bodies)


def member(number: int) -> str:
    return f"U0PERSON{number % PEOPLE:02}"


def event(number: int | str) -> dict[str, Any]:
    user = member(number if isinstance(number, int) else 0)
    rich = {"type": "rich_text_section", "elements": [{"type": "text", "text": "Twenty seconds, I think, with soap"}]}
    said = {
        "type": "message", "channel": "D0AMINA", "channel_type": "im", "user": user, "team": TEAM,
        "text": "Twenty seconds, I think, with soap", "ts": "1767225600.000100", "event_ts": "1767225600.000100",
        "client_msg_id": "6a6b1c2d-aaaa-bbbb-cccc-123456789012",
        "blocks": [{"type": "rich_text", "block_id": "x", "elements": [rich]}],
    }  # fmt: skip
    by = {"enterprise_id": None, "team_id": TEAM, "user_id": BOT_USER, "is_bot": True, "is_enterprise_install": False}
    return {
        "token": "verification-token", "team_id": TEAM, "context_team_id": TEAM, "context_enterprise_id": None,
        "api_app_id": "A0MORSEL", "event": said, "type": "event_callback", "event_id": f"Ev{number}",
        "event_time": 1767225600, "authorizations": [by], "is_ext_shared_channel": False, "event_context": "4-abc",
    }  # fmt: skip


def _click(number: int) -> dict[str, Any]:
    (shown,) = slack_parts(QUESTION)
    press = {"type": "button", "action_id": "1", "block_id": "b", "value": "k7.2", "action_ts": "1767225600.1"}
    return {
        "type": "block_actions", "api_app_id": "A0MORSEL", "token": "verification-token",
        "user": {"id": member(number), "username": "amina", "name": "amina", "team_id": TEAM},
        "container": {"type": "message", "message_ts": "1.2", "channel_id": "D0AMINA", "is_ephemeral": False},
        "trigger_id": f"12466734323.1395872398.{number}", "team": {"id": TEAM, "domain": "harbour"},
        "enterprise": None, "is_enterprise_install": False, "channel": {"id": "D0AMINA", "name": "directmessage"},
        "message": {
            "type": "message", "user": BOT_USER, "ts": "1.2", "bot_id": "B0MORSEL", "team": TEAM,
            "text": shown.text, "blocks": list(shown.blocks),
        },
        "state": {"values": {}}, "response_url": "https://hooks.slack.com/actions/T/1/x",
        "actions": [{**press, "text": {"type": "plain_text", "text": "20 seconds", "emoji": True}}],
    }  # fmt: skip


def _command(number: int) -> dict[str, str]:
    return {
        "token": "verification-token", "team_id": TEAM, "team_domain": "harbour", "channel_id": "D0AMINA",
        "channel_name": "directmessage", "user_id": member(number), "user_name": "amina", "command": "/learn",
        "text": "food hygiene", "api_app_id": "A0MORSEL", "is_enterprise_install": "false",
        "response_url": "https://hooks.slack.com/commands/T/1/x", "trigger_id": f"12466734323.1395.{number}",
    }  # fmt: skip


def _signed(kind: str, bodies: Sequence[bytes]) -> list[Request]:
    stamp = str(int(time.time())).encode()
    return [
        (
            _scope(
                "/slack/events",
                [
                    (b"content-type", kind.encode()),
                    (b"x-slack-request-timestamp", stamp),
                    (b"x-slack-signature", signed(SECRET, stamp, body)),
                ],
            ),
            body,
        )
        for body in bodies
    ]


def _scope(path: str, headers: list[tuple[bytes, bytes]]) -> Scope:
    usual = [(b"host", b"bench"), (b"user-agent", b"a platform"), (b"accept", b"*/*"), (b"connection", b"keep-alive")]
    return {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "", "headers": [*usual, *headers],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
    }  # fmt: skip


# --- Who knocks -------------------------------------------------------------------------------------------------------


def knocking(app: ASGIApp) -> Hear:
    """One request after the other at an ASGI app. Every answer must be a yes."""

    async def hear(requests: Sequence[Request]) -> None:
        for scope, body in requests:
            answered = 0

            async def receive(body: bytes = body) -> Message:
                return {"type": "http.request", "body": body, "more_body": False}

            async def send(message: Message) -> None:
                nonlocal answered
                answered = message.get("status", answered)

            await app(scope, receive, send)
            assert answered == 200, answered

    return hear


def bare(
    handle: Callable[[bytes, dict[bytes, bytes]], Awaitable[Any]], genuine: Callable[[dict[bytes, bytes], bytes], bool]
) -> ASGIApp:
    """The least that may call itself a door."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        message = await receive()
        body = message["body"]
        while message["more_body"]:
            message = await receive()
            body += message["body"]
        headers = dict(scope["headers"])
        status = 401
        if genuine(headers, body):
            await handle(body, headers)
            status = 200
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    return app


async def nothing(event: object) -> None:
    """What a floor does with what it heard."""
