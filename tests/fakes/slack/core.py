"""A strict fake of Slack: a synchronous machine that answers Web API calls and says what it would deliver to the app.

Promise: it takes what Slack's documentation takes and refuses what it refuses, with Slack's words; whatever a person
does through it becomes the events and interactions Slack would send. No sockets, no threads, no sleep: time comes from
`clock`, so a simulation of days runs in seconds. `server.py` puts it on a port. It is not Slack: see `README.md` for
what was read in documents and what is a guess.
"""

import json
import time
from collections.abc import Callable
from typing import Any

from msgspec import Struct

from tests.fakes.slack.args import Args, Refused
from tests.fakes.slack.delivery import Deliveries, Delivery
from tests.fakes.slack.events import envelope_of
from tests.fakes.slack.faults import HANDLED, Fault, Faults
from tests.fakes.slack.methods import METHODS
from tests.fakes.slack.oauth import install
from tests.fakes.slack.pace import Pace
from tests.fakes.slack.people import Workspace
from tests.fakes.slack.world import App, Channel, Code, File, Member, Message, ResponseUrl, Team, Token, Trigger, View

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_HTML = b"<!DOCTYPE html><html><head><title>Slack</title></head><body>Server Error</body></html>"


class Answer(Struct, frozen=True):
    """An HTTP answer. `fault`: what a transport must do with it ("reset", "lost", "hang", "slow" for `seconds`)."""

    status: int
    headers: dict[str, str]
    body: bytes
    fault: str = ""
    seconds: float = 0.0

    @property
    def data(self) -> dict[str, Any]:
        return dict(json.loads(self.body))


class Call(Struct, frozen=True):
    """A call as it came. `error` is "" for `ok`, else Slack's word or the fault's kind. `early`: before its Retry-After."""

    method: str
    team: str
    params: dict[str, Any]
    at: float
    status: int
    error: str
    early: bool = False


class Warned(Struct, frozen=True):
    """Something that Slack takes but a careful app does not do."""

    method: str
    said: str


