"""Gather, decide, apply: many events, one transaction.

Promise: `deliver` returns once the event's turn is committed, or raises and nothing of it happened. Every id happens
once. Events of a person are taken in their order, each turn seeing all that the one before it did. A turn that raises
is put aside with a reference, and harms nobody else. The service decides nothing about learning and sends nothing.

One loop takes all that waits, so the more people there are at once, the more of them share one commit. A batch is
rounds in one transaction: the first event of each person, then the second ones, and so on.
"""

import asyncio
import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from msgspec import Struct
from msgspec.structs import replace

from bot.effects import Effects, Pass, Publish, Say
from bot.events import Event, Incoming, Rang, Uploaded
from bot.given import NOTHING, Catalog, Given, Query
from bot.person import Person
from bot.ports import Batch, Clock, Raced, Store, StoreProblem, Turned
from bot.wordless import wordless
from lessons.model import Loaded

Needs = Callable[[Person, Event, Catalog], Query | None]
TakeTurn = Callable[[Person, Event, Given], tuple[Person, Effects]]
Broken = Callable[[Person, str], Say]  # what to say to a person when their turn raised; the reference they may quote

MOST = 512  # events in one transaction: more gain nothing
PASSED = 500  # passed-on events taken up at once
ATTEMPTS = 5  # of an event that somebody always overtakes
RING_LATER = timedelta(minutes=1)
RING_TOMORROW = timedelta(days=1)

RETRY = 5.0  # seconds until passed-on events are looked at again, when the store failed

_log = structlog.get_logger(__name__)


class Waiting(Struct):
    """An event in the queue, and who waits for it (nobody, for what turns passed on)."""

    incoming: Incoming
    upload: Loaded | None
    done: "asyncio.Future[None] | None"


