"""Thousands of messages through a storm, by the real Slack channel and slack_sdk, to the strict fake, in simulated time.

Slack can be asked what stands in a conversation, and each message says whose it is: so what arrived is found, though the
answer was lost, and nothing is said twice.
"""

from pathlib import Path

from adapters.parts import Parts
from adapters.slack.channel import SlackChannel
from adapters.slack.installs import Install
from adapters.slack.settings import SlackSettings
from bot.events import Address
from tests.fakes.slack import FakeSlack
from tests.faults import storm
from tests.faults.storm_houses import Label, SlackHouse, label, today
from tests.faults.storm_wires import ADDRESS, run

TEAMS = ("Bakery", "Harbour", "Station")
EACH = 40  # people in a workspace
LONG_LETTER = (("#{id}.1 " + "x" * 2400, *["x" * 2400] * 3), ("#{id}.2 " + "y" * 2400,))
STORM = {
    "429": 0.30, "500": 0.08, "503": 0.02, "reset": 0.05, "lost": 0.02, "garbage": 0.01, "hang": 0.002,
}  # fmt: skip
STORMY = frozenset({"chat.postMessage", "conversations.history", "conversations.open"})


def people(fake: FakeSlack) -> list[Address]:
    """Everybody of all workspaces."""
    found = []
    for team in map(fake.workspace, TEAMS):
        found += [Address("slack", f"{team.id}/{team.user(f'Person {n}').id}") for n in range(EACH)]
    return found


def installs(fake: FakeSlack) -> list[Install]:
    found = map(fake.workspace, TEAMS)
    return [Install(each.token, team=each.id, bot_user=each.bot_user, name=each.team.name) for each in found]


async def installed(fake: FakeSlack, parts: Parts) -> SlackChannel:
    """The channel, at home in all workspaces."""
    channel = SlackChannel(SlackSettings(mode="http", server=f"{ADDRESS}/api/"), parts)
    for install in installs(fake):
        await channel.installs.add(install)
    return channel


def seen(fake: FakeSlack) -> dict[Address, list[Label]]:
    """What stands in each conversation with the bot."""
    return {
        Address("slack", f"{team.id}/{user}"): [
            label(team.channels[room].messages[ts].raw["text"])
            for ts in sorted(team.channels[room].messages, key=float)
        ]
        for team in fake.teams.values()
        for user, room in team.ims.items()
    }


def test_a_storm(tmp_path: Path) -> None:
    run(_storm(tmp_path))


async def _storm(folder: Path) -> None:
    fake = FakeSlack(clock=today)
    house = SlackHouse(fake)
    letters = storm.written(people(fake), storm.LETTERS, LONG_LETTER)
    rows = storm.in_memory(letters)
    async with storm.a_desk(folder, house) as (_, parts):
        channel = await installed(fake, parts)
        fake.faults.storm(STORM, seed=5, methods=STORMY)
        async with storm.at_work(rows, channel):
            await storm.until(lambda: not any(rows.waiting.values()))
    print(storm.weather(house.ledger), f"{house.looks} looks")
    assert not rows.failed
    told, wanted = seen(fake), {address: storm.labels(there) for address, there in letters.items()}
    storm.all_arrived_in_order(told, wanted)
    assert house.ledger.lost
    assert not storm.repeats(told)
    assert not house.ledger.early, house.ledger.early[:3]
    assert len(fake.early) <= house.ledger.crossed
    for team in fake.teams:
        mine = [each for each in house.ledger.arrived if each.address.account == team]
        storm.nobody_starves(mine, len(mine) // EACH)
    storm.nobody_starves(house.ledger.arrived, len(house.ledger.arrived) // (EACH * len(TEAMS)))
    assert house.ledger.ends["429"] > 0.3 * storm.LETTERS


def test_a_storm_on_the_real_store(tmp_path: Path) -> None:
    run(_stored(tmp_path))


async def _stored(folder: Path) -> None:
    fake = FakeSlack(clock=today)
    house = SlackHouse(fake)
    places = people(fake)[::10]
    async with storm.a_desk(folder, house) as (world, parts):
        channel = await installed(fake, parts)
        wanted = await storm.stored(world, places, 20)
        fake.faults.storm({**STORM, "lost": 0.1}, seed=9, methods=STORMY)
        async with storm.at_work(world.store, channel):
            await storm.all_sent(world)
        marks = {mark for (mark,) in world.rows("SELECT mark FROM letters WHERE state = 'sent'")}
    print(storm.weather(house.ledger), f"{house.looks} looks")
    storm.all_arrived_in_order(seen(fake), wanted)
    assert house.ledger.lost
    assert not storm.repeats(seen(fake))
    assert not house.ledger.early
    stand = {
        f"{room.id}:{ts}" for team in fake.teams.values() for room in team.channels.values() for ts in room.messages
    }
    assert marks - {"?"} <= stand
