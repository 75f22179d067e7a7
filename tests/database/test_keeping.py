"""What channels keep: pictures known by a platform, secrets, leases, updates put aside, questions in groups; and that
what is old is forgotten whatever lies before it."""

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.database.aside import Aside
from adapters.database.leases import Leases
from adapters.database.media import Media
from adapters.database.sweeping import AT_ONCE
from adapters.database.vault import Vault
from bot.effects import Say
from bot.events import Called, Incoming, Rang, Said
from bot.ports import StoreProblem
from tests.database.world import DAY, NOW, World, a_person, an_event, words

# --- Pictures ------------------------------------------------------------------------------------------------------------


async def test_a_picture_is_known_by_account_and_can_be_forgotten(world: World) -> None:
    media = Media(world.database)
    await media.keep("slack", "T1", "d1", "F1")
    await media.keep("slack", "T1", "d1", "F2")
    await media.keep("slack", "T2", "d1", "F3")
    assert [await media.known("slack", account, "d1") for account in ("T1", "T2", "")] == ["F2", "F3", None]
    await media.keep("slack", "T1", "d1", "")
    assert [await media.known("slack", account, "d1") for account in ("T1", "T2")] == [None, "F3"]


# --- Secrets -------------------------------------------------------------------------------------------------------------


async def test_a_secret_comes_back_and_is_nowhere_in_the_files(world: World, tmp_path: Path) -> None:
    vault = Vault(world.database, tmp_path / "keys" / "morsel.key")
    assert await vault.get("slack/T1") is None
    assert await vault.names("") == ()
    assert not (tmp_path / "keys").exists(), "no key is made before it is needed"
    await asyncio.gather(*(vault.put(f"slack/T{n}", b"canary-%d" % n) for n in range(5)))
    await vault.put("telegram/hook", b"")
    assert await vault.names("slack/") == tuple(f"slack/T{n}" for n in range(5))
    assert await vault.names("slack_T") == (), "no sign of a prefix is a wild card"
    again = Vault(world.database, tmp_path / "keys" / "morsel.key")
    assert await again.get("slack/T3") == b"canary-3"
    assert await again.get("telegram/hook") == b""
    await again.put("slack/T3", b"another")
    assert await vault.get("slack/T3") == b"another"
    await vault.drop("slack/T3")
    assert await vault.get("slack/T3") is None
    assert (tmp_path / "keys" / "morsel.key").stat().st_mode & 0o777 == 0o600
    for file in tmp_path.rglob("*"):
        assert file.is_dir() or b"canary" not in file.read_bytes(), file


async def test_the_same_secret_never_looks_the_same_and_opens_under_its_own_name_only(
    world: World, tmp_path: Path
) -> None:
    vault = Vault(world.database, tmp_path / "key")
    await vault.put("a", b"secret")
    await vault.put("b", b"secret")
    (one,), (other,) = world.rows("SELECT value FROM vault")
    assert one != other
    await world.database.write(lambda on: on.exec_driver_sql("UPDATE vault SET value = ? WHERE name = 'a'", (other,)))
    with pytest.raises(StoreProblem, match="another key"):
        await vault.get("a")


@pytest.mark.parametrize("content", [b"", b"not base64 at all!", b"c2hvcnQ=", "schlüssel".encode(), b"\0" * 44])
async def test_a_key_file_that_is_damaged(world: World, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "key").write_bytes(content)
    with pytest.raises(StoreProblem, match="damaged"):
        await Vault(world.database, tmp_path / "key").put("a", b"secret")
    assert world.rows("SELECT * FROM vault") == []


async def test_a_key_that_is_gone_or_another_one_is_told_and_never_made_anew(world: World, tmp_path: Path) -> None:
    await Vault(world.database, tmp_path / "key").put("a", b"secret")
    await Vault(world.database, tmp_path / "other").drop("a")
    await Vault(world.database, tmp_path / "other").put("b", b"secret")
    await Vault(world.database, tmp_path / "other").put("a", b"secret")
    with pytest.raises(StoreProblem, match="another key than the one in") as why:
        await Vault(world.database, tmp_path / "key").get("a")
    assert "Bring back the key file" in why.value.hint
    (tmp_path / "key").unlink()
    late = Vault(world.database, tmp_path / "key")
    for attempt in (late.get("a"), late.put("c", b"secret")):
        with pytest.raises(StoreProblem, match="is gone"):
            await attempt
    assert not (tmp_path / "key").exists()


async def test_a_folder_where_no_key_can_be_made(world: World, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreProblem, match="cannot"):
        await Vault(world.database, tmp_path / "file" / "key").put("a", b"secret")


# --- Leases --------------------------------------------------------------------------------------------------------------


