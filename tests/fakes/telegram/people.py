"""People with phones: what they can do to a bot, and what they see of it.

Promise: each act makes the updates that Telegram makes of it, and nothing else. What no phone lets a person do raises
`Impossible`: then the test is wrong, not the bot.
"""

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from tests.fakes.telegram import limits
from tests.fakes.telegram.chats import Chat, Message, Person, Shown, member, shown
from tests.fakes.telegram.entities import found_in
from tests.fakes.telegram.reading import JSON

if TYPE_CHECKING:
    from tests.fakes.telegram.core import FakeTelegram

_PAYLOAD: Final = re.compile(rf"[A-Za-z0-9_-]{{0,{limits.START_PAYLOAD}}}")
Options = int | str | list[int] | list[str]


class Impossible(AssertionError):
    """No phone lets a person do this."""


class Toast(NamedTuple):
    """The bot's answer to a press: a line that fades, or with `alert` a box to close."""

    text: str
    alert: bool


def typed(text: str) -> JSON:
    """A text message as people type them, with the commands and links that Telegram marks."""
    entities = found_in(text)
    return {"text": text, "entities": entities} if entities else {"text": text}


class _Seat:
    """What one person does in one chat, and the bot's messages there."""

    def __init__(self, fake: "FakeTelegram", chat: Chat) -> None:
        self.fake = fake
        self.chat = chat

    @property
    def id(self) -> int:
        return self.chat.id

    @property
    def messages(self) -> list[Shown]:
        """What stands there from the bot now, oldest first."""
        return [shown(message) for message in self.chat.messages.values() if message.sender is self.fake.me]

    @property
    def last(self) -> Shown:
        return self.messages[-1]

    @property
    def actions(self) -> list[str]:
        """The chat actions seen ("typing", "upload_photo")."""
        return [action for _, action in self.chat.actions]

    def _send(self, person: Person, content: JSON, reply_to: int = 0, *, heard: bool = True) -> int:
        """A message of a person. Its id."""
        if person.deactivated or (self.chat.blocked and person is self.chat.person):
            raise Impossible("Who blocked the bot, or has no account, cannot write to it.")
        replied = self.chat.messages.get(reply_to)
        message = self.fake.post(self.chat, person, content, reply_to=replied)
        self.chat.wrote = self.fake.clock()
        if heard:
            self.fake.updates.add("message", message.told(), self.chat.id)
        return message.id

    def _edit(self, person: Person, text: str, message_id: int) -> None:
        mine = [each for each in self.chat.messages.values() if each.sender is person and "text" in each.content]
        found = [each for each in mine if message_id in (0, each.id)]
        if not found:
            raise Impossible("There is no such message of theirs.")
        found[-1].content = typed(text)
        found[-1].edit_date = int(self.fake.clock())
        self.fake.updates.add("edited_message", found[-1].told(), self.chat.id)

    def _find(self, label: str, message_id: int | None) -> tuple[Message, JSON]:
        """The newest button with this label."""
        for message in reversed(self.chat.messages.values()):
            if message_id in (None, message.id):
                for row in message.rows:
                    for button in row:
                        if button["text"] == label:
                            return message, button
        seen = [each.labels for each in self.messages if each.labels]
        raise Impossible(f"There is no button {label!r}. There are {seen}.")

    def _press(self, person: Person, label: str, message_id: int | None) -> str:
        message, button = self._find(label, message_id)
        if "callback_data" not in button:
            return str(button.get("url", ""))
        return self._pressed(person, button["callback_data"], message.id)

    def _pressed(self, person: Person, data: str, message_id: int) -> str:
        if person.deactivated or self.chat.blocked:
            raise Impossible("Who blocked the bot, or has no account, cannot press its buttons.")
        fake = self.fake
        number = str(1_000_000_000_000 + fake.new_id())
        fake.asked(number, person.id)
        standing = self.chat.messages.get(message_id)
        gone: JSON = {"message_id": message_id, "chat": self.chat.told(), "date": 0}  # an InaccessibleMessage
        self.fake.updates.add(
            "callback_query",
            {
                "id": number,
                "from": person.told(),
                "message": standing.told() if standing is not None else gone,
                "chat_instance": str(self.chat.pressed),
                "data": data,
            },
            person.id,
            limits.PRESS_LIFE,
        )
        return number

    def _vote(self, person: Person, message_id: int, options: Options) -> None:
        """Chooses options by position or by text; none at all takes the vote back."""
        message = self.chat.messages.get(message_id)
        poll = message.poll if message is not None else None
        if poll is None:
            raise Impossible("There is no such poll.")
        named = options if isinstance(options, list) else [options]
        texts = [option.text for option in poll.options]
        chosen = sorted({texts.index(each) if isinstance(each, str) else each for each in named})
        self.fake.tick()
        if poll.closed:
            raise Impossible("The poll is closed.")
        if person.id in poll.votes and not poll.revoting:
            raise Impossible("They have voted, and this poll lets nobody vote again.")
        if len(chosen) > 1 and not poll.multiple:
            raise Impossible("Only one answer can be chosen.")
        if any(not 0 <= each < len(poll.options) for each in chosen):
            raise Impossible("There is no such option.")
        if chosen:
            poll.votes[person.id] = chosen
        else:
            poll.votes.pop(person.id, None)
        if not poll.by_bot:
            return
        if not poll.anonymous:
            answer = {
                "poll_id": poll.id,
                "user": person.told(),
                "option_ids": chosen,
                "option_persistent_ids": [poll.options[each].id for each in chosen],
            }
            self.fake.updates.add("poll_answer", answer, int(poll.id))
        self.fake.updates.add("poll", poll.told(), int(poll.id))

    def _member(self, person: Person, old: str, new: str) -> None:
        """The bot's standing in this chat changed."""
        fake = self.fake
        changed = {
            "chat": self.chat.told(),
            "from": person.told(),
            "date": int(fake.clock()),
            "old_chat_member": member(fake.me, old),
            "new_chat_member": member(fake.me, new),
        }
        fake.updates.add("my_chat_member", changed, self.chat.id)


