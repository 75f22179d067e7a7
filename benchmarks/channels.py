"""What Telegram and Slack cost us: CPU per thing heard and per thing said, memory per channel; beside the SDKs and a floor.

    python -m benchmarks.channels [--rounds 2000] [--passes 5] [--only hearing,saying,standing] [--json]

CPU, not time: the machine may be busy with other things. Contenders take turns, and the best of the passes counts for each.
What each does is told in `hearing_telegram.py`, `hearing_slack.py`, `saying.py` and `standing.py`.
"""

import argparse
import asyncio
import gc
import json
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from functools import partial
from typing import Any

import msgspec
import structlog

from benchmarks import arriving, hearing_slack, hearing_telegram, saying, standing
from benchmarks.plain_platforms import plain_platforms

Costs = dict[str, float]  # contender -> microseconds of CPU for one
Work = Callable[[Any], Awaitable[None]]
FLOOR, SDK, OURS = "floor", "sdk", "morsel"
IMPORTS = ("", "aiohttp", "aiogram", "slack_sdk.web.async_client", "slack_bolt.async_app")


async def compare(
    contenders: Mapping[str, Callable[[], AbstractAsyncContextManager[Work]]],
    prepared: Callable[[int, int], Any],
    rounds: int,
    passes: int,
) -> Costs:
    """Microseconds of CPU for one of `rounds`. `prepared(first, many)` is made before the clock runs."""
    costs = dict.fromkeys(contenders, float("inf"))
    async with AsyncExitStack() as stack:
        running = {name: await stack.enter_async_context(made()) for name, made in contenders.items()}
        for turn in range(passes + 1):  # the first one warms up
            many = rounds if turn else min(rounds, 200)
            gc.collect()
            for name, work in running.items():
                given = prepared(1 + turn * rounds, many)
                began = time.process_time()
                await work(given)
                cost = (time.process_time() - began) / many * 1e6
                if turn:
                    costs[name] = min(costs[name], cost)
    return costs


async def heard(server: str, rounds: int, passes: int) -> dict[str, Costs]:
    """What one thing heard costs, by what it is."""
    cases: dict[str, tuple[arriving.Contenders, Callable[[int, int], Sequence[Any]]]] = {
        "Telegram, polling, 100 at once": (hearing_telegram.POLLING, partial(arriving.answers, size=100)),
        "Telegram, polling, one at a time": (hearing_telegram.POLLING, partial(arriving.answers, size=1)),
        "Telegram, webhook": (hearing_telegram.WEBHOOK, arriving.knocks),
        "Slack, event": (hearing_slack.DOOR, arriving.events),
        "Slack, click": (hearing_slack.DOOR, arriving.clicks),
        "Slack, command": (hearing_slack.DOOR, arriving.commands),
    }
    found = {name: await compare(who, what, rounds, passes) for name, (who, what) in cases.items()}
    costs: Costs = {}
    for name, made in hearing_slack.sockets(
        server
    ).items():  # one after the other: the newest socket gets the envelopes
        costs |= await compare({name: made}, hearing_slack.envelopes, rounds, passes)
    return {**found, "Slack, envelope": costs}


async def said(server: str, rounds: int, passes: int) -> dict[str, Costs]:
    """What one question said costs."""

    def letters(first: int, many: int) -> range:
        return range(first, first + many)

    found = {}
    for name, who in {"Telegram": saying.TELEGRAM, "Slack": saying.SLACK}.items():
        contenders = {each: partial(_telling, made, server) for each, made in who.items()}
        found[name] = await compare(contenders, letters, rounds, passes)
    return found


def _telling(made: saying.Contender, server: str) -> AbstractAsyncContextManager[Work]:
    return _Telling(made(server))


class _Telling:
    """A contender that says one thing, as one that says many."""

    def __init__(self, made: AbstractAsyncContextManager[saying.Tell]) -> None:
        self._made = made

    async def __aenter__(self) -> Work:
        tell = await self._made.__aenter__()

        async def work(letters: range) -> None:
            for number in letters:
                await tell(number)

        return work

    async def __aexit__(self, *why: Any) -> bool | None:
        return await self._made.__aexit__(*why)


def stood(server: str, passes: int) -> dict[str, standing.Stood]:
    """What being there costs: the least of the passes for each."""
    works: dict[str, Callable[[], standing.Stood]] = {
        f"morsel serve, {name}": partial(standing.served, text) for name, text in standing.sections(server).items()
    }
    works |= {f"import {name}" if name else "python": partial(standing.imported, name) for name in IMPORTS}
    found: dict[str, standing.Stood] = {}
    for _ in range(passes):
        for name, work in works.items():
            now = work()
            best = found.get(name, now)
            found[name] = standing.Stood(min(best.mb, now.mb), min(best.cpu, now.cpu))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=2_000)
    parser.add_argument("--passes", type=int, default=5)
    parser.add_argument("--only", default="hearing,saying,standing")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    found: dict[str, Any] = {}
    with plain_platforms() as server:
        if "hearing" in asked.only:
            found["hearing"] = asyncio.run(heard(server, asked.rounds, asked.passes))
        if "saying" in asked.only:
            found["saying"] = asyncio.run(said(server, asked.rounds, asked.passes))
        if "standing" in asked.only:
            found["standing"] = stood(server, min(asked.passes, 3))
    if asked.json:
        print(json.dumps(msgspec.to_builtins(found), indent=2))
        return
    for what, unit in (("hearing", "heard"), ("saying", "said")):
        if what in found:
            _tell_costs(unit, found[what])
    if "standing" in found:
        _tell_standing(found["standing"])


def _tell_costs(unit: str, found: dict[str, Costs]) -> None:
    print(f"\n{'one thing ' + unit:34} {'us of CPU':>9} {'floor':>8} {'SDK':>8} {'x floor':>9} {'x SDK':>7}")
    for name, costs in found.items():
        ours, sdk, floor = (costs[each] for each in (OURS, SDK, FLOOR))
        print(f"{name:34} {ours:9.1f} {floor:8.1f} {sdk:8.1f} {ours / floor:9.2f} {ours / sdk:7.3f}")


def _tell_standing(found: dict[str, standing.Stood]) -> None:
    least = found["morsel serve, no channel"]
    print(f"\n{'being there':34} {'MB':>9} {'s of CPU':>8} {'x MB without channels':>24}")
    for name, one in found.items():
        print(f"{name:34} {one.mb:9.0f} {one.cpu:8.2f} {one.mb / least.mb:24.2f}")


if __name__ == "__main__":
    main()
