"""Telegram's numbers, as data. Each with where it is said. It decides nothing.

Sources: the Bot API page (core.telegram.org/bots/api), the FAQ (core.telegram.org/bots/faq), and the source of the
public Bot API server (github.com/tdlib/telegram-bot-api, Bot API 10.0) and of TDLib.
"""

from dataclasses import dataclass
from typing import Final

TEXT: Final = 4096  # UTF-16 units after the entities are parsed (sendMessage)
CAPTION: Final = 1024  # the same (sendPhoto)
RAW_TEXT: Final = 1 << 15  # bytes of any text before parsing (server source)
ENTITIES: Final = 100  # further ones are dropped without a word (python-telegram-bot's constants)

BUTTON_DATA: Final = 64  # bytes; at least 1
BUTTONS: Final = 100  # in one inline keyboard
BUTTONS_IN_ROW: Final = 8
REPLY_BUTTONS: Final = 300
REPLY_BUTTONS_IN_ROW: Final = 12
TOAST: Final = 200  # characters (answerCallbackQuery)
QUERY_LIFE: Final = 15.0  # seconds in which a press can be answered

POLL_QUESTION: Final = 300
POLL_OPTIONS: Final = 12
POLL_OPTION: Final = 100
POLL_EXPLANATION: Final = 200
POLL_EXPLANATION_LINES: Final = 2  # line feeds
POLL_DESCRIPTION: Final = 1024
POLL_SHORTEST: Final = 5  # seconds
POLL_LONGEST: Final = 2_628_000

COMMANDS: Final = 100
COMMAND: Final = 32
COMMAND_DESCRIPTION: Final = 256
BOT_NAME: Final = 64
BOT_DESCRIPTION: Final = 512
BOT_SHORT_DESCRIPTION: Final = 120
START_PAYLOAD: Final = 64

PHOTO: Final = 10 << 20  # bytes
PHOTO_SIDES: Final = 10_000  # width and height together
PHOTO_RATIO: Final = 20
UPLOAD: Final = 50 << 20
DOWNLOAD: Final = 20 << 20
LINK_LIFE: Final = 3600.0  # seconds; the page promises an hour, so here it is one hour exactly

UPDATE_LIFE: Final = 86_400.0  # seconds in the queue
PRESS_LIFE: Final = 150.0  # the server source keeps callback queries no longer
LONG_POLL: Final = 50.0
BATCH: Final = 100
DELETE_WITHIN: Final = 48 * 3600.0
SECRET: Final = 256
WEBHOOK_PORTS: Final = (443, 80, 88, 8443)
WEBHOOK_CONNECTIONS: Final = 40
WEBHOOK_WAIT: Final = (60.0, 120.0)  # the doubling delay between two tries stops somewhere between these
RETRY_AFTER: Final = 3600  # the longest that a bot may ask the webhook to wait

# The kinds that a bot gets unless it asks for others: all but chat_member and the two reactions.
KINDS: Final = (
    "message", "edited_message", "channel_post", "edited_channel_post", "inline_query", "chosen_inline_result",
    "callback_query", "shipping_query", "pre_checkout_query", "poll", "poll_answer", "my_chat_member", "chat_member",
    "chat_join_request", "chat_boost", "removed_chat_boost", "message_reaction", "message_reaction_count",
    "business_connection", "business_message", "edited_business_message", "deleted_business_messages",
    "purchased_paid_media", "managed_bot", "guest_message",
)  # fmt: skip
NOT_BY_DEFAULT: Final = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
BY_DEFAULT: Final = frozenset(KINDS) - NOT_BY_DEFAULT


@dataclass
class Pace:
    """How fast a bot may send. The FAQ's figures; Telegram promises none. Change them, or switch them `off`."""

    off: bool = False
    bulk: int = 30  # messages a second to chats that did not write lately
    lately: float = 60.0  # seconds
    chat_rate: float = 1.0  # messages a second in one chat...
    chat_burst: int = 5  # ...after so many at once
    group: int = 20  # messages a minute in one group
    webhook: float = 1.0  # seconds between two setWebhook (server source)
