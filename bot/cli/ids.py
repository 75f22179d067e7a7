"""Names and codes that are made at the edge, by luck."""

import secrets

from bot.given import ALPHABET


def new_id() -> str:
    """The id of somebody or something new."""
    return _signs(12)


def new_code() -> str:
    """An invitation's code: as long as those that the chat makes."""
    return _signs(10)


def _signs(many: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(many))
