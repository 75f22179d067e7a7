"""The webhook's door over real sockets: 200 only for what is committed or set aside; strangers learn nothing."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import pytest_asyncio
from structlog.testing import capture_logs
from structlog.typing import EventDict

from adapters.telegram.webhook import HEADER, PATH, SECRET
from bot.events import Called, Incoming
from bot.ports import StoreProblem
from tests.fakes.telegram.waiting import until
from tests.telegram.payloads import message, raw
from tests.telegram.world import World, a_world

CANARY = "canary-of-somebody"


@pytest.fixture
def logs() -> Iterator[list[EventDict]]:
    with capture_logs() as said:
        yield said


@pytest_asyncio.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path, mode="webhook") as world:
        yield world


async def knock(world: World, request: bytes) -> tuple[int, bytes]:
    """The raw request; status and the whole answer. What the door does not want to read any more is not sent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", world._port)
    writing = asyncio.create_task(_write(writer, request))
    answer = b""
    try:
        async with asyncio.timeout(20):
            with suppress(ConnectionError):
                while piece := await reader.read(65536):
                    answer += piece
    finally:
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        writer.close()
    return int(answer.split(b" ", 2)[1]) if answer else 0, answer


async def _write(writer: asyncio.StreamWriter, request: bytes) -> None:
    for at in range(0, len(request), 65536):
        writer.write(request[at : at + 65536])
        await writer.drain()
        await asyncio.sleep(0.002)


def post(
    body: bytes, *headers: bytes, path: bytes = PATH.encode(), method: bytes = b"POST", length: bytes = b""
) -> bytes:
    lines = [
        method + b" " + path + b" HTTP/1.1",
        b"Host: 127.0.0.1",
        b"Connection: close",
        b"Content-Type: application/json",
        b"Content-Length: " + (length or str(len(body)).encode()),
        *headers,
    ]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


async def secret_of(world: World) -> bytes:
    found = await world.parts.vault.get(SECRET)
    assert found
    return found


async def with_secret(world: World, body: bytes, *headers: bytes) -> bytes:
    return post(body, HEADER.encode() + b": " + await secret_of(world), *headers)


async def test_a_lesson_by_webhook(world: World) -> None:
    amina = world.user("Amina")
    await world.joins(amina, "amina")
    amina.say("/learn geo")
    await world.settled()
    amina.press("Next")
    await world.settled()
    assert len(amina.messages) == 2
    assert not world.calls("getUpdates")


async def test_the_secret_is_made_once_and_kept(world: World) -> None:
    first = await secret_of(world)
    assert len(first) >= 43 and first.replace(b"-", b"").replace(b"_", b"").isalnum()
    await world.stop()
    await world.start()
    assert await secret_of(world) == first
    asked = [call.params for call in world.fake.calls if call.method == "setWebhook"]
    assert asked[-1]["secret_token"] == first.decode() and asked[-1]["url"].endswith(PATH)
    assert all(each.get("drop_pending_updates") != "true" for each in asked)


async def test_while_the_store_is_down_telegram_keeps_it(world: World) -> None:
    amina = world.user("Amina")
    await world.joins(amina, "amina")

    async def down(incoming: Incoming) -> None:
        raise StoreProblem("The disk is full.", "Make room.")

    good, world.before = world.before, down
    status, answer = await knock(world, await with_secret(world, raw(message(text="x"))))
    assert status == 503 and b"retry-after: 5" in answer.lower()
    amina.say("/learn geo")
    await until(lambda: len(world.given) >= 3)
    assert world.fake.updates.pending
    world.before = good
    await until(lambda: amina.messages)
    await world.settled()
    assert not world.fake.updates.pending


async def test_before_we_are_ready_telegram_is_asked_to_wait(world: World) -> None:
    request = await with_secret(world, raw(message(text="x")))
    world.running.cancel()
    await asyncio.gather(world.running, return_exceptions=True)
    status, answer = await knock(world, request)
    assert status == 503 and b"retry-after" in answer.lower()


