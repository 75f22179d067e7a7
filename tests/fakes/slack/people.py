"""The people's side: they write, press, choose, upload, and see what stands on their screens.

Whatever they do becomes what Slack would send to the app; nothing here goes around the queue of deliveries. A person
can only do what the screen offers: pressing what is not there fails at once, with what was there instead.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tests.fakes.slack import oauth, views
from tests.fakes.slack.args import Refused
from tests.fakes.slack.chat import apply_response
from tests.fakes.slack.choosing import NotThere, Surface, filled_in, has_something, labelled, state_of, state_values
from tests.fakes.slack.delivery import Delivery
from tests.fakes.slack.events import file_of, interaction, typed_blocks, typed_text, user_of
from tests.fakes.slack.shown import Control, Page, Shown, controls_of, shown_message, shown_view
from tests.fakes.slack.uploads import sniffed
from tests.fakes.slack.world import Channel, File, Member, Message, ResponseUrl, Team, Trigger, View

if TYPE_CHECKING:
    from tests.fakes.slack.core import FakeSlack


def tz_offset(name: str, at: float) -> int:
    """Seconds east of Greenwich at that moment."""
    offset = datetime.fromtimestamp(at, ZoneInfo(name)).utcoffset()
    return int(offset.total_seconds()) if offset else 0


class Workspace:
    def __init__(self, fake: "FakeSlack", team: Team) -> None:
        self.fake = fake
        self.team = team

    @property
    def id(self) -> str:
        return self.team.id

    @property
    def token(self) -> str:
        """The bot token this install has now; "" without one."""
        return oauth.live_token(self.fake, self.team.id)

    @property
    def bot_user(self) -> str:
        return self.team.bot_user

    def user(
        self,
        real_name: str,
        *,
        tz: str = "Europe/Berlin",
        locale: str = "en-US",
        email: str = "",
        restricted: bool = False,
    ) -> "FakePerson":
        """Somebody who has been there all along; asked again by the same name, the same person."""
        known = next((one for one in self.team.members.values() if one.real_name == real_name), None)
        return FakePerson(self, known or self._add(real_name, tz, locale, email, restricted))

    def _add(self, real_name: str, tz: str, locale: str, email: str, restricted: bool) -> Member:
        name = "".join(part for part in real_name.lower() if part.isalnum()) or "someone"
        member = Member(self.fake.new_id("U"), self.id, name, real_name, email, tz, locale, is_restricted=restricted)
        self.team.members[member.id] = member
        return member

    def join(self, real_name: str, **more: Any) -> "FakePerson":
        """Somebody new comes to the workspace: `team_join`."""
        person = self.user(real_name, **more)
        self.fake.event(self.team, {"type": "team_join", "user": person.raw()})
        return person

    def channel(self, name: str, *people: "FakePerson", bot: bool = True, private: bool = False) -> str:
        """A channel with these people in it, by its id. `bot`: the app was invited."""
        kind = "group" if private else "channel"
        members = {person.id for person in people} | ({self.team.bot_user} if bot else set())
        made = Channel(self.fake.new_id("G" if private else "C"), self.id, name, kind, members)
        self.team.channels[made.id] = made
        return made.id

    def archive(self, channel: str) -> None:
        self.team.channels[channel].archived = True

    def posted(self, channel: str) -> list[Shown]:
        """What the bot has said in a channel."""
        place = self.team.channels[channel]
        found = [one for one in place.messages.values() if not one.to and one.raw.get("bot_id") == self.team.bot_id]
        return [shown_message(one.raw, {}, edits=one.edits, ephemeral=False, names=one.names) for one in found]

    def install(self, scopes: frozenset[str] | None = None) -> str:
        """The app is installed (again); the new token."""
        return oauth.install(self.fake, self.team, scopes or self.fake.app.scopes).value

    def uninstall(self) -> None:
        oauth.uninstall(self.fake, self.team)

    def revoke_token(self) -> None:
        oauth.revoke(self.fake, self.fake.tokens[self.token])

    def event(self, event: dict[str, Any], name: str = "") -> Delivery | None:
        """Any event, as it is (one of an unknown kind is delivered too)."""
        kind = name or str(event.get("type", ""))
        self.fake.app.events |= {kind}
        return self.fake.event(self.team, event, kind)

    def rate_limited(self) -> Delivery:
        """More events than Slack delivers: `app_rate_limited`, which is no event_callback."""
        told = {
            "token": self.fake.app.verification_token,
            "type": "app_rate_limited",
            "team_id": self.id,
            "minute_rate_limited": int(self.fake.clock() // 60 * 60),
            "api_app_id": self.fake.app.id,
        }
        return self.fake.deliveries.put(Delivery("events_api", told, self.fake.clock()))


class FakePerson:
    def __init__(self, workspace: Workspace, member: Member) -> None:
        self.workspace = workspace
        self.member = member
        self.fake = workspace.fake
        self.team = workspace.team

    @property
    def id(self) -> str:
        return self.member.id

    @property
    def im(self) -> Channel:
        return self.fake.im(self.team, self.id)

    def raw(self) -> dict[str, Any]:
        offset = tz_offset(self.member.tz, self.fake.clock())
        return user_of(self.member, offset, email="users:read.email" in self.fake.app.scopes, locale=True)

    # what stands on the screen ------------------------------------------------------------------------------------

    def _visible(self) -> list[Message]:
        mine = (self.id, "")
        found = [one for one in self.im.messages.values() if one.to in mine and one.raw.get("bot_id")]
        return sorted(found, key=lambda one: one.raw["ts"])

    @property
    def messages(self) -> list[Shown]:
        """What the bot has said in the direct messages, oldest first."""
        return [
            shown_message(
                one.raw, one.states.get(self.id, {}), edits=one.edits, ephemeral=bool(one.to), names=one.names
            )
            for one in self._visible()
        ]

    @property
    def home(self) -> Page | None:
        view = self.member.home
        return shown_view(view.raw, view.state, view.errors) if view else None

    @property
    def view(self) -> Page | None:
        """The modal on top."""
        view = self.member.views[-1] if self.member.views else None
        return shown_view(view.raw, view.state, view.errors) if view else None

    @property
    def notices(self) -> list[str]:
        """What Slack itself told this person: that a command or a click got no answer."""
        return self.member.notices

    # writing ------------------------------------------------------------------------------------------------------

    def say(self, text: str, *, thread: str = "", ts: str = "") -> Delivery | None:
        """A direct message to the bot. `ts`: of a message that Slack delivers late, out of order."""
        event = self._written(self.im, text, thread, ts)
        return self.fake.event(self.team, {**event, "channel_type": "im"}, "message.im")

    def _written(self, channel: Channel, text: str, thread: str = "", ts: str = "") -> dict[str, Any]:
        ts = ts or self.fake.new_ts()
        raw: dict[str, Any] = {
            "client_msg_id": self.fake.new_id("c", 12),
            "type": "message",
            "text": typed_text(text),
            "user": self.id,
            "ts": ts,
            "team": self.team.id,
            "blocks": typed_blocks(text, self.fake.new_id("b", 5)),
            "channel": channel.id,
        }
        if thread:
            raw["thread_ts"] = thread
        channel.messages[ts] = Message(raw)
        return {**raw, "event_ts": ts}

    def mention(self, text: str, channel: str) -> Delivery | None:
        """Words to the bot in a channel: `app_mention`, and `message.channels` too where that is subscribed."""
        place = self.team.channels[channel]
        event = self._written(place, text)
        event["text"] = f"<@{self.team.bot_user}> {event['text']}"
        place.messages[event["ts"]].raw["text"] = event["text"]
        kind = "channels" if place.kind == "channel" else "groups"
        self.fake.event(self.team, {**event, "channel_type": place.kind}, f"message.{kind}")
        plain = {name: value for name, value in event.items() if name != "client_msg_id"}
        return self.fake.event(self.team, {**plain, "type": "app_mention"})

    def upload(
        self,
        name: str,
        data: bytes,
        mimetype: str = "",
        *,
        text: str = "",
        channel: str = "",
        check_info: bool = False,
        size: int = 0,
        id: str = "",
    ) -> str:
        """A file dropped into the direct messages, or into a channel: its id, which is a new one unless given.

        `check_info`: the events tell nothing but the id. `size`: what they say of it, where that is not so.
        """
        place = self.team.channels[channel] if channel else self.im
        kind = mimetype or sniffed(name, data)
        file = File(id or self.fake.new_id("F"), self.team.id, name, self.id, size or len(data), "", kind)
        file.data, file.done, file.channels, file.check_info = data, True, [place.id], check_info
        self.fake.files[file.id] = file
        told = {"id": file.id, "mode": "file_access", "file_access": "check_file_info"}
        event = self._written(place, text)
        event |= {"subtype": "file_share", "files": [told if check_info else file_of(self.fake, file)], "upload": False}
        if not text:
            event.pop("blocks")
        place.messages[event["ts"]].raw |= {"files": event["files"], "subtype": "file_share"}
        named = {"im": "im", "channel": "channels"}.get(place.kind, "groups")
        self.fake.event(self.team, {**event, "channel_type": place.kind}, f"message.{named}")
        shared = {"type": "file_shared", "channel_id": place.id, "file_id": file.id, "user_id": self.id}
        self.fake.event(self.team, {**shared, "file": {"id": file.id}})
        file.size = len(data)
        return file.id

    def command(self, command: str, text: str = "", *, channel: str = "") -> Delivery:
        """A slash command, in the direct messages or in a channel."""
        place = self.team.channels[channel] if channel else self.im
        payload = {
            "token": self.fake.app.verification_token,
            "team_id": self.team.id,
            "team_domain": self.team.domain,
            "channel_id": place.id,
            "channel_name": place.name,
            "user_id": self.id,
            "user_name": self.member.name,
            "command": command,
            "text": text,
            "api_app_id": self.fake.app.id,
            "is_enterprise_install": "false",
            "response_url": self._response_url(place, "commands"),
            "trigger_id": self.trigger(),
        }
        delivery = Delivery("slash_commands", payload, self.fake.clock(), True)
        delivery.on_answer = lambda answer: self._command_answered(command, place, answer)
        delivery.on_lost = lambda why: self.notices.append(f"{command} failed with the error {why}")
        return self.fake.deliveries.put(delivery)

    def _command_answered(self, command: str, place: Channel, answer: Any) -> None:
        if answer in (None, "", {}):
            return
        given = {"text": answer} if isinstance(answer, str) else answer
        try:
            if not isinstance(given, dict):
                raise Refused("invalid_command_response")
            apply_response(self.fake, ResponseUrl(self.team.id, self.id, place.id, self.fake.clock()), given)
        except Refused:
            self.notices.append(f"{command} failed with the error invalid_command_response")

    def trigger(self, view: str = "") -> str:
        name = f"{self.fake.new_id('', 13)}.{self.team.id}.{self.fake.new_id('', 16)}".lower()
        self.fake.triggers[name] = Trigger(self.team.id, self.id, self.fake.clock(), view)
        return name

    def _response_url(self, place: Channel, kind: str, message: Message | None = None) -> str:
        key = f"{self.team.id}/{self.fake.new_id('', 12)}/{self.fake.new_id('', 16)}"
        ts = message.raw["ts"] if message else ""
        self.fake.response_urls[key] = ResponseUrl(
            self.team.id, self.id, place.id, self.fake.clock(), ts, 0, bool(message and message.to)
        )
        return f"{self.fake.base_url}/{kind}/{key}"

    # pressing and choosing ----------------------------------------------------------------------------------------

    def press(self, label: str, ts: str | None = None, *, channel: str = "", where: str = "message") -> Delivery:
        """A button, or an option of a menu, an overflow or radio buttons, by its label.

        On the newest message that has it, or on the one named by `ts`; `where` may be "home" or "view".
        """
        for surface in self._surfaces(where, ts, channel):
            for control in controls_of(surface.blocks):
                chosen = labelled(control, label)
                if chosen is not None:
                    return self._act(surface, control, chosen)
        raise NotThere(f"nothing to press is called {label!r}; there is {self._offered(where, ts, channel)}")

    def tick(self, labels: list[str], ts: str | None = None, *, channel: str = "", where: str = "message") -> Delivery:
        """Checkboxes: exactly these are ticked afterwards. One interaction, as with one click."""
        for surface in self._surfaces(where, ts, channel):
            for control in controls_of(surface.blocks):
                if control.kind in ("checkboxes", "multi_static_select"):
                    offered = {option["text"]["text"]: option for option in control.options}
                    if set(labels) <= set(offered):
                        return self._act(surface, control, [offered[label] for label in labels])
        raise NotThere(f"no checkboxes offer all of {labels}; there is {self._offered(where, ts, channel)}")

    def _offered(self, where: str, ts: str | None, channel: str) -> list[str]:
        found = [control for surface in self._surfaces(where, ts, channel) for control in controls_of(surface.blocks)]
        return [one.label or str([option["text"]["text"] for option in one.options]) for one in found]

    def _surfaces(self, where: str, ts: str | None, channel: str) -> list[Surface]:
        if where == "home":
            home = self.member.home
            return [Surface(home.raw["blocks"], home.state, view=home)] if home else []
        if where == "view":
            top = self.member.views[-1:]
            return [Surface(view.raw["blocks"], view.state, view=view) for view in top]
        place = self.team.channels[channel] if channel else self.im
        found = sorted(place.messages.values(), key=lambda one: one.raw["ts"], reverse=True)
        return [
            Surface(one.raw.get("blocks", []), one.states.setdefault(self.id, {}), place, one)
            for one in found
            if one.to in ("", self.id) and one.raw.get("bot_id") and ts in (None, one.raw["ts"])
        ]

    def _act(self, surface: Surface, control: Control, chosen: Any) -> Delivery:
        """The interaction of one click; what was chosen stays chosen on the screen."""
        value = state_of(control, chosen)
        if value:
            surface.state.setdefault(control.block, {})[control.action] = value
        place, message, view = surface.place, surface.message, surface.view
        payload = interaction(
            self.fake.app, self.team, self.member, "block_actions", self.trigger(view.raw["id"] if view else "")
        )
        action: dict[str, Any] = {
            "action_id": control.action,
            "block_id": control.block,
            "type": control.kind,
            "action_ts": self.fake.new_ts(),
            **(value or {}),
        }
        if control.kind == "button":
            action["text"] = control.element["text"]
            if "value" in control.element:
                action["value"] = control.element["value"]
        elif control.kind == "overflow":
            action["selected_option"] = chosen
        payload["actions"] = [action]
        if message and place:
            raw = {name: inner for name, inner in message.raw.items() if name != "channel"}
            payload |= {
                "container": {
                    "type": "message",
                    "message_ts": raw["ts"],
                    "channel_id": place.id,
                    "is_ephemeral": bool(message.to),
                },
                "channel": {"id": place.id, "name": place.name},
                "state": {"values": state_values(surface.blocks, surface.state)},
                "response_url": self._response_url(place, "actions", message),
            }
            if not message.to:
                payload["message"] = raw
        elif view:
            view.raw["state"] = {"values": state_values(surface.blocks, surface.state)}
            payload |= {"container": {"type": "view", "view_id": view.raw["id"]}, "view": view.raw}
        return self._interactive(payload, f"{control.kind} {control.label!r}")

    def _interactive(self, payload: dict[str, Any], what: str, *, answers: bool = False) -> Delivery:
        delivery = Delivery("interactive", payload, self.fake.clock(), answers)
        delivery.on_lost = lambda why: self.notices.append(f"{what}: {why}")
        return self.fake.deliveries.put(delivery)

    # modals and tabs ----------------------------------------------------------------------------------------------

    def _top(self) -> View:
        if not self.member.views:
            raise NotThere("no modal is open")
        return self.member.views[-1]

    def fill(self, values: dict[str, Any]) -> None:
        """Fills in the modal: by the input's label, its block_id or its action_id. Options by their labels."""
        view = self._top()
        controls = controls_of(view.raw["blocks"])
        for name, value in values.items():
            control = next((one for one in controls if name in (one.label, one.block, one.action)), None)
            if control is None:
                raise NotThere(f"no input is called {name!r}; there is {[one.label for one in controls]}")
            view.state.setdefault(control.block, {})[control.action] = filled_in(control, value)

    def submit_view(self, values: dict[str, Any] | None = None) -> Delivery:
        """Fills in and submits. Slack itself holds back a form whose required inputs are empty or out of bounds."""
        self.fill(values or {})
        view = self._top()
        if not view.raw.get("submit"):
            raise NotThere("this modal has no submit button")
        state = state_values(view.raw["blocks"], view.state)
        for block in view.raw["blocks"]:
            if block["type"] == "input" and not block.get("optional"):
                held = state.get(block["block_id"], {}).get(block["element"]["action_id"], {})
                if not has_something(held):
                    raise NotThere(f"Slack asks to fill in {block['label']['text']!r} first")
        view.raw["state"] = {"values": state}
        payload = interaction(self.fake.app, self.team, self.member, "view_submission", self.trigger(view.raw["id"]))
        payload |= {"view": view.raw, "response_urls": []}
        delivery = self._interactive(payload, "We had some trouble connecting", answers=True)
        delivery.on_answer = lambda answer: self._submitted(view, answer)
        return delivery

    def _submitted(self, view: View, answer: Any) -> None:
        """What the app's acknowledgement does to the modal."""
        if view not in self.member.views:
            return
        action = answer.get("response_action") if isinstance(answer, dict) else None
        try:
            match action:
                case None:
                    self._pop()
                case "clear":
                    views.clear(self.fake, self.member)
                case "errors":
                    inputs = {block["block_id"] for block in view.raw["blocks"] if block["type"] == "input"}
                    errors = answer.get("errors")
                    if not isinstance(errors, dict) or not errors or not set(errors) <= inputs:
                        raise Refused("invalid_arguments")
                    view.errors = {name: str(said) for name, said in errors.items()}
                case "update":
                    views.change(self.fake, view, views.checked(self.fake, self.team.id, answer["view"], "modal"))
                case "push":
                    given = views.checked(self.fake, self.team.id, answer["view"], "modal")
                    views.stack(self.fake, self.member, given, push=True)
                case _:
                    raise Refused("invalid_arguments")
        except (Refused, KeyError):
            self.notices.append("We had some trouble connecting: invalid response")

    def _pop(self) -> None:
        closed = self.member.views.pop()
        self.fake.views.pop(closed.raw["id"], None)

    def close_view(self) -> Delivery | None:
        """Closes the modal on top; the app hears of it only where it asked to (`notify_on_close`)."""
        view = self._top()
        self._pop()
        if not view.raw.get("notify_on_close"):
            return None
        payload = interaction(self.fake.app, self.team, self.member, "view_closed", "")
        payload.pop("trigger_id")
        return self._interactive({**payload, "view": view.raw, "is_cleared": False}, "view_closed")

    def open_home(self) -> Delivery | None:
        view = self.member.home
        event = {"type": "app_home_opened", "user": self.id, "channel": self.im.id, "tab": "home"}
        return self.fake.event(self.team, event | ({"view": view.raw} if view else {}))

    def open_messages_tab(self) -> Delivery | None:
        event = {"type": "app_home_opened", "user": self.id, "channel": self.im.id, "tab": "messages"}
        return self.fake.event(self.team, event)

    # the person themselves ----------------------------------------------------------------------------------------

    def change(self, **what: Any) -> Delivery | None:
        """A new time zone, name, locale or address: `user_change`."""
        for name, value in what.items():
            if name not in ("tz", "locale", "email", "real_name", "name", "is_restricted", "is_admin"):
                raise ValueError(f"a person has no {name}")
            setattr(self.member, name, value)
        self.member.updated = int(self.fake.clock())
        return self.fake.event(self.team, {"type": "user_change", "user": self.raw(), "cache_ts": self.member.updated})

    def deactivate(self) -> Delivery | None:
        self.member.deleted = True
        return self.change()

    def reactivate(self) -> Delivery | None:
        self.member.deleted = False
        return self.change()
