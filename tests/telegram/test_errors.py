"""What Telegram's sentences mean: the whole table, in the server's own words."""

import pytest

from adapters.telegram import errors
from adapters.telegram.errors import Parameters, clean, covers_account, error
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

HERE = Address("telegram", "-42")

SAID: tuple[tuple[int, str, type[SendError]], ...] = (
    (403, "Forbidden: bot was blocked by the user", Gone),
    (403, "Forbidden: user is deactivated", Gone),
    (403, "Forbidden: bot can't initiate conversation with a user", Gone),
    (403, "Forbidden: bot was kicked from the group chat", Gone),
    (403, "Forbidden: bot was kicked from the supergroup chat", Gone),
    (403, "Forbidden: bot is not a member of the supergroup chat", Gone),
    (403, "Forbidden: the group chat was deleted", Gone),
    (403, "Forbidden: bot can't send messages to bots", Gone),
    (403, "Forbidden: not enough rights to send text messages to the chat", Refused),
    (400, "Bad Request: chat not found", Gone),
    (400, "Bad Request: PEER_ID_INVALID", Gone),
    (400, "Bad Request: user not found", Gone),
    (400, "Bad Request: USER_IS_BLOCKED", Gone),
    (400, "Bad Request: INPUT_USER_DEACTIVATED", Gone),
    (
        400,
        "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a"
        " current content and reply markup of the message",
        errors.Unchanged,
    ),
    (400, "Bad Request: message to edit not found", errors.NoSuchMessage),
    (400, "Bad Request: message can't be edited", errors.NoSuchMessage),
    (400, "Bad Request: there is no text in the message to edit", errors.NoSuchMessage),
    (400, "Bad Request: there is no caption in the message to edit", errors.NoSuchMessage),
    (400, "Bad Request: message to delete not found", errors.NoSuchMessage),
    (400, "Bad Request: message can't be deleted for everyone", errors.NoSuchMessage),
    (400, "Bad Request: MESSAGE_ID_INVALID", errors.NoSuchMessage),
    (400, "Bad Request: query is too old and response timeout expired or query ID is invalid", errors.TooLate),
    (400, "Bad Request: wrong file identifier/HTTP URL specified", errors.UnknownFile),
    (400, "Bad Request: wrong remote file identifier specified: Wrong padding in the string", errors.UnknownFile),
    (400, "Bad Request: wrong file_id or the file is temporarily unavailable", errors.UnknownFile),
    (400, "Bad Request: FILE_REFERENCE_EXPIRED", errors.UnknownFile),
    (400, "Bad Request: file is too big", errors.TooBig),
    (400, "Bad Request: IMAGE_PROCESS_FAILED", errors.BadPicture),
    (400, "Bad Request: PHOTO_INVALID_DIMENSIONS", errors.BadPicture),
    (400, "Bad Request: file must be non-empty", errors.BadPicture),
    (400, "Bad Request: file of size 9 bytes is too big for a photo; the maximum size is 8 bytes", errors.BadPicture),
    (413, "Request Entity Too Large", errors.BadPicture),
    (400, "Bad Request: can't parse entities: Unsupported start tag \"x\" at byte offset 3", errors.BadEntities),
    (400, "Bad Request: can't parse MessageEntity: Unsupported type specified", errors.BadEntities),
    (400, "Bad Request: ENTITY_BOUNDS_INVALID", errors.BadEntities),
    (400, "Bad Request: receive an entity with incorrect offset -1", errors.BadEntities),
    (400, "Bad Request: entity beginning at UTF-16 offset 2 ends in the middle of a UTF-16 symbol", errors.BadEntities),
    (400, "Bad Request: entity begins after the end of the text at UTF-16 offset 9", errors.BadEntities),
    (400, "Bad Request: message is too long", BadMessage),
    (400, "Bad Request: message caption is too long", BadMessage),
    (400, "Bad Request: message text is empty", BadMessage),
    (400, "Bad Request: text must be encoded in UTF-8", BadMessage),
    (400, "Bad Request: BUTTON_DATA_INVALID", BadMessage),
    (400, "Bad Request: BUTTON_URL_INVALID", BadMessage),
    (400, "Bad Request: reply markup is too long", BadMessage),
    (400, "Bad Request: can't parse inline keyboard button: Field \"text\" must be of type String", BadMessage),
    (400, "Bad Request: poll options length must not exceed 100", BadMessage),
    (400, "Bad Request: not enough rights to send photos to the chat", Refused),
    (400, "Bad Request: have no rights to send a message", Refused),
    (400, "Bad Request: CHAT_WRITE_FORBIDDEN", Refused),
    (400, "Bad Request: CHAT_SEND_PHOTOS_FORBIDDEN", Refused),
    (400, "Bad Request: TOPIC_CLOSED", Refused),
    (400, "Bad Request: SOMETHING_NEW", Refused),
    (401, "Unauthorized", Misconfigured),
    (404, "Not Found", Misconfigured),
    (409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
     errors.Conflict),
    (429, "Too Many Requests: retry after 0", Throttled),
    (500, "Internal Server Error", Unreachable),
    (500, "Internal Server Error: restart", Unreachable),
    (502, "", Unreachable),
    (503, "", Unreachable),
    (504, "", Unknown),
    (520, "", Unreachable),
    (418, "", Refused),
)  # fmt: skip


@pytest.mark.parametrize(("status", "said", "kind"), SAID, ids=lambda value: str(value)[:40])
def test_what_it_says_is_what_we_do(status: int, said: str, kind: type[SendError]) -> None:
    assert type(error(status, said, Parameters(), HERE)) is kind


def test_every_row_of_the_table_can_be_reached() -> None:
    """A row that an earlier one hides would never count."""
    for code, part, kind in errors.TABLE:
        assert type(error(code, part, Parameters(), HERE)) is kind, (code, part)


def test_how_long_to_wait() -> None:
    why = error(429, "Too Many Requests: retry after 17", Parameters(retry_after=17), HERE)
    assert isinstance(why, Throttled) and why.after == 17


def test_a_group_that_moved() -> None:
    said = "Bad Request: group chat was upgraded to a supergroup chat"
    why = error(400, said, Parameters(migrate_to_chat_id=-1001234567890123), HERE)
    assert isinstance(why, Moved) and why.to == Address("telegram", "-1001234567890123")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ('can\'t parse entities: "I am ill and live at 5 High Street"', 'can\'t parse entities: "…"'),
        ("at /bot110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw/sendMessage", "at /bot(token)/sendMessage"),
        ("two\n lines", "two lines"),
        ("x" * 500, "x" * 120),
    ],
)
def test_neither_tokens_nor_words_of_people_are_told(said: str, told: str) -> None:
    assert clean(said) == told


@pytest.mark.parametrize(
    ("account", "chat", "whole"),
    [(1, 1, False), (15, 1, False), (16, 1, True), (30, 5, True), (30, 6, False), (60, 1, True)],
)
def test_whether_a_429_means_everybody(account: int, chat: int, whole: bool) -> None:
    assert covers_account(account, chat, pace=30, burst=5) is whole
