"""`morsel quarantine`: what was put aside is seen, tried again exactly once, or dropped; with a server and without."""

import asyncio
import base64
import json
import sqlite3
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.database.aside import Aside
from adapters.database.connection import Database
from adapters.database.rows import decode_incoming
from adapters.database.store import Store
from bot.cli.assemble import Core, core, serving
from bot.cli.shelf import AsideRetried, NotReread, RetryAside, Shelf, Tried, at_the_shelf
from bot.cli.speech import printable
from bot.effects import Effects, Say
from bot.events import Address, Event, Incoming, Said, Uploaded
from bot.given import Given, House
from bot.message import Message, paragraph
from bot.person import Person
from bot.ports import StoreProblem
from scheduler.metronome import SystemClock
from tests.cli.program import going, morsel

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
HERE = Address("web", "somebody")
EVENT = Incoming("web:somebody:1", Said("my secret words"), NOW, HERE)

# --- Without a server ----------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A company where a turn failed, and an update could not be read."""

    async def fill() -> None:
        with Database.open(tmp_path / "data" / "morsel.db") as database:
            store = Store(database, SystemClock().now)
            async with store.batch() as on:
                await on.fresh((EVENT,))
                await on.quarantine(EVENT, "AB12CD", "ValueError at turn.py:7", NOW)
            at = NOW + timedelta(minutes=1)
            await Aside(database).set_aside("telegram", "77", b"\xff\x1b[31m{odd", "not JSON", at)
            await database.rest()

    asyncio.run(fill())
    return tmp_path


