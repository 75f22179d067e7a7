"""The heart: one person, one event, what is given -> the new person and what is wanted. Pure, and fits on two screens.

`needs` says what must be looked up before the turn; `take_turn` takes it. The same arguments give the same answer.
"""

from datetime import timedelta
from typing import assert_never

from msgspec.structs import replace

from bot import boards, huddles, nudging, reaching, session, showing, uploading
from bot.commands import BY_NAME, huddle, link, start
from bot.commands.base import ADMINS, Command, refuse, reply
from bot.commands.settings import fill
from bot.effects import Effects, Note, Pass, Say
from bot.events import (
    Called,
    Event,
    Joined,
    Left,
    Met,
    NotFetched,
    Offered,
    Opened,
    Pressed,
    Prodded,
    Rang,
    Said,
    Uploaded,
    Voted,
)
from bot.facts import Arrived, Finished
from bot.given import Catalog, Given, Query
from bot.message import Button, Message
from bot.person import Asking, Confirming, MergeInto, Person, Press, PublishPack, Role, Shown
from bot.texts import Voice
from scheduler.plan import came

Step = tuple[Person, Effects]
Theirs = Said | Pressed | Called | Uploaded | Offered | Met  # what somebody does where nobody else reads
# For all other commands, who just came in tells their name first.
NAMELESS = frozenset({"help", "stop", "settings", "link", "start"})
PLAIN = 120  # characters: longer words are a text, not a command
DOUBLE_TAP = timedelta(seconds=4)  # the same button twice so quickly was meant once


def needs(person: Person, event: Event, catalog: Catalog) -> Query | None:
    """What must be looked up before this turn, if anything."""
    match event:
        case Rang() | Prodded():
            return nudging.NEEDS
        case Called(name, args):
            return _needs_command(person, name, args, catalog)
        case Pressed(press) if press.startswith("do."):
            name, _, args = press.removeprefix("do.").partition(" ")
            return _needs_command(person, name, args, catalog)
        case Said(text):
            if person.role == Role.STRANGER:
                return start.needs(person, text, catalog)
            called = _plain_command(person, text)
            if called:
                return _needs_command(person, called.name, called.args, catalog)
            return session.needs(person, catalog)
        case Pressed(press):
            asked = _asked(person, press)
            if asked and isinstance(asked.what, MergeInto):
                return link.needs_confirmed(person, asked.what)
            return session.needs(person, catalog)
        case Opened():
            return boards.needs(person)
        case Voted():
            return huddles.needs(person, event, catalog)
        case Joined():
            return start.needs_joined(event)
        case Uploaded() | Offered() | NotFetched() | Left() | Met():
            return None
        case _:
            assert_never(event)


def take_turn(person: Person, event: Event, given: Given) -> Step:
    """The new person, and everything that is wanted, in order."""
    if not person.id:
        person = replace(person, language=start.language_of(given))
    before = person
    match event:
        case Rang():
            return nudging.ring(person, given)
        case Prodded():
            return nudging.prodded(person, event, given)
        case Left():
            return reaching.left(person, event)
        case NotFetched():
            return uploading.not_fetched(person, event, given)
        case Opened():
            return boards.opened(person, given)
        case Voted():
            person, effects = huddles.voted(person, event, given)
            if not effects:
                return person, ()
        case Joined():
            person, effects = start.joined(_here(person, given), event, given)
        case Said() | Pressed() | Called() | Uploaded() | Offered() | Met():
            if given.place:
                return _in_group(person, event, given)
            person, effects = _theirs(_here(person, given), event, given)
            effects = (*effects, *_board_anew(person, effects))
        case _:
            assert_never(event)
    return (nudging.planned(person, before, given) if person.id else person), effects


def _here(person: Person, given: Given) -> Person:
    """Somebody did something: they are here, and reachable, whatever was thought before."""
    if not person.id:
        return person
    back = person.returning or person.rhythm.silent
    person = reaching.heard(person, given.address)
    return replace(person, rhythm=came(person.rhythm, given.now), returning=back)


def _theirs(person: Person, event: Theirs, given: Given) -> Step:
    door = "" if person.id else start.door(event, given)
    if door:
        return start.enter(door, given)
    match event:
        case Called(name, args):
            return _command(person, name, args, given)
        case Pressed(press):
            return _pressed(person, press, given)
        case Said(text):
            return _said(person, text, given)
        case Uploaded():
            return uploading.uploaded(person, event, given)
        case Offered():
            return uploading.offered(person, event, given)
        case Met():  # who is known was greeted when they came in
            return (person, ()) if person.id else start.run(person, "", given)
        case _:
            assert_never(event)


def _in_group(person: Person, event: Theirs, given: Given) -> Step:
    """In a group the bot speaks when it is asked to, and never of anybody's results."""
    if not isinstance(event, Called) or event.name not in BY_NAME:
        return person, ()
    command = BY_NAME[event.name]
    if command is huddle.COMMAND and person.role in command.roles:
        return huddle.run(person, event.args, given)
    return huddle.elsewhere(person, event.name, given)


def _board_anew(person: Person, effects: Effects) -> Effects:
    """After a session, or with a new role, who looks at a board sees a new one: in a turn of its own, which looks
    everything up."""
    other = any(isinstance(effect, Note) and isinstance(effect.fact, Finished | Arrived) for effect in effects)
    return (Pass(person.id, Opened()),) if other and person.board else ()


