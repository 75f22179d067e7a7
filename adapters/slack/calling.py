"""One call of Slack's Web API: by whose token, how long to wait for it, and what its failures mean.

`Calling` is for what is done in a workspace; `ask` is for a question by a token of one's own: who am I, where may I connect.
Promise: a call is made once; whether and when it is tried again, whoever calls decides. A method that Slack asked to leave
alone is left alone in that workspace until then, without asking again. A connection that broke before anything was sent is
told from one that broke afterwards. No token, and nothing of what is sent, is ever logged or told: the SDK logs nothing.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.slack import errors
from adapters.slack.errors import DEAD, Declined, send_error
from bot.ports import Clock, Misconfigured, SendError, Throttled, Unknown, Unreachable

Json = dict[str, Any]
TokenFor = Callable[[str], Awaitable[str]]  # the bot token of a team; raises SendError
Session = Callable[[], aiohttp.ClientSession]

SERVER: Final = "https://slack.com/api/"
PATIENCE: Final = 30.0  # seconds for an answer
SHORT_PATIENCE: Final = 10.0  # the same, for a question
KEPT: Final = 64  # clients that are kept, one a workspace

# These take their arguments as JSON; all others as a form, which every method takes.
_JSON: Final = frozenset({"chat.postMessage", "chat.postEphemeral", "chat.update", "views.publish"})

# On "debug" the SDK and Bolt log what people are told, and codes and tokens with it. This logger belongs to no family, so
# nobody's settings give it a voice.
QUIET: Final = logging.Logger("adapters.slack.sdk", logging.CRITICAL + 1)
QUIET.disabled = True

# Nothing of the request had left us.
_BEFORE: Final = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.ClientProxyConnectionError,
    aiohttp.ClientHttpProxyError,
)


class Garbled(Exception):
    """Slack said that all is well (HTTP 200), in words that nobody can read: what was asked for was done."""


class Client(AsyncWebClient):
    """The SDK's client, but for how it says who we are when it asks for a token: the SDK leaves that to a part of aiohttp
    that is about to go (`BasicAuth`); as fields of the form Slack takes it as well."""

    async def oauth_v2_access(self, **arguments: Any) -> AsyncSlackResponse:
        return await self.api_call("oauth.v2.access", data={name: value for name, value in arguments.items() if value})


def web_client(
    session: aiohttp.ClientSession, token: str = "", server: str = "", patience: float = SHORT_PATIENCE
) -> AsyncWebClient:
    """A client that tries once and says nothing. A shared session halves what a call costs."""
    return Client(
        token=token or None,
        base_url=server or SERVER,
        timeout=int(patience),
        session=session,
        retry_handlers=[],
        logger=QUIET,
    )


async def ask(client: AsyncWebClient, method: str, **arguments: Any) -> Json:
    """The answer's fields. Raises Declined where Slack said no for good, and SendError where it may be asked later."""
    try:
        return await _call(client, method, arguments)
    except Declined as why:
        error = send_error(why)
        if why.word in DEAD or not isinstance(error, Throttled | Unreachable | Unknown):
            raise
        raise error from None
    except Garbled:
        raise Unreachable(f"{method}: an answer that nobody can read.") from None


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
                until = self._clock.now() + timedelta(seconds=why.after)
                # Calls cross: what was asked for later may end earlier.
                self._resting[team, method] = max(until, self._resting.get((team, method), until))
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
        session = self._session()
        client = self._clients.get(token)
        if client is None or client.session is not session:
            client = web_client(session, token, self.server, PATIENCE)
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
