"""What the Telegram channel is told when it is built: plain values. It reads no file and no environment itself."""

from msgspec import Struct

from bot.secret import masked


class TelegramSettings(Struct, frozen=True):
    """`mode` is "polling" or "webhook". `server`: another address of the Bot API (a local server, a proxy, a test)."""

    token: str = ""
    mode: str = ""
    server: str = ""

    __repr__ = masked("token")
