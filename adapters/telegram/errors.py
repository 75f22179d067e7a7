"""Telegram's answers as errors: whose they are, and what follows. A pure table; the sentences are the server's own.

What the channel itself can mend has a class of its own here, under the one that the outbox would see were it not mended.
`told` never holds what people said, nor the token: the server quotes both now and then.
"""

import re
from typing import Final

from msgspec import Struct

from bot.events import Address
from bot.ports import (
    BadMessage,
    Gone,
    Misconfigured,
    Moved,
    Refused,
    SendError,
    Throttled,
    Unknown,
    Unreachable,
)


class Unchanged(Refused):
    """The message says that already: as good as done."""


class NoSuchMessage(Refused):
    """The message to change is gone, or too old to be changed: it is said anew."""


class TooLate(Refused):
    """A press that was answered already, or too long ago. Nothing is lost but a toast."""


class UnknownFile(Refused):
    """Telegram does not know the file by that id (any more): it is uploaded anew."""


class BadPicture(Refused):
    """Telegram cannot make a photo of it: the words go without it."""


class BadEntities(BadMessage):
    """It cannot read our styles: the words go plain, and it is our bug."""


class TooBig(Refused):
    """A file that a bot cannot fetch: over 20 MB."""


class Conflict(Refused):
    """Somebody else polls with this token, or a webhook is set."""


class Parameters(Struct, frozen=True):
    retry_after: float = 0.0
    migrate_to_chat_id: int = 0


