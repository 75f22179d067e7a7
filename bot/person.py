"""A person as the bot knows one between two turns: always whole, always storable, never larger for having learned more."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from msgspec import Struct

from bot.events import Address
from lessons.model import CardRef
from lessons.questions.base import Answer, Draft
from scheduler.plan import Rhythm


class Role(StrEnum):
    """What somebody may do. A stranger has no invitation yet and may only join."""

    STRANGER = "stranger"
    LEARNER = "learner"
    MANAGER = "manager"
    ADMIN = "admin"


class Item(Struct, frozen=True, omit_defaults=True):
    """A card that waits in a session. `again`: it was wrong and comes back before the end."""

    ref: CardRef
    again: bool = False


SessionKind = Literal["daily", "lesson", "review"]


class Session(Struct, frozen=True, omit_defaults=True):
    """A walk through cards. `queue[0]` is the card on the table until it is done. `total` grows when one comes back.

    `done` includes `earlier`: cards of the same lesson that were met in a walk before this one.
    `seconds` counts active time, a card at most 60 s. `enough` is after how many of them a daily session ends (0: never).
    """

    kind: SessionKind
    queue: tuple[Item, ...]
    total: int
    started_at: datetime
    done: int = 0
    earlier: int = 0
    asked: int = 0
    right: int = 0
    seconds: float = 0.0
    enough: float = 0.0
    packs: tuple[str, ...] = ()

    @property
    def cards(self) -> int:
        """Cards of this walk that are done."""
        return self.done - self.earlier


class Idle(Struct, frozen=True, tag="idle"):
    """Nothing is open."""


class Shown(Struct, frozen=True, tag="shown", omit_defaults=True):
    """A card without a question, or feedback, is on the table and waits for Next. `key` names its message.

    With `answered` it is feedback: that card is counted already and has left the queue.
    """

    token: str
    key: str
    at: datetime
    answered: Item | None = None
    answer: Answer = ""


class Asking(Struct, frozen=True, tag="asking", omit_defaults=True):
    """A question is on the table. `answer` is set once it waits for the confidence tap. `luck` shuffled the options."""

    token: str
    key: str
    at: datetime
    luck: int
    draft: Draft = ()
    answer: Answer | None = None


class PublishPack(Struct, frozen=True, tag="publish"):
    """A checked upload that waits for a yes."""

    file: str
    pack: str
    version: str


class MergeInto(Struct, frozen=True, tag="merge"):
    """Two who are one wait for a yes: this person would become part of `person`. `code` is the invitation's, hashed."""

    code: str
    person: str


class Confirming(Struct, frozen=True):
    """The bot asked "shall I?" and waits for a yes or a no."""

    token: str
    key: str
    what: PublishPack | MergeInto


class Fetching(Struct, frozen=True):
    """A large file that is on its way, and the message that says how far it is."""

    name: str
    key: str


Mode = Idle | Shown | Asking


class Press(Struct, frozen=True):
    """The last button, so that a double tap is known for one."""

    press: str
    at: datetime


class Person(Struct, frozen=True, omit_defaults=True):
    """Someone, and where the conversation with them stands.

    `id` is empty for a stranger. `unit` is the id of the unit they belong to (a manager manages it and all below).
    `language` is a code such as "de". `daily_cards` and `daily_minutes` are None where the organisation's apply.
    `home` is where to speak first, `others` are where they can be reached too. `wake_at` is the one alarm (UTC): when this
    person's own turn `planned` it, or sooner, when something changed that the plan did not know of. `version` counts stored
    changes. `board`: they have looked at their board. `streak` is in days; `learned_on` the local ISO date of the last
    finished session.
    """

    id: str = ""
    name: str = ""
    unit: str = ""
    role: Role = Role.STRANGER
    language: str = "en"
    rhythm: Rhythm = Rhythm()
    daily_cards: int | None = None
    daily_minutes: int | None = None
    home: Address | None = None
    others: tuple[Address, ...] = ()
    reachable: bool = True
    mode: Mode = Idle()  # what is on the table
    filling: str = ""  # the next words are the value of this setting
    confirming: Confirming | None = None
    session: Session | None = None
    last_press: Press | None = None
    fetching: tuple[Fetching, ...] = ()
    votes: tuple[int, ...] = ()  # the luck of the last few quizzes that were answered: each counts once
    board: bool = False
    spent: tuple[str, ...] = ()  # the last few tokens that were used up: a second tap on them is a double tap
    streak: int = 0
    learned_on: str = ""
    returning: bool = False  # back after a silence: the next daily session is a small one
    planned: datetime | None = None
    wake_at: datetime | None = None
    version: int = 0

    @property
    def first_name(self) -> str:
        """What to say hello with."""
        return self.name.partition(" ")[0]
