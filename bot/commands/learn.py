"""/learn [pack]: go on where you were, today's walk, or the next lesson of a pack."""

from datetime import timedelta
from typing import TypeGuard

from msgspec.structs import replace

from bot import choosing, session
from bot.commands.base import MEMBERS, Command, Step, reply
from bot.effects import Effects, Say
from bot.finding import find_pack
from bot.given import Catalog, Given, Query
from bot.message import Button, Message
from bot.person import Person, Session
from bot.showing import titled
from bot.texts import Voice
from scheduler.hours import local
from scheduler.plan import learned

FRESH = timedelta(hours=12)  # an open walk is gone on with for so long; after that, what is due today comes first


def needs(person: Person, args: str, catalog: Catalog) -> Query | None:
    pack = find_pack(args, catalog) if args else None
    open_packs = person.session.packs if person.session else ()
    return replace(choosing.needs_daily(person), packs=(*open_packs, pack.id) if pack else open_packs)


def run(person: Person, args: str, given: Given) -> Step:
    person = replace(person, rhythm=learned(person.rhythm, given.now))
    if args:
        return _pack(person, args, given)
    if _open(person.session, given):
        return session.resume(person, given)
    return begin(person, choosing.daily(person, given), given)


def begin(person: Person, walk: Session | None, given: Given) -> Step:
    """Starts the walk, or says when there will be one."""
    voice = Voice(person.language)
    if walk is None:
        person, left = session.leave(person, given)
        return person, (*left, *_nothing(person, given, voice))
    first: Effects = ()
    if person.returning:
        person = replace(person, returning=False)
        first = (Say(Message((voice.para("learn.back", walk.total),))),)
    return session.begin(person, walk, given, first)


def _pack(person: Person, args: str, given: Given) -> Step:
    voice = Voice(person.language)
    pack = find_pack(args, given.catalog)
    if pack is None:
        return person, reply(voice.para("pack.unknown", words=args[:60]), rows=_choices(given, voice))
    walk = person.session
    if _open(walk, given) and walk.packs == (pack.id,):
        return session.resume(person, given)
    walk = choosing.lesson(pack, person, given)
    if walk is None:
        person, left = session.leave(person, given)
        rows = ((Button(voice("button.progress"), "do.progress"),),)
        return person, (*left, *reply(voice.para("learn.all", pack=titled(pack, voice)), rows=rows))
    return session.begin(person, walk, given)


def _open(walk: Session | None, given: Given) -> TypeGuard[Session]:
    return walk is not None and bool(walk.queue) and given.now - walk.started_at < FRESH


def _nothing(person: Person, given: Given, voice: Voice) -> Effects:
    """Nothing is due: that is good news, and says when the next is."""
    if given.found.next_due:
        day = voice.day(local(given.found.next_due, person.rhythm.zone).date())
        return reply(voice.para("learn.nothing_until", day=day), rows=_choices(given, voice))
    return reply(voice.para("learn.nothing"), rows=_choices(given, voice))


def _choices(given: Given, voice: Voice) -> tuple[tuple[Button, ...], ...]:
    """The packs there are, to pick one by hand."""
    packs = list(given.catalog.packs.values())[:8]
    return tuple((Button(titled(pack, voice)[:75], f"do.learn {pack.id}"),) for pack in packs)


COMMAND = Command("learn", MEMBERS, run, needs, usage="[PACK]")
