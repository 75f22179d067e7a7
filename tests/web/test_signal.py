"""A phone in a cellar: what was said while there was no signal, no server or no answer arrives once, in order."""

import asyncio

import pytest
from playwright.async_api import FilePayload, Page, Route, expect

from bot.events import Said
from bot.message import Message, paragraph
from tests.web.conftest import Visit
from tests.web.world import World, a_world

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def say(page: Page, words: str) -> None:
    await page.fill("#text", words)
    await page.press("#text", "Enter")


def said(world: World) -> list[str]:
    return [one.event.text for one in world.bot.seen.values() if isinstance(one.event, Said)]


async def test_without_signal_words_wait_and_then_go_in_order(world: World, visit: Visit) -> None:
    page = await visit(world, chat="amira")
    await page.context.set_offline(True)
    for words in ("first", "second", "third"):
        await say(page, words)
    await expect(page.locator("#unsent article")).to_have_count(3)
    await expect(page.locator(".unsent .state").first).to_contain_text("Waiting for signal")
    await expect(page.locator("#status")).to_contain_text("waiting for signal")
    await page.context.set_offline(False)
    await expect(page.get_by_text("You said: third")).to_be_visible()
    await expect(page.locator("#unsent article")).to_have_count(0)
    assert said(world) == ["first", "second", "third"]
    assert await page.locator(".mine .words").all_inner_texts() == ["first", "second", "third"]


async def test_a_lost_answer_means_asking_again_with_the_same_id(world: World, visit: Visit) -> None:
    page = await visit(world, chat="amira")
    lost = 0

    async def lose(route: Route) -> None:
        nonlocal lost
        lost += 1
        if lost <= 2:
            await route.fetch()  # the server has it ...
            await route.abort()  # ... and the phone never hears of it
        else:
            await route.continue_()

    await page.route("**/say", lose)
    await say(page, "only once")
    while lost < 3:
        await asyncio.sleep(0.05)
    await expect(page.get_by_text("You said: only once")).to_be_visible()
    await expect(page.locator("#unsent article")).to_have_count(0)
    await say(page, "and on")
    await expect(page.get_by_text("You said: and on")).to_be_visible()
    assert len(world.bot.asked) == 4
    assert len(world.bot.seen) == 2
    assert await page.locator(".mine").count() == 2


async def test_a_press_without_signal_waits_too(world: World, visit: Visit) -> None:
    page = await visit(world, chat="amira")
    await say(page, "/learn")
    await expect(page.locator('[data-press="0.1"]')).to_be_visible()
    await page.context.set_offline(True)
    await page.click('[data-press="0.1"]')
    await expect(page.locator('[data-press="0.2"]')).to_have_attribute("aria-disabled", "true")
    await page.context.set_offline(False)
    await expect(page.get_by_text("✅ Right: 20 seconds")).to_be_visible()


async def test_what_was_not_sent_survives_a_reload(world: World, visit: Visit) -> None:
    page = await visit(world, chat="amira")
    world.bot.broken = True
    await say(page, "keep me")
    await expect(page.locator(".unsent .state")).to_contain_text("Waiting")
    await page.reload()
    await expect(page.locator(".unsent .words")).to_have_text("keep me")
    world.bot.broken = False
    await expect(page.get_by_text("You said: keep me")).to_be_visible()
    await expect(page.locator("#unsent article")).to_have_count(0)
    assert said(world) == ["keep me"]
    assert len({one.id for one in world.bot.asked}) == 1
    assert await page.evaluate("Object.keys(localStorage).filter((key) => key.includes('unsent')).length") == 0


