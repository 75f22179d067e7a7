"""Errands of the command line: asked of the running server if there is one, else done on the database itself.

Promise: never two processes on one SQLite file. The server listens on a socket beside its database that only its own
user can open; an errand and its result are one JSON value each way.
"""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from functools import cache
from pathlib import Path
from typing import TypeVar

import msgspec
import structlog
from msgspec.structs import replace

from adapters.database.aside import Aside
from adapters.database.registry import Registry
from adapters.database.store import Store
from bot.cli.errands import Declined, Errand, Office, Result, carry_out
from bot.cli.finding import settings
from bot.cli.online import LookOnline, Online
from bot.cli.opening import link_of, open_store
from bot.cli.plugging import Plugs, open_doors, parts_of
from bot.cli.shelf import RetryAside, Shelf
from bot.cli.speech import Stopped, tell
from bot.config import Config
from bot.events import Incoming
from bot.given import Catalog
from bot.ports import StoreProblem
from scheduler.metronome import SystemClock

R = TypeVar("R", bound=Result)
LONGEST = 100  # bytes of a socket's path; the system's limit is 108, and 104 elsewhere

_errands: msgspec.json.Decoder[Errand] = msgspec.json.Decoder(Errand)
_results: msgspec.json.Decoder[Result] = msgspec.json.Decoder(Result)
_log = structlog.get_logger("control")


def socket_path(config: Config) -> Path:
    """Where the server that has this database open listens."""
    return Path(config.database.path + ".socket").absolute()


# --- The command's side ---------------------------------------------------------------------------------------------


def errand(config_file: Path | None, wanted: Errand, expect: type[R]) -> R:
    """Has it done. Stopped where it was declined."""
    config, _ = settings(config_file)
    answer = _asked(socket_path(config), wanted)
    try:
        result = asyncio.run(_by_ourselves(config, wanted)) if answer is None else answer
    except StoreProblem as why:
        raise Stopped(why.what, why.hint) from why
    if isinstance(result, Declined):
        tell(result.problems)
        raise Stopped(result.what, result.hint)
    if not isinstance(result, expect):
        raise Stopped("The running server is another version and did not understand.", "Restart it, then try again.")
    return result


def running_server(config: Config, wanted: Errand) -> Result | None:
    """What the server that runs on this database says; None where none runs."""
    return _asked(socket_path(config), wanted)


def _asked(path: Path, wanted: Errand) -> Result | None:
    """The running server's answer; None where no server runs."""
    if len(os.fsencode(path)) > LONGEST:
        return None
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        try:
            line.connect(str(path))
        except OSError:
            return None  # nobody is there; if somebody is all the same, the database's lock says so
        try:
            line.sendall(msgspec.json.encode(wanted))
            line.shutdown(socket.SHUT_WR)
            answer = b"".join(iter(lambda: line.recv(1 << 20), b""))
            return _results.decode(answer)
        except (OSError, msgspec.DecodeError, msgspec.ValidationError) as why:
            raise Stopped("The running server did not answer.", "Look into its log, then try again.") from why


async def _by_ourselves(config: Config, wanted: Errand) -> Result:
    clock = SystemClock()

    async def nobody_else() -> None:
        """No bot runs that would have to know."""

    with open_store(config) as database:
        house = replace(config.house, link=link_of(config))
        # What channels read may need to know where open doors lead; and a door into nowhere keeps a bot from starting.
        if isinstance(wanted, RetryAside | LookOnline):
            house = await open_doors(config, database, house, clock)
        store = Store(database, clock.now, house)

        parts = parts_of(config, database, store, clock, lambda: Catalog(house))

        @cache
        def plugs() -> Plugs:
            """The channels, built to read updates again; they do not run."""
            return Plugs(config, house, parts)

        def reread(channel: str, raw: bytes) -> Sequence[Incoming]:
            return plugs().reread(channel, raw)

        shelf = Shelf(Aside(database), reread, None, clock)
        online = Online(config, house, parts)
        office = Office(store, Registry(database, store), clock, house, nobody_else, shelf, online)
        return await carry_out(wanted, office)


# --- The server's side ----------------------------------------------------------------------------------------------


@asynccontextmanager
async def listening(path: Path, office: Office) -> AsyncIterator[None]:
    """Does errands for commands until left. Whoever calls holds the database's lock, so a socket left there is stale."""
    if len(os.fsencode(path)) > LONGEST:
        _log.warning("The database's path is too long for commands to reach this server.", path=str(path))
        yield
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        _bind(line, path)
        server = await asyncio.start_unix_server(lambda r, w: _serve(r, w, office), sock=line)
        try:
            yield
        finally:
            server.close()
            _remove(path)


def _bind(line: socket.socket, path: Path) -> None:
    _remove(path)
    before = os.umask(0o177)  # from its first moment on, nobody else may open it
    try:
        line.bind(str(path))
    finally:
        os.umask(before)


def _remove(path: Path) -> None:
    with suppress(FileNotFoundError):
        path.unlink()


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, office: Office) -> None:
    """One errand."""
    try:
        wanted = _errands.decode(await reader.read(-1))
        _log.info("A command asks.", errand=type(wanted).__name__)
        result: Result = await carry_out(wanted, office)
    except (msgspec.DecodeError, msgspec.ValidationError):
        result = Declined("The running server is another version.", "Restart it, then try again.")
    except StoreProblem as why:
        result = Declined(why.what, why.hint)
    except Exception:  # the edge: a bug in an errand must not silence the server
        _log.exception("An errand failed.")
        result = Declined("Something went wrong in the running server.", "Its log has the details.")
    with suppress(OSError):
        writer.write(msgspec.json.encode(result))
        await writer.drain()
        writer.close()
        await writer.wait_closed()
