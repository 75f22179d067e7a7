"""Letters as Telegram's calls: says them, changes them, and says anew what cannot be changed.

Promise: raises nothing but SendError. Of a letter in several messages none is said twice because a later one failed. A
picture that Telegram will not take never keeps the words back. It decides nothing about when; the outbox does.
"""

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import structlog
from aiogram.methods import DeleteMessage, EditMessageReplyMarkup, TelegramMethod
from msgspec import Raw

from adapters.telegram import limits, requests, rich
from adapters.telegram.amending import LOST, POLL, Bare, Caption, Drop, Edit, Kept, New, Step, mark, read_mark, steps
from adapters.telegram.calls import TIMEOUT, UPLOAD, Calls
from adapters.telegram.errors import (
    BadEntities,
    BadPicture,
    NoSuchMessage,
    Unchanged,
    UnknownFile,
    covers_account,
)
from adapters.telegram.pictures import Pictures, Sent, read_sent
from adapters.telegram.pieces import Keys, Photo, Piece, Poll, Words, pieces
from adapters.telegram.requests import File
from adapters.telegram.rich import Rich
from bot.events import Address
from bot.message import Message
from bot.ports import Clock, Letter, Refused, Throttled
from lessons.prose import Picture

BEGUN: Final = 1024  # letters of which a part was said; more than are ever under way
NOTHING: Final = Raw(b"null")

_log = structlog.get_logger(__name__)


