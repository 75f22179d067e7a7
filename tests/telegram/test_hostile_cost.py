"""What strangers at the webhook's door cost: less than five milliseconds of our CPU each, whatever they bring.

The requests are those of `test_webhook.py`, handed over as an ASGI server hands them over, without the sockets in between.
"""

import time
from pathlib import Path

import pytest
from starlette.types import Message, Scope

from tests.telegram.test_webhook import HOSTILE
from tests.telegram.world import World, a_world

MOST = 0.005  # seconds of CPU
PIECE = 65_536  # bytes that a server hands over at once
PASSES = 5  # the best of them counts: others use this machine, too


async def test_a_stranger_costs_less_than_five_milliseconds(tmp_path: Path) -> None:
    async with a_world(tmp_path, mode="webhook", packs=()) as world:
        costs = {name: min([await cost(world, request) for _ in range(PASSES)]) for name, request, _ in HOSTILE}
    assert not {name: f"{spent * 1e3:.1f} ms" for name, spent in costs.items() if spent >= MOST}


async def cost(world: World, request: bytes) -> float:
    scope, pieces = asked(request)
    sent: list[Message] = []

    async def receive() -> Message:
        piece = pieces.pop(0) if pieces else b""
        return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

    async def send(message: Message) -> None:
        sent.append(message)

    began = time.process_time()
    await world.channel.door.app(scope, receive, send)
    spent = time.process_time() - began
    assert 400 <= sent[0]["status"] < 500
    return spent


def asked(request: bytes) -> tuple[Scope, list[bytes]]:
    """A raw request as an ASGI scope, and its body in pieces."""
    head, _, body = request.partition(b"\r\n\r\n")
    line, *lines = head.split(b"\r\n")
    method, path, *_ = (*line.split(b" "), b"/")
    headers = [(name.lower(), value.strip()) for name, _, value in (each.partition(b":") for each in lines)]
    scope: Scope = {
        "type": "http",
        "method": method.decode("latin-1"),
        "path": path.partition(b"?")[0].decode("latin-1"),
        "query_string": path.partition(b"?")[2],
        "headers": headers,
    }
    return scope, [body[at : at + PIECE] for at in range(0, len(body), PIECE)]


@pytest.mark.parametrize("request_", [request for name, request, _ in HOSTILE if name == "1 MiB"])
def test_a_large_body_comes_in_pieces(request_: bytes) -> None:
    scope, pieces = asked(request_)
    assert (scope["method"], scope["path"], len(pieces)) == ("POST", "/telegram/webhook", 16)
