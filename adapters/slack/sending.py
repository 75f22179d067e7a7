"""Sends letters to Slack: says them, changes them in place, shows boards, looks for what may have arrived, brings files.

Promise: follows `bot.ports.Channel`. A mark is "CHANNEL:TS", with several TS where one letter needed several messages. What
is half said goes on where it stopped. A message that can no longer be changed is said anew. Blocks that Slack cannot read
go as plain text once, so that nobody is left without a word because of a bug of ours.
It keeps no queue, does not wait to try again, and does not know which workspaces there are.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import structlog

from adapters.parts import Parts
from adapters.slack.answering import Answering
from adapters.slack.blocks import Part, Shown, bare, home, nothing_shown, parts
from adapters.slack.calling import Calling, Garbled, Session, TokenFor
from adapters.slack.errors import SAID_ANEW, Declined, send_error
from adapters.slack.files import fetched
from adapters.slack.heard import Place
from adapters.slack.messages import Messages, mark_of, places_of
from adapters.slack.pictures import Pictures
from adapters.slack.settings import SlackSettings
from bot.events import Address
from bot.message import BOARD
from bot.ports import BadMessage, Letter, Pace, Refused, SendError, Told, Unreachable

# https://docs.slack.dev/apis/web-api/rate-limits: a message a second to each channel, with short bursts, and "several
# hundred" a minute to a workspace. 5 pushes a second leave room for answers.
PACE: Final = Pace(pushes=5.0, chat=1.0, burst=5)

FLEETING: Final = "fleeting"  # the mark of a message that cannot be changed
HALF: Final = 1_000  # letters that are half said
PICTURE_WAITS: Final = (0.5, 1.0, 2.0)  # seconds between tries while Slack does not show a picture

_log = structlog.get_logger(__name__)


class Sending:
    """The outgoing half of the channel. `token_for` gives a team's bot token or raises SendError; `session` the aiohttp
    session that everything goes through; `answering` knows which messages were pressed lately."""

    def __init__(
        self, token_for: TokenFor, session: Session, parts: Parts, settings: SlackSettings, answering: Answering
    ) -> None:
        self._call = Calling(token_for, session, parts.clock, settings.server)
        self._messages = Messages(self._call, answering)
        self._pictures = Pictures(self._call, parts)
        self._said: dict[int, list[Place]] = {}  # where the first messages of a half-said letter stand

    async def send(self, letter: Letter) -> str:
        """Says it; the mark. Raises SendError."""
        if letter.mark == BOARD:
            return await self.amend(letter)
        with _send_errors():
            if letter.message.fleeting:
                return await self._fleeting(letter)
            return await self._in_blocks(letter, lambda made: self._say(letter, made))

    async def amend(self, letter: Letter) -> str:
        """Changes it in place, or says it anew; the mark. Raises SendError."""
        with _send_errors():
            if letter.mark == BOARD:
                return await self._publish(letter)
            return await self._in_blocks(letter, lambda made: self._change(letter, made))

    async def look(self, letter: Letter) -> str | None:
        """The mark of a doubtful letter, if the newest messages hold it; None where they do not or we may not look.

        Raises SendError where Slack cannot be asked now."""
        team, user = _whom(letter.address)
        with _send_errors():
            try:
                there, of = await self._messages.find(team, user, letter.id)
            except Declined as why:
                _log.warning("What was said in Slack cannot be looked up.", why=send_error(why).told)
                return None
        if not there:
            return None
        if len(there) == of:
            return mark_of(there)
        self._keep(letter.id, there)
        return None

    def fetch(self, letter: Letter, limit: int, told: Told) -> AsyncIterator[bytes]:
        """The bytes of an offered file, piece by piece. Raises SendError, or NotThere."""
        assert letter.fetch
        return fetched(self._call, letter.address.account, letter.fetch, limit, told)

    # --- What it looks like ------------------------------------------------------------------------------------------

    async def _in_blocks(self, letter: Letter, act: Callable[[tuple[Part, ...]], Awaitable[str]]) -> str:
        """Does it with blocks, or as plain text where Slack cannot read those."""
        message = letter.message
        try:
            return await self._with_pictures(letter, lambda shown: act(parts(message, shown)))
        except Declined as why:
            error = send_error(why)
            if not isinstance(error, BadMessage):
                raise
            _log.error("Slack cannot read our blocks: a bug of ours. It goes as plain text.", why=error.told)
        self._said.pop(letter.id, None)
        return await act(tuple(Part((), text) for text in bare(message)))

    async def _with_pictures(self, letter: Letter, act: Callable[[Shown], Awaitable[str]]) -> str:
        """Does it with pictures, or with their descriptions where Slack does not show them."""
        team = letter.address.account
        for wait in PICTURE_WAITS:
            ids = await self._pictures.ids(team, letter.message)
            try:
                return await act(lambda picture, ids=ids: ids.get(picture, ""))  # type: ignore[misc]
            except Declined as why:
                if not ids or not why.pictures:
                    raise
            await self._pictures.doubt(team, ids)
            await asyncio.sleep(wait)
        return await act(nothing_shown)

    async def _publish(self, letter: Letter) -> str:
        """The person's Home tab. No hash goes with it, so the newest board wins; should Slack see a conflict, once more."""
        team, user = _whom(letter.address)

        async def act(shown: Shown) -> str:
            await self._call(team, "views.publish", {"user_id": user, "view": home(letter.message, shown)})
            return BOARD

        for last in (False, True):
            try:
                return await self._with_pictures(letter, act)
            except Garbled:
                break
            except Declined as why:
                if why.word != "hash_conflict" or last:
                    raise
        return BOARD

    # --- How it gets there -------------------------------------------------------------------------------------------

    async def _fleeting(self, letter: Letter) -> str:
        """A kind word. For want of the right to whisper, it is left unsaid; everything else still can be."""
        try:
            return await self._in_blocks(letter, lambda made: self._whisper(letter, made))
        except Declined as why:
            if why.word != "missing_scope":
                raise
            raise Refused(send_error(why).told) from None

    async def _whisper(self, letter: Letter, made: tuple[Part, ...]) -> str:
        team, user = _whom(letter.address)
        for part in made:
            await self._messages.whisper(team, user, part)
        return FLEETING

    async def _say(self, letter: Letter, made: tuple[Part, ...]) -> str:
        """Posts what is not there yet."""
        there = self._said.pop(letter.id, [])[: len(made)]
        return await self._go_on(letter, made, there)

    async def _go_on(self, letter: Letter, made: tuple[Part, ...], there: list[Place]) -> str:
        """Posts the parts after those that are there, which are kept in mind should one fail."""
        team, user = _whom(letter.address)
        try:
            for number in range(len(there), len(made)):
                there.append(await self._messages.post(team, user, made[number], (letter.id, number, len(made))))
        except BaseException:
            self._keep(letter.id, there)
            raise
        return mark_of(there)

    async def _change(self, letter: Letter, made: tuple[Part, ...]) -> str:
        """Changes the messages of a letter; posts what has become more, removes what has become less."""
        team, _ = _whom(letter.address)
        places = self._said.pop(letter.id, None) or places_of(letter.mark)  # an earlier try may have got further
        if not places:
            return await self._anew(letter, made)
        for place, part in zip(places, made, strict=False):
            try:
                await self._messages.change(team, place, part)
            except Declined as why:
                if why.word not in SAID_ANEW:
                    raise
                _log.info("A message in Slack cannot be changed; it is said anew.", letter=letter.id, why=str(why))
                await self._remove(team, [other for other in places if other != place])
                return await self._anew(letter, made)
        await self._remove(team, places[len(made) :])
        return await self._go_on(letter, made, list(places[: len(made)]))

    async def _anew(self, letter: Letter, made: tuple[Part, ...]) -> str:
        """Says an amendment as a message of its own, unless an earlier try has done so."""
        if letter.doubtful or letter.attempts:
            mark = await self.look(letter)
            if mark:
                return mark
        return await self._say(letter, made)

    async def _remove(self, team: str, places: Sequence[Place]) -> None:
        """What is too much goes; where it cannot, it stays, which does no harm."""
        for place in places:
            try:
                await self._messages.remove(team, place)
            except (Declined, SendError) as why:
                _log.info("A message in Slack could not be removed.", why=str(why))

    def _keep(self, letter: int, there: list[Place]) -> None:
        if there:
            self._said[letter] = there
        if len(self._said) > HALF:
            del self._said[next(iter(self._said))]


@contextmanager
def _send_errors() -> Iterator[None]:
    """What Slack says becomes what the outbox understands."""
    try:
        yield
    except Declined as why:
        raise send_error(why) from None
    except Garbled as why:
        raise Unreachable(f"{why}: an answer that nobody can read.") from None


def _whom(address: Address) -> tuple[str, str]:
    """The workspace and the member."""
    team, _, user = address.chat.partition("/")
    if not team or not user:
        raise Refused("an address without a workspace or a member.")
    return team, user