# --- Commands --------------------------------------------------------------------------------------------------------


def _needs_command(person: Person, name: str, args: str, catalog: Catalog) -> Query | None:
    command = BY_NAME.get(name)
    return command.needs(person, args, catalog) if command and person.role in command.roles else None


def _command(person: Person, name: str, args: str, given: Given) -> Step:
    command = BY_NAME.get(name)
    if person.role == Role.STRANGER and name not in ("start", "link"):
        return BY_NAME["help"].run(person, "", given)
    if command is None:
        return _unknown(person, name)
    if person.role not in command.roles:
        return refuse(person, f"{name} {args}".strip(), "refused.role", command=f"/{name}")
    if person.id and not person.name and name not in NAMELESS:
        return replace(person, filling="name"), reply(Voice(person.language).para("settings.ask.name"), typing="text")
    if command is start.COMMAND and start.is_for_link(person, given):
        command = link.COMMAND
    return command.run(replace(person, filling=""), args, given)


def _unknown(person: Person, name: str) -> Step:
    from rapidfuzz.process import extractOne

    voice = Voice(person.language)
    mine = [command.name for command in BY_NAME.values() if person.role in command.roles]
    near = extractOne(name[:20], mine, score_cutoff=60)
    if near:
        rows = ((Button(f"/{near[0]}", f"do.{near[0]}"),),)
        return person, reply(voice.para("command.did_you_mean", command=f"/{near[0]}"), rows=rows)
    return person, reply(voice.para("command.unknown"), rows=((Button(voice("button.help"), "do.help"),),))


def _plain_command(person: Person, text: str) -> Called | None:
    """A command typed without its slash, where nothing else waits for words. It is also the way out of a setting that
    was asked for, but not of the name: somebody may be called Stop."""
    waits = person.filling == "name" or (isinstance(person.mode, Asking) and not person.filling)
    if waits or not person.id or len(text) >= PLAIN:
        return None
    name, _, args = text.strip().partition(" ")
    command: Command | None = BY_NAME.get(name.lower())
    return Called(command.name, args.strip()) if command else None


# --- Buttons ---------------------------------------------------------------------------------------------------------


def _pressed(person: Person, press: str, given: Given) -> Step:
    last = person.last_press
    ticking = showing.is_ticked(press)  # that tells all at once: the same once more is no double tap
    if not ticking and last and last.press == press and given.now - last.at < DOUBLE_TAP:
        return person, _once(person)
    person = replace(person, last_press=Press(press, given.now)) if person.id else person
    if press.startswith("do."):
        name, _, args = press.removeprefix("do.").partition(" ")
        return _command(person, name, args, given)
    token, _, what = press.partition(".")
    asked = _asked(person, press)
    if asked:
        return _confirmed(person, asked, given, yes=what == "yes")
    if isinstance(person.mode, Asking | Shown) and token == person.mode.token:
        step = session.press(person, what, given)
        return step if step[1] or ticking else (person, _once(person))
    if token in person.spent:
        return person, _once(person)
    voice = Voice(person.language)
    rows = ((Button(voice("button.go_on"), "do.learn", main=True),),) if person.id else ()
    return person, reply(voice.para("press.old"), rows=rows)


def _asked(person: Person, press: str) -> Confirming | None:
    """What the bot asked, where this press answers it."""
    asked = person.confirming
    return asked if asked and press.partition(".")[0] == asked.token else None


def _confirmed(person: Person, asked: Confirming, given: Given, *, yes: bool) -> Step:
    match asked.what:
        case PublishPack(pack=pack) if person.role not in ADMINS:  # not any more
            return refuse(replace(person, confirming=None), f"publish {pack}")
        case PublishPack() as what:
            return uploading.confirmed(person, asked, what, yes=yes)
        case MergeInto() as what:
            return link.confirmed(person, asked, what, given, yes=yes)
        case _:
            assert_never(asked.what)


def _once(person: Person) -> Effects:
    """A double tap: once was enough, and nothing happened."""
    return (Say(Message((Voice(person.language).para("press.twice"),), fleeting=True)),)


# --- Words -----------------------------------------------------------------------------------------------------------


def _said(person: Person, text: str, given: Given) -> Step:
    if person.role == Role.STRANGER:
        return start.run(person, text, given)
    called = _plain_command(person, text)
    if called:
        return _command(person, called.name, called.args, given)
    if person.filling:
        nameless = not person.name
        person, effects = fill(person, person.filling, text, given)
        return person, start.welcome(person, given, "start.hello") if nameless and person.name else effects
    button = _labelled(person, text, given)
    if button:
        return _pressed(person, button.press, given)
    answered = session.typed(person, text, given)
    if answered is not None:
        return answered
    voice = Voice(person.language)
    if isinstance(person.mode, Asking):
        key = "answer.tap_first" if person.mode.answer is not None else "answer.unread"
        return person, reply(voice.para(key))
    rows = ((Button(voice("button.start"), "do.learn", main=True), Button(voice("button.help"), "do.help")),)
    return person, reply(voice.para("said.nothing"), rows=rows)


def _labelled(person: Person, text: str, given: Given) -> Button | None:
    """Typing what stands on a button is as good as a tap."""
    message = session.table(person, given)
    wanted = text.strip().casefold()
    for row in message.rows if message else ():
        for button in row:
            if button.label.casefold() == wanted:
                return button
    return None
