"""What reckoning with lucky guesses is worth: a year of simulated learners, three ways to take a right answer.

    python -m benchmarks.memory_guess [cards] [seed]

Each learner truly remembers by FSRS-6 itself. Asked for a card, a learner recalls it with the true probability, else
the answer is a guess and right with the given chance. Then the learner taps how sure they are, and sees the solution
(so the true memory moves as FSRS says after Good or Again). The policies see only the answer and the tap:

    right = Good      what schedulers do
    Hard if a guess   a right answer that was tapped "guess" counts as FSRS's Hard
    Hard if unsure    every right answer that was not tapped "certain" does
    morsel            scheduler.memory.review

Printed are the true recall, averaged over all cards, on the last day of the year, and the reviews a card cost. First
comes what a scheduler could reach at best, which sees who knew and who was lucky. Same seed, same figures.
The learners are none of those that review() was made for: see LEARNERS.
"""

import random
import sys
import timeit
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from fsrs import Card, Rating, Scheduler, State

from scheduler.memory import Confidence, Memory, Policy, interval, retrievability, review

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
YEAR = 365
POLICY = Policy()
FSRS = Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False, maximum_interval=POLICY.longest_days)

Tap = dict[Confidence, tuple[float, float]]

# How often each kind of learner taps what, when they knew and when they were lucky.
LEARNERS: dict[str, Tap | None] = {
    "knows well how sure to be": {
        Confidence.CERTAIN: (0.60, 0.05),
        Confidence.FAIRLY: (0.35, 0.35),
        Confidence.GUESS: (0.05, 0.60),
    },
    "is over-confident": {
        Confidence.CERTAIN: (0.80, 0.30),
        Confidence.FAIRLY: (0.15, 0.40),
        Confidence.GUESS: (0.05, 0.30),
    },
    "is modest": {Confidence.CERTAIN: (0.25, 0.02), Confidence.FAIRLY: (0.50, 0.23), Confidence.GUESS: (0.25, 0.75)},
    "taps blindly": dict.fromkeys(Confidence, (1 / 3, 1 / 3)),
    "is not asked": None,
}


class Seen(NamedTuple):
    """What a policy keeps of a card: FSRS's numbers and after how many days it comes back."""

    memory: Memory
    days: int


Rule = Callable[[Memory | None, bool, float, Confidence | None, datetime, int], Seen]


def rate(memory: Memory | None, rating: Rating, now: datetime) -> Memory:
    """FSRS's own state after a rating."""
    if memory is None:
        card = Card(card_id=0, due=now)
    else:
        card = Card(0, State.Review, None, memory.stability, memory.difficulty, now, memory.reviewed_at)
    card, _ = FSRS.review_card(card, rating, now)
    assert card.stability
    assert card.difficulty
    return Memory(card.stability, card.difficulty, now, card.due)


def hard(*unsure: Confidence) -> Rule:
    def rule(memory: Memory | None, right: bool, _: float, sure: Confidence | None, now: datetime, __: int) -> Seen:
        known = Rating.Hard if sure in unsure else Rating.Good
        new = rate(memory, known if right else Rating.Again, now)
        return Seen(new, (new.due_at - now).days)

    return rule


def ours(memory: Memory | None, right: bool, guess: float, sure: Confidence | None, now: datetime, luck: int) -> Seen:
    new = review(memory, float(right), guess, sure, None, now, luck, POLICY).memory
    return Seen(new, interval(new.stability, POLICY))


RULES: dict[str, Rule] = {
    "right = Good": hard(),
    "Hard if a guess": hard(Confidence.GUESS),
    "Hard if unsure": hard(Confidence.GUESS, Confidence.FAIRLY),
    "morsel": ours,
}


def a_year(rule: Rule, guess: float, taps: Tap | None, luck: random.Random) -> tuple[float, int]:
    """One card's year: true recall at its end, and the number of reviews after the first answer."""
    truth: Memory | None = None
    seen: Memory | None = None
    day, reviews = 0, -1
    while day <= YEAR:
        now = START + day * DAY
        knew = luck.random() < (retrievability(truth, now) if truth else 0.5)
        right = knew or luck.random() < guess
        tap = luck.choices(list(taps), [pair[not knew] for pair in taps.values()])[0] if taps else None
        truth = rate(truth, Rating.Good if knew else Rating.Again, now)
        seen, days = rule(seen, right, guess, tap, now, luck.getrandbits(64))
        day, reviews = day + days, reviews + 1
    assert truth
    return retrievability(truth, START + YEAR * DAY), reviews


def years(rule: Rule, guess: float, taps: Tap | None, cards: int, seed: int) -> tuple[float, float]:
    """The means of many cards: true recall, and reviews."""
    luck = random.Random(f"{seed}/{guess}")
    recall, reviews = zip(*(a_year(rule, guess, taps, luck) for _ in range(cards)), strict=True)
    return sum(recall) / cards, sum(reviews) / cards


def cost() -> float:
    """How much longer a review takes than a single rating by the library, which it needs two of."""
    memory, now = Memory(2.3, 5.0, START, START + 2 * DAY), START + 2 * DAY
    one = timeit.repeat(lambda: rate(memory, Rating.Good, now), number=2000)
    both = timeit.repeat(lambda: ours(memory, True, 0.25, Confidence.CERTAIN, now, 1), number=2000)
    return min(both) / min(one)


def main(cards: int = 2000, seed: int = 1) -> None:
    recall, reviews = years(RULES["right = Good"], 0.0, None, cards, seed)
    print(f"No luck at all:    recall {recall:.3f}   reviews a card {reviews:5.2f}")
    print(f"One review() costs {cost():.1f} times one review_card() of fsrs.")
    for learner, taps in LEARNERS.items():
        for guess in (1 / 2, 1 / 4):
            print(f"\nThe learner {learner}; chance of a lucky hit {guess:g}")
            base = 0.0
            for name, rule in RULES.items():
                recall, reviews = years(rule, guess, taps, cards, seed)
                base = base or reviews
                print(f"  {name:16} recall {recall:.3f}   reviews a card {reviews:5.2f}  ({reviews / base:.2f} x)")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
