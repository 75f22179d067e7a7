"""HTTP mode: what is Slack's comes in once and is answered when it is committed; what is not gets a 4xx and no more."""

import asyncio
import logging
import socket
import time
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

import httpx
import msgspec
import pytest
import pytest_asyncio
import structlog
from slack_sdk.signature import SignatureVerifier

from adapters.slack.signature import genuine, signed
from bot.events import Called, Said
from tests.slack import captured
from tests.slack.captured import enveloped, message
from tests.slack.until import until
from tests.slack.world import World, a_world

SECRET = "5162616e64656e73666f727465737473"
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
CANARY = "canary-that-nobody-may-log"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path, mode="http") as made:
        yield made


def headers(body: bytes, world: World, kind: str = JSON, secret: str = SECRET, ago: float = 0.0) -> dict[str, str]:
    stamp = str(int(world.fake.clock() - ago)).encode()
    return {
        "content-type": kind,
        "x-slack-request-timestamp": stamp.decode(),
        "x-slack-signature": signed(secret, stamp, body).decode(),
    }


async def post(world: World, body: bytes, kind: str = JSON, path: str = "events", **more: float) -> httpx.Response:
    async with httpx.AsyncClient(verify=False) as client:
        return await client.post(
            f"{world.url}/slack/{path}", content=body, headers=headers(body, world, kind, ago=more.get("ago", 0.0))
        )


def spoken(text: str = "hello", event_id: str = "Ev1") -> bytes:
    return msgspec.json.encode(enveloped(message(text), event_id=event_id))


# --- What is Slack's -------------------------------------------------------------------------------------------------


async def test_the_handshake(world: World) -> None:
    assert await world.server.outgoing.verify_url(f"{world.url}/slack/events")


async def test_an_empty_200_once_it_is_committed(world: World) -> None:
    world.slow = 0.3
    began = time.monotonic()
    answer = await post(world, spoken())
    assert (answer.status_code, answer.content) == (200, b"")
    assert time.monotonic() - began >= 0.3
    assert [each.event for each in world.heard] == [Said("hello")]


@pytest.mark.parametrize("path", ["events", "interactive", "commands"])
async def test_every_kind_at_every_address(world: World, path: str) -> None:
    """Whoever writes the wrong address into the app's page loses nothing."""
    clicked = urlencode({"payload": msgspec.json.encode(captured.touched(captured.button("do.help")))}).encode()
    called = urlencode({**captured.slash("/morsel"), "trigger_id": "2"}).encode()
    for body, kind in ((spoken(), JSON), (clicked, FORM), (called, f"{FORM}; charset=utf-8")):
        assert (await post(world, body, kind, path)).status_code == 200
    assert len(world.heard) == 3


async def test_a_repeat_changes_nothing(world: World) -> None:
    """The same event_id, with and without a retry header: known by its id alone, and answered 200."""
    async with httpx.AsyncClient(verify=False) as client:
        for number in range(10):
            body = spoken()
            retry = {"x-slack-retry-num": str(number), "x-slack-retry-reason": "http_timeout"} if number else {}
            answer = await client.post(
                f"{world.url}/slack/events", content=body, headers={**headers(body, world), **retry}
            )
            assert answer.status_code == 200
    person = f"{captured.TEAM}/{captured.USER}"
    async with world.store.batch() as on:
        assert await on.fresh(world.heard[:1]) == ()
    assert {each.address.chat for each in world.heard if each.address} == {person}


async def test_a_first_delivery_with_a_retry_header_is_heard(world: World) -> None:
    """Slack's first try may have gone lost on the way."""
    body = spoken()
    retry = {"x-slack-retry-num": "1", "x-slack-retry-reason": "connection_failed"}
    async with httpx.AsyncClient(verify=False) as client:
        await client.post(f"{world.url}/slack/events", content=body, headers={**headers(body, world), **retry})
    assert [each.event for each in world.heard] == [Said("hello")]


async def test_the_store_is_down(world: World) -> None:
    """503, and Slack may come again: it does, and then it is heard."""
    world.down = True
    answer = await post(world, spoken())
    assert answer.status_code == 503
    assert answer.headers["retry-after"].isdigit()
    assert "x-slack-no-retry" not in answer.headers
    world.down = False
    assert (await post(world, spoken())).status_code == 200
    assert len(world.heard) == 1


async def test_slack_retries_until_the_store_is_up(world: World) -> None:
    amina = world.person("Amina Diallo")
    world.fake.deliveries.retries = (0.0, 0.2, 0.2, 0.2, 0.2, 0.2)
    world.down = True
    amina.say("hello")
    await until(lambda: bool(world.fake.deliveries.open) and world.fake.deliveries.open[0].attempt >= 2)
    world.down = False
    await world.settled()
    assert [each.event for each in world.heard] == [Said("hello")]
    assert not world.fake.lost


