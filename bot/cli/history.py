"""The demo company's first days, really played: turns through the service at earlier times, nothing made up in tables.

Promise: who answers what is fixed, so progress, misses and nudges come out the same each time. Only the clock is
ours: it stands still between two steps.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from adapters.database.connection import Database
from bot.cli.assemble import Core, core, serving
from bot.cli.company import DAYS, VISITS, Visit, address
from bot.commands.base import Step
from bot.enlisting import Enlisting
from bot.events import Called, Event, Incoming, Pressed, Said
from bot.given import Given, House
from bot.person import Asking, Person, Shown
from bot.session import table_card
from bot.turn import take_turn
from lessons.questions.base import Question

TAP = timedelta(seconds=14)  # from one tap to the next
MOST = 80  # taps of one visit: a walk is far shorter
OPENING = timedelta(hours=10, minutes=5)  # UTC: after ten o'clock in every zone of the company


class StillClock:
    """A clock that stands where it was put."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


class Watched:
    """Turns as they are, and how each person stood after their last one."""

    def __init__(self) -> None:
        self.last: dict[str, tuple[Person, Given]] = {}

    def take_turn(self, person: Person, event: Event, given: Given) -> Step:
        after, effects = take_turn(person, event, given)
        self.last[after.id] = after, given
        return after, effects


class Visitor:
    """Plays one visit: what they do next, from how they stand."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._asked = 0

    def next(self, person: Person, given: Given) -> Event | None:
        """The next tap or word; None once the walk is over."""
        mode, card = person.mode, table_card(person, given)
        if isinstance(mode, Shown):
            return Pressed(f"{mode.token}.next") if person.session else None
        if not isinstance(mode, Asking) or card is None or card.question is None:
            return None
        if mode.answer is not None:
            right = card.question.grade(mode.answer).right
            return Pressed(f"{mode.token}.sure.{'certain' if right else 'guess'}")
        self._asked += 1
        every = self._visit.wrong_every
        words = _words(card.question, right=not every or self._asked % every != 0)
        return Said(words) if words else Pressed(f"{mode.token}.enough")


def _words(question: Question, right: bool) -> str:
    """What to type for a right answer, or for a wrong one where there is another option; empty: no words will do."""
    if not question.graded:
        labels = [choice.label for choice in question.ask((), 0).choices]
        return labels[0] if labels else "I put the cold things away first."
    solution = question.grade(()).solution
    others = [choice.label for choice in question.ask((), 0).choices if choice.label != solution]
    for words in ([] if right else others) + [solution, solution.split(" ± ")[0]]:
        answer = question.read_typed(words)
        if answer is not None and (question.grade(answer).right == right or not right):
            return words
    return ""


Prepare = Callable[[Core, datetime], Awaitable[None]]


async def play(database: Database, house: House, company: Enlisting, prepare: Prepare, today: datetime) -> Core:
    """All days from the first to yesterday. `prepare` publishes and assigns, on the first morning."""
    midnight = today.replace(hour=0, minute=0, second=0, microsecond=0)
    clock = StillClock(midnight - timedelta(days=DAYS) + timedelta(hours=7))
    watched = Watched()
    parts = await core(database, house, clock, turn=watched.take_turn)
    await prepare(parts, clock.at)
    people = {person.name: person for person in company.people}
    async with serving(parts.service):
        await parts.service.reload()
        for ago in range(DAYS, 0, -1):
            clock.at = midnight - timedelta(days=ago) + OPENING
            await _ring(parts, clock.at)
            visits = [(people[visit.name], Visitor(visit)) for visit in VISITS if visit.days_ago == ago]
            await _visit(parts, clock, watched, visits)
    return parts


async def _ring(parts: Core, now: datetime) -> None:
    """What the metronome would have done that morning."""
    await asyncio.gather(*(parts.service.deliver(rang) for rang in await parts.store.due(now, 100)))


async def _visit(parts: Core, clock: StillClock, watched: Watched, visits: Sequence[tuple[Person, Visitor]]) -> None:
    """All of a day's visitors at once, tap by tap: one transaction for each round."""
    todo: list[tuple[Person, Visitor, Event | None]] = [
        (person, visitor, Called("learn")) for person, visitor in visits
    ]
    for tap in range(MOST):
        acts = [(person, event) for person, _, event in todo if event]
        if not acts:
            return
        clock.at += TAP
        await asyncio.gather(
            *(
                parts.service.deliver(Incoming(f"{clock.at:%m%d}.{tap}.{person.id}", event, clock.at, address(person)))
                for person, event in acts
            )
        )
        todo = [(person, visitor, visitor.next(*watched.last[person.id])) for person, visitor, event in todo if event]