async def test_unsent_words_of_one_persona_are_never_sent_as_another(world: World, visit: Visit) -> None:
    page = await visit(world, chat="amira")
    world.bot.broken = True
    await say(page, "from Amira")
    await expect(page.locator(".unsent .state")).to_contain_text("Waiting")
    await page.click('#side [data-chat="ben"]')
    await expect(page.locator('#side [aria-current="true"] .name')).to_have_text("Ben Okafor")
    world.bot.broken = False
    await say(page, "from Ben")
    await expect(page.get_by_text("You said: from Ben")).to_be_visible()
    assert {one.address.chat for one in world.bot.seen.values() if one.address} == {"ben"}


async def test_after_a_restart_nothing_is_doubled_and_nothing_missing(world: World, visit: Visit) -> None:
    page = await visit(world, chat="amira")
    await say(page, "before")
    await expect(page.get_by_text("You said: before")).to_be_visible()
    await asyncio.wait_for(world.stop(), 30)
    await expect(page.locator("#status")).to_have_attribute("data-look", "off")
    await say(page, "meanwhile")
    await expect(page.locator(".unsent .state")).to_contain_text("Waiting")
    await world.start()
    await world.say("amira", Message((paragraph("While you were away"),)))
    await expect(page.get_by_text("You said: meanwhile")).to_be_visible()
    await expect(page.get_by_text("While you were away")).to_be_visible()
    await expect(page.locator("#unsent article")).to_have_count(0)
    ids = await page.locator("#entries article").evaluate_all("(all) => all.map((one) => Number(one.dataset.id))")
    assert ids == sorted(set(ids))
    assert len(ids) == 5
    assert said(world) == ["before", "meanwhile"]


async def test_a_file_is_sent_with_progress(world: World, visit: Visit) -> None:
    page = await visit(world, chat="eva")
    slow = asyncio.Event()

    async def wait(route: Route) -> None:
        await slow.wait()
        await route.continue_()

    await page.route("**/file?*", wait)
    await page.set_input_files(
        "#file", [FilePayload(name="food pack.zip", mimeType="application/zip", buffer=b"x" * 700_000)]
    )
    await expect(page.get_by_role("progressbar", name="Sending food pack.zip")).to_be_visible()
    slow.set()
    await expect(page.get_by_text("I read food pack.zip: 700000 bytes.")).to_be_visible()
    await expect(page.locator(".file")).to_have_count(0)
    assert world.files.kept == {"food pack.zip": 700_000}


async def test_a_file_that_could_not_be_sent_is_tried_again_as_the_same(world: World, visit: Visit) -> None:
    page = await visit(world, chat="eva")
    world.bot.broken = True
    await page.set_input_files("#file", [FilePayload(name="a.md", mimeType="text/markdown", buffer=b"# hi")])
    await expect(page.get_by_text("a.md could not be sent.")).to_be_visible()
    world.bot.broken = False
    await page.get_by_role("button", name="Try again").click()
    await expect(page.get_by_text("I read a.md: 4 bytes.")).to_be_visible()
    assert len({one.id for one in world.bot.asked}) == 1


async def test_a_file_that_is_too_big_is_refused_before_it_travels(visit: Visit) -> None:
    async with a_world(upload_limit=1000) as world:
        page = await visit(world, chat="eva")
        await page.set_input_files(
            "#file", [FilePayload(name="big.zip", mimeType="application/zip", buffer=b"x" * 1001)]
        )
        await expect(page.locator(".toast")).to_contain_text("big.zip is too big. The limit is 1 kB.")
        assert world.files.kept == {}


async def test_a_file_can_be_dropped(world: World, visit: Visit) -> None:
    page = await visit(world, chat="eva")
    data = await page.evaluate_handle(
        """() => { const data = new DataTransfer(); data.items.add(new File(["# hi"], "dropped.md")); return data; }"""
    )
    await page.dispatch_event("#talk", "dragenter", {"dataTransfer": data})
    await expect(page.locator("#drop")).to_be_visible()
    await page.dispatch_event("#talk", "drop", {"dataTransfer": data})
    await expect(page.get_by_text("I read dropped.md: 4 bytes.")).to_be_visible()
    await expect(page.locator("#drop")).to_be_hidden()
