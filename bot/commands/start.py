"""/start [invite]: come in with an invitation, become what it says, come back after a pause, or read what to do first."""

import hashlib
from datetime import datetime

from msgspec.structs import replace

from bot import reaching
from bot.commands.base import EVERYONE, Command, Step, reply
from bot.commands.settings import clean_name
from bot.effects import Bind, Effects, Invite, Note, Pass, Say, UseInvite
from bot.events import Address, Called, Event, Joined, Met, Said
from bot.facts import Arrived, Linked
from bot.given import Catalog, Given, Query
from bot.message import Button, Message
from bot.nudging import planned
from bot.person import Person, Role
from bot.progress import close_packs
from bot.texts import LANGUAGES, Voice
from scheduler.hours import zone_named
from scheduler.plan import Rhythm

CODE = 10  # letters and digits of a code (see `Given.token`)
RANK = {Role.STRANGER: 0, Role.LEARNER: 1, Role.MANAGER: 2, Role.ADMIN: 3}
CODE_LIMIT = 64  # characters of a code that are looked at: Telegram's deep links carry no more


def hashed(code: str) -> str:
    """An invitation's code as the store knows it: forgiving of case, spaces and dashes."""
    plain = "".join(c for c in code[:CODE_LIMIT].lower() if c.isalnum())
    return hashlib.sha256(plain.encode()).hexdigest()


def is_code(words: str) -> bool:
    """Whether words may be a code at all, rather than a greeting: as long as one, give or take a slip."""
    return abs(sum(c.isalnum() for c in words) - CODE) <= 2 and len(words.split()) <= 2


def needs(person: Person, args: str, catalog: Catalog) -> Query | None:
    return Query(invite=hashed(args)) if is_code(args) else None


def run(person: Person, args: str, given: Given) -> Step:
    voice = Voice(person.language)
    if person.id:
        return _known(person, args, given)
    if not is_code(args):
        return person, reply(voice.para("start.stranger", house=given.catalog.house.name), typing="text")
    invite = given.found.invite
    refused = wrong(invite, given.now)
    if invite is None or given.address is None:
        return person, reply(voice.para("start.unknown"), typing="text")
    if refused:
        return person, reply(voice.para(refused))
    use = UseInvite(invite.code)
    if invite.person:
        return person, (use, Bind(given.address, invite.person), Pass(invite.person, Joined(given.address)))
    return _arrive(newcomer(invite.unit, invite.role, given), given, use, by=invite.by)


def _known(person: Person, args: str, given: Given) -> Step:
    """Somebody who is in already. A code that has nothing for them is as good as none, so that the link by which they
    came in greets them for ever; any other has to be good."""
    invite = given.found.invite
    if is_code(args) and (invite is None or raises(invite, person, given.catalog)):
        refused = wrong(invite, given.now)
        if invite is None or refused:
            return person, reply(Voice(person.language).para(refused))
        return _raised(person, invite, given)
    person = _on_again(person)
    if not person.name:
        return replace(person, filling="name"), reply(Voice(person.language).para("settings.ask.name"), typing="text")
    return person, welcome(person, given, "start.again" if person.learned_on else "start.hello")


def _on_again(person: Person) -> Person:
    return replace(person, rhythm=replace(person.rhythm, stopped=False, paused_until=None))


def raises(invite: Invite, person: Person, catalog: Catalog) -> bool:
    """Whether it makes more of somebody known, or brings them into another unit. It never takes a role away, and a manager
    who tries the link of one of their own stores stays the manager of all of them."""
    if invite.person or RANK[invite.role] < RANK[person.role]:
        return False
    if RANK[invite.role] == RANK[person.role] > RANK[Role.LEARNER]:
        return invite.unit != person.unit and catalog.is_below(person.unit, invite.unit)
    return (invite.role, invite.unit) != (person.role, person.unit)


def is_for_link(person: Person, given: Given) -> bool:
    """Whether the code is for somebody known, and so is who gives it: whether the two are one is /link's question.
    Who taps the link of their own invitation once more is only greeted."""
    invite = given.found.invite
    if not person.id or invite is None or not invite.person:
        return False
    return invite.person != person.id or not wrong(invite, given.now)


def _raised(person: Person, invite: Invite, given: Given) -> Step:
    """They are now what the invitation says. Their alarm is planned anew: the unit may have packs for them."""
    person = replace(_on_again(person), unit=invite.unit, role=Role(invite.role), wake_at=None)
    voice, unit = Voice(person.language), given.catalog.units.get(person.unit)
    name = unit.name if unit else given.catalog.house.name
    now = voice.para("start.raised", unit=name, role=voice(f"role.{person.role}"))
    noted: Effects = (UseInvite(invite.code), Note(Arrived(person.unit, person.role, invite.by)))
    if not person.name:
        person = replace(person, filling="name")
        return person, (*noted, *reply(now, voice.para("settings.ask.name"), typing="text"))
    return person, (*noted, *reply(now, voice.para(f"start.role.{person.role}"), rows=_first_things(voice)))


def wrong(invite: Invite | None, now: datetime) -> str:
    """Why a code lets nobody in: the key of a sentence, or empty."""
    if invite is None:
        return "start.unknown"
    if invite.uses < 1:
        return "start.used"
    return "start.expired" if invite.expires_at <= now else ""


