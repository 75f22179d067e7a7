"""The control door: JSON over HTTP, so that a person with curl or another process can drive the fake.

POST /control/WHAT with a JSON object; the answer is {"result": ...}, or 400 {"error": ...} where no screen offers it.
What a person does: say, command, press, tick, mention, upload, fill, submit_view, close_view, open_home,
open_messages_tab, deactivate, reactivate, change; with "workspace", "person" and the method's own arguments
(`{"workspace": "Acme", "person": "Amira", "text": "hi"}`). What happens to a workspace: channel, join, install,
uninstall, revoke_token, archive, event, rate_limited. What can be seen: state, see (messages, Home tab and modal of a
person), calls ("since"), lost. What goes wrong: fault ("method", "kind", "times", "seconds"), storm ("chances", "seed"),
deliveries ("duplicates": a chance, "reorder": how many are held back and shuffled, "strip": fields that the next lack),
calm, sockets ("do": disconnect, reset, half_open or restart), inject ("envelope"), limits.
"""

import base64
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import web

from tests.fakes.slack.choosing import NotThere
from tests.fakes.slack.delivery import Delivery
from tests.fakes.slack.oauth import live_token
from tests.fakes.slack.people import FakePerson, Workspace

if TYPE_CHECKING:
    from tests.fakes.slack.core import FakeSlack
    from tests.fakes.slack.server import Server

DEEDS = frozenset(
    {"say", "command", "press", "tick", "mention", "upload", "fill", "submit_view", "close_view", "open_home"}
    | {"open_messages_tab", "deactivate", "reactivate", "change"}
)
HAPPENINGS = frozenset({"channel", "join", "install", "uninstall", "revoke_token", "archive", "event", "rate_limited"})

Work = Callable[[dict[str, Any]], Any | Awaitable[Any]]


def routes(fake: "FakeSlack", server: "Server") -> list[web.RouteDef]:
    def opened(work: Work) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            try:
                given = await request.json() if request.can_read_body else {}
                result = work(given)
                if isinstance(result, Awaitable):
                    result = await result
            except (NotThere, ValueError, KeyError, TypeError) as error:
                return web.json_response({"error": f"{type(error).__name__}: {error}"}, status=400)
            return web.Response(body=msgspec.json.encode({"result": result}), content_type="application/json")

        return handle

    def person(given: dict[str, Any]) -> FakePerson:
        workspace: Workspace = fake.workspace(given["workspace"])
        return workspace.user(given["person"])

    def state(given: dict[str, Any]) -> Any:
        teams = [
            {
                "id": team.id,
                "name": team.name,
                "token": live_token(fake, team.id),
                "people": {one.real_name: one.id for one in team.members.values() if not one.is_bot},
            }
            for team in fake.teams.values()
        ]
        app = fake.app
        return {
            "workspaces": teams,
            "api": f"{fake.base_url}/api/",
            "app_token": app.app_token,
            "signing_secret": app.signing_secret,
            "client_id": app.client_id,
            "client_secret": app.client_secret,
            "sockets": len(server.sockets.open),
        }

    def deed(name: str) -> Work:
        def work(given: dict[str, Any]) -> Any:
            more = {key: value for key, value in given.items() if key not in ("workspace", "person")}
            if "base64" in more:  # of an upload
                more["data"] = base64.b64decode(more.pop("base64"))
            return _told(getattr(person(given), name)(**more))

        return work

    def happening(name: str) -> Work:
        def work(given: dict[str, Any]) -> Any:
            place = fake.workspace(given.pop("workspace"))
            return _told(getattr(place, name)(*given.pop("names", ()), **given))

        return work

    def see(given: dict[str, Any]) -> Any:
        who = person(given)
        return {"messages": who.messages, "home": who.home, "view": who.view, "notices": who.notices}

    def fault(given: dict[str, Any]) -> Any:
        fake.faults.add(given["method"], given["kind"], given.get("times", 1), given.get("seconds", 1.0))
        return fake.faults.counts

    def storm(given: dict[str, Any]) -> Any:
        fake.faults.storm(given["chances"], given.get("seed", 1))
        return fake.faults.counts

    def deliveries(given: dict[str, Any]) -> Any:
        faults = fake.faults
        faults.duplicates = float(given.get("duplicates", faults.duplicates))
        faults.reorder = int(given.get("reorder", faults.reorder))
        faults.strip += [str(name) for name in given.get("strip", ())]
        if not faults.reorder:
            fake.deliveries.release()
        return {"duplicates": faults.duplicates, "reorder": faults.reorder, "strip": faults.strip}

    async def sockets(given: dict[str, Any]) -> Any:
        match given["do"]:
            case "disconnect":
                await server.sockets.disconnect(given.get("reason", "refresh_requested"))
            case "reset":
                server.sockets.reset()
            case "half_open":
                server.sockets.half_open()
            case "restart":
                server.restart_later(float(given.get("down", 0.5)))
            case other:
                raise ValueError(f"sockets cannot {other}")
        return len(server.sockets.open)

    def limits(given: dict[str, Any]) -> Any:
        for name, value in given.items():
            if name.startswith("_") or not hasattr(fake.limits, name):
                raise ValueError(f"no such limit: {name}")
            setattr(fake.limits, name, value)
        return {name: value for name, value in vars(fake.limits).items() if isinstance(value, int | float)}

    works: dict[str, Work] = {
        **{name: deed(name) for name in DEEDS},
        **{name: happening(name) for name in HAPPENINGS},
        "workspace": lambda given: {"id": fake.workspace(given["workspace"]).id},
        "state": state,
        "see": see,
        "calls": lambda given: fake.calls[int(given.get("since", 0)) :],
        "lost": lambda given: [_told(one) for one in fake.lost],
        "fault": fault,
        "storm": storm,
        "deliveries": deliveries,
        "calm": lambda given: fake.faults.clear(),
        "sockets": sockets,
        "inject": lambda given: _told(fake.inject(given["envelope"])),
        "limits": limits,
    }
    return [web.post(f"/control/{name}", opened(work)) for name, work in works.items()]


def _told(result: Any) -> Any:
    """A delivery, as far as a caller needs it; a person as their id; anything else as it is."""
    if isinstance(result, Delivery):
        return {"kind": result.kind, "state": result.state, "reason": result.reason, "event_id": result.event_id}
    return result.id if isinstance(result, FakePerson) else result
