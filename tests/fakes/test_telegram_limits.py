"""Each limit of Telegram at the limit and one over, and each sentence with which it says no."""

from typing import Any

import pytest

from tests.fakes.telegram import FakeTelegram, FakeUser
from tests.fakes.telegram.asking import button, png, rows, said


@pytest.fixture
def fake() -> FakeTelegram:
    made = FakeTelegram()
    made.limits.off = True
    return made


@pytest.fixture
def amira(fake: FakeTelegram) -> FakeUser:
    user = fake.user("Amira", "en")
    user.start()
    return user


OLD_QUERY = "query is too old and response timeout expired or query ID is invalid"
POLL = {"question": "Which?", "options": ["a", "b"]}
QUIZ = POLL | {"type": "quiz", "correct_option_ids": [0]}
NO_BUTTON = "can't parse inline keyboard button: "

# Method, parameters, and what is said of them. "" is a limit just kept.
LIMITS: list[tuple[str, dict[str, Any], str]] = [
    ("sendMessage", {"text": "x" * 4096}, ""),
    ("sendMessage", {"text": "x" * 4097}, "message is too long"),
    ("sendMessage", {"text": "😀" * 2048}, ""),
    ("sendMessage", {"text": "😀" * 2048 + "x"}, "message is too long"),
    ("sendMessage", {"text": "<b>" + "x" * 4096 + "</b>", "parse_mode": "HTML"}, ""),
    ("sendMessage", {"text": "  " + "x" * 4096 + "\n"}, ""),
    ("sendMessage", {"text": "x" * 32768}, "message is too long"),
    ("sendMessage", {"text": "x" * 32769}, "text is too long"),
    ("sendMessage", {"text": ""}, "message text is empty"),
    ("sendMessage", {}, "message text is empty"),
    ("sendMessage", {"text": " \n\t"}, "text must be non-empty"),
    ("sendMessage", {"text": "\u200b\u200d\ufeff"}, "text must be non-empty"),
    ("sendMessage", {"text": "<b></b>", "parse_mode": "html"}, "text must be non-empty"),
    ("sendMessage", {"text": "x", "parse_mode": "BBCode"}, "unsupported parse_mode"),
    ("sendMessage", {"text": "x", "reply_markup": "{"}, "can't parse reply keyboard markup JSON object"),
    ("sendMessage", {"text": "x", "reply_markup": "[]"}, "object expected as reply markup"),
    ("sendMessage", {"text": "x", "reply_markup": button(callback_data="d" * 64)}, ""),
    ("sendMessage", {"text": "x", "reply_markup": button(callback_data="d" * 65)}, "BUTTON_DATA_INVALID"),
    ("sendMessage", {"text": "x", "reply_markup": button(callback_data="é" * 32)}, ""),
    ("sendMessage", {"text": "x", "reply_markup": button(callback_data="é" * 32 + "d")}, "BUTTON_DATA_INVALID"),
    (
        "sendMessage",
        {"text": "x", "reply_markup": button(callback_data="")},
        NO_BUTTON + "Text buttons are unallowed in the inline keyboard",
    ),
    (
        "sendMessage",
        {"text": "x", "reply_markup": button()},
        NO_BUTTON + "Text buttons are unallowed in the inline keyboard",
    ),
    (
        "sendMessage",
        {"text": "x", "reply_markup": {"inline_keyboard": [[{"callback_data": "x"}]]}},
        NO_BUTTON + 'Can\'t find field "text"',
    ),
    ("sendMessage", {"text": "x", "reply_markup": rows(*[8] * 12, 4)}, ""),
    ("sendMessage", {"text": "x", "reply_markup": rows(*[8] * 12, 5)}, "reply markup is too long"),
    ("sendMessage", {"text": "x", "reply_markup": rows(9)}, "reply markup is too long"),
    ("sendMessage", {"text": "x", "reply_markup": button(url="example.com")}, ""),
    ("sendMessage", {"text": "x", "reply_markup": button(url="tg://user?id=1")}, ""),
    (
        "sendMessage",
        {"text": "x", "reply_markup": button(url="nowhere")},
        "inline keyboard button URL 'nowhere' is invalid: Wrong HTTP URL",
    ),
    (
        "sendMessage",
        {"text": "x", "reply_markup": button(url="ftp://example.com")},
        "inline keyboard button URL 'ftp://example.com' is invalid: Unsupported URL protocol",
    ),
    ("sendMessage", {"text": "x", "reply_parameters": {"message_id": 999}}, "message to be replied not found"),
    (
        "sendMessage",
        {"text": "x", "reply_parameters": {"message_id": 999, "allow_sending_without_reply": True}},
        "",
    ),
    ("sendMessage", {"chat_id": "", "text": "x"}, "chat_id is empty"),
    ("sendMessage", {"chat_id": 999, "text": "x"}, "chat not found"),
    ("sendMessage", {"chat_id": "@nobody", "text": "x"}, "chat not found"),
    ("sendPhoto", {}, "there is no photo in the request"),
    ("sendPhoto", {"photo": "attach://a"}, "there is no photo in the request"),
    ("sendPhoto", {"photo": "AgACAgIAAxkBAAI"}, "wrong file identifier/HTTP URL specified"),
    ("sendPhoto", {"photo": "https://example.com/a.png"}, "failed to get HTTP URL content"),
    ("sendDocument", {}, "there is no document in the request"),
    ("sendChatAction", {"action": "typing"}, ""),
    ("sendChatAction", {"action": "sleeping"}, "wrong parameter action in request"),
    ("sendPoll", POLL, ""),
    ("sendPoll", QUIZ, ""),
    ("sendPoll", POLL | {"question": "x" * 300}, ""),
    ("sendPoll", POLL | {"question": "x" * 301}, "poll question length must not exceed 300"),
    ("sendPoll", POLL | {"question": ""}, "text must be non-empty"),
    ("sendPoll", POLL | {"options": [f"{n}" for n in range(12)]}, ""),
    ("sendPoll", POLL | {"options": [f"{n}" for n in range(13)]}, "poll can't have more than 12 options"),
    ("sendPoll", POLL | {"options": [{"text": "only one"}]}, ""),
    ("sendPoll", POLL | {"options": []}, "poll must have at least one answer option"),
    ("sendPoll", POLL | {"options": ["a", " "]}, "poll option must be non-empty"),
    ("sendPoll", POLL | {"options": ["x" * 100, "b"]}, ""),
    ("sendPoll", POLL | {"options": ["x" * 101, "b"]}, "poll options length must not exceed 100"),
    ("sendPoll", POLL | {"options": ["a", "a"]}, "POLL_OPTION_DUPLICATE"),
    ("sendPoll", POLL | {"options": "["}, "can't parse options JSON object"),
    ("sendPoll", POLL | {"type": "contest"}, "unsupported poll type specified"),
    ("sendPoll", POLL | {"type": "quiz"}, "correct quiz option list must be non-empty"),
    ("sendPoll", QUIZ | {"correct_option_ids": [2]}, "wrong quiz correct_option_id"),
    (
        "sendPoll",
        QUIZ | {"correct_option_ids": [1, 0], "allows_multiple_answers": True},
        "correct quiz option list must be increasing",
    ),
    ("sendPoll", QUIZ | {"correct_option_ids": [0, 1], "allows_multiple_answers": True}, ""),
    ("sendPoll", QUIZ | {"correct_option_ids": "0"}, "expected an Array of correct option identifiers"),
    ("sendPoll", QUIZ | {"correct_option_ids": ["0"]}, "correct option identifier must be of type Number"),
    ("sendPoll", QUIZ | {"explanation": "x" * 200}, ""),
    ("sendPoll", QUIZ | {"explanation": "x" * 201}, "message is too long"),
    ("sendPoll", QUIZ | {"explanation": "a\nb\nc"}, ""),
    ("sendPoll", QUIZ | {"explanation": "a\nb\nc\nd"}, "message is too long"),
    ("sendPoll", POLL | {"open_period": 5}, ""),
    ("sendPoll", POLL | {"open_period": 4}, "POLL_CLOSE_PERIOD_INVALID"),
    ("setMyCommands", {"commands": [{"command": "a" * 32, "description": "d" * 256}]}, ""),
    ("setMyCommands", {"commands": [{"command": "a" * 33, "description": "d"}]}, "command length must not exceed 32"),
    (
        "setMyCommands",
        {"commands": [{"command": "a", "description": "d" * 257}]},
        "command description length must not exceed 256",
    ),
    ("setMyCommands", {"commands": [{"command": "a", "description": " "}]}, "command description must be non-empty"),
    ("setMyCommands", {"commands": [{"command": "Learn", "description": "d"}]}, "BOT_COMMAND_INVALID"),
    ("setMyCommands", {"commands": [{"command": f"c{n}", "description": "d"} for n in range(100)]}, ""),
    (
        "setMyCommands",
        {"commands": [{"command": f"c{n}", "description": "d"} for n in range(101)]},
        "BOT_COMMANDS_TOO_MUCH",
    ),
    (
        "setMyCommands",
        {"commands": [], "scope": {"type": "chat"}},
        "can't parse BotCommandScope: Can't find field \"chat_id\"",
    ),
    ("setMyCommands", {"commands": [], "language_code": "english"}, "invalid language code specified"),
    ("setMyName", {"name": "x" * 64}, ""),
    ("setMyName", {"name": "x" * 65}, "BOT_TITLE_INVALID"),
    ("setMyDescription", {"description": "x" * 512}, ""),
    ("setMyDescription", {"description": "x" * 513}, "BOT_DESCRIPTION_TOO_LONG"),
    ("setMyShortDescription", {"short_description": "x" * 120}, ""),
    ("setMyShortDescription", {"short_description": "x" * 121}, "ABOUT_TOO_LONG"),
    ("editMessageText", {"text": "x"}, "message to edit not found"),
    ("editMessageText", {"message_id": 999, "text": "x"}, "message to edit not found"),
    ("editMessageText", {"message_id": 1, "text": "x"}, "message can't be edited"),  # the person's own
    ("editMessageText", {"message_id": 999, "text": ""}, "message text is empty"),
    ("editMessageCaption", {"message_id": 1, "caption": "x"}, "message can't be edited"),
    ("editMessageMedia", {"message_id": 1}, 'parameter "media" is required'),
    ("deleteMessage", {"message_id": 999}, "message to delete not found"),
    ("deleteMessage", {}, "message identifier is not specified"),
    ("stopPoll", {"message_id": 999}, "message with poll to stop not found"),
    ("getFile", {}, "file_id not specified"),
    ("getFile", {"file_id": "x"}, "invalid file_id"),
    ("answerCallbackQuery", {"callback_query_id": "1"}, OLD_QUERY),
    ("answerCallbackQuery", {}, OLD_QUERY),
    ("setWebhook", {"url": "http://example.com"}, "bad webhook: An HTTPS URL must be provided for webhook"),
    (
        "setWebhook",
        {"url": "https://example.com:8080/x"},
        "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443",
    ),
    ("setWebhook", {"url": "https://example.com:8443/x", "secret_token": "s" * 256}, ""),
    ("setWebhook", {"url": "https://example.com/x", "secret_token": "s" * 257}, "secret token is too long"),
    (
        "setWebhook",
        {"url": "https://example.com/x", "secret_token": "s s"},
        "secret token contains unallowed characters",
    ),
    ("sendSticker", {}, "Not Found: method not found"),
]


