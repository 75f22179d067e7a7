"""The control door: small JSON over HTTP, so that another process or a person can play the people.

POST /control/WHAT with a JSON object; the answer is {"result": ...}, or 400 {"error": ...} when no phone could do it.
GET / is a bare page for a person. It is the test's side of the fake: it is not part of Telegram and has no lock.
"""

import base64
import json
from collections.abc import Callable
from html import escape
from typing import Any

import msgspec
from aiohttp import web

from tests.fakes.telegram.chats import Shown
from tests.fakes.telegram.core import FakeTelegram
from tests.fakes.telegram.people import FakeGroup, FakeUser, Impossible

JSON = dict[str, Any]

_SIMPLE = ("start", "say", "press", "press_data", "edit", "vote", "block", "unblock", "deactivate", "sticker", "voice",
           "location", "upload", "photo")  # fmt: skip
_IN_GROUPS = ("say", "press", "vote", "edit", "migrate", "kick_bot", "add_bot")


class _Door:
    def __init__(self, fake: FakeTelegram) -> None:
        self.fake = fake
        self.groups: list[FakeGroup] = []
        self.acts: dict[str, Callable[[JSON], Any]] = {
            "user": lambda a: fake.user(a["first_name"], a.get("language_code"), a.get("id")).id,
            "group": self._group,
            "messages": lambda a: [_told(each) for each in self._seat(a).messages],
            "actions": lambda a: self._seat(a).actions,
            "toasts": lambda a: [each._asdict() for each in self._user(a).toasts],
            "commands": lambda a: [[*where, each] for where, each in fake.commands.items()],
            "calls": lambda a: [_plain(each._asdict()) for each in fake.calls[a.get("after", 0) :]],
            "pending": lambda a: len(fake.updates.pending),
            "inject": lambda a: fake.inject(a["raw"] if isinstance(a["raw"], dict) else str(a["raw"]).encode()),
            "fault": lambda a: fake.faults.next(**a),
            "storm": lambda a: fake.faults.storm(a["seed"], a["chances"], tuple(a.get("retry_after", (1, 30)))),
            "calm": lambda a: fake.faults.calm(),
            "faults": lambda a: fake.faults.happened,
            "limits": self._limits,
        }
        for name in _SIMPLE:
            self.acts[name] = self._act(name)
        for name in ("migrate", "kick_bot", "add_bot"):
            self.acts[name] = self._act(name)

    def _user(self, asked: JSON) -> FakeUser:
        user = self.fake.users.get(int(asked["user"]))
        if user is None:
            raise Impossible("There is no such user. Make one with /control/user.")
        return user

    def _seat(self, asked: JSON) -> FakeUser | FakeGroup:
        if "group" not in asked:
            return self._user(asked)
        for group in self.groups:
            if group.id == int(asked["group"]):
                return group
        raise Impossible("There is no such group. Make one with /control/group.")

    def _group(self, asked: JSON) -> int:
        users = [self.fake.users[int(each)] for each in asked["users"]]
        self.groups.append(self.fake.group(asked["title"], users, supergroup=asked.get("supergroup", False)))
        return self.groups[-1].id

    def _limits(self, asked: JSON) -> JSON:
        for name, value in asked.items():
            if not hasattr(self.fake.limits, name):
                raise Impossible(f"There is no limit {name!r}.")
            setattr(self.fake.limits, name, value)
        return vars(self.fake.limits)

    def _act(self, name: str) -> Callable[[JSON], Any]:
        """What a person does: the other fields of the object are its arguments."""

        def act(asked: JSON) -> Any:
            given = {key: value for key, value in asked.items() if key not in ("user", "group")}
            if "data" in given and name in ("upload", "photo"):
                given["data"] = base64.b64decode(given["data"])
            if "group" not in asked:
                return getattr(self._user(asked), name)(**given)
            if name not in _IN_GROUPS:
                raise Impossible(f"{name} is not for groups here.")
            group = self._seat(asked)
            who = (self._user(asked),) if "user" in asked else ()
            return getattr(group, name)(*who, **given)

        return act

    async def do(self, request: web.Request) -> web.Response:
        act = self.acts.get(request.match_info["what"])
        if act is None:
            return web.json_response({"error": f"There are: {', '.join(sorted(self.acts))}."}, status=404)
        form = request.content_type == "application/x-www-form-urlencoded"
        try:
            asked = dict(await request.post()) if form else json.loads(await request.read() or b"{}")
            done = act(dict(request.query) | asked)
        except (Impossible, KeyError, TypeError, ValueError) as why:
            return web.json_response({"error": f"{type(why).__name__}: {why}"}, status=400)
        if form:
            raise web.HTTPSeeOther("/")
        return web.Response(body=msgspec.json.encode({"result": done}), content_type="application/json")

    async def page(self, _: web.Request) -> web.Response:
        parts = [_chat(user) for user in self.fake.users.values()]
        parts += [f"<section><h2>{escape(g.chat.title)} ({g.id})</h2>{_messages(g)}</section>" for g in self.groups]
        body = "".join(parts) or "<p>Nobody is here yet.</p>"
        return web.Response(text=_PAGE.replace("BODY", body), content_type="text/html")


