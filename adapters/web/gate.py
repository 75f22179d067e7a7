"""What every request must pass, and every answer carries: host, origin, size, strict headers.

It knows nothing of chats. `behind_the_gate` wraps the whole app; `own_request` and `read_body` guard what changes
something.
"""

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters.web.settings import WebSettings
from adapters.web.translate import BODY_LIMIT

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "object-src 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "cache-control": "no-store",  # unless the route says otherwise
}
HSTS = "max-age=31536000"


class TooLarge(Exception):
    """The body is larger than it may be: 413."""


def known_host(host: str, settings: WebSettings) -> bool:
    """Whether this Host header is ours. A name of somebody else's that points here (DNS rebinding) is refused;
    an address in digits cannot be rebound, so the demo works from a phone in the same network."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        ours = urlsplit(settings.link).hostname or ""
    except ValueError:
        return False
    if name in ("localhost", ours, settings.host) and name:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def own_request(headers: Mapping[str, str], scheme: str, settings: WebSettings) -> bool:
    """Whether a request that changes something comes from our own page: Origin must be there and ours, and where the
    browser says where it comes from (Sec-Fetch-Site), it must be from here. Fails closed."""
    origin = headers.get("origin", "").lower()
    ours = {f"{scheme}://{headers.get('host', '')}".lower(), settings.link_origin} - {""}
    return origin in ours and headers.get("sec-fetch-site", "same-origin") == "same-origin"


async def read_body(request: Request, limit: int = BODY_LIMIT) -> bytes:
    """The body, never more than `limit` bytes of it in memory. Raises TooLarge."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise TooLarge
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise TooLarge
    return bytes(body)


def behind_the_gate(app: ASGIApp, settings: WebSettings, refuse: ASGIApp) -> ASGIApp:
    """The app with every answer under the same strict headers; requests for a strange host go to `refuse`."""

    async def gate(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_strict(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if settings.secure:
                    headers.setdefault("strict-transport-security", HSTS)
            await send(message)

        if scope["type"] != "http":
            return
        ours = known_host(Headers(scope=scope).get("host", ""), settings) or scope["path"] == "/healthz"
        await (app if ours else refuse)(scope, receive, send_strict)

    return gate