async def test_repeats_are_taken_once(world: World) -> None:
    amina = world.user("Amina")
    await world.joins(amina, "amina")
    update = message(
        text="/learn geo", sender={"id": amina.id, "first_name": "A"}, chat={"id": amina.id, "type": "private"}
    )
    request = await with_secret(world, raw(update))
    answers = await asyncio.gather(*(knock(world, request) for _ in range(10)))
    assert [status for status, _ in answers] == [200] * 10
    await until(lambda: amina.messages)
    await asyncio.sleep(0.2)
    assert len(amina.messages) == 1


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[1]", b"null", b"7", b"\xff\xfe", b"[" * 200_000, b'{"update_id":7,"message":{"text":1}}', b"{}"],
    ids=lambda body: repr(body[:20]),
)
async def test_what_cannot_be_read_is_set_aside(world: World, body: bytes) -> None:
    """Whoever knows the secret is Telegram: it would bring the same again for a day."""
    status, _ = await knock(world, await with_secret(world, body))
    assert status == 200
    rows, many = await world.parts.aside.newest(10)  # type: ignore[attr-defined]
    assert many == 1 and rows[0].raw == body


async def test_a_kind_that_nobody_knows_is_taken(world: World) -> None:
    status, _ = await knock(world, await with_secret(world, b'{"update_id":7,"telepathy":{"thought":"?"}}'))
    assert status == 200 and not world.given


# --- Hostile requests --------------------------------------------------------------------------------------------------

UPDATE = raw(message(text=f"/learn {CANARY}"))
NAME = HEADER.encode()
HOSTILE: tuple[tuple[str, bytes, tuple[int, ...]], ...] = (
    # Bodies without a secret: what makes a lesser bot parse, fail or believe
    ("an update without a secret", post(UPDATE), (401,)),
    ("a brace", post(b"{"), (401,)),
    ("200,000 brackets", post(b"[" * 200_000), (401,)),
    ("a list", post(b"[1]"), (401,)),
    ("null", post(b"null"), (401,)),
    ("no UTF-8", post(b"\xff\xfe"), (401,)),
    ("nothing", post(b""), (401,)),
    ("5 MB", post(b"x" * 5_000_000), (413,)),
    ("1 MiB and one", post(b"x" * (1024 * 1024 + 1)), (413,)),
    ("1 MiB", post(b"x" * (1024 * 1024)), (401,)),
    ("a bomb of numbers", post(b'{"update_id":' + b"9" * 5000 + b"}"), (401,)),
    ("a bomb of objects", post(b'{"a":' * 50_000), (401,)),
    ("a form", post(b"ssl_check=1"), (401,)),
    ("an entity", post(b'<!DOCTYPE x [<!ENTITY a "b">]>'), (401,)),
    # Secrets
    ("an empty secret", post(UPDATE, NAME + b": "), (401,)),
    ("a blank secret", post(UPDATE, NAME + b":    "), (401,)),
    ("a wrong secret", post(UPDATE, NAME + b": wrong"), (401,)),
    ("a secret of 8,000 letters", post(UPDATE, NAME + b": " + b"x" * 8000), (401,)),
    ("a secret that is no ASCII", post(UPDATE, NAME + b": s\xe9cret"), (401,)),
    ("a secret in UTF-8", post(UPDATE, NAME + ": sécret".encode()), (401,)),
    ("a secret of bytes", post(UPDATE, NAME + b": \xff\xfe\x80"), (401,)),
    ("two secrets", post(UPDATE, NAME + b": a", NAME + b": b"), (401,)),
    ("the word None", post(UPDATE, NAME + b": None"), (401,)),
    ("the name of the secret", post(UPDATE, NAME + b": telegram.webhook_secret"), (401,)),
    ("a star", post(UPDATE, NAME + b": *"), (401,)),
    ("the secret in the address", post(UPDATE, path=PATH.encode() + b"?secret=x"), (401,)),
    ("Slack's signature", post(UPDATE, b"X-Slack-Signature: v0=00", b"X-Slack-Request-Timestamp: abc"), (401,)),
    ("a bearer", post(UPDATE, b"Authorization: Bearer x"), (401,)),
    ("a cookie", post(UPDATE, b"Cookie: session=x"), (401,)),
    ("Telegram's own address, they say", post(UPDATE, b"X-Forwarded-For: 149.154.167.220"), (401,)),
    # Methods and places
    ("GET", post(b"", method=b"GET"), (405,)),
    ("HEAD", post(b"", method=b"HEAD"), (405,)),
    ("PUT", post(UPDATE, method=b"PUT"), (405,)),
    ("DELETE", post(UPDATE, method=b"DELETE"), (405,)),
    ("OPTIONS", post(b"", method=b"OPTIONS"), (405,)),
    ("TRACE", post(b"", method=b"TRACE"), (405,)),
    ("a method that nobody knows", post(UPDATE, method=b"BREW"), (405,)),
    ("another method, they say", post(b"", b"X-HTTP-Method-Override: POST", method=b"GET"), (405,)),
    ("one place higher", post(UPDATE, path=b"/telegram"), (404,)),
    ("one place lower", post(UPDATE, path=PATH.encode() + b"/x"), (404,)),
    ("with a slash", post(UPDATE, path=PATH.encode() + b"/"), (404,)),
    ("with two slashes", post(UPDATE, path=b"/telegram//webhook"), (404,)),
    ("up and down again", post(UPDATE, path=b"/telegram/../telegram/webhook"), (404,)),
    ("in capitals", post(UPDATE, path=b"/Telegram/Webhook"), (404,)),
    ("a NUL in the place", post(UPDATE, path=PATH.encode() + b"%00"), (404,)),
    ("the token in the place", post(UPDATE, path=b"/telegram/110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsawE"), (404,)),
    # Headers of another kind
    ("a text", post(UPDATE, b"X: y").replace(b"application/json", b"text/plain"), (415,)),
    ("a form's type", post(UPDATE).replace(b"application/json", b"application/x-www-form-urlencoded"), (415,)),
    ("files", post(UPDATE).replace(b"application/json", b"multipart/form-data; boundary=x"), (415,)),
    ("no type", post(UPDATE).replace(b"Content-Type: application/json\r\n", b""), (415,)),
    ("a type of bytes", post(UPDATE).replace(b"application/json", b"\xff\xfe"), (415,)),
    ("packed", post(UPDATE, b"Content-Encoding: gzip"), (415,)),
    ("a length below nothing", post(UPDATE, length=b"-1"), (400,)),
    ("a length in words", post(UPDATE, length=b"many"), (400,)),
    ("a length in Arabic digits", post(UPDATE, length="١٢".encode()), (400,)),
    ("a huge length", post(UPDATE, length=b"9" * 30), (400, 413)),
    ("two lengths", post(UPDATE, b"Content-Length: 3"), (400,)),
    ("a length and pieces", post(b"0\r\n\r\n", b"Transfer-Encoding: chunked"), (400, 401)),
    ("pieces that are none", post(b"zz\r\n").replace(b"Content-Length: 4", b"Transfer-Encoding: chunked"), (400, 401)),
    ("pieces beyond the limit", post(b"200001\r\n" + b"x" * 0x200001 + b"\r\n0\r\n\r\n").replace(
        b"Content-Length: 2097166", b"Transfer-Encoding: chunked"), (413,)),
    ("300 headers", post(UPDATE, *(b"X-%d: y" % n for n in range(300))), (400, 401, 431)),
    ("a header of 100 kB", post(UPDATE, b"X: " + b"y" * 100_000), (400, 401, 431)),
    ("no HTTP", b"HELO telegram\r\n\r\n", (400,)),
)  # fmt: skip


