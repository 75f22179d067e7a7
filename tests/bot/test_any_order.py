"""Whatever people type and tap, in whatever order and however often a channel repeats it: the state can be stored, no turn
raises, and it is the same as if every event had come once. On the real service and store; compared row by row.
"""

import asyncio
import sqlite3
import tempfile
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.commands import COMMANDS
from bot.effects import Enrol
from bot.events import Address, Event, Incoming, Pressed, Said, read_words
from bot.message import Message
from tests.conversations.stage import Stage, open_stage

WHO = ("amina", "mia", "root", "stranger")
TABLES = {
    "persons": "id, name, unit, role, wake_at, version, state",
    "cards": "*",
    "progress": "*",
    "question_counts": "*",
    "facts": "at, person, verb, pack, data",
    "letters": "chat, owner, key, amends IS NULL, message, at",
    "invites": "*",
}

words = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["", " ", "Paris", "dublin", "465", "٢", "1,5", "👍", "‮abc", "certain", "next", "x" * 65_536, "9" * 5_000, "/"]
    ),
    st.builds(lambda c, t: f"/{c.name} {t}", st.sampled_from(COMMANDS), st.text(max_size=12)),
    st.builds(lambda c: f"/{c.name}", st.sampled_from(COMMANDS)),
    st.sampled_from(
        ["/learn geo", "/learn tea", "/team harbour tea", "/assign tea harbour by 1 June", "/invite harbour"]
    ),
)
taps = st.one_of(
    st.integers(0, 40),  # a button that was really shown, counted from the newest
    st.sampled_from(
        ["do.learn", "do.later week", "x.next", ".", "do.", "do.nope", "abc.sure.guess", "abc.9:9", "é" * 20]
    ),
)
steps = st.tuples(st.sampled_from(WHO), st.one_of(words, taps), st.integers(0, 3), st.integers(0, 90))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(steps, min_size=1, max_size=25))
def test_duplicates_change_nothing(script: list[tuple[str, str | int, int, int]]) -> None:
    once = asyncio.run(_played(script, repeated=False))
    again = asyncio.run(_played(script, repeated=True))
    assert once == again


def test_no_number_is_too_long() -> None:
    """Python refuses to read thousands of digits; nobody should learn of that by a reference number."""
    number = "9" * 5_000
    words = [f"/settings {what} {number}" for what in ("cards", "minutes", "pause", "time", "quiet", "zone")]
    words += [number, f"/team #{number}", f"/assign geo amina by in {number} days", f"/assign geo amina by {number}"]
    words += [f"/invite harbour {number} uses {number} days", f"/start {number}", "/learn", number, "x.1:" + number]
    for who in ("amina", "root"):
        assert asyncio.run(_played([(who, each, 0, 0) for each in words], repeated=False))


async def _played(script: Sequence[tuple[str, str | int, int, int]], *, repeated: bool) -> dict[str, list[str]]:
    with tempfile.TemporaryDirectory() as folder:
        async with open_stage(Path(folder)) as stage:
            await stage.enrol(Enrol("geo", "root", unit="harbour"))
            happened: list[Incoming] = []
            for number, (who, what, copies, minutes) in enumerate(script):
                stage.clock.at += timedelta(minutes=minutes, seconds=1)
                event = _event(stage, who, what)
                incoming = Incoming(f"any:{number}", event, stage.clock.at, Address("talk", who))
                happened.append(incoming)
                repeats = [incoming] * copies + happened[-3:-1] if repeated else []
                await asyncio.gather(*(stage.deliver(each) for each in [incoming, *repeats]))
                await stage.what_followed()
            await asyncio.gather(*(stage.deliver(each) for each in happened if repeated))
            return await asyncio.to_thread(_rows, stage.path)


def _event(stage: Stage, who: str, what: str | int) -> Event:
    if isinstance(what, int):
        shown: list[Message] = [message for chat, message in reversed(stage.recorder.ever) if chat == who]
        buttons = [button for message in shown[:8] for row in message.rows for button in row]
        return Pressed(buttons[what % len(buttons)].press) if buttons else Said(str(what))
    return Pressed(what) if "." in what[:12] and " " not in what[:3] and len(what) < 60 else read_words(what)


def _rows(path: Path) -> dict[str, list[str]]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as reader:
        return {
            table: sorted(map(repr, reader.execute(f"SELECT {columns} FROM {table}")))
            for table, columns in TABLES.items()
        }
