"""The control door: JSON over HTTP at `/control/`, so that a person with curl or another process can drive the fake.

GET  /control/state                         workspaces, people, tokens, addresses
POST /control/do    {"workspace", "person", "do": "say", "with": {"text": "hi"}}     what a person can do
POST /control/workspace {"workspace", "do": "uninstall", "with": {}}
GET  /control/see?workspace=&person=        messages, home and modal as the person sees them
GET  /control/calls?since=0                 calls of the Web API so far
POST /control/fault {"method", "kind", "times", "seconds"}    or {"storm": {"429": 0.3}, "seed": 1}, or {"clear": true}
POST /control/sockets {"do": "disconnect" | "reset" | "half_open" | "restart", "reason", "down"}
POST /control/inject {"envelope": {...}}    anything, delivered as it is
POST /control/limits {"on": false}          and any number of `pace.Pace`
GET  /control/lost                          deliveries that were given up
"""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import web

from .delivery import Delivery
from .oauth import live_token
from .people import FakePerson, NotThere, Workspace

if TYPE_CHECKING:
    from .core import FakeSlack
    from .server import Server

DEEDS = frozenset(
    {"say", "command", "press", "tick", "mention", "upload", "fill", "submit_view", "close_view", "open_home"}
    | {"open_messages_tab", "deactivate", "reactivate", "change"}
)
WORKSPACE_DEEDS = frozenset(
    {"channel", "join", "install", "uninstall", "revoke_token", "archive", "event", "rate_limited"}
)

Work = Callable[[dict[str, Any]], Any | Awaitable[Any]]


def routes(fake: "FakeSlack", server: "Server") -> list[web.RouteDef]:
    def opened(work: Work) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            try:
                given = dict(request.query) if request.method == "GET" else await request.json()
                result = work(given)
                if isinstance(result, Awaitable):
                    result = await result
            except (NotThere, ValueError, KeyError, TypeError) as error:
                return web.json_response({"ok": False, "error": f"{type(error).__name__}: {error}"}, status=400)
            return web.Response(
                body=msgspec.json.encode({"ok": True, "result": result}), content_type="application/json"
            )

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

    def do(given: dict[str, Any]) -> Any:
        if given["do"] not in DEEDS:
            raise ValueError(f"a person cannot {given['do']}; they can {', '.join(sorted(DEEDS))}")
        more = dict(given.get("with", {}))
        if given["do"] == "upload" and "text_data" in more:
            more["data"] = more.pop("text_data").encode()
        if given["do"] == "change":
            return _told(person(given).change(**more))
        return _told(getattr(person(given), given["do"])(**more))

    def workspace(given: dict[str, Any]) -> Any:
        place: Workspace = fake.workspace(given["workspace"])
        if "do" not in given:
            return {"id": place.id, "token": place.token}
        if given["do"] not in WORKSPACE_DEEDS:
            raise ValueError(f"no such deed: {given['do']}")
        return _told(getattr(place, given["do"])(**given.get("with", {})))

    def see(given: dict[str, Any]) -> Any:
        who = person(given)
        return {"messages": who.messages, "home": who.home, "view": who.view, "notices": who.notices}

    def fault(given: dict[str, Any]) -> Any:
        if given.get("clear"):
            fake.faults.clear()
        elif "storm" in given:
            fake.faults.storm(given["storm"], given.get("seed", 1))
        else:
            fake.faults.add(given["method"], given["kind"], given.get("times", 1), given.get("seconds", 1.0))
        return fake.faults.counts

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
            if name.startswith("_") or not hasattr(fake.pace, name):
                raise ValueError(f"no such limit: {name}")
            setattr(fake.pace, name, value)
        return {name: value for name, value in vars(fake.pace).items() if isinstance(value, int | float)}

    return [
        web.get("/control/state", opened(state)),
        web.post("/control/do", opened(do)),
        web.post("/control/workspace", opened(workspace)),
        web.get("/control/see", opened(see)),
        web.get("/control/calls", opened(lambda given: fake.calls[int(given.get("since", 0)) :])),
        web.get("/control/lost", opened(lambda given: [_told(one) for one in fake.lost])),
        web.post("/control/fault", opened(fault)),
        web.post("/control/sockets", opened(sockets)),
        web.post("/control/inject", opened(lambda given: _told(fake.inject(given["envelope"])))),
        web.post("/control/limits", opened(limits)),
    ]


def _told(result: Any) -> Any:
    """A delivery, as far as a caller needs it; a person as their id; anything else as it is."""
    if isinstance(result, Delivery):
        return {"kind": result.kind, "state": result.state, "reason": result.reason, "event_id": result.event_id}
    return result.id if isinstance(result, FakePerson) else result
