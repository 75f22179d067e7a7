"""Browser sessions: a random token of 256 bits in the browser, only its hash here, and an end after 30 days."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from adapters.database.connection import Database
from adapters.database.rows import micros
from adapters.database.statements import Statement, given
from adapters.database.tables import web_sessions

LASTS = timedelta(days=30)


class Sessions:
    """The port `Sessions`, on one database."""

    def __init__(self, database: Database, lasts: timedelta = LASTS) -> None:
        self._database, self._lasts = database, lasts
        row = web_sessions.c
        names = ("token", "chat", "expires_at")
        new = insert(web_sessions).values({name: given(name) for name in names})
        alive = select(row.chat).where(row.token == given("of"), row.expires_at > given("now"))
        self._new = Statement(new, database.dialect, names)
        self._chat = Statement(alive, database.dialect, ("of", "now"))
        self._end = Statement(delete(web_sessions).where(row.token == given("of")), database.dialect, ("of",))
        self._old = Statement(delete(web_sessions).where(row.expires_at <= given("now")), database.dialect, ("now",))

    async def open(self, chat: str, now: datetime) -> str:
        """A new token for that chat. Sessions that are over are forgotten on the way."""
        token = secrets.token_urlsafe(32)
        ends = micros(now + self._lasts)

        def write(on: Connection) -> None:
            self._old.run(on, (micros(now),))
            self._new.run(on, (_hash(token), chat, ends))

        await self._database.write(write)
        return token

    async def chat(self, token: str, now: datetime) -> str | None:
        """Whose it is, or None when unknown or over."""
        found = await self._database.read(lambda on: self._chat.run(on, (_hash(token), micros(now))).first())
        return str(found[0]) if found else None

    async def close(self, token: str) -> None:
        """Ends it."""
        await self._database.write(lambda on: self._end.run(on, (_hash(token),)))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
