"""Tells the world what was decided. A dumb loop: it reads rows, sends them, and writes down what became of them.

Promise: in order for each address and one letter at a time there, several addresses at once, answers before pushes, and
nothing faster than a platform likes (`pacing`). No account and no chat waits for another. A letter whose answer was lost
is sent again only after the channel has looked for it. A crash between sending and writing down repeats at most the one
letter that was under way at an address. It decides nothing but when to try again.
"""

import asyncio
import heapq
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

import structlog

from bot.bringing import Bringing
from bot.events import Address, Incoming, Left, NotFetched, Uploaded
from bot.pacing import Account
from bot.ports import (
    BadMessage,
    Channel,
    Clock,
    Deliver,
    Gone,
    Lane,
    Letter,
    Misconfigured,
    Moved,
    Posted,
    Refused,
    SendError,
    StoreProblem,
    Throttled,
    Unknown,
    Unreachable,
)
from bot.ports import Outbox as Rows
from bot.wordless import wordless

AT_ONCE: Final = 64  # letters under way on one account, each to another address
POLL: Final = 5.0  # seconds between looks when nobody wakes us: for letters that wait for their time
SHORTEST: Final = 0.02
PATIENCE: Final = 60.0  # seconds for one letter; a channel that is silent for longer may or may not have sent it
LONGEST_WAIT: Final = timedelta(hours=1)
# Waits of 1, 2, 4 ... 2048 s and then an hour each: after so many attempts a day has passed.
ATTEMPTS: Final = 35
BUGS: Final = 4  # attempts where our own channel fails: what follows at that address must not wait for a day
FETCHES: Final = 5  # attempts to bring a file; somebody is waiting for an answer
DOUBT: Final = 5  # times as long as otherwise: what is on its way should have arrived when we look
MARGIN: Final = timedelta(milliseconds=20)  # clocks are not the same, and a time is cut to whole microseconds
REDELIVER: Final = timedelta(minutes=1)  # until the bot is told again what the store could not take

_log = structlog.get_logger(__name__)
Key = tuple[str, str]  # a channel and one of its accounts
Place = tuple[Address, bool]  # an address, and whether it is a file that is brought from there