async def test_a_lease_is_one_holders_until_it_runs_out_or_is_given_back(world: World) -> None:
    leases, later = Leases(world.database), NOW + timedelta(seconds=30)
    assert await leases.take("poll", "a", NOW, later)
    assert not await leases.take("poll", "b", NOW, later)
    await leases.void()
    assert await leases.take("poll", "b", NOW, later), "whoever has the file to itself need not wait for the dead"
    await leases.void()
    assert await leases.take("poll", "a", NOW, later)
    assert await leases.take("hook", "b", NOW, later)
    assert await leases.take("poll", "a", NOW, later + timedelta(seconds=9)), "who has it may have it longer"
    assert not await leases.take("poll", "b", later, later + DAY)
    await leases.release("poll", "b")
    assert not await leases.take("poll", "b", later, later + DAY), "nobody gives back what is another's"
    await leases.release("poll", "a")
    assert await leases.take("poll", "b", later, later + timedelta(seconds=1))
    assert await leases.take("poll", "a", later + timedelta(seconds=1), later + DAY), "it ran out"


async def test_of_many_who_try_at_once_one_has_it(world: World) -> None:
    leases = Leases(world.database)
    taken = await asyncio.gather(*(leases.take("poll", str(n), NOW, NOW + DAY) for n in range(20)))
    assert sum(taken) == 1


async def test_old_leases_are_forgotten(world: World) -> None:
    leases = Leases(world.database)
    await leases.take("old", "a", NOW, NOW + timedelta(seconds=30))
    await leases.take("held", "a", NOW, NOW + 5 * DAY)
    await world.store.prune(NOW + 2 * DAY)
    assert world.rows("SELECT name FROM leases") == [("held",)]


# --- What is put aside ---------------------------------------------------------------------------------------------------


async def raised(world: World, event: Incoming, reference: str) -> None:
    """An event whose turn raised."""
    async with world.store.batch() as on:
        await on.fresh((event,))
        await on.quarantine(event, reference, "ValueError at turn.py:1", NOW)


async def test_an_update_is_put_aside_once_and_durably(world: World, tmp_path: Path) -> None:
    aside = Aside(world.database)
    reference = await aside.set_aside("telegram", "7", b"\xff{garbage", "not JSON", NOW)
    assert await aside.set_aside("telegram", "7", b"another", "not JSON", NOW + DAY) == reference
    assert await aside.set_aside("slack", "7", b"x", "not JSON", NOW) != reference
    assert len(reference) == 6
    assert reference.isalnum()
    async with world.store.batch() as on:
        assert await on.fresh((Incoming("7", Said("x"), NOW, a_person(home=None).home),)), "an event of our own"
    found = await aside.find(reference)
    assert found
    assert (found.channel, found.id, found.at, found.kind, found.raw) == (
        "telegram",
        "7",
        NOW,
        "update",
        b"\xff{garbage",
    )
    await world.store.prune(NOW + 100 * DAY)
    assert await aside.find(reference) == found
    (plan,) = world.rows(
        "EXPLAIN QUERY PLAN SELECT id FROM inbox WHERE state IN ('quarantine', 'unread') ORDER BY seq DESC LIMIT 5"
    )
    assert "ix_inbox_aside" in plan[3], "a look at what was put aside must not walk through a busy inbox"


async def test_what_was_put_aside_is_listed_from_the_newest(world: World) -> None:
    aside = Aside(world.database)
    for number in range(4):
        await aside.set_aside("telegram", str(number), b"x", "odd", NOW + number * DAY)
    await raised(world, an_event("e1"), "AB12CD")
    found, count = await aside.newest(3)
    assert count == 5
    assert [(each.kind, each.id) for each in found] == [("turn", "e1"), ("update", "3"), ("update", "2")]
    assert found[0].incoming == an_event("e1")


async def taken(world: World, events: Sequence[Incoming]) -> int:
    async with world.store.batch() as on:
        return len(await on.fresh(events))


@pytest.mark.parametrize(
    "event", [an_event("e1", event=Called("learn")), Incoming("e1", Rang(NOW), NOW, None, "amina")]
)
async def test_a_retried_event_is_new_exactly_once(world: World, event: Incoming) -> None:
    aside = Aside(world.database)
    await raised(world, event, "AB12CD")
    one = await aside.find("AB12CD")
    assert one
    queued = await aside.retry(one, (one.incoming,), NOW + 5 * DAY)
    assert queued
    assert [(each.id, each.event) for each in queued] == [("retry:AB12CD:e1", event.event)]
    assert await aside.retry(one, (one.incoming,), NOW) is None, "somebody was quicker"
    assert not await aside.drop(one)
    assert await world.store.passed(10) == queued, "whatever crashes now, it is taken up at the next start"
    assert await aside.fate(queued[0]) is None
    assert await taken(world, (*queued, *queued)) == 1
    assert await taken(world, queued) == 0
    assert await world.store.passed(10) == ()
    assert await aside.fate(queued[0]) == ""
    assert await taken(world, (event,)) == 0, "the platform may still bring the old one"
    await world.store.prune(NOW + 6 * DAY)
    assert await taken(world, queued) == 0


