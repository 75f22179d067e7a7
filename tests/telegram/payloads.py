"""Updates as Telegram sends them, and what each says to the bot. Shapes after the Bot API page; names and ids made up.

A row: a name, the update (a dict, or bytes as they come), and what is heard: an event of Amina's, or None for nothing.
`BROKEN` are those that cannot be read. `update_id` is 7 in all of them.
"""

import json
from typing import Any, Final

from bot.events import Address, Called, Event, Left, Met, Offered, Pressed, Said, Voted

JSON = dict[str, Any]

AMINA: Final[JSON] = {
    "id": 5000000001, "is_bot": False, "first_name": "Amina", "last_name": "Diallo", "username": "amina_d",
    "language_code": "de-AT", "is_premium": True,
}  # fmt: skip
CHAT: Final[JSON] = {
    "id": 5000000001,
    "first_name": "Amina",
    "last_name": "Diallo",
    "username": "amina_d",
    "type": "private",
}
GROUP: Final[JSON] = {"id": -1001234567890, "title": "Harbour", "type": "supergroup", "is_forum": True}
SMALL: Final[JSON] = {"id": -400123, "title": "Two of us", "type": "group", "all_members_are_administrators": True}
CHANNEL: Final[JSON] = {"id": -1009876543210, "title": "News", "type": "channel"}
BOT: Final[JSON] = {"id": 110201543, "is_bot": True, "first_name": "Morsel", "username": "morsel_test_bot"}
ANONYMOUS: Final[JSON] = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
FILE: Final = "BQACAgIAAxkBAAIBZ2YAAQ-x_long-file-id"
UNIQUE: Final = "AgADZwUAAkkgqUg"
PHOTO: Final[list[JSON]] = [
    {"file_id": "small", "file_unique_id": "s", "file_size": 1200, "width": 90, "height": 67},
    {"file_id": "large", "file_unique_id": "l", "file_size": 120_000, "width": 1280, "height": 960},
]


def message(sender: JSON | None = AMINA, chat: JSON = CHAT, **content: Any) -> JSON:
    made: JSON = {"message_id": 365, "date": 1795000000, "chat": chat, **content}
    return {"update_id": 7, "message": made if sender is None else {**made, "from": sender}}


def press(data: Any = "tok.1", where: JSON | None = None, sender: JSON = AMINA, **more: Any) -> JSON:
    asked: JSON = {"id": "4382bfdwdsb323b2d9", "from": sender, "chat_instance": "-3141592653589793"}
    asked["message"] = (
        {"message_id": 12, "date": 1795000000, "chat": CHAT, "from": BOT, "text": "?"} if where is None else where
    )
    return {"update_id": 7, "callback_query": {**asked, **({} if data is None else {"data": data}), **more}}


def member(old: str, new: str, chat: JSON = CHAT, **more: Any) -> JSON:
    return {
        "update_id": 7,
        "my_chat_member": {
            "chat": chat, "from": AMINA, "date": 1795000000, "old_chat_member": {"user": BOT, "status": old},
            "new_chat_member": {"user": BOT, "status": new, **more},
        },
    }  # fmt: skip


def vote(options: Any, **more: Any) -> JSON:
    answer: JSON = {"poll_id": "5303992345678", "user": AMINA, "option_ids": options}
    answer["option_persistent_ids"] = [f"p{each}" for each in options] if isinstance(options, list) else []
    return {"update_id": 7, "poll_answer": {**answer, **more}}


def offered(name: str, size: int, id: str) -> Offered:
    return Offered(name, size, json.dumps({"id": id, "size": size}, separators=(",", ":")))


