"""kill -9 of the real process in the middle of a burst, 20 times on each channel (6 outside of CI).

No acknowledged update is lost, no state is applied twice, everything is in order; an answer is repeated only where the kill
fell between sending and writing down.
"""

import asyncio
import time
from pathlib import Path

from bot.events import Address
from tests.fakes.slack import FakeSlack
from tests.fakes.slack.server import serve
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram import serving as serving_telegram
from tests.faults.burst import KILLS, Crew, Program, bursts, doubles, finish, until

NAMES = tuple(f"person{number:02}" for number in range(12))


async def test_killed_while_telegram_talks(tmp_path: Path) -> None:
    fake = FakeTelegram("424242:" + "Abcde" * 7)
    fake.limits.off = True
    users = {name: fake.user(name.title()) for name in NAMES}
    for user in users.values():
        user.unblock()
    crew = Crew(tmp_path, {name: Address("telegram", str(user.id)) for name, user in users.items()})
    await crew.move_in()
    async with serving_telegram(fake) as server:
        settings = f'[web]\nport = 0\n[telegram]\ntoken = "{fake.token}"\nserver = "{server}"\n'
        (tmp_path / "config.toml").write_text(settings)
        async with Program(tmp_path) as program:
            await bursts(crew, program, lambda name, words: users[name].say(words), lambda: sum(fake.sent.values()))
            await until(lambda: crew.happened() == crew.sent, program, "all that was sent has happened once, in order")
            await finish(crew, program)
    answers = {name: [shown.text for shown in user.messages] for name, user in users.items()}
    assert doubles(answers, crew) <= KILLS * len(NAMES), "at most one a kill and chat"


async def test_killed_while_slack_talks(tmp_path: Path) -> None:
    ahead = 0.0
    fake = FakeSlack(lambda: time.time() + ahead)
    fake.limits.on = False
    team = fake.workspace("Acme")
    people = {name: team.user(name.title()) for name in NAMES}
    crew = Crew(tmp_path, {name: Address("slack", f"{team.id}/{person.id}") for name, person in people.items()})
    await crew.move_in()
    async with serve(fake) as server:
        settings = (
            f'[web]\nport = 0\n[slack]\nbot_token = "{team.token}"\napp_token = "{fake.app.app_token}"\n'
            f'server = "{server.base_url}/api"\n'
        )
        (tmp_path / "config.toml").write_text(settings)
        async with Program(tmp_path) as program:

            def sends() -> int:
                return sum(len(person.messages) for person in people.values())

            def hears() -> bool:
                return bool(server.sockets.ready)

            await bursts(crew, program, lambda name, words: people[name].say(words), sends, hears)
            await until(hears, program, "it hears again")
            while waiting := fake.deliveries.open:  # Slack tries again after a minute, and after five
                await asyncio.sleep(0.1)
                if all(one.state == "waiting" for one in waiting) and hears():
                    ahead += max(0.0, min(one.due for one in waiting) - fake.clock())
            acknowledged = {
                (one.payload["event"]["user"], one.payload["event"]["text"].removeprefix("/settings name "))
                for one in fake.deliveries.done
                if one.payload["event"]["text"].startswith("/")  # the bot hears its own words, too
            }
            happened = [(people[name].id, value) for name, values in crew.happened().items() for value in values]
            assert len(happened) == len(set(happened)), "applied twice"
            assert set(happened) >= acknowledged, "acknowledged and lost"
            fake.deliveries.replay_lost(fake.clock())  # what was missed in an outage comes after all
            await until(
                lambda: (
                    {name: sorted(values) for name, values in crew.happened().items()}
                    == {name: sorted(values) for name, values in crew.sent.items()}
                ),
                program,
                "all that was sent has happened once",
            )
            await finish(crew, program)
    answers = {name: [shown.visible for shown in person.messages] for name, person in people.items()}
    assert doubles(answers, crew) <= KILLS * len(NAMES), "at most one a kill and chat"
