"""What tests share across rooms: a real Chromium, one for the whole run."""

import os
import shutil
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
HOW = (
    "No Chromium was found, so nothing was tried in a browser. Get it with `apt-get install chromium`, or set CHROMIUM."
)


def find_chromium() -> str | None:
    named = os.environ.get("CHROMIUM", "")
    return named or next(filter(None, map(shutil.which, NAMES)), None)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """Debian's Chromium, headless. Tests that use it run in the session's loop:
    `pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]`."""
    path = find_chromium()
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail(HOW)
        pytest.skip(HOW)
    arguments = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
    arguments += ["--disable-component-update", "--disable-sync"] + ["--no-sandbox"] * (os.geteuid() == 0)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        await browser.close()