NOTHING: Final = None
HEARD: Final[tuple[tuple[str, JSON | bytes, Event | None], ...]] = (
    # Words
    ("words", message(text="Paris"), Said("Paris")),
    ("words with entities", message(text="a@b.c", entities=[{"type": "email", "offset": 0, "length": 5}]), Said("a@b.c")),
    ("blanks around", message(text="  20 \n"), Said("20")),
    ("NUL in words", message(text="a\0b"), Said("ab")),
    ("emoji", message(text="👍🏽"), Said("👍🏽")),
    ("right to left", message(text="كم ثانية؟"), Said("كم ثانية؟")),
    ("a reply", message(text="20", reply_to_message={"message_id": 1, "date": 1, "chat": CHAT, "text": "?"}), Said("20")),
    ("a quote of another chat", message(text="x", external_reply={"origin": {"type": "telepathy"}}), Said("x")),
    ("forwarded, unknown origin", message(text="x", forward_origin={"type": "from_the_moon", "date": "soon"}), Said("x")),
    ("by way of another bot", message(text="gif", via_bot=BOT), Said("gif")),
    ("unknown fields and values", message(text="x", effect_id="1", has_protected_content="maybe", mood={"a": [1]}),
     Said("x")),
    ("4,096 letters", message(text="x" * 4096), Said("x" * 4096)),
    # Commands
    ("a command", message(text="/learn"), Called("learn")),
    ("a command and words", message(text="/learn geo", entities=[]), Called("learn", "geo")),
    ("capitals", message(text="/LEARN Geo"), Called("learn", "Geo")),
    ("with our name", message(text="/learn@morsel_test_bot geo"), Called("learn", "geo")),
    ("on two lines", message(text="/assign geo\nNorth"), Called("assign", "geo\nNorth")),
    ("a line break at once", message(text="/start\nabc"), Called("start", "abc")),
    ("a deep link", message(text="/start hsl7k-2m9qx"), Called("start", "hsl7k-2m9qx")),
    ("a deep link without payload", message(text="/start"), Called("start")),
    ("a lone slash", message(text="/"), Called("")),
    ("a slash and a blank", message(text="/ learn"), Called("", "learn")),
    ("a path", message(text="5/6"), Said("5/6")),
    # Files
    ("a document", message(document={"file_id": FILE, "file_unique_id": UNIQUE, "file_name": "geo.zip",
     "mime_type": "application/zip", "file_size": 48_213}), offered("geo.zip", 48_213, FILE)),
    ("a document with a caption", message(caption="here", document={"file_id": FILE, "file_name": "a.zip",
     "file_size": 1}), offered("a.zip", 1, FILE)),
    ("a document without a name or size", message(document={"file_id": FILE}), offered("file", 0, FILE)),
    ("a name with folders", message(document={"file_id": FILE, "file_name": "../../etc/pass\u202ewd", "file_size": 9}),
     offered("passwd", 9, FILE)),
    ("a name of 300 letters", message(document={"file_id": FILE, "file_name": "x" * 300 + ".zip", "file_size": 9}),
     offered("x" * 116 + ".zip", 9, FILE)),
    ("two gigabytes", message(document={"file_id": FILE, "file_name": "b.iso", "file_size": 2_147_483_648}),
     offered("b.iso", 2_147_483_648, FILE)),
    ("a size below nothing", message(document={"file_id": FILE, "file_name": "b", "file_size": -5}), offered("b", 0, FILE)),
    ("a photo", message(photo=PHOTO), offered("photo.jpg", 120_000, "large")),
    ("a photo with a caption", message(photo=PHOTO, caption="/learn"), offered("photo.jpg", 120_000, "large")),
    ("a voice", message(voice={"file_id": "v", "duration": 3, "file_size": 9000}), offered("voice.ogg", 9000, "v")),
    ("a song", message(audio={"file_id": "a", "duration": 3, "file_name": "s.mp3", "file_size": 1}),
     offered("s.mp3", 1, "a")),
    ("a video", message(video={"file_id": "v", "width": 1, "height": 1, "duration": 1, "file_size": 5}),
     offered("video.mp4", 5, "v")),
    ("a round video", message(video_note={"file_id": "n", "length": 240, "duration": 5}), offered("video.mp4", 0, "n")),
    ("an animation", message(animation={"file_id": "g", "file_name": "cat.mp4", "file_size": 3},
     document={"file_id": "g", "file_name": "cat.mp4", "file_size": 3}), offered("cat.mp4", 3, "g")),
    # Things that are no words: the bot says what it can do
    ("a sticker", message(sticker={"file_id": "s", "type": "regular", "emoji": "👍"}), Said("")),
    ("a sticker without an emoji", message(sticker={"file_id": "s"}), Said("")),
    ("a die", message(dice={"emoji": "🎲", "value": 6}), Said("")),
    ("a place", message(location={"latitude": 52.5, "longitude": 13.4}), Said("")),
    ("a venue", message(location={"latitude": 1, "longitude": 1}, venue={"title": "x"}), Said("")),
    ("a contact", message(contact={"phone_number": "+49123", "first_name": "Ben"}), Said("")),
    ("a poll", message(poll={"id": "1", "question": "?", "options": []}), Said("")),
    ("a game", message(game={"title": "x"}), Said("")),
    ("a story", message(story={"id": 1, "chat": CHAT}), Said("")),
    ("a list to tick", message(checklist={"title": "x", "tasks": []}), Said("")),
    ("something to pay for", message(paid_media={"star_count": 5}), Said("")),
    # What nobody said
    ("pinned", message(pinned_message={"message_id": 1, "date": 0, "chat": CHAT}), NOTHING),
    ("a timer", message(message_auto_delete_timer_changed={"message_auto_delete_time": 86400}), NOTHING),
    ("write access", message(write_access_allowed={"from_request": True}), NOTHING),
    ("a kind of message that nobody knows", message(hologram={"depth": 3}), NOTHING),
    ("a bot's words", message(sender={**AMINA, "is_bot": True}, text="x"), NOTHING),
    ("nobody's words", message(sender=None, text="x"), NOTHING),
    # Groups
    ("a command in a group, with our name", message(chat=GROUP, text="/huddle@morsel_test_bot 3"), Called("huddle", "3")),
    ("with our name in capitals", message(chat=GROUP, text="/huddle@Morsel_Test_Bot"), Called("huddle")),
    ("a command that only we have", message(chat=SMALL, text="/huddle 3"), Called("huddle", "3")),
    ("a command in a topic", message(chat=GROUP, text="/huddle", message_thread_id=7, is_topic_message=True),
     Called("huddle")),
    ("every bot's command, with our name", message(chat=GROUP, text="/start@morsel_test_bot"), Called("start")),
    ("every bot's command", message(chat=GROUP, text="/start"), NOTHING),
    ("another bot's command", message(chat=GROUP, text="/huddle@other_bot 3"), NOTHING),
    ("a command that is not ours", message(chat=GROUP, text="/ban Ben"), NOTHING),
    ("words in a group", message(chat=GROUP, text="hello everybody"), NOTHING),
    ("our name in a group", message(chat=GROUP, text="@morsel_test_bot hello"), NOTHING),
    ("a file in a group", message(chat=GROUP, document={"file_id": FILE}), NOTHING),
    ("an admin without a name", message(ANONYMOUS, GROUP, text="/huddle@morsel_test_bot", sender_chat=GROUP), NOTHING),
    ("somebody new in a group", message(chat=GROUP, new_chat_members=[BOT]), NOTHING),
    ("gone from a group", message(chat=GROUP, left_chat_member=BOT), NOTHING),
    ("a group that moves", message(chat=SMALL, migrate_to_chat_id=-1001234567890), NOTHING),
    ("a group that has moved", message(chat=GROUP, migrate_from_chat_id=-400123), NOTHING),
    ("a channel's post", {"update_id": 7, "channel_post": message(None, CHANNEL, text="/learn")["message"]}, NOTHING),
    ("a message of a channel", message(None, CHANNEL, text="/huddle@morsel_test_bot"), NOTHING),
    # Presses
    ("a press", press("tok.1"), Pressed("tok.1")),
    ("64 bytes", press("do.learn " + "ä" * 27 + "x"), Pressed("do.learn " + "ä" * 27 + "x")),
    ("on a message that is gone", press(where={"message_id": 12, "date": 0, "chat": CHAT}), Pressed("tok.1")),
    ("on a photo", press(where={"message_id": 12, "date": 1, "chat": CHAT, "photo": PHOTO, "caption": "?"}),
     Pressed("tok.1")),
    ("on an inline message", press(where={"message_id": 1, "date": 0, "chat": CHAT}, inline_message_id="x"),
     Pressed("tok.1")),
    ("in a group", press(where={"message_id": 12, "date": 1, "chat": GROUP}), NOTHING),
    ("of a game", press(None, game_short_name="snake"), NOTHING),
    ("by a bot", press(sender={**AMINA, "is_bot": True}), NOTHING),
    # Coming and going
    ("blocked", member("member", "kicked", until_date=0), Left(Address("telegram", "5000000001"), "blocked")),
    ("unblocked", member("kicked", "member"), Met()),
    ("in a group: added", member("left", "member", GROUP), NOTHING),
    ("in a group: thrown out", member("member", "kicked", GROUP), NOTHING),
    ("in a group: made admin", member("member", "administrator", GROUP, can_pin_messages=True), NOTHING),
    ("a state that nobody knows", member("member", "enlightened"), NOTHING),
    # Votes
    ("a vote", vote([2]), Voted("", (2,))),
    ("several options", vote([0, 3]), Voted("", (0, 3))),
    ("taken back", vote([]), NOTHING),
    ("a vote of a channel", {"update_id": 7, "poll_answer": {"poll_id": "5", "voter_chat": CHANNEL, "option_ids": [1],
     "option_persistent_ids": ["a"]}}, NOTHING),
    ("a vote without the new ids", {"update_id": 7, "poll_answer": {"poll_id": "5", "user": AMINA, "option_ids": [1]}},
     Voted("", (1,))),
    ("a poll that closed", {"update_id": 7, "poll": {"id": "5", "question": "?", "options": [], "is_closed": True}},
     NOTHING),
    # What we do not ask for, and what does not exist yet
    ("an edited message", {"update_id": 7, "edited_message": message(text="x")["message"]}, NOTHING),
    ("a reaction", {"update_id": 7, "message_reaction": {"chat": CHAT, "message_id": 1, "date": 1}}, NOTHING),
    ("another's membership", {"update_id": 7, "chat_member": member("left", "member")["my_chat_member"]}, NOTHING),
    ("an inline query", {"update_id": 7, "inline_query": {"id": "1", "from": AMINA, "query": "", "offset": ""}}, NOTHING),
    ("a business message", {"update_id": 7, "business_message": message(text="x")["message"]}, NOTHING),
    ("a wish to join", {"update_id": 7, "chat_join_request": {"chat": GROUP, "from": AMINA, "date": 1}}, NOTHING),
    ("a kind of update that nobody knows", {"update_id": 7, "telepathy": {"thought": "x"}}, NOTHING),
    ("nothing but a number", {"update_id": 7}, NOTHING),
    ("nothing, said so", {"update_id": 7, "message": None}, NOTHING),
    ("blanks around it", b'  {"update_id":7}\n', NOTHING),
)  # fmt: skip

