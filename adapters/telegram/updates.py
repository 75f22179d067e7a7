"""Telegram's updates as typed values: only the fields that we read. Unknown fields and kinds are passed over. It means
nothing yet; `translate.py` says what was heard.
"""

from typing import Any, Final

import msgspec
from msgspec import Raw, Struct, field


class User(Struct, frozen=True):
    id: int
    is_bot: bool = False
    first_name: str = ""
    last_name: str = ""
    language_code: str = ""


class Chat(Struct, frozen=True):
    id: int
    type: str = ""


class File(Struct, frozen=True):
    """A document, photo size, voice, audio, video, video note or animation."""

    file_id: str
    file_name: str = ""
    mime_type: str = ""
    file_size: int | None = None


class Posted(Struct, frozen=True):
    """A message that came in. `from` is missing in channels; whoever writes in a group's name is a bot to us."""

    chat: Chat
    message_id: int = 0
    sender: User | None = field(name="from", default=None)
    text: str | None = None
    document: File | None = None
    photo: tuple[File, ...] = ()
    voice: File | None = None
    audio: File | None = None
    video: File | None = None
    video_note: File | None = None
    animation: File | None = None
    sticker: Any = None
    dice: Any = None
    location: Any = None
    contact: Any = None
    poll: Any = None
    game: Any = None
    story: Any = None
    checklist: Any = None
    paid_media: Any = None
    migrate_to_chat_id: int = 0


class Place(Struct, frozen=True):
    """Where a pressed button stands. An inaccessible message has a chat and an id, too, and a date of 0."""

    chat: Chat


class Query(Struct, frozen=True):
    id: str
    sender: User = field(name="from")
    message: Place | None = None
    data: str = ""


class Member(Struct, frozen=True):
    status: str = ""


class Membership(Struct, frozen=True):
    chat: Chat
    sender: User = field(name="from")
    new: Member = field(name="new_chat_member")
    old: Member = field(name="old_chat_member", default=Member())


class Vote(Struct, frozen=True):
    """`option_ids` are places in the order in which we gave the options; empty when a vote was taken back."""

    poll_id: str
    user: User | None = None
    option_ids: tuple[int, ...] = ()


class Update(Struct, frozen=True):
    update_id: int
    message: Posted | None = None
    callback_query: Query | None = None
    my_chat_member: Membership | None = None
    poll_answer: Vote | None = None


UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)  # what decoding raises
_UPDATE: Final = msgspec.json.Decoder(Update)


class _Number(Struct, frozen=True):
    update_id: int


_NUMBER: Final = msgspec.json.Decoder(_Number)


def number(raw: bytes | Raw) -> int | None:
    """The update's number, even where the rest cannot be read."""
    try:
        return _NUMBER.decode(raw).update_id
    except UNREADABLE:
        return None


def decode(raw: bytes | Raw) -> Update:
    """Raises msgspec.DecodeError (a ValueError), whatever is wrong with it."""
    try:
        return _UPDATE.decode(raw)
    except (UnicodeDecodeError, RecursionError) as why:
        raise msgspec.DecodeError(type(why).__name__) from None
