"""Brings the tables up to date when the database is opened, and refuses those of a newer Morsel.

Each step commits with its own mark, so a kill in the middle of one leaves the step before. Alembic is imported only
when there is something to do: it costs a quarter of a second.
"""

from pathlib import Path

from sqlalchemy import Connection, inspect

from bot.ports import StoreProblem

HERE = Path(__file__).parent


def migrate(on: Connection) -> None:
    """Raises StoreProblem when the tables are newer than this program."""
    now = version(on)
    on.rollback()
    known = sorted(path.stem.partition("_")[0] for path in (HERE / "versions").glob("[0-9]*.py"))
    if now == known[-1]:
        return
    if now and now not in known:
        raise StoreProblem(
            f"This database was made by a newer Morsel (its tables are at {now}, this program knows {known[-1]}).",
            "Install the newer Morsel again, or bring back a backup from before the change.",
        )
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(HERE).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = on
    command.upgrade(config, "head")


def version(on: Connection) -> str:
    """The step that the tables are at; empty for a new database."""
    if not inspect(on).has_table("alembic_version"):
        return ""
    return str(on.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() or "")
