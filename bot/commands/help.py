"""/help: what I can do for you, by role."""

from bot.commands.base import EVERYONE, Command, Step, reply
from bot.given import Given
from bot.message import Button
from bot.person import Person, Role
from bot.texts import Voice
from lessons.prose import Bullets


def run(person: Person, args: str, given: Given) -> Step:
    from bot.commands import COMMANDS  # the list holds this file too

    voice = Voice(person.language)
    if person.role == Role.STRANGER:
        return person, reply(voice.para("start.stranger", house=given.catalog.house.name), typing="text")
    mine = [each for each in COMMANDS if person.role in each.roles]
    lines = [
        voice.line("help.line", usage=f"/{each.name} {each.usage}".strip(), what=voice(f"help.{each.name}"))
        for each in mine
    ]
    buttons = (Button(voice("button.start"), "do.learn", main=True), Button(voice("button.progress"), "do.progress"))
    return person, reply(voice.para("help.title"), Bullets(tuple(lines)), voice.para("help.end"), rows=(buttons,))


COMMAND = Command("help", EVERYONE, run)
