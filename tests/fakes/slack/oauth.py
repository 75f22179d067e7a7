"""Installing: consent, codes, tokens, their rotation, and the end of them.

Source: docs.slack.dev/authentication/installing-with-oauth and /using-token-rotation.
"""

import base64
import binascii
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from tests.fakes.slack.args import Args, Refused
from tests.fakes.slack.limits import CODE_LIVES, TOKEN_LIVES
from tests.fakes.slack.world import Code, Team, Token

if TYPE_CHECKING:
    from tests.fakes.slack.core import FakeSlack


def install(fake: "FakeSlack", team: Team, scopes: frozenset[str]) -> Token:
    """A bot token for a workspace: installed again, the same one with the scopes added up, but with rotation a fresh one,
    which expires and has a refresh token."""
    old = fake.tokens.get(live_token(fake, team.id))
    if old and not fake.app.token_rotation:
        old.scopes |= scopes
        return old
    number = fake.new_id("", 12)
    if fake.app.token_rotation:
        value, refresh = f"xoxe.xoxb-1-{team.id}-{number}", f"xoxe-1-{team.id}-{number}"
        token = Token(value, team.id, "bot", scopes, expires=fake.clock() + TOKEN_LIVES, refresh=refresh)
    else:
        token = Token(f"xoxb-{team.id}-{number}", team.id, "bot", scopes)
    fake.tokens[token.value] = token
    team.installed = True
    return token


def live_token(fake: "FakeSlack", team: str) -> str:
    """The bot token a workspace has now, "" if none."""
    live = [one.value for one in fake.tokens.values() if one.team == team and one.state == "live"]
    return live[-1] if live else ""


def authorize(fake: "FakeSlack", query: dict[str, str], team: Team, user: str, *, agree: bool = True) -> str:
    """The consent page, answered at once: the address that the browser is sent to."""
    if query.get("client_id") != fake.app.client_id:
        raise Refused("invalid_client_id")
    target = query.get("redirect_uri") or (fake.app.redirect_uris[0] if fake.app.redirect_uris else "")
    if not target or (fake.app.redirect_uris and not target.startswith(fake.app.redirect_uris)):
        raise Refused("bad_redirect_uri")
    asked = frozenset(filter(None, query.get("scope", "").replace(" ", ",").split(",")))
    if not asked and not query.get("user_scope"):
        raise Refused("no_scopes")
    if unknown := asked - fake.app.scopes:
        raise Refused("invalid_scope", scopes=sorted(unknown))
    back = {"state": query.get("state", "")}
    if agree:
        code = f"{fake.new_id('', 10)}.{fake.new_id('', 10)}.{fake.new_id('', 20)}".lower()
        fake.codes[code] = Code(team.id, user, query.get("redirect_uri", ""), asked, fake.clock())
        back = {"code": code, **back}
    else:
        back = {"error": "access_denied", **back}
    return f"{target}{'&' if '?' in target else '?'}{urlencode(back)}"


def basic(header: str) -> dict[str, str]:
    """Client id and secret of an HTTP Basic header, {} if it is none."""
    if not header.startswith("Basic "):
        return {}
    try:
        name, _, secret = base64.b64decode(header[6:], validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return {}
    return {"client_id": name, "client_secret": secret}


def check_client(fake: "FakeSlack", args: Args) -> None:
    if args.text("client_id") != fake.app.client_id:
        raise Refused("invalid_client_id")
    if args.text("client_secret") != fake.app.client_secret:
        raise Refused("bad_client_secret")


def access(fake: "FakeSlack", who: Token, args: Args) -> dict[str, Any]:
    """oauth.v2.access: a code for a token, or a refresh token for the next pair."""
    check_client(fake, args)
    match args.text("grant_type") or "authorization_code":
        case "authorization_code":
            return _exchange(fake, args)
        case "refresh_token":
            return _refresh(fake, args)
        case _:
            raise Refused("invalid_grant_type")


def _exchange(fake: "FakeSlack", args: Args) -> dict[str, Any]:
    code = fake.codes.pop(args.text("code"), None)
    if code is None or fake.clock() - code.born > CODE_LIVES:
        raise Refused("invalid_code")
    if args.text("redirect_uri") != code.redirect_uri:
        raise Refused("bad_redirect_uri")
    team = fake.teams[code.team]
    return _granted(fake, install(fake, team, code.scopes), {"id": code.user})


def _refresh(fake: "FakeSlack", args: Args) -> dict[str, Any]:
    wanted = args.text("refresh_token")
    old = next((one for one in fake.tokens.values() if wanted and one.refresh == wanted), None)
    if old is None or old.state != "live":
        raise Refused("invalid_refresh_token")
    old.refresh = ""  # used once; the old access token lives until it expires
    return _granted(fake, install(fake, fake.teams[old.team], old.scopes), None)


def _granted(fake: "FakeSlack", token: Token, user: dict[str, Any] | None) -> dict[str, Any]:
    team = fake.teams[token.team]
    answer: dict[str, Any] = {
        "ok": True,
        "access_token": token.value,
        "token_type": "bot",
        "scope": ",".join(sorted(token.scopes)),
        "bot_user_id": team.bot_user,
        "app_id": fake.app.id,
        "team": {"id": team.id, "name": team.name},
        "enterprise": None,
        "is_enterprise_install": False,
    }
    if user:
        answer["authed_user"] = user
    if token.refresh:
        answer |= {"refresh_token": token.refresh, "expires_in": int(token.expires - fake.clock())}
    return answer


def revoke(fake: "FakeSlack", token: Token) -> None:
    """One token dies; the app is told."""
    token.state = "revoked"
    team = fake.teams[token.team]
    fake.event(team, {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [team.bot_user]}})


def uninstall(fake: "FakeSlack", team: Team) -> None:
    """All tokens of a workspace die; the app is told twice, as Slack does."""
    for token in fake.tokens.values():
        if token.team == team.id and token.state == "live":
            token.state = "inactive"
    fake.event(team, {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [team.bot_user]}})
    fake.event(team, {"type": "app_uninstalled"})
    team.installed = False
