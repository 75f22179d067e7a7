"""Where somebody can be reached: the place where the bot speaks first (`home`), and the others. Pure; it sends nothing.

Whoever writes is answered where they wrote; that is the store's rule, and none of this file's business.
"""

from msgspec import Struct
from msgspec.structs import replace

from bot.effects import Effects, Forsake, Note
from bot.events import Address, Left
from bot.facts import Departed, Set
from bot.person import Person
from bot.texts import Voice

Step = tuple[Person, Effects]
MOST = 8  # other places that are kept in mind; nobody reads in more
NAMED = ("slack", "telegram", "web")  # channels whose name is said in the person's language


class Place(Struct, frozen=True):
    """Somewhere to be reached, what people call it, and what a button says for it in every language: "slack 2"."""

    name: str
    id: str
    address: Address


def heard(person: Person, address: Address | None) -> Person:
    """A word came from there: it is a place to be reached, and home where there is none that works."""
    if address is None:
        return person
    if address == person.home:
        return replace(person, reachable=True)
    if person.home is None or not person.reachable:
        rest = tuple(each for each in person.others if each != address)
        return replace(person, home=address, others=rest, reachable=True)
    return person if address in person.others else replace(person, others=(*person.others, address)[-MOST:])


def moved_home(person: Person, to: Address) -> Person:
    """From now on the bot speaks first there; where it did so far is kept as another place."""
    if to == person.home:
        return person
    rest = (*(each for each in person.others if each != to), *((person.home,) if person.home else ()))
    return replace(person, home=to, others=rest[-MOST:])


def left(person: Person, event: Left) -> Step:
    """Not to be reached there any more. What waits goes to where they still can be; a word from them brings all back."""
    gone, noted = event.address, Note(Departed(event.why[:80]))
    if not person.id:
        return person, (Forsake(gone),)
    if person.home != gone:
        rest = tuple(each for each in person.others if each != gone)
        forsaken = Forsake(gone, to=person.home if person.reachable else None)
        return replace(person, others=rest), (forsaken, noted) if gone in person.others else (forsaken,)
    if person.others:
        home, *rest_of = person.others
        person = replace(person, home=home, others=tuple(rest_of))
        return person, (Forsake(gone, to=home), noted, Note(Set("where", home.channel)))
    return replace(person, reachable=False, wake_at=None), (Forsake(gone), noted)


def channel(name: str, voice: Voice) -> str:
    """What people call a channel."""
    return voice(f"channel.{name}") if name in NAMED else name.title()


def places(person: Person, voice: Voice) -> tuple[Place, ...]:
    """Every place by a name of its own, always in the same order: "Slack", "Slack 2", "Telegram"."""
    addresses = sorted({*person.others, *((person.home,) if person.home else ())})
    found: list[Place] = []
    for address in addresses:
        same = sum(each.address.channel == address.channel for each in found)
        name = channel(address.channel, voice)
        more = f" {same + 1}" if same else ""
        found.append(Place(name + more, address.channel + more, address))
    return tuple(found)


def named(person: Person, words: str, voice: Voice) -> Place | None:
    """The place that somebody means by "Telegram", "slack 2" or (a button's) "slack"."""
    wanted = words.casefold().strip()
    return next((each for each in places(person, voice) if wanted in (each.name.casefold(), each.id.casefold())), None)
