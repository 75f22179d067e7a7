"""A word where a command was given among others: the answer is private, and so whoever asked would see nothing happen. Data.

Only they see it, in their language as far as it is known. It goes back with the acknowledgement and costs no call.
Source: https://docs.slack.dev/interactivity/implementing-slash-commands#responding_immediate_response
"""

from typing import Any, Final

ANSWERED: Final[dict[str, str]] = {
    "en": "I answered you in our private chat. You find me under Apps.",
    "de": "Ich habe dir in unserem privaten Chat geantwortet. Du findest mich unter Apps.",
    "es": "Te respondí en nuestro chat privado. Me encuentras en Apps.",
}


def answered_elsewhere(language: str) -> dict[str, Any]:
    """What an acknowledgement holds then."""
    return {"response_type": "ephemeral", "text": ANSWERED.get(language, ANSWERED["en"])}
