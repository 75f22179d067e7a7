"""The payloads Slack sends: events, clicks, commands, views. Pure dressing of what has happened.

Shapes: docs.slack.dev/reference/events and /reference/interaction-payloads.
"""

import hashlib
import re
from typing import TYPE_CHECKING, Any, Final

from tests.fakes.slack.mrkdwn import escape
from tests.fakes.slack.world import App, File, Member, Team

if TYPE_CHECKING:
    from tests.fakes.slack.core import FakeSlack

_URL: Final = re.compile(r"https?://[^\s<>]+")


def envelope_of(fake: "FakeSlack", team: Team, event: dict[str, Any]) -> dict[str, Any]:
    """The outer shape of an event."""
    return {
        "token": fake.app.verification_token,
        "team_id": team.id,
        "context_team_id": team.id,
        "context_enterprise_id": None,
        "api_app_id": fake.app.id,
        "event": {**event, "event_ts": event.get("event_ts") or fake.new_ts()},
        "type": "event_callback",
        "event_id": fake.new_id("Ev", 11),
        "event_time": int(fake.clock()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": team.id,
                "user_id": team.bot_user,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": f"4-{fake.new_id('', 12)}",
    }


def typed_text(words: str) -> str:
    """What a person types, as the API tells it: addresses in brackets, the rest escaped."""
    parts: list[str] = []
    at = 0
    for found in _URL.finditer(words):
        parts += [escape(words[at : found.start()]), f"<{escape(found[0])}>"]
        at = found.end()
    return "".join([*parts, escape(words[at:])])


def typed_blocks(words: str, block_id: str) -> list[dict[str, Any]]:
    """The same words as the rich text that Slack's own editor makes of them."""
    pieces: list[dict[str, Any]] = []
    at = 0
    for found in _URL.finditer(words):
        if found.start() > at:
            pieces.append({"type": "text", "text": words[at : found.start()]})
        pieces.append({"type": "link", "url": found[0]})
        at = found.end()
    if at < len(words):
        pieces.append({"type": "text", "text": words[at:]})
    return [
        {"type": "rich_text", "block_id": block_id, "elements": [{"type": "rich_text_section", "elements": pieces}]}
    ]


def user_of(member: Member, tz_offset: int, *, email: bool, locale: bool) -> dict[str, Any]:
    """A person as `users.info` and events show one. A deactivated one has no time zone any more."""
    profile: dict[str, Any] = {
        "real_name": member.real_name,
        "real_name_normalized": member.real_name,
        "display_name": member.name,
        "display_name_normalized": member.name,
        "avatar_hash": hashlib.md5(member.id.encode()).hexdigest()[:12],
        "team": member.team,
    }
    if email and member.email:
        profile["email"] = member.email
    user: dict[str, Any] = {
        "id": member.id,
        "team_id": member.team,
        "name": member.name,
        "deleted": member.deleted,
        "profile": profile,
        "is_bot": member.is_bot,
        "is_app_user": False,
        "updated": member.updated,
    }
    if member.deleted:
        return user
    user |= {
        "real_name": member.real_name,
        "color": "9f69e7",
        "tz": member.tz,
        "tz_label": member.tz.rpartition("/")[2].replace("_", " "),
        "tz_offset": tz_offset,
        "is_admin": member.is_admin,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": member.is_restricted,
        "is_ultra_restricted": False,
        "is_email_confirmed": True,
    }
    if locale:
        user["locale"] = member.locale
    return user


def file_of(fake: "FakeSlack", file: File) -> dict[str, Any]:
    """A file as `files.info` and messages show it."""
    private, download = fake.urls(file)
    kind = file.name.rpartition(".")[2].lower() if "." in file.name else "binary"
    ready = file.ready <= fake.clock()
    return {
        "id": file.id,
        "created": int(fake.clock()),
        "timestamp": int(fake.clock()),
        "name": file.name,
        "title": file.title or file.name,
        "mimetype": file.mimetype if ready else "",
        "filetype": kind if ready else "",
        "pretty_type": kind.upper(),
        "user": file.user,
        "user_team": file.team,
        "editable": False,
        "size": file.size,
        "mode": "hosted",
        "is_external": False,
        "external_type": "",
        "is_public": False,
        "public_url_shared": False,
        "display_as_bot": False,
        "username": "",
        "url_private": private,
        "url_private_download": download,
        "media_display_type": "unknown",
        "has_rich_preview": False,
        "file_access": "visible",
        "alt_txt": file.alt,
        "ims": [name for name in file.channels if name.startswith("D")],
        "channels": [name for name in file.channels if name.startswith("C")],
        "groups": [name for name in file.channels if name.startswith("G")],
    }


def interaction(app: App, team: Team, member: Member, kind: str, trigger: str) -> dict[str, Any]:
    """What every interaction starts with."""
    return {
        "type": kind,
        "team": {"id": team.id, "domain": team.domain},
        "user": {"id": member.id, "username": member.name, "name": member.name, "team_id": team.id},
        "api_app_id": app.id,
        "token": app.verification_token,
        "enterprise": None,
        "is_enterprise_install": False,
        "trigger_id": trigger,
    }
