"""How the real parts are put together, where no other test looks: what a person reads when a turn raised."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.database.connection import Database
from bot.cli.assemble import broken, core, serving
from bot.effects import Effects
from bot.events import Address, Event, Incoming, Said
from bot.given import Given, House
from bot.person import Person
from bot.texts import LANGUAGES
from scheduler.metronome import SystemClock

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def raises(person: Person, event: Event, given: Given) -> tuple[Person, Effects]:
    raise ValueError("a bug")


async def test_a_turn_that_raised_gives_the_person_the_number_that_the_log_and_the_database_have(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Database.open(tmp_path / "morsel.db") as database:
        parts = await core(database, House(), SystemClock(), turn=raises)
        async with serving(parts.service):
            await parts.service.deliver(Incoming("one", Said("my secret"), NOW, Address("web", "somebody")))
        await database.rest()
    with closing(sqlite3.connect(tmp_path / "morsel.db")) as reader:
        [(state, reference)] = reader.execute("SELECT state, reference FROM inbox").fetchall()
        said, told = (str(row[0]) for row in reader.execute("SELECT message FROM letters ORDER BY id"))
    assert state == "quarantine"
    assert len(reference) == 6
    assert "my secret" in said
    assert reference in told
    logged = "".join(capsys.readouterr())
    assert reference in logged
    assert "my secret" not in logged


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_number_is_told_in_every_language(language: str) -> None:
    assert "AB12CD" in broken(Person(language=language), "AB12CD").message.plain
