"""What `morsel doctor` looks at: one function a check, each with a verdict and, where it is not green, what to do.

Promise: changes nothing that lasts (a file it writes to try a folder is gone again), and a check that fails never
keeps the next one from being made.
"""

import os
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from msgspec import Struct

from adapters.database.lock import Lock
from adapters.database.migrations.run import HERE as MIGRATIONS
from adapters.database.vault import key_in
from bot.cli.control import running_server
from bot.cli.errands import ChannelsListed, ListChannels
from bot.cli.finding import Settings
from bot.cli.plugging import Standing
from bot.cli.speech import Stopped
from bot.config import Config
from bot.ports import StoreProblem
from scheduler.metronome import SystemClock

Verdict = Literal["green", "yellow", "red"]

PYTHON = (3, 11)
ROOM, LITTLE_ROOM = 1_000_000_000, 100_000_000  # bytes free on the database's disk
BUILT = datetime(2026, 1, 1, tzinfo=UTC)  # no computer that runs this program is earlier
FONT_FOLDERS = tuple(
    Path(name).expanduser()
    for name in (
        *("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts"),  # the XDG ones
        *("/System/Library/Fonts", "/Library/Fonts", "~/Library/Fonts"),  # macOS
    )
)
FONTS = (".ttf", ".ttc", ".otf", ".otc")


class Check(Struct, frozen=True):
    """One thing that was looked at."""

    name: str
    verdict: Verdict
    found: str
    fix: str = ""


def everything(settings: Settings) -> Iterator[Check]:
    """All checks, in the order in which they should be mended."""
    yield python()
    yield sqlite(sqlite3.sqlite_version_info)
    yield zones()
    yield clock()
    yield fonts()
    yield config(settings)
    if settings.read.config is None:
        return
    yield folder(settings.read.config)
    yield room(settings.read.config)
    yield database(settings.read.config)
    yield from key(settings.read.config)
    yield from channels(settings.read.config)


def python(version: tuple[int, int] = sys.version_info[:2]) -> Check:
    found = f"Python {version[0]}.{version[1]}"
    if version < PYTHON:
        return Check("python", "red", found, "Install Python 3.11 or newer.")
    return Check("python", "green", found)


def sqlite(version: tuple[int, ...]) -> Check:
    """The WAL-reset race: connections that write or checkpoint at the same time may lose commits or corrupt the file.

    Present from 3.7.0 to 3.51.2; mended in 3.51.3, 3.50.7 and 3.44.6. Morsel has one connection that writes and
    checkpoints, so it is not touched; other programs on the same file could be.
    """
    name = ".".join(map(str, version[:3]))
    mended = version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51) or (3, 44, 6) <= version < (3, 45)
    if version < (3, 35):
        return Check("sqlite", "red", f"SQLite {name} is too old.", "Use a Python with SQLite 3.35 or newer.")
    if mended:
        return Check("sqlite", "green", f"SQLite {name}, without the WAL-reset race.")
    return Check(
        "sqlite",
        "yellow",
        f"SQLite {name} has the WAL-reset race. Morsel is safe: only one connection writes.",
        "Let no other program write to Morsel's database. A Python with SQLite 3.51.3 or newer is free of it.",
    )


def zones() -> Check:
    """Time zone data, and whether a rule that everybody knows comes out right."""
    try:
        summer = datetime(2026, 7, 1, 12, tzinfo=ZoneInfo("Europe/Berlin")).utcoffset()
    except ZoneInfoNotFoundError:
        return Check("time zones", "red", "There is no time zone data.", "Install it: pip install tzdata")
    known = len(available_timezones())
    if known < 400 or summer is None or summer.total_seconds() != 7200:
        return Check("time zones", "red", f"The time zone data is damaged ({known} zones).", "pip install -U tzdata")
    return Check("time zones", "green", f"{known} time zones.")


def clock(now: datetime | None = None) -> Check:
    """A clock that is years off, or that runs backwards."""
    first = now or SystemClock().now()
    shown = f"{first:%Y-%m-%d %H:%M:%S} UTC"
    fix = "Set the clock, and let the system keep it by NTP."
    if first < BUILT or first.year > BUILT.year + 30:
        return Check("clock", "red", f"The clock says {shown}.", fix)
    time.sleep(0.01)
    if (now or SystemClock().now()) < first:
        return Check("clock", "red", "The clock runs backwards.", fix)
    return Check("clock", "green", f"It is {shown}.")


def fonts(folders: tuple[Path, ...] = FONT_FOLDERS) -> Check:
    """Fonts to draw with. Never red: nothing in this version draws, and where a drawing lacks them, text is just gone."""
    names = (name for folder in folders for _, _, files in os.walk(folder) for name in files)
    count = sum(name.lower().endswith(FONTS) for name in names)
    if count:
        return Check("fonts", "green", f"{count} font files.")
    found = "There are no fonts. Nothing in this version needs them yet; drawn charts will."
    return Check("fonts", "yellow", found, "Install some: apt-get install fonts-dejavu")


