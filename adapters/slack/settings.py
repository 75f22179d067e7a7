"""What the Slack channel is told when it is built: plain values. It reads no file and no environment itself."""

from msgspec import Struct

from bot.secret import masked


class SlackSettings(Struct, frozen=True):
    """`bot_token` for one workspace, or `client_id` and `client_secret` to be installed into several.

    `mode` is "socket" (needs `app_token`) or "http" (needs `signing_secret`). `unit`: the id of the unit whose learners
    need no invitation, or empty. `workspaces`: ids of the workspaces (or organisations) that may use the bot; empty: all
    that install it. `server`: another address of the Web API, for proxies and tests.
    """

    bot_token: str = ""
    app_token: str = ""
    signing_secret: str = ""
    client_id: str = ""
    client_secret: str = ""
    mode: str = ""
    unit: str = ""
    workspaces: tuple[str, ...] = ()
    server: str = ""

    __repr__ = masked("bot_token", "app_token", "signing_secret", "client_secret")

    def serves(self, team: str, enterprise: str = "") -> bool:
        """Whether that workspace, or the organisation that it belongs to, may use the bot."""
        return not self.workspaces or team in self.workspaces or enterprise in self.workspaces
