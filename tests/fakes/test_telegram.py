"""The fake Telegram in memory, on a clock of its own: files, edits, presses, polls, people, groups, the profile.

Limits are in test_telegram_limits.py, texts in test_telegram_text.py, updates and floods in test_telegram_updates.py, what
goes over sockets in test_telegram_http.py.
"""

from typing import Any

import msgspec
import pytest

from tests.fakes.telegram import FakeGroup, FakeTelegram, FakeUser, Impossible, Upload
from tests.fakes.telegram.asking import Clock, button, png, rows, said
from tests.fakes.telegram.chats import Person
from tests.fakes.telegram.methods.profile import commands_for


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def fake(clock: Clock) -> FakeTelegram:
    made = FakeTelegram(clock=clock)
    made.limits.off = True
    return made


@pytest.fixture
def amira(fake: FakeTelegram) -> FakeUser:
    user = fake.user("Amira", "en")
    user.start()
    return user


POLL = {"question": "Which?", "options": ["a", "b"]}
QUIZ = POLL | {"type": "quiz", "correct_option_ids": [0]}


def test_a_document_of_50_mb_and_not_more(fake: FakeTelegram, amira: FakeUser) -> None:
    big = bytes(50 << 20)
    assert said(fake, "sendDocument", {"document": big}, chat_id=amira.id) == ""
    assert said(fake, "sendDocument", {"document": big + b"x"}, chat_id=amira.id) == "Request Entity Too Large"


def test_a_file_has_many_names_and_one_identity(fake: FakeTelegram, amira: FakeUser) -> None:
    first = fake.call("sendPhoto", {"chat_id": amira.id}, {"photo": png(1000, 500)}).result["photo"]
    assert [(each["width"], each["height"]) for each in first] == [(90, 45), (320, 160), (800, 400), (1000, 500)]
    again = fake.call("sendPhoto", {"chat_id": amira.id, "photo": first[0]["file_id"]}).result["photo"]
    assert [each["file_unique_id"] for each in again] == [each["file_unique_id"] for each in first]
    assert not {each["file_id"] for each in again} & {each["file_id"] for each in first}
    assert amira.messages[0].photo == amira.messages[1].photo
    words = said(fake, "sendDocument", chat_id=amira.id, document=first[0]["file_id"])
    assert words == "can't use file of type Photo as Document"


def test_a_file_can_be_fetched_for_an_hour_and_up_to_20_mb(fake: FakeTelegram, clock: Clock, amira: FakeUser) -> None:
    amira.upload("a.pdf", b"%PDF", "application/pdf")
    amira.upload("b.zip", bytes((20 << 20) + 1))
    small, big = (each["message"]["document"] for each in fake.call("getUpdates", {}).result[1:])
    assert (small["file_name"], small["mime_type"], small["file_size"]) == ("a.pdf", "application/pdf", 4)
    path = fake.call("getFile", {"file_id": small["file_id"]}).result["file_path"]
    assert path.startswith("documents/") and path.endswith(".pdf")
    assert said(fake, "getFile", file_id=big["file_id"]) == "file is too big"
    clock.now += 3600
    assert fake.files.at(path, clock()) is not None
    clock.now += 1
    assert fake.files.at(path, clock()) is None


# Edits


def test_an_edit_must_change_something(fake: FakeTelegram, amira: FakeUser) -> None:
    sent = fake.call("sendMessage", {"chat_id": amira.id, "text": "*a*", "reply_markup": rows(1)}).result
    edit = {"chat_id": amira.id, "message_id": sent["message_id"], "text": "*a*"}
    unchanged = (
        "message is not modified: specified new message content and reply markup are exactly the same as a current content"
        " and reply markup of the message"
    )
    assert said(fake, "editMessageText", **edit, reply_markup=rows(1)) == unchanged
    assert said(fake, "editMessageText", **edit, parse_mode="MarkdownV2", reply_markup=rows(1)) == ""
    assert amira.last.text == "a"
    assert said(fake, "editMessageReplyMarkup", chat_id=amira.id, message_id=edit["message_id"]) == ""
    assert said(fake, "editMessageReplyMarkup", chat_id=amira.id, message_id=edit["message_id"]) == unchanged
    assert amira.last.rows == ()
    assert amira.last.edits == 2


def test_an_edit_without_buttons_takes_them_away(fake: FakeTelegram, amira: FakeUser) -> None:
    sent = fake.call("sendMessage", {"chat_id": amira.id, "text": "a", "reply_markup": rows(1)}).result
    edited = fake.call("editMessageText", {"chat_id": amira.id, "message_id": sent["message_id"], "text": "b"}).result
    assert "reply_markup" not in edited
    assert edited["edit_date"] == 1_800_000_000


