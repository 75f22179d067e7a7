"""The fake over sockets: addresses and encodings, long polls, conflicts, the webhook and its tries, broken connections,
files, the control door. No client library; those are in test_telegram_clients.py."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from tests.fakes.telegram import TOKEN, FakeTelegram, FakeUser, serving, settled, until
from tests.fakes.telegram.asking import button, png
from tests.fakes.telegram.webhook import SECRET_HEADER

HURRY = 0.01  # the webhook's waits a hundred times shorter


class Line:
    """A fake being served, and a plain HTTP client."""

    def __init__(self, fake: FakeTelegram, base: str, http: aiohttp.ClientSession) -> None:
        self.fake = fake
        self.base = base
        self.http = http

    async def call(self, method: str, token: str = TOKEN, **params: Any) -> tuple[int, Any]:
        async with self.http.post(f"{self.base}/bot{token}/{method}", json=params) as response:
            return response.status, await response.json()


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    fake = FakeTelegram()
    async with serving(fake, hurry=HURRY) as base, aiohttp.ClientSession() as http:
        yield Line(fake, base, http)


@pytest.fixture
def amira(line: Line) -> FakeUser:
    user = line.fake.user("Amira", "en")
    user.start()
    return user


async def test_addresses_and_tokens(line: Line) -> None:
    assert (await line.call("getMe"))[1]["result"]["is_bot"] is True
    assert (await line.call("GETME"))[0] == 200
    assert await line.call("getMe", token="1:wrong") == (
        401,
        {"ok": False, "error_code": 401, "description": "Unauthorized"},
    )
    assert (await line.call("getMe", token="none"))[1]["description"] == "Unauthorized: invalid token specified"
    assert await line.call("getYou") == (
        404,
        {"ok": False, "error_code": 404, "description": "Not Found: method not found"},
    )
    assert (await line.call("logOut"))[0] == 200
    assert (await line.call("getMe"))[1]["description"] == "Logged out"


async def test_every_encoding(line: Line, amira: FakeUser) -> None:
    url = f"{line.base}/bot{TOKEN}/sendMessage"
    asked = {"chat_id": str(amira.id), "reply_markup": json.dumps(button(callback_data="x"))}
    multipart = aiohttp.FormData(asked | {"text": "multipart"}, default_to_multipart=True)
    async with line.http.get(url, params=asked | {"text": "query"}):
        pass
    async with line.http.post(url, data=asked | {"text": "form"}):
        pass
    async with line.http.post(url, data=multipart):
        pass
    async with line.http.post(
        url, json={"chat_id": amira.id, "text": "json", "reply_markup": button(callback_data="x")}
    ):
        pass
    assert [(each.text, each.labels) for each in amira.messages] == [
        (text, ("Go",)) for text in ("query", "form", "multipart", "json")
    ]
    async with line.http.post(url, data=b"{", headers={"Content-Type": "application/json"}) as response:
        assert response.status == 400


async def test_files_go_up_and_down(line: Line, amira: FakeUser) -> None:
    form = aiohttp.FormData({"chat_id": str(amira.id)}, quote_fields=False)
    form.add_field("document", b"hello", filename="a b.txt")
    async with line.http.post(f"{line.base}/bot{TOKEN}/sendDocument", data=form) as response:
        sent = (await response.json())["result"]["document"]
    assert (sent["file_name"], sent["mime_type"]) == ("a b.txt", "text/plain")
    path = (await line.call("getFile", file_id=sent["file_id"]))[1]["result"]["file_path"]
    async with line.http.get(f"{line.base}/file/bot{TOKEN}/{path}") as response:
        assert await response.read() == b"hello"
    for wrong in (f"bot{TOKEN}/documents/file_9.txt", f"bot1:wrong/{path}"):
        async with line.http.get(f"{line.base}/file/{wrong}") as response:
            assert (response.status, (await response.json())["description"]) == (404, "Not Found")


async def test_a_long_poll_waits_for_somebody(line: Line) -> None:
    boris = line.fake.user("Boris")
    waiting = asyncio.create_task(line.call("getUpdates", timeout=50))
    await until(lambda: line.fake.calls)
    assert not waiting.done()
    boris.start("A")
    boris.say("B")
    _, told = await waiting
    assert [each["message"]["text"] for each in told["result"]] == ["/start A", "B"]
    assert (await line.call("getUpdates", offset=told["result"][-1]["update_id"] + 1))[1]["result"] == []


async def test_one_poller_only(line: Line) -> None:
    first = asyncio.create_task(line.call("getUpdates", timeout=50))
    await until(lambda: len(line.fake.calls) == 1)
    await asyncio.sleep(0.02)
    second = asyncio.create_task(line.call("getUpdates", timeout=50))
    status, told = await first
    assert (status, told["description"]) == (
        409,
        "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
    )
    await line.call("setWebhook", url=f"{line.base}/nowhere")
    status, told = await second
    assert (status, told["description"]) == (409, "Conflict: terminated by setWebhook request")


async def test_closing_ends_all_that_waits() -> None:
    fake = FakeTelegram()
    async with aiohttp.ClientSession() as http:
        async with serving(fake) as base:
            fake.faults.next("silence", method="getMe")
            polling = asyncio.create_task(Line(fake, base, http).call("getUpdates", timeout=50))
            silent = asyncio.create_task(Line(fake, base, http).call("getMe"))
            await until(lambda: len(fake.calls) == 2)
        done = await asyncio.gather(polling, silent, return_exceptions=True)
    assert isinstance(done[1], aiohttp.ClientError)


@pytest.mark.parametrize(("kind", "stands"), [("reset", 0), ("lost", 1)])
async def test_a_connection_breaks(line: Line, amira: FakeUser, kind: str, stands: int) -> None:
    line.fake.faults.next(kind, method="sendMessage")
    with pytest.raises(aiohttp.ClientError):
        await line.call("sendMessage", chat_id=amira.id, text="x")
    assert len(amira.messages) == stands
    assert (await line.call("getMe"))[0] == 200


@pytest.mark.parametrize(("kind", "stands"), [("silence", 0), ("mute", 1)])
async def test_a_connection_falls_silent(line: Line, amira: FakeUser, kind: str, stands: int) -> None:
    line.fake.faults.next(kind, method="sendMessage")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await line.call("sendMessage", chat_id=amira.id, text="x")
    assert len(amira.messages) == stands


async def test_garbage_and_pages_come_as_they_are(line: Line, amira: FakeUser) -> None:
    url = f"{line.base}/bot{TOKEN}/getMe"
    for kind, status, content in (("garbage", 200, "application/json"), ("502", 502, "text/html")):
        line.fake.faults.next(kind, method="getMe")
        async with line.http.get(url) as response:
            assert (response.status, response.content_type) == (status, content)
            with pytest.raises((ValueError, UnicodeDecodeError)):
                json.loads(await response.read())


# The webhook


Answering = Callable[[dict[str, Any]], web.Response]


class Hook:
    """A bot's webhook: keeps what comes, answers as it is told to."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.secrets: list[str | None] = []
        self.answers: list[web.Response] = []
        self.open = asyncio.Event()
        self.open.set()
        self.at_once = 0
        self.most = 0
        self.url = ""

    async def answer(self, request: web.Request) -> web.Response:
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        self.got.append(await request.json())
        self.secrets.append(request.headers.get(SECRET_HEADER))
        await self.open.wait()
        self.at_once -= 1
        return self.answers.pop(0) if self.answers else web.Response()

    @property
    def ids(self) -> list[int]:
        return [each["update_id"] for each in self.got]


