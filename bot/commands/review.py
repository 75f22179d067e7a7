"""/review: only what you are about to forget."""

from bot import choosing
from bot.commands.base import MEMBERS, Command, Step
from bot.commands.learn import begin
from bot.given import Catalog, Given, Query
from bot.person import Person


def needs(person: Person, args: str, catalog: Catalog) -> Query | None:
    return choosing.needs_daily(person)


def run(person: Person, args: str, given: Given) -> Step:
    return begin(person, choosing.review(person, given), given)


COMMAND = Command("review", MEMBERS, run, needs)
