"""The strict fake Slack over real sockets, with clients that are not ours: slack_sdk, Bolt (both ways), Slack's Node SDK.

Each takes the same small lesson. Then what breaks between Slack and an app: sockets, requests, retries, installs.
"""

import asyncio
import logging
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient
from yarl import URL

from tests.fakes.slack import FakePerson, FakeSlack, Workspace
from tests.fakes.slack.server import Server, serve
from tests.fakes.slack_kit import Time, actions, button
from tests.fakes.slack_lesson import PATIENCE, Teacher, take_the_lesson, until

Json = dict[str, Any]
NODE = Path(__file__).parent / "node"
QUIET = logging.getLogger("a client of the fake Slack")
QUIET.setLevel(logging.CRITICAL)


class Scene:
    def __init__(self, fake: FakeSlack, server: Server) -> None:
        self.fake, self.server = fake, server
        self.acme: Workspace = fake.workspace("Acme")
        self.amira: FakePerson = self.acme.user("Amira Haddad")
        self.client = self.client_of(self.acme.token)

    def client_of(self, token: str) -> AsyncWebClient:
        return AsyncWebClient(token=token, base_url=f"{self.server.base_url}/api/", logger=QUIET)


@asynccontextmanager
async def on_stage(fake: FakeSlack | None = None) -> AsyncIterator[Scene]:
    made = fake or FakeSlack()
    async with serve(made) as server:
        yield Scene(made, server)


