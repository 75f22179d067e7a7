"""What a turn wants. Imperative; carried out by the store in the turn's own transaction, or told by the outbox later."""

from datetime import datetime

from msgspec import Struct

from bot.events import Address, Event
from bot.facts import Fact
from bot.message import Message
from bot.person import Role
from lessons.model import CardRef
from scheduler.memory import Memory


class Say(Struct, frozen=True, tag="say", omit_defaults=True):
    """Send a message. `key` names it so that it can be amended: the person's newest message of that name.

    `to` is for somebody without a home.
    `until`: the bot speaks first. Answers to people overtake it on the way out, and after that moment it is not sent at all.
    """

    message: Message
    key: str = ""
    to: Address | None = None
    until: datetime | None = None


class Amend(Struct, frozen=True, tag="amend"):
    """Change an earlier message in place: the person's newest one with that key."""

    key: str
    message: Message


class Board(Struct, frozen=True, tag="board"):
    """What the person's own board shows from now on. Channels without one show nothing."""

    message: Message


class Fetch(Struct, frozen=True, tag="fetch", omit_defaults=True):
    """Bring an offered file: `Uploaded` follows, or `NotFetched`. `key` names a message whose progress may be amended."""

    name: str
    size: int
    ref: str
    key: str = ""


class Forsake(Struct, frozen=True, tag="forsake", omit_defaults=True):
    """Nothing more goes to that address: what waits there goes to `to` instead, or nowhere."""

    address: Address
    to: Address | None = None


class Note(Struct, frozen=True, tag="note", omit_defaults=True):
    """Append a fact, about the person of this turn unless `person` names another."""

    fact: Fact
    person: str = ""


class CardState(Struct, frozen=True, omit_defaults=True):
    """What one person and one card have between them. `memory` is None for cards that are only read.

    `credit` is what the last fresh answer was worth (not a second try in the same session); None: not graded.
    """

    ref: CardRef
    seen_at: datetime
    memory: Memory | None = None
    credit: float | None = None


class Progress(Struct, frozen=True, omit_defaults=True):
    """Where a person stands in a pack, kept up to date by each turn. `due_at` is the deadline.

    `seen` and `total` count cards; `score` is the mean credit over graded answers, 0 to 1; `graded` how many.
    """

    pack: str
    enrolled_at: datetime
    by: str = ""
    due_at: datetime | None = None
    started_at: datetime | None = None
    last_at: datetime | None = None
    completed_at: datetime | None = None
    seen: int = 0
    total: int = 0
    graded: int = 0
    score: float = 0.0


class Remember(Struct, frozen=True, tag="remember", omit_defaults=True):
    """Store what the person and a card have between them. `missed` is None unless it was a fresh graded answer:
    then the unit's count of asked (and missed) questions goes up too."""

    state: CardState
    missed: bool | None = None


class Track(Struct, frozen=True, tag="track"):
    """Store where the person stands in a pack."""

    progress: Progress


class Enrol(Struct, frozen=True, tag="enrol", omit_defaults=True):
    """Assign a pack to a person, or to a unit with everybody in it and below it, now and later. Wakes those concerned.

    Who has it already keeps their progress; the deadline is replaced.
    """

    pack: str
    by: str
    person: str = ""
    unit: str = ""
    due_at: datetime | None = None


class Invite(Struct, frozen=True, tag="invite", omit_defaults=True):
    """An invitation. `code` is kept as its SHA-256 only. `uses` counts down; `person` when it is for one known person."""

    code: str
    unit: str
    role: Role
    expires_at: datetime
    by: str
    uses: int = 1
    person: str = ""


class MakeInvite(Struct, frozen=True, tag="make-invite"):
    """Store an invitation."""

    invite: Invite


class UseInvite(Struct, frozen=True, tag="use-invite"):
    """Count an invitation down. If somebody else took its last use meanwhile, the turn is taken again."""

    code: str


class Bind(Struct, frozen=True, tag="bind"):
    """From now on this address is this person's."""

    address: Address
    person: str


class Merge(Struct, frozen=True, tag="merge"):
    """Two were one all the time: everything of `person` becomes `into`'s, and `person` is no more.

    Of a card that both have met, the state that was reviewed last stays; of a pack, the row that got further.
    """

    person: str
    into: str


class Pass(Struct, frozen=True, tag="pass"):
    """Let an event happen to another person, in a turn of their own, soon and once."""

    person: str
    event: Event


class Publish(Struct, frozen=True, tag="publish"):
    """Make an uploaded pack the live version."""

    file: str
    pack: str
    version: str


Effect = (
    Say
    | Amend
    | Board
    | Fetch
    | Forsake
    | Note
    | Remember
    | Track
    | Enrol
    | MakeInvite
    | UseInvite
    | Bind
    | Merge
    | Pass
    | Publish
)
Effects = tuple[Effect, ...]
