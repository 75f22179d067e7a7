"""The made-up company of the demo: who works where, what they are to learn, and what they did last week.

Promise: data and pure functions; the same on every machine. All names are invented. It runs nothing; `history` does.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta

from msgspec import Struct
from msgspec.structs import replace

from adapters.web.settings import Persona
from adapters.web.translate import CHANNEL
from bot.effects import Bind, Effects, Enrol, Note
from bot.enlisting import Enlisting, Tree, enlist
from bot.events import Address
from bot.facts import Enrolled
from bot.given import House
from bot.person import Person, Role
from bot.roster import read_roster

HOUSE = House(name="Nordlicht Markets", zone="Europe/Berlin")

ROSTER = """name,unit,role,language,zone
Mei Lin,Baltic Coast/Harbour Street,learner,en,Europe/Berlin
Jonas Petersen,Baltic Coast/Harbour Street,learner,de,Europe/Berlin
Tomasz Nowak,Baltic Coast/Harbour Street,learner,en,Europe/Berlin
Amara Okafor,Baltic Coast/Harbour Street,manager,en,Europe/Berlin
Leyla Demir,Baltic Coast/Old Town,learner,de,Europe/Berlin
Ravi Sharma,Baltic Coast/Old Town,learner,en,Europe/Berlin
Hannah Lindqvist,Baltic Coast/Old Town,learner,en,Europe/Berlin
Samuel Adeyemi,Baltic Coast/Old Town,manager,en,Europe/Berlin
Mateo Cruz,Canary Islands/Playa Norte,learner,es,Atlantic/Canary
Grace Kimani,Canary Islands/Playa Norte,learner,en,Atlantic/Canary
Lucía Herrera,Canary Islands/Playa Norte,manager,en,Atlantic/Canary
Ingrid Solberg,Nordlicht Markets,admin,en,Europe/Berlin
"""

# Who comes today only: their chats are still empty. Hannah has been there all the time and never answered.
NEW_TODAY = ("Mei Lin", "Samuel Adeyemi", "Lucía Herrera", "Ingrid Solberg")

HINTS = {
    "Mei Lin": "New here: try /learn",
    "Jonas Petersen": "Learns in German: try /review",
    "Tomasz Nowak": "Guesses a lot: try /progress",
    "Amara Okafor": "Manages the store: try /team",
    "Leyla Demir": "Speaks German, has been away for a while",
    "Ravi Sharma": "Comes nearly every day",
    "Hannah Lindqvist": "Has not started yet",
    "Samuel Adeyemi": "Manages the store: try /team",
    "Mateo Cruz": "Learns in Spanish: try /learn",
    "Grace Kimani": "Late with a pack: try /learn",
    "Lucía Herrera": "Two of hers are late: try /team",
    "Ingrid Solberg": "Runs it all: send a pack, or try /people",
}
ROLES = {Role.LEARNER: "Learner", Role.MANAGER: "Manager", Role.ADMIN: "Admin"}


class Given(Struct, frozen=True):
    """A pack for a unit. `due` in days after the demo's first day; the deadline is that day's end."""

    pack: str
    unit: str
    due: int


ASSIGNED = (
    Given("food-hygiene", "Nordlicht Markets", 21),
    Given("fire-safety", "Baltic Coast", 12),
    Given("angry-customer", "Playa Norte", -1),
)

DAYS = 9  # how long ago the company began to use Morsel


class Visit(Struct, frozen=True):
    """Somebody learns: how many days ago, and which of the questions they get wrong (every n-th; 0: none)."""

    name: str
    days_ago: int
    wrong_every: int = 0


VISITS = (
    Visit("Jonas Petersen", 8, 5),
    Visit("Jonas Petersen", 5),
    Visit("Jonas Petersen", 2, 6),
    Visit("Tomasz Nowak", 7, 2),
    Visit("Tomasz Nowak", 3, 2),
    Visit("Leyla Demir", 8, 4),
    Visit("Ravi Sharma", 8),
    Visit("Ravi Sharma", 7),
    Visit("Ravi Sharma", 6, 7),
    Visit("Ravi Sharma", 5),
    Visit("Ravi Sharma", 4),
    Visit("Ravi Sharma", 3, 6),
    Visit("Ravi Sharma", 2),
    Visit("Ravi Sharma", 1),
    Visit("Mateo Cruz", 6, 3),
    Visit("Mateo Cruz", 1),
    Visit("Grace Kimani", 5, 3),
    Visit("Amara Okafor", 4),
)


def founded() -> Enlisting:
    """Units and people; everybody has a chat of their own already."""
    numbers = iter(range(1000))
    roster = read_roster("company.csv", ROSTER.encode())
    found = enlist(roster.people, (), (), HOUSE, lambda: f"demo{next(numbers)}")
    people = tuple(replace(person, home=address(person)) for person in found.people)
    return replace(found, people=people)


def address(person: Person) -> Address:
    """Where the demo talks with them."""
    return Address(CHANNEL, f"demo-{person.id}")


def bound(people: Sequence[Person]) -> Effects:
    """Their chats become theirs."""
    return tuple(Bind(address(person), person.id) for person in people)


def assignments(company: Enlisting, today: datetime) -> Effects:
    """What everybody is to learn, and by when; `today` is the demo's first day, in UTC."""
    units = {unit.name: unit.id for unit in company.units}
    admin = next(person.id for person in company.people if person.role == Role.ADMIN)
    effects: Effects = ()
    for each in ASSIGNED:
        due = datetime.combine(today.date() + timedelta(days=each.due), time(22, 59, 59), UTC)
        effects += (
            Enrol(each.pack, admin, unit=units[each.unit], due_at=due),
            Note(Enrolled(each.pack, unit=units[each.unit], due=due)),
        )
    return effects


def personas(company: Enlisting) -> tuple[Persona, ...]:
    """Whom a visitor can be, in the order of the table."""
    tree = Tree(company.units, HOUSE, str)
    found = []
    for person in company.people:
        *above, place = tree.path(person.unit).split("/")
        region = above[0] if above else "Head office"
        chat = address(person).chat
        found.append(Persona(chat, person.name, ROLES[person.role], place, region, HINTS.get(person.name, "")))
    return tuple(found)
