"""The methods that send: text, pictures, documents, polls, "typing...".

In the server's order: what is said is parsed, then the keyboard, then the chat is looked up, then lengths, and last
whether the person may be written to now.
"""

import mimetypes
import zlib
from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from tests.fakes.telegram import entities, keyboards, limits
from tests.fakes.telegram.chats import Chat, Message, Option, Poll
from tests.fakes.telegram.errors import TOO_LARGE, WRONG_FILE, Refusal, bad
from tests.fakes.telegram.files import File
from tests.fakes.telegram.keyboards import Markup
from tests.fakes.telegram.reading import (
    JSON,
    Params,
    Upload,
    field,
    flag,
    loose,
    number,
    optional,
    structure,
    text,
    whole,
)

if TYPE_CHECKING:
    from tests.fakes.telegram.core import FakeTelegram

Files = Mapping[str, "bytes | Upload"]

_ACTIONS: Final = frozenset({
    "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "record_audio",
    "upload_audio", "upload_document", "choose_sticker", "find_location", "pick_up_location", "record_video_note",
    "upload_video_note", "cancel",
})  # fmt: skip


def send(fake: "FakeTelegram", chat: Chat, content: JSON, markup: Markup, params: Params, **more: Any) -> JSON:
    """The last steps of every send: the message replied to, the flood, the person; then it stands."""
    replied = _replied(chat, params)
    fake.deliverable(chat)
    message = fake.post(chat, fake.me, content, rows=markup.rows, reply_to=replied, **more)
    message.reply_keyboard = markup.kind not in ("", "inline")
    if markup.keys or markup.removes:
        chat.keyboard = markup.keys
    fake.sent[chat.id] += 1
    return message.told()


def _replied(chat: Chat, params: Params) -> Message | None:
    found = structure(params, "reply_parameters", "reply parameters")
    if found is None:
        message_id, lenient = whole(params, "reply_to_message_id"), flag(params, "allow_sending_without_reply")
    elif isinstance(found, dict):
        message_id, lenient = number(str(found.get("message_id", 0))), flag(found, "allow_sending_without_reply")
    else:
        raise bad("Object expected as reply parameters")
    message = chat.messages.get(message_id)
    if message is None and message_id and not lenient:
        raise bad("message to be replied not found")
    return message


def words(params: Params) -> tuple[str, list[JSON]]:
    """The text of sendMessage and editMessageText."""
    said = text(params, "text")
    if not said:
        raise bad("Message text is empty")
    return entities.take(said, text(params, "parse_mode"), loose(params, "entities"), empty_is="Text must be non-empty")


def fits(said: str) -> None:
    if len(said) > limits.TEXT // 2 and entities.units(said) > limits.TEXT:
        raise bad("Message is too long")


def send_message(fake: "FakeTelegram", params: Params, files: Files) -> JSON:
    said, marked = words(params)
    options = structure(params, "link_preview_options", "link preview options")
    if options is not None and not isinstance(options, dict):
        raise bad("Object expected as link preview options")
    markup = keyboards.read(params)
    chat = fake.chat(text(params, "chat_id"))
    fits(said)
    return send(fake, chat, text_content(said, marked), markup, params)


def text_content(said: str, marked: list[JSON]) -> JSON:
    return {"text": said, "entities": marked} if marked else {"text": said}


def caption(params: Params) -> JSON:
    """A caption's fields; none if it is empty."""
    said, marked = entities.take(text(params, "caption"), text(params, "parse_mode"), loose(params, "caption_entities"))
    if not said:
        return {}
    return {"caption": said, "caption_entities": marked} if marked else {"caption": said}


def caption_fits(content: JSON) -> None:
    if entities.units(content.get("caption", "")) > limits.CAPTION:
        raise bad("Message caption is too long")


def the_file(fake: "FakeTelegram", kind: str, name: str, value: str, files: Files) -> File:
    """The file that a send or an edit names: uploaded with it, or known by its id."""
    attached = value.removeprefix("attach://") if value.startswith("attach://") else name
    if value and attached == name and not value.startswith("attach://"):
        if value.startswith(("http://", "https://")):
            raise bad("failed to get HTTP URL content")
        return fake.files.reuse(value, kind, WRONG_FILE)
    upload = files.get(attached)
    if upload is None:
        raise bad(f"There is no {kind} in the request")
    given = upload if isinstance(upload, Upload) else Upload(name, upload)
    if len(given.data) > limits.UPLOAD:
        raise TOO_LARGE
    if kind == "photo":
        return fake.files.keep_photo(given.data)
    return fake.files.keep(
        kind, given.data, given.name, mimetypes.guess_type(given.name)[0] or "application/octet-stream"
    )


def media_content(fake: "FakeTelegram", file: File) -> JSON:
    return {"photo": fake.files.photo(file)} if file.kind == "photo" else {"document": fake.files.document(file)}


def _send_file(fake: "FakeTelegram", kind: str, params: Params, files: Files) -> JSON:
    value = text(params, kind)
    if not value and kind not in files:
        raise bad(f"There is no {kind} in the request")
    below = caption(params)
    markup = keyboards.read(params)
    chat = fake.chat(text(params, "chat_id"))
    caption_fits(below)
    file = the_file(fake, kind, kind, value, files)
    return send(fake, chat, media_content(fake, file) | below, markup, params, file=file)


def send_photo(fake: "FakeTelegram", params: Params, files: Files) -> JSON:
    return _send_file(fake, "photo", params, files)


