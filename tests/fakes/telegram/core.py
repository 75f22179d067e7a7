"""A strict Telegram in memory: what a bot may call, what people do, and what comes of it.

Promise: it answers as the Bot API does, in its words, and refuses what Telegram refuses. It opens no socket, sleeps
never, and knows the time only by its clock, so that thousands of sends run in a moment on simulated time. Where Telegram
is lax or undocumented it is the stricter one. It was built from Telegram's pages and the sources of its server, not from
any bot. The methods are in `methods/`, the people in `people.py`, HTTP in `server.py`.
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from tests.fakes.telegram import limits
from tests.fakes.telegram.chats import Chat, Message, Person
from tests.fakes.telegram.errors import NO_METHOD, Refusal, bad, forbidden, too_many
from tests.fakes.telegram.faults import AFTER, OF_UPDATES, Fault, Faults
from tests.fakes.telegram.files import FileStore
from tests.fakes.telegram.flood import Flood
from tests.fakes.telegram.limits import Pace
from tests.fakes.telegram.methods.table import METHODS
from tests.fakes.telegram.people import FakeGroup, FakeUser
from tests.fakes.telegram.reading import JSON, Call, Params, Upload, number, text
from tests.fakes.telegram.updates import Entry, UpdateQueue

TOKEN: Final = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsawE"

_encode = msgspec.json.Encoder().encode
_HTML: Final = (
    b"<html>\r\n<head><title>%s</title></head>\r\n<body>\r\n<center><h1>%s</h1></center>\r\n</body>\r\n</html>\r\n"
)
_PAGES: Final = {"500": b"500 Internal Server Error", "502": b"502 Bad Gateway"}
_JSON: Final = {"Content-Type": "application/json"}


class Answer(NamedTuple):
    """What goes back. `broken`: "reset" or "silence" instead of it. `delay` in seconds before it."""

    status: int
    headers: dict[str, str]
    body: bytes
    broken: str = ""
    delay: float = 0.0

    @property
    def result(self) -> Any:
        """The result of a good answer; for tests that speak to the core."""
        return msgspec.json.decode(self.body)["result"]


class Query(NamedTuple):
    """A press that waits for its answer."""

    at: float
    person: int


class FakeTelegram:
    """One bot's Telegram. `calls`: all that arrived; `sent`: messages that stand, by chat."""

    def __init__(
        self,
        token: str = TOKEN,
        clock: Callable[[], float] = time.time,
        *,
        username: str = "morsel_test_bot",
        first_name: str = "Morsel",
    ) -> None:
        self.token = token
        self.clock = clock
        self.me = Person(number(token.partition(":")[0]) or 1, first_name, None, True, username)
        self.chats: dict[int, Chat] = {}
        self.users: dict[int, FakeUser] = {}
        self.files = FileStore()
        self.updates = UpdateQueue(clock)
        self.faults = Faults()
        self.limits = Pace()
        self.flood = Flood(self.limits)
        self.calls: list[Call] = []
        self.sent: Counter[int] = Counter()
        self.unknown_calls: list[tuple[str, str]] = []
        self.tries: list[Any] = []  # deliveries to the webhook (webhook.Try)
        self.queries: dict[str, Query] = {}
        self.profile: dict[tuple[str, str], str] = {}  # (field, language) -> what was set
        self.commands: dict[tuple[str, str], list[JSON]] = {}  # (scope, language) -> commands
        self.menu: JSON = {"type": "default"}
        self.picture: bytes = b""
        self.privacy = True  # in groups, the bot hears only what is meant for it
        self.logged_out = False
        self._ids = 0
        self._message_ids = 0
        self._twist = ""
        self._closing: list[tuple[float, Message]] = []

    # What a bot does

    def call(self, method: str, params: Params, files: Mapping[str, bytes | Upload] | None = None) -> Answer:
        """One request of the bot, and its answer at once (getUpdates does not wait here)."""
        now = self.clock()
        name = method.lower()
        proper, handle = METHODS.get(name, (method, None))
        self.calls.append(Call(now, proper, params))
        if name.startswith(("send", "edit")):
            self.flood.note(now, number(text(params, "chat_id")))
        fault = self.faults.pick(name)
        if fault is not None and (refused := self._refused(fault, now, params)):
            return refused
        try:
            if handle is None:
                self.unknown_calls.append((method, "The fake does not know this method; or nobody does."))
                raise NO_METHOD
            self.tick()
            result = handle(self, params, files or {})
        except Refusal as why:
            answer = self.told(why)
        else:
            answer = Answer(
                200, _JSON, result if type(result) is bytes else b'{"ok":true,"result":%b}' % _encode(result)
            )
        return self._spoilt(answer, fault) if fault is not None else answer

    def told(self, why: Refusal) -> Answer:
        """A refusal as an answer."""
        said: JSON = {"ok": False, "error_code": why.code, "description": why.description}
        headers = _JSON
        if why.parameters:
            said["parameters"] = why.parameters
            if "retry_after" in why.parameters:
                headers = _JSON | {"Retry-After": str(why.parameters["retry_after"])}
        return Answer(why.code, headers, _encode(said))

    def _refused(self, fault: Fault, now: float, params: Params) -> Answer | None:
        match fault.kind:
            case "429":
                self.flood.told(now, number(text(params, "chat_id")), fault.seconds)
                return self.told(too_many(fault.seconds))
            case "500" | "502":
                said = _PAGES[fault.kind]
                return Answer(int(fault.kind), {"Content-Type": "text/html"}, _HTML % (said, said))
            case "reset" | "silence":
                return Answer(0, {}, b"", fault.kind)
            case "duplicate" | "reorder":
                self._twist = fault.kind
        return None

    def _spoilt(self, answer: Answer, fault: Fault) -> Answer:
        """The answer after the deed was done."""
        assert fault.kind in AFTER | OF_UPDATES
        match fault.kind:
            case "lost":
                return answer._replace(broken="reset")
            case "mute":
                return answer._replace(broken="silence")
            case "slow":
                return answer._replace(delay=float(fault.seconds))
            case "garbage":
                return answer._replace(body=b'{"ok":tru\xff\xfe<!doctype html>')
            case "lacking" if answer.status == 200:
                return answer._replace(body=b'{"ok":true,"result":{"text":"?"}}')
        return answer

    def fetch(self, params: Params) -> list[Entry]:
        """The updates that getUpdates hands out, twisted by a fault if one is due."""
        entries = self.updates.batch(params)
        match self._twist:
            case "duplicate" if self.updates.handed:
                self._twist = ""
                return [*self.updates.handed, *entries][-limits.BATCH :]
            case "reorder" if len(entries) > 1:
                self._twist = ""
                return entries[::-1]
        return entries

    def tick(self) -> None:
        """Does what time alone does: polls close."""
        if self._closing and self.clock() >= self._closing[0][0]:
            now = self.clock()
            due = [each for each in self._closing if each[0] <= now]
            self._closing = [each for each in self._closing if each[0] > now]
            for _, message in due:
                if message.poll is not None and not message.poll.closed:
                    message.poll.closed = True
                    self.updates.add("poll", message.poll.told(), number(message.poll.id))

    def closes(self, message: Message, at: float) -> None:
        """A poll that closes by itself."""
        self._closing = sorted([*self._closing, (at, message)], key=lambda each: each[0])

    # What is where

    def asked(self, query: str, person: int) -> None:
        """A press waits for its answer."""
        self.queries[query] = Query(self.clock(), person)

    def download(self, path: str) -> Call:
        """A fetch of a file, as it stands among the calls."""
        return Call(self.clock(), "file", {"path": path})

    def new_id(self) -> int:
        self._ids += 1
        return self._ids

    def chat(self, chat_id: str, *, write: bool = True) -> Chat:
        """The chat that a call means, if the bot may act there. `write`: not only read or edit."""
        if not chat_id:
            raise bad("chat_id is empty")
        chat = self.chats.get(number(chat_id)) if chat_id[0] != "@" else None
        if chat is None or (chat.person is not None and not chat.met):
            raise bad("chat not found")
        if chat.person is not None:
            if chat.person.deactivated:
                raise forbidden("user is deactivated")
            return chat
        if chat.migrated_to and write:
            raise Refusal(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                {"migrate_to_chat_id": chat.migrated_to},
            )
        if chat.kicked:
            raise forbidden(f"bot was kicked from the {chat.kind} chat")
        return chat

    def post(
        self, chat: Chat, sender: Person, content: JSON, *, rows: list[list[JSON]] | None = None, **more: Any
    ) -> Message:
        """A new message stands in the chat."""
        if chat.kind == "supergroup":
            chat.next_id += 1
            message_id = chat.next_id
        else:
            # Private chats and small groups share one count per account.
            self._message_ids += 1
            message_id = self._message_ids
        message = Message(message_id, chat, sender, int(self.clock()), content, rows or [], **more)
        chat.messages[message_id] = message
        return message

    def deliverable(self, chat: Chat) -> None:
        """May the bot send a message there now? Counts it against the flood limits if so."""
        if chat.person is not None:
            if not chat.started:
                raise forbidden("bot can't initiate conversation with a user")
            if chat.blocked:
                raise forbidden("bot was blocked by the user")
        now = self.clock()
        seconds = self.flood.wait(now, chat.id, group=chat.is_group, wrote=chat.wrote)
        if seconds:
            self.flood.told(now, chat.id, seconds)
            raise too_many(seconds)

    # What people do

    def user(self, first_name: str, language_code: str | None = None, id: int | None = None) -> FakeUser:
        """Somebody new with Telegram on their phone, who has not met the bot."""
        person = Person(id or 5_000_000_000 + self.new_id(), first_name, language_code)
        chat = Chat(person.id, "private", person=person)
        chat.pressed = (person.id * 2654435761) % (1 << 62)
        self.chats[person.id] = chat
        self.users[person.id] = FakeUser(self, person, chat)
        return self.users[person.id]

    def group(self, title: str, users: list[FakeUser], *, supergroup: bool = False) -> FakeGroup:
        """A group that the first of the people makes, with the bot in it."""
        group_id = self.new_id()
        chat_id = -1_000_000_000_000 - group_id if supergroup else -4_000_000_000 - group_id
        kind = "supergroup" if supergroup else "group"
        chat = Chat(chat_id, kind, title, members={user.id: user.person for user in users})
        chat.pressed = chat_id * 31
        self.chats[chat.id] = chat
        return FakeGroup(self, chat, users)

    def inject(self, raw: dict[str, Any] | bytes) -> int:
        """An update of any shape; its id. A dict gets the next id unless it brings one ("update_id": None: without)."""
        return self.updates.add_raw(raw)

    def inject_unknown(self) -> int:
        """An update of a kind that does not exist yet."""
        return self.inject({"telepathy": {"from": self.me.told(), "thought": "?", "date": int(self.clock())}})

    def inject_lacking(self) -> int:
        """A message without a chat and a date."""
        return self.inject({"message": {"message_id": 1, "from": self.me.told(), "text": "Who am I talking to?"}})
