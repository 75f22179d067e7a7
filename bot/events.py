"""What can start a turn: everything that happens is an event with an id. Past tense; no behaviour but reading words."""

from datetime import datetime

from msgspec import Struct

WORDS_LIMIT = 8_000  # characters of a person's text that are kept; the rest is dropped before anything reads it


class Address(Struct, frozen=True, order=True):
    """Where to reach somebody: a channel's name and that channel's own id of the conversation.

    A channel with several accounts (Slack's workspaces) puts the account before a slash: "T024BE7LD/U2147483697".
    """

    channel: str
    chat: str

    @property
    def account(self) -> str:
        """The account, or empty where a channel has only one."""
        return self.chat.partition("/")[0] if "/" in self.chat else ""


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


class Offered(Struct, frozen=True, tag="offered"):
    """A file was sent, but the channel holds it still: a `Fetch` brings it. `ref` is the channel's own name for it.

    `size` is in bytes, 0 where the channel does not say.
    """

    name: str
    size: int
    ref: str


class NotFetched(Struct, frozen=True, tag="not-fetched", omit_defaults=True):
    """An offered file could not be brought. `why`: "large", "empty", "gone" or "broken".

    `most`: bytes of the largest file that comes in that way, where the channel has a limit of its own; 0: ours holds.
    """

    name: str
    why: str
    most: int = 0


class Met(Struct, frozen=True, tag="met"):
    """Somebody appeared who has said nothing yet: they joined the workspace or opened the conversation.

    `unit`: whoever comes this way belongs to that unit and needs no invitation; empty where one is needed.
    """

    unit: str = ""


class Opened(Struct, frozen=True, tag="opened"):
    """The person looks at their own board (Slack's Home tab)."""


class Voted(Struct, frozen=True, tag="voted"):
    """A question in a group was answered. `quiz` is the key of the letter that asked it, `options` what was chosen,
    counted from 0 in the order in which they were shown."""

    quiz: str
    options: tuple[int, ...]


class Rang(Struct, frozen=True, tag="rang"):
    """The person's alarm rang. `due` is the time it was set to (UTC)."""

    due: datetime


class Joined(Struct, frozen=True, tag="joined", omit_defaults=True):
    """An address was bound to this person, who was known before (by import or by another channel).

    `was` is the id of who they were there, where two became one; then `streak` and `learned_on` are what that one had,
    and `spent` is the token of the yes, should it be tapped twice.
    """

    address: Address
    was: str = ""
    streak: int = 0
    learned_on: str = ""
    spent: str = ""


class Left(Struct, frozen=True, tag="left"):
    """The channel says that this person can no longer be reached there."""

    address: Address
    why: str = ""


class Prodded(Struct, frozen=True, tag="prodded"):
    """A manager asked to remind this person. `by` is the manager's name."""

    by: str


Event = (
    Said | Pressed | Called | Uploaded | Offered | NotFetched | Met | Opened | Voted | Rang | Joined | Left | Prodded
)


class Sender(Struct, frozen=True, omit_defaults=True):
    """What a channel knows of somebody: a name, a language code, an IANA time zone; empty where it does not know.

    Only ever used for people who are new: what a person set themselves is never overruled.
    """

    name: str = ""
    language: str = ""
    zone: str = ""


class Incoming(Struct, frozen=True):
    """An event on its way in. `id` is the channel's own, unique for ever: it makes the event happen once.

    An event from outside has an `address`; one from inside (an alarm, a manager's wish) names the `person`.
    `at` is when it reached us (UTC). `sender` is what the channel knows of them. `place` is the group in which it was said,
    where it was no private conversation; `address` is the person's private one even then.
    """

    id: str
    event: Event
    at: datetime
    address: Address | None = None
    person: str = ""
    sender: Sender | None = None
    place: Address | None = None


def read_words(text: str) -> Said | Called:
    """Typed words as an event: a leading slash makes a command of them, in every channel alike."""
    text = text[:WORDS_LIMIT].strip()
    if not text.startswith("/"):
        return Said(text)
    name, _, args = text[1:].partition(" ")
    return Called(name.partition("@")[0].strip().lower(), args.strip())
