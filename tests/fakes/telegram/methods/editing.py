"""The methods that change what stands: text, caption, media, keyboard; polls stopped, messages deleted.

As on the server an edit without a keyboard takes the keyboard away, and one that changes nothing is an error.
"""

from typing import TYPE_CHECKING, Any

from tests.fakes.telegram import keyboards, limits
from tests.fakes.telegram.chats import Message
from tests.fakes.telegram.errors import NOT_MODIFIED, Refusal, bad
from tests.fakes.telegram.files import File
from tests.fakes.telegram.keyboards import Rows
from tests.fakes.telegram.methods.sending import (
    Files,
    caption,
    caption_fits,
    fits,
    media_content,
    text_content,
    the_file,
    words,
)
from tests.fakes.telegram.reading import JSON, Params, field, number, structure, text, whole

if TYPE_CHECKING:
    from tests.fakes.telegram.core import FakeTelegram


def _message(fake: "FakeTelegram", params: Params, what: str = "message to edit", *, write: bool = False) -> Message:
    """The message that a call means."""
    if not text(params, "chat_id") and not whole(params, "message_id"):
        raise bad("Message identifier is not specified")
    chat = fake.chat(text(params, "chat_id"), write=write)
    message = chat.messages.get(whole(params, "message_id", 0, 0))
    if message is None:
        raise bad(f"{what} not found")
    return message


def _own(fake: "FakeTelegram", message: Message) -> None:
    if message.sender is not fake.me or message.reply_keyboard:
        raise bad("Message can't be edited")


def _blocked(message: Message) -> None:
    if message.chat.blocked:
        raise Refusal(403, "Forbidden: bot was blocked by the user")


def _change(fake: "FakeTelegram", message: Message, content: JSON, rows: Rows, file: File | None = None) -> JSON:
    """The edit itself, if it changes anything."""
    same_file = file is None or (message.file is not None and file.sha == message.file.sha)
    if same_file and _said(content) == _said(message.content) and rows == message.rows:
        raise bad(NOT_MODIFIED)
    _blocked(message)
    message.content = content
    message.rows = rows
    message.file = file or message.file
    message.edit_date = int(fake.clock())
    message.edits += 1
    return message.told()


def _said(content: JSON) -> JSON:
    """All but the files, whose names change at every showing."""
    return {name: value for name, value in content.items() if name not in ("photo", "document")}


def edit_text(fake: "FakeTelegram", params: Params, files: Files) -> JSON:
    said, marked = words(params)
    markup = keyboards.read(params, inline_only=True)
    message = _message(fake, params)
    _own(fake, message)
    if "text" not in message.content:
        raise bad("There is no text in the message to edit")
    fits(said)
    return _change(fake, message, text_content(said, marked), markup.rows)


def edit_caption(fake: "FakeTelegram", params: Params, files: Files) -> JSON:
    below = caption(params)
    markup = keyboards.read(params, inline_only=True)
    message = _message(fake, params)
    _own(fake, message)
    if message.file is None:
        raise bad("There is no caption in the message to edit")
    caption_fits(below)
    kept = {name: message.content[name] for name in ("photo", "document") if name in message.content}
    return _change(fake, message, kept | below, markup.rows)


def edit_markup(fake: "FakeTelegram", params: Params, files: Files) -> JSON:
    markup = keyboards.read(params, inline_only=True)
    message = _message(fake, params)
    _own(fake, message)
    return _change(fake, message, message.content, markup.rows)


def edit_media(fake: "FakeTelegram", params: Params, files: Files) -> JSON:
    markup = keyboards.read(params, inline_only=True)
    if not text(params, "media"):
        raise bad('Parameter "media" is required')
    found = structure(params, "media", "input media")
    kind, below = _input_media(found)
    message = _message(fake, params)
    _own(fake, message)
    if message.poll is not None:
        raise bad("Message media can't be edited")
    caption_fits(below)
    file = the_file(fake, kind, "media", field(found, "media"), files)
    return _change(fake, message, media_content(fake, file) | below, markup.rows, file)


def _input_media(found: Any) -> tuple[str, JSON]:
    """The kind of an InputMedia, and its caption's fields."""
    if not isinstance(found, dict):
        raise bad("Can't parse InputMedia: expected an Object")
    below = caption(found)
    kind = found.get("type")
    if kind is None:
        raise bad("Can't parse InputMedia: Can't find field \"type\"")
    if not found.get("media"):
        raise bad("Can't parse InputMedia: media not found")
    if kind not in ("photo", "document"):
        raise bad(f'Can\'t parse InputMedia: type "{kind}" is unsupported')
    return str(kind), below


def stop_poll(fake: "FakeTelegram", params: Params, files: Files) -> JSON:
    markup = keyboards.read(params, inline_only=True)
    message = _message(fake, params, "message with poll to stop")
    if message.poll is None:
        raise bad("Message is not a poll")
    if message.sender is not fake.me:
        raise bad("Poll can't be stopped")
    if message.poll.closed:
        raise bad("Poll has already been closed")
    message.poll.closed = True
    message.rows = markup.rows
    message.edits += 1
    fake.updates.add("poll", message.poll.told(), number(message.poll.id))
    return message.poll.told()


def delete_message(fake: "FakeTelegram", params: Params, files: Files) -> bool:
    if not text(params, "chat_id"):
        raise bad("Chat identifier is not specified")
    if not whole(params, "message_id", 0, 0):
        raise bad("Message identifier is not specified")
    message = _message(fake, params, "message to delete", write=True)
    mine = message.sender is fake.me
    if message.chat.is_group and not mine:
        raise bad("message can't be deleted")
    if fake.clock() - message.date > limits.DELETE_WITHIN:
        raise bad("message can't be deleted for everyone")
    del message.chat.messages[message.id]
    if mine:
        fake.sent[message.chat.id] -= 1
    return True