class FakeUser(_Seat):
    """Somebody in their private chat with the bot."""

    def __init__(self, fake: "FakeTelegram", person: Person, chat: Chat) -> None:
        super().__init__(fake, chat)
        self.person = person
        self.toasts: list[Toast] = []

    def start(self, payload: str = "") -> int:
        """Opens t.me/BOT?start=PAYLOAD and presses Start. Who had blocked the bot unblocks it so."""
        if not _PAYLOAD.fullmatch(payload):
            raise Impossible(f"A link cannot carry {payload!r}: at most 64 of A-Z a-z 0-9 _ and -.")
        if self.chat.blocked:
            self.unblock()
        return self.say(f"/start {payload}".strip())

    def say(self, text: str, reply_to: int = 0) -> int:
        """Types a message. Its id. What is too long for one, the phone sends as several."""
        if not text.strip():
            raise Impossible("A phone sends no empty message.")
        self.chat.started = self.chat.met = True
        while len(text) > limits.TEXT:
            self._send(self.person, typed(text[: limits.TEXT]), reply_to)
            text = text[limits.TEXT :]
        return self._send(self.person, typed(text), reply_to)

    def send(self, content: JSON, reply_to: int = 0) -> int:
        """A message of any content, as its fields stand in JSON."""
        self.chat.started = self.chat.met = True
        return self._send(self.person, content, reply_to)

    def upload(self, name: str, data: bytes, mime: str = "application/octet-stream", caption: str = "") -> int:
        file = self.fake.files.keep("document", data, name, mime)
        return self.send({"document": self.fake.files.document(file)} | ({"caption": caption} if caption else {}))

    def photo(self, data: bytes, caption: str = "") -> int:
        sizes = self.fake.files.photo(self.fake.files.keep_photo(data))
        return self.send({"photo": sizes} | ({"caption": caption} if caption else {}))

    def sticker(self) -> int:
        file = self.fake.files.keep("sticker", b"RIFF....WEBP")
        told: JSON = {"width": 512, "height": 512, "emoji": "👍", "is_animated": False, "is_video": False}
        return self.send({"sticker": told | {"type": "regular"} | self.fake.files.shown(file)})

    def voice(self) -> int:
        file = self.fake.files.keep("voice", b"OggS" + bytes(400), mime="audio/ogg")
        return self.send({"voice": {"duration": 2, "mime_type": "audio/ogg"} | self.fake.files.shown(file)})

    def location(self) -> int:
        return self.send({"location": {"latitude": 52.52, "longitude": 13.405}})

    def edit(self, text: str, message_id: int = 0) -> None:
        """Edits their last message, or the one given."""
        self._edit(self.person, text, message_id)

    def press(self, label: str, message_id: int | None = None) -> str:
        """Presses the newest button so called (of that message). The query's id; of a link, its address."""
        if message_id is None and any(label in row for row in self.chat.keyboard):
            return str(self.say(label))
        return self._press(self.person, label, message_id)

    def press_data(self, data: str, message_id: int) -> str:
        """A press as an old or changed client sends it, also on a message that is gone."""
        return self._pressed(self.person, data, message_id)

    def vote(self, poll_message_id: int, options: Options) -> None:
        self._vote(self.person, poll_message_id, options)

    def block(self) -> None:
        if not self.chat.blocked:
            self.chat.blocked = True
            self._member(self.person, "member", "kicked")

    def unblock(self) -> None:
        if self.chat.blocked:
            self.chat.blocked = False
            self._member(self.person, "kicked", "member")

    def deactivate(self) -> None:
        """Deletes the account. Telegram tells the bot nothing."""
        self.person.deactivated = True


