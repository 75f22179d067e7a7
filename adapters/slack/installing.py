"""Installing the app into a workspace from its own pages: OAuth 2 as Slack does it.

Promise: the way back is good once, for ten minutes, and only in the browser that set out; what Slack then tells is kept
encrypted. The dance itself (state, cookie, exchange) is Bolt's; where things are kept and what people read is ours.
No code and no token is ever written to a log or a page.
"""

import secrets
from datetime import datetime, timedelta
from html import escape
from typing import Any, Final
from urllib.parse import urlsplit

import structlog
from slack_bolt.oauth.async_callback_options import AsyncCallbackOptions, AsyncFailureArgs, AsyncSuccessArgs
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore
from starlette.types import ASGIApp, Scope

from adapters.door import Answer, door
from adapters.slack.calling import QUIET, SERVER, Session, web_client
from adapters.slack.installs import Install, Installs
from adapters.slack.settings import SlackSettings
from bot.ports import Clock

INSTALL: Final = "/slack/install"
BACK: Final = "/slack/oauth_redirect"
VALID: Final = timedelta(minutes=10)
STATES: Final = 1000  # ways back that are open at a time; anybody may set out, so they are few and in memory only
STRICT: Final = (
    (
        "content-security-policy",
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("referrer-policy", "no-referrer"),  # the address of the way back holds a code
)
PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>
<style>body{{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:12vh auto;padding:0 1.2rem}}
body{{color:#222;background:#fffdf8}}
a{{color:#0b5394}}</style></head><body><h1>{title}</h1>{text}</body></html>"""

_log = structlog.get_logger(__name__)


def install_door(
    settings: SlackSettings, installs: Installs, clock: Clock, session: Session, link: str, scopes: tuple[str, ...]
) -> ASGIApp:
    """The two pages: setting out, and coming back."""
    states, kept = _States(clock), _Kept(installs, clock)

    async def came_back(args: AsyncSuccessArgs) -> BoltResponse:
        done = args.installation
        return (_welcome if settings.serves(done.team_id or "", done.enterprise_id or "") else _not_here)(args)

    def flow() -> AsyncOAuthFlow:
        return AsyncOAuthFlow(
            client=web_client(session(), server=settings.server),
            logger=QUIET,
            settings=AsyncOAuthSettings(
                client_id=settings.client_id,
                client_secret=settings.client_secret,
                scopes=scopes,
                user_scopes=(),
                redirect_uri=f"{link}{BACK}" if link else None,
                install_path=INSTALL,
                install_page_rendering_enabled=False,
                redirect_uri_path=BACK,
                callback_options=AsyncCallbackOptions(success=came_back, failure=_sorry),
                authorization_url=_at_slack(settings.server, "/oauth/v2/authorize"),
                installation_store=kept,
                state_store=states,
                state_expiration_seconds=int(VALID.total_seconds()),
                logger=QUIET,
            ),
        )

    async def handle(scope: Scope, body: bytes) -> Answer:  # noqa: ARG001 - nobody sends one with a GET
        request = AsyncBoltRequest(
            body="",
            query=scope["query_string"].decode("latin-1"),
            headers={"cookie": [v.decode("latin-1") for k, v in scope["headers"] if k.lower() == b"cookie"]},
        )
        if scope["path"] == INSTALL:
            return _answer(await flow().handle_installation(request))
        return _answer(await flow().handle_callback(request))

    return door(handle, method="GET", types=(), limit=0)


class _States(AsyncOAuthStateStore):
    """Ways back, each good once. A restart forgets them: then one sets out anew."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until: dict[str, datetime] = {}

    async def async_issue(self, *args: Any, **kwargs: Any) -> str:  # noqa: ARG002 - the SDK's shape
        if len(self._until) >= STATES:
            del self._until[next(iter(self._until))]
        state = secrets.token_urlsafe(32)
        self._until[state] = self._clock.now() + VALID
        return state

    async def async_consume(self, state: str) -> bool:
        until = self._until.pop(state, None)
        return until is not None and self._clock.now() <= until


class _Kept(AsyncInstallationStore):
    """What the dance brought, handed to those who keep it."""

    def __init__(self, installs: Installs, clock: Clock) -> None:
        self._installs = installs
        self._clock = clock

    async def async_save(self, installation: Installation) -> None:
        now = self._clock.now()
        ends = installation.bot_token_expires_at  # by the machine's clock, like `installed_at`
        await self._installs.add(
            Install(
                installation.bot_token or "",
                team=installation.team_id or "",
                enterprise=installation.enterprise_id or "",
                everywhere=bool(installation.is_enterprise_install),
                bot_user=installation.bot_user_id or "",
                scopes=tuple(installation.bot_scopes or ()),
                refresh=installation.bot_refresh_token or "",
                expires_at=now + timedelta(seconds=ends - installation.installed_at) if ends else None,
                installed_at=now,
                name=installation.team_name or installation.enterprise_name or "",
            )
        )


# --- What people read ------------------------------------------------------------------------------------------------


def _welcome(args: AsyncSuccessArgs) -> BoltResponse:
    """It is done; what to do next."""
    done = args.installation
    place = escape(done.team_name or done.enterprise_name or "your workspace")
    at_slack = args.settings.authorization_url.partition("/oauth/")[0]
    link = escape(f"{at_slack}/app_redirect?app={done.app_id or ''}&team={done.team_id or ''}")
    text = (
        f"<p>Morsel now lives in <b>{place}</b>. Nobody was told yet.</p>"
        f'<ol><li><a href="{link}">Open Morsel in Slack</a> and say hello.</li>'
        "<li>If it asks for a code: whoever runs the server makes one with "
        "<code>morsel people invite NAME --role admin</code>, where NAME is that of your organisation.</li>"
        "<li>Then type <code>/morsel</code> to see all you can do.</li></ol>"
    )
    return _page(200, "Morsel is installed", text, _end_of(args))


def _not_here(args: AsyncSuccessArgs) -> BoltResponse:
    """Whoever runs this server did not mean this workspace."""
    done = args.installation
    place = escape(done.team_name or done.enterprise_name or "Your workspace")
    id = escape(done.team_id or done.enterprise_id or "")
    text = (
        f"<p><b>{place}</b> is not one of the workspaces that this Morsel is for. Nothing was kept, and what Slack gave us "
        "was given back. You can remove the app in Slack, under <b>Apps</b>.</p>"
        f"<p>Should it be one? Tell whoever runs the server the id of your workspace: <code>{id}</code></p>"
    )
    return _page(403, "Morsel cannot be used here", text, _end_of(args))


def _end_of(args: AsyncSuccessArgs) -> dict[str, Any]:
    """The way is at its end: the browser forgets it."""
    return {"set-cookie": [args.settings.state_utils.build_set_cookie_for_deletion()]}


async def _sorry(args: AsyncFailureArgs) -> BoltResponse:
    """It did not work; why, and what to do."""
    again = f'<p><a href="{INSTALL}">Start again</a></p>'
    match args.reason:
        case "invalid_browser" | "invalid_state":
            text = "<p>This page was open for too long, was used before, or was opened in another browser.</p>"
            return _page(args.suggested_status_code, "Please start again", text + again)
        case "missing_code" | "invalid_code":
            _log.warning("An installation into Slack failed: Slack did not accept the code.")
            text = "<p>Slack did not accept the way back. That happens when the page is loaded twice.</p>"
            return _page(400, "That did not work", text + again)
        case "access_denied":
            return _page(200, "Nothing was installed", "<p>You said no, and that is fine.</p>" + again)
        case _:
            _log.warning("An installation into Slack failed.")
            return _page(400, "That did not work", "<p>Slack stopped on the way.</p>" + again)


def _page(status: int, title: str, text: str, headers: dict[str, Any] | None = None) -> BoltResponse:
    body = PAGE.format(title=escape(title), text=text)
    return BoltResponse(
        status=status, body=body, headers={"content-type": "text/html; charset=utf-8", **(headers or {})}
    )


def _answer(response: BoltResponse) -> Answer:
    headers = ((name, value) for name, values in response.headers.items() for value in values if name != "content-type")
    kind = response.headers["content-type"][0]
    return Answer(response.status, response.body.encode(), kind, (*headers, *STRICT))


def _at_slack(server: str, path: str) -> str:
    """That page of Slack itself, or of what stands in for it."""
    parts = urlsplit(server or SERVER)
    return f"{parts.scheme}://{parts.netloc}{path}"
