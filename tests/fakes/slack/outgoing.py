"""Deliveries by HTTP: signed requests to the app's addresses, three seconds to answer, retries with their headers.

Source: docs.slack.dev/apis/events-api (retries), /authentication/verifying-requests-from-slack.
"""

import asyncio
import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import aiohttp

if TYPE_CHECKING:
    from tests.fakes.slack.core import FakeSlack
    from tests.fakes.slack.delivery import Delivery

_FORM = "application/x-www-form-urlencoded"
_AGENT = "Slackbot 1.0 (+https://api.slack.com/robots)"
_KINDS = {"events_api": "events", "interactive": "interactive", "slash_commands": "commands", "raw": "events"}
_STEP = 0.02  # seconds between looks at the fake's clock while an answer is awaited


def signed(secret: str, body: bytes, at: float) -> dict[str, str]:
    """The two headers that prove a request is Slack's."""
    stamp = str(int(at))
    digest = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}


def request_of(fake: "FakeSlack", delivery: "Delivery") -> tuple[bytes, dict[str, str]]:
    """Body and headers of one try."""
    payload = delivery.payload
    if isinstance(payload, bytes):
        body, kind = payload, "application/json"
    elif delivery.kind == "slash_commands":
        body, kind = urlencode(payload).encode(), _FORM
    elif delivery.kind == "interactive":
        body, kind = urlencode({"payload": json.dumps(payload)}).encode(), _FORM
    else:
        body, kind = json.dumps(payload).encode(), "application/json"
    headers = {"Content-Type": kind, "User-Agent": _AGENT, "Accept": "*/*"}
    headers |= signed(fake.app.signing_secret, body, fake.clock())
    if delivery.attempt:
        headers |= {"X-Slack-Retry-Num": str(delivery.attempt), "X-Slack-Retry-Reason": delivery.reason}
    return body, headers


class Outgoing:
    def __init__(self, fake: "FakeSlack", session: aiohttp.ClientSession) -> None:
        self.fake = fake
        self.session = session

    def address(self, delivery: "Delivery") -> str:
        urls = self.fake.app.urls
        return urls.get(_KINDS[delivery.kind]) or urls.get("events", "")

    async def send(self, delivery: "Delivery") -> None:
        """One try, to its end: done, or failed for one of Slack's reasons."""
        delivery.state = "posted"
        delivery.tries.append(self.fake.clock())
        body, headers = request_of(self.fake, delivery)
        reason, again, answer = await self._post(self.address(delivery), body, headers)
        if not reason:
            self.fake.deliveries.finish(delivery, answer)
        elif delivery.kind == "raw":
            self.fake.deliveries.fail(delivery, reason, self.fake.clock(), again=False)
        else:
            self.fake.deliveries.fail(delivery, reason, self.fake.clock(), again=again)

    async def _post(self, url: str, body: bytes, headers: dict[str, str]) -> tuple[str, bool, Any]:
        """(why it failed or "", whether it may come again, what was answered)."""
        if not url:
            return "connection_failed", True, None
        asking = asyncio.ensure_future(self._ask(url, body, headers))
        began = self.fake.clock()
        while not asking.done() and self.fake.clock() - began <= self.fake.deliveries.within:
            await asyncio.wait({asking}, timeout=_STEP)
        if not asking.done():
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
            return "http_timeout", True, None
        try:
            status, got, answer = asking.result()
        except aiohttp.TooManyRedirects:
            return "too_many_redirects", True, None
        except aiohttp.ClientConnectionError:
            return "connection_failed", True, None
        except (aiohttp.ClientError, TimeoutError):
            return "unknown_error", True, None
        if 200 <= status < 300:
            return "", True, answer
        return "http_error", got.get("X-Slack-No-Retry") != "1", None

    async def _ask(self, url: str, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, str], Any]:
        async with self.session.post(url, data=body, headers=headers, max_redirects=2) as answer:
            text = await answer.text(errors="replace")
            said: Any = text
            if answer.content_type == "application/json":
                try:
                    said = json.loads(text)
                except ValueError:
                    said = text
            return answer.status, dict(answer.headers), said

    async def verify_url(self, url: str) -> bool:
        """The handshake when a request URL is saved: the challenge must come back within three seconds."""
        challenge = self.fake.new_id("", 40).lower()
        told = {"token": self.fake.app.verification_token, "challenge": challenge, "type": "url_verification"}
        body = json.dumps(told).encode()
        headers = {"Content-Type": "application/json", "User-Agent": _AGENT}
        reason, _, answer = await self._post(
            url, body, headers | signed(self.fake.app.signing_secret, body, self.fake.clock())
        )
        said = answer.get("challenge") if isinstance(answer, dict) else answer
        return not reason and str(said).removeprefix("challenge=") == challenge

    async def ssl_check(self, url: str) -> bool:
        """Slack's look at a command's certificate: an unsigned form that wants a 200."""
        body = urlencode({"ssl_check": "1", "token": self.fake.app.verification_token}).encode()
        reason, _, _ = await self._post(url, body, {"Content-Type": _FORM, "User-Agent": _AGENT})
        return not reason
