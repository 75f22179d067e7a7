"""Socket Mode when things break: every event that Slack has happens once, whatever becomes of the sockets.

The ledger is the fake's own: what it delivered, what it gave up, and what it delivered again.
"""

import asyncio
import logging
from datetime import datetime
from pathlib import Path

import pytest
import structlog

from adapters.slack import sockets
from adapters.slack.heard import Ground, Heard
from bot.events import Called, Pressed, Said
from tests.fakes.slack import FakeSlack
from tests.fakes.slack.people import FakePerson
from tests.slack.until import until
from tests.slack.world import World, a_world


def said(world: World) -> list[str]:
    """What was said to the bot, each once however often it was delivered."""
    found = {each.id: each.event.text for each in world.heard if isinstance(each.event, Said)}
    return sorted(found.values())


async def talk(person: FakePerson, words: range) -> None:
    for number in words:
        person.say(f"word {number:03}")
        await asyncio.sleep(0.005)


def impatient(fake: FakeSlack) -> None:
    """Slack's own second retry comes after a minute, its third after five more."""
    fake.deliveries.retries = (0.0, *(0.5 for _ in range(20)))


def all_words(words: range) -> list[str]:
    return [f"word {number:03}" for number in words]


async def turns(world: World, person: FakePerson) -> int:
    """How often the bot took a turn for what that person said: it answers every word of a stranger once."""
    await world.settled()
    return len(person.messages)


