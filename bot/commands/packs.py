"""/packs: what is published, and how to bring in more."""

from bot.commands.base import ADMINS, Command, Step, reply
from bot.given import Given
from bot.person import Person
from bot.progress import cards_of
from bot.showing import titled
from bot.texts import Voice
from lessons.prose import Bullets


def run(person: Person, args: str, given: Given) -> Step:
    voice = Voice(person.language)
    lines = tuple(
        voice.line(
            "packs.line",
            len(cards_of(pack)),
            pack=titled(pack, voice),
            id=pack.id,
            version=pack.version,
            languages=", ".join(pack.languages),
        )
        for pack in given.catalog.packs.values()
    )
    listed = Bullets(lines) if lines else voice.para("packs.none")
    return person, reply(voice.para("packs.title"), listed, voice.para("packs.how"))


COMMAND = Command("packs", ADMINS, run)
