"""Tells the world what was decided. A dumb loop: it reads rows, sends them, and writes down what became of them.

Promise: in order for each address and one letter at a time there, several addresses at once, answers before pushes. A
letter whose answer was lost is never blindly repeated. A crash between sending and writing down repeats at most the one
letter that was under way at an address. It decides nothing but when to try again.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

import structlog

from bot.events import Address, Incoming, Left
from bot.ports import (
    BadMessage,
    Channel,
    Clock,
    Deliver,
    Gone,
    Lane,
    Letter,
    Misconfigured,
    Posted,
    Refused,
    SendError,
    StoreProblem,
    Throttled,
    Unknown,
    Unreachable,
)
from bot.ports import Outbox as Rows

AT_ONCE: Final = 64  # letters under way, each to another address
POLL: Final = 5.0  # seconds between looks when nobody wakes us: for letters that wait for their time
SHORTEST: Final = 0.02
PATIENCE: Final = 60.0  # seconds for one letter; a channel that is silent for longer may or may not have sent it
LONGEST_WAIT: Final = timedelta(hours=1)
# Waits of 1, 2, 4 ... 2048 s and then an hour each: after so many attempts a day has passed.
ATTEMPTS: Final = 35

_log = structlog.get_logger(__name__)


class Outbox:
    """One for all channels. `deliver` takes what comes back: that somebody left."""

    def __init__(self, rows: Rows, channels: Mapping[str, Channel], deliver: Deliver, clock: Clock) -> None:
        self._rows = rows
        self._channels = dict(channels)
        self._deliver = deliver
        self._clock = clock
        self._woken = asyncio.Event()
        self._stopping = False
        self._under_way: dict[Address, asyncio.Task[None]] = {}
        self._paused: dict[Address, datetime] = {}  # the platform asked to leave this chat alone until then
        self._again: list[datetime] = []
        self._results: list[tuple[Letter, Posted]] = []

    def wake(self) -> None:
        """There is something new to send."""
        self._woken.set()

    def stop(self) -> None:
        """Sends nothing new. `run` ends when what is under way has been written down."""
        self._stopping = True
        self._woken.set()

    async def run(self) -> None:
        """Sends until `stop`."""
        try:
            while not self._stopping or self._under_way:
                self._woken.clear()
                await self._look()
                if self._under_way or not self._stopping:
                    await self._sleep()
        finally:
            for task in self._under_way.values():
                task.cancel()

    async def _look(self) -> None:
        """Writes down what is known, and sends what may go."""
        try:
            await self._write_down()
            if not self._stopping:
                await self._send_next()
        except StoreProblem as why:
            _log.error("The outbox cannot be read or written; it is tried again.", why=why.what)

    async def _sleep(self) -> None:
        """Until somebody wakes us, or a letter may be tried again."""
        now = self._clock.now()
        self._again = [at for at in self._again if at > now]
        soonest = min((at - now).total_seconds() for at in self._again) if self._again else POLL
        with suppress(TimeoutError):
            async with asyncio.timeout(min(max(soonest, SHORTEST), POLL)):
                await self._woken.wait()

    async def _write_down(self) -> None:
        """All results that came in meanwhile, in one transaction. Only then their addresses are free again."""
        if not self._results:
            return
        results = tuple(self._results)
        await self._rows.posted([posted for _, posted in results], self._clock.now())
        del self._results[: len(results)]
        for letter, _ in results:
            del self._under_way[letter.address]

    async def _send_next(self) -> None:
        now = self._clock.now()
        self._paused = {address: until for address, until in self._paused.items() if until > now}
        held = len(self._under_way) + len(self._paused)
        free = AT_ONCE - len(self._under_way)
        if free <= 0:
            return
        lanes = [
            Lane(name, each, True, AT_ONCE + held) for name, on in self._channels.items() for each in on.accounts()
        ]
        letters = await self._rows.letters(now, lanes)
        ready = [each for each in letters if self._may_go(each.address)]
        for letter in ready[:free]:
            self._under_way[letter.address] = asyncio.create_task(self._post(letter))

    def _may_go(self, to: Address) -> bool:
        """Asked after the rows were read: meanwhile a channel may have stopped, or a chat may want to be left alone."""
        return to.channel in self._channels and to not in self._under_way and to not in self._paused

    async def _post(self, letter: Letter) -> None:
        """Sends one letter. Whatever happens, there is a result."""
        channel = self._channels[letter.address.channel]
        mark = letter.mark
        if letter.until and letter.until <= self._clock.now():
            # Down for hours, or tried again and again: what wanted to be said at noon is not said at night.
            _log.info("A letter came too late to be sent.", letter=letter.id, channel=channel.name)
            self._done(letter, Posted(letter.id, failed="too late"))
            return
        try:
            async with asyncio.timeout(PATIENCE):
                if letter.amend:
                    mark = await channel.amend(letter)
                else:
                    mark = await channel.send(letter)
            posted = Posted(letter.id, mark=mark)
        except SendError as why:
            posted = await self._not_sent(letter, why)
        except TimeoutError:
            posted = await self._not_sent(letter, Unknown(f"no answer in {PATIENCE:.0f} s"))
        except Exception as why:
            # A bug in the channel. Whether the letter left is not known, so it is not repeated.
            _log.exception("A channel failed while sending.", letter=letter.id, channel=channel.name)
            posted = Posted(letter.id, failed=type(why).__name__)
        self._done(letter, posted)

    def _done(self, letter: Letter, posted: Posted) -> None:
        self._results.append((letter, posted))
        if posted.again_at:
            self._again.append(posted.again_at)
        self._woken.set()

    async def _not_sent(self, letter: Letter, why: SendError) -> Posted:
        """What follows, by the kind of error alone."""
        now, about = self._clock.now(), {"letter": letter.id, "channel": letter.address.channel, "why": why.told}
        match why:
            case Throttled(after=after):
                until = now + timedelta(seconds=max(after, 1.0))
                self._paused[letter.address] = until
                return Posted(letter.id, again_at=until, counted=False)
            case Unreachable() if letter.attempts + 1 < ATTEMPTS:
                return Posted(letter.id, again_at=now + max(backoff(letter.attempts), timedelta(seconds=why.after)))
            case Unreachable():
                _log.error("A letter could not be sent for a day.", **about)
            case Gone():
                _log.info("Somebody cannot be reached any more.", **about)
                return await self._gone(letter, why, now)
            case Unknown():
                _log.warning("A letter may or may not have arrived; it is not repeated.", **about)
                return Posted(letter.id, failed=why.told)
            case Misconfigured():
                _log.error("A channel sends nothing more until it is mended and Morsel started again.", **about)
                self._channels.pop(letter.address.channel, None)
                return Posted(letter.id, again_at=now, counted=False)
            case BadMessage():
                _log.error("A channel cannot read a letter of ours.", **about)
            case Refused():
                _log.warning("A channel refused a letter.", **about)
            case _:
                _log.error("A letter could not be sent.", **about)
        return Posted(letter.id, failed=f"{type(why).__name__}: {why.told}")

    async def _gone(self, letter: Letter, why: SendError, now: datetime) -> Posted:
        """The bot is told before the letter is done with, so that a crash in between forgets neither."""
        try:
            await self._deliver(Incoming(f"left:{letter.id}", Left(letter.address, why.told), now, letter.address))
        except Exception as failed:
            _log.error(
                "That somebody left could not be stored; it is tried again.",
                letter=letter.id,
                why=type(failed).__name__,
            )
            return Posted(letter.id, again_at=now + LONGEST_WAIT, counted=False)
        return Posted(letter.id, failed=f"gone: {why.told}")


def backoff(attempts: int) -> timedelta:
    """How long to wait after so many failed attempts: a second, doubled each time, an hour at most."""
    return min(timedelta(seconds=2 ** min(attempts, 20)), LONGEST_WAIT)
