"""Where a person stands in a pack: counted on by each turn, recounted when a walk ends, judged against the pass mark."""

from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from bot.effects import CardState, Effect, Effects, Note, Progress, Remember, Track
from bot.facts import Completed
from bot.given import SILENT_DAYS, Given
from lessons.model import CardRef, Pack


class Closing(Struct, frozen=True):
    """What the end of a walk means: packs completed now (with the score, 0 to 1), packs seen whole but below the mark."""

    completed: tuple[tuple[Pack, float], ...] = ()
    below: tuple[tuple[Pack, float], ...] = ()
    next_due: datetime | None = None
    effects: Effects = ()


def cards_of(pack: Pack) -> tuple[CardRef, ...]:
    """Every card of a pack in teaching order."""
    return tuple(CardRef(pack.id, card.id) for lesson in pack.lessons for card in lesson.cards)


def newcomer(pack: Pack, now: datetime) -> Progress:
    """Somebody who takes a pack that nobody assigned."""
    return Progress(pack.id, enrolled_at=now, total=len(cards_of(pack)))


def counted(progress: Progress, before: CardState | None, credit: float | None, now: datetime) -> Progress:
    """The progress after one more card: the mean moves by what this card's credit changed. `credit` None: not graded."""
    old = before.credit if before else None
    graded, score = progress.graded, progress.score
    if credit is not None and old is None:
        graded += 1
        score += (credit - score) / graded
    elif credit is not None and old is not None and graded:
        score += (credit - old) / graded
    return replace(
        progress,
        seen=progress.seen + (before is None),
        graded=graded,
        score=min(max(score, 0.0), 1.0),
        started_at=progress.started_at or now,
        last_at=now,
    )


def close_packs(packs: tuple[str, ...], given: Given, just: Effects) -> Closing:
    """Recounts the packs of a walk from their cards (a new version may have brought or taken some) and completes them."""
    states = {**given.found.met, **{e.state.ref: e.state for e in just if isinstance(e, Remember)}}
    rows = {**given.found.progress, **{e.progress.pack: e.progress for e in just if isinstance(e, Track)}}
    completed, below = [], []
    effects: list[Effect] = []
    for name in packs:
        pack, before = given.catalog.packs.get(name), rows.get(name)
        if pack is None or before is None:
            continue
        after = _recounted(before, pack, states)
        if before.completed_at is None and after.seen == after.total:
            if _good_enough(after, pack):
                after = replace(after, completed_at=given.now)
                completed.append((pack, after.score))
                effects.append(Note(Completed(pack.id, pack.version, round(after.score, 4))))
            else:
                below.append((pack, after.score))
        if after != before:
            effects.append(Track(after))
    dues = [state.memory.due_at for state in states.values() if state.memory]
    upcoming = [due for due in (*dues, given.found.next_due) if due and due > given.now]
    return Closing(tuple(completed), tuple(below), min(upcoming, default=None), tuple(effects))


def passed(pack: Pack, just: Effects, now: datetime) -> Effects:
    """A single answer outside a walk may complete its pack. `just` holds the answer's own effects."""
    for row in (effect.progress for effect in just if isinstance(effect, Track)):
        if row.completed_at is None and row.seen >= row.total > 0 and _good_enough(row, pack):
            done = Track(replace(row, completed_at=now))
            return done, Note(Completed(pack.id, pack.version, round(row.score, 4)))
    return ()


def _good_enough(progress: Progress, pack: Pack) -> bool:
    """Whether all that was seen of the pack is enough to complete it."""
    return pack.complete == "seen" or progress.score >= pack.pass_mark - 1e-9 or not progress.graded


def _recounted(progress: Progress, pack: Pack, states: dict[CardRef, CardState]) -> Progress:
    cards = cards_of(pack)
    credits = [state.credit for card in cards if (state := states.get(card)) and state.credit is not None]
    score = sum(credits) / len(credits) if credits else 0.0
    seen = sum(card in states for card in cards)
    return replace(progress, seen=seen, total=len(cards), graded=len(credits), score=score)


def state_of(progress: Progress, now: datetime) -> str:
    """How somebody stands in one pack, in a word of `STATES`. A team's page asks the same of the store, for all packs."""
    if progress.completed_at:
        return "done"
    if progress.due_at and progress.due_at < now:
        return "late"
    if now - (progress.last_at or progress.enrolled_at) > timedelta(days=SILENT_DAYS):
        return "silent"
    return "going" if progress.started_at else "new"