def send_document(fake: "FakeTelegram", params: Params, files: Files) -> JSON:
    return _send_file(fake, "document", params, files)


def send_chat_action(fake: "FakeTelegram", params: Params, files: Files) -> bool:
    action = text(params, "action").lower()
    if action not in _ACTIONS:
        raise bad("Wrong parameter action in request")
    chat = fake.chat(text(params, "chat_id"))
    if chat.blocked:
        raise Refusal(403, "Forbidden: bot was blocked by the user")
    chat.actions.append((fake.clock(), action))
    return True


def send_poll(fake: "FakeTelegram", params: Params, files: Files) -> JSON:
    question, question_marks = _part(params, "question", "Text must be non-empty")
    options = _options(params)
    about, about_marks = _part(params, "description")
    kind = text(params, "type")
    if kind not in ("", "regular", "quiz"):
        raise bad("Unsupported poll type specified")
    quiz = kind == "quiz"
    why, why_marks = _part(params, "explanation") if quiz else ("", [])
    correct = _correct(params) if quiz else ()
    period = whole(params, "open_period", 0, 0, limits.POLL_LONGEST)
    close = whole(params, "close_date")
    markup = keyboards.read(params)
    chat = fake.chat(text(params, "chat_id"))
    _poll_fits(question, options, about, why)
    if quiz:
        _correct_fits(correct, len(options))
        if len(correct) > 1 and not flag(params, "allows_multiple_answers"):
            raise bad("QUIZ_CORRECT_ANSWERS_TOO_MUCH")
    now = int(fake.clock())
    close = now + period if period else close
    if close and not limits.POLL_SHORTEST <= close - now <= limits.POLL_LONGEST:
        raise bad("POLL_CLOSE_DATE_INVALID" if not period else "POLL_CLOSE_PERIOD_INVALID")
    poll = Poll(
        id=str(5_200_000_000_000_000_000 + fake.new_id()),
        question=question,
        question_entities=question_marks,
        options=options,
        quiz=quiz,
        anonymous=flag(params, "is_anonymous", True),
        multiple=flag(params, "allows_multiple_answers"),
        revoting=flag(params, "allows_revoting", not quiz),
        correct=correct,
        explanation=why,
        explanation_entities=why_marks,
        description=about,
        description_entities=about_marks,
        open_period=close - now if close else 0,
        close_date=close,
        closed=flag(params, "is_closed"),
    )
    told = send(fake, chat, {}, markup, params, poll=poll)
    if close:
        fake.closes(chat.messages[told["message_id"]], float(close))
    return told


def _part(params: Params, name: str, empty_is: str = "") -> tuple[str, list[JSON]]:
    return entities.take(
        text(params, name), text(params, f"{name}_parse_mode"), loose(params, f"{name}_entities"), empty_is=empty_is
    )


def _options(params: Params) -> list[Option]:
    """InputPollOptions, or plain texts as of old."""
    found = structure(params, "options", "options")
    if not isinstance(found, list):
        raise bad("Can't parse options JSON object" if found is None else "Expected an Array of String as options")
    options: list[Option] = []
    for at, each in enumerate(found):
        if isinstance(each, str):
            said, marked = entities.take(each, "", None)
        elif isinstance(each, dict):
            said, marked = entities.take(
                field(each, "text"), optional(each, "text_parse_mode"), each.get("text_entities")
            )
        else:
            raise bad("Expected an option to be of type String")
        options.append(Option(f"{at}_{zlib.crc32(said.encode()):010d}", said, marked))
    return options


def _correct(params: Params) -> tuple[int, ...]:
    found = structure(params, "correct_option_ids", "correct option identifiers")
    if found is None:
        return (whole(params, "correct_option_id", -1),) if "correct_option_id" in params else ()
    if not isinstance(found, list):
        raise bad("Expected an Array of correct option identifiers")
    if any(isinstance(each, bool) or not isinstance(each, int) for each in found):
        raise bad("Correct option identifier must be of type Number")
    return tuple(found)


def _correct_fits(correct: tuple[int, ...], options: int) -> None:
    if not correct:
        raise bad("Correct quiz option list must be non-empty")
    if any(one >= other for one, other in pairwise(correct)):
        raise bad("Correct quiz option list must be increasing")
    if not all(0 <= each < options for each in correct):
        raise bad("Wrong quiz correct_option_id")


def _poll_fits(question: str, options: list[Option], about: str, why: str) -> None:
    if len(question) > limits.POLL_QUESTION:
        raise bad(f"Poll question length must not exceed {limits.POLL_QUESTION}")
    if not options:
        raise bad("Poll must have at least one answer option")
    if len(options) > limits.POLL_OPTIONS:
        raise bad(f"Poll can't have more than {limits.POLL_OPTIONS} options")
    for option in options:
        if not option.text:
            raise bad("Poll option must be non-empty")
        if len(option.text) > limits.POLL_OPTION:
            raise bad(f"Poll options length must not exceed {limits.POLL_OPTION}")
    if len({option.text for option in options}) < len(options):
        raise bad("POLL_OPTION_DUPLICATE")
    if len(why) > limits.POLL_EXPLANATION or why.count("\n") > limits.POLL_EXPLANATION_LINES:
        raise bad("Message is too long")
    if len(about) > limits.POLL_DESCRIPTION:
        raise bad("Message caption is too long")
