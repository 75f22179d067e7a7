"""Payloads as Slack sends them, and what each says to the bot. The shapes are those of the vendor's reference pages.

A row: a name, the kind of Socket Mode that carries it, the payload (a value, or bytes as they came), and what is heard:
a tuple of (who, event), something about the channel itself, or `UNREADABLE`.
"""

import json
from typing import Any, NamedTuple

from adapters.slack.heard import Limited, Lost, Profile
from bot.events import Address, Called, Event, Left, Met, Offered, Opened, Pressed, Said, Sender

TEAM, USER, BOT, DM, CHANNEL = "T0HARBOUR", "U0AMINA", "U0MORSEL", "D0AMINA", "C0CANTEEN"
UNIT = "north"
TRIGGER = "12466734323.1395872398.b9ecd8a5a0f3"
UNREADABLE = "unreadable"
Heard = tuple[tuple[str, Event], ...] | Lost | Limited | Profile | str


class Row(NamedTuple):
    name: str
    kind: str
    payload: Any
    heard: Heard

    @property
    def raw(self) -> bytes:
        return self.payload if isinstance(self.payload, bytes) else json.dumps(self.payload).encode()


def enveloped(event: Any, **outer: Any) -> dict[str, Any]:
    """An event in its wrapper."""
    return {
        "token": "verification-token",
        "team_id": TEAM,
        "context_team_id": TEAM,
        "context_enterprise_id": None,
        "api_app_id": "A0MORSEL",
        "event": event,
        "type": "event_callback",
        "event_id": "Ev0000001",
        "event_time": 1767225600,
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": TEAM,
                "user_id": BOT,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": "4-abc",
        **outer,
    }


def message(text: Any = "hello", **more: Any) -> dict[str, Any]:
    return {
        "type": "message",
        "channel": DM,
        "channel_type": "im",
        "user": USER,
        "text": text,
        "ts": "1767225600.000100",
        "client_msg_id": "6a6b",
        "team": TEAM,
        "blocks": [{"type": "rich_text", "block_id": "x", "elements": []}],
        "event_ts": "1767225600.000100",
        **more,
    }


def a_file(**more: Any) -> dict[str, Any]:
    base = {"id": "F0PACK", "name": "fire.zip", "title": "fire", "mimetype": "application/zip", "size": 4096}
    return {**base, "mode": "hosted", "url_private_download": "https://files.slack.com/x", **more}


def mentioned(text: str, **more: Any) -> dict[str, Any]:
    base = {"type": "app_mention", "user": USER, "text": text, "ts": "1.2", "channel": CHANNEL, "event_ts": "1.2"}
    return {**base, "team": TEAM, **more}


def member(**more: Any) -> dict[str, Any]:
    return {
        "id": USER,
        "team_id": TEAM,
        "name": "amina",
        "deleted": False,
        "real_name": "Amina Diallo",
        "tz": "Europe/Berlin",
        "tz_label": "Central European Time",
        "tz_offset": 3600,
        "profile": {"real_name": "Amina Diallo", "display_name": "amina", "email": "a@example.org"},
        "is_bot": False,
        "is_app_user": False,
        "locale": "de-DE",
        "updated": 1,
        **more,
    }