def test_each_edit_fits_its_message(fake: FakeTelegram, amira: FakeUser) -> None:
    def sent(method: str, files: Any = None, **params: Any) -> dict[str, Any]:
        made = fake.call(method, {"chat_id": amira.id} | params, files).result
        return {"chat_id": amira.id, "message_id": made["message_id"]}

    words, photo = sent("sendMessage", text="a"), sent("sendPhoto", {"photo": png(9, 9)}, caption="a")
    keyed = sent("sendMessage", text="a", reply_markup={"keyboard": [["Yes"]]})
    poll = sent("sendPoll", **POLL)
    assert said(fake, "editMessageCaption", **words, caption="b") == "there is no caption in the message to edit"
    assert said(fake, "editMessageText", **photo, text="b") == "there is no text in the message to edit"
    assert said(fake, "editMessageText", **poll, text="b") == "there is no text in the message to edit"
    assert said(fake, "editMessageText", **keyed, text="b") == "message can't be edited"
    assert (
        said(fake, "editMessageText", **words, text="b", reply_markup={"keyboard": [["x"]]})
        == "inline keyboard expected"
    )
    assert said(fake, "editMessageCaption", **photo, caption="b") == ""
    other = {"type": "photo", "media": "attach://new", "caption": "<i>c</i>", "parse_mode": "HTML"}
    assert said(fake, "editMessageMedia", {"new": png(8, 8)}, **photo, media=other) == ""
    assert said(fake, "editMessageMedia", **poll, media=other) == "message media can't be edited"
    wrong = {"type": "hologram", "media": "attach://new"}
    assert (
        said(fake, "editMessageMedia", **photo, media=wrong)
        == 'can\'t parse InputMedia: type "hologram" is unsupported'
    )
    assert [each.caption for each in amira.messages if each.photo] == ["c"]


def test_a_message_can_be_deleted_for_48_hours(fake: FakeTelegram, clock: Clock, amira: FakeUser) -> None:
    ids = [fake.call("sendMessage", {"chat_id": amira.id, "text": "a"}).result["message_id"] for _ in range(2)]
    clock.now += 48 * 3600
    assert said(fake, "deleteMessage", chat_id=amira.id, message_id=ids[0]) == ""
    clock.now += 1
    assert said(fake, "deleteMessage", chat_id=amira.id, message_id=ids[1]) == "message can't be deleted for everyone"
    assert [each.id for each in amira.messages] == ids[1:]
    assert fake.sent[amira.id] == 1


# Whom a bot may write to


def test_who_cannot_be_written_to(fake: FakeTelegram, amira: FakeUser) -> None:
    stranger, colleague = fake.user("Stranger"), fake.user("Colleague")
    group = fake.group("Shift", [amira, colleague])

    def words(chat: int) -> str:
        return said(fake, "sendMessage", chat_id=chat, text="Hello")

    assert words(stranger.id) == "chat not found"
    assert words(colleague.id) == "Forbidden: bot can't initiate conversation with a user"
    amira.block()
    assert words(amira.id) == "Forbidden: bot was blocked by the user"
    assert said(fake, "sendChatAction", chat_id=amira.id, action="typing") == "Forbidden: bot was blocked by the user"
    with pytest.raises(Impossible):
        amira.say("Hello?")
    amira.start()
    assert words(amira.id) == ""
    amira.deactivate()
    assert words(amira.id) == "Forbidden: user is deactivated"
    group.kick_bot()
    assert words(group.id) == "Forbidden: bot was kicked from the group chat"


def test_a_group_that_moved(fake: FakeTelegram, amira: FakeUser) -> None:
    group = fake.group("Shift", [amira])
    old = group.id
    new = group.migrate()
    answer = msgspec.json.decode(fake.call("sendMessage", {"chat_id": old, "text": "x"}).body)
    assert answer["description"] == "Bad Request: group chat was upgraded to a supergroup chat"
    assert answer["parameters"] == {"migrate_to_chat_id": new}
    assert said(fake, "sendMessage", chat_id=new, text="x") == ""
    told = [each["message"] for each in fake.call("getUpdates", {}).result if "message" in each]
    assert [each.get("migrate_to_chat_id", each.get("migrate_from_chat_id")) for each in told[-2:]] == [new, old]
    group.kick_bot()
    assert said(fake, "sendMessage", chat_id=new, text="x") == "Forbidden: bot was kicked from the supergroup chat"


