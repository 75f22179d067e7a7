"""Secrets at rest: AES-256-GCM, with a key in a file that is not the database.

Promise: whoever has only the database, or a backup of it, reads no secret; a value that was changed or that belongs to
another name is not accepted. The key is made when the first secret is put away, for the bot's own user only. It is
never made anew where secrets are already there: they would be lost behind it.
It does not change keys, and it remembers no secret.
"""

import asyncio
import os
import secrets
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import delete, func, select

from adapters.database.connection import Database
from adapters.database.lock import not_writable
from adapters.database.statements import Statement, constant, given, upsert
from adapters.database.tables import vault
from bot.ports import StoreProblem

KEY_BYTES = 32
NONCE_BYTES = 12
VERSION = b"\x01"  # of how a value is written: this byte, the nonce, what was encrypted
BACK = "Bring back the key file that belongs to this database; without it the app must be installed anew."


class Vault:
    """The port `Vault`, on one database. The key file is read when it is first needed."""

    def __init__(self, database: Database, key_file: Path) -> None:
        self._database, self._file = database, key_file
        self._key = b""
        self._turn = asyncio.Lock()  # two first secrets at once must not make two keys
        row, dialect = vault.c, database.dialect
        new = upsert(vault, dialect).values(name=given("name"), value=given("value"))
        put = new.on_conflict_do_update(index_elements=("name",), set_={"value": new.excluded.value})
        self._put = Statement(put, dialect, ("name", "value"))
        self._get = Statement(select(row.value).where(row.name == given("of")), dialect, ("of",))
        self._drop = Statement(delete(vault).where(row.name == given("of")), dialect, ("of",))
        begins = func.substr(row.name, constant(1), given("long")) == given("prefix")
        self._names = Statement(select(row.name).where(begins).order_by(row.name), dialect, ("long", "prefix"))

    async def get(self, name: str) -> bytes | None:
        """The secret, or None. Raises StoreProblem where its key is missing or another one."""
        found = await self._database.read(lambda on: self._get.run(on, (name,)).first())
        if found is None:
            return None
        key = await self._read_key()
        return await asyncio.to_thread(self._opened, key, name, bytes(found[0]))

    async def put(self, name: str, value: bytes) -> None:
        """Keeps it, in place of what had that name. Raises StoreProblem."""
        async with self._turn:
            key = await self._read_key(make=not await self.names(""))
        sealed = await asyncio.to_thread(_sealed, key, name, value)
        await self._database.write(lambda on: self._put.run(on, (name, sealed)))

    async def drop(self, name: str) -> None:
        """Forgets it. Needs no key."""
        await self._database.write(lambda on: self._drop.run(on, (name,)))

    async def names(self, prefix: str) -> Sequence[str]:
        """All names that begin so, in order."""
        found = await self._database.read(lambda on: self._names.all(on, (len(prefix), prefix)))
        return tuple(str(name) for (name,) in found)

    async def _read_key(self, make: bool = False) -> bytes:
        if not self._key:
            self._key = await asyncio.to_thread(key_in, self._file, make)
        return self._key

    def _opened(self, key: bytes, name: str, sealed: bytes) -> bytes:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        version, nonce, rest = sealed[:1], sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        try:
            if version != VERSION:
                raise InvalidTag
            return AESGCM(key).decrypt(nonce, rest, name.encode())
        except (InvalidTag, ValueError):
            what = f"A secret in the database was locked with another key than the one in {self._file}."
            raise StoreProblem(what, BACK) from None


def _sealed(key: bytes, name: str, value: bytes) -> bytes:
    """The name is sealed with it: a value under another name's row does not open."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # here: who has no secrets need not import it

    nonce = secrets.token_bytes(NONCE_BYTES)
    return VERSION + nonce + AESGCM(key).encrypt(nonce, value, name.encode())


def key_in(file: Path, make: bool = False) -> bytes:
    """The key in that file, which is made first where it is missing and may be. Raises StoreProblem."""
    try:
        if make and not file.exists():
            _make_key(file)
        text = file.read_bytes().strip()
    except FileNotFoundError:
        raise StoreProblem(f"The key of the secrets in the database is gone: {file}.", BACK) from None
    except OSError as why:
        what = f"The key file {file} cannot be read ({why.strerror})."
        raise StoreProblem(what, "Check that the bot's user may read it.") from why
    try:
        key = b64decode(text, validate=True)
    except NotBase64:
        key = b""
    if len(key) != KEY_BYTES:
        what = f"The key file {file} is damaged: it must hold {KEY_BYTES} bytes as Base64, on one line."
        raise StoreProblem(what, BACK)
    return key


def _make_key(file: Path) -> None:
    """Whole or not at all, and on the disk before anything is locked with it."""
    new = file.with_name(file.name + ".new")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        new.unlink(missing_ok=True)  # what a crash left there locked nothing yet
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(handle, "wb") as opened:
            opened.write(b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
            opened.flush()
            os.fsync(opened.fileno())
        os.replace(new, file)
        folder = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as why:
        raise not_writable(file.parent, why) from why
