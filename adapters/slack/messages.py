"""Single messages in a conversation with a member: post, change, remove, whisper, find again. One call each, no policy.

Each posted message carries the id of its letter as metadata, invisible to people: Slack knows no idempotency key, and this
is how a message is found whose answer was lost. Nothing else is in there, for other apps of the workspace may read it.
Source: https://docs.slack.dev/reference/methods/chat.postMessage, https://docs.slack.dev/messaging/message-metadata
"""

import json
from collections.abc import Sequence
from typing import Any, Final

from adapters.slack.answering import Answering
from adapters.slack.blocks import Part
from adapters.slack.calling import Calling, Garbled
from adapters.slack.errors import Declined
from adapters.slack.heard import Place
from bot.ports import SendError, Unknown, Unreachable

Json = dict[str, Any]
Numbered = tuple[int, int, int]  # the letter, which of its messages (from 0), of how many

EVENT_TYPE: Final = "morsel_letter"
NEWEST: Final = 20  # messages of a conversation among which one is looked for
UNKNOWN: Final = "?"  # the mark of a message that is there, nobody knows where
ROOMS: Final = 20_000  # conversations whose id is kept in mind

# Words of ours hold no markup: nothing in them is to be looked up, linked or shown as a preview.
_AS_IT_IS: Final[Json] = {"parse": "none", "link_names": False}
_NO_PREVIEW: Final[Json] = {"mrkdwn": False, "unfurl_links": False, "unfurl_media": False}


def mark_of(places: Sequence[Place]) -> str:
    """Where a letter stands, as text: "CHANNEL:TS" or "CHANNEL:TS,TS". One unknown place makes all of it unknown."""
    if not places or any(UNKNOWN in place for place in places):
        return UNKNOWN
    return f"{places[0][0]}:{','.join(at for _, at in places)}"


def places_of(mark: str) -> tuple[Place, ...]:
    """The places that a mark tells; none where it tells none."""
    room, colon, stamps = mark.partition(":")
    return tuple((room, at) for at in stamps.split(",")) if room and colon and stamps else ()


class Messages:
    """For all workspaces. Remembers the conversation of each member, which Slack tells with each message."""

    def __init__(self, calling: Calling, answering: Answering) -> None:
        self._call = calling
        self._answering = answering
        self._rooms: dict[tuple[str, str], str] = {}

    async def post(self, team: str, user: str, part: Part, numbered: Numbered) -> Place:
        """Says it to a member, which opens the conversation with them where there is none."""
        letter, number, of = numbered
        payload = {"letter": letter} if of == 1 else {"letter": letter, "part": number + 1, "of": of}
        about = {"event_type": EVENT_TYPE, "event_payload": payload}
        said = {"text": part.text, **({"blocks": list(part.blocks)} if part.blocks else {}), **_AS_IT_IS, **_NO_PREVIEW}
        try:
            answer = await self._call(team, "chat.postMessage", {"channel": user, **said, "metadata": about})
        except Garbled:
            answer = {}
        room, at = str(answer.get("channel", "")), str(answer.get("ts", ""))
        if not room or not at:
            return await self._missing(team, user, numbered)
        self._remember(team, user, room)
        return room, at

    async def whisper(self, team: str, user: str, part: Part) -> None:
        """Only the person sees it, and only until they open Slack anew."""
        room = await self._room(team, user)
        said = {"text": part.text, **({"blocks": list(part.blocks)} if part.blocks else {}), **_AS_IT_IS}
        try:
            await self._call(team, "chat.postEphemeral", {"channel": room, "user": user, **said})
        except Garbled:
            return

    async def change(self, team: str, place: Place, part: Part) -> None:
        """Where it was pressed lately, there; else by chat.update. An empty list of blocks takes the old ones away; metadata
        stays, as it is not mentioned."""
        if await self._answering.change(place, part):
            return
        room, at = place
        said = {"text": part.text, "blocks": list(part.blocks), **_AS_IT_IS}
        try:
            await self._call(team, "chat.update", {"channel": room, "ts": at, **said})
        except Garbled:
            return

    async def remove(self, team: str, place: Place) -> None:
        self._answering.forget(place)
        room, at = place
        try:
            await self._call(team, "chat.delete", {"channel": room, "ts": at})
        except Garbled:
            return

    async def find(self, team: str, user: str, letter: int) -> tuple[list[Place], int]:
        """Where the messages of a letter stand, from its first on without a gap, and how many there should be."""
        room = await self._room(team, user)
        asked = {"channel": room, "limit": str(NEWEST), "include_all_metadata": "true"}
        answer = await self._call(team, "conversations.history", asked)
        found: dict[int, str] = {}
        whole = 1
        messages = answer.get("messages")
        for message in messages if isinstance(messages, list) else []:
            about = _about(message)
            if about.get("letter") == letter and isinstance(message.get("ts"), str):
                found[_number(about.get("part"))] = message["ts"]
                whole = _number(about.get("of"))
        there = [(room, found[n]) for n in range(1, whole + 1) if n in found]
        gap = next((n for n in range(1, whole + 1) if n not in found), whole + 1)
        return there[: gap - 1], whole

    async def _missing(self, team: str, user: str, numbered: Numbered) -> Place:
        """Slack took a message and gave an answer that cannot be read: it is looked up, so that it can be changed."""
        letter, number, _ = numbered
        try:
            there, _ = await self.find(team, user, letter)
        except (Declined, Garbled, SendError):
            return UNKNOWN, UNKNOWN
        if number < len(there):
            return there[number]
        raise Unknown("chat.postMessage: an answer that nobody can read, and no message.")

    async def _room(self, team: str, user: str) -> str:
        """The conversation with a member, asked for once."""
        if room := self._rooms.get((team, user)):
            return room
        channel: Any = (await self._call(team, "conversations.open", {"users": user})).get("channel")
        room = str(channel.get("id", "")) if isinstance(channel, dict) else ""
        if not room:
            raise Unreachable("conversations.open: an answer without a conversation.")
        self._remember(team, user, room)
        return room

    def _remember(self, team: str, user: str, room: str) -> None:
        self._rooms[team, user] = room
        if len(self._rooms) > ROOMS:
            del self._rooms[next(iter(self._rooms))]


def _about(message: Any) -> Json:
    """What stands in the metadata of a message of ours; empty for any other."""
    metadata = message.get("metadata") if isinstance(message, dict) else None
    if not isinstance(metadata, dict) or metadata.get("event_type") != EVENT_TYPE:
        return {}
    payload = metadata.get("event_payload")
    if isinstance(payload, str):  # some clients hand it back as it was sent in a form
        try:
            payload = json.loads(payload)
        except ValueError:
            return {}
    return payload if isinstance(payload, dict) else {}


def _number(value: Any) -> int:
    return value if isinstance(value, int) and 0 < value < 1000 else 1
