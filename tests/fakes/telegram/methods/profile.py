"""What a bot says of itself and asks about others: name, commands, picture, menu, chats, members."""

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from tests.fakes.telegram import limits
from tests.fakes.telegram.chats import member
from tests.fakes.telegram.errors import Refusal, bad
from tests.fakes.telegram.files import measure
from tests.fakes.telegram.reading import JSON, Params, Upload, field, number, structure, text, whole

if TYPE_CHECKING:
    from tests.fakes.telegram.core import FakeTelegram

Files = Mapping[str, "bytes | Upload"]

_COMMAND: Final = re.compile(rf"[a-z0-9_]{{1,{limits.COMMAND}}}")
_LANGUAGE: Final = re.compile(r"([a-z]{2})?")
_LONGEST: Final = {
    "name": (limits.BOT_NAME, "BOT_TITLE_INVALID"),
    "description": (limits.BOT_DESCRIPTION, "BOT_DESCRIPTION_TOO_LONG"),
    "short_description": (limits.BOT_SHORT_DESCRIPTION, "ABOUT_TOO_LONG"),
}
_SCOPES: Final = ("default", "all_private_chats", "all_group_chats", "all_chat_administrators")
_CHAT_SCOPES: Final = ("chat", "chat_administrators", "chat_member")


def get_me(fake: "FakeTelegram", params: Params, files: Files) -> JSON:
    can = {"can_join_groups": True, "can_read_all_group_messages": not fake.privacy}
    cannot = (
        "supports_inline_queries", "supports_guest_queries", "can_connect_to_business", "has_main_web_app",
        "has_topics_enabled", "allows_users_to_create_topics", "can_manage_bots",
    )  # fmt: skip
    return fake.me.told() | can | dict.fromkeys(cannot, False)


def log_out(fake: "FakeTelegram", params: Params, files: Files) -> bool:
    fake.logged_out = True
    return True


def close(fake: "FakeTelegram", params: Params, files: Files) -> bool:
    return True


def _language(params: Params) -> str:
    code = text(params, "language_code")
    if not _LANGUAGE.fullmatch(code):
        raise bad("Invalid language code specified")
    return code


def setter(name: str) -> Callable[["FakeTelegram", Params, Files], bool]:
    """setMyName and its like. An empty text takes the language's own away."""

    def set_it(fake: "FakeTelegram", params: Params, files: Files) -> bool:
        language = _language(params)
        said = text(params, name)
        longest, wrong = _LONGEST[name]
        if len(said) > longest:
            raise bad(wrong)
        fake.profile[name, language] = said
        return True

    return set_it


def getter(name: str) -> Callable[["FakeTelegram", Params, Files], JSON]:
    """getMyName and its like: for that language, or else what holds for all."""

    def get_it(fake: "FakeTelegram", params: Params, files: Files) -> JSON:
        first = fake.me.first_name if name == "name" else ""
        return {name: fake.profile.get((name, _language(params))) or fake.profile.get((name, "")) or first}

    return get_it


def set_commands(fake: "FakeTelegram", params: Params, files: Files) -> bool:
    found = structure(params, "commands", "commands") or []
    if not isinstance(found, list):
        raise bad("Expected an Array of BotCommand")
    commands = [_command(each) for each in found]
    where = (_scope(fake, params), _language(params))
    if len(commands) > limits.COMMANDS:
        raise bad("BOT_COMMANDS_TOO_MUCH")
    fake.commands[where] = commands
    return True


def _command(found: Any) -> JSON:
    if not isinstance(found, dict):
        raise bad("Can't parse BotCommand: expected an Object")
    try:
        name, about = field(found, "command").strip(), field(found, "description").strip()
    except Refusal as why:
        words = why.description.removeprefix("Bad Request: ")
        raise bad(f"Can't parse BotCommand: {words[:1].upper()}{words[1:]}") from None
    name = name.removeprefix("/")
    if not name:
        raise bad("Command must be non-empty")
    if len(name) > limits.COMMAND:
        raise bad(f"Command length must not exceed {limits.COMMAND}")
    if not about:
        raise bad("Command description must be non-empty")
    if len(about) > limits.COMMAND_DESCRIPTION:
        raise bad(f"Command description length must not exceed {limits.COMMAND_DESCRIPTION}")
    if not _COMMAND.fullmatch(name):
        raise bad("BOT_COMMAND_INVALID")
    return {"command": name, "description": about}