BROKEN: Final[tuple[tuple[str, JSON | bytes], ...]] = (
    ("no number", {"message": message(text="x")["message"]}),
    ("a number in words", {"update_id": "7"}),
    ("half a number", {"update_id": 7.5}),
    ("a message without a chat", {"update_id": 7, "message": {"message_id": 1, "from": AMINA, "text": "x"}}),
    ("a chat without a number", message(chat={"type": "private"}, text="x")),
    ("a chat by name", message(chat={"id": "@amina", "type": "private"}, text="x")),
    ("a sender without a number", message(sender={"first_name": "x"}, text="x")),
    ("text that is a list", message(text=["x"])),
    ("a document without an id", message(document={"file_name": "x.zip"})),
    ("a photo that is no list", message(photo={"file_id": "x"})),
    ("a press without a presser", {"update_id": 7, "callback_query": {"id": "1", "data": "x"}}),
    ("a press without an id", {"update_id": 7, "callback_query": {"from": AMINA, "data": "x"}}),
    ("a press on no chat", press(where={"message_id": 3})),
    ("a member without a state", {"update_id": 7, "my_chat_member": {"chat": CHAT, "from": AMINA}}),
    ("a vote without a poll", {"update_id": 7, "poll_answer": {"user": AMINA, "option_ids": [1]}}),
    ("a vote in words", vote(["first"])),
    ("a list", b"[1]"),
    ("a number alone", b"7"),
    ("nothing", b""),
    ("null", b"null"),
    ("half of it", b'{"update_id":7,"message":{"chat":{"id":5,'),
    ("no JSON", b"<html>502</html>"),
    ("not UTF-8", b'{"update_id":7,"message":{"chat":{"id":5,"type":"private"},"from":{"id":5},"text":"\xff\xfe"}}'),
    (
        "half a surrogate",
        b'{"update_id":7,"message":{"chat":{"id":5,"type":"private"},"from":{"id":5},"text":"\\ud83d"}}',
    ),
    ("a thousand braces", b'{"update_id":7,"message":' + b'{"reply_to_message":' * 5000),
)


def raw(update: JSON | bytes) -> bytes:
    return update if isinstance(update, bytes) else json.dumps(update).encode()