class FakeGroup(_Seat):
    """A group with the bot in it."""

    def __init__(self, fake: "FakeTelegram", chat: Chat, users: list[FakeUser]) -> None:
        super().__init__(fake, chat)
        self.users = users
        for user in users:
            user.chat.met = True
        if users:
            self._member(users[0].person, "left", "member")
            self._send(users[0].person, {"new_chat_members": [fake.me.told()]})

    def say(self, user: FakeUser, text: str, reply_to: int = 0) -> int:
        """Types there. The bot hears what is meant for it: commands, replies to it, its name; or all without privacy."""
        return self._send(user.person, typed(text), reply_to, heard=self._for_bot(text, reply_to))

    def _for_bot(self, text: str, reply_to: int) -> bool:
        if not self.fake.privacy:
            return True
        replied = self.chat.messages.get(reply_to)
        if replied is not None and replied.sender is self.fake.me:
            return True
        name = f"@{self.fake.me.username}".lower()
        if not text.startswith("/"):
            return name in text.lower()
        _, at, to = text.split()[0].partition("@")
        return not at or f"@{to.lower()}" == name

    def press(self, user: FakeUser, label: str, message_id: int | None = None) -> str:
        return self._press(user.person, label, message_id)

    def vote(self, user: FakeUser, poll_message_id: int, options: Options) -> None:
        self._vote(user.person, poll_message_id, options)

    def edit(self, user: FakeUser, text: str, message_id: int = 0) -> None:
        self._edit(user.person, text, message_id)

    def migrate(self) -> int:
        """Becomes a supergroup under a new id, which is returned; this object moves there too."""
        old, fake, person = self.chat, self.fake, self.users[0].person
        new = Chat(-1_000_000_000_000 - fake.new_id(), "supergroup", old.title, members=old.members)
        new.pressed = new.id * 31
        fake.chats[new.id] = new
        self._send(person, {"migrate_to_chat_id": new.id})
        old.migrated_to = new.id
        self.chat = new
        self._send(person, {"migrate_from_chat_id": old.id})
        return new.id

    def kick_bot(self) -> None:
        self.chat.kicked = True
        self._member(self.users[0].person, "member", "left" if self.chat.kind == "group" else "kicked")

    def add_bot(self) -> None:
        """Takes it back."""
        if self.chat.kicked:
            self.chat.kicked = False
            self._member(self.users[0].person, "left" if self.chat.kind == "group" else "kicked", "member")