def touched(*actions: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A `block_actions` payload."""
    return {
        "type": "block_actions",
        "user": {"id": USER, "username": "amina", "name": "amina", "team_id": TEAM},
        "api_app_id": "A0MORSEL",
        "token": "verification-token",
        "container": {"type": "message", "message_ts": "1.2", "channel_id": DM, "is_ephemeral": False},
        "trigger_id": TRIGGER,
        "team": {"id": TEAM, "domain": "harbour"},
        "enterprise": None,
        "is_enterprise_install": False,
        "channel": {"id": DM, "name": "directmessage"},
        "message": {"type": "message", "user": BOT, "ts": "1.2", "text": "?", "blocks": [boxes("k3")]},
        "state": {"values": {}},
        "response_url": "https://hooks.slack.com/actions/T/1/x",
        "actions": list(actions),
        **more,
    }


def boxes(token: str) -> dict[str, Any]:
    options = [{"text": {"type": "plain_text", "text": str(n)}, "value": f"{token}.+{n}"} for n in range(3)]
    return {
        "type": "actions",
        "block_id": "b",
        "elements": [
            {"type": "button", "action_id": "other", "value": f"{token}.done"},
            {"type": "checkboxes", "action_id": "ticks", "options": options},
        ],
    }


def button(value: Any = "k3.a1", **more: Any) -> dict[str, Any]:
    text = {"type": "plain_text", "text": "Paris", "emoji": True}
    return {
        "type": "button",
        "action_id": "p:k3",
        "block_id": "b",
        "text": text,
        "value": value,
        "action_ts": "1",
        **more,
    }


def ticks(*values: str) -> dict[str, Any]:
    options = [{"text": {"type": "plain_text", "text": "x"}, "value": value} for value in values]
    return {"type": "checkboxes", "action_id": "ticks", "block_id": "b", "selected_options": options}


def chosen(kind: str, value: str) -> dict[str, Any]:
    option = {"text": {"type": "plain_text", "text": "x"}, "value": value}
    return {"type": kind, "action_id": "s", "block_id": "b", "selected_option": option}


def slash(command: str, text: Any = "", **more: Any) -> dict[str, Any]:
    return {
        "token": "verification-token",
        "team_id": TEAM,
        "team_domain": "harbour",
        "channel_id": DM,
        "channel_name": "directmessage",
        "user_id": USER,
        "user_name": "amina",
        "command": command,
        "text": text,
        "api_app_id": "A0MORSEL",
        "is_enterprise_install": "false",
        "response_url": "https://hooks.slack.com/commands/1/2/3",
        "trigger_id": TRIGGER,
        **more,
    }


def without(value: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: each for name, each in value.items() if name not in names}


def by(event: Event, user: str = USER) -> tuple[tuple[str, Event], ...]:
    return ((f"{TEAM}/{user}", event),)


def offered(name: str = "fire.zip", size: int = 4096, file: str = "F0PACK") -> Offered:
    return Offered(name, size, json.dumps({"file": file}, separators=(",", ":")))


AMINA = Sender("Amina Diallo", "de", "Europe/Berlin")
GRID = {"authorizations": [{"enterprise_id": "E0ORG", "team_id": TEAM, "is_enterprise_install": False}]}
EVERYWHERE = {"authorizations": [{"enterprise_id": "E0ORG", "team_id": None, "is_enterprise_install": True}]}

_SAID: tuple[tuple[str, Any, Heard], ...] = (
    ("words", message(), by(Said("hello"))),
    ("words with signs that Slack escapes", message("1 &lt; 2 &amp;&amp; 3 &gt; 2"), by(Said("1 < 2 && 3 > 2"))),
    ("an entity that was typed as one", message("&amp;lt;b&amp;gt;"), by(Said("&lt;b&gt;"))),
    ("an address", message("see <https://example.org/a?b=1&amp;c=2>"), by(Said("see https://example.org/a?b=1&c=2"))),
    ("an address with a label", message("<http://example.org|example.org>"), by(Said("example.org"))),
    ("an e-mail address", message("<mailto:a@example.org|a@example.org>"), by(Said("a@example.org"))),
    ("a mention without a name", message("ask <@U0BEN>"), by(Said("ask @…"))),
    ("a mention with a name", message("ask <@U0BEN|ben>"), by(Said("ask @ben"))),
    ("a channel", message("in <#C1|canteen> or <#C2>"), by(Said("in #canteen or #…"))),
    ("a ping of everybody", message("<!here> <!channel> <!subteam^S1|@night>"), by(Said("@here @channel @night"))),
    ("a date", message("<!date^1392734382^{date}|18 Feb>"), by(Said("18 Feb"))),
    ("NUL", message("a\x00b"), by(Said("ab"))),
    ("a command in words", message("/learn fire-safety"), by(Called("learn", "fire-safety"))),
    ("a command after a space", message(" /progress "), by(Called("progress"))),
    ("no text at all", message(None), by(Said(""))),
    ("very long text", message("x" * 40_000), by(Said("x" * 8_000))),
    ("a reply in a thread", message("Paris", thread_ts="1.1"), by(Said("Paris"))),
    ("a reply that also went to the conversation", message("Paris", subtype="thread_broadcast"), by(Said("Paris"))),
    ("/me", message("thinks", subtype="me_message"), by(Said("thinks"))),
    ("hours old", message(), by(Said("hello"))),
    ("unknown fields", message(assistant_thread={"x": 1}, metadata={}, edited=None), by(Said("hello"))),
    ("our own message", without(message(bot_id="B0MORSEL", app_id="A0MORSEL"), "client_msg_id"), ()),
    ("another bot", message(subtype="bot_message", bot_id="B1", username="ci"), ()),
    ("a bot without a user", without(message(subtype="bot_message", bot_id="B1"), "user"), ()),
    ("Slackbot", message(user="USLACKBOT"), ()),
    ("changed", without(message(subtype="message_changed", hidden=True, message={}, previous_message={}), "user"), ()),
    ("deleted", without(message(subtype="message_deleted", hidden=True, deleted_ts="1.2"), "user", "text"), ()),
    ("a reply was counted", without(message(subtype="message_replied", hidden=True), "user"), ()),
    ("somebody joined", message(subtype="channel_join", channel_type="channel"), ()),
    ("a subtype of tomorrow", message(subtype="huddle_thread"), ()),
    ("said in a channel", message(channel=CHANNEL, channel_type="channel"), ()),
    ("said in a private channel", message(channel="G1", channel_type="group"), ()),
    ("said among several", message(channel="G2", channel_type="mpim"), ()),
    ("somebody of another company", message(user_team="T0ELSEWHERE", source_team="T0ELSEWHERE"), ()),
    ("one of us, said twice", message(user_team=TEAM, source_team=TEAM), by(Said("hello"))),
    ("a file", message("", subtype="file_share", files=[a_file()]), by(offered())),
    (
        "a file with a command beside it",
        message("/packs mine", subtype="file_share", files=[a_file()]),
        (*by(offered()), *by(Called("packs", "mine"))),
    ),
    (
        "a file with a command's name beside it",
        message(" Learn ", subtype="file_share", files=[a_file()]),
        (*by(offered()), *by(Called("learn"))),
    ),
    ("a file with a path beside it", message("/etc is odd", subtype="file_share", files=[a_file()]), by(offered())),
    ("a file with words beside it", message("new!", subtype="file_share", files=[a_file()]), by(offered())),
    (
        "two files",
        message("", subtype="file_share", files=[a_file(), a_file(id="F1", name="b.zip", size=1)]),
        (*by(offered()), *by(offered("b.zip", 1, "F1"))),
    ),
    (
        "a file that Slack knows only the id of",
        message(
            "", subtype="file_share", files=[{"id": "F2", "mode": "file_access", "file_access": "check_file_info"}]
        ),
        by(offered("file", 0, "F2")),
    ),
    (
        "a file with a nasty name",
        message("", subtype="file_share", files=[a_file(name="..\\../etc/\u202epiz.exe")]),
        by(offered("piz.exe")),
    ),
    (
        "a file that is gone",
        message("oh", subtype="file_share", files=[{"id": "F1", "mode": "tombstone"}]),
        by(Said("oh")),
    ),
    ("nobody said it", without(message(), "user"), UNREADABLE),
    ("a user that is a number", message(user=7), UNREADABLE),
    ("a user that is empty", message(user=""), UNREADABLE),
    ("text that is a list", message(["a"]), UNREADABLE),
    ("files that are none", message(files=[3]), UNREADABLE),
)

_EVENTS: tuple[tuple[str, Any, Heard], ...] = (
    ("called with a command", mentioned(f"<@{BOT}> learn"), by(Called("learn"))),
    ("called with a slash", mentioned(f"<@{BOT}|morsel>: /review fire"), by(Called("review", "fire"))),
    ("called in passing", mentioned(f"<@{BOT}> is great, learn from it"), by(Met(UNIT))),
    ("named in the middle", mentioned(f"thanks to <@{BOT}> I know"), by(Met(UNIT))),
    ("called with nothing", mentioned(f"<@{BOT}>"), by(Met(UNIT))),
    ("called by a bot", mentioned(f"<@{BOT}> learn", bot_id="B9"), ()),
    ("called from elsewhere", mentioned(f"<@{BOT}> learn", user_team="T0ELSEWHERE"), ()),
    ("called in our own conversation", mentioned(f"<@{BOT}> learn", channel=DM), ()),
    ("called by nobody", without(mentioned("hi"), "user"), UNREADABLE),
    ("the Home tab", {"type": "app_home_opened", "user": USER, "channel": DM, "tab": "home"}, by(Opened())),
    ("the messages tab", {"type": "app_home_opened", "user": USER, "channel": DM, "tab": "messages"}, by(Met(UNIT))),
    ("a tab of nobody", {"type": "app_home_opened", "tab": "home"}, UNREADABLE),
    ("a newcomer", {"type": "team_join", "user": member()}, by(Met(UNIT))),
    ("a new bot", {"type": "team_join", "user": member(is_bot=True)}, ()),
    ("a stranger in a shared channel", {"type": "team_join", "user": member(is_stranger=True)}, ()),
    ("a newcomer to another company", {"type": "team_join", "user": member(team_id="T0ELSEWHERE")}, ()),
    ("a newcomer without a name", {"type": "team_join", "user": {"id": USER}}, by(Met(UNIT))),
    ("a newcomer who is only an id", {"type": "team_join", "user": USER}, UNREADABLE),
    (
        "somebody was deactivated",
        {"type": "user_change", "user": without(member(deleted=True), "tz", "locale", "real_name")},
        by(Left(Address("slack", f"{TEAM}/{USER}"), "deactivated")),
    ),
    ("somebody changed", {"type": "user_change", "user": member()}, Profile(TEAM, USER, AMINA)),
    ("a bot changed", {"type": "user_change", "user": member(is_bot=True, deleted=True)}, ()),
    ("the app was uninstalled", {"type": "app_uninstalled"}, Lost(TEAM, "", "Ev0000001")),
    (
        "our token was revoked",
        {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [BOT]}},
        Lost(TEAM, "", "Ev0000001"),
    ),
    ("somebody's own token was revoked", {"type": "tokens_revoked", "tokens": {"oauth": [USER]}}, ()),
    ("tokens of no kind were revoked", {"type": "tokens_revoked"}, UNREADABLE),
    ("a file, told twice", {"type": "file_shared", "file_id": "F1", "user_id": USER, "channel_id": DM}, ()),
    ("a reaction", {"type": "reaction_added", "user": USER, "reaction": "thumbsup", "item": {}}, ()),
    ("an assistant's thread", {"type": "assistant_thread_started", "assistant_thread": {}}, ()),
    ("a kind of tomorrow", {"type": "telepathy", "user": {"x": [1]}}, ()),
    ("a kind that is a number", {"type": 5}, UNREADABLE),
    ("no kind", {"user": USER}, UNREADABLE),
    ("no object", ["message"], UNREADABLE),
    ("nothing", None, UNREADABLE),
)

_OUTER: tuple[tuple[str, Any, Heard], ...] = (
    ("the wrapper of old, without authorizations", without(enveloped(message()), "authorizations"), by(Said("hello"))),
    ("one workspace of an organisation", enveloped(message(), enterprise_id="E0ORG", **GRID), by(Said("hello"))),
    ("a user of the whole organisation", enveloped(message(user="W0AMINA"), **GRID), by(Said("hello"), "W0AMINA")),
    ("a user team that is the organisation", enveloped(message(user_team="E0ORG"), **GRID), by(Said("hello"))),
    ("installed for a whole organisation", enveloped(message(), **EVERYWHERE), by(Said("hello"))),
    ("another of its workspaces", enveloped(message(user_team="T0SISTER"), **EVERYWHERE), by(Said("hello"))),
    (
        "seen through our installation",
        enveloped(message(), team_id="T0HOST", is_ext_shared_channel=True),
        by(Said("hello")),
    ),
    ("too many events", {"type": "app_rate_limited", "team_id": TEAM, "minute_rate_limited": 1}, Limited(TEAM)),
    ("a wrapper of tomorrow", {"type": "event_bundle", "events": []}, ()),
    ("no event id", without(enveloped(message()), "event_id"), UNREADABLE),
    ("no workspace", without(enveloped(message()), "team_id", "authorizations"), UNREADABLE),
    ("no event", without(enveloped(message()), "event"), UNREADABLE),
    ("half of it", json.dumps(enveloped(message())).encode()[:300], UNREADABLE),
    ("not UTF-8", b'{"type": "event_callback", "team_id": "\xff\xfe"}', UNREADABLE),
    ("a list", b"[1]", UNREADABLE),
    ("null", b"null", UNREADABLE),
    ("a bottomless list", b"[" * 200_000, UNREADABLE),
    (
        "a bottomless event",
        b'{"type":"event_callback","event_id":"E","team_id":"T","event":' + b"[" * 99_999,
        UNREADABLE,
    ),
    ("half a character", b'{"type": "event_callback", "team_id": "\\ud800"}', UNREADABLE),
)

_TOUCHED: tuple[tuple[str, Any, Heard], ...] = (
    ("a button", touched(button()), by(Pressed("k3.a1"))),
    ("a button that is a command", touched(button("do.learn fire")), by(Pressed("do.learn fire"))),
    ("a link", touched(without(button(url="https://example.org"), "value")), ()),
    ("a button with null", touched(button(None)), ()),
    ("a select", touched(chosen("static_select", "k3.a7")), by(Pressed("k3.a7"))),
    ("a radio button", touched(chosen("radio_buttons", "k3.a2")), by(Pressed("k3.a2"))),
    ("an overflow menu", touched(chosen("overflow", "do.stop")), by(Pressed("do.stop"))),
    ("a select with nothing chosen", touched({"type": "static_select", "action_id": "s", "selected_option": None}), ()),
    ("boxes", touched(ticks("k3.+2", "k3.+0")), by(Pressed("k3.=0,2"))),
    ("boxes, one that was on before", touched(ticks("k3.-1", "k3.+2")), by(Pressed("k3.=1,2"))),
    ("no box", touched(ticks()), by(Pressed("k3.="))),
    (
        "no box on the Home tab",
        without(touched(ticks(), view={"id": "V1", "type": "home", "blocks": [boxes("m9")]}), "message", "channel"),
        by(Pressed("m9.=")),
    ),
    ("boxes of nothing", touched(ticks("do.learn")), by(Pressed("k3.="))),
    ("no box of any question", touched({**ticks(), "action_id": "elsewhere"}), UNREADABLE),
    ("boxes of two questions", touched(ticks("k3.+2", "k4.+0")), UNREADABLE),
    ("two at once", touched(button("k3.a1"), button("k3.a2")), (*by(Pressed("k3.a1")), *by(Pressed("k3.a2")))),
    ("a date picker", touched({"type": "datepicker", "action_id": "d", "selected_date": "2026-01-01"}), ()),
    ("an element of tomorrow", touched({"type": "hologram", "action_id": "d", "value": {"x": 1}}), UNREADABLE),
    ("a click of another company", touched(button(), user={"id": USER, "team_id": "T0ELSEWHERE"}), ()),
    ("no team, in an organisation", touched(button(), team=None, is_enterprise_install=True), by(Pressed("k3.a1"))),
    ("no trigger", without(touched(button()), "trigger_id"), UNREADABLE),
    ("no user", without(touched(button()), "user"), UNREADABLE),
    ("no actions", without(touched(button()), "actions"), UNREADABLE),
    ("a view was sent", {"type": "view_submission", "user": {"id": USER}, "view": {"id": "V", "state": {}}}, ()),
    ("a view was closed", {"type": "view_closed", "user": {"id": USER}, "view": {"id": "V"}, "is_cleared": True}, ()),
    ("a global shortcut", {"type": "shortcut", "callback_id": "x", "user": {"id": USER}, "trigger_id": TRIGGER}, ()),
    ("a message shortcut", {"type": "message_action", "callback_id": "x", "user": {"id": USER}}, ()),
    ("options are asked for", {"type": "block_suggestion", "value": "pa", "user": {"id": USER}}, ()),
    ("an attachment's button of old", {"type": "interactive_message", "callback_id": "x", "actions": []}, ()),
    ("an interaction of tomorrow", {"type": "gaze", "user": 3}, ()),
    ("an interaction of no kind", {"user": {"id": USER}}, UNREADABLE),
    ("no JSON", b"payload", UNREADABLE),
)

_SLASH: tuple[tuple[str, Any, Heard], ...] = (
    ("/learn", slash("/learn"), by(Called("learn"))),
    ("/learn with a pack", slash("/learn", " fire-safety "), by(Called("learn", "fire-safety"))),
    ("/Learn", slash("/Learn"), by(Called("learn"))),
    ("/team with escaped words", slash("/team", "R&amp;D &lt;new&gt;"), by(Called("team", "R&D <new>"))),
    ("/assign with a mention", slash("/assign", "fire <@U0BEN|ben>"), by(Called("assign", "fire @ben"))),
    ("/morsel", slash("/morsel"), by(Called("help"))),
    ("/morsel with a command", slash("/morsel", "packs fire"), by(Called("packs", "fire"))),
    ("/morsel with a slash", slash("/morsel", "/Settings"), by(Called("settings"))),
    ("null for no text", slash("/review", None), by(Called("review"))),
    ("in a channel", slash("/progress", channel_id=CHANNEL, channel_name="canteen"), by(Called("progress"))),
    ("of an organisation", slash("/learn", enterprise_id="E0ORG", is_enterprise_install="true"), by(Called("learn"))),
    ("by nobody", without(slash("/learn"), "user_id"), UNREADABLE),
    ("no trigger", without(slash("/learn"), "trigger_id"), UNREADABLE),
    ("no workspace", without(slash("/learn"), "team_id"), UNREADABLE),
    ("no command", without(slash("/learn"), "command"), UNREADABLE),
)

ROWS: tuple[Row, ...] = (
    *(Row(name, "events_api", enveloped(event), heard) for name, event, heard in (*_SAID, *_EVENTS)),
    *(Row(name, "events_api", payload, heard) for name, payload, heard in _OUTER),
    *(Row(name, "interactive", payload, heard) for name, payload, heard in _TOUCHED),
    *(Row(name, "slash_commands", payload, heard) for name, payload, heard in _SLASH),
    Row("a kind of envelope of tomorrow", "telegrams", {"x": 1}, ()),
)
