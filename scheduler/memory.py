"""How well somebody knows a card, and when to ask again: FSRS-6 that reckons with lucky guesses.

Promise: pure. The same answers at the same times with the same luck give the same state, on any machine (numbers are
kept to six decimals, so that the last bit of a maths library does not matter). The only file that imports fsrs.
It does not know hours, zones or nudges, and does not decide whether an answer was right.

Every card is in FSRS's "Review" state from its first answer on (no learning steps): all intervals are whole days.
"""

import math
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from fsrs import Card, Rating, Scheduler, State
from msgspec import Struct


class Confidence(StrEnum):
    """How sure somebody said to be, before knowing whether it was right."""

    GUESS = "guess"
    FAIRLY = "fairly"
    CERTAIN = "certain"


class Memory(Struct, frozen=True):
    """What is known about one person and one card.

    `stability` is in days (after so many, recall has sunk to 90 %), `difficulty` from 1 to 10, both times are UTC.
    `reps` counts answers, `lapses` those after the first by which the card seemed forgotten.
    """

    stability: float
    difficulty: float
    reviewed_at: datetime
    due_at: datetime
    reps: int = 1
    lapses: int = 0


class Policy(Struct, frozen=True):
    """What a pack wants: the probability of recall when a card comes back, and the longest interval in days."""

    retention: float = 0.9
    longest_days: int = 365


class Reviewed(Struct, frozen=True):
    """A new state, and the probability (0 to 1) that the answer came from knowing."""

    memory: Memory
    knew: float


# A day counts from its sixteenth hour: who is nudged at ten each morning may answer at ten past ten one day and at ten
# sharp the next, and that was a day. Days of 24 full hours would bring such cards every other morning only.
LEEWAY = timedelta(hours=8)

# The chance that a new card's first question is answered from knowing. Nothing is known yet, so the odds are even.
NEW = 0.5

# How often each tap is seen from people who knew, and from people who were lucky, given that the answer is right. The
# ratio of each pair weighs the answer (6:1, 1:1, 1:6). Softer than some people deserve: others are over-confident or
# modest or tap blindly, and with 12:1 the last had to review a card 25 times a year instead of 14.
TAPS = {
    Confidence.CERTAIN: (0.60, 0.10),
    Confidence.FAIRLY: (0.30, 0.30),
    Confidence.GUESS: (0.10, 0.60),
}

# Nobody reads a question and its options this fast. Rapid guessing is known from tests without stakes (Wise & Kong,
# 2005, who set 3 s and more). That right answers this quick are four times as common from luck is our assumption.
RAPID = timedelta(seconds=1)
RAPID_RATIO = 0.25

# Retention and longest interval are ours to apply, so one scheduler serves every policy. Its own fuzz is global luck.
_FSRS = Scheduler(learning_steps=(), relearning_steps=(), maximum_interval=1, enable_fuzzing=False)
_DECAY: float = -_FSRS.parameters[20]
_FACTOR: float = 0.9 ** (1 / _DECAY) - 1

# Where fuzz begins (days), ends, and its share of the days between: the ranges of FSRS.
_FUZZ = ((2.5, 7.0, 0.15), (7.0, 20.0, 0.1), (20.0, math.inf, 0.05))


def retrievability(memory: Memory, now: datetime) -> float:
    """The probability (0 to 1) that the card would be recalled now. It sinks with time, slower with more stability."""
    elapsed = max(now - memory.reviewed_at, timedelta()) / timedelta(days=1)
    return float((1 + _FACTOR * elapsed / memory.stability) ** _DECAY)


