"""Which pictures a platform has already, so that each goes up once for an account and never again."""

from sqlalchemy import delete, select

from adapters.database.connection import Database
from adapters.database.statements import Statement, given, upsert
from adapters.database.tables import media

KEY = ("channel", "account", "digest")


class Media:
    """The port `Media`, on one database. Nothing is ever pruned: a row is small, and an upload is not."""

    def __init__(self, database: Database) -> None:
        self._database = database
        here = [media.c[name] == given("of_" + name) for name in KEY]
        names = tuple("of_" + name for name in KEY)
        self._known = Statement(select(media.c.id).where(*here), database.dialect, names)
        new = upsert(media, database.dialect).values({name: given(name) for name in (*KEY, "id")})
        put = new.on_conflict_do_update(index_elements=KEY, set_={"id": new.excluded.id})
        self._keep = Statement(put, database.dialect, (*KEY, "id"))
        self._forget = Statement(delete(media).where(*here), database.dialect, names)

    async def known(self, channel: str, account: str, digest: str) -> str | None:
        """The platform's own id of that picture, or None."""
        found = await self._database.read(lambda on: self._known.run(on, (channel, account, digest)).first())
        return str(found[0]) if found else None

    async def keep(self, channel: str, account: str, digest: str, id: str) -> None:
        """From now on it is known by that id; an empty id forgets it."""
        key = (channel, account, digest)
        if id:
            await self._database.write(lambda on: self._keep.run(on, (*key, id)))
        else:
            await self._database.write(lambda on: self._forget.run(on, key))
