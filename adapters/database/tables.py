"""The tables, as SQLAlchemy Core knows them. `migrations/` builds them; a test holds the two together.

Times are whole microseconds since 1970 in UTC (they come back exactly; a float would not). Values that nobody searches
are JSON in a blob, written by msgspec. Nothing here is special to SQLite but the layout of rows, which other databases
ignore. What is asked for often has the person in its key, so that all of a person lies together.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# Only an INTEGER is SQLite's row number; elsewhere it must have 64 bits.
RowId = BigInteger().with_variant(Integer(), "sqlite")


def _only(name: str, *columns: str, where: str) -> Index:
    """An index over some of the rows only, so that the others cost nothing."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


meta = Table("meta", metadata, Column("key", Text, primary_key=True), Column("value", LargeBinary, nullable=False))

# --- Who -------------------------------------------------------------------------------------------------------------

units = Table(
    "units",
    metadata,
    Column("id", Text, primary_key=True),
    Column("parent", Text, nullable=False, index=True),
    Column("name", Text, nullable=False),
)

# `state` is the whole Person, but `wake_at` and `version`, which others may change too, are true in their columns only.
persons = Table(
    "persons",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("wake_at", BigInteger),
    Column("version", Integer, nullable=False),
    Column("state", LargeBinary, nullable=False),
    Index(None, "unit", "name_key"),
    _only("ix_persons_alarm", "wake_at", "id", where="wake_at IS NOT NULL"),
)

addresses = Table(
    "addresses",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("chat", Text, primary_key=True),
    Column("person", Text, ForeignKey("persons.id"), nullable=False),
    sqlite_with_rowid=False,
)

invites = Table(
    "invites",
    metadata,
    Column("code", Text, primary_key=True),  # SHA-256 of the code, in hex
    Column("unit", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("uses", Integer, nullable=False),
    Column("person", Text, nullable=False),
)

web_sessions = Table(
    "web_sessions",
    metadata,
    Column("token", Text, primary_key=True),  # SHA-256 of the token, in hex
    Column("chat", Text, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)

# --- What is taught --------------------------------------------------------------------------------------------------

# `digest` is empty while a file is still coming in.
files = Table(
    "files",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    _only("ix_files_digest", "digest", where="digest <> ''"),
)

file_chunks = Table(
    "file_chunks",
    metadata,
    Column("file", RowId, ForeignKey("files.id", ondelete="CASCADE"), primary_key=True),
    Column("at", Integer, primary_key=True, autoincrement=False),
    Column("data", LargeBinary, nullable=False),
)

packs = Table(
    "packs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("version", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)

# The cards of the live versions: what a new version dropped is never due, and comes back when a later one brings it.
live_cards = Table(
    "live_cards",
    metadata,
    Column("pack", Text, primary_key=True),
    Column("card", Text, primary_key=True),
    sqlite_with_rowid=False,
)

assignments = Table(
    "assignments",
    metadata,
    Column("unit", Text, primary_key=True),
    Column("pack", Text, primary_key=True),
    Column("by", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("due_at", BigInteger),
)

# --- What is known ---------------------------------------------------------------------------------------------------

cards = Table(
    "cards",
    metadata,
    Column("person", Text, primary_key=True),
    Column("pack", Text, primary_key=True),
    Column("card", Text, primary_key=True),
    Column("seen_at", BigInteger, nullable=False),
    Column("credit", Float),
    Column("stability", Float),
    Column("difficulty", Float),
    Column("reviewed_at", BigInteger),
    Column("due_at", BigInteger),
    Column("reps", Integer),
    Column("lapses", Integer),
    _only("ix_cards_due", "person", "due_at", where="due_at IS NOT NULL"),
    sqlite_with_rowid=False,
)

# `enrolled_at`, `by` and `due_at` belong to the assignment; the rest to the learner's own turns.
progress = Table(
    "progress",
    metadata,
    Column("person", Text, primary_key=True),
    Column("pack", Text, primary_key=True),
    Column("enrolled_at", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("due_at", BigInteger),
    Column("started_at", BigInteger),
    Column("last_at", BigInteger),
    Column("completed_at", BigInteger),
    Column("seen", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("graded", Integer, nullable=False),
    Column("score", Float, nullable=False),
    sqlite_with_rowid=False,
)

question_counts = Table(
    "question_counts",
    metadata,
    Column("unit", Text, primary_key=True),
    Column("pack", Text, primary_key=True),
    Column("card", Text, primary_key=True),
    Column("asked", Integer, nullable=False),
    Column("missed", Integer, nullable=False),
    sqlite_with_rowid=False,
)

facts = Table(
    "facts",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("person", Text, nullable=False),
    Column("verb", Text, nullable=False),
    Column("pack", Text, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Index(None, "person", "id"),
)

# --- What came in and goes out ---------------------------------------------------------------------------------------

# `state`: done; pending (passed on by a turn, its own turn is still to come); quarantine (its turn raised); unread (the
# channel could not read it). `event` is kept for all but the first: an encoded Incoming, or the raw bytes of what is unread.
inbox = Table(
    "inbox",
    metadata,
    Column("seq", RowId, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("event", LargeBinary),
    Column("reference", Text),
    Column("why", Text),
    UniqueConstraint("channel", "id"),
    _only("ix_inbox_pending", "seq", where="state = 'pending'"),
    _only("ix_inbox_aside", "seq", where="state IN ('quarantine', 'unread')"),
)

# `state`: waiting, sent, failed; said (the person's own words, for the transcript). `owner` is the person, or
# the address of a stranger; `amends` the letter that this one changes; `shown` orders the transcript: the letter's own
# id, or that of its last amendment; empty where there is no transcript. `account` is the address's; `fetch` a file to bring
# instead of a message; `doubtful` that a try left us and no answer came. A waiting letter with a mark but nothing it amends
# changes what the platform itself keeps by that name (a board).
letters = Table(
    "letters",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("chat", Text, nullable=False),
    Column("account", Text, nullable=False, server_default=text("''")),
    Column("owner", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("amends", RowId),
    Column("push", Integer, nullable=False),
    Column("until", BigInteger),
    Column("message", LargeBinary, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("shown", RowId),
    Column("mark", Text),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("not_before", BigInteger, nullable=False, server_default="0"),
    Column("why", Text),
    Column("fetch", LargeBinary),
    Column("doubtful", Integer, nullable=False, server_default="0"),
    _only("ix_letters_key", "owner", "key", where="key <> ''"),
    _only("ix_letters_next", "channel", "account", "push", "id", where="state = 'waiting'"),
    _only("ix_letters_quiz", "channel", "mark", where="key >= 'quiz.' AND key < 'quiz/'"),
    _only("ix_letters_lane", "channel", "chat", "push", "id", where="state = 'waiting'"),
    _only("ix_letters_shown", "channel", "chat", "shown", where="shown IS NOT NULL"),
)

# --- What channels keep ----------------------------------------------------------------------------------------------

media = Table(
    "media",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("digest", Text, primary_key=True),
    Column("id", Text, nullable=False),
    sqlite_with_rowid=False,
)

# `value` is encrypted; the key is not in here.
vault = Table("vault", metadata, Column("name", Text, primary_key=True), Column("value", LargeBinary, nullable=False))

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("until", BigInteger, nullable=False),
)
