"""One process at a time has the database open. The system's own file lock decides; what the file says is for people.

A lock of a process that died is free by itself. Two processes that both write would also meet SQLite's WAL-reset race
(present up to 3.51.2), which can lose what was committed.
"""

import fcntl
import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from bot.ports import StoreProblem


class Holder(msgspec.Struct):
    """Who has it, and since when (UTC)."""

    pid: int
    since: datetime


class Lock:
    """Held from `take` to `release`, or to the end of the process."""

    def __init__(self, database: Path) -> None:
        self.path = database.with_name(database.name + ".lock")
        self._file: int | None = None

    def take(self) -> None:
        """Raises StoreProblem, with the holder's process id, when somebody has it."""
        try:
            file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as why:
            raise not_writable(self.path.parent, why) from why
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held = _told(os.read(file, 200))
            os.close(file)
            raise StoreProblem(
                f"Another Morsel has this database open{held}: {self.path.with_suffix('')}.",
                "Stop that one first, or give this one another folder.",
            ) from None
        except OSError as why:
            os.close(file)
            raise StoreProblem(
                f"This folder's disk knows no file locks ({why.strerror}): {self.path.parent}.",
                "Keep the database on a local disk, not on a network share.",
            ) from why
        self._file = file
        with suppress(OSError):  # a full disk must not keep us from starting: the lock itself needs no room
            os.ftruncate(file, 0)
            os.pwrite(file, msgspec.json.encode(Holder(os.getpid(), datetime.now(UTC))), 0)

    def release(self) -> None:
        """The file stays: deleting it would let two processes lock two files of one name."""
        if self._file is not None:
            with suppress(OSError):
                os.ftruncate(self._file, 0)
            os.close(self._file)
            self._file = None


def not_writable(folder: Path, why: OSError) -> StoreProblem:
    """The folder cannot be used, in words."""
    return StoreProblem(
        f"Morsel cannot write in the folder {folder} ({why.strerror}).",
        "Give it a folder that its user may write in, with room on the disk.",
    )


def _told(content: bytes) -> str:
    try:
        holder = msgspec.json.decode(content, type=Holder)
    except msgspec.DecodeError:
        return ""
    return f" (process {holder.pid}, since {holder.since:%Y-%m-%d %H:%M:%S} UTC)"