def door(event: Event, given: Given) -> str:
    """The unit into which a stranger comes without an invitation; empty where there is no such door, or a code to try."""
    if given.address is None:
        return ""
    match event:
        case Said() if given.found.invite:
            return ""
        case Called(name, args) if name in ("start", "link") and is_code(args):
            return ""
        case Met(unit) if unit in given.catalog.units:
            return unit
    unit = given.catalog.house.doors.get(given.address.channel, "")
    return unit if unit in given.catalog.units else ""


def enter(unit: str, given: Given) -> Step:
    """Through an open door: no code is asked for, and the name is the one that the channel knows."""
    name = clean_name(given.sender.name) if given.sender else ""
    return _arrive(newcomer(unit, Role.LEARNER, given, name), given)


def newcomer(unit: str, role: Role, given: Given, name: str = "") -> Person:
    """A new person. Everything starts with what their channel knows of them, or with the organisation's settings."""
    assert given.address is not None
    house = given.catalog.house
    zone = zone_named(given.sender.zone) if given.sender and given.sender.zone else None
    new = Person(
        id="p" + given.token("person"),
        name=name,
        unit=unit,
        role=Role(role),
        language=language_of(given),
        rhythm=Rhythm(zone=zone or house.zone, nudge_at=house.nudge_at, quiet=house.quiet, active_at=given.now),
        home=given.address,
        filling="" if name else "name",
    )
    return planned(new, new, given)


def language_of(given: Given) -> str:
    """What to speak with somebody who has not chosen yet."""
    theirs = given.sender.language.replace("_", "-").partition("-")[0].lower() if given.sender else ""
    return theirs if theirs in LANGUAGES else given.catalog.house.language


def _arrive(new: Person, given: Given, *use: UseInvite, by: str = "") -> Step:
    """Hello. A name is asked for first, where there is none yet."""
    assert given.address is not None
    arrived = Note(Arrived(new.unit, new.role, by), person=new.id)
    first: Effects = (*use, Bind(given.address, new.id), arrived)
    if new.name:
        return new, (*first, *welcome(new, given, "start.hello"))
    voice, house, unit = Voice(new.language), given.catalog.house, given.catalog.units.get(new.unit)
    said = reply(voice.para("start.name", house=house.name, unit=unit.name if unit else house.name), typing="text")
    return new, (*first, *said)


def needs_joined(event: Joined) -> Query | None:
    """Where two became one, their packs may be complete together."""
    return Query(met=True, all_packs=True, due=1) if event.was else None


def joined(person: Person, event: Joined, given: Given) -> Step:
    """A known person is reachable at a new address: their first one, or one more."""
    if event.learned_on > person.learned_on:
        person = replace(person, streak=event.streak, learned_on=event.learned_on)
    elif event.learned_on == person.learned_on:
        person = replace(person, streak=max(person.streak, event.streak))
    if event.spent:
        person = replace(person, spent=(event.spent, *person.spent)[:4])
    unfinished = tuple(row.pack for row in given.found.progress.values() if not row.completed_at)
    closed: Effects = close_packs(unfinished, given, ()).effects if event.was else ()
    first = person.home is None or not person.reachable or person.home == event.address
    if first and not event.was:
        person = replace(person, rhythm=replace(person.rhythm, stopped=False))
        person = reaching.heard(person, event.address)
        return person, (Note(Arrived(person.unit, person.role)), *welcome(person, given, "start.hello"))
    before = person.home
    person = reaching.heard(person, event.address)
    if before and before.channel == event.address.channel and not event.was:  # a new phone, and the same app
        person = reaching.moved_home(person, event.address)
    return person, (*closed, *_linked(person, before, event, given))


def _linked(person: Person, before: Address | None, event: Joined, given: Given) -> Effects:
    """Both phones are told. Where two became one, the new one knows already: there it was asked."""
    voice = Voice(person.language)
    here = reaching.channel(event.address.channel, voice)
    told = Say(Message((voice.para("link.here_too", channel=here),)), to=before)
    if event.was:
        return (told,) if before else ()
    home = reaching.channel(person.home.channel, voice) if person.home else here
    blocks = (voice.para("link.hello", name=person.first_name), voice.para("link.home", channel=home))
    start, where = (
        Button(voice("button.start"), "do.learn", main=True),
        Button(voice("button.where"), "do.settings where"),
    )
    said = Say(Message(blocks, ((start, where),)), to=event.address)
    return said, told, Note(Linked(event.address.channel))


def welcome(person: Person, given: Given, key: str) -> Effects:
    """Hello, what this is, and the two first things to do."""
    voice = Voice(person.language)
    blocks = [voice.para(key, name=person.first_name, house=given.catalog.house.name)]
    if key == "start.hello":
        blocks.append(voice.para("start.what"))
        blocks.append(voice.para(f"start.role.{person.role}"))
    return reply(*blocks, rows=_first_things(voice))


def _first_things(voice: Voice) -> tuple[tuple[Button, ...], ...]:
    return ((Button(voice("button.start"), "do.learn", main=True), Button(voice("button.help"), "do.help")),)


COMMAND = Command("start", EVERYONE, run, needs, usage="[CODE]")