async def test_two_sockets_are_open(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        assert len(world.server.sockets.ready) == 2


async def test_what_is_said_is_heard_in_order(tmp_path: Path) -> None:
    """Also while Slack is still asked who that is, which takes its time at the first word. Over one socket: which of two
    brings an envelope is Slack's choice, and it promises no order between them."""
    async with a_world(tmp_path) as world:
        amina = world.person("Amina Diallo")
        world.server.sockets.ready[0].leaving = True
        for number in range(30):
            amina.say(f"word {number:03}")
        await world.settled()
        assert [each.event.text for each in world.heard if isinstance(each.event, Said)] == all_words(range(30))
        assert {each.sender.name for each in world.heard if each.sender} == {"Amina Diallo"}
        asked = [call for call in world.fake.calls if call.method == "users.info"]
        assert len(asked) == 1


async def test_a_person_whom_slack_does_not_name(tmp_path: Path) -> None:
    """users.info fails or is slow: the word is heard in time, without a name."""
    async with a_world(tmp_path) as world:
        amina = world.person("Amina Diallo")
        world.fake.faults.add("users.info", "slow", times=1, seconds=30)
        amina.say("hello")
        await until(lambda: bool(world.heard), seconds=8)
        assert world.heard[0].sender is None
        assert not world.fake.lost


@pytest.mark.parametrize("reason", ["warning", "refresh_requested", "link_disabled"])
async def test_slack_replaces_a_socket(tmp_path: Path, reason: str) -> None:
    """The next one is open before the old one goes, and nothing is delivered twice or given up."""
    async with a_world(tmp_path, prepare=impatient) as world:
        amina = world.person("Amina Diallo")
        old = {link.number for link in world.server.sockets.ready}
        talking = asyncio.create_task(talk(amina, range(60)))
        await asyncio.sleep(0.05)
        await world.server.sockets.disconnect(reason, number=min(old), grace=2.0)
        await until(lambda: len(world.server.sockets.ready) == 2)
        assert min(old) in {link.number for link in world.server.sockets.open}
        await talking
        await world.settled()
        assert said(world) == all_words(range(60))
        assert not world.fake.lost


async def test_all_sockets_are_reset(tmp_path: Path) -> None:
    async with a_world(tmp_path, prepare=impatient) as world:
        amina = world.person("Amina Diallo")
        talking = asyncio.create_task(talk(amina, range(60)))
        await asyncio.sleep(0.1)
        world.server.sockets.reset()
        world.fake.deliveries.within = 1.0
        await talking
        await until(lambda: len(world.server.sockets.ready) == 2)
        # What went into the dead sockets comes again; Slack waits its three seconds, and the store knows the ids.
        await world.settled()
        assert said(world) == all_words(range(60))
        assert not [each for each in world.fake.lost if each.kind == "events_api"]
        assert await turns(world, amina) == 60


async def test_the_server_goes_away_for_a_while(tmp_path: Path) -> None:
    async with a_world(tmp_path, prepare=impatient) as world:
        amina = world.person("Amina Diallo")
        amina.say("before")
        await world.settled()
        await world.server.restart(down=1.0)
        await until(lambda: len(world.server.sockets.ready) == 2)
        amina.say("after")
        await world.settled()
        assert said(world) == ["after", "before"]


async def test_half_open_sockets_are_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both die without a word. Within seconds there are two new ones, and what vanished comes again."""
    monkeypatch.setattr(sockets, "PING", 0.3)
    monkeypatch.setattr(sockets, "SILENT", 1.0)
    async with a_world(tmp_path, prepare=impatient) as world:
        amina = world.person("Amina Diallo")
        old = {link.number for link in world.server.sockets.ready}
        world.server.sockets.half_open()
        world.fake.deliveries.within = 0.5
        await talk(amina, range(20))
        await until(lambda: len({link.number for link in world.server.sockets.ready} - old) == 2)
        for number in old:  # Slack notices, too, in the end; until then half of all goes into the dead ones
            world.server.sockets.reset(number)
        await world.settled()
        assert said(world) == all_words(range(20))
        assert not world.fake.lost
        assert await turns(world, amina) == 20


async def test_a_quiet_socket_is_not_a_dead_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing happens for longer than the watchdog waits: pongs are signs of life."""
    monkeypatch.setattr(sockets, "PING", 0.1)
    monkeypatch.setattr(sockets, "SILENT", 0.6)
    async with a_world(tmp_path) as world:
        await asyncio.sleep(1.5)
        assert world.server.sockets.opened == 2


async def test_events_that_come_twice_and_in_another_order(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        amina = world.person("Amina Diallo")
        world.fake.faults.duplicates, world.fake.faults.reorder = 1.0, 20
        for number in range(40):
            amina.say(f"word {number:03}")
        world.fake.deliveries.release()
        await world.settled()
        assert len(world.heard) == 80
        assert said(world) == all_words(range(40))
        assert await turns(world, amina) == 40


async def test_hours_late_is_not_too_late(tmp_path: Path) -> None:
    """Nothing of ours looks at how old an event is: what was missed in an outage counts."""
    async with a_world(tmp_path) as world:
        amina = world.person("Amina Diallo")
        world.down = True
        world.fake.deliveries.retries = (0.0, 0.0)
        world.fake.deliveries.within = 0.3
        amina.say("missed")
        await until(lambda: bool(world.fake.lost))
        world.down = False
        world.fake.deliveries.within = 3.0
        world.fake.deliveries.replay_lost(world.fake.clock())
        await world.settled()
        assert said(world) == ["missed"]


async def test_nothing_is_acknowledged_while_the_store_is_down(tmp_path: Path) -> None:
    async with a_world(tmp_path, prepare=impatient) as world:
        amina = world.person("Amina Diallo")
        world.down = True
        world.fake.deliveries.within = 0.5
        amina.say("hello")
        delivery = world.fake.deliveries.open[0]
        await until(lambda: delivery.attempt >= 2)  # Slack waited for an answer, twice
        assert not world.heard
        world.down = False
        await world.settled()
        assert said(world) == ["hello"]


async def test_a_click_survives_a_store_that_is_down(tmp_path: Path) -> None:
    """Slack does not bring clicks again, so they are tried again here."""
    async with a_world(tmp_path) as world:
        amina = world.person("Amina Diallo")
        await world.enlist(amina, "amina")
        await world.assign("geo", "amina")
        world.down = True
        amina.command("/learn")
        await asyncio.sleep(1.0)
        world.down = False
        await world.settled()
        await until(lambda: bool(world.heard))
        assert [type(each.event) for each in world.heard] == [Called]
        await world.settled()
        world.down = True
        amina.press(amina.messages[-1].buttons[0])
        await asyncio.sleep(0.3)
        world.server.sockets.reset()  # and the socket that brought it goes, too
        world.down = False
        await until(lambda: len(world.heard) == 2)
        assert isinstance(world.heard[1].event, Pressed)


async def test_a_slow_turn_is_acknowledged_when_it_is_committed(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        amina = world.person("Amina Diallo")
        world.slow = 1.0
        amina.say("hello")
        delivery = world.fake.deliveries.open[0]
        await asyncio.sleep(0.5)
        assert delivery.state == "sent"
        await world.settled()
        assert delivery.state == "done"
        assert delivery.attempt == 0


async def test_what_cannot_be_read_is_put_aside(tmp_path: Path) -> None:
    """Garbage, an event without its user, an unknown kind: the words around them are heard."""
    async with a_world(tmp_path) as world:
        amina = world.person("Amina Diallo")
        amina.say("before")
        world.fake.inject(b"{")
        world.fake.inject(b'{"type": "events_api", "envelope_id": "e-1", "payload": [1]}')
        world.fake.inject({"type": "weather", "envelope_id": "e-2", "payload": {"rain": True}})
        world.fake.inject({"type": "hello"})
        world.fake.faults.strip = ["user"]
        amina.say("without a user")
        world.team.event({"type": "telepathy", "user": amina.id})
        amina.say("after")
        await world.settled()
        assert said(world) == ["after", "before"]
        aside = world.parts.aside
        found, count = await aside.newest(10)  # type: ignore[attr-defined]
        assert count == 3
        assert not world.fake.lost
        for each in found:
            with pytest.raises(ValueError, match=r"[a-z]"):
                world.channel.reread(each.raw)


async def test_what_was_put_aside_is_read_when_it_can_be(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        amina = world.person("Amina Diallo")
        amina.say("hello")
        await world.settled()
        frame = world.fake.deliveries.done[0].envelope().encode()
        (again,) = world.channel.reread(frame)
        assert (again.id, again.event) == (world.heard[0].id, Said("hello"))


async def test_a_wrong_app_token_is_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And tried again, rarely; what can be said is said meanwhile."""
    monkeypatch.setattr(sockets, "RARELY", 0.2)
    with structlog.testing.capture_logs() as logs:
        async with a_world(tmp_path, mode="http") as world:  # only to have everything there
            await world.stop_channel()
            world.settings = type(world.settings)(
                bot_token=world.team.token, app_token="xapp-wrong", mode="socket", server=world.settings.server
            )
            await world.start_channel()
            await until(lambda: len([c for c in world.fake.calls if c.method == "apps.connections.open"]) >= 6)
            assert "slack.app_token (invalid_auth)" in world.channel.off()
    told = [each for each in logs if "app_token" in each["event"]]
    assert len(told) == 1
    assert "xapp-wrong" not in str(logs)


async def test_connections_open_is_paced(tmp_path: Path) -> None:
    """Retry-After is obeyed before the next try."""

    def throttled(fake: FakeSlack) -> None:
        fake.faults.add("apps.connections.open", "429", times=1, seconds=2)

    async with a_world(tmp_path, prepare=throttled) as world:
        assert not world.fake.early
        assert len(world.server.sockets.ready) == 2


async def test_stopping_finishes_what_is_under_way(tmp_path: Path) -> None:
    """What is being taken when the program stops is committed and acknowledged."""
    async with a_world(tmp_path) as world:
        amina = world.person("Amina Diallo")
        world.slow = 0.5
        amina.say("last words")
        await until(lambda: world.fake.deliveries.open[0].state == "sent")
        await asyncio.sleep(0.1)
        await world.stop_channel()
        assert said(world) == ["last words"]
        await world.start_channel()
        await world.ready()


async def test_nothing_that_is_said_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("aiosqlite").setLevel(logging.WARNING)
    with structlog.testing.capture_logs() as logs:
        async with a_world(tmp_path) as world:
            amina = world.person("Amina Diallo")
            amina.say("my canary sings")
            world.fake.inject(b'{"type": "my canary sings"')
            world.fake.faults.strip = ["user"]
            amina.say("my canary sings again")
            await world.settled()
            secrets = (world.settings.bot_token, world.settings.app_token, world.settings.signing_secret)
    everything = str(logs) + caplog.text
    assert "canary" not in everything
    for secret in secrets:
        assert secret not in everything


async def test_a_translator_that_fails_tells_no_word(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A bug's own words may be those of people. The payload waits for its mending."""
    caplog.set_level(logging.DEBUG)
    logging.getLogger("aiosqlite").setLevel(logging.WARNING)

    def fails(ground: Ground, at: datetime) -> Heard:
        raise KeyError("my canary sings")

    with structlog.testing.capture_logs() as logs:
        async with a_world(tmp_path) as world:
            await world.channel._intake.take(b'{"text": "my canary sings"}', fails)
            (kept,), _ = await world.parts.aside.newest(5)  # type: ignore[attr-defined]
    assert b"canary" in kept.raw
    assert "canary" not in str(logs) + caplog.text + kept.why
    assert "The translator failed." in str(logs)
