"""The methods of the Bot API that the fake knows: small-letter name -> (proper name, what it does)."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from tests.fakes.telegram.methods import editing, polling, profile, sending
from tests.fakes.telegram.reading import Params, Upload

if TYPE_CHECKING:
    from tests.fakes.telegram.core import FakeTelegram

Files = Mapping[str, "bytes | Upload"]
Handler = Callable[["FakeTelegram", Params, Files], Any]

_ALL: Final[dict[str, Handler]] = {
    "getMe": profile.get_me,
    "getUpdates": polling.get_updates,
    "setWebhook": polling.set_webhook,
    "deleteWebhook": polling.delete_webhook,
    "getWebhookInfo": polling.get_webhook_info,
    "sendMessage": sending.send_message,
    "sendPhoto": sending.send_photo,
    "sendDocument": sending.send_document,
    "sendPoll": sending.send_poll,
    "sendChatAction": sending.send_chat_action,
    "editMessageText": editing.edit_text,
    "editMessageCaption": editing.edit_caption,
    "editMessageMedia": editing.edit_media,
    "editMessageReplyMarkup": editing.edit_markup,
    "stopPoll": editing.stop_poll,
    "deleteMessage": editing.delete_message,
    "answerCallbackQuery": polling.answer_callback_query,
    "getFile": polling.get_file,
    "setMyCommands": profile.set_commands,
    "getMyCommands": profile.get_commands,
    "deleteMyCommands": profile.delete_commands,
    "setMyName": profile.setter("name"),
    "getMyName": profile.getter("name"),
    "setMyDescription": profile.setter("description"),
    "getMyDescription": profile.getter("description"),
    "setMyShortDescription": profile.setter("short_description"),
    "getMyShortDescription": profile.getter("short_description"),
    "setMyProfilePhoto": profile.set_photo,
    "removeMyProfilePhoto": profile.remove_photo,
    "setChatMenuButton": profile.set_menu_button,
    "getChatMenuButton": profile.get_menu_button,
    "getChat": profile.get_chat,
    "getChatMember": profile.get_chat_member,
    "logOut": profile.log_out,
    "close": profile.close,
}

METHODS: Final[dict[str, tuple[str, Handler]]] = {name.lower(): (name, handle) for name, handle in _ALL.items()}
