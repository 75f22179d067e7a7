"""All that a turn may know beyond the person and the event: the catalog, the time, luck, and what was looked up for it.

`Query` is what a turn asks for; `Found` is the answer. Both are values: the store fills them, many turns at a time.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from bot.effects import CardState, Invite, Progress
from bot.events import Address, Sender
from bot.person import Person
from lessons.model import Card, CardRef, Lesson, Loaded, Pack

ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # no 0 and o, no 1, l and i: people read codes aloud


# How somebody stands, the most worrying first: past a deadline; nothing done in a pack for SILENT_DAYS; nothing begun;
# something begun; everything complete; nothing assigned.
STATES = ("late", "silent", "new", "going", "done", "free")
SILENT_DAYS = 14
TEAM_PAGE = 15  # people on a page of a team


class House(Struct, frozen=True):
    """The organisation's own settings, from the configuration. Hours are local "HH:MM"."""

    name: str = "Morsel"
    language: str = "en"
    zone: str = "UTC"
    nudge_at: str = "10:00"
    quiet: tuple[str, str] = ("20:00", "08:00")
    daily_cards: int = 8
    daily_minutes: int = 5
    link: str = ""  # where the web chat is reached from outside, without a slash at the end
    upload_limit: int = 100_000_000  # bytes of the largest file that may come in
    doors: Mapping[str, str] = {}  # channels whose people need no invitation, and the unit they come into
    chats: Mapping[str, str] = {}  # channels, and the address that opens the private chat with the bot there

    def ways_in(self, code: str) -> tuple[str, ...]:
        """Links that let somebody in with this code, those into a chat first: these take it as `start`."""
        return (*(f"{chat}?start={code}" for chat in self.chats.values()), f"{self.link}/join/{code}")


class Unit(Struct, frozen=True):
    """A place in the organisation. The root's `parent` is empty."""

    id: str
    name: str
    parent: str = ""


class Catalog(Struct, frozen=True):
    """What is published and how the organisation is built: the same for everybody, replaced as a whole when it changes."""

    house: House = House()
    packs: Mapping[str, Pack] = {}
    units: Mapping[str, Unit] = {}

    def card(self, ref: CardRef, language: str) -> Card | None:
        """The card in that language, or None when the pack or the card is gone."""
        place = self.place(ref, language)
        return place[1].cards[place[2]] if place else None

    def place(self, ref: CardRef, language: str) -> tuple[Pack, Lesson, int] | None:
        """The pack, the lesson and the position of a card in it, or None."""
        pack = self.packs.get(ref.pack)
        for lesson in pack.lessons_in(language) if pack else ():
            for at, card in enumerate(lesson.cards):
                if pack and card.id == ref.card:
                    return pack, lesson, at
        return None

    def is_below(self, unit: str, top: str) -> bool:
        """Whether `unit` is `top` or lies somewhere below it. Ends even where units stand in a circle."""
        for _ in self.units:
            if not unit or unit == top:
                break
            found = self.units.get(unit)
            unit = found.parent if found else ""
        return bool(unit) and unit == top

    def below(self, top: str) -> tuple[Unit, ...]:
        """`top` and every unit below it, in the order of the table."""
        return tuple(unit for unit in self.units.values() if self.is_below(unit.id, top))


class People(Struct, frozen=True):
    """Look for people below a unit by a part of their name, or by their id. Empty means everybody, "late" those past
    a deadline of something unfinished.

    At most `limit` come back, the best match first.
    """

    name: str
    within: str
    limit: int = 10


class Team(Struct, frozen=True):
    """Look at the people of a unit and of all below it, in one pack or (empty) in all: a page of them, worst first."""

    unit: str
    pack: str = ""
    page: int = 0


class Query(Struct, frozen=True):
    """What must be looked up before a turn. Everything is about the person of the turn unless it says otherwise.

    `due` is how many due cards to bring at most, weakest first. `met` asks for the states of all cards that the person
    has met in unfinished packs and in `packs`. `packs` names packs whose progress is wanted, `all_packs` all of them.
    """

    cards: tuple[CardRef, ...] = ()
    due: int = 0
    met: bool = False
    packs: tuple[str, ...] = ()
    all_packs: bool = False
    invite: str = ""  # an invitation's code, hashed
    people: People | None = None
    team: Team | None = None


class Fellow(Struct, frozen=True):
    """Another person, and where they stand in their packs; in a team, one word of `STATES` for all of them."""

    person: Person
    progress: tuple[Progress, ...] = ()
    state: str = ""


class Missed(Struct, frozen=True):
    """How often a question was asked, and missed, in a team."""

    ref: CardRef
    asked: int
    missed: int


class TeamFound(Struct, frozen=True):
    """A page of a team, the worst first; how many people are in each state (see `STATES`), over all pages; the three
    questions missed most often."""

    fellows: tuple[Fellow, ...] = ()
    totals: Mapping[str, int] = {}
    missed: tuple[Missed, ...] = ()

    @property
    def people(self) -> int:
        return sum(self.totals.values())


class Found(Struct, frozen=True):
    """What was looked up, field for field what `Query` asked."""

    cards: Mapping[CardRef, CardState] = {}
    due: tuple[CardState, ...] = ()
    due_count: int = 0
    next_due: datetime | None = None  # the earliest due time after now
    met: Mapping[CardRef, CardState] = {}
    progress: Mapping[str, Progress] = {}
    invite: Invite | None = None
    invited: Person | None = None  # whom that invitation is for, where it is for one known person
    people: tuple[Fellow, ...] = ()
    team: TeamFound | None = None
    upload: Loaded | None = None  # the file of an `Uploaded` event, read as a pack before the turn


NOTHING = Found()


class Given(Struct, frozen=True):
    """All that a turn may know. `now` is UTC. `luck` is a keyed hash of the event's id: secret, yet always the same."""

    catalog: Catalog
    now: datetime
    luck: int
    found: Found = NOTHING
    address: Address | None = None
    sender: Sender | None = None
    place: Address | None = None  # the group where it was said, see `Incoming`

    def token(self, use: str = "") -> str:
        """Ten characters that nobody can guess, the same for the same event and use."""
        digest = hashlib.blake2b(f"{self.luck}:{use}".encode(), digest_size=8).digest()
        number = int.from_bytes(digest)
        return "".join(ALPHABET[number // len(ALPHABET) ** place % len(ALPHABET)] for place in range(10))
