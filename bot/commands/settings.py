"""/settings [what value]: language, time zone, reminder time and place, quiet hours, session length, name, pause."""

from collections.abc import Callable
from datetime import time, timedelta

from msgspec.structs import replace

from bot import reaching
from bot.commands.base import MEMBERS, Command, Step, reply
from bot.effects import Effects, Note
from bot.facts import Set
from bot.given import Given
from bot.message import Button, rows_of
from bot.person import Person
from bot.texts import LANGUAGES, Voice
from lessons.prose import Block, Bullets
from scheduler.hours import in_quiet, is_offset, local, parse_time, zone_named, zones_like

NAME_LIMIT = 60
JOINERS = "\u200c\u200d"  # signs that cannot be seen, and without which Persian names are spelt wrong
CARDS = (3, 30)  # cards a session that make sense
MINUTES = (2, 30)
PAUSE = (0, 60)  # days; 0 ends a pause
Set_ = tuple[Person | None, Effects]  # the changed person and what was set; None: it could not be read, and why


def run(person: Person, args: str, given: Given) -> Step:
    what, _, value = args.partition(" ")
    voice = Voice(person.language)
    if what not in WHATS:
        return person, overview(person, given, voice)
    if what == "where" and not person.others:
        return person, reply(voice.para("settings.where_here"))
    if not value:
        return _ask(person, what, voice)
    return fill(person, what, value.strip(), given)


def fill(person: Person, what: str, value: str, given: Given) -> Step:
    """A value was typed or tapped for a setting."""
    changed, said = WHATS[what](person, value, given)
    if changed is None:
        return replace(person, filling=what), said
    return replace(changed, filling=""), (Note(Set(what, value[:NAME_LIMIT])), *said)


def overview(person: Person, given: Given, voice: Voice) -> Effects:
    """Everything as it is now, and a button for each."""
    rhythm, house = person.rhythm, given.catalog.house
    lines = [
        voice.line("settings.language", value=LANGUAGES[voice.language]),
        voice.line("settings.zone", value=rhythm.zone, now=local(given.now, rhythm.zone).strftime("%H:%M")),
        voice.line("settings.time", value=rhythm.nudge_at),
        voice.line("settings.quiet", start=rhythm.quiet[0], end=rhythm.quiet[1]),
        voice.line("settings.cards", person.daily_cards or house.daily_cards),
        voice.line("settings.minutes", person.daily_minutes or house.daily_minutes),
    ]
    if person.others and person.home:
        lines.append(voice.line("settings.where", value=_home(person, voice)))
    if rhythm.stopped:
        lines.append(voice.line("settings.stopped"))
    elif rhythm.paused_until and rhythm.paused_until > given.now:
        lines.append(voice.line("settings.paused", day=voice.day(local(rhythm.paused_until, rhythm.zone).date())))
    shown = [what for what in WHATS if what != "name" and (what != "where" or person.others)]
    buttons = tuple(Button(voice(f"button.set.{what}"), f"do.settings {what}") for what in shown)
    return reply(voice.para("settings.title"), Bullets(tuple(lines)), rows=rows_of(buttons))


def _ask(person: Person, what: str, voice: Voice) -> Step:
    """Asks for the value: a choice where there are few, else the keyboard."""
    if what == "language":
        buttons = tuple(Button(name, f"do.settings language {code}") for code, name in LANGUAGES.items())
        return person, reply(voice.para("settings.ask.language"), rows=rows_of(buttons))
    if what == "where":
        return person, reply(voice.para("settings.ask.where"), rows=rows_of(_places(person, voice)))
    if what == "pause":
        days = (("off", 0), ("week", 7), ("two", 14))
        buttons = tuple(Button(voice(f"button.pause.{key}"), f"do.settings pause {n}") for key, n in days)
        return person, reply(voice.para("settings.ask.pause"), rows=rows_of(buttons))
    return replace(person, filling=what), reply(voice.para(f"settings.ask.{what}"), typing="text")


def clean_name(name: str) -> str:
    """A name that can stand in a sentence and a list; empty where it has no letters."""
    seen = "".join(sign for sign in name if sign.isprintable() or sign.isspace() or sign in JOINERS)
    name = " ".join(seen.split())[:NAME_LIMIT].strip()
    return name if any(sign.isalpha() for sign in name) else ""


def _name(person: Person, value: str, given: Given) -> Set_:
    voice = Voice(person.language)
    name = clean_name(value)
    if not name:
        return None, reply(voice.para("settings.bad.name"), typing="text")
    return replace(person, name=name), reply(voice.para("settings.set.name", name=name))


def _language(person: Person, value: str, given: Given) -> Set_:
    wanted = value.casefold()
    code = next((code for code, name in LANGUAGES.items() if wanted in (code, name.casefold())), None)
    if code is None:
        voice = Voice(person.language)
        return None, reply(voice.para("settings.bad.language", languages=", ".join(LANGUAGES.values())), typing="text")
    return replace(person, language=code), reply(Voice(code).para("settings.set.language"))