async def test_before_it_is_there_and_after_it_has_gone(world: World) -> None:
    await world.stop_channel()
    assert (await post(world, spoken())).status_code == 503
    await world.start_channel()
    await world.ready()
    assert (await post(world, spoken())).status_code == 200


async def test_what_is_signed_and_cannot_be_read_is_put_aside(world: World) -> None:
    """Slack would bring it three times more and then switch our subscription off; people look at it instead."""
    bodies = (b"{", b"[1]", b"null", b"{}x", b"[" * 200_000, b"\xff\xfe", b'{"type":"event_callback"}', b"")
    for body in bodies:
        assert (await post(world, body)).status_code == 200
        assert (await post(world, body)).status_code == 200
    found, count = await world.parts.aside.newest(20)  # type: ignore[attr-defined]
    assert count == len(bodies)
    assert {each.channel for each in found} == {"slack"}
    assert world.heard == []


async def test_a_hundred_at_once(world: World) -> None:
    answers = await asyncio.gather(*(post(world, spoken(event_id=f"Ev{n}")) for n in range(100)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({each.id for each in world.heard}) == 100


async def test_a_command_answers_in_the_conversation(world: World) -> None:
    amina = world.person("Amina Diallo")
    await world.enlist(amina, "amina")
    amina.command("/progress")
    await world.settled()
    assert [each.event for each in world.heard] == [Called("progress")]
    assert amina.messages


# --- What is not -----------------------------------------------------------------------------------------------------


class Probe(NamedTuple):
    """A request that Slack never sends. `headers` as raw pairs; `status`: one of these is right."""

    name: str
    body: bytes
    headers: Sequence[tuple[bytes, bytes]]
    status: Sequence[int]
    method: str = "POST"
    path: str = "/slack/events"


NOW = 1_772_438_400  # the fake's clock stands still in these
STAMP = str(NOW).encode()
GOOD = f'{{"type":"event_callback","x":"{CANARY}"}}'.encode()


def sign(body: bytes = GOOD, stamp: bytes = STAMP, secret: str = SECRET) -> bytes:
    return signed(secret, stamp, body)


def with_headers(
    stamp: bytes | None = STAMP, signature: bytes | None = None, kind: bytes | None = JSON.encode()
) -> list[tuple[bytes, bytes]]:
    signature = sign() if signature is None else signature
    pairs = [(b"content-type", kind), (b"x-slack-request-timestamp", stamp), (b"x-slack-signature", signature)]
    return [(name, value) for name, value in pairs if value is not None]


BARE = [(b"content-type", JSON.encode())]
FORMED = [(b"content-type", FORM.encode())]
OLD, AHEAD = str(NOW - 301).encode(), str(NOW + 301).encode()
BIG = b"x" * 5_000_000

PROBES = (
    # the fourteen that brought down a framework
    Probe("a time in letters", GOOD, with_headers(b"abc"), [401]),
    Probe("a time like 1e9", GOOD, with_headers(b"1e9"), [401]),
    Probe("a time of 5,000 digits", GOOD, with_headers(b"9" * 5_000), [401]),
    Probe("a signature beyond ASCII", GOOD, with_headers(signature=b"v0=\xc3\xa9\xff"), [401]),
    Probe("half an object, unsigned", b"{", BARE, [401]),
    Probe("a bottomless list, unsigned", b"[" * 200_000, BARE, [401]),
    Probe("a list, unsigned", b"[1]", BARE, [401]),
    Probe("null, unsigned", b"null", BARE, [401]),
    Probe("no UTF-8, unsigned", b"\xff\xfe", BARE, [401]),
    Probe("five megabytes, unsigned", BIG, BARE, [413]),
    Probe("ssl_check, unsigned", b"ssl_check=1&token=x", FORMED, [401], path="/slack/commands"),
    Probe("the handshake, unsigned", b'{"type":"url_verification","challenge":"x"}', BARE, [401]),
    Probe("an old request again", GOOD, with_headers(OLD, sign(stamp=OLD)), [401]),
    Probe("a wrong signature", GOOD, with_headers(signature=b"v0=" + b"0" * 64), [401]),
    # and more
    Probe("a request of tomorrow", GOOD, with_headers(AHEAD, sign(stamp=AHEAD)), [401]),
    Probe("another secret", GOOD, with_headers(signature=sign(secret="guessed")), [401]),
    Probe("no secret", GOOD, with_headers(signature=sign(secret="")), [401]),
    Probe("a signature for another body", GOOD + b" ", with_headers(), [401]),
    Probe("a signature for another time", GOOD, with_headers(str(NOW - 1).encode()), [401]),
    Probe("no signature", GOOD, [*BARE, (b"x-slack-request-timestamp", STAMP)], [401]),
    Probe("an empty signature", GOOD, with_headers(signature=b""), [401]),
    Probe("no time", GOOD, with_headers(None), [401]),
    Probe("an empty time", GOOD, with_headers(b""), [401]),
    Probe("a time below zero", GOOD, with_headers(b"-1"), [401]),
    Probe("a time with a plus", GOOD, with_headers(b"+" + STAMP, sign(stamp=b"+" + STAMP)), [401]),
    Probe("a time with a blank inside", GOOD, with_headers(b"1 772438400"), [401]),
    Probe("a time with an underscore", GOOD, with_headers(b"1_772_438_400", sign(stamp=b"1_772_438_400")), [401]),
    Probe("a time in other digits", GOOD, with_headers("١٧٧٢٤٣٨٤٠٠".encode()), [401]),
    Probe("a time that is NaN", GOOD, with_headers(b"nan"), [401]),
    Probe("a time that is endless", GOOD, with_headers(b"inf"), [401]),
    Probe("a time with a fraction", GOOD, with_headers(STAMP + b".5", sign(stamp=STAMP + b".5")), [401]),
    Probe("a version of tomorrow", GOOD, with_headers(signature=b"v1" + sign()[2:]), [401]),
    Probe("a signature without its version", GOOD, with_headers(signature=sign()[3:]), [401]),
    Probe("a signature in capitals", GOOD, with_headers(signature=b"v0=" + sign()[3:].upper()), [401]),
    Probe("a signature cut short", GOOD, with_headers(signature=sign()[:-1]), [401]),
    Probe("a signature with more behind it", GOOD, with_headers(signature=sign() + b"00"), [401]),
    Probe("a very long signature", GOOD, with_headers(signature=b"v0=" + b"a" * 20_000), [401]),
    Probe("two signatures", GOOD, [*with_headers(), (b"x-slack-signature", sign())], [401]),
    Probe("two times", GOOD, [*with_headers(), (b"x-slack-request-timestamp", STAMP)], [401]),
    Probe("only blanks", GOOD, with_headers(b"   ", b"   "), [401]),
    Probe("a body of another kind", GOOD, with_headers(kind=b"text/xml"), [415]),
    Probe("a body of no kind", GOOD, with_headers(kind=None), [415]),
    Probe("a kind of nonsense", GOOD, with_headers(kind=b"\xff/\xfe"), [415]),
    Probe("a packed body", GOOD, [*with_headers(), (b"content-encoding", b"gzip")], [415]),
    Probe("a form with files", GOOD, with_headers(kind=b"multipart/form-data; boundary=x"), [415]),
    Probe("GET", b"", [], [405], method="GET"),
    Probe("HEAD", b"", [], [405], method="HEAD"),
    Probe("PUT", GOOD, with_headers(), [405], method="PUT"),
    Probe("DELETE", b"", with_headers(signature=sign(b"")), [405], method="DELETE"),
    Probe("a method of nonsense", GOOD, with_headers(), [405], method="BREW"),
    Probe("another address", GOOD, with_headers(), [404], path="/slack/elsewhere"),
    Probe("the address with a slash", GOOD, with_headers(), [404], path="/slack/events/"),
    Probe("up and out", GOOD, with_headers(), [404], path="/slack/../etc/passwd"),
    Probe("the address in capitals", GOOD, with_headers(), [404], path="/slack/Events"),
    Probe("a form, unsigned", b"payload=%7B%22type%22%3A1", FORMED, [401], path="/slack/interactive"),
    Probe("a command, unsigned", b"command=/learn&user_id=U1", FORMED, [401], path="/slack/commands"),
    Probe("ten thousand fields, unsigned", b"&".join(b"a=1" for _ in range(10_000)), FORMED, [401]),
    Probe("a form of percent signs, unsigned", b"%" * 5_000, FORMED, [401]),
    Probe("an upgrade to a socket", b"", [*BARE, (b"upgrade", b"websocket")], [401]),
    Probe("a megabyte and one byte", b"x" * ((1 << 20) + 1), with_headers(), [413]),
    Probe("a megabyte, unsigned", b"x" * (1 << 20), BARE, [401]),
)


class Still:
    """A clock that stands."""

    def now(self) -> datetime:
        return datetime.fromtimestamp(NOW, UTC)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.name)
async def test_hostile_requests(probe: Probe, still: World, caplog: pytest.LogCaptureFixture) -> None:
    """4xx, never 500; nothing of the body comes back or is logged; nothing happens."""
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as logs:
        status, answer = await knock(still, probe)
    assert status in probe.status
    assert len(answer) < 100
    assert CANARY not in answer.decode() + str(logs) + caplog.text
    assert SECRET not in str(logs) + caplog.text
    assert still.heard == []
    _, count = await still.parts.aside.newest(5)  # type: ignore[attr-defined]
    assert count == 0


def test_there_are_enough_of_them() -> None:
    assert len(PROBES) >= 54
    assert len({probe.name for probe in PROBES}) == len(PROBES)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def still(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """One for all of them: none of them may change anything."""
    async with a_world(tmp_path_factory.mktemp("still"), mode="http", clock=Still(), packs=()) as made:
        yield made


async def knock(world: World, probe: Probe) -> tuple[int, bytes]:
    """The request as an ASGI server hands it over: nothing in between tidies it up."""
    assert world.door
    sent: list[dict[str, object]] = []
    pieces = [probe.body[at : at + 65_536] for at in range(0, len(probe.body), 65_536)] or [b""]

    async def receive() -> dict[str, object]:
        piece = pieces.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

    async def send(event: dict[str, object]) -> None:
        sent.append(event)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "https",
        "method": probe.method,
        "path": probe.path,
        "raw_path": probe.path.encode(),
        "query_string": b"",
        "headers": [(name.lower(), value) for name, value in probe.headers],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 443),
    }
    await world.door(scope, receive, send)  # type: ignore[arg-type]
    status = sent[0]["status"]
    assert isinstance(status, int)
    return status, b"".join(bytes(event["body"]) for event in sent[1:])  # type: ignore[call-overload]


