"""Plays a talk: its given lines happen on the stage, and what follows is written under each of them."""

import asyncio
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.effects import Enrol
from bot.events import Address, Event, Incoming, Left, Pressed, read_words
from tests.conversations import script
from tests.conversations.stage import NAMES, UNITS, Stage, zipped

TAP, TWICE = timedelta(seconds=5), timedelta(milliseconds=500)  # how quickly people are


class Play:
    """One talk on one stage. `lines` is the whole talk as it went."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.lines: list[str] = []
        self.zone = "UTC"
        self.number = 0
        self.last: dict[str, Event] = {}
        self.again: list[Incoming] = []

    async def play(self, path: Path) -> str:
        for line in script.given_lines(path):
            self.lines.append(line)
            words = line[1:].strip()
            match line[:1]:
                case "@":
                    await self._time_passes(words)
                case ":":
                    await self._before_the_curtain(words)
                case ">":
                    who, said = script.speaker(words, NAMES)
                    await self._happens(who, said)
        return "\n".join(self.lines) + "\n"

    async def _time_passes(self, words: str) -> None:
        """The clock moves on, and every alarm on the way rings at its own time."""
        stage = self.stage
        first = not self.lines or not any(line.startswith(("<", ".", ">", ":")) for line in self.lines)
        target, self.zone = script.moved(words, stage.clock.at, self.zone)
        if first:
            stage.clock.at = target
        while due := await stage.due(target):
            for incoming in due:
                assert not isinstance(incoming.event, Left)
                stage.clock.at = max(stage.clock.at, incoming.event.due)  # type: ignore[union-attr]
                await self._deliver(incoming, timed=True)
        stage.clock.at = max(stage.clock.at, target)

    async def _before_the_curtain(self, words: str) -> None:
        """`: geo for harbour by 2026-04-01`, `: only amina, mia`."""
        stage = self.stage
        if words.startswith("only "):
            stay = {name.strip() for name in words.removeprefix("only ").split(",")}
            await stage.nobody_but(stay)
            return
        pack, _, rest = words.partition(" for ")
        unit, _, by = rest.partition(" by ")
        assert unit in {each.id for each in UNITS}, unit
        due = script.moved(f"{by} 23:59 {self.zone}", None, self.zone)[0] if by else None
        await stage.enrol(Enrol(pack, "root", unit=unit, due_at=due))

    async def _happens(self, who: str, said: str) -> None:
        stage = self.stage
        if said == "same":
            await asyncio.gather(*(stage.deliver(incoming) for incoming in self.again))
            await self._write_down(timed=False)
            return
        stage.clock.at += TWICE if said == "again" else TAP
        taps = said.split(" + ") if said.startswith(("[", "old [")) else [said]
        events = [await self._event(who, tap) for tap in taps]
        self.again = [self._incoming(who, event) for event in events]
        self.last[who] = events[-1]
        await asyncio.gather(*(stage.deliver(incoming) for incoming in self.again))
        await self._write_down(timed=False)

    async def _event(self, who: str, said: str) -> Event:
        recorder = self.stage.recorder
        if said == "again":
            return self.last[who]
        if said == "(leaves)":
            return Left(Address("talk", who), "blocked")
        if said == "(the code)":
            return read_words(recorder.code())
        if said.startswith("(sends "):
            name = said.removeprefix("(sends ").removesuffix(")")
            return await self.stage.keep(name if "." in name else f"{name}.zip", zipped(name))
        old = said.startswith("old [")
        if old or said.startswith("["):
            label = said[said.index("[") + 1 : said.rindex("]")]
            return Pressed(recorder.button(who, label, old=old).press)
        return read_words(said)

    def _incoming(self, who: str, event: Event) -> Incoming:
        self.number += 1
        return Incoming(f"talk:{self.number}", event, self.stage.clock.at, Address("talk", who))

    async def _deliver(self, incoming: Incoming, *, timed: bool) -> None:
        await self.stage.deliver(incoming)
        await self._write_down(timed=timed)

    async def _write_down(self, *, timed: bool) -> None:
        """What followed: messages in the order they were shown, then facts. What an alarm brought says when."""
        local = self.stage.clock.at.astimezone(ZoneInfo(self.zone))
        when = f"({local:%a %H:%M}) " if timed else ""
        for sign, name, words in await self.stage.what_followed():
            who = "" if name == script.MAIN else f"{name}: "
            self.lines.append(f"{sign} {when}{who}{words}")
