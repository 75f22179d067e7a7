"""The first half hour with Morsel, as a visitor has it: the real `morsel demo`, a real browser, and the time machine.

Screenshots land in tests/screenshots/ (not kept by git); look at them.
"""

import io
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.cli.program import going

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SHOTS = Path(__file__).parent / "screenshots"
TEA = Path(__file__).parent / "conversations" / "packs" / "tea"
LONG = 60_000  # milliseconds until something that does not come is given up; never a measure of speed
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}


class Visitor:
    """Somebody at the page."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def become(self, name: str) -> None:
        """From the picker, or from another person's chat."""
        person = self.page.locator("[data-chat]", has_text=name).first
        if await self.page.locator("#side-toggle").is_visible() and not await person.is_visible():
            await self.page.click("#side-toggle")
        async with self.page.expect_navigation():
            await person.click()
        await self.page.wait_for_selector('#status[data-look="on"]')

    async def tap(self, label: str) -> None:
        """The newest button with that label."""
        await self.page.get_by_role("button", name=label, exact=True).last.click()

    async def say(self, words: str) -> None:
        await self.page.fill("#text", words)
        await self.page.press("#text", "Enter")

    async def sees(self, words: str) -> None:
        await expect(self.page.locator("#entries").get_by_text(words).last).to_be_visible(timeout=LONG)

    async def send(self, name: str, data: bytes) -> None:
        await self.page.set_input_files("#file", {"name": name, "mimeType": "application/zip", "buffer": data})

    async def later(self, label: str) -> None:
        """The time machine; on a phone it folds itself up again once the clock has moved."""
        toggle = self.page.locator("#side-toggle")
        if folded := await toggle.is_visible():
            await toggle.click()
        await self.page.get_by_role("button", name=label).click()
        if folded:
            await expect(toggle).to_have_attribute("aria-expanded", "false", timeout=LONG)
        else:
            await expect(self.page.locator("[data-hours][aria-disabled]")).to_have_count(0, timeout=LONG)

    async def shot(self, name: str) -> None:
        await self.page.wait_for_timeout(400)  # what slides in has come to rest
        size = self.page.viewport_size
        assert size is not None
        await self.page.screenshot(path=SHOTS / f"{name}-{size['width']}.png")


@pytest_asyncio.fixture(loop_scope="session", params=[PHONE, DESK], ids=["phone", "desk"])
async def visitor(request: pytest.FixtureRequest, chromium: Browser, tmp_path: Path) -> AsyncIterator[Visitor]:
    SHOTS.mkdir(exist_ok=True)
    with going(tmp_path, "demo") as demo:
        link = demo.line().split()[1]
        context = await chromium.new_context(viewport=request.param, locale="en-GB", timezone_id="Europe/Berlin")
        page = await context.new_page()
        page.set_default_timeout(LONG)
        await page.goto(link)
        yield Visitor(page)
        await context.close()
        assert demo.stop() == 0


def zipped(**changed: bytes) -> bytes:
    """The tea pack as a zip, with some files written over."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for path in sorted(TEA.iterdir()):
            archive.writestr(path.name, changed.get(path.stem.replace("-", "_"), path.read_bytes()))
    return data.getvalue()


async def test_the_first_half_hour(visitor: Visitor) -> None:
    await visitor.shot("1-picker")
    await visitor.become("Ingrid Solberg")
    await an_admin_uploads(visitor)
    await visitor.become("Mei Lin")
    await a_learner_takes_a_lesson(visitor)
    await she_is_reminded_and_reviews(visitor)
    await visitor.become("Amara Okafor")
    await her_manager_looks(visitor)


async def an_admin_uploads(visitor: Visitor) -> None:
    """A broken pack, then the mended one; assigned by a day."""
    broken = (TEA / "01-brew.md").read_bytes().replace(b"(x)", b"( )")
    await visitor.send("tea.zip", zipped(**{"01_brew": broken}))
    await visitor.sees("so nothing was published")
    await visitor.sees("No option is the right one.")
    await visitor.shot("2-broken-pack")
    await visitor.send("tea.zip", zipped())
    await visitor.sees("Shall I publish it?")
    await visitor.shot("3-good-pack")
    await visitor.tap("Publish")
    await visitor.sees("is published.")
    await visitor.say("/assign tea Harbour Street by in 3 days")
    await visitor.sees("is assigned to Harbour Street")


async def a_learner_takes_a_lesson(visitor: Visitor) -> None:
    """A card to read with its picture, a wrong answer, confidence, feedback; then a pack to its end."""
    await visitor.say("/learn fire-safety")
    await visitor.sees("A fire needs three things")
    await visitor.shot("4-card")
    await visitor.tap("Next")
    await visitor.tap("Darkness")
    await visitor.shot("5-question")
    await visitor.tap("Done")
    await visitor.sees("How sure were you?")
    await visitor.shot("6-how-sure")
    await visitor.tap("Certain")
    await visitor.sees("Not quite.")
    await visitor.shot("7-feedback")
    await visitor.say("/learn tea")
    await visitor.tap("Boiling")
    await visitor.sees("We will come back to this one")
    await visitor.tap("Next")
    await visitor.say("2 min")
    await visitor.tap("Next")
    await visitor.tap("About 80 °C")
    await visitor.sees("is complete.")
    await visitor.shot("8-summary")


async def she_is_reminded_and_reviews(visitor: Visitor) -> None:
    """Two days pass (one may not hold a whole reminder time after her lesson): the nudge comes, and what was wrong is
    asked again."""
    await visitor.later("+1 day")
    await visitor.later("+1 day")
    await visitor.sees("Hello Mei!")
    await visitor.shot("9-nudge")
    await visitor.tap("Start")
    await visitor.sees("Tap all that are right")
    for label in ("Heat", "Fuel", "Oxygen", "Done", "Certain"):
        await visitor.tap(label)
    await visitor.sees("All of fire safety is about keeping one of them away.")
    await expect(visitor.page.get_by_text("Right!").last).to_be_visible(timeout=LONG)
    await visitor.shot("10-review")


async def her_manager_looks(visitor: Visitor) -> None:
    await visitor.say("/team")
    await visitor.sees("Missed most often")
    await visitor.shot("11-team")