def test_in_groups_the_bot_hears_what_is_meant_for_it(fake: FakeTelegram, amira: FakeUser) -> None:
    group: FakeGroup = fake.group("Shift", [amira])
    mine = fake.call("sendMessage", {"chat_id": group.id, "text": "Question?"}).result["message_id"]
    for text in ("lunch?", "/learn", "/learn@morsel_test_bot", "/learn@other_bot", "@morsel_test_bot hi"):
        group.say(amira, text)
    group.say(amira, "20", reply_to=mine)
    group_id = group.id
    told = [each.get("message", {}) for each in fake.call("getUpdates", {}).result]
    texts = [each.get("text") for each in told if each.get("chat", {}).get("id") == group_id and "text" in each]
    assert texts == ["/learn", "/learn@morsel_test_bot", "@morsel_test_bot hi", "20"]
    assert told[-1]["reply_to_message"]["text"] == "Question?"
    assert told[-4]["entities"] == [{"offset": 0, "length": 6, "type": "bot_command"}]


# Presses


def test_a_press_is_answered_once_and_soon(fake: FakeTelegram, clock: Clock, amira: FakeUser) -> None:
    fake.call("sendMessage", {"chat_id": amira.id, "text": "a", "reply_markup": button(callback_data="go")})
    old = "query is too old and response timeout expired or query ID is invalid"
    first, second = amira.press("Go"), amira.press("Go")
    assert said(fake, "answerCallbackQuery", callback_query_id=first, text="x" * 201) == "MESSAGE_TOO_LONG"
    assert said(fake, "answerCallbackQuery", callback_query_id=first, text="x" * 200, show_alert="true") == ""
    assert said(fake, "answerCallbackQuery", callback_query_id=first) == old
    clock.now += 15.1
    assert said(fake, "answerCallbackQuery", callback_query_id=second) == old
    assert [toast.alert for toast in amira.toasts] == [True]


def test_an_old_button_works_and_a_gone_message_is_inaccessible(fake: FakeTelegram, amira: FakeUser) -> None:
    keys = {"chat_id": amira.id, "text": "a"}
    first = fake.call("sendMessage", keys | {"reply_markup": button(callback_data="old")}).result["message_id"]
    fake.call("sendMessage", keys | {"reply_markup": button(callback_data="new")})
    amira.press("Go")
    amira.press("Go", first)
    fake.call("deleteMessage", {"chat_id": amira.id, "message_id": first})
    amira.press_data("old", first)
    with pytest.raises(Impossible, match="no button 'Stop'"):
        amira.press("Stop")
    presses = [each["callback_query"] for each in fake.call("getUpdates", {}).result[1:]]
    assert [each["data"] for each in presses] == ["new", "old", "old"]
    assert presses[2]["message"] == {"message_id": first, "chat": presses[1]["message"]["chat"], "date": 0}
    assert len({each["chat_instance"] for each in presses}) == 1


def test_a_link_and_a_reply_keyboard(fake: FakeTelegram, amira: FakeUser) -> None:
    fake.call("sendMessage", {"chat_id": amira.id, "text": "a", "reply_markup": button(url="example.com")})
    assert amira.press("Go") == "http://example.com/"
    fake.call(
        "sendMessage", {"chat_id": amira.id, "text": "a", "reply_markup": {"keyboard": [["Yes", {"text": "No"}]]}}
    )
    amira.press("No")
    assert fake.call("getUpdates", {}).result[-1]["message"]["text"] == "No"
    fake.call("sendMessage", {"chat_id": amira.id, "text": "a", "reply_markup": {"remove_keyboard": True}})
    with pytest.raises(Impossible):
        amira.press("No")


def test_a_link_carries_64_characters(fake: FakeTelegram, amira: FakeUser) -> None:
    amira.start("a_-9" * 16)
    assert fake.call("getUpdates", {}).result[-1]["message"]["text"] == "/start " + "a_-9" * 16
    for wrong in ("a" * 65, "a b", "ü"):
        with pytest.raises(Impossible):
            amira.start(wrong)


def test_a_long_text_comes_in_parts(fake: FakeTelegram, amira: FakeUser) -> None:
    amira.say("x" * 5000)
    assert [len(each["message"]["text"]) for each in fake.call("getUpdates", {}).result[1:]] == [4096, 904]


# Polls


def test_votes_reach_the_bot_unless_anonymous(fake: FakeTelegram, amira: FakeUser) -> None:
    boris = fake.user("Boris")
    group = fake.group("Shift", [amira, boris])
    open_quiz = fake.call("sendPoll", {"chat_id": group.id, "is_anonymous": False} | QUIZ).result
    hidden = fake.call("sendPoll", {"chat_id": group.id, "question": "?", "options": ["a", "b"]}).result
    last = fake.call("getUpdates", {}).result[-1]["update_id"]
    group.vote(amira, open_quiz["message_id"], "b")
    group.vote(boris, hidden["message_id"], 0)
    group.vote(boris, hidden["message_id"], [])
    told = fake.call("getUpdates", {"offset": last + 1}).result
    assert [(set(each) - {"update_id"}).pop() for each in told] == ["poll_answer", "poll", "poll", "poll"]
    options = open_quiz["poll"]["options"]
    assert told[0]["poll_answer"] == {
        "poll_id": open_quiz["poll"]["id"],
        "user": {"id": amira.id, "is_bot": False, "first_name": "Amira", "language_code": "en"},
        "option_ids": [1],
        "option_persistent_ids": [options[1]["persistent_id"]],
    }
    assert [each["voter_count"] for each in told[1]["poll"]["options"]] == [0, 1]
    assert [told[2]["poll"]["total_voter_count"], told[3]["poll"]["total_voter_count"]] == [1, 0]
    with pytest.raises(Impossible, match="nobody vote again"):
        group.vote(amira, open_quiz["message_id"], "a")


