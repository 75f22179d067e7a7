"""What a command is. One file a command beside this one; the visible list is in `__init__.py`."""

from collections.abc import Callable

from msgspec import Struct

from bot.effects import Effects, Note, Say
from bot.facts import Refused
from bot.given import Catalog, Given, Query
from bot.message import Button, Message
from bot.person import Person, Role
from bot.texts import Voice
from lessons.prose import Block

Step = tuple[Person, Effects]

EVERYONE = frozenset(Role)
MEMBERS = frozenset({Role.LEARNER, Role.MANAGER, Role.ADMIN})
MANAGERS = frozenset({Role.MANAGER, Role.ADMIN})
ADMINS = frozenset({Role.ADMIN})


def no_needs(person: Person, args: str, catalog: Catalog) -> Query | None:
    return None


class Command(Struct, frozen=True):
    """A command that people type or tap.

    `needs` says what must be looked up for these words, `run` takes the turn. `args` is what followed the name, trimmed.
    Its one line of help is the sentence `help.NAME`.
    """

    name: str
    roles: frozenset[Role]
    run: Callable[[Person, str, Given], Step]
    needs: Callable[[Person, str, Catalog], Query | None] = no_needs
    usage: str = ""


def reply(*blocks: Block, rows: tuple[tuple[Button, ...], ...] = (), typing: str = "") -> Effects:
    """One plain answer."""
    return (Say(Message(blocks, rows, typing=typing)),)


def refuse(person: Person, what: str, key: str = "refused", **values: str) -> Step:
    """A polite no; it is noted what was asked."""
    voice = Voice(person.language)
    rows = ((Button(voice("button.help"), "do.help"),),)
    return person, (*reply(voice.para(key, **values), rows=rows), Note(Refused(what[:200])))