# (status or 0 for any, a part of the sentence in lower case, what it is); the first that fits counts.
TABLE: Final[tuple[tuple[int, str, type[SendError]], ...]] = (
    (400, "message is not modified", Unchanged),
    (400, "message to edit not found", NoSuchMessage),
    (400, "message can't be edited", NoSuchMessage),
    (400, "there is no text in the message to edit", NoSuchMessage),
    (400, "there is no caption in the message to edit", NoSuchMessage),
    (400, "there is no media in the message to edit", NoSuchMessage),
    (400, "message to delete not found", NoSuchMessage),
    (400, "message can't be deleted", NoSuchMessage),
    (400, "message_id_invalid", NoSuchMessage),
    (400, "message identifier is not specified", NoSuchMessage),
    (400, "query is too old", TooLate),
    (400, "query id is invalid", TooLate),
    (400, "query_id_invalid", TooLate),
    (400, "wrong file identifier", UnknownFile),
    (400, "wrong remote file identifier", UnknownFile),
    (400, "wrong file_id", UnknownFile),
    (400, "invalid file_id", UnknownFile),  # getFile: https://github.com/tdlib/telegram-bot-api/issues/359
    (400, "file_id_invalid", UnknownFile),
    (400, "file_reference", UnknownFile),  # FILE_REFERENCE_EXPIRED, FILE_REFERENCE_INVALID
    (400, "wrong type of file", UnknownFile),
    (400, "invalid file http url", UnknownFile),
    (400, "file is too big", TooBig),
    (400, "image_process_failed", BadPicture),
    (400, "photo_invalid", BadPicture),  # PHOTO_INVALID_DIMENSIONS and kin
    (400, "photo_ext_invalid", BadPicture),
    (400, "photo_save_file_invalid", BadPicture),
    (400, "photo_crop_size_small", BadPicture),
    (400, "too big for a photo", BadPicture),
    (400, "photo should be", BadPicture),
    (400, "file must be non-empty", BadPicture),
    (400, "can't use file of type", BadPicture),
    (400, "media_empty", BadPicture),
    (400, "media_invalid", BadPicture),
    (413, "", BadPicture),
    (400, "can't parse entities", BadEntities),
    (400, "can't parse messageentity", BadEntities),
    (400, "receive an entity with incorrect", BadEntities),
    (400, "entity_bounds_invalid", BadEntities),
    (400, "entity_text", BadEntities),
    (400, "ends in the middle of a utf-16", BadEntities),
    (400, "begins in the middle of a utf-16", BadEntities),
    (400, "begins after the end of the text", BadEntities),
    (400, "ends after the end of the text", BadEntities),
    (400, "chat not found", Gone),
    (400, "peer_id_invalid", Gone),
    (400, "user not found", Gone),
    (400, "user_is_blocked", Gone),
    (400, "input_user_deactivated", Gone),
    (400, "user_deactivated", Gone),
    (400, "user is deactivated", Gone),
    (400, "group chat was deactivated", Gone),
    (400, "chat_id is empty", BadMessage),
    (400, "not enough rights", Refused),
    (400, "have no rights", Refused),
    (400, "chat_write_forbidden", Refused),
    (400, "chat_send_", Refused),  # CHAT_SEND_PHOTOS_FORBIDDEN and kin: the group's owner says what may be sent
    (400, "chat_restricted", Refused),
    (400, "topic_closed", Refused),
    (400, "message is too long", BadMessage),
    (400, "message_too_long", BadMessage),
    (400, "caption is too long", BadMessage),
    (400, "media_caption_too_long", BadMessage),
    (400, "message text is empty", BadMessage),
    (400, "text must be non-empty", BadMessage),
    (400, "text must be encoded in utf-8", BadMessage),
    (400, "strings must be encoded in utf-8", BadMessage),
    (400, "button_", BadMessage),  # BUTTON_DATA_INVALID, BUTTON_URL_INVALID, BUTTON_TYPE_INVALID
    (400, "reply markup is too long", BadMessage),
    (400, "reply_markup", BadMessage),
    (400, "inline keyboard", BadMessage),
    (400, "can't parse", BadMessage),
    (400, "poll", BadMessage),
    (400, "wrong http url", BadMessage),
    (400, "parameter", BadMessage),
    (400, "", Refused),
    (401, "", Misconfigured),
    (403, "not enough rights", Refused),
    (403, "have no rights", Refused),
    (403, "", Gone),  # blocked, deactivated, kicked, cannot initiate a conversation; a word from them revives
    (404, "", Misconfigured),  # a token of the wrong form, or a server that is not Telegram's
    (409, "", Conflict),
    # The front before Telegram's machines: what it answers itself was not handled, as a rule. A repeat after a 500 or 502 is
    # what every client does; a gateway that lost patience may have passed it on.
    (504, "", Unknown),
    (408, "", Unknown),
    (500, "", Unreachable),
    (502, "", Unreachable),
    (503, "", Unreachable),
)

_QUOTED = re.compile(r'"[^"]*"|\u201c[^\u201d]*\u201d')
_TOKEN = re.compile(r"\d{3,}:[\w-]{10,}")


def error(status: int, description: str, parameters: Parameters, address: Address | None) -> SendError:
    """What an answer that is no yes means. `address` is where it was to go, if anywhere."""
    told = f"{status} {clean(description)}".strip()
    if parameters.retry_after > 0 or status == 429:
        return Throttled(told, max(parameters.retry_after, 1.0))
    if parameters.migrate_to_chat_id and address:
        return Moved(told, Address(address.channel, str(parameters.migrate_to_chat_id)))
    lower = description.lower()
    for code, part, kind in TABLE:
        if status == code and part in lower:
            return kind(told)
    return Unreachable(told) if status >= 500 else Refused(told)


def clean(description: str) -> str:
    """A sentence of the server for the log: without what it quotes, without anything like a token, not too long."""
    return _TOKEN.sub("(token)", _QUOTED.sub('"…"', " ".join(description.split())))[:120]


def covers_account(account: int, chat: int, pace: float, burst: int) -> bool:
    """Whether a 429 means everybody. The answer does not say; our own rate does.

    `account` are our messages of the last second, `chat` those to this chat of the last `burst` seconds. Below half the
    account's pace it cannot be the account; above it, it is, unless this one chat got more than its own share.
    """
    return account > pace / 2 and chat <= burst
