"""What can start a turn: everything that happens is an event with an id. Past tense; no behaviour but reading words."""

from datetime import datetime

from msgspec import Struct

WORDS_LIMIT = 8_000  # characters of a person's text that are kept; the rest is dropped before anything reads it


class Address(Struct, frozen=True, order=True):
    """Where to reach somebody: a channel's name and that channel's own id of the conversation."""

    channel: str
    chat: str


class Said(Struct, frozen=True, tag="said"):
    """Words were typed."""

    text: str


class Pressed(Struct, frozen=True, tag="pressed"):
    """A button was pressed. `press` is what the button carried (see `Button`)."""

    press: str


class Called(Struct, frozen=True, tag="called"):
    """A command was given: its name in lower case without the slash, and what followed it."""

    name: str
    args: str = ""


class Uploaded(Struct, frozen=True, tag="uploaded"):
    """A file came in and is stored. `file` is its SHA-256 in hex, `size` in bytes, `name` what the person called it."""

    name: str
    size: int
    file: str


class Rang(Struct, frozen=True, tag="rang"):
    """The person's alarm rang. `due` is the time it was set to (UTC)."""

    due: datetime


class Joined(Struct, frozen=True, tag="joined"):
    """An address was bound to this person, who was known before (by import or by another channel)."""

    address: Address


class Left(Struct, frozen=True, tag="left"):
    """The channel says that this person can no longer be reached there."""

    address: Address
    why: str = ""


class Prodded(Struct, frozen=True, tag="prodded"):
    """A manager asked to remind this person. `by` is the manager's name."""

    by: str


Event = Said | Pressed | Called | Uploaded | Rang | Joined | Left | Prodded


class Incoming(Struct, frozen=True):
    """An event on its way in. `id` is the channel's own, unique for ever: it makes the event happen once.

    An event from outside has an `address`; one from inside (an alarm, a manager's wish) names the `person`.
    `at` is when it reached us (UTC).
    """

    id: str
    event: Event
    at: datetime
    address: Address | None = None
    person: str = ""


def read_words(text: str) -> Said | Called:
    """Typed words as an event: a leading slash makes a command of them, in every channel alike."""
    text = text[:WORDS_LIMIT].strip()
    if not text.startswith("/"):
        return Said(text)
    name, _, args = text[1:].partition(" ")
    return Called(name.partition("@")[0].strip().lower(), args.strip())
