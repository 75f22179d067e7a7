"""A real process with a real service is killed in the middle of its work, again and again, on one database.

What was acknowledged is there; nothing happened twice; and what was not acknowledged may come again and then happens.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from adapters.database.rows import decode_fact
from bot.effects import Effects, Note, Pass, Say, Track
from bot.effects import Progress as Row
from bot.events import Event, Prodded, Said
from bot.facts import HeldBack
from bot.given import Catalog, Given, Query
from bot.person import Person
from tests.database.world import NOW, a_person, an_event, open_world, words

PEOPLE = ("amina", "bilal", "greta", "tom")


def needs(person: Person, event: Event, catalog: Catalog) -> Query | None:
    return Query(packs=("geo",))


def take_turn(person: Person, event: Event, given: Given) -> tuple[Person, Effects]:
    """Counts in three places that must agree, notes what it was, answers, and now and then passes something on."""
    if isinstance(event, Prodded):
        return person, (Note(HeldBack(f"passed {event.by}")),)
    assert isinstance(event, Said)
    row = given.found.progress.get("geo") or Row("geo", NOW)
    on = (Pass("tom", Prodded(event.text)),) if event.text.endswith("7") else ()
    return replace(person, streak=person.streak + 1), (
        Note(HeldBack(event.text)),
        Track(replace(row, seen=row.seen + 1)),
        Say(words(event.text), key=given.token()),
        *on,
    )


WORK = """
import asyncio, sys
from pathlib import Path
from bot.effects import Say
from bot.service import Service
from tests.database.test_crash import PEOPLE, needs, take_turn
from tests.database.world import NOW, an_event, open_world, words
from bot.events import Said

class Clock:
    def now(self):
        return NOW

async def main(folder, start):
    with open_world(Path(folder)) as world:
        broken = lambda person, reference: Say(words(reference))
        service = Service(world.store, needs, take_turn, broken, Clock(), b"secret")
        asyncio.get_running_loop().create_task(service.run())

        async def one(number):
            who = PEOPLE[number % len(PEOPLE)]
            await service.deliver(an_event(f"e{number}", who, Said(f"{number}")))
            print(number, flush=True)

        number = start
        while True:
            await asyncio.gather(*(one(number + n) for n in range(9)))
            number += 9

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""


def killed_after(folder: Path, start: int, acknowledged: int) -> list[int]:
    """The numbers that a process acknowledged before it was killed, at any point of its work."""
    root = Path(__file__).parents[2]
    process = subprocess.Popen(
        [sys.executable, "-c", WORK, str(folder), str(start)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert process.stdout and process.stderr
    numbers: list[int] = []
    while len(numbers) < acknowledged:
        line = process.stdout.readline()
        assert line, process.stderr.read()
        numbers.append(int(line))
    os.kill(process.pid, signal.SIGKILL)
    rest, _ = process.communicate()
    return numbers + [int(line) for line in rest.split("\n") if line.isdecimal()]


async def test_no_answer_is_lost_and_none_counts_twice(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        await world.people(*map(a_person, PEOPLE))
    done: list[int] = []
    for acknowledged in (1, 5, 18, 40, 90):
        done += killed_after(tmp_path, max(done, default=-1) + 1, acknowledged)
    with open_world(tmp_path) as world:
        check = [int(why) for why in noted(world.rows("SELECT data FROM facts")) if why.isdecimal()]
        assert len(check) == len(set(check)), "something happened twice"
        assert set(done) <= set(check), "something acknowledged was lost"
        ids = {int(id_[1:]) for (id_,) in world.rows("SELECT id FROM inbox WHERE channel = 'web'")}
        assert ids == set(check), "an id without its turn, or a turn without its id"
        assert len(world.rows("SELECT id FROM letters WHERE state = 'waiting'")) == len(check)
        for who, seen in world.rows("SELECT person, seen FROM progress"):
            person = await world.person(who)
            mine = [number for number in check if PEOPLE[number % len(PEOPLE)] == who]
            assert person.streak == seen == len(mine)
        # What the channel was never told about comes again: it happens now, and the others do not.
        async with world.store.batch() as on:
            again = [an_event(f"e{number}", PEOPLE[number % 4], Said(f"{number}")) for number in range(max(done) + 9)]
            fresh = await on.fresh(again)
            assert {int(each.id[1:]) for each in fresh} == set(range(max(done) + 9)) - ids
        assert world.rows("PRAGMA integrity_check") == [("ok",)]
        passed = {why for why in noted(world.rows("SELECT data FROM facts")) if why.startswith("passed")}
        wait = {each.event.by for each in await world.store.passed(999) if isinstance(each.event, Prodded)}
        assert {f"passed {by}" for by in wait} | passed == {f"passed {n}" for n in check if n % 10 == 7}
        assert not {f"passed {by}" for by in wait} & passed


def noted(rows: list[tuple[Any, ...]]) -> list[str]:
    return [fact.why for (data,) in rows if isinstance(fact := decode_fact(data), HeldBack)]
