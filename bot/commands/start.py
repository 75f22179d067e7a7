"""/start [invite]: come in with an invitation, come back after a pause, or read what to do first."""

import hashlib

from msgspec.structs import replace

from bot.commands.base import EVERYONE, Command, Step, reply
from bot.effects import Bind, Effects, Invite, Note, Pass, UseInvite
from bot.events import Joined
from bot.facts import Arrived
from bot.given import Catalog, Given, Query
from bot.message import Button
from bot.nudging import planned
from bot.person import Person, Role
from bot.texts import Voice
from scheduler.plan import Rhythm

CODE = 10  # letters and digits of a code (see `Given.token`)
CODE_LIMIT = 64  # characters of a code that are looked at: Telegram's deep links carry no more


def hashed(code: str) -> str:
    """An invitation's code as the store knows it: forgiving of case, spaces and dashes."""
    plain = "".join(c for c in code[:CODE_LIMIT].lower() if c.isalnum())
    return hashlib.sha256(plain.encode()).hexdigest()


def _is_code(words: str) -> bool:
    """Whether words may be a code at all, rather than a greeting: as long as one, give or take a slip."""
    return abs(sum(c.isalnum() for c in words) - CODE) <= 2 and len(words.split()) <= 2


def needs(person: Person, args: str, catalog: Catalog) -> Query | None:
    return Query(invite=hashed(args)) if _is_code(args) and not person.id else None


def run(person: Person, args: str, given: Given) -> Step:
    voice = Voice(person.language)
    if person.id:
        rhythm = replace(person.rhythm, stopped=False, paused_until=None)
        return replace(person, rhythm=rhythm), welcome(
            person, given, "start.again" if person.learned_on else "start.hello"
        )
    if not _is_code(args):
        return person, reply(voice.para("start.stranger", house=given.catalog.house.name), typing="text")
    invite = given.found.invite
    if invite is None or given.address is None:
        return person, reply(voice.para("start.unknown"), typing="text")
    if invite.uses < 1:
        return person, reply(voice.para("start.used"))
    if invite.expires_at <= given.now:
        return person, reply(voice.para("start.expired"))
    use = UseInvite(invite.code)
    if invite.person:
        return person, (use, Bind(given.address, invite.person), Pass(invite.person, Joined(given.address)))
    return _join(person, invite, given, use)


def _join(person: Person, invite: Invite, given: Given, use: UseInvite) -> Step:
    """A new person. Their name is asked for first; everything else starts with the organisation's settings."""
    assert given.address is not None
    house = given.catalog.house
    new = Person(
        id="p" + given.token("person"),
        unit=invite.unit,
        role=Role(invite.role),
        language=house.language,
        rhythm=Rhythm(zone=house.zone, nudge_at=house.nudge_at, quiet=house.quiet, active_at=given.now),
        home=given.address,
        filling="name",
    )
    new = planned(new, new, given)
    voice = Voice(new.language)
    unit = given.catalog.units.get(invite.unit)
    said = reply(voice.para("start.name", house=house.name, unit=unit.name if unit else house.name), typing="text")
    arrived = Note(Arrived(invite.unit, new.role, invite.by), person=new.id)
    return new, (use, Bind(given.address, new.id), arrived, *said)


def joined(person: Person, event: Joined, given: Given) -> Step:
    """A known person is reachable at a new address."""
    rhythm = replace(person.rhythm, stopped=False)
    person = replace(person, home=event.address, reachable=True, rhythm=rhythm)
    return person, (Note(Arrived(person.unit, person.role)), *welcome(person, given, "start.hello"))


def welcome(person: Person, given: Given, key: str) -> Effects:
    """Hello, what this is, and the two first things to do."""
    voice = Voice(person.language)
    blocks = [voice.para(key, name=person.first_name, house=given.catalog.house.name)]
    if key == "start.hello":
        blocks.append(voice.para("start.what"))
        blocks.append(voice.para(f"start.role.{person.role}"))
    buttons = (Button(voice("button.start"), "do.learn", main=True), Button(voice("button.help"), "do.help"))
    return reply(*blocks, rows=(buttons,))


COMMAND = Command("start", EVERYONE, run, needs, usage="[CODE]")
