"""What the bot asks of the world: a store, channels, a clock. Protocols and the values that cross them; no behaviour."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Literal, Protocol

from msgspec import Struct

from bot.effects import Effects, Fetch
from bot.events import Address, Incoming, Uploaded
from bot.given import Catalog, Found, Query, Unit
from bot.message import Message
from bot.person import Person
from lessons.model import Loaded

Deliver = Callable[[Incoming], Awaitable[None]]  # returns once committed: only then acknowledge


class Clock(Protocol):
    """The time, in UTC."""

    def now(self) -> datetime: ...


# --- Storing ---------------------------------------------------------------------------------------------------------


class Turned(Struct, frozen=True):
    """A turn that was taken: from which person to which, and what is wanted."""

    incoming: Incoming
    before: Person
    after: Person
    effects: Effects


class Raced(Exception):
    """Somebody else stored first (a version, or an invitation's last use). The batch is rolled back; take it again."""


class StoreProblem(Exception):
    """The store cannot do its work: disk full, folder not writable, file broken, held by another process.

    Nothing was written. `what` says what is wrong, `hint` what to do next: two English sentences for the operator.
    """

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(f"{what} {hint}".rstrip())
        self.what = what
        self.hint = hint


class Batch(Protocol):
    """One transaction for many turns. Leaving it without an error commits; an error rolls all of it back."""

    async def fresh(self, incoming: Sequence[Incoming]) -> tuple[Incoming, ...]:
        """Writes down the ids and drops what was seen before. Order is kept."""

    async def persons(self, incoming: Sequence[Incoming]) -> tuple[Person, ...]:
        """The person of each event, in the same order; a stranger where the address is not bound."""

    async def find(self, asked: Sequence[tuple[Person, Query]], now: datetime) -> tuple[Found, ...]:
        """Looks everything up, set by set: a few statements, however many turns ask."""

    async def apply(self, turned: Sequence[Turned], now: datetime) -> None:
        """Writes persons (where the version still holds, else Raced) and every effect, in the order given."""

    async def quarantine(self, incoming: Incoming, reference: str, why: str, now: datetime) -> None:
        """Puts an event aside whose turn raised, to be looked at by people. Its id stays used."""


class Store(Protocol):
    """Where everything lives."""

    def batch(self) -> AbstractAsyncContextManager[Batch]:
        """A transaction on the one writing connection; the next waits for it."""

    async def catalog(self) -> Catalog:
        """What is published now, read anew."""

    async def due(self, now: datetime, limit: int) -> Sequence[Incoming]:
        """The alarms that have come due, earliest first, as `Rang` events with ids that make each ring once."""

    async def passed(self, limit: int) -> Sequence[Incoming]:
        """Events that turns passed on to other people and whose turn has not been taken yet, oldest first."""

    async def read_pack(self, upload: Uploaded) -> Loaded:
        """The uploaded file, read as a pack, outside any transaction and off the event loop."""

    async def keep_file(self, name: str, chunks: AsyncIterator[bytes], limit: int) -> Uploaded | None:
        """Stores a file piece by piece; None once it is larger than `limit` bytes (nothing of it is kept then)."""


class Registry(Protocol):
    """The organisation as administrators see it: for imports and the command line. Turns may be taken meanwhile."""

    async def everybody(self) -> Sequence[Person]:
        """All people, by name."""

    async def units(self) -> Sequence[Unit]:
        """All units, parents before children."""

    async def enlist(self, units: Sequence[Unit], people: Sequence[Person], now: datetime) -> None:
        """Inserts or updates units and people (by id) in one transaction, and enrols newcomers in what their unit has."""

    async def carry_out(self, effects: Effects, now: datetime) -> None:
        """Applies effects on behalf of the organisation itself, in one transaction."""


# --- Telling ---------------------------------------------------------------------------------------------------------


class Letter(Struct, frozen=True):
    """One row of the outbox. `mark` is the channel's own id of the message to change (with `amend`); empty for a new one.

    With a `fetch` there is nothing to say: an offered file is to be brought, and `mark` is that of the message that may
    show how far it is. `until` is set for a push: not to be sent after that moment. `doubtful`: an earlier try left us and
    no answer came.
    """

    id: int
    address: Address
    message: Message = Message()
    mark: str = ""
    amend: bool = False
    attempts: int = 0
    until: datetime | None = None
    fetch: Fetch | None = None
    doubtful: bool = False


class Posted(Struct, frozen=True):
    """What became of a letter. Exactly one of: `mark` (it is there), `again_at` (try again then), `failed` (why not).

    An empty `mark` means that the channel shows the store's own rows: the row's id is its mark then. Where an amendment
    had to be said anew, `mark` is that of the new message, and later amendments go there. `doubtful`: it left us and no
    answer came. `counted`: whether `again_at` uses up an attempt. `where`: it failed only if it still waits there, for it
    may have been sent to another address meanwhile.
    """

    letter: int
    mark: str | None = None
    again_at: datetime | None = None
    failed: str = ""
    doubtful: bool = False
    counted: bool = True
    where: Address | None = None


class Lane(Struct, frozen=True):
    """What the outbox may send now on one account of one channel: answers, and with `pushes` also what speaks first.

    `account` is empty for the account of a channel that has only one. At most `limit` letters. Without `sends` no new
    message may go: only changes, boards and files that are brought.
    """

    channel: str
    account: str
    pushes: bool
    limit: int
    sends: bool = True


class Outbox(Protocol):
    """The rows that wait to be told to the world."""

    async def letters(self, now: datetime, lanes: Sequence[Lane]) -> Sequence[Letter]:
        """What may go now, answers before pushes, in order, at most one letter an address."""

    async def posted(self, results: Sequence[Posted], now: datetime) -> None:
        """Writes down what became of them, in one transaction."""

    async def moved(self, address: Address, to: Address) -> None:
        """That conversation has another address from now on: wherever it is named, in one transaction."""


Covers = Literal["chat", "sends", "account"]  # this chat; the account's new messages; all of the account


class SendError(Exception):
    """Why a letter could not be sent. A closed list: the outbox decides by the class alone. `told` is for the log, and
    holds neither tokens nor what people said."""

    retry = False

    def __init__(self, told: str, after: float = 0.0, *, covers: Covers = "chat") -> None:
        super().__init__(told)
        self.told = told
        self.after = after  # seconds to wait, where the platform said so
        self.covers: Covers = covers  # how much of what is told it is about


class Throttled(SendError):
    """The platform asked to wait `after` seconds with what it `covers`."""

    retry = True


class Unreachable(SendError):
    """The platform did not answer or failed by itself; nothing was sent."""

    retry = True


class Gone(SendError):
    """The person blocked the bot, left, or does not exist: comes back to the bot as `Left`."""


class Moved(SendError):
    """The chat lives at another address now: the letter goes there, and so does whatever comes later."""

    def __init__(self, told: str, to: Address) -> None:
        super().__init__(told)
        self.to = to


class Refused(SendError):
    """The platform says no to this letter and would again."""


class BadMessage(SendError):
    """The platform cannot read our message: a bug of ours."""


class Unknown(SendError):
    """It left us and no answer came: it may be there or not. The channel is asked to look before it is sent again."""

    retry = True


class Misconfigured(SendError):
    """The token is wrong or a right is missing: the account stops until someone mends it."""


class Pace(Struct, frozen=True):
    """How fast a platform wants to be talked to.

    `pushes`: messages a second to an account where the bot speaks first (0: no limit). `chat` and `group`: seconds that a
    message to one chat, or to one group, uses up; `burst` of them may go at once after a rest.
    """

    pushes: float = 0.0
    chat: float = 0.0
    group: float = 0.0
    burst: int = 5


Told = Callable[[int], Awaitable[None]]  # how many bytes of a file are here


class Channel(Protocol):
    """A way to talk with people. One object for all accounts of a platform."""

    name: str
    pace: Pace

    async def run(self, deliver: Deliver) -> None:
        """Receives until cancelled."""

    def accounts(self) -> Sequence[str]:
        """The accounts that can send now; one empty name where there is only one."""

    def is_group(self, address: Address) -> bool:
        """Whether several people hear what is said there."""

    async def send(self, letter: Letter) -> str:
        """Shows a message; its mark comes back. Raises SendError."""

    async def amend(self, letter: Letter) -> str:
        """Changes a message in place, or says it anew where it is gone; the mark comes back. Raises SendError."""

    async def look(self, letter: Letter) -> str | None:
        """The mark of a doubtful letter, if it did arrive; None where it did not or the platform cannot tell."""

    def fetch(self, letter: Letter, limit: int, told: Told) -> AsyncIterator[bytes]:
        """The bytes of an offered file, piece by piece. Raises SendError, or NotThere; `limit` is in bytes."""

    def reread(self, raw: bytes) -> Sequence[Incoming]:
        """What an update that was set aside says to the channel as it is now. Pure.

        Raises ValueError where it still cannot be read; nothing comes back where it says nothing to the bot.
        """


class NotThere(Exception):
    """An offered file cannot be had, now or later. `why` and `most` are `NotFetched`'s."""

    def __init__(self, why: str, most: int = 0) -> None:
        super().__init__(why)
        self.why, self.most = why, most


# --- What channels keep ----------------------------------------------------------------------------------------------


class Media(Protocol):
    """Which pictures a platform has already, by the SHA-256 (hex) of their bytes."""

    async def known(self, channel: str, account: str, digest: str) -> str | None:
        """The platform's own id of that picture, or None."""

    async def keep(self, channel: str, account: str, digest: str, id: str) -> None:
        """From now on it is known by that id; an empty id forgets it."""


class Vault(Protocol):
    """Secrets at rest, encrypted with a key that is not in the database."""

    async def get(self, name: str) -> bytes | None: ...

    async def put(self, name: str, value: bytes) -> None: ...

    async def drop(self, name: str) -> None: ...

    async def names(self, prefix: str) -> Sequence[str]:
        """All names that begin so, in order."""


class Leases(Protocol):
    """One at a time, over all processes."""

    async def take(self, name: str, holder: str, now: datetime, until: datetime) -> bool:
        """Whether it is the holder's until then: it was free, run out, or theirs already."""

    async def release(self, name: str, holder: str) -> None:
        """Gives it back early."""


class Aside(Protocol):
    """Where updates go that cannot be read, for people to look at (`morsel quarantine`)."""

    async def set_aside(self, channel: str, id: str, raw: bytes, why: str, now: datetime) -> str:
        """Keeps the bytes; a short reference comes back. The same id is kept once. Durable when this returns."""


class Quizzes(Protocol):
    """Which question of ours a platform means."""

    async def quiz(self, channel: str, mark: str) -> str | None:
        """The key of the letter with that mark, or None where it is not ours (or not written down yet)."""


# --- The local web chat's memory -------------------------------------------------------------------------------------


class Entry(Struct, frozen=True):
    """A line of a conversation as the web chat shows it: what was said by the bot, or by the person (`mine`).

    `id` orders entries and is the `mark`; `changed` grows with every amendment, over all entries of an address.
    """

    id: int
    changed: int
    at: datetime
    message: Message | None = None
    mine: str = ""


class Transcript(Protocol):
    """What was said at an address, kept by the store."""

    async def entries(self, address: Address, after: int, limit: int) -> Sequence[Entry]:
        """Entries whose `changed` is larger than `after`, in order of `changed`; with 0, the newest `limit` of them."""


class Sessions(Protocol):
    """Browser sessions: random tokens, kept as hashes, bound to an address, with an end."""

    async def open(self, chat: str, now: datetime) -> str:
        """A new token (128 bits or more) for that chat of the web channel."""

    async def chat(self, token: str, now: datetime) -> str | None:
        """Whose it is, or None when unknown or over."""

    async def close(self, token: str) -> None:
        """Ends it."""
