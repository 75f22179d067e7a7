"""The kinds of question. To add one: a file beside this one, a line here, a golden file in tests/lessons/golden/."""

from typing import Final

from lessons.questions.choice import OneOf
from lessons.questions.match import Match
from lessons.questions.number import Number
from lessons.questions.order import InOrder
from lessons.questions.own import OwnWords
from lessons.questions.poll import Poll
from lessons.questions.raw import Kind
from lessons.questions.several import Several
from lessons.questions.text import Text

# The first that claims a question reads it: number before text, for 20 is both.
KINDS: Final[tuple[type[Kind], ...]] = (InOrder, OwnWords, Poll, OneOf, Several, Number, Text, Match)
