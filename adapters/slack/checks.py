"""What `morsel doctor --online` asks Slack: tokens, rights, the way in, the clock, and whether Slack takes our messages.

Promise: changes nothing at Slack and says nothing to anybody. A check that fails never keeps the next one from being made.
No token is shown.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

import aiohttp
import msgspec
from slack_sdk.errors import SlackApiError, SlackClientError

from adapters.parts import Parts
from adapters.slack.blocks import Json, home, parts
from adapters.slack.calling import web_client
from adapters.slack.errors import declined, send_error
from adapters.slack.installs import KEPT, Install
from adapters.slack.manifest import SCOPES
from adapters.slack.settings import SlackSettings
from adapters.slack.signature import AGE, signed
from bot.message import Button, Message, Progress, paragraph
from bot.ports import Misconfigured, StoreProblem
from lessons.prose import Bullets, Code, Heading, Paragraph, Quote, Span, Table

Check = tuple[str, str, str, str]  # its name; "green", "yellow" or "red"; what was found; what to do

SKEW: Final = 60.0  # seconds that a clock may be off without a word
PATIENCE: Final = aiohttp.ClientTimeout(total=20)
AGAIN: Final = "Install the app again from its page: the rights of a manifest count from then on."


async def checks(settings: SlackSettings, parts: Parts) -> list[Check]:
    """All checks, in the order in which they should be mended."""
    found: list[Check] = []
    async with aiohttp.ClientSession(timeout=PATIENCE, trust_env=True) as session:
        asked = _Asked(session, settings.server)
        tokens, problems = await _tokens(settings, parts)
        found += problems
        good = ""
        for name, token in tokens.items():
            said = await _installation(asked, name, token)
            found += said
            good = token if said[0][1] != "red" else good
        found.append(await (_address if settings.mode == "http" else _socket)(asked, settings, parts))
        found += _clock(asked.date, parts.clock.now())
        if good:
            found.append(await _templates(asked, good))
    return found


class _Asked:
    """Calls Slack once each; `date` is what Slack's clock said last."""

    def __init__(self, session: aiohttp.ClientSession, server: str) -> None:
        self.session = session
        self._server = server
        self.date = ""

    async def __call__(self, token: str, method: str, **form: str) -> tuple[Json, dict[str, str]]:
        """The answer's fields, an `error` among them where Slack said no, and its headers. Raises OSError."""
        try:
            answer: Any = await web_client(self.session, token, self._server).api_call(method, data=form)
        except SlackApiError as why:
            answer = why.response
        except (SlackClientError, aiohttp.ClientError, ValueError, AttributeError) as why:
            raise ConnectionError(type(why).__name__) from None
        headers = {name.lower(): value for name, value in (getattr(answer, "headers", None) or {}).items()}
        self.date = headers.get("date", self.date)
        data = getattr(answer, "data", None)
        if not isinstance(data, dict) or ("error" not in data and not data.get("ok")):
            raise ConnectionError(f"HTTP {getattr(answer, 'status_code', None) or getattr(answer, 'status', '?')}")
        return data, headers


async def _tokens(settings: SlackSettings, parts: Parts) -> tuple[dict[str, str], list[Check]]:
    """The token of each installation by a name for people, and what is wrong with reading them."""
    tokens = {"slack": settings.bot_token} if settings.bot_token else {}
    try:
        for name in await parts.vault.names(KEPT):
            install = msgspec.json.decode(await parts.vault.get(name) or b"", type=Install)
            tokens[f"slack {install.name or install.key}"] = install.token
    except StoreProblem as why:
        return tokens, [("slack", "red", why.what, why.hint)]
    except msgspec.DecodeError:
        return tokens, [
            ("slack", "red", "An installation that was kept cannot be read.", "Install Morsel there again.")
        ]
    if tokens:
        return tokens, []
    fix = "Open /slack/install of your server in a browser, or set [slack] bot_token."
    return tokens, [("slack", "yellow", "Morsel is installed in no workspace yet.", fix)]


