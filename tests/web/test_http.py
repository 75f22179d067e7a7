"""The server by itself, over real HTTP: who may do what, and what a stranger, a broken client or another site gets."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import httpx
import pytest

from adapters.web.front import page_key
from adapters.web.gate import known_host, own_request
from adapters.web.settings import WebSettings
from bot.events import Address, Called, Pressed, Said, Uploaded
from bot.message import Message, paragraph
from tests.web.world import World, a_world

PAGES = (
    "/",
    "/join",
    "/join/abc",
    "/nowhere",
    "/static/x/look.css",
    "/healthz",
    "/manifest.json",
    "/here",
    "/stream",
    "/pictures/food/img/wash.png",
)
POSTS = ("/say", "/press", "/file", "/join", "/leave", "/demo/enter", "/demo/forward")


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world() as made:
        yield made


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=world.url, trust_env=False, timeout=30) as made:
        while (await made.get("/healthz")).status_code != 200:
            await asyncio.sleep(0.01)
        yield made


async def post(
    client: httpx.AsyncClient, path: str, body: object, chat: str = "amira", **headers: str
) -> httpx.Response:
    """As the page does it."""
    sent = {
        "origin": str(client.base_url).rstrip("/"),
        "x-morsel-page": page_key(chat),
        "content-type": "application/json",
    }
    return await client.post(
        path, content=json.dumps(body), headers=sent | {k.replace("_", "-"): v for k, v in headers.items()}
    )


async def enter(client: httpx.AsyncClient, chat: str = "amira") -> str:
    answer = await post(client, "/demo/enter", {"chat": chat})
    assert answer.status_code == 200
    return next(iter(answer.cookies.values()))


async def test_say_press_and_file_become_events(world: World, client: httpx.AsyncClient) -> None:
    await enter(client)
    await post(client, "/say", {"id": "a" * 8, "text": "hello"})
    await post(client, "/say", {"id": "b" * 8, "text": " /Learn  food "})
    await post(client, "/press", {"id": "c" * 8, "press": "0.1"})
    raw = {"origin": world.url, "x-morsel-page": page_key("amira"), "content-type": "application/octet-stream"}
    sent = await client.post("/file?id=dddddddd&name=..%2F..%2Fp%00ack.zip", content=b"zip", headers=raw)
    assert sent.status_code == 200
    assert sent.json()["upto"] > 0
    events = [one.event for one in world.bot.seen.values()]
    assert events[:3] == [Said("hello"), Called("learn", "food"), Pressed("0.1")]
    assert isinstance(events[3], Uploaded)
    assert events[3].name == "pack.zip"
    assert list(world.bot.seen) == [f"web:amira:{letter * 8}" for letter in "abcd"]
    assert {one.address for one in world.bot.seen.values()} == {Address("web", "amira")}


async def test_the_same_id_twice_is_one_event(world: World, client: httpx.AsyncClient) -> None:
    await enter(client)
    answers = [await post(client, "/say", {"id": "same-id-1", "text": "hi"}) for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 200]
    assert len(world.bot.seen) == 1


async def test_when_the_bot_cannot_take_it_the_page_is_told_to_keep_it(world: World, client: httpx.AsyncClient) -> None:
    await enter(client)
    world.bot.broken = True
    answer = await post(client, "/say", {"id": "a" * 8, "text": "hi"})
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert answer.json() == {"say": "Morsel is busy right now. Your message is safe and will be sent again."}


BAD: tuple[tuple[str, Any], ...] = (
    ("/say", {}),
    ("/say", {"id": "short", "text": "x"}),
    ("/say", {"id": "a" * 65, "text": "x"}),
    ("/say", {"id": "../../etc/x", "text": "x"}),
    ("/say", {"id": "a" * 8 + "\n", "text": "x"}),
    ("/say", {"id": "a" * 8, "text": ""}),
    ("/say", {"id": "a" * 8, "text": 7}),
    ("/say", {"id": "a" * 8, "text": None}),
    ("/say", {"id": "a" * 8, "text": "x" * 131_073}),
    ("/say", {"id": "a" * 8, "text": "x", "address": {"channel": "web", "chat": "ben"}}),
    ("/say", [1]),
    ("/say", "x"),
    ("/say", None),
    ("/press", {"id": "a" * 8, "press": "x" * 65}),
    ("/press", {"id": "a" * 8}),
    ("/join", {"id": "a" * 8, "code": ""}),
    ("/join", {"id": "a" * 8, "code": "x" * 129}),
    ("/demo/enter", {"chat": ""}),
    ("/demo/enter", {"chat": 1}),
    ("/demo/forward", {"hours": 0}),
    ("/demo/forward", {"hours": 1e9}),
    ("/demo/forward", {"hours": -1}),
)


@pytest.mark.parametrize(("path", "body"), BAD)
async def test_what_cannot_be_read_is_refused_in_words(
    world: World, client: httpx.AsyncClient, path: str, body: Any
) -> None:
    await enter(client)
    answer = await post(client, path, body)
    assert answer.status_code == 400
    assert answer.json()["say"]
    assert not world.bot.asked


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[" * 100_000, b"\xff\xfe", b'{"id":"aaaaaaaa","text":"\\ud800"}', b'"\xed\xa0\x80"']
)
async def test_broken_json_is_refused_in_words(world: World, client: httpx.AsyncClient, raw: bytes) -> None:
    await enter(client)
    headers = {"origin": world.url, "x-morsel-page": page_key("amira"), "content-type": "application/json"}
    answer = await client.post("/say", content=raw, headers=headers)
    assert answer.status_code == 400
    assert "Traceback" not in answer.text


async def test_a_huge_body_is_cut_off(world: World, client: httpx.AsyncClient) -> None:
    await enter(client)
    assert (await post(client, "/say", {"id": "a" * 8, "text": "x" * 600_000})).status_code == 413

    async def endless() -> AsyncIterator[bytes]:  # without a length, as a hostile client would
        for _ in range(100):
            yield b"x" * 10_000

    headers = {"origin": world.url, "x-morsel-page": page_key("amira"), "content-type": "application/json"}
    with suppress(httpx.WriteError, httpx.ReadError, httpx.RemoteProtocolError):  # hung up on: cut off as well
        assert (await client.post("/say", content=endless(), headers=headers)).status_code == 413
    raw = headers | {"content-type": "application/octet-stream"}
    big = await client.post("/file?id=aaaaaaaa&name=x", content=endless_of(6_000_000), headers=raw)
    assert big.status_code == 413
    assert not world.bot.asked


async def endless_of(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 100_000):
        yield b"x" * 100_000


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": ""},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"sec_fetch_site": "none"},
        {"content_type": "text/plain"},
        {"content_type": "application/x-www-form-urlencoded"},
        {"content_type": ""},
    ],
)
async def test_another_site_can_change_nothing(
    world: World, client: httpx.AsyncClient, path: str, headers: dict[str, str]
) -> None:
    token = await enter(client)
    answer = await post(
        client, path, {"id": "a" * 8, "text": "x", "press": "x", "code": "x", "chat": "ben", "hours": 1}, **headers
    )
    assert answer.status_code in (403, 415)
    assert not world.bot.asked
    assert list(world.sessions.open_ones) == [token]
    assert world.clock.ahead == timedelta()


@pytest.mark.parametrize("path", ["/say", "/press", "/file?id=aaaaaaaa&name=x"])
async def test_a_page_of_another_chat_or_of_nobody_can_say_nothing(
    world: World, client: httpx.AsyncClient, path: str
) -> None:
    kind = "application/octet-stream" if path.startswith("/file") else "application/json"
    assert (await post(client, path, {"id": "a" * 8, "text": "x"}, content_type=kind)).status_code == 401
    await enter(client, "ben")
    assert (await post(client, path, {"id": "a" * 8, "text": "x"}, content_type=kind)).status_code == 409
    client.cookies.set(next(iter(client.cookies)), "made-up-token")
    assert (await post(client, path, {"id": "a" * 8, "text": "x"}, content_type=kind)).status_code == 401
    assert not world.bot.asked
    assert not world.files.kept


async def test_a_session_is_new_at_every_sign_in_and_over_at_sign_out(world: World, client: httpx.AsyncClient) -> None:
    planted = f"morsel-{world.port}=planted-by-somebody"
    answer = await post(client, "/demo/enter", {"chat": "amira"}, cookie=planted)
    first = answer.cookies[f"morsel-{world.port}"]
    assert first != "planted-by-somebody"
    assert len(first) >= 22  # 128 bits
    second = await enter(client, "ben")
    assert second != first
    assert list(world.sessions.open_ones) == [second]  # the first is over
    assert (await post(client, "/leave", {})).status_code == 200
    assert not world.sessions.open_ones
    client.cookies.set(f"morsel-{world.port}", second)
    assert (await client.get("/here")).status_code == 401


async def test_cookies_are_as_strict_as_the_link_allows() -> None:
    async with a_world() as world, httpx.AsyncClient(base_url=world.url, trust_env=False) as client:
        flags = (await post(client, "/demo/enter", {"chat": "amira"})).headers["set-cookie"]
        assert flags.startswith(f"morsel-{world.port}=")
        assert "HttpOnly" in flags
        assert "SameSite=lax" in flags
        assert "Path=/" in flags
        assert "Domain" not in flags
    async with (
        a_world(link="https://learn.example.org") as world,
        httpx.AsyncClient(base_url=world.url, trust_env=False) as client,
    ):
        answer = await post(
            client, "/demo/enter", {"chat": "amira"}, origin="https://learn.example.org", host="learn.example.org"
        )
        flags = answer.headers["set-cookie"]
        assert flags.startswith("__Host-morsel=")
        assert "Secure" in flags
        assert "HttpOnly" in flags
        assert "Path=/" in flags
        assert "Domain" not in flags
        assert answer.headers["strict-transport-security"]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_every_answer_carries_the_strict_headers(client: httpx.AsyncClient, path: str, method: str) -> None:
    answer = await client.request(method, path)
    assert answer.status_code in (200, 401, 404)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert path.startswith("/pictures") or "require-trusted-types-for 'script'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "server" not in answer.headers
    if not path.startswith("/static"):
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["cache-control"] == "no-store"
    if method == "HEAD":
        assert answer.content == b""


async def test_errors_are_a_page_for_people_and_a_sentence_for_scripts(client: httpx.AsyncClient) -> None:
    page = await client.get("/nowhere", headers={"accept": "text/html", "accept-language": "de-AT,en;q=0.5"})
    assert page.status_code == 404
    assert "Hier ist nichts." in page.text
    assert (await client.get("/nowhere")).json() == {"say": "There is nothing here."}
    wrong = await client.get("/say")
    assert wrong.status_code == 405
    assert wrong.json()["say"]
    assert (await client.put("/")).status_code == 405


async def test_a_bug_is_a_kind_page_without_a_traceback(world: World, client: httpx.AsyncClient) -> None:
    world.catalog = None  # type: ignore[assignment]  # something that must never happen
    await enter(client)
    answer = await client.get("/", headers={"accept": "text/html"})
    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.text
    assert "Traceback" not in answer.text
    assert "NoneType" not in answer.text


async def test_a_link_preview_does_not_use_a_code_up() -> None:
    async with a_world(demo=False) as world, httpx.AsyncClient(base_url=world.url, trust_env=False) as client:
        page = await client.get("/join/s3cret-code")
        assert page.status_code == 200
        assert "s3cret-code" in page.text
        assert not world.bot.asked
        assert (await post(client, "/demo/enter", {"chat": "amira"})).status_code == 404
        assert (await post(client, "/demo/forward", {"hours": 1})).status_code == 404
        joined = await post(client, "/join", {"id": "a" * 8, "code": " s3cret-code "})
        assert joined.status_code == 200
        (incoming,) = world.bot.asked
        assert incoming.event == Called("start", "s3cret-code")
        assert incoming.address
        assert len(incoming.address.chat) == 32
        assert (await client.get("/here")).json() == {"key": page_key(incoming.address.chat)}


async def test_guessing_codes_is_slowed_down(client: httpx.AsyncClient) -> None:
    statuses = [(await post(client, "/join", {"id": f"guess-{n:04}", "code": "x"})).status_code for n in range(100)]
    assert statuses[:60] == [200] * 60
    assert 429 in statuses


async def test_pictures_are_for_people_with_a_session(world: World, client: httpx.AsyncClient) -> None:
    assert (await client.get("/pictures/food/img/wash.png")).status_code == 401
    await enter(client)
    world.catalog.packs["food"].pictures["img/trick.png"] = (
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
    )
    picture = await client.get("/pictures/food/img/wash.png")
    assert picture.headers["content-type"] == "image/png"
    assert picture.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in picture.headers["content-security-policy"]
    for gone in (
        "/pictures/food/img/no.png",
        "/pictures/nope/img/wash.png",
        "/pictures/food/img/trick.png",
        "/pictures/food/..%2F..%2Fetc/passwd",
    ):
        assert (await client.get(gone)).status_code == 404


async def read_stream(client: httpx.AsyncClient, until: str, **headers: str) -> list[tuple[str, str, str]]:
    """(event, id, data) of a stream up to and with the first event of that name."""
    found: list[tuple[str, str, str]] = []
    fields: dict[str, str] = {}
    async with client.stream("GET", "/stream", headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        async for line in answer.aiter_lines():
            if line:
                name, _, value = line.partition(": ")
                fields[name] = value
            elif "event" in fields:
                found.append((fields["event"], fields.get("id", ""), fields.get("data", "")))
                if fields["event"] == until:
                    break
                fields = {}
    return found


async def test_a_stream_goes_on_where_it_was(world: World, client: httpx.AsyncClient) -> None:
    await enter(client)
    for words in ("one", "two", "three"):
        world.bot.say(Address("web", "amira"), Message((paragraph(words),)))
    whole = await read_stream(client, "ready")
    assert [name for name, _, _ in whole] == ["hello", "entry", "entry", "entry", "ready"]
    rest = await read_stream(client, "ready", **{"last-event-id": "2"})
    assert [mark for name, mark, _ in rest if name == "entry"] == ["3"]
    for nonsense in ("x", "-1", "9" * 40, "1e3"):
        answer = await read_stream(client, "ready", **{"last-event-id": nonsense})
        assert len(answer) == 5


async def test_a_far_behind_stream_gets_everything(world: World, client: httpx.AsyncClient) -> None:
    await enter(client)
    for number in range(1, 702):
        world.bot.say(Address("web", "amira"), Message((paragraph(str(number)),)))
    marks = [
        int(mark) for name, mark, _ in await read_stream(client, "ready", **{"last-event-id": "1"}) if name == "entry"
    ]
    assert marks == list(range(2, 702))
    assert len(await read_stream(client, "ready")) == 202


async def test_nobody_reads_anothers_stream(world: World, client: httpx.AsyncClient) -> None:
    assert (await client.get("/stream")).status_code == 401
    await enter(client, "ben")
    world.bot.say(Address("web", "amira"), Message((paragraph("for Amira only"),)))
    assert "Amira" not in str(await read_stream(client, "ready"))


async def test_a_stream_ends_when_its_session_does(world: World, client: httpx.AsyncClient) -> None:
    await enter(client)

    async def leave() -> None:
        await asyncio.sleep(0.2)
        await post(client, "/leave", {})

    leaving = asyncio.create_task(leave())
    assert (await asyncio.wait_for(read_stream(client, "over"), 30))[-1][0] == "over"
    await leaving


async def test_stopping_waits_for_no_stream(
    world: World, client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    await enter(client)
    streams = [asyncio.create_task(read_stream(client, "never")) for _ in range(5)]
    assert world.channel
    while world.channel.listeners("amira") < 5:
        await asyncio.sleep(0.01)
    await asyncio.wait_for(world.stop(), 30)
    await asyncio.wait_for(asyncio.gather(*streams), 30)
    assert "timeout graceful shutdown exceeded" not in caplog.text  # they ended by themselves, nobody had to cut them


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("127.0.0.1:8080", True), ("localhost:8080", True), ("192.168.1.7:8080", True), ("[::1]:8080", True),
        ("learn.example.org", True), ("LEARN.example.org", True),
        ("evil.example", False), ("127.0.0.1.evil.example", False), ("", False), ("[", False), ("a b", False),
    ],
)  # fmt: skip
def test_only_our_own_names_are_answered(host: str, ours: bool) -> None:
    assert known_host(host, WebSettings(link="https://learn.example.org")) is ours


async def test_a_strange_host_gets_a_kind_refusal(world: World, client: httpx.AsyncClient) -> None:
    answer = await client.get("/", headers={"host": "evil.example", "accept": "text/html"})
    assert answer.status_code == 421
    assert "not known here" in answer.text
    assert (await client.get("/healthz", headers={"host": "10-0-0-7.cluster"})).status_code == 200


def test_forwarded_headers_are_believed_only_from_listed_proxies() -> None:
    """Origin is checked against what the server itself saw; a forged X-Forwarded-Proto or -Host changes nothing."""
    settings = WebSettings()
    forged = {"origin": "https://evil.example", "host": "127.0.0.1:8080", "x-forwarded-host": "evil.example"}
    assert not own_request(forged, "http", settings)
    assert own_request({"origin": "http://127.0.0.1:8080", "host": "127.0.0.1:8080"}, "http", settings)
    assert not own_request({"origin": "https://127.0.0.1:8080", "host": "127.0.0.1:8080"}, "http", settings)


async def test_a_forged_forward_is_ignored(world: World, client: httpx.AsyncClient) -> None:
    answer = await post(
        client, "/demo/enter", {"chat": "amira"}, origin=world.url.replace("http:", "https:"), x_forwarded_proto="https"
    )
    assert answer.status_code == 403


async def test_the_cookies_of_the_log_are_never_the_persons_words(
    world: World, client: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    token = await enter(client)
    world.bot.broken = True
    await post(client, "/say", {"id": "a" * 8, "text": "canary-words-5521"})
    said = "".join(capsys.readouterr())
    assert "could not be delivered" in said
    assert "canary-words-5521" not in said
    assert token not in said
