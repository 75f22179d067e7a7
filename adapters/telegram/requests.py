"""Pieces as Telegram's methods: what aiogram then writes on the wire. Pure; aiogram's types are used and nothing is sent."""

from collections.abc import Sequence
from typing import Final

from aiogram.methods import EditMessageCaption, EditMessageMedia, EditMessageText, SendMessage, SendPhoto, SendPoll
from aiogram.types import (
    BufferedInputFile,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    InputPollOption,
    LinkPreviewOptions,
    MessageEntity,
)

from adapters.telegram import rich
from adapters.telegram.pieces import Keys, Photo
from adapters.telegram.rich import Entity, Rich
from bot.events import Address
from bot.message import Quiz
from bot.ports import Refused

File = str | BufferedInputFile  # Telegram's own id of a picture, or its bytes

_NO_PREVIEW: Final = LinkPreviewOptions(is_disabled=True)  # a lesson's link is no advertisement


def chat(to: Address) -> int:
    """Raises Refused for an address that is none of Telegram's."""
    try:
        return int(to.chat)
    except ValueError:
        raise Refused("an address that is none of Telegram's") from None


def words(to: Address, said: Rich, keys: Keys) -> SendMessage:
    return SendMessage(
        chat_id=chat(to),
        text=said.text,
        entities=entities(said.entities),
        link_preview_options=_NO_PREVIEW,
        reply_markup=markup(keys),
    )


def photo(to: Address, file: File, said: Rich, keys: Keys) -> SendPhoto:
    return SendPhoto(
        chat_id=chat(to),
        photo=file,
        caption=said.text or None,
        caption_entities=entities(said.entities),
        reply_markup=markup(keys),
    )


def poll(to: Address, quiz: Quiz) -> SendPoll:
    """A quiz in which everybody's own answer counts; several right ones may all be chosen."""
    right = sorted(set(quiz.right))
    return SendPoll(
        chat_id=chat(to),
        question=rich.clean(quiz.question).strip(),
        options=[InputPollOption(text=rich.clean(option).strip()) for option in quiz.options],
        type="quiz",
        is_anonymous=False,
        correct_option_ids=right,
        allows_multiple_answers=len(right) > 1 or None,
        explanation=rich.clean(quiz.explanation).strip() or None,
    )


def edited_words(to: Address, number: int, said: Rich, keys: Keys) -> EditMessageText:
    return EditMessageText(
        chat_id=chat(to),
        message_id=number,
        text=said.text,
        entities=entities(said.entities),
        link_preview_options=_NO_PREVIEW,
        reply_markup=markup(keys),
    )


def edited_caption(to: Address, number: int, said: Rich, keys: Keys) -> EditMessageCaption:
    return EditMessageCaption(
        chat_id=chat(to),
        message_id=number,
        caption=said.text or None,
        caption_entities=entities(said.entities),
        reply_markup=markup(keys),
    )


def edited_photo(to: Address, number: int, file: File, piece: Photo, said: Rich) -> EditMessageMedia:
    return EditMessageMedia(
        chat_id=chat(to),
        message_id=number,
        media=InputMediaPhoto(media=file, caption=said.text or None, caption_entities=entities(said.entities)),
        reply_markup=markup(piece.keys),
    )


def entities(found: Sequence[Entity]) -> list[MessageEntity] | None:
    made = [MessageEntity(type=each.type, offset=each.at, length=each.length, url=each.url or None) for each in found]
    return made or None


def markup(keys: Keys) -> InlineKeyboardMarkup | None:
    if not keys:
        return None
    rows = [
        [InlineKeyboardButton(text=key.label, callback_data=key.press or None, url=key.url or None) for key in row]
        for row in keys
    ]
    return InlineKeyboardMarkup(inline_keyboard=rows)
