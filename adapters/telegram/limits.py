"""What Telegram takes and how fast, as data. Nothing here decides.

Sources: the Bot API page (core.telegram.org/bots/api), its FAQ (core.telegram.org/bots/faq), and where these are silent the
source of the Bot API server (github.com/tdlib/telegram-bot-api) and of TDLib.
"""

from typing import Final

from bot.ports import Pace

# Lengths are UTF-16 units after entities are read, unless something else is said.
TEXT: Final = 4096  # sendMessage
CAPTION: Final = 1024  # sendPhoto
ENTITIES: Final = 100  # of one text; the server drops further ones without a word

PRESS: Final = 64  # bytes of callback_data
KEYS: Final = 100  # buttons of one message
KEYS_IN_ROW: Final = 8
TOAST: Final = 200  # answerCallbackQuery
# Characters that a phone 360 points wide shows of a label, by how many share the row (looked at, not documented).
READABLE: Final = {1: 36, 2: 17, 3: 11, 4: 8, 5: 6, 6: 5, 7: 4, 8: 3}

TABLE_WIDTH: Final = 34  # columns of a monospaced block that a phone shows without scrolling or wrapping

QUESTION: Final = 300  # sendPoll
OPTIONS: Final = 12
OPTION: Final = 100
EXPLANATION: Final = 200
EXPLANATION_LINES: Final = 2  # line feeds in it

COMMANDS: Final = 100  # setMyCommands
ABOUT_COMMAND: Final = 256
NAME: Final = 64  # setMyName
SHORT_ABOUT: Final = 120  # setMyShortDescription
ABOUT: Final = 512  # setMyDescription

PICTURE: Final = 10_000_000  # bytes (sendPhoto: 10 MB)
PICTURE_SIDES: Final = 10_000  # width and height together, in pixels
PICTURE_RATIO: Final = 20
PICTURE_KINDS: Final = frozenset({"png", "jpeg", "webp", "gif"})
DOWNLOAD: Final = 20_000_000  # bytes (getFile: 20 MB)

BATCH: Final = 100  # getUpdates
LONG_POLL: Final = 50  # seconds; the server asks for no more patience
UPDATE: Final = 1 << 20  # bytes of one update at the webhook's door
CONNECTIONS: Final = 40  # setWebhook's max_connections: updates of different chats at once

# What we ask for. Edited messages are left out knowingly: an answer was given when it was sent. `poll` comes when a quiz
# closes and says nothing to us; it is asked for so that leaving it out never looks like an oversight in a log.
ALLOWED: Final = ("message", "callback_query", "my_chat_member", "poll_answer", "poll")

# The FAQ: about 30 messages a second in bulk, one a second in a chat (short bursts pass), 20 a minute in a group: five at
# once and one every four seconds.
PACE: Final = Pace(pushes=30.0, chat=1.0, group=4.0, burst=5)