async def test_a_body_that_never_ends(world: World) -> None:
    """More than was announced, and slower than anybody: through a real server."""
    with socket.create_connection(("127.0.0.1", world.port)) as line:
        line.setblocking(False)
        loop = asyncio.get_running_loop()
        lines = (
            "POST /slack/events HTTP/1.1",
            "Host: x",
            f"Content-Type: {JSON}",
            "Transfer-Encoding: chunked",
            "",
            "",
        )
        head = "\r\n".join(lines).encode()
        await loop.sock_sendall(line, head)
        chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
        for _ in range(20):
            await loop.sock_sendall(line, chunk)
        answer = await asyncio.wait_for(loop.sock_recv(line, 4096), 10)
        assert b" 413 " in answer.partition(b"\r\n")[0]


@pytest.mark.parametrize("stamp", [b"", b"abc", b"9" * 5_000, b"\xff", b"-1", b"1e9", b"\xd9\xa1"])
@pytest.mark.parametrize("signature", [b"", b"v0=", b"\xff" * 70, b"v0=" + b"0" * 64])
def test_the_verifier_never_raises(stamp: bytes, signature: bytes) -> None:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    assert genuine(SECRET, stamp, signature, b"{}", now) is False


def test_without_a_secret_nothing_is_genuine() -> None:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    stamp = str(int(now.timestamp())).encode()
    assert genuine(SECRET, stamp, signed(SECRET, stamp, b"{}"), b"{}", now) is True
    assert genuine("", stamp, signed("", stamp, b"{}"), b"{}", now) is False


