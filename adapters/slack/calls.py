"""How the receiving half asks Slack something: a client of the SDK, and its failures as two errors of ours.

It asks who we are, who somebody is, and for a place to connect to. Sending messages is `sending.py`'s.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

SERVER: Final = "https://slack.com/api/"
PATIENCE: Final = 10  # seconds for an answer

# A token that got one of these is of no use any more. https://docs.slack.dev/reference/methods/auth.test
DEAD: Final = frozenset(
    {"account_inactive", "invalid_auth", "not_authed", "token_expired", "token_revoked", "user_removed_from_team"}
)

GARBAGE: Final = (AttributeError, TypeError, ValueError)  # from inside the SDK: an answer that is no JSON object

OpenSession = Callable[[], aiohttp.ClientSession]


class Denied(Exception):
    """Slack said no; `code` is its word for why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Silent(Exception):
    """Slack could not be reached, was busy, or talked nonsense. `after`: seconds to wait, where it said so."""

    def __init__(self, told: str, after: float = 0.0) -> None:
        super().__init__(told)
        self.told = told
        self.after = after


class Client(AsyncWebClient):
    """The SDK's client, but for how it says who we are when it asks for a token: the SDK leaves that to a part of aiohttp
    that is about to go (`BasicAuth`); as fields of the form Slack takes it as well."""

    async def oauth_v2_access(self, **arguments: Any) -> AsyncSlackResponse:
        return await self.api_call("oauth.v2.access", data={name: value for name, value in arguments.items() if value})


def web_client(session: aiohttp.ClientSession, token: str = "", server: str = "") -> AsyncWebClient:
    """A client that tries once: what to try again, and when, is decided by whoever asks."""
    return Client(token=token or None, base_url=server or SERVER, timeout=PATIENCE, session=session, retry_handlers=[])


async def ask(call: Awaitable[Any]) -> dict[str, Any]:
    """The answer's fields. Raises Denied or Silent; neither holds a token."""
    try:
        answer = await call
    except SlackApiError as why:
        raise _failure(why) from None
    except (SlackClientError, aiohttp.ClientError, OSError, TimeoutError, *GARBAGE) as why:
        raise Silent(type(why).__name__) from None
    data = answer.data
    if not isinstance(data, dict):
        raise Silent("no JSON object")
    return data


def _failure(why: SlackApiError) -> Denied | Silent:
    response: Any = why.response
    status = int(getattr(response, "status_code", 0) or 0)
    headers = getattr(response, "headers", None) or {}
    data = getattr(response, "data", response)
    code = data.get("error", "") if isinstance(data, dict) else ""
    if status == 429 or code in ("ratelimited", "rate_limited"):
        return Silent("asked to wait", _seconds(headers.get("Retry-After", "")))
    if status >= 500 or not code or code in ("internal_error", "fatal_error", "service_unavailable", "request_timeout"):
        return Silent(f"HTTP {status}")
    return Denied(str(code)[:80])


def _seconds(text: str) -> float:
    """What Retry-After says, at least a second and at most an hour; a minute where it says nothing that can be read."""
    return float(min(max(int(text), 1), 3600)) if text.isascii() and text.isdigit() and len(text) < 9 else 60.0