class Sending:
    """Says letters. `clock` is asked for our own rate only, see `errors.covers_account`."""

    def __init__(self, calls: Calls, pictures: Pictures, clock: Clock) -> None:
        self._calls = calls
        self._pictures = pictures
        self._clock = clock
        self._begun: dict[int, tuple[Kept | None, ...]] = {}  # what of a letter is there already, when the rest failed
        self._times: deque[tuple[float, str]] = deque()

    async def say(self, letter: Letter) -> str:
        """The mark of what is there now."""
        made = pieces(letter.message, self._pictures.shows)
        kept = list(self._begun.pop(letter.id, ()))[: len(made) - 1]
        try:
            for piece in made[len(kept) :]:
                if isinstance(piece, Poll):
                    return await self._poll(letter.address, piece)
                kept.append(await self._new(letter.address, piece))
        except BaseException:  # also when the outbox has no more patience
            self._remember(letter, kept)
            raise
        return mark(kept)

    async def change(self, letter: Letter) -> str:
        """The mark of what is there now; what cannot be changed is said anew."""
        old = read_mark(letter.mark)
        made = pieces(letter.message, self._pictures.shows)
        if old is None or any(isinstance(piece, Poll) for piece in made):
            return await self.say(letter)
        plan = steps(old, made)
        anew = list(self._begun.pop(letter.id, ()))
        kept: list[Kept | None] = []
        try:
            for step in plan:
                if not isinstance(step, New):
                    kept += await self._take(letter.address, step)
            new = [step.piece for step in plan if isinstance(step, New)]
            for piece in new[len(anew) :]:
                anew.append(await self._new(letter.address, piece))
        except (NoSuchMessage, BadPicture):
            for each in old:
                await self._drop(letter.address, each)
            return await self.say(letter)
        except BaseException:
            self._remember(letter, anew)
            raise
        return mark([*kept, *anew])

    def _remember(self, letter: Letter, kept: Sequence[Kept | None]) -> None:
        if kept:
            while len(self._begun) >= BEGUN:
                self._begun.pop(next(iter(self._begun)))
            self._begun[letter.id] = tuple(kept)

    # --- New -----------------------------------------------------------------------------------------------------------

    async def _new(self, to: Address, piece: Piece) -> Kept | None:
        """Says a piece; None where it is there, but nobody knows its number."""
        match piece:
            case Words(said, keys):
                return await self._words(to, said, keys)
            case Photo(picture, said, keys):
                try:
                    sent = await self._with_file(picture, lambda file: self._photo(to, file, said, keys))
                except BadPicture:
                    return await self._words(to, said, keys)
                return Kept(sent.message_id, self._pictures.short(picture)) if sent else None
            case Poll():
                raise AssertionError("a quiz is said alone")

    async def _words(self, to: Address, said: Rich, keys: Keys) -> Kept | None:
        result = await self._plainly(said, lambda said: self._call(requests.words(to, said, keys), to))
        sent = read_sent(result)
        return Kept(sent.message_id) if sent else None

    async def _photo(self, to: Address, file: File, said: Rich, keys: Keys) -> Raw:
        return await self._plainly(said, lambda said: self._call(requests.photo(to, file, said, keys), to, UPLOAD))

    async def _poll(self, to: Address, piece: Poll) -> str:
        """Only the quiz's own id is kept: a vote names nothing else."""
        sent = read_sent(await self._call(requests.poll(to, piece.quiz), to))
        return f"{POLL}{sent.poll.id}" if sent and sent.poll and sent.poll.id else LOST

    # --- Changed -------------------------------------------------------------------------------------------------------

    async def _take(self, to: Address, step: Step) -> Sequence[Kept | None]:
        """One step of an amendment in place; the messages that are there for it."""
        match step:
            case Edit(kept, Words() as piece):
                await self._plainly(
                    piece.said, lambda said: self._edit(requests.edited_words(to, kept.id, said, piece.keys), to)
                )
                return (kept,)
            case Edit(kept, Photo() as piece):
                return (await self._edit_photo(to, kept, piece),)
            case Caption(kept, piece):
                await self._edit_caption(to, kept, piece.said, piece.keys)
                return (kept,)
            case Bare(kept):
                await self._edit_caption(to, kept, Rich(), ())
            case Drop(kept):
                await self._drop(to, kept)
            case New():
                raise AssertionError("what is new is said last")
        return ()

    async def _edit_caption(self, to: Address, kept: Kept, said: Rich, keys: Keys) -> None:
        await self._plainly(said, lambda said: self._edit(requests.edited_caption(to, kept.id, said, keys), to))

    async def _edit_photo(self, to: Address, kept: Kept, piece: Photo) -> Kept:
        """The same picture: only its words. Another one: all of it."""
        short = self._pictures.short(piece.picture)
        if kept.picture == short:
            await self._edit_caption(to, kept, piece.said, piece.keys)
            return kept

        async def edit(file: File) -> Raw:
            return await self._plainly(
                piece.said,
                lambda said: self._edit(requests.edited_photo(to, kept.id, file, piece, said), to, UPLOAD),
            )

        await self._with_file(piece.picture, edit)
        return Kept(kept.id, short)

    async def _drop(self, to: Address, kept: Kept) -> None:
        """Away with it; one that is too old for that loses at least its buttons."""
        number = kept.id
        try:
            await self._call(DeleteMessage(chat_id=requests.chat(to), message_id=number), to)
        except Refused:
            try:
                await self._edit(EditMessageReplyMarkup(chat_id=requests.chat(to), message_id=number), to)
            except Refused as why:
                _log.info("A message that is not needed any more stays.", why=why.told)

    async def _edit(self, method: TelegramMethod[Any], to: Address, patience: float = TIMEOUT) -> Raw:
        try:
            return await self._call(method, to, patience)
        except Unchanged:
            return NOTHING

    # --- What may go wrong ----------------------------------------------------------------------------------------------

    async def _plainly(self, said: Rich, call: Callable[[Rich], Awaitable[Raw]]) -> Raw:
        """With its styles; without them, should Telegram not be able to read these: our bug, but the words must go."""
        try:
            return await call(said)
        except BadEntities as why:
            if not said.entities:
                raise
            _log.error("Telegram cannot read our styles; the words go plain. This is a bug.", why=why.told)
            return await call(Rich(said.text))

    async def _with_file(self, picture: Picture, call: Callable[[File], Awaitable[Raw]]) -> Sent | None:
        """With Telegram's id of the picture, or its bytes; an id that it does not know any more is forgotten.

        Raises BadPicture where Telegram takes neither.
        """
        try:
            for _ in range(3):
                async with self._pictures.file(picture) as file:
                    try:
                        sent = read_sent(await call(file))
                    except UnknownFile:
                        if not isinstance(file, str):
                            raise
                        await self._pictures.forget(picture)
                        continue
                    if not isinstance(file, str):
                        await self._pictures.learn(picture, sent)
                    return sent
            raise BadPicture("its id is not known, again and again")
        except (BadPicture, UnknownFile) as why:
            _log.warning("Telegram does not take a picture; its words go alone.", picture=picture.name, why=why.told)
            self._pictures.refuse(picture)
            raise BadPicture(why.told) from None

    async def _call(self, method: TelegramMethod[Any], to: Address, patience: float = TIMEOUT) -> Raw:
        """Counts what we send, so that a 429 can be read."""
        now = self._clock.now().timestamp()
        self._times.append((now, to.chat))
        while self._times and self._times[0][0] < now - limits.PACE.burst:
            self._times.popleft()
        try:
            return await self._calls(method, to, patience)
        except Throttled as why:
            account = sum(at > now - 1 for at, _ in self._times)
            chat = sum(each == to.chat for _, each in self._times)
            whole = covers_account(account, chat, limits.PACE.pushes, limits.PACE.burst)
            raise Throttled(why.told, why.after, covers="account" if whole else "chat") from None


def toast(message: Message) -> str:
    """A fleeting message as one plain line that fits a toast."""
    line = " ".join(rich.clean(message.plain).split())
    return rich.cut(Rich(line), limits.TOAST, 0)[0].text
