"""A visitor uses the chat: a lesson, by mouse and by keyboard only; edits stay where they are; nothing is sent twice."""

import asyncio
from datetime import timedelta

import pytest
from playwright.async_api import Page, Route, expect

from bot.events import Address, Pressed
from bot.message import Button, Message, paragraph
from tests.web.conftest import Visit
from tests.web.world import World

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def say(page: Page, words: str) -> None:
    await page.fill("#text", words)
    await page.press("#text", "Enter")


async def test_a_lesson_by_keyboard_only(world: World, visit: Visit) -> None:
    page = await visit(world)
    for _ in range(30):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.dataset.chat === 'amira'"):
            break
    await page.keyboard.press("Enter")
    await page.wait_for_selector('#log[aria-live="polite"]')
    for _ in range(40):
        if await page.evaluate("document.activeElement.id === 'text'"):
            break
        await page.keyboard.press("Tab")
    await page.keyboard.type("/lea")
    await page.keyboard.press("Tab")
    await expect(page.locator("#text")).to_have_value("/learn ")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("How long do you wash your hands?")).to_be_visible()
    for _ in range(40):
        if await page.evaluate("document.activeElement.dataset.press === '0.1'"):
            break
        await page.keyboard.press("Shift+Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Which of these go in the fridge?")).to_be_visible()
    await expect(page.locator('[data-press="1.0"]')).to_be_focused()
    await page.keyboard.press("Space")
    await expect(page.locator("#text")).to_be_focused()  # the third question wants a number
    await expect(page.locator("#text")).to_have_attribute("inputmode", "decimal")
    await page.keyboard.type("4")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Done! See you tomorrow.")).to_be_visible()


async def test_an_answer_changes_its_question_in_place(world: World, visit: Visit) -> None:
    page = await visit(world, chat="amira")
    await say(page, "/learn")
    question = page.locator("article", has_text="How long do you wash your hands?")
    number = await question.get_attribute("data-id")
    await page.click('[data-press="0.1"]')
    await expect(question).to_contain_text("✅ Right: 20 seconds")
    assert await question.count() == 1
    assert await question.get_attribute("data-id") == number
    assert await question.locator("[data-press]").count() == 0


async def test_reading_further_up_is_not_disturbed(world: World, visit: Visit) -> None:
    for line in range(60):
        world.bot.say(Address("web", "amira"), Message((paragraph(f"Line {line}"),)))
    page = await visit(world, chat="amira")
    await page.locator("#scroller").hover()
    watched = page.locator("article", has_text="Line 40")
    await watched.scroll_into_view_if_needed()
    await page.mouse.wheel(0, -50)
    await expect(watched).to_be_in_viewport()
    top = "(node) => node.getBoundingClientRect().top"
    before = await watched.evaluate(top)
    await world.amend("amira", 1, Message((paragraph("Line 0 grew.\n" * 12),)))
    await expect(page.locator("article", has_text="Line 0 grew.")).to_have_count(1)
    await world.say("amira", Message((paragraph("News!"),)))
    await expect(page.locator("article", has_text="News!")).to_have_count(1)
    assert abs(await watched.evaluate(top) - before) < 2
    await expect(watched).to_have_count(1)
    await page.click("#chip")
    await expect(page.get_by_text("News!")).to_be_in_viewport()
    await expect(page.locator("#chip")).to_be_hidden()


async def test_a_reader_at_the_end_follows(world: World, visit: Visit) -> None:
    page = await visit(world, chat="amira", phone=True)
    for line in range(30):
        await world.say("amira", Message((paragraph(f"Line {line}"),)))
        await expect(page.locator("#entries article")).to_have_count(line + 1)
        await page.locator("#scroller").press("End")  # the reader looks at every one
    await expect(page.get_by_text("Line 29")).to_be_in_viewport()


async def test_a_double_click_is_one_press(world: World, visit: Visit) -> None:
    page = await visit(world, chat="amira")
    await say(page, "/learn")
    await page.dblclick('[data-press="0.1"]')
    await expect(page.get_by_text("Which of these go in the fridge?")).to_be_visible()
    await say(page, "a word to wait for")
    await expect(page.get_by_text("You said: a word to wait for")).to_be_visible()
    assert [one.event for one in world.bot.asked if isinstance(one.event, Pressed)] == [Pressed("0.1")]


