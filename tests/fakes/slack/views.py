"""Modals and Home tabs: opened with a trigger that lives three seconds, stacked three deep, guarded by hashes.

Source: docs.slack.dev/reference/methods/views.* and docs.slack.dev/surfaces/modals.
"""

import hashlib
import json
from typing import TYPE_CHECKING, Any

from tests.fakes.slack.args import Args, Refused, arguments_refused
from tests.fakes.slack.blocks import check_view
from tests.fakes.slack.chat import filled
from tests.fakes.slack.limits import TRIGGER_LIVES, VIEW_BYTES, VIEWS_DEEP
from tests.fakes.slack.world import Member, Token, Trigger, View

if TYPE_CHECKING:
    from tests.fakes.slack.core import FakeSlack


def view_of(fake: "FakeSlack", team: str, args: Args, kind: str) -> dict[str, Any]:
    """The view of a call, checked and completed."""
    args.need("view")
    given = args.value("view", "invalid_arguments")
    return checked(fake, team, given, kind)


def checked(fake: "FakeSlack", team: str, given: Any, kind: str = "") -> dict[str, Any]:
    if len(json.dumps(given).encode()) > VIEW_BYTES:
        raise Refused("view_too_large")
    faults = check_view(given, fake.file_ready(team))
    if faults:
        raise arguments_refused(*(fault.line for fault in faults))
    if kind and given["type"] != kind:
        raise arguments_refused(f"unsupported type: {given['type']} [json-pointer:/view/type]")
    filled(fake, given["blocks"])
    return dict(given)


def dressed(
    fake: "FakeSlack", team: str, given: dict[str, Any], view_id: str, root: str, before: str
) -> dict[str, Any]:
    """The view as Slack gives it back. Its hash changes with every change."""
    place = fake.teams[team]
    stamp = fake.new_ts()
    return {
        "id": view_id,
        "team_id": team,
        "private_metadata": "",
        "callback_id": "",
        "external_id": "",
        "title": {"type": "plain_text", "text": "View Title", "emoji": True},
        "close": None,
        "submit": None,
        "clear_on_close": False,
        "notify_on_close": False,
        "previous_view_id": before or None,
        "root_view_id": root or view_id,
        "app_id": fake.app.id,
        "app_installed_team_id": team,
        "bot_id": place.bot_id,
        "state": {"values": {}},
        **given,
        "hash": f"{stamp.partition('.')[0]}.{hashlib.md5(stamp.encode()).hexdigest()[:8]}",
    }


def _external_id_is_free(fake: "FakeSlack", team: str, given: dict[str, Any], own: str = "") -> None:
    name = given.get("external_id")
    for view in fake.views.values():
        if name and view.team == team and view.raw["external_id"] == name and view.raw["id"] != own:
            raise Refused("duplicate_external_id")


def _exchange(fake: "FakeSlack", who: Token, args: Args) -> Trigger:
    name = args.text("trigger_id")
    if not name:
        raise arguments_refused("missing required field: trigger_id")
    trigger = fake.triggers.get(name)
    if trigger is None or trigger.team != who.team:
        raise Refused("invalid_trigger_id")
    if trigger.used:
        raise Refused("exchanged_trigger_id")
    if fake.clock() - trigger.born > TRIGGER_LIVES:
        raise Refused("expired_trigger_id")
    return trigger


def stack(fake: "FakeSlack", member: Member, given: dict[str, Any], *, push: bool) -> View:
    """A modal opens: over the others, or alone."""
    if not push:
        clear(fake, member)
    root = member.views[0].raw["id"] if member.views else ""
    before = member.views[-1].raw["id"] if member.views else ""
    raw = dressed(fake, member.team, given, fake.new_id("V"), root, before)
    view = View(raw, member.id, member.team)
    fake.views[raw["id"]] = view
    member.views.append(view)
    return view


def clear(fake: "FakeSlack", member: Member) -> None:
    for view in member.views:
        fake.views.pop(view.raw["id"], None)
    member.views.clear()


def open_view(fake: "FakeSlack", who: Token, args: Args) -> dict[str, Any]:
    given = view_of(fake, who.team, args, "modal")
    trigger = _exchange(fake, who, args)
    _external_id_is_free(fake, who.team, given)
    trigger.used = True
    return {"ok": True, "view": stack(fake, fake.teams[who.team].members[trigger.user], given, push=False).raw}


def push_view(fake: "FakeSlack", who: Token, args: Args) -> dict[str, Any]:
    given = view_of(fake, who.team, args, "modal")
    trigger = _exchange(fake, who, args)
    member = fake.teams[who.team].members[trigger.user]
    if not trigger.view or not member.views:
        raise Refused("not_found")
    if len(member.views) >= VIEWS_DEEP:
        raise Refused("push_limit_reached")
    _external_id_is_free(fake, who.team, given)
    trigger.used = True
    return {"ok": True, "view": stack(fake, member, given, push=True).raw}


def update_view(fake: "FakeSlack", who: Token, args: Args) -> dict[str, Any]:
    name, outer = args.text("view_id"), args.text("external_id")
    if bool(name) == bool(outer):
        raise arguments_refused("must provide one of `view_id` or `external_id`")
    own = [view for view in fake.views.values() if view.team == who.team]
    view = next((one for one in own if one.raw["id"] == name or (outer and one.raw["external_id"] == outer)), None)
    if view is None:
        raise Refused("not_found")
    given = view_of(fake, who.team, args, view.raw["type"])
    if args.text("hash") and args.text("hash") != view.raw["hash"]:
        raise Refused("hash_conflict")
    _external_id_is_free(fake, who.team, given, view.raw["id"])
    change(fake, view, given)
    return {"ok": True, "view": view.raw}


def change(fake: "FakeSlack", view: View, given: dict[str, Any]) -> None:
    """What was filled in stays where block and element keep their ids."""
    old = view.raw
    view.raw = dressed(fake, view.team, given, old["id"], old["root_view_id"], old["previous_view_id"] or "")
    kept = {block["block_id"] for block in view.raw["blocks"]}
    view.state = {name: values for name, values in view.state.items() if name in kept}
    view.errors = {}


def publish(fake: "FakeSlack", who: Token, args: Args) -> dict[str, Any]:
    args.need("user_id")
    given = view_of(fake, who.team, args, "home")
    if not fake.app.home_tab:
        raise Refused("not_enabled")
    member = fake.member(who.team, args.text("user_id"))
    if member is None or member.is_bot:
        raise Refused("user_not_found")
    old = member.home
    if args.text("hash") and (old is None or args.text("hash") != old.raw["hash"]):
        raise Refused("hash_conflict")
    _external_id_is_free(fake, who.team, given, old.raw["id"] if old else "")
    if old:
        change(fake, old, given)
        return {"ok": True, "view": old.raw}
    view = View(dressed(fake, who.team, given, fake.new_id("V"), "", ""), member.id, who.team)
    fake.views[view.raw["id"]] = view
    member.home = view
    return {"ok": True, "view": view.raw}
