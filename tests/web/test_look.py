"""What one can see and hear: axe finds nothing on any page, nothing sticks out sideways, every kind of card is there."""

from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from tests.web.conftest import Visit
from tests.web.world import World, a_world

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

LOOKS = [(width, scheme) for width in (390, 1280) for scheme in ("light", "dark")]
SHOTS = Path(__file__).parents[1] / "screenshots"


async def inspect(page: Page, name: str) -> None:
    """A screenshot for people, axe for the rest, and no sideways scrolling."""
    SHOTS.mkdir(exist_ok=True)
    await page.evaluate("document.getAnimations().forEach((one) => one.finish())")
    await page.screenshot(path=SHOTS / f"{name}.png")
    found: Any = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
async def test_the_ways_in_are_clean(world: World, visit: Visit, width: int, scheme: str) -> None:
    look = {"phone": width == 390, "color_scheme": scheme}
    page = await visit(world, **look)
    await inspect(page, f"picker-{width}-{scheme}")
    await page.goto(world.url + "/join/some-code")
    await expect(page.locator("#code")).to_have_value("some-code")
    await inspect(page, f"join-{width}-{scheme}")
    answer = await page.goto(world.url + "/nowhere")
    assert answer
    assert answer.status == 404
    await inspect(page, f"problem-{width}-{scheme}")


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
async def test_the_chat_is_clean_with_every_kind_of_card(world: World, visit: Visit, width: int, scheme: str) -> None:
    page = await visit(world, chat="amira", phone=width == 390, color_scheme=scheme)
    await inspect(page, f"empty-{width}-{scheme}")
    await page.click("#start")
    await expect(page.get_by_text("Welcome!")).to_be_visible()
    await inspect(page, f"start-{width}-{scheme}")
    await page.fill("#text", "/kinds")
    await page.press("#text", "Enter")
    await expect(page.locator("#entries article")).to_have_count(13)
    await expect(page.locator(".picture img")).to_have_js_property("complete", True)
    await inspect(page, f"kinds-{width}-{scheme}")
    await page.set_viewport_size({"width": width, "height": 4000})
    await inspect(page, f"kinds-whole-{width}-{scheme}")


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
async def test_what_opens_is_clean(world: World, visit: Visit, width: int, scheme: str) -> None:
    page = await visit(world, chat="ben", phone=width == 390, color_scheme=scheme)
    await page.fill("#text", "/")
    await expect(page.locator("#commands li")).to_have_count(7)
    await inspect(page, f"menu-{width}-{scheme}")
    await page.fill("#text", "/kinds")
    await page.press("#text", "Enter")
    await page.locator(".picture").click()
    await expect(page.locator("#viewer")).to_be_visible()
    await inspect(page, f"viewer-{width}-{scheme}")
    await page.keyboard.press("Escape")
    await expect(page.locator("#viewer")).to_be_hidden()
    if width == 390:
        await page.click("#side-toggle")
        await expect(page.locator("#side")).to_be_visible()
        await inspect(page, f"side-{width}-{scheme}")


@pytest.mark.parametrize(("width", "height"), [(320, 568), (640, 360), (195, 422)])
async def test_zoomed_in_nothing_is_lost(world: World, visit: Visit, width: int, height: int) -> None:
    """1280 px at 200 % is 640 px; 390 px at 200 % is 195 px; 320 px is what WCAG's reflow asks for."""
    page = await visit(world, chat="amira", viewport={"width": width, "height": height})
    await page.fill("#text", "/kinds")
    await page.press("#text", "Enter")
    await expect(page.locator("#entries article")).to_have_count(11)
    await inspect(page, f"zoom-{width}")
    await expect(page.locator(".send")).to_be_in_viewport(ratio=1)
    seen = await page.evaluate("document.getElementById('scroller').clientHeight / innerHeight")
    assert seen > 0.3


async def test_the_switch_keeps_the_look(world: World, visit: Visit) -> None:
    page = await visit(world, chat="amira", color_scheme="light")
    await page.click("#theme")
    await expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    await page.reload()
    await expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    await page.emulate_media(color_scheme="dark")
    await page.click("#theme")
    await expect(page.locator("html")).to_have_attribute("data-theme", "light")


async def test_a_german_browser_reads_german(visit: Visit) -> None:
    async with a_world() as world:
        page = await visit(world, locale="de-DE")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Wer möchtest du sein?")
        await page.click('[data-chat="amira"]')
        await expect(page.locator("#status")).to_have_text("für dich da")
        await page.click("#start")
        await expect(page.locator(".day")).to_have_text("Heute")


async def test_every_target_is_large_enough_for_a_thumb(world: World, visit: Visit) -> None:
    page = await visit(world, chat="amira", phone=True)
    await page.fill("#text", "/kinds")
    await page.press("#text", "Enter")
    await expect(page.locator("#entries article")).to_have_count(11)
    small = await page.evaluate(
        """[...document.querySelectorAll("button, .button, textarea")].filter((one) => one.offsetParent)
        .filter((one) => one.getBoundingClientRect().height < 43.9 || one.getBoundingClientRect().width < 43.9)
        .map((one) => one.outerHTML)"""
    )
    assert small == []
