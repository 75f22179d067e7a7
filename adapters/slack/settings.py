"""What the Slack channel is told when it is built: plain values. It reads no file and no environment itself."""

from msgspec import Struct

from bot.secret import masked


class SlackSettings(Struct, frozen=True):
    """`bot_token` for one workspace, or `client_id` and `client_secret` to be installed into several.

    `mode` is "socket" (needs `app_token`) or "http" (needs `signing_secret`). `unit`: the id of the unit whose learners
    need no invitation, or empty. `server`: another address of the Web API, for proxies and tests.
    """

    bot_token: str = ""
    app_token: str = ""
    signing_secret: str = ""
    client_id: str = ""
    client_secret: str = ""
    mode: str = ""
    unit: str = ""
    server: str = ""

    __repr__ = masked("bot_token", "app_token", "signing_secret", "client_secret")
