"""Thousands of messages through a storm, by the real Telegram channel and aiogram, to the strict fake, in simulated time."""

from pathlib import Path

from adapters.telegram.amending import read_mark
from adapters.telegram.channel import TelegramChannel
from adapters.telegram.settings import TelegramSettings
from bot.events import Address
from tests.fakes.telegram.core import FakeTelegram
from tests.faults import storm
from tests.faults.storm_houses import Label, TelegramHouse, label, today
from tests.faults.storm_wires import ADDRESS, run

CHATS = 100
LONG_LETTER = (("#{id}.1 " + "x" * 2500,), ("#{id}.2 " + "y" * 2500,))
STORM = {
    "429": 0.30, "500": 0.10, "reset": 0.05, "lost": 0.02,
    "garbage": 0.01, "lacking": 0.01, "silence": 0.002, "mute": 0.002,
}  # fmt: skip


def people(fake: FakeTelegram, many: int) -> list[Address]:
    """That many people who have started the bot, a while ago."""
    users = [fake.user(f"Person {n}", "en") for n in range(many)]
    for user in users:
        user.chat.met = user.chat.started = True
    return [Address("telegram", str(user.id)) for user in users]


def seen(fake: FakeTelegram) -> dict[Address, list[Label]]:
    """What stands in each chat."""
    return {
        Address("telegram", str(chat.id)): [label(message.content["text"]) for message in chat.messages.values()]
        for chat in fake.chats.values()
    }


def test_a_storm(tmp_path: Path) -> None:
    run(_storm(tmp_path))


async def _storm(folder: Path) -> None:
    fake = FakeTelegram(clock=today)
    house = TelegramHouse(fake)
    letters = storm.written(people(fake, CHATS), storm.LETTERS, LONG_LETTER)
    rows = storm.in_memory(letters)
    fake.faults.storm(3, {"sendMessage": STORM})
    async with storm.a_desk(folder, house) as (_, parts):
        channel = TelegramChannel(TelegramSettings(fake.token, server=ADDRESS), parts)
        async with storm.at_work(rows, channel):
            await storm.until(lambda: not any(rows.waiting.values()))
    print(storm.weather(house.ledger))
    assert not rows.failed
    told, wanted = seen(fake), {address: storm.labels(there) for address, there in letters.items()}
    storm.all_arrived_in_order(told, wanted)
    assert house.ledger.lost
    assert storm.repeats(told) == house.ledger.lost
    assert not fake.flood.early
    assert not house.ledger.early
    storm.nobody_starves(house.ledger.arrived, storm.LETTERS // CHATS)
    assert house.ledger.ends["429"] > 0.3 * storm.LETTERS


def test_a_storm_on_the_real_store(tmp_path: Path) -> None:
    run(_stored(tmp_path))


async def _stored(folder: Path) -> None:
    fake = FakeTelegram(clock=today)
    house = TelegramHouse(fake)
    places = people(fake, 10)
    fake.faults.storm(9, {"sendMessage": {**STORM, "lost": 0.1}})
    async with storm.a_desk(folder, house) as (world, parts):
        wanted = await storm.stored(world, places, 20)
        async with storm.at_work(world.store, TelegramChannel(TelegramSettings(fake.token, server=ADDRESS), parts)):
            await storm.all_sent(world)
        marks = [mark for (mark,) in world.rows("SELECT mark FROM letters WHERE state = 'sent'")]
    print(storm.weather(house.ledger))
    storm.all_arrived_in_order(seen(fake), wanted)
    assert storm.repeats(seen(fake)) == house.ledger.lost != {}
    assert not fake.flood.early
    known = {kept.id for mark in marks for kept in read_mark(mark) or ()}
    assert known <= {number for chat in fake.chats.values() for number in chat.messages}
    assert len(known) > 150, "those whose answer could be read"