@pytest.mark.parametrize(("method", "params", "words"), LIMITS, ids=lambda each: str(each)[:60])
def test_a_limit(fake: FakeTelegram, amira: FakeUser, method: str, params: dict[str, Any], words: str) -> None:
    assert said(fake, method, **({"chat_id": amira.id} | params)) == words


def test_what_is_not_known_is_noted(fake: FakeTelegram) -> None:
    assert said(fake, "sendRichMessage") == "Not Found: method not found"
    assert [method for method, _ in fake.unknown_calls] == ["sendRichMessage"]


@pytest.mark.parametrize(
    ("caption", "words"),
    [
        ("x" * 1024, ""),
        ("x" * 1025, "message caption is too long"),
        ("😀" * 512, ""),
        ("😀" * 513, "message caption is too long"),
        ("", ""),
    ],
    ids=lambda each: str(each)[:9],
)
def test_a_caption(fake: FakeTelegram, amira: FakeUser, caption: str, words: str) -> None:
    assert said(fake, "sendPhoto", {"photo": png(9, 9)}, chat_id=amira.id, caption=caption) == words


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (png(9, 9), ""),
        (png(9, 9, 10 << 20), ""),
        (
            png(9, 9, (10 << 20) + 1),
            "file of size 10485761 bytes is too big for a photo; the maximum size is 10485760 bytes",
        ),
        (png(5000, 5000), ""),
        (png(5000, 5001), "PHOTO_INVALID_DIMENSIONS"),
        (png(200, 10), ""),
        (png(201, 10), "PHOTO_INVALID_DIMENSIONS"),
        (b"<svg/>", "IMAGE_PROCESS_FAILED"),
        (b"\x89PNG\r\n\x1a\n", "IMAGE_PROCESS_FAILED"),
        (b"", "file must be non-empty"),
        (b"GIF89a\x10\x00\x10\x00", ""),
        (b"\xff\xd8\xff\xe0\x00\x04JF\xff\xc0\x00\x11\x08\x00\x20\x00\x30\x03", ""),
        (b"RIFF\x00\x00\x00\x00WEBPVP8X" + bytes(8) + b"\x1f\x00\x00\x1f\x00\x00", ""),
    ],
    ids=lambda each: str(each)[:30],
)
def test_a_picture(fake: FakeTelegram, amira: FakeUser, data: bytes, words: str) -> None:
    assert said(fake, "sendPhoto", {"photo": data}, chat_id=amira.id) == words