async def test_a_retry_that_raises_again_has_a_new_reference_and_no_longer_id(world: World) -> None:
    aside = Aside(world.database)
    await raised(world, an_event("e:1"), "AAAAAA")
    one = await aside.find("AAAAAA")
    assert one
    (queued,) = await aside.retry(one, (one.incoming,), NOW) or ()
    await raised(world, queued, "BBBBBB")
    assert await aside.fate(queued) == "BBBBBB"
    assert await aside.find("AAAAAA") is None
    again = await aside.find("BBBBBB")
    assert again
    assert again.fresh_id == "retry:BBBBBB:e:1"


async def test_an_update_that_says_several_things_or_nothing(world: World) -> None:
    aside = Aside(world.database)
    for id_ in ("7", "8"):
        await aside.set_aside("web", id_, b"x", "odd", NOW)
    (eight, seven), _ = await aside.newest(5)
    queued = await aside.retry(seven, (an_event("7"), an_event("7")), NOW)
    assert queued
    assert [each.id for each in queued] == [f"retry:{seven.reference}:7:1", f"retry:{seven.reference}:7:2"]
    assert await aside.retry(eight, (), NOW) == ()
    assert await aside.newest(5) == ((), 0)
    assert await taken(world, queued) == 2


async def test_what_was_dropped_is_gone_and_its_id_stays_used(world: World) -> None:
    aside = Aside(world.database)
    await raised(world, an_event("e1"), "AB12CD")
    one = await aside.find("AB12CD")
    assert one
    assert await aside.drop(one)
    assert not await aside.drop(one)
    assert await aside.newest(5) == ((), 0)
    assert world.rows("SELECT event FROM inbox") == [(None,)]
    assert await taken(world, (an_event("e1"),)) == 0


# --- Questions in groups -------------------------------------------------------------------------------------------------


async def test_a_question_in_a_group_is_found_by_its_mark(world: World) -> None:
    await world.people(a_person())
    await world.turn("e1", (Say(words("Where?"), key="quiz.geo.france.1"), Say(words("Hm."), key="card.1")))
    await world.database.write(lambda on: on.exec_driver_sql("UPDATE letters SET mark = 'P' || id"))
    marks = dict(world.rows("SELECT key, mark FROM letters WHERE key <> ''"))
    assert await world.store.quiz("web", marks["quiz.geo.france.1"]) == "quiz.geo.france.1"
    assert await world.store.quiz("web", marks["card.1"]) is None
    assert await world.store.quiz("telegram", marks["quiz.geo.france.1"]) is None
    (plan, *_) = world.rows(
        "EXPLAIN QUERY PLAN SELECT key FROM letters WHERE channel = 'web' AND mark = 'P1' AND key >= 'quiz.' "
        "AND key < 'quiz/' ORDER BY id DESC"
    )
    assert "ix_letters_quiz" in plan[3]


# --- Forgetting ----------------------------------------------------------------------------------------------------------


def fill(world: World, sql: str, rows: int) -> None:
    """Many rows at once, as years would leave them."""
    with closing(sqlite3.connect(world.database.path)) as on, on:
        on.execute(f"WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {rows}) {sql}")


async def test_what_stays_never_keeps_old_ids_from_being_forgotten(world: World) -> None:
    fill(
        world,
        "INSERT INTO inbox (channel, id, at, state) SELECT 'x', n, 0, iif(n <= 6000, 'quarantine', 'done') FROM n",
        AT_ONCE + 2_000,
    )
    await world.store.prune(NOW)
    assert world.rows("SELECT state, COUNT(*) FROM inbox GROUP BY state") == [("quarantine", 6000)]


async def test_old_letters_go_in_pieces_behind_a_transcript_that_stays(world: World) -> None:
    columns = "channel, chat, owner, key, push, message, at, state"
    new = f"INSERT INTO letters ({columns}, shown) SELECT 'web', 'a', 'a', '', 0, x'', 0, 'sent'"
    fill(world, f"{new}, iif(n <= {AT_ONCE + 10}, n, NULL) FROM n", 2 * AT_ONCE)
    await world.store.prune(NOW)
    assert world.rows("SELECT COUNT(*), MAX(id) FROM letters") == [(AT_ONCE + 11, 2 * AT_ONCE)]
