"""Plays a talk with real phones: each given line is done on one of them, by whoever holds it."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from tests.conversations.over.carrying import Company, Deed
from tests.conversations.play import Play
from tests.conversations.stage import address_of, zipped


class PlayOver(Play):
    """Whoever has a phone of that platform uses it; the others are as in any talk."""

    def __init__(self, company: Company) -> None:
        super().__init__(company.platform.stage)
        self.company, self.platform = company, company.platform
        self.platform.senders = self.senders.get
        self._deeds: dict[str, Deed] = {}
        self._repeat: Callable[[], Awaitable[None]] | None = None

    def _is_real(self, who: str) -> bool:
        return address_of(who).channel in self.platform.carries

    async def play(self, path: Path) -> str:
        played = await super().play(path)
        await self.platform.close()
        assert not self.platform.complaints(), self.platform.complaints()
        return played

    async def _block(self, who: str, *, on: bool) -> None:
        if not self._is_real(who):
            await super()._block(who, on=on)
            return
        there = self.platform.phone(address_of(who))
        if on:
            there.block()
        else:
            await there.come_back()

    async def _do(self, who: str, group: str, taps: Sequence[str]) -> None:
        if not self._is_real(who):
            self._repeat = None
            await super()._do(who, group, taps)
            return
        address = address_of(who)
        there = self.platform.phone(address)
        if there.blocked and taps != ["(leaves)"]:
            await there.come_back()
        if group:
            await self.platform.gather(group, address)
        self.company.expected[address].extend(f"talk:{self.number + n}" for n in range(1, len(taps) + 1))
        self.number += len(taps)
        deeds = [self._deeds[who] if tap == "again" else self._deed(who, group, tap) for tap in taps]
        for deed in deeds:
            deed()
        self._deeds[who] = deeds[-1]
        self._repeat = self.platform.again
        await self.platform.heard_all()
        self.company.expected[address].clear()

    async def _same(self) -> None:
        if self._repeat is None:
            await super()._same()
            return
        heard = self.company.heard
        await self._repeat()
        assert self.company.heard > heard, "it was delivered again"

    async def _write_down(self, *, timed: bool) -> None:
        await super()._write_down(timed=timed)
        await self.platform.quiet()
        self.company.check_phones()

    def _deed(self, who: str, group: str, said: str) -> Deed:
        there, address = self.platform.phone(address_of(who)), address_of(who)
        said = said.replace("(the code)", self.company.code()) if "(the code)" in said else said
        verb, _, rest = said.removeprefix("(").removesuffix(")").partition(" ")
        match verb if said.startswith("(") else "":
            case "appears":
                return there.appear
            case "opens":
                return there.open_board
            case "leaves":
                return there.leave
            case "ticks":
                labels = () if rest == "none" else rest.split(" + ")
                return lambda: there.tick(labels)
            case "votes":
                return lambda: self.platform.vote_in(group, address, [each for each in rest.split(" + ") if each])
            case "sends" | "offers":
                return self._file(who, group, rest)
        if said.startswith(("[", "old [")):
            label = said[said.index("[") + 1 : said.rindex("]")]
            return there.pressing(label, old=said.startswith("old"))
        if group:
            return lambda: self.platform.say_in(group, address, said)
        return lambda: there.say(said)

    def _file(self, who: str, group: str, rest: str) -> Deed:
        """ "coffee", "coffee of 12 MB" (so much the platform says), "gone coffee" (why it cannot be had)."""
        what, _, size = rest.partition(" of ")
        how, _, name = what.rpartition(" ")
        data = zipped(name)
        told = int(size.removesuffix(" MB")) * 1_000_000 if size else len(data)
        file = name if "." in name else f"{name}.zip"
        if group:
            return lambda: self.platform.offer_in(group, address_of(who), file, data)
        return lambda: self.platform.phone(address_of(who)).offer(file, told, data, how)
