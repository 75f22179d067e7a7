"""Uploaded files, in pieces of 1 MiB, by the SHA-256 of their bytes; and the packs that are read from them.

Promise: a file is there whole or not at all, and the same bytes are kept once. The bytes are the truth; a pack that was
read from them is only remembered. Packs are read in a thread of their own: a large one takes seconds.
"""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from datetime import datetime

import structlog
from sqlalchemy import Connection, Dialect, delete, insert, select, update

from adapters.database.connection import Database
from adapters.database.rows import micros
from adapters.database.statements import Row, Statement, constant, given
from adapters.database.tables import file_chunks, files, packs
from bot.events import Uploaded
from lessons.load import load
from lessons.model import Loaded, Pack

_log = structlog.get_logger(__name__)
PIECE = 1 << 20
REMEMBERED = 3  # uploads that were read and may be published next


class Files:
    """The files of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._statements = _Statements(database.dialect)
        self._live: dict[str, Pack] = {}
        self._uploads: OrderedDict[tuple[str, str], Loaded] = OrderedDict()

    async def keep(self, name: str, chunks: AsyncIterator[bytes], limit: int, now: datetime) -> Uploaded | None:
        """Stores a file piece by piece; None once it is larger than `limit` bytes: nothing of it is kept then."""
        make = self._statements
        await self._database.write(lambda on: make.sweep.run(on, (micros(now) - DAY,)))
        file = await self._database.write(lambda on: int(make.begin.run(on, (name, micros(now))).scalar_one()))
        digest, size, piece, at = hashlib.sha256(), 0, b"", 0
        try:
            async for chunk in chunks:
                size += len(chunk)
                if size > limit:
                    break
                digest.update(chunk)
                piece += chunk
                while len(piece) >= PIECE:
                    at = await self._write(file, at, piece[:PIECE])
                    piece = piece[PIECE:]
            if size <= limit:
                await self._write(file, at, piece)
                name_of = digest.hexdigest()
                await self._database.write(lambda on: make.end(on, file, name_of, size))
                return Uploaded(name, size, name_of)
        except BaseException:
            await self._database.write(lambda on: make.drop.run(on, (file,)))
            raise
        await self._database.write(lambda on: make.drop.run(on, (file,)))
        return None

    async def _write(self, file: int, at: int, piece: bytes) -> int:
        await self._database.write(lambda on: self._statements.piece.run(on, (file, at, piece)))
        return at + 1

    async def read(self, upload: Uploaded) -> Loaded:
        """The file as a pack, with all its problems."""
        key = (upload.name, upload.file)
        if key not in self._uploads:
            data = await self._database.read(lambda on: self._statements.bytes(on, upload.file))
            self._uploads[key] = await asyncio.to_thread(load, upload.name, data)
            while len(self._uploads) > REMEMBERED:
                self._uploads.popitem(last=False)
        return self._uploads[key]

    async def original(self, pack: str) -> bytes:
        """The file of the live version, as it came in; nothing when there is no such pack."""

        def read(on: Connection) -> bytes:
            digest = next((digest for live, digest in self._statements.live.all(on) if live == pack), "")
            return self._statements.bytes(on, digest)

        return await self._database.read(read)

    def pack(self, on: Connection, digest: str) -> Pack:
        """The pack in a file that was checked before, in the writing thread. Raises ValueError when it cannot be read
        (any more)."""
        return self._known(digest) or _checked(digest, self._statements.bytes(on, digest))

    def live(self, on: Connection) -> list[Row]:
        """The live packs: id and digest."""
        return self._statements.live.all(on)

    async def packs(self, live: Sequence[Row]) -> dict[str, Pack]:
        """These packs by their id, read anew where the file is another one. One that cannot be read is left out."""
        found: dict[str, Pack] = {}
        known: dict[str, Pack] = {}
        for pack, digest in live:
            try:
                found[pack] = known[digest] = self._known(digest) or await self._anew(digest)
            except ValueError as why:
                _log.error("A published pack cannot be read any more. Publish it again.", pack=pack, why=str(why))
        self._live = known
        return found

    def _known(self, digest: str) -> Pack | None:
        """The pack in a file that was read lately."""
        uploads = (loaded.pack for (_, file), loaded in list(self._uploads.items()) if file == digest)
        return self._live.get(digest) or next(uploads, None)

    async def _anew(self, digest: str) -> Pack:
        data = await self._database.read(lambda on: self._statements.bytes(on, digest))
        return await asyncio.to_thread(_checked, digest, data)


def _checked(digest: str, data: bytes) -> Pack:
    loaded = load("pack.zip", data)
    if loaded.pack is None:
        raise ValueError(f"file {digest} cannot be read as a pack: {loaded.problems[0]}")
    return loaded.pack


DAY = 86_400_000_000  # microseconds: an upload that took longer was cut off by a crash


class _Statements:
    def __init__(self, dialect: Dialect) -> None:
        new = {"digest": constant(""), "name": given("name"), "size": constant(0), "at": given("at")}
        whole = (files.c.digest == given("of"), files.c.digest != constant(""))
        old = (files.c.digest == constant(""), files.c.at < given("before"))
        known = select(files.c.id).where(*whole)
        self.begin = Statement(insert(files).values(new).returning(files.c.id), dialect, ("name", "at"))
        piece = {name: given("new_" + name) for name in ("file", "at", "data")}
        self.piece = Statement(insert(file_chunks).values(piece), dialect, ("new_file", "new_at", "new_data"))
        self.drop = Statement(delete(files).where(files.c.id == given("of")), dialect, ("of",))
        self.sweep = Statement(delete(files).where(*old), dialect, ("before",))
        self._known = Statement(known, dialect, ("of",))
        ended = update(files).where(files.c.id == given("of"))
        self._end = Statement(
            ended.values(digest=given("new_digest"), size=given("new_size")), dialect, ("new_digest", "new_size", "of")
        )
        pieces = select(file_chunks.c.data).join(files, files.c.id == file_chunks.c.file).where(*whole)
        self._pieces = Statement(pieces.order_by(file_chunks.c.at), dialect, ("of",))
        self.live = Statement(select(packs.c.id, packs.c.digest).order_by(packs.c.id), dialect, ())

    def end(self, on: Connection, file: int, digest: str, size: int) -> None:
        """The file is whole; if the same bytes are there already, this copy goes."""
        if self._known.run(on, (digest,)).first():
            self.drop.run(on, (file,))
        else:
            self._end.run(on, (digest, size, file))

    def bytes(self, on: Connection, digest: str) -> bytes:
        return b"".join(data for (data,) in self._pieces.all(on, (digest,)))