class FakeSlack:
    """One Slack with one app, installed in several workspaces."""

    def __init__(self, clock: Callable[[], float] = time.time, app: App | None = None) -> None:
        self.clock = clock
        self.app = app or App()
        self.base_url = "http://fake-slack.test"
        self.limits = Pace()
        self.faults = Faults()
        self.deliveries = Deliveries(self.faults)
        self.teams: dict[str, Team] = {}
        self.tokens: dict[str, Token] = {}
        self.files: dict[str, File] = {}
        self.views: dict[str, View] = {}
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.codes: dict[str, Code] = {}
        self.tickets: set[str] = set()
        self.calls: list[Call] = []
        self.responses: list[Any] = []  # what was posted to a response_url
        self.warnings: list[Warned] = []
        self.echo = True  # the bot's own messages come back to it as events, as at Slack
        self.listening = 0  # sockets that are open
        self.processing = 0.3  # seconds until an uploaded file can be shown
        self._count = 0
        self._last_ts = 0
        self.tokens[self.app.app_token] = Token(self.app.app_token, "", "app", self.app.app_scopes)

    @property
    def lost(self) -> list[Delivery]:
        """What was given up: unanswered clicks and commands at once, events after their retries."""
        return self.deliveries.lost

    @property
    def early(self) -> list[Call]:
        return [call for call in self.calls if call.early]

    # ids and time -------------------------------------------------------------------------------------------------

    def new_id(self, prefix: str, size: int = 10) -> str:
        self._count += 1
        number, digits = self._count, ""
        while number:
            number, rest = divmod(number, 36)
            digits = _DIGITS[rest] + digits
        return prefix + digits.rjust(size, "0")

    def new_ts(self) -> str:
        """A timestamp that is a message's name: never the same twice, always later than the last."""
        self._last_ts = max(int(self.clock() * 1_000_000), self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    # finding ------------------------------------------------------------------------------------------------------

    def member(self, team: str, user: str) -> Member | None:
        return self.teams[team].members.get(user)

    def channel(self, team: str, channel: str) -> Channel | None:
        return self.teams[team].channels.get(channel)

    def im(self, team: Team, user: str) -> Channel:
        """The direct messages between a person and the bot; made when it is first needed."""
        if user not in team.ims:
            channel = Channel(self.new_id("D"), team.id, "directmessage", "im", {user, team.bot_user}, user)
            team.channels[channel.id] = channel
            team.ims[user] = channel.id
        return team.channels[team.ims[user]]

    def file_ready(self, team: str) -> Callable[[str], bool]:
        """Whether an image of that workspace can be shown: finished, processed, and a picture."""

        def ready(name: str) -> bool:
            file = self.files.get(name) or next((one for one in self.files.values() if name in self.urls(one)), None)
            return bool(
                file
                and file.team == team
                and file.done
                and file.ready <= self.clock()
                and file.mimetype in ("image/png", "image/jpeg", "image/gif")
            )

        return ready

    def urls(self, file: File) -> tuple[str, str]:
        """`url_private` and `url_private_download`."""
        base = f"{self.base_url}/files/{file.team}-{file.id}"
        return f"{base}/{file.name}", f"{base}/download/{file.name}"

    # calls --------------------------------------------------------------------------------------------------------

    def call(self, method: str, token: str | None, params: dict[str, Any] | None = None) -> Answer:
        """One call of the Web API. `params` as they came: strings from a form, or values from JSON."""
        params = dict(params or {})
        now = self.clock()
        known = self.tokens.get(token or "")
        team = known.team if known else ""
        resting = self.limits.resting(method, team, self._place(team, params), now)
        fault = self.faults.take(method)
        if fault and fault.kind == "429":
            self.limits.pause(method, team, fault.seconds, now)
            answer = _throttled(max(1, int(-(-fault.seconds // 1))))
            error = "ratelimited"
        elif resting > 0:
            answer, error = _throttled(max(1, int(-(-resting // 1)))), "ratelimited"
        elif fault and fault.kind not in HANDLED:
            answer, error = _broken(fault), fault.kind
        else:
            answer, error = self._answered(method, token, params, fault)
        self.calls.append(Call(method, team, params, now, answer.status, error, resting > 0))
        return answer

    def _answered(
        self, method: str, token: str | None, params: dict[str, Any], fault: Fault | None
    ) -> tuple[Answer, str]:
        headers: dict[str, str] = {"Content-Type": "application/json; charset=utf-8"}
        try:
            data, status = self._handled(method, token, params, headers), 200
        except Refused as refused:
            data = {"ok": False, "error": refused.error, **refused.more}
            status = 429 if refused.error == "ratelimited" else 200
            if status == 429:
                headers["Retry-After"] = str(refused.after)
        body = json.dumps(data).encode()
        error = str(data.get("error", ""))
        if fault is None:
            return Answer(status, headers, body), error
        if fault.kind == "garbage":
            return Answer(200, headers, b'{"ok": tr' + _HTML), "garbage"
        return Answer(status, headers, body, fault.kind, fault.seconds), fault.kind if fault.kind == "lost" else error

    def _handled(
        self, method: str, token: str | None, params: dict[str, Any], headers: dict[str, str]
    ) -> dict[str, Any]:
        known = METHODS.get(method)
        if known is None:
            raise Refused("unknown_method", req_method=method)
        args = Args(params)
        if known.kind == "none":
            return known.run(self, Token("", "", "none", frozenset()), args)
        who = self._authorised(token, known.kind)
        needed = known.scope(self, who, args)
        headers["X-OAuth-Scopes"] = ",".join(sorted(who.scopes))
        headers["X-Accepted-OAuth-Scopes"] = needed
        if needed and needed not in who.scopes:
            raise Refused("missing_scope", needed=needed, provided=",".join(sorted(who.scopes)))
        wait = self.limits.ask(method, who.team, self._place(who.team, params), self.clock())
        if wait:
            raise Refused("ratelimited", after=wait)
        return known.run(self, who, args)

    def _place(self, team: str, params: dict[str, Any]) -> str:
        """The channel that a call counts for: a person's id and their direct messages are one."""
        name = str(params.get("channel", ""))
        return self.teams[team].ims.get(name, name) if team else name

    def _authorised(self, token: str | None, kind: str) -> Token:
        if not token:
            raise Refused("not_authed")
        who = self.tokens.get(token)
        if who is None:
            raise Refused("invalid_auth")
        if who.state == "revoked":
            raise Refused("token_revoked")
        if who.state == "inactive":
            raise Refused("account_inactive")
        if who.expires and who.expires <= self.clock():
            raise Refused("token_expired")
        if kind != "any" and who.kind != kind:
            raise Refused("not_allowed_token_type")
        return who

    # delivering ---------------------------------------------------------------------------------------------------

    def event(self, team: Team, event: dict[str, Any], name: str = "") -> Delivery | None:
        """An event for the app, if it is installed there and subscribed to it; `name` where it is not the event's type."""
        if not team.installed or (name or event["type"]) not in self.app.events:
            return None
        outer = envelope_of(self, team, event)
        if self.faults.strip:
            outer["event"].pop(self.faults.strip.pop(0), None)
        return self.deliveries.put(Delivery("events_api", outer, self.clock()))

    def inject(self, envelope: dict[str, Any] | bytes, kind: str = "raw") -> Delivery:
        """Anything at all, delivered as it is. "raw": a whole frame on a socket, or a whole body by HTTP."""
        return self.deliveries.put(Delivery(kind, envelope, self.clock()))

    def pull(self) -> list[Delivery]:
        """For simulations without sockets: what is due now, taken as a socket would take it. Answer with `ack`."""
        due = self.deliveries.due(self.clock())
        for delivery in due:
            self.deliveries.sent(delivery, self.clock())
        return due

    def ack(self, delivery: Delivery, answer: Any = None) -> None:
        self.deliveries.acked(delivery.envelope_id, answer, self.clock())

    def warn(self, method: str, said: str) -> None:
        self.warnings.append(Warned(method, said))

    def workspace(self, name: str, *, installed: bool = True) -> Workspace:
        """A new workspace, or the one of that name, through its people's eyes."""
        found = next((team for team in self.teams.values() if team.name == name), None)
        if found is None:
            found = Team(
                id=self.new_id("T"),
                name=name,
                domain="".join(part for part in name.lower() if part.isalnum()) or "workspace",
                bot_id=self.new_id("B"),
                bot_user=self.new_id("U"),
            )
            self.teams[found.id] = found
            bot = Member(found.bot_user, found.id, "morsel", "Morsel", is_bot=True)
            found.members[bot.id] = bot
            if installed:
                install(self, found, self.app.scopes)
        return Workspace(self, found)

    def message(self, team: str, channel: str, ts: str) -> Message | None:
        place = self.channel(team, channel)
        return place.messages.get(ts) if place else None


def _throttled(seconds: int) -> Answer:
    headers = {"Content-Type": "application/json; charset=utf-8", "Retry-After": str(seconds)}
    return Answer(429, headers, b'{"ok":false,"error":"ratelimited"}')


def _broken(fault: Fault) -> Answer:
    if fault.kind in ("500", "503"):
        return Answer(int(fault.kind), {"Content-Type": "text/html; charset=utf-8"}, _HTML)
    return Answer(0, {}, b"", fault.kind, fault.seconds)
