"""/huddle [N] [PACK]: a few quick questions for a whole group. And what else is said in a group: next to nothing."""

from msgspec.structs import replace

from bot import huddles
from bot.commands.base import MANAGERS, Command, Step, reply
from bot.effects import Effects, Note, Say
from bot.events import Address
from bot.facts import Huddled
from bot.finding import find_pack
from bot.given import Catalog, Given, Query, Team
from bot.message import Button
from bot.person import Person
from bot.texts import Voice
from lessons.model import Pack

USUAL, MOST = 3, 5


def needs(person: Person, args: str, catalog: Catalog) -> Query | None:
    _, pack, rest = _read(args, catalog)
    return None if rest else Query(team=Team(person.unit, pack.id if pack else ""), all_packs=True)


def run(person: Person, args: str, given: Given) -> Step:
    voice, place = Voice(person.language), given.place
    if place is None:
        return person, reply(voice.para("huddle.private"))
    many, pack, rest = _read(args, given.catalog)
    if rest or given.found.team is None:
        return person, _there(place, reply(voice.para("huddle.unknown", words=rest[:60])))
    missed = (each.ref for each in given.found.team.missed)
    asked = huddles.ask((pack,) if pack else _packs(given), missed, many, place, given, voice)
    if not asked:
        return person, _there(place, reply(voice.para("huddle.none")))
    return person, (*asked, Note(Huddled(len(asked))))


def elsewhere(person: Person, name: str, given: Given) -> Step:
    """Any other command in a group: one short sentence, and the way to where it can be answered."""
    voice = Voice(person.language)
    if given.place is None:
        return person, ()
    key = "huddle.managers" if name == COMMAND.name else "huddle.elsewhere"
    return person, _there(given.place, reply(voice.para(key), rows=_chat(given, given.place, voice)))


def _read(args: str, catalog: Catalog) -> tuple[int, Pack | None, str]:
    """ "3 food hygiene" -> how many, which pack, and what could not be understood."""
    number, _, rest = args.partition(" ")
    many = USUAL
    if number.isdecimal():
        many, args = min(max(int(number[:4]), 1), MOST), rest.strip()
    pack = find_pack(args, catalog) if args else None
    return many, pack, "" if pack else args


def _packs(given: Given) -> tuple[Pack, ...]:
    """What the people of the unit have, as far as a page of them tells; all there is where nothing was given out."""
    team = given.found.team
    rows = [row for each in (team.fellows if team else ()) for row in each.progress]
    theirs = {row.pack for row in rows} | set(given.found.progress)
    packs = given.catalog.packs
    return tuple(pack for pack in packs.values() if pack.id in theirs) or tuple(packs.values())


def _chat(given: Given, place: Address, voice: Voice) -> tuple[tuple[Button, ...], ...]:
    """The way into the private chat, where the channel has told it."""
    url = given.catalog.house.chats.get(place.channel, "")
    return ((Button(voice("button.write"), url=url),),) if url else ()


def _there(place: Address, effects: Effects) -> Effects:
    """The same, said in the group."""
    return tuple(replace(effect, to=place) if isinstance(effect, Say) else effect for effect in effects)


COMMAND = Command("huddle", MANAGERS, run, needs, usage="[N] [PACK]")
