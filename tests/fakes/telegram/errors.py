"""How Telegram says no: a code, its own sentence, and now and then parameters. It decides nothing.

The sentences are those of the public Bot API server. One that stands in the MTProto lists alone (in capitals) reaches a
bot as it is, after "Bad Request: ".
"""

from typing import Any, Final


class Refusal(Exception):
    """An answer that is an error. `parameters` as in ResponseParameters."""

    def __init__(self, code: int, description: str, parameters: dict[str, Any] | None = None) -> None:
        super().__init__(code, description)
        self.code = code
        self.description = description
        self.parameters = parameters or {}


_PREFIX: Final = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden"}


def bad(words: str) -> Refusal:
    return _said(400, words)


def forbidden(words: str) -> Refusal:
    return _said(403, words)


def _said(code: int, words: str) -> Refusal:
    """With the prefix, and a small first letter unless the words are one of MTProto's names."""
    if len(words) > 1 and (words[1] == "_" or "A" <= words[1] <= "Z"):
        return Refusal(code, f"{_PREFIX[code]}: {words}")
    return Refusal(code, f"{_PREFIX[code]}: {words[:1].lower()}{words[1:]}")


def too_many(seconds: int) -> Refusal:
    return Refusal(429, f"Too Many Requests: retry after {seconds}", {"retry_after": seconds})


UNAUTHORIZED: Final = Refusal(401, "Unauthorized")
NO_METHOD: Final = Refusal(404, "Not Found: method not found")
OTHER_POLLER: Final = Refusal(
    409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
)
BY_WEBHOOK: Final = Refusal(409, "Conflict: terminated by setWebhook request")
WEBHOOK_ACTIVE: Final = Refusal(
    409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)
TOO_LARGE: Final = Refusal(413, "Request Entity Too Large")

NOT_MODIFIED: Final = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current content"
    " and reply markup of the message"
)
OLD_QUERY: Final = "query is too old and response timeout expired or query ID is invalid"
WRONG_FILE: Final = "wrong file identifier/HTTP URL specified"
