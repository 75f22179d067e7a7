"""The statements that write one table each. Rows are tuples in the order of the names given here."""

from sqlalchemy import Dialect, Table, insert, update
from sqlalchemy.dialects.sqlite import Insert

from adapters.database import rows
from adapters.database.statements import Statement, constant, given, upsert
from adapters.database.tables import addresses, cards, facts, invites, persons, progress, question_counts

PERSON = ("name", "name_key", "unit", "role", "wake_at", "version", "state")
FACT = ("at", "person", "verb", "pack", "data")
INVITE = ("code", "unit", "role", "expires_at", "by", "uses", "person")
LEARNED = ("started_at", "last_at", "completed_at", "seen", "total", "graded", "score")  # what a learner's turns own


class Writing:
    """Built for one kind of database."""

    def __init__(self, dialect: Dialect) -> None:
        def new(table: Table, names: tuple[str, ...]) -> Statement:
            return Statement(insert(table).values(_given(names)), dialect, names)

        def put(made: Insert, names: tuple[str, ...]) -> Statement:
            return Statement(made, dialect, names)

        def rows_of(table: Table, names: tuple[str, ...]) -> Insert:
            return upsert(table, dialect).values(_given(names))

        person = ("id", *PERSON)
        self.new_persons = put(rows_of(persons, person).on_conflict_do_nothing(), person)
        held = (persons.c.id == given("of"), persons.c.version == given("was"))

        def stored(*names: str) -> Statement:
            return Statement(update(persons).where(*held).values(_given(names)), dialect, (*names, "of", "was"))

        self.moved = stored(*PERSON)
        self.woken = stored("wake_at", "version", "state")
        self.stepped = stored("version", "state")
        here = rows_of(addresses, ("channel", "chat", "person"))
        self.addresses = put(_replacing(here, ("channel", "chat"), ("person",)), ("channel", "chat", "person"))
        self.invites = new(invites, INVITE)
        self.uses = Statement(
            update(invites)
            .where(invites.c.code == given("of"), invites.c.uses > constant(0))
            .values(uses=invites.c.uses - constant(1)),
            dialect,
            ("of",),
        )
        self.facts = new(facts, FACT)
        card = ("person", *rows.CARD)
        key = ("person", "pack", "card")
        self.cards = put(_replacing(rows_of(cards, card), key, tuple(c for c in card if c not in key)), card)
        row = ("person", *rows.PROGRESS)
        self.progress = put(_replacing(rows_of(progress, row), ("person", "pack"), LEARNED), row)
        count = ("unit", "pack", "card", "asked", "missed")
        made = rows_of(question_counts, count)
        added = {name: question_counts.c[name] + made.excluded[name] for name in ("asked", "missed")}
        self.counts = put(made.on_conflict_do_update(index_elements=count[:3], set_=added), count)


def _given(names: tuple[str, ...]) -> dict[str, object]:
    return {name: given(name) for name in names}


def _replacing(made: Insert, key: tuple[str, ...], names: tuple[str, ...]) -> Insert:
    """An INSERT that puts these columns into the row that is there already."""
    return made.on_conflict_do_update(index_elements=key, set_={name: made.excluded[name] for name in names})
