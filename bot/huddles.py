"""A huddle: a few quick questions for a whole group, answered by each for themselves. Pure.

A question's key carries all that grading needs: the pack, the card, and the luck that shuffled its options. Nothing about
an answer is ever said in the group.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from bot.counting import counted
from bot.effects import Effects, Say
from bot.events import Address, Voted
from bot.given import Catalog, Given, Query
from bot.message import Message, Quiz, paragraph
from bot.person import Person, Role
from bot.progress import passed
from bot.showing import titled
from bot.texts import Voice
from lessons.model import Card, CardRef, Pack
from lessons.prose import Block, Bullets, Code, Picture, Span, Table, plain
from lessons.questions.base import Answer
from lessons.questions.choice import OneOf
from lessons.questions.several import Several
from lessons.questions.shuffle import shuffled
from scheduler.plan import came

Step = tuple[Person, Effects]
PREFIX = "quiz"
# Telegram's polls, in UTF-16 units: https://core.telegram.org/bots/api#sendpoll
QUESTION, OPTION, OPTIONS, EXPLANATION = 300, 100, 12, 200
REMEMBERED = 30  # quizzes whose vote is kept in mind; older ones take no votes on any platform
_LUCK = (1 << 63) - 1


class Asked(Struct, frozen=True):
    """A question that was put to a group, as its key tells."""

    ref: CardRef
    luck: int

    @property
    def key(self) -> str:
        return f"{PREFIX}.{self.ref.pack}.{self.ref.card}.{self.luck}"


def read_key(key: str) -> Asked | None:
    """What a letter's key says; None where it asked nothing."""
    parts = key.split(".")
    if len(parts) != 4 or parts[0] != PREFIX or not (parts[3].isdecimal() and len(parts[3]) < 20):
        return None
    return Asked(CardRef(parts[1], parts[2]), int(parts[3]))


# --- Asking ----------------------------------------------------------------------------------------------------------


def ask(
    packs: Sequence[Pack], missed: Iterable[CardRef], many: int, place: Address, given: Given, voice: Voice
) -> Effects:
    """So many questions for the group: what is missed most first, then what luck brings. Fewer where fewer fit."""
    fitting = {
        CardRef(pack.id, card.id): (pack, card)
        for pack in packs
        for lesson in pack.lessons_in(voice.language)
        for card in lesson.cards
        if fits(card)
    }
    refs = tuple(fitting)
    drawn = (refs[number] for number in shuffled(len(refs), given.luck))
    chosen = tuple(dict.fromkeys([*(ref for ref in missed if ref in fitting), *drawn]))[:many]
    return tuple(
        _say(*fitting[ref], Asked(ref, (given.luck + turn) & _LUCK), place, voice) for turn, ref in enumerate(chosen)
    )


def fits(card: Card) -> bool:
    """Whether the card can be asked as a poll: one of the two kinds, words only, and short enough."""
    question = card.question
    if not isinstance(question, OneOf | Several) or any(
        isinstance(block, Picture | Table | Code) for block in card.body
    ):
        return False
    short = all(_units(option.label) <= OPTION for option in question.options)
    return short and 2 <= len(question.options) <= OPTIONS and 0 < _units(plain(card.body)) <= QUESTION


def _say(pack: Pack, card: Card, asked: Asked, place: Address, voice: Voice) -> Say:
    assert isinstance(card.question, OneOf | Several)
    order = shuffled(len(card.question.options), asked.luck)
    options = tuple(card.question.options[number].label for number in order)
    right = tuple(at for at, number in enumerate(order) if card.question.options[number].right)
    quiz = Quiz(plain(card.body), options, right, _explanation(card.question))
    task = "huddle.several" if isinstance(card.question, Several) else "huddle.one"
    blocks = (
        paragraph((Span(titled(pack, voice), bold=True),)),
        *card.body,
        Bullets(tuple((Span(option),) for option in options), numbered=True),
        voice.para(task),
    )
    return Say(Message(blocks, quiz=quiz), key=asked.key, to=place)


def _explanation(question: OneOf | Several) -> str:
    """What the author says afterwards, on one line: as many whole sentences as a poll has room for."""
    words: tuple[Block, ...] = tuple(block for block in question.explanation if not isinstance(block, Picture | Table))
    said = ""
    for sentence in " ".join(plain(words).split()).replace(". ", ".\n").split("\n"):
        longer = f"{said} {sentence}".strip()
        if _units(longer) > EXPLANATION:
            break
        said = longer
    return said


def _units(text: str) -> int:
    """Characters as Telegram counts them."""
    return len(text.encode("utf-16-le")) // 2


# --- Answers ---------------------------------------------------------------------------------------------------------


def needs(person: Person, event: Voted, catalog: Catalog) -> Query | None:
    asked = read_key(event.quiz)
    if person.role == Role.STRANGER or asked is None or asked.luck in person.votes:
        return None
    return Query(cards=(asked.ref,), packs=(asked.ref.pack,)) if catalog.card(asked.ref, "") else None


def voted(person: Person, event: Voted, given: Given) -> Step:
    """Somebody answered in the group: it counts like any answer, once, and nobody is told."""
    asked = read_key(event.quiz)
    if person.role == Role.STRANGER or asked is None or asked.luck in person.votes:
        return person, ()
    card = given.catalog.card(asked.ref, person.language)
    answer = _answer(card, asked, event.options)
    if card is None or answer is None:
        return person, ()
    votes = (asked.luck, *person.votes)[:REMEMBERED]
    person = replace(person, votes=votes, rhythm=came(person.rhythm, given.now))
    effects = counted(asked.ref, card, answer, None, 0.0, given).effects
    return person, (*effects, *passed(given.catalog.packs[asked.ref.pack], effects, given.now))


def _answer(card: Card | None, asked: Asked, options: tuple[int, ...]) -> Answer | None:
    """The author's numbers of the options that were chosen; None where the question has changed, or the vote was taken
    back."""
    if card is None or not isinstance(card.question, OneOf | Several) or not options:
        return None
    order = shuffled(len(card.question.options), asked.luck)
    if not all(0 <= option < len(order) for option in options):
        return None
    if isinstance(card.question, OneOf) and len(options) > 1:
        return None
    return tuple(sorted({order[option] for option in options}))