def config(settings: Settings) -> Check:
    errors = [problem for problem in settings.read.problems if problem.level == "error"]
    name = settings.file or "no file, so defaults hold"
    if errors:
        return Check("settings", "red", f"{name}: {errors[0]}", "See them all: morsel config check")
    if settings.read.problems:
        return Check("settings", "yellow", f"{name}: {settings.read.problems[0]}", "See them all: morsel config check")
    if settings.read.config and _others_may_read(Path(settings.file), settings.read.config.secrets):
        found = f"{name} holds tokens, and others on this machine may read it."
        return Check("settings", "yellow", found, f"Keep it to the bot's own user: chmod 600 {name}")
    return Check("settings", "green", name)


def _others_may_read(file: Path, secrets: Sequence[str]) -> bool:
    """Whether a file that holds one of them is open to other users."""
    try:
        return bool(file.stat().st_mode & 0o044) and any(secret in file.read_text("utf-8") for secret in secrets)
    except (OSError, ValueError):
        return False


def folder(config: Config) -> Check:
    """Whether the database's folder, or the nearest there is, can be written; tried, for rights alone do not tell."""
    wanted = Path(config.database.path).absolute().parent
    there = next(path for path in (wanted, *wanted.parents) if path.exists())
    fix = "Give it a folder that its user may write in: [database] url."
    if not there.is_dir():
        return Check("folder", "red", f"{there} is a file, not a folder.", fix)
    try:
        with tempfile.TemporaryFile(dir=there) as tried:
            tried.write(b"morsel")
    except OSError as why:
        return Check("folder", "red", f"{there} cannot be written ({why.strerror}).", fix)
    return Check("folder", "green", f"{wanted}" if there == wanted else f"{wanted} can be made.")


def room(config: Config) -> Check:
    wanted = Path(config.database.path).absolute().parent
    there = next(path for path in (wanted, *wanted.parents) if path.is_dir())
    free = shutil.disk_usage(there).free
    found = f"{free / 1e9:,.1f} GB free on the disk."
    if free < LITTLE_ROOM:
        return Check("room", "red", found, "Make room: without it nobody's answer can be kept.")
    return Check("room", "green" if free >= ROOM else "yellow", found, "" if free >= ROOM else "Make room soon.")


def database(config: Config) -> Check:
    """Whether it opens, and is ours; a server that has it open is asked nothing."""
    path = Path(config.database.path).absolute()
    if not path.exists():
        return Check("database", "green", f"{path} is not there yet; the first start makes it.")
    if not os.access(path, os.R_OK | os.W_OK):
        return Check("database", "red", f"{path} may not be read or written.", "Correct the file's owner and rights.")
    lock = Lock(path)
    try:
        lock.take()
    except StoreProblem as why:
        return Check("database", "green", f"In use: {why.what}")
    lock.release()
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            (version,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except (sqlite3.Error, TypeError):
        fix = "Put it aside and bring back your newest backup."
        return Check("database", "red", f"{path} is damaged or not a Morsel database.", fix)
    known = sorted(file.stem.partition("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*.py"))
    if version not in known:
        fix = "Install the newer Morsel again, or bring back a backup from before the change."
        return Check("database", "red", f"{path} was made by a newer Morsel ({version}).", fix)
    later = "" if version == known[-1] else " The next start brings it up to date."
    return Check("database", "green", f"{path} opens; its tables are at {version}.{later}")


def key(config: Config) -> Iterator[Check]:
    """The key of the secrets in the database, once there is one."""
    path = Path(config.database.key_path).absolute()
    if not path.exists():
        return
    try:
        key_in(path)
    except StoreProblem as why:
        yield Check("key", "red", why.what, why.hint)
        return
    if path.stat().st_mode & 0o077:
        found = f"{path} may be read by others on this machine."
        yield Check("key", "yellow", found, f"Keep it to the bot's own user: chmod 600 {path}")
    else:
        yield Check("key", "green", f"{path} can be read.")


def channels(config: Config) -> Iterator[Check]:
    """Each channel that is on: how it stands in the server that runs, if one does."""
    on = [name for name, is_on in (("Slack", config.slack.on), ("Telegram", config.telegram.on)) if is_on]
    if not on:
        return
    try:
        answer = running_server(config, ListChannels())
    except Stopped as why:
        yield Check("channels", "yellow", str(why), "Look into the server's log, then restart it.")
        return
    if isinstance(answer, ChannelsListed | None):
        standing = None if answer is None else {one.channel: one for one in answer.channels}
        yield from (channel(name, standing) for name in on)
    else:
        yield Check("channels", "yellow", "The server that runs is another version.", "Restart it.")


def channel(name: str, standing: Mapping[str, Standing] | None) -> Check:
    """`standing` is what the running server says; None where none runs."""
    if standing is None:
        return Check(name, "green", "Switched on. No server runs that could say how it stands.")
    match standing.get(name.lower()):
        case None:
            fix = "Restart the server: it was started before the settings were changed."
            return Check(name, "yellow", "Switched on here, but not in the server that runs.", fix)
        case Standing(state="on"):
            return Check(name, "green", "Switched on, and runs.")
        case Standing(state="again", why=why):
            fix = "It is started again by itself. If that does not help, the log has the details."
            return Check(name, "yellow", f"Fell over: {why}", fix)
        case Standing(why=why):
            return Check(name, "red", f"Is off: {why}", f"Mend it in [{name.lower()}], then restart the server.")
