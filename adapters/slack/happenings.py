"""What happens in a workspace, as the Events API tells it: words, files, mentions, people who come and go. Pure.

Promise: what is not for the bot says nothing, knowingly (see `IGNORED` and the comments). An event's id is Slack's own
`event_id`, the same in every repeat.
"""

from datetime import datetime
from typing import Final

import msgspec

from adapters.slack import payloads
from adapters.slack.heard import (
    SILENCE,
    Ground,
    Heard,
    Limited,
    Profile,
    Through,
    Unreadable,
    sender_of,
)
from adapters.slack.payloads import Authorization, Envelope, Member
from adapters.slack.words import file_name, without_mention, words
from bot.events import WORDS_LIMIT, Called, Event, Left, Met, Offered, Opened, Said, read_words

PLAIN: Final = ("", "file_share", "thread_broadcast", "me_message")  # subtypes in which a person says something
SLACKBOT: Final = "USLACKBOT"

# Kinds of events that Slack may send us and that say nothing to the bot. Any other unknown kind is ignored as well; these
# are here so that a test can prove that each subscription is either translated or on this list.
IGNORED: Final = frozenset({"file_shared", "file_created", "file_public", "im_created", "member_joined_channel"})


def from_envelope(envelope: Envelope, ground: Ground, at: datetime) -> Heard:
    match envelope.type:
        case "url_verification":
            return Heard(challenge=envelope.challenge)
        case "app_rate_limited":
            return Heard(about=Limited(envelope.team_id or ""))
        case "event_callback":
            return _event(envelope, ground, at)
        case _:
            return SILENCE


def _through(envelope: Envelope, at: datetime) -> Through:
    if not envelope.event_id:
        raise Unreadable("an event without an id")
    by = envelope.authorizations[0] if envelope.authorizations else Authorization()
    team = by.team_id or envelope.team_id or ""
    enterprise = by.enterprise_id or envelope.enterprise_id or ""
    if not team and not enterprise:
        raise Unreadable("an event of no workspace")
    return Through(team or enterprise, enterprise, bool(by.is_enterprise_install), envelope.event_id, at)


def _event(envelope: Envelope, ground: Ground, at: datetime) -> Heard:
    through = _through(envelope, at)
    raw = bytes(envelope.event)
    kind = payloads.read_kind(raw)
    match kind.type:
        case "message":
            # Channels: what is said there is not said to us. Bots: other apps, and our own messages come back too.
            # Changed and deleted messages: what was said was answered already.
            if kind.channel_type != "im" or kind.bot_id or kind.hidden or (kind.subtype or "") not in PLAIN:
                return SILENCE
            return _message(payloads.read_message(raw), through, ground)
        case "app_mention":
            return SILENCE if kind.bot_id else _mention(payloads.read_mention(raw), through, ground)
        case "app_home_opened":
            opened = payloads.read_home_opened(raw)
            event: Event = Opened() if opened.tab == "home" else Met(ground.unit)
            return through.heard(through.incoming(opened.user, event))
        case "team_join":
            return _joined(payloads.read_members(raw).user, through, ground)
        case "user_change":
            return _changed(payloads.read_members(raw).user, through)
        case "app_uninstalled":
            return through.heard(about=through.lost())
        case "tokens_revoked":
            if payloads.read_revoked(raw).tokens.bot:  # people's own tokens are none of ours
                return through.heard(about=through.lost())
            return SILENCE
        case _:
            return SILENCE


def _message(message: payloads.Message, through: Through, ground: Ground) -> Heard:
    """Words, or files: what is written beside a file is about it, and no answer to a question; but a command is one."""
    if message.user == SLACKBOT or through.foreign(message.user_team, message.source_team):
        return SILENCE
    said = read_words(words((message.text or "")[: 2 * WORDS_LIMIT]))
    files = [file for file in message.files or () if file.mode not in ("tombstone", "hidden_by_limit")]
    if not files:
        return through.heard(through.incoming(message.user, said))
    events: list[Event] = [
        Offered(file_name(file.name or ""), max(file.size or 0, 0), msgspec.json.encode({"file": file.id}).decode())
        for file in files
    ]
    if command := _command(said, ground):
        events.append(command)
    return through.heard(*(through.incoming(message.user, event, part=n) for n, event in enumerate(events)))


def _command(said: Said | Called, ground: Ground) -> Called | None:
    """A command that stands beside a file: with its slash, or one word alone."""
    called = Called(said.text.lower(), "") if isinstance(said, Said) else said
    return called if called.name in ground.commands else None


def _mention(mention: payloads.Mention, through: Through, ground: Ground) -> Heard:
    """Called in a channel: a command is taken as if it were given in private, anything else is a hello. What is said about
    us among colleagues must never answer the question that is open in private."""
    if mention.user == SLACKBOT or through.foreign(mention.user_team, mention.source_team):
        return SILENCE
    if mention.channel.startswith("D"):
        return SILENCE  # the same words came as a message to us
    rest = words(without_mention((mention.text or "")[: 2 * WORDS_LIMIT])).strip()
    called = read_words(f"/{rest.removeprefix('/')}")
    if isinstance(called, Called) and called.name in ground.commands:
        return through.heard(through.incoming(mention.user, called))
    return through.heard(through.incoming(mention.user, Met(ground.unit)))


def _joined(member: Member, through: Through, ground: Ground) -> Heard:
    if member.is_bot or member.is_stranger or member.deleted or through.foreign(member.team_id):
        return SILENCE
    return through.heard(through.incoming(member.id, Met(ground.unit), sender_of(member)))


def _changed(member: Member, through: Through) -> Heard:
    if member.is_bot or through.foreign(member.team_id):
        return SILENCE
    if member.deleted:
        return through.heard(through.incoming(member.id, Left(through.address(member.id), "deactivated")))
    return through.heard(about=Profile(through.team, member.id, sender_of(member)))
