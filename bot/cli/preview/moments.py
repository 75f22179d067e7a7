"""Every message that a pack leads to: each card as it is asked, and what follows an answer. Pure.

The messages are made by the bot itself (`bot/showing.py`); nothing here decides how they look.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from msgspec import Struct
from msgspec.structs import replace

from bot.given import Catalog, Given
from bot.message import Message
from bot.person import Asking, Item, Person, Session, Shown
from bot.showing import table
from lessons.model import Card, CardRef, Lesson, Pack
from lessons.questions.base import DONE, Answer, Question

_AT = datetime(2026, 1, 1, 12, tzinfo=UTC)
_TOKEN = "k7m2p9x4ab"  # noqa: S105 - as long as a real one; it opens nothing
_LUCK = 7
_TAPS = 20


class Moment(Struct, frozen=True):
    """A card at one moment: "asked" or "answered", and what the bot says then."""

    lesson: str
    card: str
    where: str
    when: str
    message: Message


def moments(pack: Pack, language: str) -> Iterator[Moment]:
    """All of them, in the order of the pack."""
    for lesson in pack.lessons_in(language):
        for at, card in enumerate(lesson.cards):
            place = (lesson.title, card.id, str(card.where))
            person = _person(pack, lesson, at, language)
            yield Moment(*place, "asked", _asked(person, pack, card))
            if card.question:
                yield Moment(*place, "answered", _answered(person, pack, card, card.question))


def _asked(person: Person, pack: Pack, card: Card) -> Message:
    if card.question:
        mode: Asking | Shown = Asking(_TOKEN, _TOKEN, _AT, _LUCK)
    else:
        mode = Shown(_TOKEN, _TOKEN, _AT)
    return table(replace(person, mode=mode), _given(pack))


def _answered(person: Person, pack: Pack, card: Card, question: Question) -> Message:
    answer, item = _some_answer(question), Item(CardRef(pack.id, card.id))
    wrong = question.graded and not question.grade(answer).right
    assert person.session
    session = replace(person.session, queue=(replace(item, again=wrong),), done=person.session.done + 1)
    mode = Shown(_TOKEN, _TOKEN, _AT, item, answer)
    return table(replace(person, mode=mode, session=session), _given(pack))


def _some_answer(question: Question) -> Answer:
    """An answer that somebody might give: the first taps that finish it, or words that say little."""
    draft: tuple[int, ...] = ()
    for _ in range(_TAPS):
        prompt = question.ask(draft, _LUCK)
        free = [choice.number for choice in prompt.choices if not choice.picked]
        if not free:
            break
        draft = question.tap(draft, free[0])
        answer = question.answer(draft, done=False)
        if answer is None and prompt.how == "many":
            answer = question.answer(draft, done=True)
        if answer is not None:
            return answer
    finished = question.answer(question.tap(draft, DONE), done=True) if draft else None
    return finished if finished is not None else question.read_typed("1") or "?"


def _person(pack: Pack, lesson: Lesson, at: int, language: str) -> Person:
    """Somebody in the middle of a lesson, with this card on the table."""
    item = Item(CardRef(pack.id, lesson.cards[at].id))
    session = Session("lesson", (item,), len(lesson.cards), _AT, done=at)
    return Person(id="preview", language=language, session=session)


def _given(pack: Pack) -> Given:
    return Given(Catalog(packs={pack.id: pack}), _AT, _LUCK)