def listed(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(morsel(folder, "quarantine", "list", "--json").stdout)["put_aside"]
    return found


def test_nothing_was_put_aside(tmp_path: Path) -> None:
    assert morsel(tmp_path, "quarantine", "list").stdout == "Nothing was put aside.\n"
    assert morsel(tmp_path, "quarantine", "retry", "--all").stdout == "Nothing was put aside.\n"


def test_what_was_put_aside_is_listed_without_a_word_of_anybody(folder: Path) -> None:
    made = morsel(folder, "quarantine", "list")
    newest, oldest = made.stdout.splitlines()[1:]
    assert "telegram" in newest
    assert "not JSON" in newest
    assert oldest.split() == ["AB12CD", "2026-03-02", "09:00:00", "web", "turn", "ValueError", "at", "turn.py:7"]
    assert "and 1 older" in morsel(folder, "quarantine", "list", "--most", "1").stdout
    for words in (("list",), ("list", "--json"), ("show", "AB12CD"), ("show", "AB12CD", "--json")):
        assert "secret" not in morsel(folder, "quarantine", *words).stdout


def test_content_is_shown_only_where_it_is_asked_for_and_moves_no_cursor(folder: Path) -> None:
    shown = morsel(folder, "quarantine", "show", "ab12cd", "--content").stdout
    assert "a turn that failed" in shown
    assert "my secret words" in shown
    reference = listed(folder)[0]["reference"]
    shown = morsel(folder, "quarantine", "show", reference, "--content").stdout
    assert "\x1b" not in shown
    assert "\\xff\\x1b[31m{odd" in shown
    row = json.loads(morsel(folder, "quarantine", "show", reference, "--content", "--json").stdout)
    assert base64.b64decode(row["base64"]) == b"\xff\x1b[31m{odd"
    assert row["content"] is None
    unknown = morsel(folder, "quarantine", "show", "XXXXXX")
    assert unknown.returncode == 1
    assert "morsel quarantine list" in unknown.stderr


def test_without_a_server_it_is_done_at_the_next_start(folder: Path) -> None:
    made = morsel(folder, "quarantine", "retry", "ab12cd")
    assert (made.returncode, made.stdout) == (0, "AB12CD: will be done when the bot starts.\n")
    assert morsel(folder, "quarantine", "retry", "AB12CD").returncode == 1, "it is tried once"
    assert len(listed(folder)) == 1
    with going(folder, "serve", MORSEL_WEB_PORT="0") as bot:
        bot.wait_for("Ready.")
        wait_for_letters(folder, 1)
        assert bot.stop() == 0
    with going(folder, "serve", MORSEL_WEB_PORT="0") as bot:
        bot.wait_for("Ready.")
        assert bot.stop() == 0
    assert letters(folder) == 1


def test_an_update_of_a_channel_that_is_off_stays(folder: Path) -> None:
    reference = listed(folder)[0]["reference"]
    made = morsel(folder, "quarantine", "retry", reference)
    assert made.returncode == 1
    assert "the channel telegram is not switched on); it stays." in made.stdout
    assert len(listed(folder)) == 2


UPDATE = {
    "update_id": 77,
    "message": {
        "message_id": 5,
        "date": 1_772_442_000,
        "chat": {"id": 7, "type": "private", "first_name": "Amina"},
        "from": {"id": 7, "is_bot": False, "first_name": "Amina"},
        "text": "hello there",
    },
}
FRAME = {
    "envelope_id": "e-1",
    "type": "events_api",
    "payload": {
        "type": "event_callback",
        "team_id": "T1",
        "event_id": "Ev1",
        "event_time": 1_772_442_000,
        "event": {
            "type": "message",
            "channel_type": "im",
            "channel": "D1",
            "user": "U1",
            "text": "hello there",
            "ts": "1772442000.000100",
        },
    },
}
WITH_TOKENS = {
    "MORSEL_TELEGRAM_TOKEN": "123456:" + "s" * 35,
    "MORSEL_SLACK_BOT_TOKEN": "xoxb-1-2-abc",
    "MORSEL_SLACK_APP_TOKEN": "xapp-1-abc",
}


@pytest.mark.parametrize(("channel", "update"), [("telegram", UPDATE), ("slack", FRAME)])
def test_the_real_channels_read_their_updates_again(tmp_path: Path, channel: str, update: object) -> None:
    async def fill() -> str:
        with Database.open(tmp_path / "data" / "morsel.db") as database:
            raw = json.dumps(update).encode()
            return await Aside(database).set_aside(channel, f"{channel}:77", raw, "a bug, mended since", NOW)

    reference = asyncio.run(fill())
    made = morsel(tmp_path, "quarantine", "retry", "--all", **WITH_TOKENS)
    assert made.stdout == f"{reference}: will be done when the bot starts.\n"
    with closing(sqlite3.connect(tmp_path / "data" / "morsel.db")) as reader:
        ((id_, event),) = reader.execute("SELECT id, event FROM inbox WHERE state = 'pending'").fetchall()
    assert id_ == f"retry:{reference}:{channel}:77"
    queued = decode_incoming(event)
    assert queued.event == Said("hello there")
    assert queued.address
    assert queued.address.channel == channel


def test_what_is_dropped_is_gone(folder: Path) -> None:
    made = morsel(folder, "quarantine", "drop", "ab12cd", "XXXXXX")
    assert made.returncode == 1
    assert "Dropped: 1." in made.stdout
    assert "XXXXXX: nothing was put aside" in made.stdout
    assert len(listed(folder)) == 1
    assert json.loads(morsel(folder, "quarantine", "drop", "--all", "--json").stdout)["unknown"] == []
    assert listed(folder) == []
    with closing(sqlite3.connect(folder / "data" / "morsel.db")) as reader:
        assert reader.execute("SELECT DISTINCT state, event FROM inbox").fetchall() == [("done", None)]


@pytest.mark.parametrize("words", [("retry",), ("drop",), ("drop", "AB12CD", "--all")])
def test_it_must_be_said_which(folder: Path, words: Sequence[str]) -> None:
    made = morsel(folder, "quarantine", *words)
    assert made.returncode == 2
    assert "--all" in made.stderr
    assert len(listed(folder)) == 2


# --- With a server -------------------------------------------------------------------------------------------------------


def letters(folder: Path) -> int:
    """How many answers were given to somebody."""
    with closing(sqlite3.connect(folder / "data" / "morsel.db")) as reader:
        return int(
            reader.execute("SELECT count(*) FROM letters WHERE chat = 'somebody' AND state <> 'said'").fetchone()[0]
        )


def wait_for_letters(folder: Path, many: int) -> None:
    for _ in range(600):
        if letters(folder) >= many:
            return
        asyncio.run(asyncio.sleep(0.05))
    raise AssertionError("no answer was given")


def test_the_server_that_runs_does_it_at_once(folder: Path) -> None:
    with going(folder, "serve", MORSEL_WEB_PORT="0") as bot:
        bot.wait_for("Ready.")
        assert len(listed(folder)) == 2
        assert "my secret words" in morsel(folder, "quarantine", "show", "AB12CD", "--content").stdout
        made = morsel(folder, "quarantine", "retry", "AB12CD")
        assert (made.returncode, made.stdout) == (0, "AB12CD: done.\n")
        assert letters(folder) == 1
        assert morsel(folder, "quarantine", "retry", "AB12CD").returncode == 1
        assert "not switched on" in morsel(folder, "quarantine", "retry", "--all").stdout
        assert morsel(folder, "quarantine", "drop", "--all").returncode == 0
        assert listed(folder) == []
        assert "secret" not in bot.log
        assert bot.stop() == 0
    assert letters(folder) == 1


# --- Exactly once, whatever happens meanwhile ----------------------------------------------------------------------------


class Taker:
    """Turns as a test wants them: they fail until they are mended, and it is remembered what was taken."""

    def __init__(self) -> None:
        self.mended = False
        self.taken: list[str] = []
        self.uploads: list[bool] = []

    def turn(self, person: Person, event: Event, given: Given) -> tuple[Person, Effects]:
        if not self.mended:
            raise ValueError("a bug")
        self.taken.append(event.text if isinstance(event, Said) else type(event).__name__)
        self.uploads.append(given.found.upload is not None)
        return person, (Say(Message((paragraph("done"),))),)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database.open(tmp_path / "morsel.db") as opened:
        yield opened


async def start(database: Database, taker: Taker) -> Core:
    return await core(database, House(), SystemClock(), turn=taker.turn)


def a_shelf(
    database: Database,
    deliver: Callable[[Incoming], Awaitable[None]] | None,
    reread: Callable[[str, bytes], Sequence[Incoming]] | None = None,
) -> Shelf:
    return Shelf(Aside(database), reread or no_reread, deliver, SystemClock())


def no_reread(channel: str, raw: bytes) -> Sequence[Incoming]:
    raise NotReread("nobody reads it")


async def tried(shelf: Shelf, *references: str) -> tuple[Tried, ...]:
    result = await at_the_shelf(RetryAside(references), shelf)
    assert isinstance(result, AsideRetried)
    return result.tried


async def test_a_turn_that_fails_again_is_put_aside_again_and_mended_it_happens_once(database: Database) -> None:
    taker = Taker()
    parts = await start(database, taker)
    shelf = a_shelf(database, parts.service.deliver)
    async with serving(parts.service):
        await parts.service.deliver(EVENT)
        ((first,), _) = await shelf.aside.newest(9)
        (again,) = await tried(shelf, first.reference)
        assert again.outcome == "raised"
        ((second,), _) = await shelf.aside.newest(9)
        assert second.reference == again.again != first.reference
        taker.mended = True
        assert await tried(shelf) == (Tried(second.reference, "taken"),)
        assert await tried(shelf, second.reference) == (Tried(second.reference, "unknown"),)
        await parts.service.deliver(EVENT)
    assert taker.taken == ["my secret words"]
    await database.rest()


async def test_all_are_tried_in_the_order_in_which_they_came(database: Database) -> None:
    taker = Taker()
    parts = await start(database, taker)
    async with serving(parts.service):
        for number in range(5):
            await parts.service.deliver(Incoming(f"e{number}", Said(str(number)), NOW, HERE))
        taker.mended = True
        assert {one.outcome for one in await tried(a_shelf(database, parts.service.deliver))} == {"taken"}
    assert taker.taken == ["0", "1", "2", "3", "4"]
    await database.rest()


async def test_a_crash_between_the_two_steps_repeats_and_loses_nothing(database: Database) -> None:
    taker = Taker()
    parts = await start(database, taker)
    async with serving(parts.service):
        await parts.service.deliver(EVENT)
    ((one,), _) = await Aside(database).newest(9)

    async def crashes(incoming: Incoming) -> None:
        raise StoreProblem("The disk is full.")

    assert await tried(a_shelf(database, crashes)) == (Tried(one.reference, "waits"),)
    taker.mended = True
    for _ in range(2):
        parts = await start(database, taker)
        async with serving(parts.service):
            await parts.service.deliver(Incoming(f"after {len(taker.taken)}", Said("later"), NOW, HERE))
    assert sorted(taker.taken) == ["later", "later", "my secret words"]
    await database.rest()


async def test_an_upload_that_waited_is_read_before_its_turn(database: Database) -> None:
    taker = Taker()
    parts = await start(database, taker)
    async with serving(parts.service):
        await parts.service.deliver(Incoming("u", Uploaded("pack.zip", 3, "0" * 64), NOW, HERE))
    ((one,), _) = await Aside(database).newest(9)
    assert await tried(a_shelf(database, None)) == (Tried(one.reference, "waits"),)
    taker.mended = True
    parts = await start(database, taker)
    async with serving(parts.service):
        await parts.service.deliver(Incoming("after", Said("later"), NOW, HERE))
    assert dict(zip(taker.taken, taker.uploads, strict=True)) == {"Uploaded": True, "later": False}
    await database.rest()


async def test_an_update_is_read_again_by_a_channel_that_can_now(database: Database) -> None:
    taker = Taker()
    taker.mended = True
    parts = await start(database, taker)

    def reread(channel: str, raw: bytes) -> Sequence[Incoming]:
        assert channel == "telegram"
        match raw:
            case b"bug":
                raise KeyError(raw)
            case b"odd":
                raise ValueError(raw)
            case b"nothing":
                return ()
        there = Address("telegram", "7")
        return [Incoming("77", Said(word), NOW, there) for word in raw.decode().split()]

    shelf = a_shelf(database, parts.service.deliver, reread)
    raws = (b"two words", b"nothing", b"odd", b"bug")
    references = [await shelf.aside.set_aside("telegram", raw.decode(), raw, "odd", NOW) for raw in raws]
    async with serving(parts.service):
        found = await tried(shelf, *references)
    assert [one.outcome for one in found] == ["taken", "nothing", "unreadable", "unreadable"]
    assert [one.why for one in found] == ["", "", "ValueError", "KeyError"], "never what it holds"
    assert taker.taken == ["two", "words"]
    assert [one.id for one in (await shelf.aside.newest(9))[0]] == ["bug", "odd"], "what cannot be read stays"
    await database.rest()


def test_text_of_others_cannot_play_with_the_terminal() -> None:
    assert printable("a\x1b[2J\rb\n\u202ec") == "a\\x1b[2J\\rb\\n\\u202ec"
    assert printable("a\nb\tc", lines=True) == "a\nb\tc"
    assert printable("Grüße 🧼 日本") == "Grüße 🧼 日本"
