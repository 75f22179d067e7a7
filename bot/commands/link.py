"""/link [CODE]: one person on several channels. Alone it makes a code; with one, who is here and who made it become one."""

from datetime import timedelta

from msgspec.structs import replace

from bot import session
from bot.commands import start
from bot.commands.base import EVERYONE, Command, Step, reply
from bot.commands.start import RANK, hashed, is_code
from bot.effects import Amend, Effects, Invite, MakeInvite, Merge, Note, Pass, Say, UseInvite
from bot.events import Joined
from bot.facts import Invited, Linked
from bot.given import Catalog, Given, Query
from bot.message import Button, Message
from bot.person import Confirming, MergeInto, Person
from bot.texts import Voice
from scheduler.hours import local

GOOD_FOR = timedelta(minutes=15)


def needs(person: Person, args: str, catalog: Catalog) -> Query | None:
    return Query(invite=hashed(args)) if is_code(args) else None


def run(person: Person, args: str, given: Given) -> Step:
    if not person.id:
        return start.run(person, args, given)
    return _ask(person, given) if args else _give(person, given)


def _give(person: Person, given: Given) -> Step:
    """A code for the other app."""
    voice, code, until = Voice(person.language), given.token("link"), given.now + GOOD_FOR
    invite = Invite(hashed(code), person.unit, person.role, until, by=person.id, uses=1, person=person.id)
    blocks = (
        voice.para("link.how"),
        voice.para("link.code", code=f"{code[:5]}-{code[5:]}"),
        voice.para("link.until", time=voice.time(local(until, person.rhythm.zone))),
    )
    fact = Invited(person.unit, person.role, 1, until, person=person.id)
    return person, (MakeInvite(invite), Note(fact), *reply(*blocks))


def _ask(person: Person, given: Given) -> Step:
    """Says what would happen, and asks."""
    voice = Voice(person.language)
    wrong = _wrong(person, given)
    if wrong:
        return person, reply(voice.para(wrong))
    invite, them = given.found.invite, given.found.invited
    assert invite is not None and them is not None
    token = given.token("merge")
    person = replace(person, confirming=Confirming(token, token, MergeInto(invite.code, them.id)))
    unit = given.catalog.units.get(them.unit)
    blocks = (
        voice.para("link.ask", name=them.name, unit=unit.name if unit else given.catalog.house.name),
        voice.para("link.ask_more"),
    )
    buttons = (Button(voice("button.one"), f"{token}.yes", main=True), Button(voice("button.cancel"), f"{token}.no"))
    return person, (Say(Message(blocks, (buttons,)), key=token),)


def _wrong(person: Person, given: Given) -> str:
    """Why the two cannot become one: the key of a sentence, or empty."""
    invite, them = given.found.invite, given.found.invited
    wrong = start.wrong(invite, given.now)
    if wrong or invite is None or them is None:
        return wrong or "start.unknown"
    if them.id == person.id:
        return "link.own"
    return "link.other_way" if RANK[person.role] > RANK[them.role] else ""


def needs_confirmed(person: Person, what: MergeInto) -> Query:
    """What the yes needs: the code as it is by now, and the card that may lie open."""
    open_card = person.session.queue[:1] if person.session else ()
    refs = tuple(item.ref for item in open_card)
    return Query(invite=what.code, cards=refs, packs=tuple(ref.pack for ref in refs))


def confirmed(person: Person, asked: Confirming, what: MergeInto, given: Given, *, yes: bool) -> Step:
    """The answer to "shall the two become one?"."""
    voice = Voice(person.language)
    person = replace(person, confirming=None, spent=(asked.token, *person.spent)[:4])
    wrong = _wrong(person, given) if yes else "link.cancelled"
    them = given.found.invited
    if wrong or them is None:
        return person, (Amend(asked.key, Message((voice.para(wrong),))),)
    person, closed = session.leave(person, given)
    said = Amend(asked.key, Message((voice.para("link.done", name=them.name),)))
    linked = Note(Linked(given.address.channel if given.address else "", was=person.id), person=them.id)
    told = _tell(person, them, asked.token, given)
    return person, (*closed, said, UseInvite(what.code), Merge(person.id, them.id), linked, *told)


def _tell(person: Person, them: Person, token: str, given: Given) -> Effects:
    """The other learns of every place where this one could be reached, in a turn of their own."""
    places = dict.fromkeys(each for each in (given.address, person.home, *person.others) if each)
    return tuple(Pass(them.id, Joined(each, person.id, person.streak, person.learned_on, token)) for each in places)


COMMAND = Command("link", EVERYONE, run, needs, usage="[CODE]")
