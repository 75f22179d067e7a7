"""Plays a talk: its given lines happen on the stage, and what follows is written under each of them."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.effects import Enrol
from bot.events import Address, Event, Incoming, Left, Met, Offered, Opened, Pressed, Sender, Voted, read_words
from bot.message import ticked
from tests.conversations import script
from tests.conversations.stage import CHANNELS, NAMES, UNITS, Stage, address_of, zipped

TAP, TWICE = timedelta(seconds=5), timedelta(milliseconds=500)  # how quickly people are
AS_IS: dict[str, Event] = {"(appears)": Met(), "(opens the board)": Opened()}


class Play:
    """One talk on one stage. `lines` is the whole talk as it went."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.lines: list[str] = []
        self.zone = "UTC"
        self.number = 0
        self.last: dict[str, Event] = {}
        self.again: list[Incoming] = []
        self.senders: dict[str, Sender] = {}

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
                    await self._happens(*script.speaker(words, NAMES))
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
        """`: geo for harbour by 2026-04-01`, `: only amina, mia`, `: slack.noor is Noor Ali, de, Europe/Berlin`,
        `: found at https://chat.example`."""
        stage = self.stage
        who, known, about = words.partition(" is ")
        if known:
            self.senders[who] = Sender(*(part.strip() for part in about.split(",")))
            return
        if words.startswith("found at "):
            await stage.found_at(words.removeprefix("found at "))
            return
        if words.startswith("only "):
            stay = {name.strip() for name in words.removeprefix("only ").split(",")}
            await stage.nobody_but(stay)
            return
        pack, _, rest = words.partition(" for ")
        unit, _, by = rest.partition(" by ")
        assert unit in {each.id for each in UNITS}, unit
        due = script.moved(f"{by} 23:59 {self.zone}", None, self.zone)[0] if by else None
        await stage.enrol(Enrol(pack, "root", unit=unit, due_at=due))

    async def _happens(self, who: str, group: str, said: str) -> None:
        if said in ("(blocks)", "(unblocks)"):
            await self._block(who, on=said == "(blocks)")
            return
        if said == "same":
            await self._same()
        else:
            self.stage.clock.at += TWICE if said == "again" else TAP
            taps = said.split(" + ") if said.startswith(("[", "old [")) else [said]
            await self._do(who, group, taps)
        await self._write_down(timed=False)

    async def _block(self, who: str, *, on: bool) -> None:
        blocked = self.stage.recorder.blocked
        (blocked.add if on else blocked.discard)(address_of(who))

    async def _do(self, who: str, group: str, taps: Sequence[str]) -> None:
        """All of it at once."""
        events = [await self._event(who, group, tap) for tap in taps]
        self.again = [self._incoming(who, group, event) for event in events]
        self.last[who] = events[-1]
        await self._same()

    async def _same(self) -> None:
        """The newest events, with the ids that they had."""
        await asyncio.gather(*(self.stage.deliver(incoming) for incoming in self.again))

    async def _event(self, who: str, group: str, said: str) -> Event:
        recorder = self.stage.recorder
        if said == "again":
            return self.last[who]
        if said in AS_IS:
            return AS_IS[said]
        if said == "(leaves)":
            return Left(address_of(who), "blocked")
        if "(the code)" in said:
            return read_words(said.replace("(the code)", recorder.code()))
        if said.startswith("(ticks "):
            return self._tick(who, said.removeprefix("(ticks ").removesuffix(")"))
        if said.startswith("(votes "):
            return await self._vote(group, said.removeprefix("(votes ").removesuffix(")"))
        if said.startswith("(offers "):
            return _offered(said.removeprefix("(offers ").removesuffix(")"))
        if said.startswith("(sends "):
            name = said.removeprefix("(sends ").removesuffix(")")
            return await self.stage.keep(name if "." in name else f"{name}.zip", zipped(name))
        old = said.startswith("old [")
        if old or said.startswith("["):
            label = said[said.index("[") + 1 : said.rindex("]")]
            return Pressed(recorder.button(who, label, old=old).press)
        return read_words(said)

    def _tick(self, who: str, labels: str) -> Event:
        """As an app with tick boxes tells it: all at once."""
        switches = self.stage.recorder.switches(who)
        token = next(iter(switches.values()))[0]
        chosen = () if labels == "none" else labels.split(" + ")
        return Pressed(ticked(token, tuple(switches[label][1] for label in chosen)))

    async def _vote(self, group: str, chosen: str) -> Event:
        """As a platform tells it: by its own mark, and the places of the options."""
        mark, message = self.stage.recorder.quizzes[group]
        key = await self.stage.store.quiz(CHANNELS[0], mark)
        assert key and message.quiz
        return Voted(key, tuple(message.quiz.options.index(label) for label in chosen.split(" + ") if chosen))

    def _incoming(self, who: str, group: str, event: Event) -> Incoming:
        self.number += 1
        place = Address(CHANNELS[0], f"-{group}") if group else None
        now, sender = self.stage.clock.at, self.senders.get(who)
        return Incoming(f"talk:{self.number}", event, now, address_of(who), sender=sender, place=place)

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


def _offered(words: str) -> Offered:
    """ "coffee", "coffee of 12 MB" (so much the channel says), "gone coffee" (why it cannot be had)."""
    what, _, size = words.partition(" of ")
    name = what.rpartition(" ")[2]
    told = int(size.removesuffix(" MB")) * 1_000_000 if size else len(zipped(name))
    return Offered(name if "." in name else f"{name}.zip", told, what)
