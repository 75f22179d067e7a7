"""The page: every card in both chats side by side, with how full each limit is. One file that needs nothing else."""

import base64
from collections.abc import Iterator
from functools import cache
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from msgspec import Struct

from bot.cli.preview import in_slack, in_telegram
from bot.cli.preview.drawn import Drawn, Gauge
from bot.cli.preview.moments import Moment, moments
from lessons.model import Pack
from lessons.prose import Picture

HERE = Path(__file__).parent
_KINDS = {b"\x89P": "png", b"\xff\xd8": "jpeg", b"GI": "gif", b"RI": "webp"}


class Chat(Struct, frozen=True):
    """One message in one chat."""

    name: str
    drawn: Drawn


class Row(Struct, frozen=True):
    """One moment in both chats."""

    moment: Moment
    chats: tuple[Chat, ...]

    @property
    def full(self) -> tuple[Gauge, ...]:
        """Limits that are nearly reached, or passed."""
        return tuple(gauge for chat in self.chats for gauge in chat.drawn.gauges if gauge.state)


def rows(pack: Pack, language: str) -> Iterator[Row]:
    """Everything the pack leads to."""

    @cache
    def source(picture: Picture) -> str:
        data = pack.pictures.get(picture.name)
        kind = _KINDS.get(data[:2]) if data else None
        return f"data:image/{kind};base64,{base64.b64encode(data).decode()}" if data and kind else ""

    for moment in moments(pack, language):
        slack = Chat("Slack", in_slack.draw(moment.message, source))
        yield Row(moment, (slack, Chat("Telegram", in_telegram.draw(moment.message, source))))


def page(pack: Pack, language: str) -> str:
    """The HTML of the page."""
    environment = Environment(loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined)
    made = list(rows(pack, language))
    lessons = [(title, list(group)) for title, group in groupby(made, lambda row: row.moment.lesson)]
    return environment.get_template("page.html").render(
        pack=pack,
        language=language,
        title=pack.title(language),
        lessons=lessons,
        full=[row for row in made if row.full],
        style=(HERE / "page.css").read_text("utf-8"),
    )