def get_commands(fake: "FakeTelegram", params: Params, files: Files) -> list[JSON]:
    """Exactly those of that scope and language."""
    return fake.commands.get((_scope(fake, params), _language(params)), [])


def delete_commands(fake: "FakeTelegram", params: Params, files: Files) -> bool:
    fake.commands.pop((_scope(fake, params), _language(params)), None)
    return True


def _scope(fake: "FakeTelegram", params: Params) -> str:
    """A scope as a key: its type, and whom it is for."""
    found = structure(params, "scope", "BotCommandScope")
    if found is None:
        return "default"

    def wrong(words: str) -> Refusal:
        return bad(f"Can't parse BotCommandScope: {words}")

    if not isinstance(found, dict):
        raise wrong("BotCommandScope must be an Object")
    kind = found.get("type")
    if kind is None:
        raise wrong('Can\'t find field "type"')
    if kind in _SCOPES:
        return str(kind)
    if kind not in _CHAT_SCOPES:
        raise wrong("Unsupported type specified")
    if "chat_id" not in found:
        raise wrong('Can\'t find field "chat_id"')
    chat = fake.chat(str(found["chat_id"]), write=False)
    if kind != "chat_member":
        return f"{kind} {chat.id}"
    if "user_id" not in found:
        raise wrong('Can\'t find field "user_id"')
    return f"{kind} {chat.id} {found['user_id']}"


def commands_for(fake: "FakeTelegram", chat_id: int, person_id: int, language: str) -> list[JSON]:
    """What a phone shows there: the narrowest scope that has any, in the phone's language first."""
    chat = fake.chats[chat_id]
    all_of_kind = "all_private_chats" if not chat.is_group else "all_group_chats"
    for scope in (f"chat_member {chat_id} {person_id}", f"chat {chat_id}", all_of_kind, "default"):
        for code in (language, ""):
            if found := fake.commands.get((scope, code)):
                return found
    return []


def set_photo(fake: "FakeTelegram", params: Params, files: Files) -> bool:
    found = structure(params, "photo", "photo")
    if found is None:
        raise bad("Photo isn't specified")
    if not isinstance(found, dict):
        raise bad("Object expected as profile photo")
    match field(found, "type"):
        case "static":
            name = field(found, "photo")
        case "animated":
            name = field(found, "animation")
        case _:
            raise bad("Invalid profile photo type specified")
    upload = files.get(name.removeprefix("attach://"))
    if upload is None:
        raise bad("Photo must be uploaded as a file")
    data = upload.data if isinstance(upload, Upload) else upload
    if found["type"] == "static":
        measure(data)
        if data[:2] != b"\xff\xd8":
            # The page wants .JPG for static ones.
            raise bad("PHOTO_FILE_INVALID")
    fake.picture = data
    return True


def remove_photo(fake: "FakeTelegram", params: Params, files: Files) -> bool:
    fake.picture = b""
    return True


def set_menu_button(fake: "FakeTelegram", params: Params, files: Files) -> bool:
    found = structure(params, "menu_button", "menu button")
    if found is None:
        found = {"type": "default"}
    if not isinstance(found, dict):
        raise bad("Can't parse menu button: MenuButton must be an Object")
    if field(found, "type") not in ("default", "commands", "web_app"):
        raise bad("Can't parse menu button: MenuButton has unsupported type")
    if "chat_id" in params:
        _private(fake, params).menu = found
    else:
        fake.menu = found
    return True


def get_menu_button(fake: "FakeTelegram", params: Params, files: Files) -> JSON:
    return _private(fake, params).menu if "chat_id" in params else fake.menu


def _private(fake: "FakeTelegram", params: Params) -> Any:
    chat = fake.chats.get(whole(params, "chat_id"))
    if chat is None or chat.is_group:
        raise bad("chat_id must be non-empty" if not text(params, "chat_id") else "user not found")
    return chat


def get_chat(fake: "FakeTelegram", params: Params, files: Files) -> JSON:
    return fake.chat(text(params, "chat_id"), write=False).told_in_full()


def get_chat_member(fake: "FakeTelegram", params: Params, files: Files) -> JSON:
    chat = fake.chat(text(params, "chat_id"), write=False)
    who = number(text(params, "user_id"))
    if who == fake.me.id:
        return member(fake.me, "member")
    person = chat.person if chat.id == who else chat.members.get(who)
    if person is None:
        if who not in fake.users:
            raise bad("PARTICIPANT_ID_INVALID")
        return member(fake.users[who].person, "left")
    owner = chat.is_group and next(iter(chat.members)) == who
    return member(person, "creator" if owner else "member")