def _plain(call: JSON) -> JSON:
    return call | {"params": {name: str(value) for name, value in call["params"].items()}}


def _told(message: Shown) -> JSON:
    told: JSON = {name: getattr(message, name) for name in ("id", "text", "caption", "photo", "document", "edits")}
    poll = message.poll
    return told | {
        "entities": message.entities,
        "rows": message.rows,
        "poll": None if poll is None else {"question": poll.question, "options": poll.options, "votes": poll.votes},
    }


def _chat(user: FakeUser) -> str:
    say = f"<form method=post action=/control/say><input type=hidden name=user value={user.id}>"
    say += "<input name=text size=40 placeholder='/start'> <button>Send</button></form>"
    toasts = "".join(f"<p><em>{escape(each.text)}</em></p>" for each in user.toasts[-1:])
    return f"<section><h2>{escape(user.person.first_name)} ({user.id})</h2>{_messages(user)}{toasts}{say}</section>"


def _messages(seat: FakeUser | FakeGroup) -> str:
    shown = {each.id: each for each in seat.messages}
    lines = []
    for message_id, message in seat.chat.messages.items():
        if message_id not in shown:
            said = message.content.get("text") or ", ".join(message.content)
            lines.append(f"<p class=mine>{escape(message.sender.first_name)}: {escape(str(said))}</p>")
            continue
        each = shown[message_id]
        kind = "[picture] " if each.photo else f"[{escape(each.document)}] " if each.document else ""
        lines.append(f"<pre>{kind}{escape(each.visible)}</pre>")
        for row in each.rows:
            lines.append("<p>" + " ".join(_button(seat, message_id, label) for label in row) + "</p>")
    return "".join(lines)


def _button(seat: FakeUser | FakeGroup, message_id: int, label: str) -> str:
    if isinstance(seat, FakeGroup):
        return f"[{escape(label)}]"
    hidden = f"<input type=hidden name=user value={seat.id}><input type=hidden name=label value='{escape(label)}'>"
    return f"<form method=post action=/control/press>{hidden}<button>{escape(label)}</button></form>"


_PAGE = """<!doctype html><meta charset=utf-8><meta name=viewport content="width=device-width">
<title>A Telegram for tests</title>
<style>body{font:16px system-ui;max-width:40rem;margin:1rem auto;padding:0 1rem}pre{white-space:pre-wrap;background:#eef;
padding:.5rem;border-radius:.5rem}.mine{text-align:right}form{display:inline}</style>
<h1>A Telegram for tests</h1>
<form method=post action=/control/user><input name=first_name placeholder="Somebody new"> <button>Add</button></form>
BODY
"""


def control_routes(fake: FakeTelegram) -> list[web.RouteDef]:
    door = _Door(fake)
    return [web.get("/", door.page), web.route("*", "/control/{what}", door.do)]