async def test_buttons_rest_while_pressed_and_work_again_after_a_refusal(world: World, visit: Visit) -> None:
    page = await visit(world, chat="amira")
    await say(page, "/learn")
    let_go = asyncio.Event()

    async def refuse(route: Route) -> None:
        await let_go.wait()
        await route.fulfill(status=400, json={"say": "Please try again."})

    await page.route("**/press", refuse)
    await page.click('[data-press="0.1"]')
    for option in ("0.0", "0.1", "0.2"):
        await expect(page.locator(f'[data-press="{option}"]')).to_have_attribute("aria-disabled", "true")
    let_go.set()
    await expect(page.locator(".toast")).to_have_text("Please try again.")
    await page.unroute("**/press")
    await expect(page.locator('[data-press="0.1"]')).not_to_have_attribute("aria-disabled", "true")
    await page.click('[data-press="0.1"]')
    await expect(page.get_by_text("Which of these go in the fridge?")).to_be_visible()


async def test_a_press_that_changes_nothing_leaves_the_buttons_working(world: World, visit: Visit) -> None:
    page = await visit(world, chat="amira")
    await say(page, "/start")
    await page.click('[data-press="do.later"]')
    await expect(page.get_by_text("That one is done already")).to_be_visible()
    await expect(page.locator('[data-press="do.later"]')).not_to_have_attribute("aria-disabled", "true")


async def test_picked_options_say_so(world: World, visit: Visit) -> None:
    page = await visit(world, chat="amira")
    await say(page, "/kinds")
    await expect(page.get_by_role("button", name="Fresh fish", pressed=True)).to_be_visible()
    await expect(page.get_by_role("button", name="Flour", pressed=False)).to_be_visible()
    link = page.get_by_role("link", name="Open the page")
    await expect(link).to_have_attribute("rel", "noopener noreferrer")


async def test_after_a_press_the_next_question_is_in_view(world: World, visit: Visit) -> None:
    for line in range(20):
        world.bot.say(Address("web", "amira"), Message((paragraph(f"Line {line}"),)))
    page = await visit(world, chat="amira", phone=True)
    await say(page, "/learn")
    await page.click('[data-press="0.1"]')
    await expect(page.locator('[data-press="1.1"]')).to_be_in_viewport(ratio=1)
    await expect(page.locator("#chip")).to_be_hidden()


async def test_a_kind_word_passes_by(world: World, visit: Visit) -> None:
    page = await visit(world, chat="amira")
    await world.say("amira", Message((paragraph("One thing at a time 🙂"),), fleeting=True))
    await expect(page.locator(".toast")).to_have_text("One thing at a time 🙂")
    assert await page.locator("article").count() == 0


async def test_shift_enter_is_a_new_line_and_enter_sends(world: World, visit: Visit) -> None:
    page = await visit(world, chat="amira")
    await page.click("#text")
    await page.keyboard.type("one")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("two")
    await page.keyboard.press("Enter")
    await expect(page.locator(".mine .words")).to_have_text("one\ntwo")


async def test_a_wall_of_text_is_taken(world: World, visit: Visit) -> None:
    page = await visit(world, chat="amira", phone=True)
    wall = "wall of text! " * 4700  # 65,800 characters
    await page.locator("#text").evaluate(
        """(field, words) => { field.focus(); document.execCommand("insertText", false, words); }""", wall
    )
    await expect(page.locator("#composer-note")).to_contain_text("8,000")
    await page.click(".send")
    await expect(page.get_by_text("You said: wall of text!")).to_be_visible()
    await expect(page.locator("#unsent article")).to_have_count(0)
    await page.get_by_role("button", name="Show all").click()
    assert len(await page.locator(".mine .words").inner_text()) > 7900


async def test_right_to_left_words_stand_right(world: World, visit: Visit) -> None:
    page = await visit(world, chat="amira")
    await say(page, "مرحبا، كيف حالك؟ \u202e123")
    mine = page.locator(".mine .words")
    await expect(mine).to_contain_text("مرحبا")
    assert await mine.evaluate("(node) => getComputedStyle(node).direction") == "rtl"
    await world.say("amira", Message((paragraph("اختر الإجابة"),), ((Button("نعم", "x.1"), Button("لا", "x.2")),)))
    text = page.locator(".bot p", has_text="اختر الإجابة")
    assert await text.evaluate("(node) => getComputedStyle(node).direction") == "rtl"


async def test_another_persona_in_one_click_and_other_tabs_follow(world: World, visit: Visit) -> None:
    page = await visit(world, chat="amira")
    await say(page, "I am Amira")
    await expect(page.get_by_text("You said: I am Amira")).to_be_visible()
    second = await page.context.new_page()
    await second.goto(world.url)
    await expect(second.get_by_text("You said: I am Amira")).to_be_visible()
    await page.click('#side [data-chat="ben"]')
    await expect(page.locator('#side [aria-current="true"] .name')).to_have_text("Ben Okafor")
    await expect(page.locator("#empty")).to_be_visible()
    await expect(second.locator('#side [aria-current="true"] .name')).to_have_text("Ben Okafor")
    assert await second.get_by_text("I am Amira").count() == 0


