"""Nine o'clock: everybody's lesson is due at once, and some answer right away. By the real Telegram channel and aiogram, to
the strict fake, which enforces its limits; in simulated time."""

import asyncio
import random
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from adapters.telegram.channel import TelegramChannel
from adapters.telegram.settings import TelegramSettings
from bot.events import Address, Incoming, Said
from bot.message import Button, Message, paragraph
from bot.outbox import Outbox
from bot.ports import Letter
from tests.bot.platform import MemoryRows
from tests.fakes.telegram.core import FakeTelegram
from tests.faults import storm
from tests.faults.storm_houses import TelegramHouse, now, today
from tests.faults.storm_wires import ADDRESS, run
from tests.faults.test_storm_telegram import people

DUE = 10_000
ANSWERING = 300
FLOOR = DUE / 30  # seconds, as fast as Telegram lets anybody be
BUTTONS = ((Button("Start", "k7Qx.start"), Button("Later", "k7Qx.later")),)


class Desk:
    """Everybody's push waits; whoever says something gets an answer, which goes where letters of the bot go."""

    def __init__(self, addresses: Sequence[Address]) -> None:
        self.rows = MemoryRows()
        self.asked: dict[int, float] = {}  # by the answer's letter, when the person spoke
        self.addresses = addresses
        self.next = len(addresses) + 1
        self.outbox: Outbox

    def ring(self) -> None:
        """It is nine."""
        for id_, address in enumerate(self.addresses, 1):
            message = Message((paragraph(f"#{id_}.1 Good morning! Your lesson is here."),), BUTTONS)
            self.rows.add(Letter(id_, address, message, until=storm.SOMEDAY))
        self.outbox.wake()

    async def deliver(self, incoming: Incoming) -> None:
        assert incoming.address and isinstance(incoming.event, Said)
        message = Message((paragraph(f"#{self.next}.1 Right: it is alkaline."),), BUTTONS)
        self.rows.add(Letter(self.next, incoming.address, message))
        self.asked[self.next] = float(incoming.event.text)
        self.next += 1
        self.outbox.wake()


def test_ten_thousand_at_nine(tmp_path: Path) -> None:
    run(_morning(tmp_path))


async def _morning(folder: Path) -> None:
    fake = FakeTelegram(clock=today)
    house = TelegramHouse(fake)
    desk = Desk(people(fake, DUE))
    luck = random.Random(3)
    users = luck.sample(list(fake.users.values()), ANSWERING)
    async with storm.a_desk(folder, house) as (_, parts):
        channel = TelegramChannel(TelegramSettings(fake.token, server=ADDRESS), parts)
        async with storm.at_work(desk.rows, channel, desk.deliver) as desk.outbox:
            await asyncio.sleep(10)
            desk.ring()
            nine = now()
            for at, user in zip(sorted(luck.uniform(0, FLOOR) for _ in users), users, strict=True):
                await asyncio.sleep(max(nine + at - now(), 0.0))
                user.say(f"{now()}")
            await storm.until(lambda: not any(desk.rows.waiting.values()))
    came = {each.label[0]: each.at - nine for each in house.ledger.arrived}
    waits = [nine + came[id_] - at for id_, at in desk.asked.items()]
    print(
        f"all there after {max(came.values()):.1f} s (the floor: {FLOOR:.1f}); answers after {median(waits):.2f} s, the "
        f"last after {max(waits):.2f} s; {house.ledger.ends['429']} times 429"
    )
    assert not desk.rows.failed
    assert len(came) == len(house.ledger.arrived) == DUE + ANSWERING == sum(fake.sent.values())
    assert max(came.values()) <= FLOOR * 1.05
    assert len(waits) == ANSWERING and max(waits) < 2
    assert not fake.flood.refused
