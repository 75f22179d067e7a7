"""/stop: the bot never speaks first any more, until /start."""

from msgspec.structs import replace

from bot.commands.base import MEMBERS, Command, Step, reply
from bot.effects import Note
from bot.facts import Departed
from bot.given import Given
from bot.message import Button
from bot.person import Person
from bot.texts import Voice


def run(person: Person, args: str, given: Given) -> Step:
    voice = Voice(person.language)
    person = replace(person, rhythm=replace(person.rhythm, stopped=True, snoozed_until=None))
    rows = ((Button(voice("button.on_again"), "do.start"),),)
    return person, (*reply(voice.para("stop.done"), rows=rows), Note(Departed("asked to stop")))


COMMAND = Command("stop", MEMBERS, run)