@asynccontextmanager
async def sdk(scene: Scene, teacher: Teacher | None, ping: float = 1.0) -> AsyncIterator[SocketModeClient]:
    """slack_sdk's own Socket Mode client. Without a teacher it acknowledges and does nothing."""
    client = SocketModeClient(scene.fake.app.app_token, web_client=scene.client, logger=QUIET, ping_interval=ping)

    async def heard(link: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        answer: Json | None = None
        body = request.payload
        if teacher and body.get("type") == "view_submission":
            answer = teacher.judged(body)
        elif teacher and request.type == "slash_commands":
            answer = {"text": "One moment."}
        await link.send_socket_mode_response(SocketModeResponse(request.envelope_id, answer))
        if teacher is None:
            return
        match request.type, body.get("type"):
            case "events_api", _:
                event = body["event"]
                if event["type"] == "message":
                    await teacher.message(event)
                elif event["type"] == "app_home_opened":
                    await teacher.home(event)
            case "interactive", "block_actions":
                await teacher.pressed(body)
            case "interactive", "view_submission" if answer is None:
                await teacher.submitted(body)
            case "slash_commands", _:
                await teacher.show_map(body)

    client.socket_mode_request_listeners.append(heard)
    await client.connect()  # type: ignore[no-untyped-call]
    opened = scene.server.sockets.opened
    await until(lambda: scene.server.sockets.open and scene.server.sockets.opened >= opened)
    try:
        yield client
    finally:
        await client.close()  # type: ignore[no-untyped-call]
        await client.aiohttp_client_session.close()


def bolt(scene: Scene, teacher: Teacher) -> AsyncApp:
    app = AsyncApp(client=scene.client, signing_secret=scene.fake.app.signing_secret, logger=QUIET)

    @app.event("message")
    async def message(event: Json) -> None:
        await teacher.message(event)

    @app.event("app_home_opened")
    async def home(event: Json) -> None:
        await teacher.home(event)

    @app.event("file_shared")
    async def shared() -> None:
        return None

    async def pressed(ack: Callable[[], Awaitable[Any]], body: Json) -> None:
        await ack()
        await teacher.pressed(body)

    for action in ("answer_1", "answer_2", "type", "chosen", "done", "start"):
        app.action(action)(pressed)

    @app.view("typed")
    async def typed(ack: Callable[..., Awaitable[Any]], body: Json) -> None:
        answer = teacher.judged(body)
        await (ack(**answer) if answer else ack())
        if answer is None:
            await teacher.submitted(body)

    @app.command("/map")
    async def show_map(ack: Callable[..., Awaitable[Any]], body: Json) -> None:
        await ack("One moment.")
        await teacher.show_map(body)

    return app


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def website(handler: Handler) -> AsyncIterator[str]:
    """An app's own address on this machine."""
    app = web.Application()
    app.router.add_route("*", "/slack/events", handler)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    finally:
        await runner.cleanup()


def by_http(fake: FakeSlack, url: str) -> None:
    fake.app.socket_mode = False
    fake.app.urls = {"events": url}


# the lesson ------------------------------------------------------------------------------------------------------


async def test_slack_sdk_takes_the_lesson() -> None:
    async with on_stage() as scene, sdk(scene, Teacher(scene.client)):
        await take_the_lesson(scene.fake, scene.amira)


async def test_bolt_takes_the_lesson_by_socket_mode() -> None:
    async with on_stage() as scene:
        handler = AsyncSocketModeHandler(bolt(scene, Teacher(scene.client)), scene.fake.app.app_token, ping_interval=1)
        await handler.connect_async()  # type: ignore[no-untyped-call]
        await until(lambda: scene.server.sockets.open)
        await take_the_lesson(scene.fake, scene.amira)
        await handler.close_async()  # type: ignore[no-untyped-call]
        await handler.client.aiohttp_client_session.close()


async def test_bolt_takes_the_lesson_by_http() -> None:
    async with on_stage() as scene:
        app = bolt(scene, Teacher(scene.client))

        async def handle(request: web.Request) -> web.StreamResponse:
            return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

        async with website(handle) as url:
            by_http(scene.fake, url)
            assert await scene.server.outgoing.verify_url(url)
            assert await scene.server.outgoing.ssl_check(url)
            await take_the_lesson(scene.fake, scene.amira)


def node_modules(tmp: Path) -> Path:
    """Slack's Node SDK as the lock file has it, once for this machine; outside the repository."""
    if not shutil.which("node") or not shutil.which("npm"):
        if os.environ.get("CI") == "true":
            pytest.fail("node and npm are needed for Slack's own Node SDK: apt-get install nodejs npm")
        pytest.skip("no node or no npm here, so Slack's own Node SDK is not tried")
    for name in ("package.json", "package-lock.json", "teacher.mjs"):
        shutil.copy(NODE / name, tmp / name)
    command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"]
    done = subprocess.run(command, cwd=tmp, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return tmp


async def test_slacks_own_node_sdk_takes_the_lesson(tmp_path: Path) -> None:
    place = await asyncio.to_thread(node_modules, tmp_path)
    async with on_stage() as scene:
        given = (scene.server.base_url, scene.acme.token, scene.fake.app.app_token)
        process = await asyncio.create_subprocess_exec(
            "node",
            str(place / "teacher.mjs"),
            *given,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        assert process.stdout
        said = b""
        try:
            async with asyncio.timeout(60):
                said = await process.stdout.readline()
            assert said == b"ready\n"
            await take_the_lesson(scene.fake, scene.amira)
        except TimeoutError:
            process.kill()
            pytest.fail((said + await process.stdout.read()).decode())
        finally:
            with suppress(ProcessLookupError):
                process.terminate()
            await process.communicate()


# sockets ---------------------------------------------------------------------------------------------------------


async def link(scene: Scene, session: aiohttp.ClientSession) -> aiohttp.ClientWebSocketResponse:
    opened = await scene.client.apps_connections_open(app_token=scene.fake.app.app_token)
    return await session.ws_connect(str(opened["url"]), autoping=True)


async def test_hello_tickets_and_no_more_than_ten_sockets() -> None:
    async with on_stage() as scene, aiohttp.ClientSession() as session:
        scene.fake.limits.on = False
        url = str((await scene.client.apps_connections_open(app_token=scene.fake.app.app_token))["url"])
        first = await session.ws_connect(url)
        hello = await first.receive_json()
        assert (hello["type"], hello["num_connections"]) == ("hello", 1)
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(url)
        others = [await link(scene, session) for _ in range(9)]
        assert (await others[-1].receive_json())["num_connections"] == 10
        eleventh = await link(scene, session)
        refused = await eleventh.receive_json()
        assert (refused["type"], refused["reason"]) == ("disconnect", "too_many_websockets")
        for one in (first, *others, eleventh):
            await one.close()


async def test_each_envelope_goes_to_one_socket_and_comes_again_if_unanswered() -> None:
    fake = FakeSlack(Time())
    async with on_stage(fake) as scene, aiohttp.ClientSession() as session:
        links = [await link(scene, session) for _ in range(2)]
        for one in links:
            await one.receive_json()
        scene.amira.say("hi")
        first = await _next(links)
        assert (first["type"], first["retry_attempt"]) == ("events_api", 0)
        assert isinstance(fake.clock, Time)
        fake.clock.now += 3.5
        again = await _next(links)
        assert (again["retry_attempt"], again["retry_reason"]) == (1, "timeout")
        assert again["payload"]["event_id"] == first["payload"]["event_id"]
        for one in links:
            await one.send_str("garbage")
            await one.send_json({"envelope_id": again["envelope_id"]})
        await until(lambda: fake.deliveries.done)
        assert len(fake.deliveries.late) == 1, "the second acknowledgement finds nothing"
        for one in links:
            await one.close()


async def _next(links: list[aiohttp.ClientWebSocketResponse]) -> Json:
    waiting = {asyncio.ensure_future(one.receive_json()) for one in links}
    done, rest = await asyncio.wait(waiting, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
    for one in rest:
        one.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
    return dict(done.pop().result())


@pytest.mark.parametrize("how", ["disconnect", "reset", "half open", "restart"])
async def test_a_broken_socket_is_mended_and_events_still_come(how: str) -> None:
    async with on_stage() as scene:
        fake, sockets = scene.fake, scene.server.sockets
        fake.limits.on = False
        fake.deliveries.retries = (0.0, 0.3, 0.3) + (0.5,) * 40
        fake.deliveries.within = 0.5
        async with sdk(scene, Teacher(scene.client), ping=0.25):
            before = sockets.opened
            match how:
                case "disconnect":
                    await sockets.disconnect("refresh_requested")
                case "reset":
                    sockets.reset()
                case "half open":
                    sockets.half_open()
                case _:
                    await scene.server.restart(0.2)
            scene.amira.say("learn")
            await until(lambda: scene.amira.messages)
            assert sockets.opened > before
            await until(lambda: not fake.deliveries.open)


async def test_without_a_socket_commands_are_lost_and_events_wait_for_their_retries() -> None:
    async with on_stage() as scene:
        command, said = scene.amira.command("/learn"), scene.amira.say("hi")
        await until(lambda: scene.fake.lost)
        assert scene.fake.lost == [command] and scene.amira.notices == ["/learn failed with the error dispatch_failed"]
        assert said
        await until(lambda: said.attempt == 2)
        assert (said.state, said.reason) == ("waiting", "connection_failed")


async def test_anything_can_be_put_on_a_socket() -> None:
    async with on_stage() as scene, sdk(scene, Teacher(scene.client)):
        scene.fake.inject(b"{ no json")
        scene.fake.inject({"type": "from_the_future", "x": 1})
        scene.amira.say("learn")
        await until(lambda: scene.amira.messages)


# requests --------------------------------------------------------------------------------------------------------


class Site:
    """An app that notes what comes and answers as it is told."""

    def __init__(self) -> None:
        self.seen: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[Callable[[], Awaitable[web.StreamResponse]]] = []

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.seen.append((dict(request.headers), await request.read()))
        return await self.answers.pop(0)() if self.answers else web.Response()

    def will(self, status: int = 200, headers: dict[str, str] | None = None) -> None:
        async def answer() -> web.StreamResponse:
            return web.Response(status=status, headers=headers)

        self.answers.append(answer)

    def will_sleep(self, over: asyncio.Event) -> None:
        async def answer() -> web.StreamResponse:
            await over.wait()
            return web.Response()

        self.answers.append(answer)

    def tries(self) -> list[tuple[str, str]]:
        names = ("X-Slack-Retry-Num", "X-Slack-Retry-Reason")
        return [(headers.get(names[0], ""), headers.get(names[1], "")) for headers, _ in self.seen]


async def test_a_request_that_fails_comes_again_with_its_number_and_reason() -> None:
    time, site, over = Time(), Site(), asyncio.Event()
    async with on_stage(FakeSlack(time)) as scene, website(site.handle) as url:
        by_http(scene.fake, url)
        site.will(500)
        site.will_sleep(over)
        said = scene.amira.say("hi")
        assert said
        await until(lambda: len(site.seen) == 2)
        time.now += 3.1
        await until(lambda: said.attempt == 2)
        assert said.due == pytest.approx(time.now + 60)
        site.will(404)
        time.now += 61
        await until(lambda: said.attempt == 3)
        time.now += 301
        await until(lambda: said.state == "done")
        assert site.tries() == [("", ""), ("1", "http_error"), ("2", "http_timeout"), ("3", "http_error")]
        assert len({body for _, body in site.seen}) == 1
        over.set()


async def test_an_app_may_refuse_retries_and_clicks_have_none() -> None:
    site = Site()
    async with on_stage() as scene, website(site.handle) as url:
        by_http(scene.fake, url)
        site.will(500, {"X-Slack-No-Retry": "1"})
        said = scene.amira.say("hi")
        await until(lambda: scene.fake.lost == [said])
        site.will(503)
        command = scene.amira.command("/learn")
        await until(lambda: command in scene.fake.lost)
        assert len(site.seen) == 2
        assert site.seen[1][1].startswith(b"token=") and b"command=%2Flearn" in site.seen[1][1]
        assert not await scene.server.outgoing.verify_url(url), "no challenge came back"


async def test_nobody_at_the_address_is_connection_failed() -> None:
    async with on_stage() as scene:
        by_http(scene.fake, "http://127.0.0.1:9/slack/events")
        said = scene.amira.say("hi")
        assert said
        await until(lambda: said.attempt == 2)
        assert said.reason == "connection_failed"


# calls over http -------------------------------------------------------------------------------------------------


async def test_arguments_come_as_forms_json_or_in_the_query_but_tokens_do_not() -> None:
    async with on_stage() as scene, aiohttp.ClientSession() as session:
        api, token = f"{scene.server.base_url}/api/", scene.acme.token
        bearer = {"Authorization": f"Bearer {token}"}
        said = {"channel": scene.amira.id, "text": "x"}
        for sent in (
            {"data": {**said, "token": token}},
            {"json": said, "headers": bearer},
            {"params": said, "headers": bearer},
        ):
            async with session.post(f"{api}chat.postMessage", **sent) as answer:  # type: ignore[arg-type]
                assert (await answer.json())["ok"], sent
        async with session.get(f"{api}auth.test", params={"token": token}) as answer:
            assert (await answer.json())["error"] == "not_authed"
        for body, word in ((b"{", "invalid_json"), (b"[]", "json_not_object")):
            headers = {**bearer, "Content-Type": "application/json"}
            async with session.post(f"{api}api.test", data=body, headers=headers) as answer:
                assert (await answer.json())["error"] == word


async def test_slack_sdk_reads_the_refusals() -> None:
    async with on_stage() as scene:
        with pytest.raises(SlackApiError) as refused:
            await scene.client.chat_postMessage(channel=scene.amira.id, text="x", blocks=[{"type": "section"}])
        assert refused.value.response["error"] == "invalid_blocks"
        scene.fake.faults.add("chat.postMessage", "429", seconds=7)
        with pytest.raises(SlackApiError) as refused:
            await scene.client.chat_postMessage(channel=scene.amira.id, text="x")
        assert (refused.value.response.status_code, refused.value.response.headers["Retry-After"]) == (429, "7")


async def test_what_breaks_between() -> None:
    async with on_stage() as scene:
        post = scene.client.chat_postMessage
        for kind in ("reset", "lost"):
            scene.fake.faults.add("chat.postMessage", kind, times=2)  # slack_sdk tries a lost connection once more
            with pytest.raises((aiohttp.ClientConnectionError, ConnectionError)):
                await post(channel=scene.amira.id, text=kind)
        assert [one.text for one in scene.amira.messages] == ["lost", "lost"]
        scene.fake.faults.add("chat.postMessage", "hang")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(post(channel=scene.amira.id, text="hang"), 0.3)
        for kind in ("500", "garbage"):
            scene.fake.faults.add("chat.postMessage", kind)
            with pytest.raises(SlackApiError):
                await post(channel=scene.amira.id, text=kind)
        assert [one.text for one in scene.amira.messages] == ["lost", "lost", "garbage"]


async def test_a_response_url_over_http() -> None:
    from slack_sdk.webhook.async_client import AsyncWebhookClient

    async with on_stage() as scene:
        await scene.client.chat_postMessage(channel=scene.amira.id, text="x", blocks=actions(button(action_id="b")))
        press = scene.amira.press("Go")
        hook = AsyncWebhookClient(press.payload["response_url"], logger=QUIET)
        assert (await hook.send(text="instead", replace_original=True)).status_code == 200
        assert scene.amira.messages[0].visible == "instead"
        assert [(await hook.send(text="x")).status_code for _ in range(5)] == [200] * 4 + [404]


@pytest.mark.filterwarnings("ignore:BasicAuth is deprecated")  # slack_sdk's own way to send the client's secret
async def test_installing_over_http() -> None:
    async with on_stage() as scene, aiohttp.ClientSession() as session:
        app = scene.fake.app
        back = "http://127.0.0.1:9/back"
        query = {"client_id": app.client_id, "scope": "chat:write,commands", "state": "s1", "redirect_uri": back}
        authorize = f"{scene.server.base_url}/oauth/v2/authorize"
        async with session.get(authorize, params=query, allow_redirects=False) as answer:
            target = URL(answer.headers["Location"])
        assert (answer.status, target.query["state"]) == (302, "s1")
        granted = await scene.client_of("").oauth_v2_access(
            client_id=app.client_id, client_secret=app.client_secret, code=target.query["code"], redirect_uri=back
        )
        assert granted["access_token"] == scene.acme.token and granted["bot_user_id"] == scene.acme.bot_user
        async with session.get(authorize, params={**query, "fake_answer": "cancel"}, allow_redirects=False) as answer:
            assert "error=access_denied" in answer.headers["Location"]
        async with session.get(authorize, params={**query, "scope": "admin"}) as answer:
            assert (answer.status, "invalid_scope" in await answer.text()) == (400, True)


async def test_the_control_door() -> None:
    async with on_stage() as scene, aiohttp.ClientSession() as session, sdk(scene, Teacher(scene.client)):
        who = {"workspace": "Acme", "person": "Amira Haddad"}

        async def ask(what: str, /, **given: Any) -> Any:
            async with session.post(f"{scene.server.base_url}/control/{what}", json=given) as answer:
                body = await answer.json()
                return body["result"] if answer.status == 200 else body["error"]

        assert (await ask("state"))["app_token"] == scene.fake.app.app_token
        await ask("say", **who, text="learn")
        await until(lambda: scene.amira.messages)
        assert (await ask("see", **who))["messages"][0]["buttons"] == ["Lyon", "Paris", "Type it"]
        assert "Nice" in await ask("press", **who, label="Nice")
        await ask("press", **who, label="Paris")
        await until(lambda: scene.amira.messages[0].edits)
        assert await ask("upload", **who, name="a.txt", base64="aGk=")
        assert (await ask("calls", since=0))[-1]["method"]
        await ask("fault", method="auth.test", kind="500")
        with pytest.raises(SlackApiError):
            await scene.client.auth_test()
        await ask("storm", chances={"429": 1.0}, seed=3)
        await ask("calm")
        assert (await ask("deliveries", duplicates=1, reorder=4))["reorder"] == 4
        await ask("say", **who, text="held back")
        assert not copies(scene, "held back")
        assert (await ask("deliveries", reorder=0)) == {"duplicates": 1.0, "reorder": 0, "strip": []}
        assert len(copies(scene, "held back")) == 2
        await ask("calm")
        assert (await ask("limits", on=False))["on"] is False
        await ask("join", workspace="Acme", real_name="Boris")
        await ask("channel", workspace="Acme", name="room")
        assert "Boris" in (await ask("state"))["workspaces"][0]["people"]
        assert await ask("sockets", do="disconnect") == 1
        await until(lambda: scene.server.sockets.opened == 2)
        await ask("uninstall", workspace="Acme")
        assert "KeyError" in await ask("press")


def copies(scene: Scene, text: str) -> list[object]:
    """What went out, or is about to, with that text."""
    there = scene.fake.deliveries
    return [one for one in (*there.open, *there.done) if text in str(one.payload)]