def test_a_poll_ends_by_hand_or_by_time(fake: FakeTelegram, clock: Clock, amira: FakeUser) -> None:
    def sent(**more: Any) -> dict[str, Any]:
        made = fake.call("sendPoll", {"chat_id": amira.id, "is_anonymous": False} | POLL | more).result
        return {"chat_id": amira.id, "message_id": made["message_id"]}

    by_hand, by_time = sent(), sent(open_period=60)
    assert fake.call("stopPoll", by_hand).result["is_closed"] is True
    assert said(fake, "stopPoll", **by_hand) == "poll has already been closed"
    clock.now += 60
    with pytest.raises(Impossible, match="closed"):
        amira.vote(by_time["message_id"], 0)
    told = fake.call("getUpdates", {}).result[1:]
    assert [each["poll"]["is_closed"] for each in told] == [True, True]
    words = fake.call("sendMessage", {"chat_id": amira.id, "text": "a"}).result["message_id"]
    assert said(fake, "stopPoll", chat_id=amira.id, message_id=words) == "message is not a poll"


# The profile


def test_commands_are_kept_by_scope_and_language(fake: FakeTelegram, amira: FakeUser) -> None:
    def commands(name: str) -> list[dict[str, str]]:
        return [{"command": name, "description": name}]

    chat = {"type": "chat", "chat_id": amira.id}
    for name, scope, language in (("plain", None, ""), ("german", None, "de"), ("boss", chat, "")):
        assert said(fake, "setMyCommands", commands=commands(name), scope=scope, language_code=language) == ""
    assert fake.call("getMyCommands", {}).result == commands("plain")
    assert fake.call("getMyCommands", {"language_code": "de"}).result == commands("german")
    assert fake.call("getMyCommands", {"language_code": "fr"}).result == []
    assert commands_for(fake, amira.id, amira.id, "de") == commands("boss")
    assert said(fake, "deleteMyCommands", scope=chat) == ""
    assert commands_for(fake, amira.id, amira.id, "de") == commands("german")
    assert commands_for(fake, amira.id, amira.id, "fr") == commands("plain")


def test_names_pictures_and_menus(fake: FakeTelegram, amira: FakeUser) -> None:
    assert fake.call("getMyName", {"language_code": "de"}).result == {"name": "Morsel"}
    fake.call("setMyName", {"name": "Happen", "language_code": "de"})
    assert fake.call("getMyName", {"language_code": "de"}).result == {"name": "Happen"}
    assert fake.call("getMyName", {}).result == {"name": "Morsel"}
    jpeg = b"\xff\xd8\xff\xc0\x00\x11\x08\x00\x20\x00\x30\x03"
    photo = {"type": "static", "photo": "attach://p"}
    assert said(fake, "setMyProfilePhoto", {"p": Upload("p.jpg", jpeg)}, photo=photo) == ""
    assert said(fake, "setMyProfilePhoto", photo=photo) == "photo must be uploaded as a file"
    assert fake.picture == jpeg
    assert said(fake, "setChatMenuButton", chat_id=amira.id, menu_button={"type": "commands"}) == ""
    assert fake.call("getChatMenuButton", {"chat_id": amira.id}).result == {"type": "commands"}
    assert fake.call("getChatMenuButton", {}).result == {"type": "default"}
    assert (
        said(fake, "setChatMenuButton", menu_button={"type": "x"})
        == "can't parse menu button: MenuButton has unsupported type"
    )


def test_chats_and_members(fake: FakeTelegram, amira: FakeUser) -> None:
    boris = fake.user("Boris")
    group = fake.group("Shift", [amira])

    def status(user_id: int) -> Any:
        return fake.call("getChatMember", {"chat_id": group.id, "user_id": user_id}).result["status"]

    assert [status(each) for each in (amira.id, fake.me.id, boris.id)] == ["creator", "member", "left"]
    assert said(fake, "getChatMember", chat_id=group.id, user_id=5) == "PARTICIPANT_ID_INVALID"
    assert said(fake, "getChat", chat_id=boris.id) == "chat not found"
    assert isinstance(boris.person, Person)
