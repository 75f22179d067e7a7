"""What happened, appended for ever. Progress, reports, statements and audit are read from facts; nothing else is history.

`tag` is the verb, with xAPI's word where there is one.
"""

from datetime import datetime

from msgspec import Struct

from lessons.questions.base import Answer


class Experienced(Struct, frozen=True, tag="experienced", omit_defaults=True):
    """A card without a question was read."""

    pack: str
    version: str
    card: str


class Answered(Struct, frozen=True, tag="answered", omit_defaults=True):
    """A question was answered. `credit` 0 to 1, None when it is not graded; `knew` is P(knew | answer, confidence).

    `luck` is the number that shuffled the options and the interval; `took` in seconds; `again`: a second try in one session.
    """

    pack: str
    version: str
    card: str
    kind: str
    answer: Answer
    credit: float | None = None
    confidence: str = ""
    knew: float | None = None
    took: float = 0.0
    luck: int = 0
    again: bool = False


class Completed(Struct, frozen=True, tag="completed"):
    """A pack was completed. `score` is 0 to 1."""

    pack: str
    version: str
    score: float


class Finished(Struct, frozen=True, tag="finished"):
    """A session ended: its kind, how many cards, how many were right at once, active seconds."""

    kind: str
    cards: int
    right: int
    seconds: float


class Enrolled(Struct, frozen=True, tag="enrolled", omit_defaults=True):
    """A pack was assigned, to a person or to a unit with everybody in it, now and later."""

    pack: str
    person: str = ""
    unit: str = ""
    due: datetime | None = None


class Nudged(Struct, frozen=True, tag="nudged", omit_defaults=True):
    """The bot spoke first: why, and on whose wish."""

    why: str
    due: int = 0
    by: str = ""


class HeldBack(Struct, frozen=True, tag="held-back"):
    """The bot wanted to speak first and did not: why."""

    why: str


class Arrived(Struct, frozen=True, tag="arrived", omit_defaults=True):
    """A person joined: by which invitation, into which unit and role."""

    unit: str
    role: str
    by: str = ""


class Departed(Struct, frozen=True, tag="departed"):
    """A person can no longer be reached at an address, or asked the bot to stop."""

    why: str


class Linked(Struct, frozen=True, tag="linked", omit_defaults=True):
    """A person can be reached on another channel too. `was`: who they were there before two became one."""

    channel: str
    was: str = ""


class Set(Struct, frozen=True, tag="set"):
    """A setting of a person was changed."""

    what: str
    to: str


class Invited(Struct, frozen=True, tag="invited", omit_defaults=True):
    """An invitation was made. The code itself is in no fact."""

    unit: str
    role: str
    uses: int
    expires: datetime
    person: str = ""


class Published(Struct, frozen=True, tag="published"):
    """A pack went live."""

    pack: str
    version: str
    file: str


class Refused(Struct, frozen=True, tag="refused"):
    """Somebody asked for what is not theirs to see or do."""

    what: str


class Looked(Struct, frozen=True, tag="looked", omit_defaults=True):
    """A manager looked at results: of a person, or of a unit."""

    person: str = ""
    unit: str = ""


class Huddled(Struct, frozen=True, tag="huddled"):
    """A manager asked a group so many questions."""

    questions: int


class Asked(Struct, frozen=True, tag="asked"):
    """A manager asked the bot to remind somebody."""

    person: str


Fact = (
    Experienced
    | Answered
    | Completed
    | Finished
    | Enrolled
    | Nudged
    | HeldBack
    | Arrived
    | Departed
    | Linked
    | Set
    | Invited
    | Published
    | Refused
    | Looked
    | Huddled
    | Asked
)


def verb(fact: Fact) -> str:
    """The fact's verb, as it is stored."""
    return str(type(fact).__struct_config__.tag)