def review(
    memory: Memory | None,
    credit: float,
    guess: float,
    confidence: Confidence | None,
    took: timedelta | None,
    now: datetime,
    luck: int,
    policy: Policy,
) -> Reviewed:
    """What an answer tells about a memory (None: the first answer to this card).

    `credit` is what the answer was worth (0 to 1), `guess` the chance to be right without knowing (1/options; 0 when
    typed), `took` the time from question to answer, `now` in UTC (else ValueError), `luck` any integer.

    The new state lies between what FSRS says after Good and after Again, as far as the person probably knew: stability
    on the log scale, difficulty on the plain one. P(knew | right) is by Bayes from the recall predicted for now, the
    chance of a lucky hit and the tap. A wrong answer is Again, whatever was tapped: recall as FSRS predicts it is the
    chance of a right answer, so slips of the finger are in it already. Partial credit knew that share.

    benchmarks/memory_guess.py simulates a year. With a chance of 1/2, true recall at its end was 0.933 at 9.9 reviews
    a card, against 0.877 at 7.5 for right = Good and 0.943 at 10.6 for "Hard unless certain"; with 1/4, 0.941 at 10.4
    against 0.918 at 9.6 and 0.957 at 12.7. A scheduler that saw who was lucky would reach 0.943 at 11.4.
    """
    if now.tzinfo is None or now.utcoffset():
        raise ValueError("now must be in UTC")
    now = now.replace(tzinfo=UTC)  # fsrs takes no other object for UTC
    prior = NEW if memory is None else retrievability(memory, now)
    knew = round(min(max(credit, 0.0), 1.0) * _knew(prior, guess, _ratio(confidence, took)), 6)
    good, again = _after(memory, Rating.Good, now), _after(memory, Rating.Again, now)
    stability = round(again[0] * (good[0] / again[0]) ** knew, 6)
    difficulty = round(again[1] + (good[1] - again[1]) * knew, 6)
    due = now + timedelta(days=_fuzzed(interval(stability, policy), luck, policy)) - LEEWAY
    reps, lapses = (memory.reps, memory.lapses) if memory else (0, 0)
    forgot = memory is not None and knew < 0.5
    return Reviewed(Memory(stability, difficulty, now, due, reps + 1, lapses + forgot), knew)


def interval(stability: float, policy: Policy) -> int:
    """After how many days recall sinks to the wished retention: 1 to `longest_days`, before fuzz."""
    days: float = stability / _FACTOR * (policy.retention ** (1 / _DECAY) - 1)
    return max(1, min(round(days), policy.longest_days))


def _knew(prior: float, guess: float, ratio: float) -> float:
    """P(knew | right answer, tap), by Bayes."""
    known, lucky = prior * ratio, (1 - prior) * min(max(guess, 0.0), 1.0)
    return known / (known + lucky)


def _ratio(confidence: Confidence | None, took: timedelta | None) -> float:
    """How much more often people who knew answer like this than people who were lucky do."""
    known, lucky = TAPS[confidence] if confidence else (1.0, 1.0)
    # A time of nothing at all means that nobody measured.
    return known / lucky * (RAPID_RATIO if took and timedelta() < took < RAPID else 1.0)


def _after(memory: Memory | None, rating: Rating, now: datetime) -> tuple[float, float]:
    """Stability and difficulty as FSRS has them after that rating."""
    # Card() sleeps and reads the clock unless it is given an id and a due time.
    if memory is None:
        card = Card(card_id=0, due=now)
    else:
        days = max((now - memory.reviewed_at + LEEWAY).days, 0)
        card = Card(0, State.Review, None, memory.stability, memory.difficulty, now, now - timedelta(days=days))
    card, _ = _FSRS.review_card(card, rating, now)
    assert card.stability is not None  # FSRS sets both at every review
    assert card.difficulty is not None
    return card.stability, card.difficulty


def _fuzzed(days: int, luck: int, policy: Policy) -> int:
    """The interval moved a little, so that cards learned together do not stay together for ever."""
    if days < 3:
        return days
    delta = 1.0 + sum(share * max(min(days, end) - start, 0.0) for start, end, share in _FUZZ)
    most = min(round(days + delta), policy.longest_days)
    least = min(max(2, round(days - delta)), most)
    # Knuth's multiplicative hash: neighbouring luck lands far apart, and the shuffle of options, which uses the same
    # luck, says nothing about the interval. A share of the range, not a remainder: the longer interval stays longer.
    share = (luck * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF) / 2**64
    return min(least + int(share * (most - least + 1)), most)
