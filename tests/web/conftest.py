"""Visitors for the browser tests: a real page in a real Chromium that tells on every script error and policy breach."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page

from tests.web.world import World, a_world

PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
DESK = {"viewport": {"width": 1280, "height": 800}}

Visit = Callable[..., Awaitable[Page]]


@pytest_asyncio.fixture(loop_scope="session")
async def world() -> AsyncIterator[World]:
    async with a_world() as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def visit(chromium: Browser) -> AsyncIterator[Visit]:
    """`await visit(world, chat="amira", phone=True, ...)`: a fresh visitor, inside as that persona if one is named."""
    contexts: list[BrowserContext] = []
    wrong: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text or "TrustedHTML" in message.text:
            wrong.append(message.text)

    async def come(world: World, chat: str = "", phone: bool = False, path: str = "/", **how: Any) -> Page:
        context = await chromium.new_context(**{**(PHONE if phone else DESK), "locale": "en-GB", **how})
        contexts.append(context)
        page = await context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", heard)
        await page.goto(world.url + path)
        if chat:
            await page.click(f'[data-chat="{chat}"]')
            await page.wait_for_selector('#status[data-look="on"]')
            await page.wait_for_selector('#log[aria-live="polite"]')
        return page

    yield come
    for context in contexts:
        await context.close()
    assert not wrong