class Outbox:
    """One for all channels. `deliver` takes what comes back: that somebody left, or a file that was brought.

    Without `bringing` no file is ever brought.
    """

    def __init__(
        self,
        rows: Rows,
        channels: Mapping[str, Channel],
        deliver: Deliver,
        clock: Clock,
        bringing: Bringing | None = None,
    ) -> None:
        self._rows = rows
        self._channels = dict(channels)
        self._deliver = deliver
        self._clock = clock
        self._bringing = bringing
        self._woken = asyncio.Event()
        self._stopping = False
        self._accounts: dict[Key, Account] = {}
        self._stopped: set[Key] = set()  # wrongly set up
        self._under_way: dict[Place, asyncio.Task[None]] = {}
        self._busy: Counter[Key] = Counter()  # how many of them there are
        self._soon: list[float] = []  # when something may be possible that is not now; a heap
        self._results: list[tuple[Letter, Posted]] = []

    def wake(self) -> None:
        """There is something new to send."""
        self._woken.set()

    def stop(self) -> None:
        """Sends nothing new. `run` ends when what is under way has been written down; files are brought another time."""
        self._stopping = True
        self._woken.set()
        for (_, file), task in self._under_way.items():
            if file:
                task.cancel()

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
        """Until somebody wakes us, or something may go that could not."""
        now = self._clock.now().timestamp()
        while self._soon and self._soon[0] <= now:
            heapq.heappop(self._soon)
        soonest = self._soon[0] - now if self._soon else POLL
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
            del self._under_way[_place(letter)]
            self._busy[_key(letter.address)] -= 1

    # --- Choosing ------------------------------------------------------------------------------------------------------

    async def _send_next(self) -> None:
        lanes = self._lanes(self._clock.now().timestamp())
        if not lanes:
            return
        now = self._clock.now()
        for letter in await self._rows.letters(now, lanes):
            if self._may_go(letter, self._clock.now().timestamp()):
                task = asyncio.create_task(self._post(letter))
                task.add_done_callback(partial(self._ended, letter))
                self._under_way[_place(letter)] = task
                self._busy[_key(letter.address)] += 1

    def _lanes(self, now: float) -> list[Lane]:
        """The accounts where something may go. Each is asked for as many letters as surely hold what may go there."""
        lanes = []
        open_now = {(name, account) for name, on in self._channels.items() for account in on.accounts()}
        self._stopped &= open_now  # what was taken away and comes again was mended
        for key in sorted(open_now - self._stopped):
            account = self._accounts.setdefault(key, Account(self._channels[key[0]].pace))
            if account.open_at() > now:
                heapq.heappush(self._soon, account.open_at())
            elif self._busy[key] < AT_ONCE:
                pushes = account.pushes(now)
                if pushes == 0:
                    heapq.heappush(self._soon, account.pushes_at())
                sends = account.sends_at() <= now
                if not sends:
                    heapq.heappush(self._soon, account.sends_at())
                lanes.append(Lane(*key, pushes != 0, AT_ONCE + account.held(now), sends))
        return lanes

    def _may_go(self, letter: Letter, now: float) -> bool:
        """Asked for each letter after the rows were read, for those before it use up what there is. If so, it is counted."""
        key, address = _key(letter.address), letter.address
        account = self._accounts[key]
        if _place(letter) in self._under_way or key in self._stopped or self._busy[key] >= AT_ONCE:
            return False
        late = account.chat_at(address, new=is_new(letter))
        if letter.until and account.pushes(now) == 0:
            late = max(late, account.pushes_at())
        if late > now:
            heapq.heappush(self._soon, late)
            return False
        if not letter.fetch:
            account.spend(address, now, group=self._channels[key[0]].is_group(address))
        return True

    # --- Sending -------------------------------------------------------------------------------------------------------

    async def _post(self, letter: Letter) -> None:
        """Sends one letter. Whatever happens, there is a result."""
        doubt = letter.doubtful and not letter.amend
        try:
            if letter.until and letter.until <= self._clock.now():
                # Down for hours, or tried again and again: what wanted to be said at noon is not said at night.
                _log.info("A letter came too late to be sent.", letter=letter.id, channel=letter.address.channel)
                posted = Posted(letter.id, failed="too late")
            elif letter.fetch:
                posted = await self._bring(letter)
            else:
                async with asyncio.timeout(PATIENCE):
                    mark = await self._channel(letter).look(letter) if doubt else None
                    doubt = False
                    posted = await self._send(letter) if mark is None else Posted(letter.id, mark=mark)
        except SendError as why:
            posted = await self._not_sent(letter, why, doubt)
        except TimeoutError:
            posted = await self._not_sent(letter, Unknown("no answer in time"), doubt)
        except asyncio.CancelledError:
            if not (letter.fetch and self._stopping):
                raise
            posted = Posted(letter.id, again_at=self._clock.now(), counted=False)
        except Exception as why:
            told = wordless(why)  # what an exception says may be what people said
            _log.error("A channel failed while sending.", letter=letter.id, channel=letter.address.channel, why=told)
            posted = await self._not_sent(letter, Unknown(told), doubt, BUGS)
        self._done(letter, posted)

    def _ended(self, letter: Letter, task: asyncio.Task[None]) -> None:
        """A task that was stopped before it had a result, or fell over: its letter waits on, and nobody waits for it."""
        why = None if task.cancelled() else task.exception()
        if why:
            _log.error("A letter could not be looked after.", letter=letter.id, why=wordless(why))
        if why or task.cancelled():
            again_at = self._clock.now() + (REDELIVER if why else timedelta())
            self._done(letter, Posted(letter.id, again_at=again_at, counted=why is not None))

    async def _send(self, letter: Letter) -> Posted:
        """Meanwhile another letter may have heard that the platform wants to be left alone: looking takes a while."""
        until = self._accounts[_key(letter.address)].rests_until(letter.address, new=is_new(letter))
        if until > self._clock.now().timestamp():
            return Posted(letter.id, again_at=datetime.fromtimestamp(until, UTC), counted=False)
        channel = self._channel(letter)
        return Posted(letter.id, mark=await (channel.amend(letter) if letter.amend else channel.send(letter)))

    def _channel(self, letter: Letter) -> Channel:
        return self._channels[letter.address.channel]

    def _done(self, letter: Letter, posted: Posted) -> None:
        self._results.append((letter, posted))
        if posted.again_at:
            heapq.heappush(self._soon, posted.again_at.timestamp())
        self._woken.set()

    async def _not_sent(self, letter: Letter, why: SendError, doubt: bool, attempts: int = ATTEMPTS) -> Posted:
        """What follows, by the kind of error alone. `doubt`: an earlier try may have arrived, and nobody has looked."""
        now, about = self._clock.now(), {"letter": letter.id, "channel": letter.address.channel, "why": why.told}
        lost = isinstance(why, Unknown) and letter.message.fleeting
        attempts = min(attempts, FETCHES) if letter.fetch else attempts
        match why:
            case Throttled():
                return Posted(letter.id, again_at=self._pause(letter, why, now), doubtful=doubt, counted=False)
            case Unreachable() | Unknown() if letter.attempts + 1 < attempts and not lost:
                unknown = isinstance(why, Unknown)
                wait = min(backoff(letter.attempts) * (DOUBT if unknown else 1), LONGEST_WAIT)
                again_at = now + max(wait, timedelta(seconds=why.after))
                return Posted(letter.id, again_at=again_at, doubtful=doubt or unknown)
            case Unreachable() | Unknown() if letter.fetch:
                _log.warning("An offered file could not be brought.", **about)
                return await self._brought(letter, NotFetched(letter.fetch.name, "broken"))
            case Unreachable():
                _log.error("A letter could not be sent for a day.", **about)
            case Unknown():
                _log.warning("A letter may or may not have arrived; it is not sent again.", **about)
            case Gone():
                _log.info("Somebody cannot be reached any more.", **about)
                return await self._gone(letter, why, now)
            case Moved(to=to):
                return await self._moved(letter, to, now)
            case Misconfigured():
                self._stop_account(letter, why)
                return Posted(letter.id, again_at=now, doubtful=doubt, counted=False)
            case BadMessage():
                _log.error("A channel cannot read a letter of ours.", **about)
            case Refused():
                _log.warning("A channel refused a letter.", **about)
            case _:
                _log.error("A letter could not be sent.", **about)
        return Posted(letter.id, failed=f"{type(why).__name__}: {why.told}")

    def _pause(self, letter: Letter, why: SendError, now: datetime) -> datetime:
        """Leaves alone what the platform wants to be left alone, and says until when."""
        until = now + timedelta(seconds=max(why.after, 1.0)) + MARGIN
        account = self._accounts[_key(letter.address)]
        match why.covers:
            case "account":
                account.rest_all(until.timestamp())
            case "sends":
                account.rest_sends(until.timestamp())
            case _:
                account.rest(letter.address, until.timestamp())
        return until

    def _stop_account(self, letter: Letter, why: SendError) -> None:
        key = _key(letter.address)
        if key not in self._stopped:
            self._stopped.add(key)
            _log.error(
                "An account sends nothing more. Look with `morsel doctor --online` what its token or its rights lack, mend"
                " it, and start Morsel again: its letters wait.",
                channel=key[0],
                account=key[1],
                why=why.told,
            )

    async def _gone(self, letter: Letter, why: SendError, now: datetime) -> Posted:
        """The bot is told before the letter is done with, so that a crash in between forgets neither. Its turn may have
        sent what waits there to another address, this letter too: then it has not failed."""
        if not await self._tell_bot(letter, f"left:{letter.id}", Left(letter.address, why.told)):
            return Posted(letter.id, again_at=now + LONGEST_WAIT, counted=False)
        return Posted(letter.id, failed=f"gone: {why.told}", where=letter.address)

    async def _moved(self, letter: Letter, to: Address, now: datetime) -> Posted:
        """Counted, and with a wait from the second time on: two addresses may send us to and fro."""
        if letter.attempts + 1 >= ATTEMPTS:
            return Posted(letter.id, failed="moved too often")
        again_at = now + backoff(letter.attempts) if letter.attempts else now
        try:
            await self._rows.moved(letter.address, to)
        except StoreProblem as failed:
            _log.error("That a conversation moved could not be stored; it is tried again.", why=failed.what)
            again_at = now + REDELIVER
        return Posted(letter.id, again_at=again_at)

    # --- Files ---------------------------------------------------------------------------------------------------------

    async def _bring(self, letter: Letter) -> Posted:
        assert letter.fetch
        if self._bringing is None:
            return await self._brought(letter, NotFetched(letter.fetch.name, "broken"))
        brought = await self._bringing.bring(self._channel(letter), letter, lambda: self._may_tell(letter))
        return await self._brought(letter, brought)

    def _may_tell(self, letter: Letter) -> bool:
        """Whether there is room for a word about how far a file is. If so, it is counted."""
        now, address = self._clock.now().timestamp(), letter.address
        account = self._accounts[_key(address)]
        if account.chat_at(address) > now or account.pushes(now) == 0:
            return False
        account.spend(address, now, group=self._channels[address.channel].is_group(address))
        return True

    async def _brought(self, letter: Letter, event: Uploaded | NotFetched) -> Posted:
        """The id makes it happen once, though a crash may bring the file twice."""
        if not await self._tell_bot(letter, f"fetched:{letter.id}", event):
            return Posted(letter.id, again_at=self._clock.now() + REDELIVER, counted=False)
        return Posted(letter.id, mark="")

    async def _tell_bot(self, letter: Letter, id_: str, event: Left | Uploaded | NotFetched) -> bool:
        """Whether the bot knows it."""
        try:
            await self._deliver(Incoming(id_, event, self._clock.now(), letter.address))
        except Exception as failed:
            kind, why = type(event).__name__, type(failed).__name__
            _log.error("What came back could not be stored; it is tried again.", letter=letter.id, kind=kind, why=why)
            return False
        return True


def _key(address: Address) -> Key:
    return address.channel, address.account


def _place(letter: Letter) -> Place:
    return letter.address, letter.fetch is not None


def is_new(letter: Letter) -> bool:
    """Whether it becomes a message that was not there: no change, no board, and no file that is brought."""
    return not letter.amend and letter.fetch is None


def backoff(attempts: int) -> timedelta:
    """How long to wait after so many failed attempts: a second, doubled each time, an hour at most."""
    return min(timedelta(seconds=2 ** min(attempts, 20)), LONGEST_WAIT)