def _zone(person: Person, value: str, given: Given) -> Set_:
    voice = Voice(person.language)
    zone = zone_named(value)
    if zone is None:
        like = zones_like(value)
        rows = tuple((Button(name, f"do.settings zone {name}"),) for name in like)
        key = "settings.bad.offset" if is_offset(value) else "settings.which.zone" if like else "settings.bad.zone"
        return None, reply(voice.para(key, words=value[:40]), rows=rows, typing="text")
    time = local(given.now, zone).strftime("%H:%M")
    rhythm = replace(person.rhythm, zone=zone)
    return replace(person, rhythm=rhythm), reply(voice.para("settings.set.zone", zone=zone, now=time))


def _time(person: Person, value: str, given: Given) -> Set_:
    voice = Voice(person.language)
    at = parse_time(value)
    if at is None:
        return None, reply(voice.para("settings.bad.time", words=value[:40]), typing="text")
    shown = at.strftime("%H:%M")
    person = _rhythm(person, nudge_at=shown)
    return person, reply(*(_waits(person, voice) or (voice.para("settings.set.time", time=shown),)))


def _quiet(person: Person, value: str, given: Given) -> Set_:
    voice = Voice(person.language)
    parts = [parse_time(part) for part in value.replace("–", "-").split("-")]
    if len(parts) != 2 or parts[0] is None or parts[1] is None or parts[0] == parts[1]:
        return None, reply(voice.para("settings.bad.quiet", words=value[:40]), typing="text")
    start, end = parts[0].strftime("%H:%M"), parts[1].strftime("%H:%M")
    person = _rhythm(person, quiet=(start, end))
    return person, reply(voice.para("settings.set.quiet", start=start, end=end), *_waits(person, voice))


def _waits(person: Person, voice: Voice) -> tuple[Block, ...]:
    """That the reminder waits for the end of the quiet hours, where its time lies in them."""
    at, quiet = person.rhythm.nudge_at, person.rhythm.quiet
    return (voice.para("settings.in_quiet", time=at, end=quiet[1]),) if in_quiet(time.fromisoformat(at), quiet) else ()


def _cards(person: Person, value: str, given: Given) -> Set_:
    voice = Voice(person.language)
    number = _number(value, CARDS)
    if number is None:
        return None, reply(voice.para("settings.bad.cards", low=CARDS[0], high=CARDS[1]), typing="number")
    return replace(person, daily_cards=number), reply(voice.para("settings.set.cards", number))


def _minutes(person: Person, value: str, given: Given) -> Set_:
    voice = Voice(person.language)
    number = _number(value, MINUTES)
    if number is None:
        return None, reply(voice.para("settings.bad.minutes", low=MINUTES[0], high=MINUTES[1]), typing="number")
    return replace(person, daily_minutes=number), reply(voice.para("settings.set.minutes", number))


def _pause(person: Person, value: str, given: Given) -> Set_:
    voice = Voice(person.language)
    days = _number(value, PAUSE)
    if days is None:
        return None, reply(voice.para("settings.bad.pause"), typing="number")
    if days == 0:
        return _rhythm(person, paused_until=None, stopped=False), reply(voice.para("settings.set.on"))
    until = given.now + timedelta(days=days)
    day = voice.day(local(until, person.rhythm.zone).date())
    return _rhythm(person, paused_until=until), reply(voice.para("settings.set.pause", day=day))


def _where(person: Person, value: str, given: Given) -> Set_:
    voice = Voice(person.language)
    place = reaching.named(person, value, voice)
    if place is None:
        return None, reply(voice.para("settings.ask.where"), rows=rows_of(_places(person, voice)))
    return reaching.moved_home(person, place.address), reply(voice.para("settings.set.where", place=place.name))


def _places(person: Person, voice: Voice) -> tuple[Button, ...]:
    """A button for each place."""
    home = person.home
    return tuple(
        Button(place.name, f"do.settings where {place.id}", picked=place.address == home)
        for place in reaching.places(person, voice)
    )


def _home(person: Person, voice: Voice) -> str:
    return next((each.name for each in reaching.places(person, voice) if each.address == person.home), "")


def _number(value: str, limits: tuple[int, int]) -> int | None:
    """A whole number within the limits, in digits of any script. Python refuses to read thousands of digits."""
    number = int(value) if value.isdecimal() and len(value) < 6 else -1
    return number if limits[0] <= number <= limits[1] else None


def _rhythm(person: Person, **changes: object) -> Person:
    return replace(person, rhythm=replace(person.rhythm, **changes))


WHATS: dict[str, Callable[[Person, str, Given], Set_]] = {
    "language": _language,
    "zone": _zone,
    "time": _time,
    "where": _where,
    "quiet": _quiet,
    "cards": _cards,
    "minutes": _minutes,
    "pause": _pause,
    "name": _name,
}

COMMAND = Command("settings", MEMBERS, run, usage="[WHAT VALUE]")