async def test_hostile_requests(world: World, logs: list[EventDict], caplog: pytest.LogCaptureFixture) -> None:
    """One after the other, and then a good one: the door is as it was."""
    caplog.set_level(logging.DEBUG)
    wrong = []
    for name, request_, allowed in HOSTILE:
        status, answer = await knock(world, request_)
        body = answer.partition(b"\r\n\r\n")[2]
        if status not in allowed or CANARY.encode() in answer or len(body) >= 100:
            wrong.append((name, status, answer[:300]))
    assert not wrong
    assert not world.given
    assert (await world.parts.aside.newest(1))[1] == 0  # type: ignore[attr-defined]
    assert CANARY not in str(logs) + caplog.text
    assert not [entry for entry in logs if entry["log_level"] == "error"]
    status, _ = await knock(world, await with_secret(world, raw(message(text="/learn"))))
    assert status == 200 and world.given[-1].event == Called("learn")


def test_there_are_hostile_requests_enough() -> None:
    assert len(HOSTILE) >= 54


async def test_who_half_knocks_keeps_nobody_out(world: World) -> None:
    """A body that never comes whole."""
    _, writer = await asyncio.open_connection("127.0.0.1", world._port)
    writer.write(post(b'{"update_id"', length=b"1000"))
    await writer.drain()
    status, _ = await knock(world, await with_secret(world, raw(message(text="/learn"))))
    assert status == 200
    writer.close()
