"""Messages: posted, changed, deleted, shown to one person only, read back; and what a response_url takes.

Source: docs.slack.dev/reference/methods/chat.* and conversations.*.
"""

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.fakes.slack.args import Args, Refused, arguments_refused
from tests.fakes.slack.blocks import check_blocks, too_long
from tests.fakes.slack.limits import (
    LIMITS,
    METADATA_BYTES,
    RESPONSE_URL_LIVES,
    RESPONSE_URL_USES,
    TEXT_CUT,
    UPDATE_TEXT,
)
from tests.fakes.slack.shapes import Fault
from tests.fakes.slack.world import Channel, Message, ResponseUrl, Team, Token

if TYPE_CHECKING:
    from tests.fakes.slack.core import FakeSlack

NO_FALLBACK = "This content can't be displayed."


class Content(NamedTuple):
    text: str
    blocks: list[dict[str, Any]] | None  # None: not given
    attachments: list[dict[str, Any]] | None
    metadata: dict[str, Any] | None
    names: bool


def blocks_refused(error: str, faults: list[Fault]) -> Refused:
    lines = [fault.line for fault in faults]
    return Refused(error, errors=lines, response_metadata={"messages": [f"[ERROR] {line}" for line in lines]})


def filled(fake: "FakeSlack", blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Ids for the blocks and elements that came without."""
    for block in blocks:
        if not block.get("block_id"):
            block["block_id"] = fake.new_id("b", 5)
        inner = [block.get("accessory"), block.get("element"), *block.get("actions", ())]
        if block["type"] in ("actions", "context_actions"):
            inner += block["elements"]
        for element in inner:
            if element and element["type"] != "image" and not element.get("action_id"):
                element["action_id"] = fake.new_id("a", 5)
        filled(fake, block.get("child_blocks", []))
        if block["type"] == "carousel":
            filled(fake, block["elements"])
    return blocks


def content_of(fake: "FakeSlack", team: str, method: str, args: Args) -> Content:
    """What a message is to say, or the refusal that Slack would answer."""
    if args.text("markdown_text") and ("blocks" in args or "text" in args):
        raise Refused("markdown_text_conflict")
    blocks = args.value("blocks", "invalid_blocks_format")
    if blocks is not None and not isinstance(blocks, list):
        raise Refused("invalid_blocks_format")
    attachments = args.value("attachments", "invalid_attachments")
    if attachments is not None and not isinstance(attachments, list):
        raise Refused("invalid_attachments")
    if args.text("markdown_text"):
        blocks = [{"type": "markdown", "text": args.text("markdown_text")}]
    if blocks and (faults := check_blocks(blocks, "message", fake.file_ready(team))):
        raise blocks_refused("invalid_blocks", faults)
    if blocks and too_long(blocks):
        raise Refused("msg_blocks_too_long")
    if attachments and len(attachments) > LIMITS["message.attachments.max_items"]:
        raise Refused("too_many_attachments")
    for place, one in enumerate(attachments or ()):
        inner = one.get("blocks") if isinstance(one, dict) else None
        if inner and (faults := check_blocks(inner, "message", fake.file_ready(team), f"/attachments/{place}/blocks")):
            raise blocks_refused("invalid_attachments", faults)
    text = args.text("text")
    if not text.strip() and not blocks and not attachments:
        raise Refused("no_text")
    if blocks and not text.strip():
        fake.warn(method, "missing_text_in_message")
        text = text or NO_FALLBACK
    names = args.flag("link_names") or args.text("parse") == "full"
    return Content(text, filled(fake, blocks) if blocks else blocks, attachments, metadata_of(args), names)


def metadata_of(args: Args) -> dict[str, Any] | None:
    metadata: Any = args.value("metadata", "invalid_metadata_format")
    if metadata is None or metadata == {}:
        return {} if metadata == {} else None
    if not isinstance(metadata, dict) or not isinstance(metadata.get("event_type"), str):
        raise Refused("invalid_metadata_format")
    if not isinstance(metadata.get("event_payload"), dict) or set(metadata) - {
        "event_type",
        "event_payload",
        "entities",
    }:
        raise Refused("invalid_metadata_format")
    if len(json.dumps(metadata).encode()) > METADATA_BYTES:
        raise Refused("metadata_too_large")
    return dict(metadata)


def place_of(fake: "FakeSlack", who: Token, name: str, *, posting: bool = True) -> Channel:
    """The conversation a call means: an id, a person (their direct messages) or a channel's name."""
    team = fake.teams[who.team]
    if posting and (member := team.members.get(name)):
        if member.is_bot:
            raise Refused("cannot_dm_bot")
        channel: Channel | None = fake.im(team, name)
    else:
        channel = team.channels.get(name)
        if channel is None and posting:
            plain = name.removeprefix("#")
            channel = next((one for one in team.channels.values() if one.name == plain and one.kind != "im"), None)
    if channel is None or (channel.kind == "im" and team.bot_user not in channel.members):
        raise Refused("channel_not_found")
    if not posting:
        return channel
    if channel.kind == "im":
        if team.members[channel.user].deleted:
            raise Refused("user_disabled")
        if not fake.app.messages_tab:
            raise Refused("messages_tab_disabled")
    if channel.archived:
        raise Refused("is_archived")
    if team.bot_user not in channel.members and not (channel.kind == "channel" and "chat:write.public" in who.scopes):
        raise Refused("not_in_channel" if channel.kind == "channel" else "channel_not_found")
    return channel


def put_message(fake: "FakeSlack", team: Team, channel: Channel, content: Content, **more: Any) -> Message:
    """The bot's message stands in the channel, and comes back to the app as an event."""
    raw: dict[str, Any] = {
        "type": "message",
        "user": team.bot_user,
        "bot_id": team.bot_id,
        "app_id": fake.app.id,
        "team": team.id,
        "text": content.text[:TEXT_CUT],
        "ts": fake.new_ts(),
        "channel": channel.id,
        **{name: value for name, value in more.items() if value},
    }
    if content.blocks:
        raw["blocks"] = content.blocks
    if content.attachments:
        raw["attachments"] = content.attachments
    if content.metadata:
        raw["metadata"] = content.metadata
    message = Message(raw, names=content.names)
    channel.messages[raw["ts"]] = message
    echo(fake, team, channel, {**raw, "event_ts": raw["ts"]})
    return message


def echo(fake: "FakeSlack", team: Team, channel: Channel, event: dict[str, Any]) -> None:
    if fake.echo and (fake.listening or (fake.app.urls and not fake.app.socket_mode)):
        kind = {"im": "im", "channel": "channel", "group": "group"}[channel.kind]
        fake.event(team, {**event, "channel_type": kind}, f"message.{'channels' if kind == 'channel' else kind}")


def public(raw: dict[str, Any]) -> dict[str, Any]:
    """A message as calls answer it: without the channel, which stands beside it."""
    return {name: value for name, value in raw.items() if name != "channel"}


def post(fake: "FakeSlack", who: Token, args: Args) -> dict[str, Any]:
    args.need("channel")
    channel = place_of(fake, who, args.text("channel"))
    content = content_of(fake, who.team, "chat.postMessage", args)
    thread = args.text("thread_ts")
    message = put_message(fake, fake.teams[who.team], channel, content, thread_ts=thread)
    answer: dict[str, Any] = {"ok": True, "channel": channel.id, "ts": message.raw["ts"]}
    answer["message"] = public(message.raw)
    if len(args.text("text")) > TEXT_CUT:
        fake.warn("chat.postMessage", "message_truncated")
        answer |= {"warning": "message_truncated", "response_metadata": {"warnings": ["message_truncated"]}}
    return answer


def own_message(fake: "FakeSlack", who: Token, args: Args, denied: str) -> tuple[Channel, Message]:
    args.need("channel", "ts")
    name = args.text("channel")
    if name[:1] not in ("C", "D", "G"):  # unlike chat.postMessage, a person's id will not do
        raise Refused("channel_not_found")
    channel = place_of(fake, who, name, posting=False)
    message = channel.messages.get(args.text("ts"))
    if message is None or message.to:
        raise Refused("message_not_found")
    if message.raw.get("bot_id") != fake.teams[who.team].bot_id:
        raise Refused(denied)
    return channel, message


def update(fake: "FakeSlack", who: Token, args: Args) -> dict[str, Any]:
    channel, message = own_message(fake, who, args, "cant_update_message")
    if channel.archived:
        raise Refused("is_inactive")
    if len(args.text("text")) > UPDATE_TEXT:
        raise Refused("msg_too_long")
    before = dict(message.raw)
    content = content_of(fake, who.team, "chat.update", args)
    change(fake, message, content)
    team = fake.teams[who.team]
    event = {"type": "message", "subtype": "message_changed", "hidden": True, "channel": channel.id}
    echo(fake, team, channel, event | {"message": public(message.raw), "previous_message": public(before)})
    return {
        "ok": True,
        "channel": channel.id,
        "ts": message.raw["ts"],
        "text": message.raw["text"],
        "message": public(message.raw),
    }


def change(fake: "FakeSlack", message: Message, content: Content) -> None:
    """Text without blocks removes the blocks; blocks replace them. Ticks stay where block and element keep their ids."""
    raw = message.raw
    if content.blocks or content.text:
        raw.pop("blocks", None)
        raw["text"] = content.text
    if content.blocks:
        raw["blocks"] = content.blocks
    elif content.text:
        raw["edited"] = {"user": raw["user"], "ts": fake.new_ts()}
    if content.attachments is not None:
        raw["attachments"] = content.attachments
    if content.metadata is not None:
        raw["metadata"] = content.metadata
    message.names = content.names
    message.edits += 1
    kept = {block["block_id"] for block in raw.get("blocks", ())}
    for state in message.states.values():
        for gone in set(state) - kept:
            del state[gone]


def delete(fake: "FakeSlack", who: Token, args: Args) -> dict[str, Any]:
    channel, message = own_message(fake, who, args, "cant_delete_message")
    del channel.messages[message.raw["ts"]]
    gone = {"type": "message", "subtype": "message_deleted", "hidden": True, "channel": channel.id}
    echo(fake, fake.teams[who.team], channel, gone | {"deleted_ts": message.raw["ts"]})
    return {"ok": True, "channel": channel.id, "ts": message.raw["ts"]}


def post_ephemeral(fake: "FakeSlack", who: Token, args: Args) -> dict[str, Any]:
    args.need("channel", "user")
    channel = place_of(fake, who, args.text("channel"))
    if args.text("user") not in channel.members:
        raise Refused("user_not_in_channel")
    if len(args.text("text")) > TEXT_CUT:
        raise Refused("msg_too_long")
    content = content_of(fake, who.team, "chat.postEphemeral", args)
    message = put_ephemeral(fake, fake.teams[who.team], channel, content, args.text("user"))
    return {"ok": True, "message_ts": message.raw["ts"]}


def put_ephemeral(fake: "FakeSlack", team: Team, channel: Channel, content: Content, user: str) -> Message:
    fake.echo, echoes = False, fake.echo  # nobody but the person hears of it
    try:
        message = put_message(fake, team, channel, content)
    finally:
        fake.echo = echoes
    message.to = user
    return message


def open_conversation(fake: "FakeSlack", who: Token, args: Args) -> dict[str, Any]:
    team = fake.teams[who.team]
    if args.text("channel"):
        channel = place_of(fake, who, args.text("channel"), posting=False)
        if channel.kind != "im":
            raise Refused("method_not_supported_for_channel_type")
        return {"ok": True, "channel": {"id": channel.id}}
    users = [name for name in args.text("users").split(",") if name]
    if not users:
        raise Refused("users_list_not_supplied")
    if len(users) > 1:
        raise Refused("missing_scope", needed="mpim:write", provided=",".join(sorted(who.scopes)))
    member = team.members.get(users[0])
    if member is None:
        raise Refused("user_not_found")
    if member.is_bot:
        raise Refused("cannot_dm_bot")
    if member.deleted:
        raise Refused("user_disabled")
    known = member.id in team.ims
    channel = fake.im(team, member.id)
    shown: dict[str, Any] = {"id": channel.id}
    if args.flag("return_im"):
        shown |= {"created": int(fake.clock()), "is_im": True, "user": member.id, "is_open": True}
    return {"ok": True, **({"no_op": True, "already_open": True} if known else {}), "channel": shown}


def history_scope(fake: "FakeSlack", who: Token, args: Args) -> str:
    kinds = {"D": "im:history", "G": "groups:history"}
    return kinds.get(args.text("channel")[:1], "channels:history")


def history(fake: "FakeSlack", who: Token, args: Args) -> dict[str, Any]:
    args.need("channel")
    channel = place_of(fake, who, args.text("channel"), posting=False)
    if channel.kind != "im" and fake.teams[who.team].bot_user not in channel.members:
        raise Refused("not_in_channel")
    most = args.number("limit", 100)
    if not 1 <= most <= 999:
        raise Refused("invalid_limit")
    oldest, latest = _moment(args, "oldest", 0.0), _moment(args, "latest", float("inf"))
    inclusive = args.flag("inclusive")
    cursor = args.text("cursor")
    if cursor and not cursor.startswith("next_ts:"):
        raise Refused("invalid_cursor")
    found: list[dict[str, Any]] = []
    for ts in sorted(channel.messages, reverse=True):
        message, at = channel.messages[ts], float(ts)
        inside = oldest < at < latest or (inclusive and at in (oldest, latest))
        if message.to or not inside or (cursor and ts >= cursor[8:]):
            continue
        shown = public(message.raw)
        if not args.flag("include_all_metadata"):
            shown.pop("metadata", None)
        found.append(shown)
    more = len(found) > most
    answer: dict[str, Any] = {"ok": True, "messages": found[:most], "has_more": more, "pin_count": 0}
    if more:
        answer["response_metadata"] = {"next_cursor": f"next_ts:{found[most - 1]['ts']}"}
    return answer


def _moment(args: Args, name: str, otherwise: float) -> float:
    try:
        return float(args.text(name)) if args.text(name) else otherwise
    except ValueError:
        raise Refused(f"invalid_ts_{name}") from None


def respond(fake: "FakeSlack", key: str, given: Any) -> tuple[int, dict[str, Any]]:
    """A post to a response_url: five times within half an hour. The status and body of the answer."""
    url = fake.response_urls.get(key)
    if url is None:
        return 404, {"ok": False, "error": "invalid_url"}
    if fake.clock() - url.born > RESPONSE_URL_LIVES:
        return 404, {"ok": False, "error": "expired_url"}
    if url.uses >= RESPONSE_URL_USES:
        return 404, {"ok": False, "error": "used_url"}
    if not isinstance(given, dict):
        return 400, {"ok": False, "error": "invalid_payload"}
    url.uses += 1
    try:
        apply_response(fake, url, given)
    except Refused as refused:
        return 404, {"ok": False, "error": refused.error, **refused.more}
    return 200, {"ok": True}


def apply_response(fake: "FakeSlack", url: ResponseUrl, given: dict[str, Any]) -> None:
    """A message for the one who acted, or for all; or the message they acted on, changed or removed."""
    team = fake.teams[url.team]
    channel = team.channels[url.channel]
    args = Args(given)
    old = channel.messages.get(url.ts)
    if args.flag("delete_original"):
        channel.messages.pop(url.ts, None)
        return
    content = content_of(fake, url.team, "response_url", args)
    if args.flag("replace_original") and old:
        change(fake, old, content)
    elif args.text("response_type") == "in_channel":
        put_message(fake, team, channel, content)
    elif args.text("response_type") in ("", "ephemeral"):
        put_ephemeral(fake, team, channel, content, url.user)
    else:
        raise arguments_refused("invalid response_type")
