"""The nouns of teaching: Pack, Lesson, Card, and the questions' protocol. Frozen values; they only look up."""

from typing import Literal

from msgspec import Struct

from lessons.problems import Problem, Where
from lessons.prose import Block
from lessons.questions.base import Question


class CardRef(Struct, frozen=True, order=True):
    """A card's name for ever: memories hang on it."""

    pack: str
    card: str

    def __str__(self) -> str:
        return f"{self.pack}/{self.card}"


class Card(Struct, frozen=True):
    """One bite: something to read, and perhaps a question about it. `id` is unique in its pack and stays for ever."""

    id: str
    body: tuple[Block, ...]
    question: Question | None
    where: Where


class Lesson(Struct, frozen=True):
    """Cards in their order. `id` is the file name without number, language and ending."""

    id: str
    title: str
    cards: tuple[Card, ...]
    where: Where

    @property
    def minutes(self) -> int:
        """A kind estimate for people: about 25 seconds a card, a minute at least."""
        return max(1, round(len(self.cards) * 25 / 60))


Completion = Literal["passed", "seen"]


class Pack(Struct, frozen=True):
    """A whole course: metadata, lessons in every language, pictures.

    `titles` and `about` are by language; `languages[0]` is the main one, and every lesson exists in it.
    `lessons` are in the main language; `translated[language]` holds the same lessons and ids in the same order where
    they were translated. `retention` is the wished probability of recall (0.7 to 0.97); `longest_days` the longest
    interval. `pass_mark` is 0 to 1. `complete`: "passed" wants every card seen and the pass mark
    reached, "seen" only the former.
    """

    id: str
    version: str
    languages: tuple[str, ...]
    titles: dict[str, str]
    about: dict[str, str]
    author: str
    licence: str
    tags: tuple[str, ...]
    icon: str
    pass_mark: float
    complete: Completion
    confidence: bool
    retention: float
    longest_days: int
    lessons: tuple[Lesson, ...]
    translated: dict[str, tuple[Lesson, ...]]
    pictures: dict[str, bytes]

    def title(self, language: str) -> str:
        return self.titles.get(language) or self.titles[self.languages[0]]

    def lessons_in(self, language: str) -> tuple[Lesson, ...]:
        """The lessons in that language, each falling back to the main one where it was not translated."""
        if language == self.languages[0] or language not in self.translated:
            return self.lessons
        theirs = {lesson.id: lesson for lesson in self.translated[language]}
        return tuple(theirs.get(lesson.id, lesson) for lesson in self.lessons)


class Loaded(Struct, frozen=True):
    """What reading gave: a pack unless an error stands in the way, and every problem found, in file order."""

    pack: Pack | None
    problems: tuple[Problem, ...]
