"""One call of Slack's Web API: by whose token, how long to wait for it, and what its failures mean.

Promise: a call is made once. A method that Slack asked to leave alone is left alone in that workspace until then, without
asking again. A connection that broke before anything was sent is told from one that broke afterwards. No token, and
nothing of what is sent, is ever logged or told.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack import errors
from bot.ports import Clock, Misconfigured, SendError, Throttled, Unknown, Unreachable

Json = dict[str, Any]
TokenFor = Callable[[str], Awaitable[str]]  # the bot token of a team; raises SendError
Session = Callable[[], aiohttp.ClientSession]

SERVER: Final = "https://slack.com/api/"
PATIENCE: Final = 30.0  # seconds for an answer
KEPT: Final = 64  # clients that are kept, one a workspace

# These take their arguments as JSON; all others as a form, which every method takes.
_JSON: Final = frozenset({"chat.postMessage", "chat.postEphemeral", "chat.update", "views.publish"})

_quiet = logging.getLogger("adapters.slack.sdk")
_quiet.setLevel(logging.WARNING)  # on "debug" the SDK logs what people are told

# Nothing of the request had left us.
_BEFORE: Final = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.ClientProxyConnectionError,
    aiohttp.ClientHttpProxyError,
)


class Garbled(Exception):
    """Slack said that all is well (HTTP 200), in words that nobody can read: what was asked for was done."""


class Calling:
    """Calls for all workspaces, over one shared session."""

    def __init__(self, token_for: TokenFor, session: Session, clock: Clock, server: str = "") -> None:
        self._token_for = token_for
        self._session = session
        self._clock = clock
        self.server = server or SERVER
        self._resting: dict[tuple[str, str], datetime] = {}
        self._clients: dict[str, AsyncWebClient] = {}

    async def __call__(self, team: str, method: str, arguments: Mapping[str, Any]) -> Json:
        """The answer's fields. Raises SendError where Slack gave none, Declined where it said no, Garbled."""
        self._leave_alone(team, method)
        client = self._client(await self._token_for(team))
        try:
            async with asyncio.timeout(PATIENCE):
                return await _call(client, method, arguments)
        except SendError as why:
            if why.after and isinstance(why, Throttled):
                self._resting[team, method] = self._clock.now() + timedelta(seconds=why.after)
            raise
        except TimeoutError:
            raise errors.undoubted(method, Unknown(f"{method}: no answer in {PATIENCE:.0f} s.")) from None

    async def token(self, team: str) -> str:
        return await self._token_for(team)

    def session(self) -> aiohttp.ClientSession:
        return self._session()

    def _leave_alone(self, team: str, method: str) -> None:
        until = self._resting.get((team, method))
        if until is None:
            return
        left = (until - self._clock.now()).total_seconds()
        if left > 0:
            raise errors.throttled(method, left)
        del self._resting[team, method]

    def _client(self, token: str) -> AsyncWebClient:
        """Tries once: what to try again, and when, the outbox decides. A shared session halves what a call costs."""
        session = self._session()
        client = self._clients.get(token)
        if client is None or client.session is not session:
            client = AsyncWebClient(
                token, base_url=self.server, session=session, retry_handlers=[], logger=_quiet, timeout=int(PATIENCE)
            )
            self._clients[token] = client
            if len(self._clients) > KEPT:
                del self._clients[next(iter(self._clients))]
        return client


async def _call(client: AsyncWebClient, method: str, arguments: Mapping[str, Any]) -> Json:
    try:
        given = {"json": dict(arguments)} if method in _JSON else {"data": _form(arguments)}
        answer = await client.api_call(method, **given)
    except SlackApiError as why:
        raise _failure(method, why) from None
    except _BEFORE as why:
        raise Unreachable(f"{method}: {type(why).__name__}.") from None
    except aiohttp.InvalidURL:
        raise Misconfigured(f"{method}: [slack] server is no address.") from None
    except (aiohttp.ClientError, SlackClientError, OSError) as why:
        raise errors.undoubted(method, Unknown(f"{method}: {type(why).__name__} after it was sent.")) from None
    except (AttributeError, TypeError, ValueError):
        # The SDK reads every answer as a JSON object; one that is a list, plain text or no UTF-8 fails in there.
        raise Garbled(method) from None
    return answer.data if isinstance(answer.data, dict) else {}


def _failure(method: str, why: SlackApiError) -> Exception:
    """The SDK hands over its own answer, or aiohttp's where the body could not be read."""
    answer: Any = why.response
    status = int(getattr(answer, "status_code", 0) or getattr(answer, "status", 0) or 0)
    headers = getattr(answer, "headers", None) or {}
    data = getattr(answer, "data", None)
    if failed := errors.answered(method, status, str(headers.get("Retry-After", ""))):
        return failed
    if isinstance(data, dict) and data.get("error"):
        return errors.declined(method, data)
    return Garbled(method)


def _form(arguments: Mapping[str, Any]) -> dict[str, str]:
    return {name: value if isinstance(value, str) else str(value) for name, value in arguments.items()}
