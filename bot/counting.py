"""What a card on the table was worth: memory, progress and facts, once it is read or answered. Pure."""

from datetime import timedelta

from msgspec import Struct

from bot import progress
from bot.effects import CardState, Effects, Note, Remember, Track
from bot.facts import Answered, Experienced
from bot.given import Given
from bot.person import Asking, Person
from lessons.model import Card, CardRef
from lessons.questions.base import Answer, Grade
from scheduler.memory import Confidence, Policy, review


class Counted(Struct, frozen=True):
    """`grade` is None where the question is not graded (own words, a poll)."""

    grade: Grade | None
    effects: Effects


def count_reading(person: Person, given: Given) -> Effects:
    """A card without a question was read to its end."""
    assert person.session is not None
    ref = person.session.queue[0].ref
    pack = given.catalog.packs[ref.pack]
    before = given.found.cards.get(ref)
    row = given.found.progress.get(ref.pack) or progress.newcomer(pack, given.now)
    state = before or CardState(ref, seen_at=given.now)
    return (
        Note(Experienced(pack.id, pack.version, ref.card)),
        Remember(state),
        Track(progress.counted(row, before, None, given.now)),
    )


def count_answer(
    person: Person, card: Card, mode: Asking, answer: Answer, sure: Confidence | None, given: Given
) -> Counted:
    """A question was answered. A second try in one session is noted, and changes neither memory nor score:
    the right answer was on the screen a minute ago."""
    assert person.session is not None
    item = person.session.queue[0]
    took = max((given.now - mode.at).total_seconds(), 0.0)
    return counted(item.ref, card, answer, sure, took, given, again=item.again)


def counted(
    ref: CardRef, card: Card, answer: Answer, sure: Confidence | None, took: float, given: Given, *, again: bool = False
) -> Counted:
    """An answer to a card's question, wherever it was asked; `took` in seconds, `again`: a second try."""
    assert card.question is not None
    question, pack = card.question, given.catalog.packs[ref.pack]
    before = given.found.cards.get(ref) or given.found.met.get(ref)
    row = given.found.progress.get(pack.id) or progress.newcomer(pack, given.now)
    grade = question.grade(answer) if question.graded else None
    state, knew = before or CardState(ref, seen_at=given.now), None
    if grade and not again:
        reviewed = review(
            before.memory if before else None,
            grade.credit,
            question.guess,
            sure,
            timedelta(seconds=took),
            given.now,
            given.luck,
            Policy(pack.retention, pack.longest_days),
        )
        state, knew = CardState(ref, state.seen_at, reviewed.memory, grade.credit), round(reviewed.knew, 4)
        row = progress.counted(row, before, grade.credit, given.now)
    elif grade is None:
        row = progress.counted(row, before, None, given.now)
    credit = grade.credit if grade else None
    fact = Answered(
        pack=pack.id,
        version=pack.version,
        card=ref.card,
        kind=question.kind,
        answer=answer,
        credit=credit,
        confidence=sure or "",
        knew=knew,
        took=round(took, 1),
        luck=given.luck,
        again=again,
    )
    if again:
        return Counted(grade, (Note(fact),))
    return Counted(grade, (Note(fact), Remember(state, missed=not grade.right if grade else None), Track(row)))