async def test_a_double_tap_does_not_press_what_comes_next(world: World, visit: Visit) -> None:
    """The answer is quick: what comes under the finger before its second tap was not meant."""
    page = await visit(world, chat="amira", phone=True)
    await say(page, "/learn")
    first, second = page.locator('[data-press="0.1"]'), page.locator('[data-press="1.0"]')
    place = {"clientX": 100, "clientY": 500, "bubbles": True}
    mouse = {**place, "pointerType": "mouse"}
    await first.dispatch_event("click", {**mouse, "detail": 1})
    await expect(second).to_be_visible()
    await second.dispatch_event("click", {**mouse, "detail": 2})
    await say(page, "still there")
    await expect(page.get_by_text("You said: still there")).to_be_visible()
    assert [one.event for one in world.bot.asked if isinstance(one.event, Pressed)] == [Pressed("0.1")]


async def test_a_held_key_answers_once(world: World, visit: Visit) -> None:
    page = await visit(world, chat="amira")
    await say(page, "/learn")
    await page.locator('[data-press="0.1"]').focus()
    await page.keyboard.down("Enter")
    await expect(page.locator('[data-press="1.0"]')).to_be_focused()
    await page.keyboard.down("Enter")  # down again without up: the key repeats
    await page.keyboard.up("Enter")
    await expect(page.get_by_text("Which of these go in the fridge?")).to_be_visible()
    assert [one.event for one in world.bot.asked if isinstance(one.event, Pressed)] == [Pressed("0.1")]


async def test_a_toast_covers_neither_the_newest_message_nor_the_chip(world: World, visit: Visit) -> None:
    page = await visit(world, chat="amira", phone=True)
    for _ in range(8):
        await say(page, "/kinds")
    await page.click("#side-toggle")
    await page.get_by_role("button", name="+1 day").click()
    toast = await page.locator(".toast").bounding_box()
    talk = await page.locator("#talk").bounding_box()
    assert toast
    assert talk
    assert toast["y"] + toast["height"] < talk["y"] + talk["height"] / 3


async def test_the_time_machine_moves_the_bots_clock(world: World, visit: Visit) -> None:
    page = await visit(world, chat="amira", phone=True)
    await say(page, "/start")
    await expect(page.locator(".day")).to_have_text("Today")
    await page.click("#side-toggle")
    await page.get_by_role("button", name="+1 day").click()
    await expect(page.locator(".day")).to_have_text("Yesterday")
    await expect(page.locator(".toast")).to_contain_text("The clock moved")
    assert world.clock.ahead == timedelta(days=1)
    await world.say("amira", Message((paragraph("Good morning! One card is waiting."),)))
    await expect(page.locator(".day")).to_have_text(["Yesterday", "Today"])


async def test_the_time_machine_signs_nobody_out(world: World, visit: Visit) -> None:
    page = await visit(world, chat="amira")
    for weeks in range(1, 7):
        await page.get_by_role("button", name="+1 week").click()
        await expect(page.get_by_role("button", name="+1 week")).not_to_have_attribute("aria-disabled", "true")
        assert world.clock.ahead == timedelta(weeks=weeks)
    await expect(page.locator(".toast")).to_have_count(1)
    await page.reload()
    await say(page, "still Amira")
    await expect(page.get_by_text("You said: still Amira")).to_be_visible()


async def test_an_invite_opens_a_chat_and_a_wrong_code_is_told_there(visit: Visit) -> None:
    from tests.web.world import a_world

    async with a_world(demo=False) as world:
        page = await visit(world)
        await page.click("button[type=submit]")
        await expect(page.locator("#problem")).to_have_text("Please type your code first.")
        await page.fill("#code", "WRONG")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("I do not know that code.")).to_be_visible()
        await say(page, "/start right")
        await expect(page.get_by_text("Welcome!")).to_be_visible()
        assert await page.locator("#side").count() == 0
        await page.click("#leave")
        await expect(page.locator("#code")).to_be_visible()
        assert not world.sessions.open_ones


async def test_a_join_whose_answer_is_lost_is_tried_again_as_the_same(visit: Visit) -> None:
    from tests.web.world import a_world

    async with a_world(demo=False) as world:
        page = await visit(world, path="/join/right")
        tries = 0

        async def lose_first(route: Route) -> None:
            nonlocal tries
            tries += 1
            if tries == 1:
                await route.fetch()
                await route.abort()
            else:
                await route.continue_()

        await page.route("**/join", lose_first)
        await page.click("button[type=submit]")
        await expect(page.locator("#problem")).to_contain_text("No signal")
        await page.click("button[type=submit]")
        await expect(page.get_by_text("Welcome!")).to_be_visible()
        assert len({one.id for one in world.bot.asked}) == 1
        assert len({one.address for one in world.bot.asked}) == 1