async def _installation(asked: _Asked, name: str, token: str) -> list[Check]:
    """Whether the token is good, and what it may do."""
    try:
        data, headers = await asked(token, "auth.test")
    except OSError as why:
        fix = "Let this machine reach slack.com by HTTPS, through a proxy if it must be (HTTPS_PROXY)."
        return [(name, "red", f"Slack cannot be reached ({why}).", fix)]
    if "error" in data:
        why_not = send_error(declined("auth.test", data))
        return [(name, "red", why_not.told, "Copy the bot token (xoxb-...) anew from OAuth & Permissions.")]
    found = [(name, "green", f"Workspace {_shown(data, 'team')}, as {_shown(data, 'user')}.", "")]
    given = {scope.strip() for scope in headers.get("x-oauth-scopes", "").split(",") if scope.strip()}
    missing, more = sorted(set(SCOPES) - given), sorted(given - set(SCOPES))
    if missing:
        found.append((f"{name} rights", "red", f"Missing: {', '.join(missing)}.", f"`morsel slack manifest`. {AGAIN}"))
    elif more:
        fix = "Take them away under OAuth & Permissions if no other program uses this app."
        found.append((f"{name} rights", "yellow", f"More than needed: {', '.join(more)}.", fix))
    else:
        found.append((f"{name} rights", "green", f"All {len(SCOPES)} scopes are there.", ""))
    return found


async def _socket(asked: _Asked, settings: SlackSettings, parts: Parts) -> Check:  # noqa: ARG001 - one shape
    """Whether Slack would give us a socket."""
    fix = "Make an app-level token with the scope connections:write under Basic Information: [slack] app_token."
    if not settings.app_token:
        return "slack socket", "red", "There is no app-level token (xapp-...).", fix
    try:
        data, _ = await asked(settings.app_token, "apps.connections.open")
    except OSError as why:
        return "slack socket", "red", f"Slack cannot be reached ({why}).", "Let this machine reach slack.com by HTTPS."
    if "error" not in data:
        return "slack socket", "green", "Slack offers a socket.", ""
    why_not = send_error(declined("apps.connections.open", data))
    if isinstance(why_not, Misconfigured):
        return "slack socket", "red", why_not.told, fix
    return "slack socket", "yellow", why_not.told, "Switch on Socket Mode, or wait a minute and look again."


async def _address(asked: _Asked, settings: SlackSettings, parts: Parts) -> Check:
    """Whether our own address answers as Slack wants it, asked as Slack would ask."""
    url = f"{parts.link}/slack/events"
    if not parts.link.startswith("https://") and not settings.server:
        return "slack address", "red", "Slack sends to https addresses only.", "Set [web] link to one."
    body = json.dumps({"type": "url_verification", "challenge": "morsel-doctor"}).encode()
    stamp = str(int(parts.clock.now().timestamp())).encode()
    headers = {
        "Content-Type": "application/json",
        "X-Slack-Request-Timestamp": stamp.decode(),
        "X-Slack-Signature": signed(settings.signing_secret, stamp, body).decode(),
    }
    fix = f"Start Morsel, and let your proxy pass {url} on to it unchanged."
    try:
        async with asked.session.post(url, data=body, headers=headers, allow_redirects=False) as answer:
            said = (await answer.read())[:1000]
    except (aiohttp.ClientError, OSError, ValueError) as why:
        return "slack address", "red", f"{url} does not answer ({type(why).__name__}).", fix
    if answer.status == 200 and b"morsel-doctor" in said:
        return "slack address", "green", f"{url} answers.", ""
    if answer.status in (401, 403):
        fix = "Copy the signing secret anew from Basic Information: [slack] signing_secret. Then start Morsel again."
    return "slack address", "red", f"{url} answers HTTP {answer.status}, not as Morsel does.", fix


