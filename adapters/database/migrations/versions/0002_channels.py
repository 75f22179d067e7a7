"""What Slack and Telegram need: accounts, files to bring, doubt, pictures known by their platform, secrets, leases."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def _only(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def upgrade() -> None:
    op.add_column("letters", sa.Column("account", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.add_column("letters", sa.Column("fetch", sa.LargeBinary(), nullable=True))
    op.add_column("letters", sa.Column("doubtful", sa.Integer(), server_default="0", nullable=False))
    op.drop_index("ix_letters_next", "letters")
    _only("ix_letters_next", "letters", ["channel", "account", "push", "id"], "state = 'waiting'")
    _only("ix_letters_quiz", "letters", ["channel", "mark"], "key >= 'quiz.' AND key < 'quiz/'")
    _only("ix_inbox_aside", "inbox", ["seq"], "state IN ('quarantine', 'unread')")
    op.create_table(
        "media",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "account", "digest", name=op.f("pk_media")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "vault",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_vault")),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
