"""Doors where platforms knock: what is refused, what never gets through, and that no bug is a 500."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import httpx
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Message, Receive, Scope, Send

from adapters.door import LIMIT, Answer, door, header, later, read_body, same, unfailing, whole_number
from adapters.web.channel import with_doors
from bot.ports import StoreProblem
from tests.web.world import a_world

JSON = (b"content-type", b"application/json")


def a_scope(*headers: tuple[bytes, bytes], method: str = "POST", path: str = "/slack/events") -> Scope:
    return {"type": "http", "method": method, "path": path, "query_string": b"", "headers": list(headers)}


class Knock:
    """One request without a network: what is brought, and what comes back."""

    def __init__(self, *pieces: bytes, hangs: bool = False, leaves: bool = False) -> None:
        self.pieces, self.hangs, self.leaves = list(pieces), hangs, leaves
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        self.body = b""

    async def receive(self) -> Message:
        if self.pieces:
            piece = self.pieces.pop(0)
            return {"type": "http.request", "body": piece, "more_body": bool(self.pieces) or self.hangs or self.leaves}
        if self.leaves:
            return {"type": "http.disconnect"}
        await asyncio.Event().wait()
        raise AssertionError("nobody sets it")

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            assert not self.status, "two answers"
            self.status, self.headers = message["status"], dict(message["headers"])
        else:
            self.body += message["body"]

    async def at(self, app: Callable[[Scope, Receive, Send], Awaitable[None]], scope: Scope) -> "Knock":
        await app(scope, self.receive, self.send)
        return self


async def echo(scope: Scope, body: bytes) -> Answer:
    return Answer(200, b"%d" % len(body))


async def raises(scope: Scope, body: bytes) -> Answer:
    raise ValueError(f"canary {body!r}")


async def store_is_down(scope: Scope, body: bytes) -> Answer:
    raise StoreProblem("The disk is full.", "Make room.")


async def test_what_is_right_gets_through() -> None:
    knock = await Knock(b"{", b"}").at(door(echo), a_scope(JSON, (b"content-length", b"2")))
    assert (knock.status, knock.body) == (200, b"2")
    assert knock.headers[b"x-content-type-options"] == b"nosniff"
    assert knock.headers[b"content-length"] == b"1"


REFUSED: dict[str, tuple[Scope, Sequence[bytes], int]] = {
    "another method": (a_scope(JSON, method="GET"), (b"",), 405),
    "a made-up method": (a_scope(JSON, method="\xff"), (b"",), 405),
    "no type": (a_scope(), (b"{}",), 415),
    "another type": (a_scope((b"content-type", b"text/html")), (b"{}",), 415),
    "two types": (a_scope(JSON, (b"Content-Type", b"text/html")), (b"{}",), 415),
    "a type of garbage": (a_scope((b"content-type", b"\xff\xfe;\0")), (b"{}",), 415),
    "packed": (a_scope(JSON, (b"content-encoding", b"gzip")), (b"\x1f\x8b",), 415),
    "too large, and says so": (a_scope(JSON, (b"content-length", b"%d" % (LIMIT + 1))), (b"{}",), 413),
    "far too large to count": (a_scope(JSON, (b"content-length", b"9" * 5000)), (b"{}",), 400),
    "of less than nothing": (a_scope(JSON, (b"content-length", b"-1")), (b"{}",), 400),
    "a length in words": (a_scope(JSON, (b"content-length", "٣".encode())), (b"{}",), 400),
    "two lengths": (a_scope(JSON, (b"content-length", b"2"), (b"content-length", b"3")), (b"{}",), 400),
    "too large, and says nothing": (a_scope(JSON), [b"x" * 65_536] * 17, 413),
    "too large, and lies": (a_scope(JSON, (b"content-length", b"2")), [b"x" * 65_536] * 17, 413),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_what_is_refused_before_anybody_reads_it(case: str) -> None:
    scope, pieces, status = REFUSED[case]
    knock = await Knock(*pieces).at(door(raises), scope)
    assert knock.status == status
    assert len(knock.body) < 50


async def test_a_slow_body_is_sent_away() -> None:
    knock = await Knock(b"{", hangs=True).at(door(echo, patience=0.01), a_scope(JSON))
    assert knock.status == 408


async def test_a_body_that_breaks_off_reaches_nobody() -> None:
    assert (await Knock(b"{", leaves=True).at(door(raises), a_scope(JSON))).status == 400


@pytest.mark.parametrize("handle", [raises, store_is_down])
async def test_what_fails_inside_is_brought_again_and_the_log_does_not_know_what_it_was(handle: Any) -> None:
    with structlog.testing.capture_logs() as logged:
        knock = await Knock(b"canary").at(door(handle), a_scope(JSON))
    assert (knock.status, knock.headers[b"retry-after"]) == (503, b"5")
    assert len(logged) == 1
    assert "canary" not in str(logged)
    assert b"canary" not in knock.body


async def test_an_app_that_fails_half_way_does_not_answer_twice() -> None:
    async def half(scope: Scope, receive: Receive, send: Send) -> None:
        await Answer(200, b"ok").send(send)
        raise ValueError

    assert (await Knock().at(unfailing(half), a_scope())).status == 200


async def test_a_door_answers_no_websocket() -> None:
    assert (await Knock().at(door(raises), {"type": "websocket", "path": "/slack"})).status == 0


async def test_who_is_cancelled_is_cancelled() -> None:
    async def waits(scope: Scope, body: bytes) -> Answer:
        await asyncio.Event().wait()
        return later()

    knocking = asyncio.create_task(Knock(b"{}").at(door(waits), a_scope(JSON)))
    for _ in range(10):
        await asyncio.sleep(0)
    knocking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await knocking


# --- Odd headers ---------------------------------------------------------------------------------------------------------


@given(st.binary(), st.binary() | st.text())
def test_a_comparison_never_raises(one: bytes, other: bytes | str) -> None:
    right = other if isinstance(other, bytes) else other.encode("utf-8", "surrogatepass")
    assert same(one, other) == (bool(one) and one == right)


def test_nothing_is_no_secret() -> None:
    assert not same(b"", b"")
    assert not same("", "")
    assert same("\ud800", "\ud800")
    assert same("schlüssel", "schlüssel".encode())


@given(st.binary())
def test_only_plain_digits_are_a_number(raw: bytes) -> None:
    found = whole_number(raw)
    assert found is None or found == int(raw)


@pytest.mark.parametrize("raw", [b"1e9", b"1" * 5000, b"", b" 1", b"+1", b"-1", b"1_0", "٣".encode(), b"\xb2"])
def test_what_int_would_take_or_choke_on_is_no_number(raw: bytes) -> None:
    assert whole_number(raw) is None


def test_a_header_that_is_said_twice_counts_for_nothing() -> None:
    scope = a_scope((b"X-Secret", b"one"), (b"x-other", b"two"))
    assert header(scope, "x-secret") == b"one"
    assert header(scope, "X-OTHER") == b"two"
    assert header(scope, "x-none") == b""
    assert header(a_scope((b"x-secret", b"one"), (b"x-secret", b"two")), "x-secret") == b""


@given(st.lists(st.binary(max_size=100), max_size=5), st.integers(0, 300))
async def test_no_body_is_longer_than_allowed(pieces: list[bytes], limit: int) -> None:
    body = await read_body(a_scope(), Knock(*pieces, b"").receive, limit)
    whole = b"".join(pieces)
    assert body == whole if len(whole) <= limit else isinstance(body, Answer) and body.status == 413


# --- Over a real socket --------------------------------------------------------------------------------------------------


async def bring(url: str, body: bytes, *headers: tuple[str, str]) -> tuple[int, bytes]:
    """What a platform would send: no cookie, no origin, and whatever host it was told."""
    async with httpx.AsyncClient() as client:
        made = await client.post(url, content=body, headers=[("host", "learn.example.org"), *headers])
        return made.status_code, made.content


async def test_a_platform_needs_no_host_and_no_origin_and_a_browser_still_does() -> None:
    json = ("content-type", "application/json")
    async with a_world(doors=(("/slack", door(echo)), ("/telegram", door(raises)))) as world:
        assert await bring(f"{world.url}/slack/events", b"{}", json) == (200, b"2")
        assert (await bring(f"{world.url}/telegram/webhook", b"{}", json))[0] == 503
        assert (await bring(f"{world.url}/slack/events", b"x" * (LIMIT + 1), json))[0] == 413
        assert (await bring(f"{world.url}/say", b"{}", json))[0] == 421


# --- Beside the pages ----------------------------------------------------------------------------------------------------

PATHS = {
    "/slack": "door",
    "/slack/": "door",
    "/slack/events": "door",
    "/slackers": "pages",
    "/": "pages",
    "": "pages",
    "/telegram/x": "other",
    "//slack": "pages",
    "/SLACK": "pages",
}


@pytest.mark.parametrize("path", PATHS)
async def test_each_door_has_its_path_and_all_below_it(path: str) -> None:
    def says(word: str) -> Any:
        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await Answer(200, word.encode()).send(send)

        return app

    app = with_doors((("/slack", says("door")), ("/telegram/", says("other"))), says("pages"))
    assert (await Knock().at(app, a_scope(path=path))).body.decode() == PATHS[path]
