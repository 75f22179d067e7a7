"""A file that somebody sent in Slack: what it is, then its bytes, piece by piece.

Promise: the size is asked before a byte is loaded, and counted while loading. The token goes to Slack's own hosts only (or
to the server in the settings), in a header, and no redirect leads elsewhere. A page to sign in instead of the file is told
from the file.
Source: https://docs.slack.dev/reference/methods/files.info
"""

import json
from collections.abc import AsyncIterator
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import aiohttp

from adapters.slack.calling import Calling, Garbled
from adapters.slack.errors import Declined, seconds, send_error
from bot.effects import Fetch
from bot.ports import Misconfigured, NotThere, Refused, SendError, Throttled, Told, Unreachable

PIECE: Final = 64 * 1024  # bytes
SILENT: Final = 30.0  # seconds without a byte
HOPS: Final = 3  # redirects, all of them at Slack
_GONE: Final = frozenset({"file_not_found", "file_deleted", "file_not_visible", "access_denied", "not_visible"})


async def fetched(call: Calling, team: str, fetch: Fetch, limit: int, told: Told) -> AsyncIterator[bytes]:
    """The bytes. Raises NotThere where the file cannot be had, SendError where it may be had later or never by us."""
    file = await _about(call, team, _id(fetch.ref), limit)
    url = str(file.get("url_private_download") or file.get("url_private") or "")
    if not url:
        raise NotThere("gone")
    count = 0
    async for piece in _bytes(call, team, url, str(file.get("mimetype", ""))):
        count += len(piece)
        if count > limit:
            raise NotThere("large")
        await told(count)
        yield piece
    if not count:
        raise NotThere("empty")


def is_slack(url: str, server: str) -> bool:
    """Whether the token may be shown there."""
    try:
        to, own = urlsplit(url), urlsplit(server)
        if (to.scheme, to.hostname, to.port) == (own.scheme, own.hostname, own.port):
            return True
        host = to.hostname or ""
        return to.scheme == "https" and to.port in (None, 443) and (host == "slack.com" or host.endswith(".slack.com"))
    except ValueError:
        return False


def _id(ref: str) -> str:
    """The file's id in the reference that its offer carried."""
    try:
        raw = json.loads(ref)
    except ValueError:
        raw = None
    id = raw.get("file") if isinstance(raw, dict) else None
    if not isinstance(id, str) or not id.isalnum():
        raise NotThere("broken")
    return id


async def _about(call: Calling, team: str, id: str, limit: int) -> dict[str, Any]:
    """What Slack says of the file, once it is clear that it is there and not too large."""
    try:
        file: Any = (await call(team, "files.info", {"file": id})).get("file")
    except Declined as why:
        if why.word in _GONE:
            raise NotThere("gone") from None
        raise send_error(why) from None
    except Garbled as why:
        raise Unreachable(f"{why}: an answer that nobody can read.") from None
    if not isinstance(file, dict) or file.get("mode") in ("tombstone", "hidden_by_limit") or file.get("is_external"):
        raise NotThere("gone")
    size = file.get("size")
    if isinstance(size, int) and size > limit:
        raise NotThere("large")
    if size == 0:
        raise NotThere("empty")
    return file


async def _bytes(call: Calling, team: str, url: str, kind: str) -> AsyncIterator[bytes]:
    headers = {"Authorization": f"Bearer {await call.token(team)}"}
    waiting = aiohttp.ClientTimeout(total=None, sock_connect=SILENT, sock_read=SILENT)
    for _ in range(HOPS):
        if not is_slack(url, call.server):
            raise Refused("A file lies on a host that is not Slack's; the token is not shown there.")
        try:
            async with call.session().get(url, headers=headers, allow_redirects=False, timeout=waiting) as answer:
                if answer.status in (301, 302, 303, 307, 308):
                    url = urljoin(url, answer.headers.get("Location", ""))
                    continue
                _judge(answer, kind)
                async for piece in answer.content.iter_chunked(PIECE):
                    yield piece
                return
        except (aiohttp.ClientError, OSError, TimeoutError) as why:
            raise Unreachable(f"a file: {type(why).__name__}.") from None
    raise Refused("A file leads from one address to the next.")


def _judge(answer: aiohttp.ClientResponse, kind: str) -> None:
    """Raises unless this is the file: with a wrong token Slack answers 200 and a page to sign in."""
    if answer.status in (404, 410):
        raise NotThere("gone")
    told = f"a file: HTTP {answer.status}."
    if answer.status == 429:
        raise Throttled(told, seconds(answer.headers.get("Retry-After", "")))
    failed: SendError | None = None
    if answer.status in (401, 403) or (answer.content_type == "text/html" and kind != "text/html"):
        failed = Misconfigured("Slack gave a page to sign in instead of a file: is the scope files:read there?")
    elif answer.status >= 500:
        failed = Unreachable(told)
    elif answer.status != 200:
        failed = Refused(told)
    if failed:
        raise failed
