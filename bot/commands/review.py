"""/review: only what you are about to forget."""

from bot import choosing
from bot.commands import learn
from bot.commands.base import MEMBERS, Command, Step
from bot.given import Catalog, Given, Query
from bot.person import Person


def needs(person: Person, args: str, catalog: Catalog) -> Query | None:
    return learn.needs(person, "", catalog)


def run(person: Person, args: str, given: Given) -> Step:
    return learn.begin(person, choosing.review(person, given), given)


COMMAND = Command("review", MEMBERS, run, needs)
