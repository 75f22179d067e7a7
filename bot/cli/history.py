"""The demo company's first days, really played: turns through the service at earlier times, nothing made up in tables.

Promise: who answers what is fixed, so progress, misses and nudges come out the same each time. Only the clock is
ours: it stands still between two steps.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import assert_never

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
        self._asked += not mode.draft
        every = self._visit.wrong_every
        return _act(card.question, mode, right=not every or self._asked % every != 0)


def _act(question: Question, mode: Asking, right: bool) -> Event:
    """The next tap or words on the way to a right answer, or to a wrong one where a question lets one tap it."""
    prompt, solution, done = question.ask(mode.draft, mode.luck), question.grade(()).solution, len(mode.draft)
    match prompt.how:
        case "one" | "poll":
            fitting = [
                choice for choice in prompt.choices if (choice.label == solution) == right or not question.graded
            ]
            what = str(fitting[0].number)
        case "many":
            labels = solution.split("; ")
            missing = [choice for choice in prompt.choices if choice.label in labels and not choice.picked]
            what = f"+{missing[0].number}" if missing and (right or not done) else "done"
        case "order":
            what = str(done)
        case "match":
            what = f"{done}:{done}"
        case "text" | "number":
            return Said(solution.split(" ± ")[0])
        case "own":
            return Said("I would put the cold things away first.")
        case _:
            assert_never(prompt.how)
    return Pressed(f"{mode.token}.{what}")


Prepare = Callable[[Core, datetime], Awaitable[None]]


async def play(
    database: Database, house: House, company: Enlisting, prepare: Prepare, today: datetime, played: Callable[[], None]
) -> Core:
    """All days from the first to yesterday. `prepare` publishes and assigns, on the first morning; `played` hears of
    each day that is over."""
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
            played()
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