@asynccontextmanager
async def hooked() -> AsyncIterator[Hook]:
    hook = Hook()
    app = web.Application()
    app.router.add_post("/hook", hook.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        yield hook
    finally:
        hook.open.set()
        await runner.cleanup()


async def test_the_webhook_gets_all_that_waited_with_the_secret(line: Line, amira: FakeUser) -> None:
    async with hooked() as hook:
        await line.call("setWebhook", url=hook.url, secret_token="S-1")
        amira.say("more")
        await settled(line.fake)
        assert [each["message"]["text"] for each in hook.got] == ["/start", "more"]
        assert hook.secrets == ["S-1", "S-1"]
        await line.call("deleteWebhook")
        amira.say("not there")
        await asyncio.sleep(0.05)
        assert len(hook.got) == 2
        assert len((await line.call("getUpdates"))[1]["result"]) == 1


async def test_a_refused_update_comes_again_later_and_later(line: Line, amira: FakeUser) -> None:
    async with hooked() as hook:
        busy = web.Response(status=503, headers={"Retry-After": "17"})
        hook.answers = [web.Response(status=500) for _ in range(4)] + [busy, web.Response(status=204)]
        await line.call("setWebhook", url=hook.url)
        amira.say("waits for the one before")
        await until(lambda: len(hook.got) == 7)
        await settled(line.fake)
    first, second = sorted(set(hook.ids))
    assert hook.ids == [first] * 6 + [second]
    assert [(each.status, each.wait) for each in line.fake.tries] == [
        (500, 0.0), (500, 2.0), (500, 4.0), (500, 8.0), (503, 17.0), (204, 0.0), (200, 0.0)
    ]  # fmt: skip
    info = (await line.call("getWebhookInfo"))[1]["result"]
    assert info["last_error_message"] == "Wrong response from the webhook: 503 Service Unavailable"
    assert info["pending_update_count"] == 0


async def test_a_webhook_that_is_not_there(line: Line, amira: FakeUser) -> None:
    async with hooked() as hook:
        url = hook.url
    await line.call("setWebhook", url=url)
    await until(lambda: len(line.fake.tries) >= 2)
    assert {each.status for each in line.fake.tries} == {0}
    assert len(line.fake.updates.pending) == 1


async def test_one_chat_waits_and_others_do_not(line: Line, amira: FakeUser) -> None:
    others = [line.fake.user(f"P{at}") for at in range(5)]
    async with hooked() as hook:
        hook.open.clear()
        await line.call("setWebhook", url=hook.url, max_connections=4)
        amira.say("second")
        for other in others:
            other.start()
        await until(lambda: hook.at_once == 4)
        await asyncio.sleep(0.05)
        assert hook.most == 4
        assert [each["message"]["text"] for each in hook.got] == ["/start"] * 4
        hook.open.set()
        await settled(line.fake)
        mine = [each["message"]["text"] for each in hook.got if each["message"]["from"]["id"] == amira.id]
        assert mine == ["/start", "second"]
        assert hook.most == 4


async def test_a_press_does_not_wait_for_messages(line: Line, amira: FakeUser) -> None:
    line.fake.call("sendMessage", {"chat_id": amira.id, "text": "x", "reply_markup": button(callback_data="x")})
    async with hooked() as hook:
        hook.open.clear()
        await line.call("setWebhook", url=hook.url)
        amira.press("Go")
        await until(lambda: hook.at_once == 2)
        assert {next(iter(set(each) - {"update_id"})) for each in hook.got} == {"message", "callback_query"}


async def test_twice_and_out_of_order(line: Line, amira: FakeUser) -> None:
    async with hooked() as hook:
        amira.say("second")
        line.fake.faults.next("reorder", method="webhook")
        line.fake.faults.next("duplicate", method="webhook")
        await line.call("setWebhook", url=hook.url)
        await settled(line.fake)
        first = min(hook.ids)
        assert hook.ids == [first + 1, first, first]


async def test_an_answer_may_call_a_method(line: Line, amira: FakeUser) -> None:
    async with hooked() as hook:
        hook.answers = [web.json_response({"method": "sendMessage", "chat_id": amira.id, "text": "Welcome"})]
        await line.call("setWebhook", url=hook.url)
        await until(lambda: amira.messages)
        assert amira.last.text == "Welcome"


# The control door


async def test_another_process_plays_a_person(line: Line) -> None:
    async def act(what: str, **asked: Any) -> Any:
        async with line.http.post(f"{line.base}/control/{what}", json=asked) as response:
            told = await response.json()
            return told.get("result", told.get("error"))

    user = await act("user", first_name="Ivana", language_code="hr")
    await act("start", user=user, payload="CODE")
    await line.call(
        "sendMessage", chat_id=user, text="<i>Hi</i>", parse_mode="HTML", reply_markup=button(callback_data="q")
    )
    assert (await act("messages", user=user))[0]["rows"] == [["Go"]]
    query = await act("press", user=user, label="Go")
    await line.call("answerCallbackQuery", callback_query_id=query, text="Yes")
    assert await act("toasts", user=user) == [{"text": "Yes", "alert": False}]
    await act("upload", user=user, name="a.zip", data=base64.b64encode(b"PK").decode(), mime="application/zip")
    await act("photo", user=user, data=base64.b64encode(png(9, 9)).decode())
    group = await act("group", title="Shift", users=[user])
    await act("say", group=group, user=user, text="/huddle")
    await act("inject", raw={"surprise": {}})
    told = (await line.call("getUpdates"))[1]["result"]
    assert [next(iter(set(each) - {"update_id"})) for each in told] == [
        "message", "callback_query", "message", "message", "my_chat_member", "message", "message", "surprise"
    ]  # fmt: skip
    assert told[2]["message"]["document"]["file_name"] == "a.zip"
    await act("fault", kind="500", method="getMe")
    assert await act("limits", off=True) == {
        "off": True, "bulk": 30, "lately": 60.0, "chat_rate": 1.0, "chat_burst": 5, "group": 20, "webhook": 1.0
    }  # fmt: skip
    async with line.http.get(f"{line.base}/bot{TOKEN}/getMe") as response:
        assert response.status == 500
    assert "no button" in await act("press", user=user, label="Nowhere")
    assert "There are: " in await act("fly")


async def test_the_page_for_a_person(line: Line, amira: FakeUser) -> None:
    line.fake.call("sendMessage", {"chat_id": amira.id, "text": "<script>", "reply_markup": button(callback_data="x")})
    async with line.http.post(f"{line.base}/control/press", data={"user": str(amira.id), "label": "Go"}) as response:
        page = await response.text()
    assert "&lt;script&gt;" in page
    assert "<button>Go</button>" in page
    assert len(line.fake.queries) == 1
