"""Which cards a walk is made of: due reviews first, the weakest first, mixed across packs; then new cards, the most
urgent pack first. Pure; short on purpose.
"""

from datetime import UTC, datetime

from bot.effects import Progress
from bot.given import Given, Query
from bot.person import Item, Person, Session, SessionKind
from bot.progress import cards_of
from lessons.model import CardRef, Pack

FAR = datetime.max.replace(tzinfo=UTC)
SMALLEST = 3  # cards of a first session after a long silence, at least


def daily_cards(person: Person, given: Given) -> int:
    return person.daily_cards or given.catalog.house.daily_cards


def needs_daily(person: Person) -> Query:
    """What choosing a daily walk needs. 50 due cards are more than any session has."""
    return Query(due=max(person.daily_cards or 0, 50), met=True, all_packs=True)


def daily(person: Person, given: Given) -> Session | None:
    """Today's walk, or None when there is nothing to do. After a silence it is a small one."""
    most = daily_cards(person, given)
    if person.returning:
        most = max(SMALLEST, most // 2)
    items = [*_due(given), *_new(given)][:most]
    minutes = person.daily_minutes or given.catalog.house.daily_minutes
    return _walk("daily", items, given, enough=minutes * 60.0)


def review(person: Person, given: Given) -> Session | None:
    """Only what is due, or None."""
    return _walk("review", _due(given)[: daily_cards(person, given)], given)


def lesson(pack: Pack, person: Person, given: Given) -> Session | None:
    """The next lesson of a pack from where it was left; once all is seen, what was not right; None when all was."""
    met = given.found.met
    for each in pack.lessons_in(person.language):
        refs = [CardRef(pack.id, card.id) for card in each.cards]
        unmet = [Item(ref) for ref in refs if ref not in met]
        if unmet:
            done = len(refs) - len(unmet)
            return Session("lesson", tuple(unmet), len(refs), given.now, done=done, earlier=done, packs=(pack.id,))
    wrong = [ref for ref in cards_of(pack) if (credit := met[ref].credit) is not None and credit < 1]
    return _walk("review", [Item(ref) for ref in wrong[: daily_cards(person, given)]], given)


def _walk(kind: SessionKind, items: list[Item], given: Given, enough: float = 0.0) -> Session | None:
    if not items:
        return None
    packs = tuple(sorted({item.ref.pack for item in items}))
    return Session(kind, tuple(items), len(items), given.now, enough=enough, packs=packs)


def _due(given: Given) -> list[Item]:
    """Due cards that still exist, weakest first."""
    return [Item(state.ref) for state in given.found.due if given.catalog.place(state.ref, "")]


def urgency(progress: Progress) -> tuple[datetime, datetime]:
    """Sorts packs: the nearest deadline first, then what was assigned first."""
    return progress.due_at or FAR, progress.enrolled_at


def _new(given: Given) -> list[Item]:
    """New cards of unfinished packs in teaching order, the most urgent pack first."""
    items = []
    for row in sorted(given.found.progress.values(), key=urgency):
        pack = given.catalog.packs.get(row.pack)
        if pack and not row.completed_at:
            items += [Item(ref) for ref in cards_of(pack) if ref not in given.found.met]
    return items
