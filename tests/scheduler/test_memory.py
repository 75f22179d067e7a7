"""Memory against the fsrs library itself, and what must hold for any answers at any times."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from fsrs import Card, Rating, Scheduler
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.memory import (
    LEEWAY,
    RAPID,
    Confidence,
    Memory,
    Policy,
    interval,
    retrievability,
    review,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
POLICY = Policy()
SURE = Confidence.CERTAIN
CENTURY = 36500

credits = st.sampled_from((0.0, 1.0)) | st.floats(0, 1)
guesses = st.sampled_from((0.0, 1 / 2, 1 / 4, 1.0)) | st.floats(0, 1)
taps = st.none() | st.sampled_from(Confidence)
waits = st.timedeltas(timedelta(), CENTURY * DAY) | st.timedeltas(timedelta(), 3 * DAY)
lucks = st.integers(-(2**70), 2**70)
policies = st.builds(Policy, st.floats(0.7, 0.97), st.integers(1, 1000))
memories = st.builds(
    Memory,
    stability=st.floats(0.001, 36500),
    difficulty=st.floats(1, 10),
    reviewed_at=st.just(NOW),
    due_at=st.just(NOW + DAY),
)


def days(memory: Memory) -> int:
    return round((memory.due_at - memory.reviewed_at + LEEWAY) / DAY)


def right(memory: Memory | None, now: datetime = NOW, policy: Policy = POLICY, luck: int = 0) -> Memory:
    return review(memory, 1, 0, SURE, None, now, luck, policy).memory


def wrong(memory: Memory | None, now: datetime = NOW, policy: Policy = POLICY, luck: int = 0) -> Memory:
    return review(memory, 0, 0, SURE, None, now, luck, policy).memory


# --- The library is the oracle ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "stability", "difficulty"),
    [
        # FSRS-6 with its default weights, written down from fsrs 6.3 once: a change of the library must be seen.
        ("g", 2.306500, 2.118104),
        ("a", 0.212000, 6.413300),
        ("gg", 10.964332, 2.111214),
        ("ggg", 46.280217, 2.104331),
        ("ga", 0.607580, 7.394503),
        ("ag", 1.886788, 6.402115),
        ("gga", 1.538337, 7.392238),
    ],
)
def test_known_values(said: str, stability: float, difficulty: float) -> None:
    memory, now = None, NOW
    for answer in said:
        memory = (right if answer == "g" else wrong)(memory, now)
        now += interval(memory.stability, Policy()) * DAY
    assert memory
    assert (memory.stability, memory.difficulty) == pytest.approx((stability, difficulty), abs=1e-4)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 400)), min_size=1, max_size=12), policies)
def test_knowing_is_good_and_not_knowing_is_again(answers: list[tuple[bool, int]], policy: Policy) -> None:
    fsrs = Scheduler(
        desired_retention=policy.retention,
        maximum_interval=policy.longest_days,
        learning_steps=(),
        relearning_steps=(),
        enable_fuzzing=False,
    )
    card, memory, now = Card(card_id=1, due=NOW), None, NOW
    for known, wait in answers:
        card, _ = fsrs.review_card(card, Rating.Good if known else Rating.Again, now)
        memory = (right if known else wrong)(memory, now, policy)
        assert (memory.stability, memory.difficulty) == pytest.approx((card.stability, card.difficulty), rel=1e-3)
        assert interval(card.stability or 0, policy) == (card.due - now).days
        now += wait * DAY
        assert retrievability(memory, now) == pytest.approx(fsrs.get_card_retrievability(card, now), abs=1e-4)


# --- Guessing --------------------------------------------------------------------------------------------------------


def test_the_less_likely_luck_is_the_more_a_right_answer_counts() -> None:
    memory = right(None)
    later = NOW + 2 * DAY

    def knew(guess: float, tap: Confidence | None) -> float:
        return review(memory, 1, guess, tap, None, later, 0, Policy()).knew

    assert knew(1 / 2, None) < knew(1 / 4, None) < knew(0, None) == 1
    assert knew(1 / 2, Confidence.GUESS) < knew(1 / 2, Confidence.FAIRLY) < knew(1 / 2, Confidence.CERTAIN) < 1


def test_a_first_right_answer_to_one_of_two_is_two_to_one_for_knowing() -> None:
    assert review(None, 1, 1 / 2, None, None, NOW, 0, Policy()).knew == pytest.approx(2 / 3, abs=1e-6)


def test_an_answer_faster_than_reading_counts_less() -> None:
    def knew(took: timedelta | None) -> float:
        return review(None, 1, 1 / 4, Confidence.FAIRLY, took, NOW, 0, Policy()).knew

    assert knew(RAPID / 2) < knew(RAPID) == knew(None) == knew(timedelta())


@given(memories, guesses, taps, waits, lucks)
def test_wrong_is_again_whatever_was_tapped(
    memory: Memory, guess: float, tap: Confidence | None, wait: timedelta, luck: int
) -> None:
    reviewed = review(memory, 0, guess, tap, None, NOW + wait, luck, Policy())
    assert reviewed.knew == 0
    assert reviewed.memory == wrong(memory, NOW + wait, luck=luck)


@given(memories | st.none(), guesses, waits, lucks, policies)
def test_more_right_and_more_sure_is_never_asked_sooner(
    memory: Memory | None, guess: float, wait: timedelta, luck: int, policy: Policy
) -> None:
    ladder = [wrong(memory, NOW + wait, policy, luck)]
    for tap in (Confidence.GUESS, Confidence.FAIRLY, Confidence.CERTAIN):
        for credit in (0.5, 1.0) if tap == Confidence.GUESS else (1.0,):
            ladder.append(review(memory, credit, guess, tap, None, NOW + wait, luck, policy).memory)
    ladder.append(right(memory, NOW + wait, policy, luck))
    assert [step.stability for step in ladder] == sorted(step.stability for step in ladder)
    assert [step.due_at for step in ladder] == sorted(step.due_at for step in ladder)
    assert [step.difficulty for step in ladder] == sorted((step.difficulty for step in ladder), reverse=True)


# --- Any answers at any times ----------------------------------------------------------------------------------------


@settings(max_examples=200)
@given(st.lists(st.tuples(credits, guesses, taps, waits, lucks), max_size=10), policies)
def test_a_life_of_answers(
    answers: list[tuple[float, float, Confidence | None, timedelta, int]], policy: Policy
) -> None:
    memory, now = None, NOW
    for reps, (credit, guess, tap, wait, luck) in enumerate(answers, 1):
        reviewed = review(memory, credit, guess, tap, None, now, luck, policy)
        assert reviewed == review(memory, credit, guess, tap, None, now, luck, policy)
        memory = reviewed.memory
        assert 0 <= reviewed.knew <= 1
        assert 1 <= days(memory) <= policy.longest_days
        assert 0.001 <= memory.stability < float("inf")
        assert 1 <= memory.difficulty <= 10
        assert (memory.reps, memory.reviewed_at) == (reps, now)
        assert memory.lapses < reps
        assert msgspec.json.decode(msgspec.json.encode(memory), type=Memory) == memory
        now = min(now + wait, NOW + 10 * CENTURY * DAY)


@given(memories, waits, waits)
def test_recall_sinks_with_time_and_rises_with_stability(memory: Memory, one: timedelta, other: timedelta) -> None:
    sooner, later = sorted((one, other))
    assert 1 >= retrievability(memory, NOW + sooner) >= retrievability(memory, NOW + later) > 0
    firmer = msgspec.structs.replace(memory, stability=memory.stability * 2)
    assert retrievability(firmer, NOW + later) >= retrievability(memory, NOW + later)
    assert retrievability(memory, NOW - later) == 1  # a clock that was set back


def test_after_as_many_days_as_stability_says_recall_is_nine_in_ten() -> None:
    memory = Memory(7, 5, NOW, NOW)
    assert retrievability(memory, NOW + 7 * DAY) == pytest.approx(0.9)


def test_luck_spreads_cards_that_were_learned_together() -> None:
    memory = Memory(30, 5, NOW, NOW)
    spread = {days(right(memory, NOW + 30 * DAY, luck=luck)) for luck in range(1000)}
    middle = interval(right(memory, NOW + 30 * DAY).stability, Policy())
    # Above 20 days FSRS fuzzes by 0.15 x 4.5 + 0.1 x 13 + 5 % of the rest, and one.
    width = 1 + 0.15 * 4.5 + 0.1 * 13 + 0.05 * (middle - 20)
    assert spread == set(range(round(middle - width), round(middle + width) + 1))


def test_a_nudge_at_the_same_hour_each_morning_is_a_day() -> None:
    learned = NOW + timedelta(minutes=10)
    memory = wrong(None, learned)
    assert days(memory) == 1
    assert NOW < memory.due_at <= NOW + DAY  # due at tomorrow's nudge, though 24 hours are not over
    next_morning = right(memory, NOW + DAY)
    assert next_morning.stability == right(memory, learned + DAY).stability > right(memory, learned).stability


def test_wrong_again_in_the_same_lesson_is_no_new_day() -> None:
    memory = wrong(None)
    back = right(memory, NOW + timedelta(minutes=3))
    assert back.stability < right(memory, NOW + DAY).stability
    assert days(back) == 1
    assert back.lapses == 0


def test_forgetting_counts_as_a_lapse_but_not_failing_to_know_at_first() -> None:
    assert wrong(None).lapses == 0
    assert wrong(right(None), NOW + 3 * DAY).lapses == 1


def test_only_utc() -> None:
    for now in (datetime(2026, 3, 2), NOW.astimezone(tz=None).replace(tzinfo=None)):
        with pytest.raises(ValueError, match="UTC"):
            right(None, now)


def test_importing_it_drags_nothing_heavy_along() -> None:
    code = (
        "import sys, scheduler.memory; print([m for m in ('torch', 'pandas', 'numpy', 'asyncio') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
