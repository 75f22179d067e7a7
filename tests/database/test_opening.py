"""Opening a database: every way in which it can fail says what to do, and two processes never share one."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from adapters.database.connection import Database
from adapters.database.tables import metadata
from bot.effects import Note
from bot.facts import HeldBack
from bot.ports import StoreProblem
from tests.database.world import World, a_person, open_world

HOLDS = """
import sys, time
from pathlib import Path
from adapters.database.connection import Database
Database.open(Path(sys.argv[1]))
print("open", flush=True)
time.sleep(60)
"""


def a_holder(path: Path) -> "subprocess.Popen[str]":
    """Another process that has the database open."""
    holder = subprocess.Popen([sys.executable, "-c", HOLDS, str(path)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout
    assert holder.stdout.readline() == "open\n"
    return holder


async def test_the_steps_build_the_tables_that_the_code_knows(world: World) -> None:
    def differences(on: Connection) -> list[object]:
        context = MigrationContext.configure(on, opts={"compare_type": True, "compare_server_default": True})
        return list(compare_metadata(context, metadata))

    assert await world.database.read(differences) == []
    written = {sql for (sql,) in world.rows("SELECT sql FROM sqlite_master WHERE name LIKE 'ix_%'")}
    assert sum("WHERE" in sql for sql in written) == 10, "an index over some rows has lost its condition"


def test_what_was_stored_is_there_again(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        world.database.connection.exec_driver_sql("INSERT INTO units VALUES ('u', '', 'Harbour')")
        world.database.connection.commit()
    with open_world(tmp_path) as world:
        assert world.rows("SELECT name FROM units") == [("Harbour",)]


def test_a_second_process_is_told_who_has_it(tmp_path: Path) -> None:
    path = tmp_path / "morsel.db"
    holder = a_holder(path)
    try:
        with pytest.raises(StoreProblem, match=rf"process {holder.pid}, since 20\d\d-") as told:
            Database.open(path)
        assert str(path) in told.value.what
        assert "Stop that one first" in told.value.hint
    finally:
        holder.kill()
        holder.communicate()


def test_the_lock_of_a_dead_process_is_taken_over(tmp_path: Path) -> None:
    holder = a_holder(tmp_path / "morsel.db")
    os.kill(holder.pid, signal.SIGKILL)
    holder.communicate()
    assert str(holder.pid) in (tmp_path / "morsel.db.lock").read_text()
    Database.open(tmp_path / "morsel.db").close()


def test_a_newer_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "morsel.db"
    Database.open(path).close()
    with closing(sqlite3.connect(path)) as other:
        other.execute("UPDATE alembic_version SET version_num = '9999'")
        other.commit()
    before = path.read_bytes()
    with pytest.raises(StoreProblem, match=r"newer Morsel .*9999.* knows 0002") as told:
        Database.open(path)
    assert "Install the newer Morsel" in told.value.hint
    assert path.read_bytes() == before


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "morsel.db").write_bytes(b"holiday pictures " * 500)
    with pytest.raises(StoreProblem, match="damaged or is not a Morsel database"):
        Database.open(tmp_path / "morsel.db")
    (tmp_path / "morsel.db").write_bytes(b"")
    Database.open(tmp_path / "morsel.db").close()  # the lock was given back, and an empty file is a new database


def test_a_broken_page_is_told_and_nothing_falls_over(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        size = world.rows("PRAGMA page_size")[0][0]
        (page,) = world.rows("SELECT rootpage FROM sqlite_master WHERE name = 'units'")[0]
    path = tmp_path / "morsel.db"
    data = bytearray(path.read_bytes())
    data[(page - 1) * size : page * size] = b"\xff" * size
    path.write_bytes(data)
    with open_world(tmp_path) as world, pytest.raises(StoreProblem, match="damaged"):
        asyncio.run(world.registry.units())


@pytest.mark.parametrize("folder", ["a-file/data", "/proc/nothing/data"])
def test_a_folder_that_cannot_be_written(tmp_path: Path, folder: str) -> None:
    (tmp_path / "a-file").write_text("in the way")
    with pytest.raises(StoreProblem, match="cannot write in the folder") as told:
        Database.open(tmp_path / folder / "morsel.db")
    assert "may write" in told.value.hint


def test_a_folder_in_place_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "morsel.db").mkdir()
    with pytest.raises(StoreProblem, match="cannot open or write"):
        Database.open(tmp_path / "morsel.db")


async def test_a_full_disk_loses_nothing_and_it_goes_on_afterwards(world: World) -> None:
    await world.people(a_person())
    (pages,) = world.rows("PRAGMA page_count")[0]
    world.database.connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    world.database.connection.rollback()
    much = tuple(Note(HeldBack("x" * 1000)) for _ in range(100))
    with pytest.raises(StoreProblem, match="disk is full") as told:
        await world.turn("e1", much, name="Changed")
    assert "Make room" in told.value.hint
    assert (await world.person()).name == "Amina"
    assert world.rows("SELECT count(*) FROM facts") == [(0,)]
    world.database.connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    world.database.connection.rollback()
    await world.turn("e1", much, name="Changed")
    assert (await world.person()).name == "Changed"


async def test_readers_cannot_write_and_do_not_checkpoint(world: World) -> None:
    def write(on: object) -> None:
        on.exec_driver_sql("DELETE FROM units")  # type: ignore[attr-defined]

    with pytest.raises(StoreProblem, match="cannot open or write"):
        await world.database.read(write)
    assert await world.database.read(lambda on: on.exec_driver_sql("PRAGMA wal_autocheckpoint").scalar()) == 0
    on = world.database.connection
    assert on.exec_driver_sql("PRAGMA synchronous").scalar() == 2, "FULL"
    assert on.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    on.rollback()
    await world.people(a_person())
    assert len(await world.registry.everybody()) == 1


def test_nobody_else_may_read_what_people_answered(tmp_path: Path) -> None:
    with open_world(tmp_path):
        files = [file for file in tmp_path.iterdir() if file.name.startswith("morsel.db")]
        assert {file.stat().st_mode & 0o077 for file in files if not file.is_socket()} == {0}, files
