"""What Telegram keeps of chats: people, groups, messages, polls; and how each looks in JSON.

Fields and their order after the server's Json... classes. It checks nothing and sends nothing.
"""

from dataclasses import dataclass, field
from typing import Any

from tests.fakes.telegram.files import File
from tests.fakes.telegram.keyboards import Rows
from tests.fakes.telegram.reading import JSON


@dataclass
class Person:
    """Somebody with an account, or the bot itself."""

    id: int
    first_name: str
    language_code: str | None = None
    is_bot: bool = False
    username: str = ""
    deactivated: bool = False

    def told(self) -> JSON:
        told: JSON = {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name}
        if self.username:
            told["username"] = self.username
        if self.language_code:
            told["language_code"] = self.language_code
        return told


@dataclass
class Option:
    id: str
    text: str
    entities: list[JSON] = field(default_factory=list)


@dataclass
class Poll:
    id: str
    question: str
    question_entities: list[JSON]
    options: list[Option]
    quiz: bool
    anonymous: bool
    multiple: bool
    revoting: bool
    correct: tuple[int, ...] = ()
    explanation: str = ""
    explanation_entities: list[JSON] = field(default_factory=list)
    description: str = ""
    description_entities: list[JSON] = field(default_factory=list)
    open_period: int = 0
    close_date: int = 0
    closed: bool = False
    by_bot: bool = True
    votes: dict[int, list[int]] = field(default_factory=dict)  # person -> options, by position

    def told(self) -> JSON:
        told: JSON = {"id": self.id, "question": self.question}
        if self.question_entities:
            told["question_entities"] = self.question_entities
        told["options"] = [self._option(at, option) for at, option in enumerate(self.options)]
        told["total_voter_count"] = len(self.votes)
        if self.close_date:
            told |= {"open_period": self.open_period, "close_date": self.close_date}
        told |= {"is_closed": self.closed, "is_anonymous": self.anonymous}
        told |= {"allows_multiple_answers": self.multiple, "allows_revoting": self.revoting, "members_only": False}
        told["type"] = "quiz" if self.quiz else "regular"
        if self.quiz:
            if len(self.correct) == 1:
                told["correct_option_id"] = self.correct[0]
            told["correct_option_ids"] = list(self.correct)
            if self.explanation:
                told |= {"explanation": self.explanation, "explanation_entities": self.explanation_entities}
        if self.description:
            told["description"] = self.description
        return told

    def _option(self, at: int, option: Option) -> JSON:
        told: JSON = {"persistent_id": option.id, "text": option.text}
        if option.entities:
            told["text_entities"] = option.entities
        return told | {"voter_count": sum(at in chosen for chosen in self.votes.values())}


@dataclass
class Message:
    """One message. `content` are the fields that say what it is, as they stand in JSON."""

    id: int
    chat: "Chat"
    sender: Person
    date: int
    content: JSON
    rows: Rows = field(default_factory=list)
    reply_to: "Message | None" = None
    edit_date: int = 0
    edits: int = 0
    file: File | None = None
    poll: Poll | None = None
    reply_keyboard: bool = False  # came with a keyboard that is not inline: it cannot be edited any more

    def told(self, *, short: bool = False) -> JSON:
        """The Message. `short`: as the reply_to_message of another."""
        told: JSON = {"message_id": self.id, "from": self.sender.told(), "chat": self.chat.told(), "date": self.date}
        if self.edit_date:
            told["edit_date"] = self.edit_date
        if self.reply_to is not None and not short:
            told["reply_to_message"] = self.reply_to.told(short=True)
        told.update(self.content if self.poll is None else {"poll": self.poll.told()})
        if self.rows:
            told["reply_markup"] = {"inline_keyboard": self.rows}
        return told


@dataclass
class Chat:
    id: int
    kind: str  # private, group or supergroup
    title: str = ""
    person: Person | None = None
    members: dict[int, Person] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    started: bool = False  # private: the person spoke first
    met: bool = False  # private: the bot has seen the person, here or in a group
    blocked: bool = False  # private: by the person
    kicked: bool = False  # a group: the bot was thrown out
    migrated_to: int = 0
    wrote: float = float("-inf")  # when somebody wrote there last
    keyboard: list[list[str]] = field(default_factory=list)  # the reply keyboard that stands below
    actions: list[tuple[float, str]] = field(default_factory=list)
    next_id: int = 1  # a supergroup counts its own messages
    pressed: int = 0  # chat_instance
    menu: JSON = field(default_factory=lambda: {"type": "default"})

    @property
    def is_group(self) -> bool:
        return self.kind != "private"

    def told(self) -> JSON:
        if self.person is not None:
            told: JSON = {"id": self.id, "first_name": self.person.first_name}
            if self.person.username:
                told["username"] = self.person.username
            return told | {"type": "private"}
        told = {"id": self.id, "title": self.title, "type": self.kind}
        if self.kind == "group":
            told |= {"all_members_are_administrators": False, "accepted_gift_types": _NO_GIFTS}
        return told

    def told_in_full(self) -> JSON:
        """ChatFullInfo, with all that the page calls required."""
        told = self.told() | {"accent_color_id": self.id % 7 if self.id > 0 else 0, "max_reaction_count": 11}
        told["accepted_gift_types"] = _NO_GIFTS
        return told


_NO_GIFTS: JSON = {
    "unlimited_gifts": False, "limited_gifts": False, "unique_gifts": False, "premium_subscription": False,
    "gifts_from_channels": False,
}  # fmt: skip


def member(person: Person, status: str) -> JSON:
    """A ChatMember."""
    told: JSON = {"user": person.told(), "status": status}
    match status:
        case "kicked":
            told["until_date"] = 0
        case "creator":
            told["is_anonymous"] = False
        case _:
            pass
    return told


@dataclass(frozen=True)
class ShownPoll:
    id: str
    question: str
    options: tuple[str, ...]
    votes: tuple[int, ...]
    quiz: bool
    anonymous: bool
    closed: bool
    correct: tuple[int, ...]
    explanation: str


@dataclass(frozen=True)
class Shown:
    """A message of the bot as it stands in the chat now. `photo` is the sha256 of the picture, `document` a file name."""

    id: int
    text: str
    entities: tuple[JSON, ...]
    caption: str
    photo: str
    document: str
    rows: tuple[tuple[str, ...], ...]
    edits: int
    poll: ShownPoll | None
    raw: JSON

    @property
    def visible(self) -> str:
        """What can be read: the text, or the caption, or the poll's question."""
        return self.text or self.caption or (self.poll.question if self.poll else "")

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(label for row in self.rows for label in row)


def shown(message: Message) -> Shown:
    content: dict[str, Any] = message.content
    file = message.file
    return Shown(
        id=message.id,
        text=content.get("text", ""),
        entities=tuple(content.get("entities", content.get("caption_entities", ()))),
        caption=content.get("caption", ""),
        photo=file.sha if file is not None and file.kind == "photo" else "",
        document=file.name if file is not None and file.kind == "document" else "",
        rows=tuple(tuple(str(button["text"]) for button in row) for row in message.rows),
        edits=message.edits,
        poll=_poll(message.poll) if message.poll is not None else None,
        raw=message.told(),
    )


def _poll(poll: Poll) -> ShownPoll:
    counts = tuple(sum(at in chosen for chosen in poll.votes.values()) for at in range(len(poll.options)))
    options = tuple(option.text for option in poll.options)
    return ShownPoll(
        poll.id, poll.question, options, counts, poll.quiz, poll.anonymous, poll.closed, poll.correct, poll.explanation
    )