def test_the_verifier_agrees_with_slacks_own() -> None:
    """The example of the documentation, and the SDK's own signer."""
    body = b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"  # noqa: E501
    stamp, now = b"1531420618", datetime.fromtimestamp(1531420618 + 299, UTC)
    example = b"v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    assert genuine("8f742231b10e8888abcd99yyyzzz85a5", stamp, example, body, now)
    by_sdk = SignatureVerifier(SECRET).generate_signature(timestamp="1531420618", body=body)
    assert by_sdk and genuine(SECRET, stamp, by_sdk.encode(), body, now)


HEAVIEST = Probe("a megabyte, signed by somebody else", b"x" * (1 << 20), with_headers(), [401])


@pytest.mark.asyncio(loop_scope="module")
async def test_none_of_them_costs_five_milliseconds(still: World) -> None:
    """CPU, not the clock on the wall; the best of five, for others use this machine, too."""
    costs = {probe.name: min([await cost(still, probe) for _ in range(5)]) for probe in (*PROBES, HEAVIEST)}
    assert not {name: f"{spent * 1e3:.1f} ms" for name, spent in costs.items() if spent >= 0.005}


async def cost(world: World, probe: Probe) -> float:
    began = time.process_time()
    status, _ = await knock(world, probe)
    spent = time.process_time() - began
    assert status in probe.status
    return spent