class Service:
    """Takes turns. `committed` is called after each commit, so that the outbox looks at once."""

    def __init__(
        self,
        store: Store,
        needs: Needs,
        take_turn: TakeTurn,
        broken: Broken,
        clock: Clock,
        secret: bytes,
        committed: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._needs = needs
        self._take_turn = take_turn
        self._broken = broken
        self._clock = clock
        self._secret = hashlib.blake2b(secret, digest_size=32).digest()
        self._committed = committed
        self._queue: deque[Waiting] = deque()
        self._woken = asyncio.Event()
        self._stopping = False
        self._passed_wait = True  # events that were passed on before a stop are taken up first
        self._reloading = asyncio.Lock()
        self.catalog = Catalog()

    async def deliver(self, incoming: Incoming) -> None:
        """Returns once committed. Raises StoreProblem, or what else kept it from happening: then acknowledge nothing."""
        if self._stopping:
            raise _stopping()
        upload = await self._upload(incoming)
        done = asyncio.get_running_loop().create_future()
        self._queue.append(Waiting(incoming, upload, done))
        self._woken.set()
        await done

    def stop(self) -> None:
        """Takes no more events. `run` ends when all that wait have had their turn."""
        self._stopping = True
        self._woken.set()

    async def reload(self) -> None:
        """Reads what is published and how the organisation is built."""
        async with self._reloading:  # an older look must not come back after a newer one
            self.catalog = await self._store.catalog()

    async def run(self) -> None:
        """Takes turns until `stop`, and then until nobody waits."""
        batch: list[Waiting] = []
        try:
            await self.reload()
            while not (self._stopping and not self._queue):
                self._woken.clear()  # first: whoever wakes us while we look must not be missed
                if self._passed_wait and not self._stopping:
                    await self._take_up()
                batch = [self._queue.popleft() for _ in range(min(MOST, len(self._queue)))]
                if batch:
                    await self._take(batch)
                else:
                    await self._woken.wait()
        finally:
            self._stopping = True
            _settle((*batch, *self._queue), _stopping())  # should the loop fall over: nobody waits for ever

    def _look_later(self) -> None:
        """The store failed: what was passed on is looked at again in a while, not at once and for ever."""
        self._passed_wait = False
        asyncio.get_running_loop().call_later(RETRY, self._look)

    def _look(self) -> None:
        self._passed_wait = True
        self._woken.set()

    # --- Many ----------------------------------------------------------------------------------------------------------

    async def _take_up(self) -> None:
        """Queues what turns passed on to other people. Queued twice, it still happens once."""
        try:
            passed = await self._store.passed(PASSED)
            waiting = [Waiting(incoming, await self._upload(incoming), None) for incoming in passed]
        except StoreProblem as why:
            _log.error("What was passed on could not be read; it is tried again.", why=why.what)
            self._look_later()
            return
        self._passed_wait = len(passed) == PASSED
        self._queue += waiting

    async def _upload(self, incoming: Incoming) -> Loaded | None:
        """The file of an upload, read as a pack before its turn."""
        return await self._store.read_pack(incoming.event) if isinstance(incoming.event, Uploaded) else None

    async def _take(self, batch: Sequence[Waiting], attempt: int = 1) -> None:
        """One transaction for all of them. What goes wrong together is tried again in halves, down to the one."""
        try:
            turned = await self._transact(batch)
        except StoreProblem as why:
            _log.error("The store cannot write; nothing of this batch happened.", events=len(batch), why=why.what)
            _settle(batch, why)
            if any(each.done is None for each in batch):
                self._look_later()
        except Exception as why:
            if len(batch) > 1:
                _log.warning("A batch is taken again in halves.", events=len(batch), why=type(why).__name__)
                half = len(batch) // 2
                await self._take(batch[:half])
                await self._take(batch[half:])
            elif isinstance(why, Raced) and attempt < ATTEMPTS:
                await self._take(batch, attempt + 1)
            else:
                await self._give_up(batch[0], why)
        else:
            await self._after(batch, turned)

    async def _after(self, batch: Sequence[Waiting], turned: Sequence[Turned]) -> None:
        """What follows a commit."""
        kinds = {type(effect) for turn in turned for effect in turn.effects}
        self._passed_wait = self._passed_wait or Pass in kinds
        if Publish in kinds:
            try:
                await self.reload()
            except StoreProblem as why:
                _log.error("What was published is stored but cannot be read; a restart will show it.", why=why.what)
        _settle(batch, None)
        self._committed()

    async def _give_up(self, waiting: Waiting, why: Exception) -> None:
        """The turn was taken, but what it wanted cannot be stored: a bug. It is put aside like a turn that raised."""
        incoming, now = waiting.incoming, self._clock.now()
        try:
            async with self._store.batch() as on:
                fresh = await on.fresh((incoming,))
                if fresh:
                    (person,) = await on.persons(fresh)
                    given = Given(self.catalog, now, self._luck(incoming), address=incoming.address)
                    await on.apply([await self._put_aside(on, person, incoming, given, why)], now)
        except Exception as still:  # whatever it is now: whoever waits must hear of it, and the loop must live on
            _log.exception("An event could not even be put aside.", id=incoming.id)
            _settle((waiting,), still)
        else:
            await self._after((waiting,), ())

    # --- One transaction -----------------------------------------------------------------------------------------------

    async def _transact(self, batch: Sequence[Waiting]) -> list[Turned]:
        now = self._clock.now()
        uploads = {each.incoming: each.upload for each in batch if each.upload}
        turned: list[Turned] = []
        async with self._store.batch() as on:
            left = await on.fresh([each.incoming for each in batch])
            while left:
                people = await on.persons(left)
                firsts, left = _firsts(left, people)
                taken = await self._round(on, firsts, uploads, now)
                await on.apply(taken, now)
                turned += taken
        return turned

    async def _round(
        self,
        on: Batch,
        firsts: Sequence[tuple[Incoming, Person]],
        uploads: Mapping[Incoming, Loaded],
        now: datetime,
    ) -> list[Turned]:
        """Gather for all of them, then decide for each. At most one event of a person."""
        catalog = self.catalog  # one for all of the round: it may be replaced while things are looked up
        asked: list[tuple[int, Person, Query]] = []
        raised: dict[int, Exception] = {}
        for place, (incoming, person) in enumerate(firsts):
            try:
                query = self._needs(person, incoming.event, catalog)
            except Exception as why:
                raised[place] = why
                continue
            if query is not None:
                asked.append((place, person, query))
        answers = await on.find([(person, query) for _, person, query in asked], now)
        found = {place: answer for (place, _, _), answer in zip(asked, answers, strict=True)}
        turned: list[Turned] = []
        for place, (incoming, person) in enumerate(firsts):
            looked_up = found.get(place, NOTHING)
            if upload := uploads.get(incoming):
                looked_up = replace(looked_up, upload=upload)
            luck = self._luck(incoming)
            given = Given(catalog, now, luck, looked_up, incoming.address, incoming.sender, incoming.place)
            try:
                if place in raised:
                    raise raised[place]
                after, effects = self._take_turn(person, incoming.event, given)
            except Exception as why:
                turned.append(await self._put_aside(on, person, incoming, given, why))
            else:
                turned.append(Turned(incoming, person, _rung(incoming, after, now), effects))
        return turned

    async def _put_aside(self, on: Batch, person: Person, incoming: Incoming, given: Given, why: Exception) -> Turned:
        """A bug: the event waits for people to look at it, and the person reads a reference. Never what was said."""
        reference = given.token("reference")[:6].upper()
        told = wordless(why)
        _log.error("A turn raised.", reference=reference, id=incoming.id, person=person.id, why=told)
        await on.quarantine(incoming, reference, told, given.now)
        after = person
        if isinstance(incoming.event, Rang):
            # Nobody set the alarm anew. Left as it is, it would ring for ever and never be heard again.
            after = replace(person, wake_at=given.now + RING_TOMORROW)
        tell = person.home is not None or incoming.address is not None
        return Turned(incoming, person, after, (self._broken(person, reference),) if tell else ())

    def _luck(self, incoming: Incoming) -> int:
        """63 bits that nobody can foresee, and always the same for the same event."""
        name = f"{incoming.address.channel if incoming.address else ''}\0{incoming.id}"
        return int.from_bytes(hashlib.blake2b(name.encode(), key=self._secret, digest_size=8).digest()) >> 1


def _firsts(
    left: Sequence[Incoming], people: Sequence[Person]
) -> tuple[list[tuple[Incoming, Person]], tuple[Incoming, ...]]:
    """The first event of each person (or, for strangers, of each address), and all the others."""
    seen: set[object] = set()
    firsts: list[tuple[Incoming, Person]] = []
    later: list[Incoming] = []
    for incoming, person in zip(left, people, strict=True):
        who = person.id or incoming.address
        if who is None:
            _log.warning("An event for nobody is dropped.", id=incoming.id)
        elif who in seen:
            later.append(incoming)
        else:
            seen.add(who)
            firsts.append((incoming, person))
    return firsts, tuple(later)


def _rung(incoming: Incoming, after: Person, now: datetime) -> Person:
    """An alarm that its turn left where it was would never be heard again, for its id is used up: it rings a bit later."""
    if isinstance(incoming.event, Rang) and after.wake_at and after.wake_at <= incoming.event.due:
        return replace(after, wake_at=now + RING_LATER)
    return after


def _settle(batch: Iterable[Waiting], why: Exception | None) -> None:
    """Lets go of everybody who waits."""
    for each in batch:
        if each.done is None or each.done.done():
            continue
        if why is None:
            each.done.set_result(None)
        else:
            each.done.set_exception(why)


def _stopping() -> StoreProblem:
    return StoreProblem("Morsel is stopping.", "Try again in a moment.")
