"""Files by their bytes, whole or not at all; browser sessions; the installation's secret."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.database.files import PIECE
from bot.events import Uploaded
from tests.database.world import DAY, NOW, World, open_world, pieces, zipped


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE + 77])
async def test_a_file_comes_back_byte_for_byte(world: World, size: int) -> None:
    data = bytes(n % 251 for n in range(size))
    kept = await world.store.keep_file("a.bin", pieces(data, 70_001), PIECE * 3)
    digest = hashlib.sha256(data).hexdigest()
    assert kept == Uploaded("a.bin", size, digest)
    read = await world.database.read(lambda on: world.store._files._statements.bytes(on, digest))
    assert read == data
    assert all(len(row[0]) <= PIECE for row in world.rows("SELECT data FROM file_chunks"))


async def test_too_large_a_file_leaves_nothing(world: World) -> None:
    assert await world.store.keep_file("big", pieces(b"x" * 3_000_001, 100_000), 3_000_000) is None
    assert world.rows("SELECT count(*) FROM files") == world.rows("SELECT count(*) FROM file_chunks") == [(0,)]
    read = []

    async def endless() -> AsyncIterator[bytes]:
        while True:
            read.append(1)
            yield b"x" * PIECE

    assert await world.store.keep_file("endless", endless(), 3_000_000) is None
    assert len(read) == 3, "nothing is read beyond the limit"
    assert await world.store.keep_file("just", pieces(b"x" * 3_000_000, 100_000), 3_000_000)


async def test_an_upload_that_breaks_off_leaves_nothing(world: World) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"x" * 2 * PIECE
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await world.store.keep_file("half", broken(), 10**9)
    assert world.rows("SELECT count(*) FROM files") == world.rows("SELECT count(*) FROM file_chunks") == [(0,)]


async def test_the_same_bytes_are_kept_once(world: World) -> None:
    one = await world.store.keep_file("a.zip", pieces(zipped()), 10**6)
    two = await world.store.keep_file("b.zip", pieces(zipped()), 10**6)
    assert one and two
    assert (one.file, two.name) == (two.file, "b.zip")
    assert world.rows("SELECT count(*) FROM files") == [(1,)]


async def test_what_a_crash_left_of_an_upload_is_swept_up(world: World) -> None:
    on = world.database.connection
    on.exec_driver_sql("INSERT INTO files (digest, name, size, at) VALUES ('', 'half', 0, 0)")
    on.exec_driver_sql("INSERT INTO file_chunks (file, at, data) VALUES (1, 0, x'00')")
    on.commit()
    await world.store.keep_file("a", pieces(b"a"), 10)
    assert world.rows("SELECT name FROM files") == [("a",)]
    assert world.rows("SELECT count(*) FROM file_chunks") == [(1,)]


async def test_an_upload_is_read_as_a_pack_with_its_problems(world: World) -> None:
    good = await world.store.keep_file("geo.zip", pieces(zipped()), 10**6)
    bad = await world.store.keep_file("holiday.jpg", pieces(b"\xff\xd8"), 10**6)
    assert good and bad
    loaded = await world.store.read_pack(good)
    assert loaded.pack and loaded.pack.id == "geo"
    broken = await world.store.read_pack(bad)
    assert broken.pack is None
    assert broken.problems[0].where.file == "holiday.jpg"


async def test_a_pack_that_cannot_be_read_any_more_does_not_stop_the_others(world: World) -> None:
    await world.publish()
    await world.publish("tea")
    world.database.connection.exec_driver_sql("UPDATE packs SET digest = 'gone' WHERE id = 'tea'")
    world.database.connection.commit()
    assert set((await world.store.catalog()).packs) == {"geo"}


async def test_a_session_is_known_by_its_token_until_it_ends(world: World) -> None:
    token = await world.sessions.open("chat", NOW)
    other = await world.sessions.open("chat", NOW)
    assert token != other and len(token) >= 43, "256 bits"
    assert await world.sessions.chat(token, NOW + 29 * DAY) == "chat"
    assert await world.sessions.chat(token, NOW + 30 * DAY) is None
    assert await world.sessions.chat(token[:-1], NOW) is None
    assert await world.sessions.chat("\ud800", NOW) is None
    await world.sessions.close(token)
    assert await world.sessions.chat(token, NOW) is None
    assert await world.sessions.chat(other, NOW) == "chat"
    assert token not in str(world.rows("SELECT * FROM web_sessions"))
    await world.sessions.open("new", NOW + 31 * DAY)
    assert world.rows("SELECT chat FROM web_sessions") == [("new",)]


async def test_the_secret_stays(world: World, tmp_path: Path) -> None:
    secret = await world.store.secret()
    assert len(secret) == 32
    assert await world.store.secret() == secret
    with open_world(tmp_path / "other") as other:
        assert await other.store.secret() != secret
