"""The benchmark of the channels runs: everybody in it hears and says what they are to. No measure of speed."""

from collections.abc import Iterator

import pytest

from benchmarks.channels import FLOOR, OURS, SDK, heard, said
from benchmarks.plain_platforms import plain_platforms
from benchmarks.standing import imported, sections
from bot.config import read_config


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with plain_platforms() as address:
        yield address


async def test_everybody_hears(server: str) -> None:
    found = await heard(server, rounds=20, passes=1)
    assert len(found) == 7
    for costs in found.values():
        assert set(costs) == {OURS, SDK, FLOOR}
        assert all(0 < cost < float("inf") for cost in costs.values())


async def test_everybody_speaks(server: str) -> None:
    found = await said(server, rounds=5, passes=1)
    assert set(found) == {"Telegram", "Slack"}
    for costs in found.values():
        assert set(costs) == {OURS, SDK, FLOOR}


def test_what_stands_there_would_start(server: str) -> None:
    for name, settings in sections(server).items():
        read = read_config("config.toml", settings.encode(), {})
        assert read.config, name
        assert (read.config.slack.on, read.config.telegram.on) == (
            name in ("Slack", "both"),
            name in ("Telegram", "both"),
        )


def test_an_import_is_weighed() -> None:
    assert imported("json").mb > 1