def _clock(date: str, now: datetime) -> Iterator[Check]:
    """How far our clock is from Slack's: signatures are good for five minutes."""
    try:
        theirs = parsedate_to_datetime(date)
    except (TypeError, ValueError):
        return
    off = (now - (theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC))).total_seconds()
    found, fix = f"{abs(off):.0f} s off Slack's clock.", "Let the system keep the clock by NTP."
    if abs(off) <= SKEW:
        yield "slack clock", "green", found, ""
    else:
        yield "slack clock", "red" if abs(off) > AGE else "yellow", found, fix


async def _templates(asked: _Asked, token: str) -> Check:
    """Whether Slack's own schema takes what our messages look like."""
    said = samples()
    for name, message in said.items():
        (part,) = parts(message)
        form = {"message": json.dumps({"text": part.text, "blocks": part.blocks})}
        if name == "a board":
            form = {"view": json.dumps(home(message))}
        try:
            data, _ = await asked(token, "blocks.validate", **form)
        except OSError as why:
            return "slack messages", "yellow", f"Slack cannot be asked ({why}).", "Look again later."
        if "error" in data:
            why_not = declined("blocks.validate", data)
            if why_not.word in ("unknown_method", "ratelimited"):
                return "slack messages", "yellow", f"Slack does not look at messages now ({why_not.word}).", ""
            places = ", ".join(_pointers(data))
            fix = "This is a mistake in Morsel: please report it with this line."
            return "slack messages", "red", f"Slack refuses {name} at {places or 'no place that it names'}.", fix
    return "slack messages", "green", f"Slack takes all {len(said)} kinds of messages.", ""


def samples() -> dict[str, Message]:
    """A message of each form that we send, pictures aside: those need an upload."""
    answers = tuple((Button(label, f"token.{n}"),) for n, label in enumerate(("Lyon", "Paris")))
    ticks = tuple((Button(label, f"token.+{n}", picked=n == 1),) for n, label in enumerate(("Soap", "Water")))
    ending = (Button("Done", "token.done", main=True), Button("Clear", "token.clear", aside=True))
    where = Progress("Food hygiene", 3, 7, "3 of 7")
    styled = (Span("Wash "), Span("well", bold=True), Span(" and "), Span("long", italic=True), Span("!", code=True))
    linked = Paragraph((Span("More: "), Span("here", link="https://example.org")))
    return {
        "a card": Message((Heading((Span("Hands"),)), Paragraph(styled), linked), (ending,), where),
        "a list": Message((Bullets(((Span("soap"),), (Span("water"),))), Bullets(((Span("wet"),),), numbered=True))),
        "a quote": Message((Quote((Span("As long as singing twice."),)), Code("20 s"))),
        "a table": Message((Table(("Time", "Bread"), (("20 min", "Rolls"), ("", "Rye"))),)),
        "a question": Message((paragraph("Capital of France?"),), answers),
        "a question with long answers": Message((paragraph("Which?"),), ((Button("An answer " * 5, "token.0"),),)),
        "a question with several answers": Message((paragraph("Which?"),), (*ticks, ending)),
        "a long list of choices": Message((), tuple((Button(f"Name {n}", f"token.{n}"),) for n in range(12))),
        "a link to press": Message((paragraph("Look"),), ((Button("Open", url="https://example.org"),),)),
        "a board": Message((Heading((Span("Today"),)), paragraph("3 cards")), ((Button("Start", "do.learn"),),), where),
    }


def _pointers(data: Json) -> list[str]:
    errors = data.get("errors")
    found = (
        [str(error.get("pointer", ""))[:100] for error in errors if isinstance(error, dict)]
        if isinstance(errors, list)
        else []
    )
    return [pointer for pointer in found if pointer]


def _shown(data: Json, name: str) -> str:
    """A name that Slack told, safe to print."""
    return "".join(sign for sign in str(data.get(name, "?"))[:80] if sign.isprintable())
