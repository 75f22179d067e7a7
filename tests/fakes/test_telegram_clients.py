"""python-telegram-bot and aiogram, two clients that know nothing of us, take a small lesson on the fake Telegram.

Over real sockets, by polling and by webhook: /start with a payload, a question with buttons, a press, an edit, a picture
with a caption and again by its id, a document up and down, a quiz poll. Where a client trips, the fake is wrong.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.enums import ParseMode
from aiogram.exceptions import TelegramForbiddenError, TelegramMigrateToChat, TelegramRetryAfter
from aiogram.types import (
    BufferedInputFile,
    CallbackQuery,
    ChatMemberUpdated,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Message,
    PollAnswer,
    Update,
)
from aiohttp import web
from telegram import InlineKeyboardButton as PtbButton
from telegram import InlineKeyboardMarkup as PtbMarkup
from telegram import Update as PtbUpdate
from telegram.error import BadRequest, ChatMigrated, Forbidden, RetryAfter, TelegramError
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    MessageHandler,
    PollAnswerHandler,
    filters,
)

from tests.fakes.telegram import FakeTelegram, FakeUser, serving, settled, until
from tests.fakes.telegram.asking import png

# Telegram sends a quiz's correct_option_id beside the newer correct_option_ids, and the library warns of its own reading.
pytestmark = pytest.mark.filterwarnings("ignore:.*correct_option_id:telegram.warnings.PTBDeprecationWarning")

SECRET = "s3cret_Token-1"


@pytest.fixture(autouse=True)
def _times_as_ptb_will_have_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")


Heard = list[tuple[str, Any]]
Running = Callable[[FakeTelegram, Heard], Any]


def aiogram_bot(base: str, token: str) -> Bot:
    return Bot(token, session=AiohttpSession(api=TelegramAPIServer.from_base(base)))


def aiogram_lesson(heard: Heard) -> Dispatcher:
    lesson = Dispatcher()

    @lesson.message()
    async def said(message: Message, bot: Bot) -> None:
        if message.document:
            file = await bot.download(message.document)
            assert file is not None
            heard.append(("file", (message.document.file_name, file.read())))
            await message.answer_document(BufferedInputFile(b"checked", "report.txt"), caption="Your <report> & more")
        elif message.text and message.text.startswith("/start"):
            heard.append(("start", message.text))
            go = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="20 s", callback_data="q1.b")]])
            await message.answer("How long do you <b>wash</b>?", parse_mode=ParseMode.HTML, reply_markup=go)
        elif message.text == "poll":
            await bot.send_poll(
                message.chat.id, "Which go in the fridge?", ["Fish", "Flour"], type="quiz", is_anonymous=False,
                correct_option_ids=[0],
            )  # fmt: skip

    @lesson.callback_query()
    async def pressed(query: CallbackQuery, bot: Bot) -> None:
        await query.answer("Right!")
        assert isinstance(query.message, Message)
        await query.message.edit_text("✅ Right")
        shown = await bot.send_photo(query.from_user.id, BufferedInputFile(png(400, 300), "a.png"), caption="Hands")
        assert shown.photo is not None
        again = await bot.send_photo(query.from_user.id, shown.photo[-1].file_id, caption="Once more")
        assert again.photo is not None
        heard.append(("photo", again.photo[-1].file_unique_id == shown.photo[-1].file_unique_id))

    @lesson.poll_answer()
    async def answered(answer: PollAnswer) -> None:
        heard.append(("poll", answer.option_ids))

    @lesson.my_chat_member()
    async def changed(change: ChatMemberUpdated) -> None:
        heard.append(("member", change.new_chat_member.status))

    return lesson


@asynccontextmanager
async def aiogram_polling(fake: FakeTelegram, heard: Heard) -> AsyncIterator[None]:
    async with serving(fake) as base:
        bot = aiogram_bot(base, fake.token)
        lesson = aiogram_lesson(heard)
        task = asyncio.create_task(
            lesson.start_polling(bot, handle_signals=False, polling_timeout=10, close_bot_session=True)
        )
        try:
            yield
        finally:
            await lesson.stop_polling()
            await task


@asynccontextmanager
async def hook(answer: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/hook", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def aiogram_webhook(fake: FakeTelegram, heard: Heard) -> AsyncIterator[None]:
    async with serving(fake) as base, aiogram_bot(base, fake.token) as bot:
        lesson = aiogram_lesson(heard)

        async def answer(request: web.Request) -> web.Response:
            assert request.headers["X-Telegram-Bot-Api-Secret-Token"] == SECRET
            await lesson.feed_update(bot, Update.model_validate(await request.json(), context={"bot": bot}))
            return web.Response()

        async with hook(answer) as url:
            await bot.set_webhook(url, secret_token=SECRET, allowed_updates=lesson.resolve_used_update_types())
            yield
            await bot.delete_webhook()


def ptb_lesson(fake: FakeTelegram, base: str, heard: Heard) -> "Application[Any, Any, Any, Any, Any, Any]":
    async def start(update: PtbUpdate, context: Any) -> None:
        assert update.message is not None
        heard.append(("start", update.message.text))
        go = PtbMarkup([[PtbButton("20 s", callback_data="q1.b")]])
        await update.message.reply_html("How long do you <b>wash</b>?", reply_markup=go)

    async def pressed(update: PtbUpdate, context: Any) -> None:
        query = update.callback_query
        assert query is not None
        await query.answer("Right!")
        await query.edit_message_text("✅ Right")
        shown = await context.bot.send_photo(query.from_user.id, png(400, 300), caption="Hands")
        again = await context.bot.send_photo(query.from_user.id, shown.photo[-1].file_id, caption="Once more")
        heard.append(("photo", again.photo[-1].file_unique_id == shown.photo[-1].file_unique_id))

    async def uploaded(update: PtbUpdate, context: Any) -> None:
        assert update.message is not None and update.message.document is not None
        file = await update.message.document.get_file()
        heard.append(("file", (update.message.document.file_name, bytes(await file.download_as_bytearray()))))
        await update.message.reply_document(b"checked", filename="report.txt", caption="Your <report> & more")

    async def poll(update: PtbUpdate, context: Any) -> None:
        assert update.message is not None
        await update.message.reply_poll(
            "Which go in the fridge?", ["Fish", "Flour"], type="quiz", is_anonymous=False, correct_option_ids=[0]
        )

    async def answered(update: PtbUpdate, context: Any) -> None:
        assert update.poll_answer is not None
        heard.append(("poll", list(update.poll_answer.option_ids)))

    async def changed(update: PtbUpdate, context: Any) -> None:
        assert update.my_chat_member is not None
        heard.append(("member", update.my_chat_member.new_chat_member.status))

    builder = Application.builder().token(fake.token).base_url(f"{base}/bot").base_file_url(f"{base}/file/bot")
    lesson = builder.updater(None).build() if fake.updates.webhook.url else builder.build()
    lesson.add_handler(CommandHandler("start", start))
    lesson.add_handler(CallbackQueryHandler(pressed))
    lesson.add_handler(MessageHandler(filters.Document.ALL, uploaded))
    lesson.add_handler(MessageHandler(filters.TEXT, poll))
    lesson.add_handler(PollAnswerHandler(answered))
    lesson.add_handler(ChatMemberHandler(changed))
    return lesson


@asynccontextmanager
async def ptb_polling(fake: FakeTelegram, heard: Heard) -> AsyncIterator[None]:
    async with serving(fake) as base, ptb_lesson(fake, base, heard) as lesson:
        assert lesson.updater is not None
        await lesson.start()
        await lesson.updater.start_polling(allowed_updates=PtbUpdate.ALL_TYPES)
        try:
            yield
        finally:
            await lesson.updater.stop()
            await lesson.stop()


@asynccontextmanager
async def ptb_webhook(fake: FakeTelegram, heard: Heard) -> AsyncIterator[None]:
    async with serving(fake) as base, ptb_lesson(fake, base, heard) as lesson:

        async def answer(request: web.Request) -> web.Response:
            assert request.headers["X-Telegram-Bot-Api-Secret-Token"] == SECRET
            await lesson.process_update(PtbUpdate.de_json(await request.json(), lesson.bot))
            return web.Response()

        async with hook(answer) as url:
            await lesson.bot.set_webhook(url, secret_token=SECRET, allowed_updates=PtbUpdate.ALL_TYPES)
            yield
            await lesson.bot.delete_webhook()


CLIENTS = [aiogram_polling, aiogram_webhook, ptb_polling, ptb_webhook]


@pytest.mark.parametrize("running", CLIENTS, ids=lambda each: each.__name__)
async def test_a_lesson(running: Running) -> None:
    fake = FakeTelegram()
    heard: Heard = []
    amira = fake.user("Amira", "en")
    async with running(fake, heard):
        await take_lesson(fake, amira, heard)
    assert dict(heard) == {
        "start": "/start CODE-1",
        "photo": True,
        "file": ("pack.zip", b"PK\x05\x06" + bytes(18)),
        "poll": [0],
        "member": "kicked",
    }
    assert not fake.unknown_calls
    assert not fake.updates.pending
    assert not fake.updates.webhook.url


async def take_lesson(fake: FakeTelegram, amira: FakeUser, heard: Heard) -> None:
    amira.start("CODE-1")
    await until(lambda: amira.messages)
    question = amira.last
    assert (question.text, question.rows) == ("How long do you wash?", (("20 s",),))
    assert question.entities == ({"offset": 16, "length": 4, "type": "bold"},)
    amira.press("20 s")
    await until(lambda: len(amira.messages) == 3)
    assert amira.messages[0].text == "✅ Right"
    assert amira.messages[0].rows == ()
    assert [toast.text for toast in amira.toasts] == ["Right!"]
    assert [each.caption for each in amira.messages[1:]] == ["Hands", "Once more"]
    assert amira.messages[1].photo == amira.messages[2].photo != ""
    amira.upload("pack.zip", b"PK\x05\x06" + bytes(18), "application/zip")
    await until(lambda: len(amira.messages) == 4)
    assert (amira.last.document, amira.last.caption) == ("report.txt", "Your <report> & more")
    amira.say("poll")
    await until(lambda: len(amira.messages) == 5)
    assert amira.last.poll is not None
    amira.vote(amira.last.id, "Fish")
    amira.block()
    await until(lambda: {"poll", "member"} <= dict(heard).keys())
    await settled(fake)


async def test_both_clients_understand_every_refusal() -> None:
    """What each library makes of an error it makes from the words and the parameters."""
    fake = FakeTelegram()
    amira, boris = fake.user("Amira"), fake.user("Boris")
    amira.start()
    boris.start()
    group = fake.group("Shift", [amira])
    old = group.id
    async with serving(fake) as base, aiogram_bot(base, fake.token) as bot, ptb_lesson(fake, base, []) as lesson:
        boris.block()
        with pytest.raises(TelegramForbiddenError, match="bot was blocked by the user"):
            await bot.send_message(boris.id, "Hello")
        with pytest.raises(Forbidden, match="bot was blocked by the user"):
            await lesson.bot.send_message(boris.id, "Hello")
        new = group.migrate()
        with pytest.raises(TelegramMigrateToChat) as moved:
            await bot.send_message(old, "Hello")
        assert moved.value.migrate_to_chat_id == new
        with pytest.raises(ChatMigrated) as gone:
            await lesson.bot.send_message(old, "Hello")
        assert gone.value.new_chat_id == new
        fake.faults.next("429", method="sendMessage", times=2, seconds=7)
        with pytest.raises(TelegramRetryAfter) as told:
            await bot.send_message(amira.id, "Hello")
        assert told.value.retry_after == 7
        with pytest.raises(RetryAfter):
            await lesson.bot.send_message(amira.id, "Hello")
        with pytest.raises(BadRequest, match=r"[Mm]essage text is empty"):
            await lesson.bot.send_message(amira.id, "")
        fake.faults.next("garbage", method="sendMessage")
        with pytest.raises(TelegramError, match="Invalid server response"):
            await lesson.bot.send_message(amira.id, "Twice?")
        assert [each.text for each in amira.messages] == ["Twice?"]  # it was sent all the same


async def test_the_clients_read_the_profile_back() -> None:
    fake = FakeTelegram()
    amira = fake.user("Amira")
    amira.start()
    group = fake.group("Shift", [amira])
    async with serving(fake) as base, aiogram_bot(base, fake.token) as bot, ptb_lesson(fake, base, []) as lesson:
        await lesson.bot.set_my_commands([("learn", "Start a lesson")], language_code="en")
        assert [each.command for each in await bot.get_my_commands(language_code="en")] == ["learn"]
        await lesson.bot.set_my_name("Morsel", language_code="de")
        assert (await bot.get_my_name(language_code="de")).name == "Morsel"
        assert (await bot.get_me()).username == lesson.bot.username
        assert (await bot.get_chat(amira.id)).first_name == "Amira"
        assert (await lesson.bot.get_chat(group.id)).title == "Shift"
        assert (await bot.get_chat_member(group.id, amira.id)).status == "creator"
        assert (await lesson.bot.get_chat_member(group.id, bot.id)).status == "member"
        assert not (await lesson.bot.get_webhook_info()).url


async def test_every_update_that_people_make_can_be_read_by_both() -> None:
    fake = FakeTelegram()
    amira, boris = fake.user("Amira", "en"), fake.user("Boris")
    amira.start()
    amira.upload("a.pdf", b"%PDF", "application/pdf")
    amira.photo(png(900, 900), "me")
    for act in (amira.sticker, amira.voice, amira.location, amira.block, amira.unblock):
        act()
    amira.edit("/start again")
    fake.call("sendPoll", {"chat_id": amira.id, "question": "?", "options": '["a","b"]', "is_anonymous": "false"})
    amira.vote(amira.last.id, 1)
    amira.vote(amira.last.id, [])
    amira.press_data("old", 999)  # on a message that is gone
    group = fake.group("Shift", [amira, boris])
    group.say(boris, "/learn@morsel_test_bot")
    group.migrate()
    group.kick_bot()
    kinds = set()
    async with serving(fake) as base, aiogram_bot(base, fake.token) as bot, ptb_lesson(fake, base, []) as lesson:
        raw = fake.call("getUpdates", {}).result
        for update in raw:
            kinds |= set(update) - {"update_id"}
            assert Update.model_validate(update, context={"bot": bot}).update_id == update["update_id"]
            read = PtbUpdate.de_json(update, lesson.bot)
            assert read is not None and json.loads(read.to_json())["update_id"] == update["update_id"]
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{base}/bot{fake.token}/getUpdates", params={"limit": 3}) as response:
                assert [each["update_id"] for each in (await response.json())["result"]] == [
                    each["update_id"] for each in raw[:3]
                ]
    assert kinds == {"message", "edited_message", "callback_query", "my_chat_member", "poll", "poll_answer"}
