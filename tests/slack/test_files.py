"""A file that somebody sends: its size before its bytes, the token to Slack only, and a page to sign in is no file."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from adapters.slack.files import is_slack
from bot.ports import Letter, Misconfigured, NotThere, Refused, SendError, Throttled, Unreachable
from tests.slack.outgoing import Stage, on_stage

DATA = bytes(range(256)) * 1000


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with on_stage() as stage:
        yield stage


async def brought(stage: Stage, letter: Letter, limit: int = 1_000_000) -> tuple[bytes, list[int]]:
    told: list[int] = []

    async def tell(count: int) -> None:
        told.append(count)

    pieces = [piece async for piece in stage.sending.fetch(letter, limit, tell)]
    return b"".join(pieces), told


async def test_a_file_comes_in_pieces(stage: Stage) -> None:
    data, told = await brought(stage, stage.fetch(stage.anna.upload("pack.zip", DATA)))
    assert data == DATA
    assert told == sorted(told) and told[-1] == len(DATA) and len(told) > 1


async def test_a_file_that_is_too_large_is_not_loaded(stage: Stage) -> None:
    with pytest.raises(NotThere) as why:
        await brought(stage, stage.fetch(stage.anna.upload("pack.zip", DATA)), limit=1000)
    assert why.value.why == "large"
    assert [call.method for call in stage.calls()] == ["files.info"]


async def test_a_file_that_is_larger_than_was_said_is_not_loaded_to_its_end(stage: Stage) -> None:
    id = stage.anna.upload("pack.zip", DATA)
    stage.fake.files[id].size = 10
    with pytest.raises(NotThere) as why:
        await brought(stage, stage.fetch(id), limit=100_000)
    assert why.value.why == "large"


@pytest.mark.parametrize(
    ("how", "why"), [("empty", "empty"), ("unknown", "gone"), ("deleted", "gone"), ("odd", "broken")]
)
async def test_a_file_that_is_not_there(stage: Stage, how: str, why: str) -> None:
    id = stage.anna.upload("pack.zip", b"" if how == "empty" else DATA)
    letter = stage.fetch(id)
    match how:
        case "deleted":
            del stage.fake.files[id]
        case "unknown":
            letter = stage.fetch("F0000000009")
        case "odd":
            letter = stage.fetch("../../x")
        case _:
            pass
    with pytest.raises(NotThere) as failed:
        await brought(stage, letter)
    assert failed.value.why == why


async def test_a_page_to_sign_in_is_no_file(stage: Stage) -> None:
    id = stage.anna.upload("pack.zip", DATA)
    letter = stage.fetch(id)
    stage.fake.files[id].data = None
    with pytest.raises(Misconfigured, match="sign in"):
        await brought(stage, letter)


async def test_a_missing_scope_is_told(stage: Stage) -> None:
    stage.fake.tokens[stage.workspace.token].scopes -= {"files:read"}
    with pytest.raises(Misconfigured, match="files:read"):
        await brought(stage, stage.fetch(stage.anna.upload("pack.zip", DATA)))


@pytest.mark.parametrize(
    ("fault", "error"), [("500", Unreachable), ("reset", Unreachable), ("429", Throttled), ("lost", Unreachable)]
)
async def test_a_download_that_fails_may_be_tried_again(stage: Stage, fault: str, error: type[SendError]) -> None:
    stage.fake.faults.add("files.download", fault, times=2, seconds=4)  # aiohttp itself tries a GET once more
    letter = stage.fetch(stage.anna.upload("pack.zip", DATA))
    with pytest.raises(error):
        await brought(stage, letter)
    stage.fake.faults.clear()
    assert (await brought(stage, letter))[0] == DATA


# --- Where the token goes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "yes"),
    [
        ("https://files.slack.com/files-pri/T1-F1/download/x.zip", True),
        ("https://slack.com/x", True),
        ("https://FILES.slack.com/x", True),
        ("http://127.0.0.1:9999/files/x", True),
        ("http://files.slack.com/x", False),
        ("https://files.slack.com:8443/x", False),
        ("https://slack.com.evil.example/x", False),
        ("https://evilslack.com/x", False),
        ("https://evil.example/slack.com", False),
        ("https://slack.com@evil.example/x", False),
        ("http://127.0.0.1:9998/files/x", False),
        ("https://127.0.0.1:9999/files/x", False),
        ("file:///etc/passwd", False),
        ("//evil.example", False),
        ("https://[broken", False),
        ("", False),
    ],
)
def test_where_the_token_may_be_shown(url: str, yes: bool) -> None:
    assert is_slack(url, "http://127.0.0.1:9999/api/") is yes


@pytest.fixture
async def stranger() -> AsyncIterator[tuple[str, list[str]]]:
    """Somebody else's server, and the secrets it was shown."""
    seen: list[str] = []

    async def take(request: web.Request) -> web.Response:
        seen.append(request.headers.get("Authorization", ""))
        return web.Response(body=b"caught")

    app = web.Application()
    app.add_routes([web.get("/{any:.*}", take)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}", seen
    await runner.cleanup()


async def test_the_token_is_not_shown_to_a_stranger(stage: Stage, stranger: tuple[str, list[str]]) -> None:
    base, seen = stranger
    id = stage.anna.upload("pack.zip", DATA)
    letter = stage.fetch(id)
    stage.fake.base_url = base  # where Slack now says that the file lies
    with pytest.raises(Refused):
        await brought(stage, letter)
    assert seen == []


async def test_no_redirect_leads_to_a_stranger(stage: Stage, stranger: tuple[str, list[str]]) -> None:
    base, seen = stranger

    async def away(request: web.Request) -> web.Response:
        raise web.HTTPFound(f"{base}/x")

    async def info(request: web.Request) -> web.Response:
        url = f"http://{request.host}/files/T1-F1/download/x.zip"
        return web.json_response({"ok": True, "file": {"id": "F1", "size": 5, "url_private_download": url}})

    app = web.Application()
    app.add_routes([web.get("/files/{any:.*}", away), web.post("/api/files.info", info)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    stage.settings = type(stage.settings)(server=f"http://127.0.0.1:{runner.addresses[0][1]}/api/")
    stage.anew()
    with pytest.raises(Refused):
        await brought(stage, stage.fetch("F1"))
    assert seen == []
    await runner.cleanup()
