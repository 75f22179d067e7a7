"""Every method of the Web API that the fake knows: whose token it takes, which scope it needs, what it does."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tests.fakes.slack import chat, oauth, uploads, views
from tests.fakes.slack.args import Args, Refused, arguments_refused
from tests.fakes.slack.blocks import check_blocks, check_view
from tests.fakes.slack.events import user_of
from tests.fakes.slack.people import tz_offset
from tests.fakes.slack.shapes import Fault
from tests.fakes.slack.world import Token

if TYPE_CHECKING:
    from tests.fakes.slack.core import FakeSlack

Run = Callable[["FakeSlack", Token, Args], dict[str, Any]]
Scope = Callable[["FakeSlack", Token, Args], str]


class Method(NamedTuple):
    """`kind`: "bot" or "app" (whose token), "any" token, or "none"."""

    run: Run
    kind: str = "bot"
    scope: Scope = lambda fake, who, args: ""


def _needs(scope: str) -> Scope:
    return lambda fake, who, args: scope


def _api_test(fake: "FakeSlack", who: Token, args: Args) -> dict[str, Any]:
    if args.text("error"):
        raise Refused(args.text("error"), args=args.given)
    return {"ok": True, "args": args.given}


def _auth_test(fake: "FakeSlack", who: Token, args: Args) -> dict[str, Any]:
    if who.kind == "app":
        return {"ok": True, "app_name": "Morsel", "app_id": fake.app.id}
    team = fake.teams[who.team]
    return {
        "ok": True,
        "url": f"https://{team.domain}.slack.com/",
        "team": team.name,
        "user": team.members[team.bot_user].name,
        "team_id": team.id,
        "user_id": team.bot_user,
        "bot_id": team.bot_id,
        "is_enterprise_install": False,
    }


def _open_connection(fake: "FakeSlack", who: Token, args: Args) -> dict[str, Any]:
    ticket = fake.new_id("", 32).lower()
    fake.tickets.add(ticket)
    base = fake.base_url.replace("http", "ws", 1)
    return {"ok": True, "url": f"{base}/link/?ticket={ticket}&app_id={fake.app.id}"}


def _users_info(fake: "FakeSlack", who: Token, args: Args) -> dict[str, Any]:
    args.need("user")
    member = fake.member(who.team, args.text("user"))
    if member is None:
        raise Refused("user_not_found")
    email = "users:read.email" in who.scopes
    offset = tz_offset(member.tz, fake.clock())
    return {"ok": True, "user": user_of(member, offset, email=email, locale=args.flag("include_locale"))}


def _team_info(fake: "FakeSlack", who: Token, args: Args) -> dict[str, Any]:
    team = fake.teams[who.team]
    if args.text("team") not in ("", team.id):
        raise Refused("team_not_found")
    icon = {"image_default": True}
    shown = {"id": team.id, "name": team.name, "domain": team.domain, "email_domain": "", "icon": icon}
    return {"ok": True, "team": shown}


def _bots_info(fake: "FakeSlack", who: Token, args: Args) -> dict[str, Any]:
    team = fake.teams[who.team]
    if args.text("bot") not in ("", team.bot_id):
        raise Refused("bot_not_found")
    name = team.members[team.bot_user].real_name
    bot = {"id": team.bot_id, "deleted": False, "name": name, "app_id": fake.app.id, "user_id": team.bot_user}
    return {"ok": True, "bot": {**bot, "updated": 0, "icons": {}}}


def _revoke(fake: "FakeSlack", who: Token, args: Args) -> dict[str, Any]:
    if who.kind != "bot":
        raise Refused("not_bearer_token")
    if args.flag("test"):
        return {"ok": True, "revoked": False}
    oauth.revoke(fake, who)
    return {"ok": True, "revoked": True}


def _uninstall(fake: "FakeSlack", who: Token, args: Args) -> dict[str, Any]:
    oauth.check_client(fake, args)
    oauth.uninstall(fake, fake.teams[who.team])
    return {"ok": True}


def _validate(fake: "FakeSlack", who: Token, args: Args) -> dict[str, Any]:
    given = [name for name in ("blocks", "view", "message") if name in args]
    if len(given) != 1:
        said = "must provide exactly one of `blocks`, `view`, or `message`"
        raise Refused("invalid_arguments", response_metadata={"messages": [said]})
    name = given[0]
    value = args.value(name, "invalid_arguments")
    faults: list[Fault]
    if name == "view":
        faults = check_view(value, lambda file: True, "")
    elif name == "message":
        if not isinstance(value, dict):
            raise arguments_refused("must provide an object")
        faults = check_blocks(value.get("blocks", []), "message", lambda file: True)
    else:
        faults = check_blocks(value, "message", lambda file: True, "")
    if not faults:
        return {"ok": True}
    errors = [
        {"code": "failed_constraint", "message": one.said, "pointer": one.at, "constraint": one.constraint}
        for one in faults
    ]
    raise Refused(f"invalid_{name}", errors=errors)


METHODS: Final[dict[str, Method]] = {
    "api.test": Method(_api_test, "none"),
    "apps.connections.open": Method(_open_connection, "app", _needs("connections:write")),
    "apps.uninstall": Method(_uninstall),
    "auth.revoke": Method(_revoke, "any"),
    "auth.test": Method(_auth_test, "any"),
    "blocks.validate": Method(_validate, "none"),
    "bots.info": Method(_bots_info, "bot", _needs("users:read")),
    "chat.delete": Method(chat.delete, "bot", _needs("chat:write")),
    "chat.postEphemeral": Method(chat.post_ephemeral, "bot", _needs("chat:write")),
    "chat.postMessage": Method(chat.post, "bot", _needs("chat:write")),
    "chat.update": Method(chat.update, "bot", _needs("chat:write")),
    "conversations.history": Method(chat.history, "bot", chat.history_scope),
    "conversations.open": Method(chat.open_conversation, "bot", _needs("im:write")),
    "files.completeUploadExternal": Method(uploads.complete, "bot", _needs("files:write")),
    "files.getUploadURLExternal": Method(uploads.upload_url, "bot", _needs("files:write")),
    "files.info": Method(uploads.info, "bot", _needs("files:read")),
    "oauth.v2.access": Method(oauth.access, "none"),
    "team.info": Method(_team_info, "bot", _needs("team:read")),
    "users.info": Method(_users_info, "bot", _needs("users:read")),
    "views.open": Method(views.open_view),
    "views.publish": Method(views.publish),
    "views.push": Method(views.push_view),
    "views.update": Method(views.update_view),
}
