"""A message as Telegram shows it, drawn from what Morsel would send: text with entities, photos, keyboards. Pure."""

from markupsafe import Markup, escape

from adapters.telegram import limits, rich
from adapters.telegram.pieces import Keys, Photo, Piece, Poll, Words, pieces
from adapters.telegram.rich import Entity, Rich
from bot.cli.preview.drawn import Drawn, Gauge, Source, fullest
from bot.message import Message, Quiz
from lessons.prose import Picture

_TAGS = {"bold": "b", "italic": "i", "code": "code", "pre": "pre", "blockquote": "blockquote"}


def draw(message: Message, source: Source) -> Drawn:
    """All that is sent for one message."""

    def shows(picture: Picture) -> bool:
        return bool(source(picture))

    sent = pieces(message, shows)
    bubbles = tuple(Markup("").join(_piece(piece, source)) for piece in sent)
    return Drawn(bubbles, fullest([gauge for piece in sent for gauge in _gauges(piece)]))


def _piece(piece: Piece, source: Source) -> list[Markup]:
    match piece:
        case Words(said, keys):
            return [_bubble(_text(said)), _keyboard(keys)]
        case Photo(picture, said, keys):
            photo = Markup('<img src="{}" alt="{}">').format(source(picture), picture.alt)
            return [_bubble(photo + _text(said)), _keyboard(keys)]
        case Poll(quiz):
            return [_bubble(_quiz(quiz))]


def _gauges(piece: Piece) -> list[Gauge]:
    if isinstance(piece, Poll):
        return [Gauge("question", rich.units(piece.quiz.question), limits.QUESTION)]
    text = ("caption", limits.CAPTION) if isinstance(piece, Photo) else ("text", limits.TEXT)
    return [
        Gauge(text[0], piece.said.size, text[1]),
        Gauge("styles", len(piece.said.entities), limits.ENTITIES),
        Gauge("buttons", sum(map(len, piece.keys)), limits.KEYS),
    ]


def _bubble(inside: Markup) -> Markup:
    return Markup('<div class="bubble">{}</div>').format(inside)


def _quiz(quiz: Quiz) -> Markup:
    options = Markup("").join(Markup("<li>{}</li>").format(option) for option in quiz.options)
    return Markup("<p><b>{}</b></p><ul>{}</ul>").format(quiz.question, options)


def _keyboard(keys: Keys) -> Markup:
    rows = [
        Markup('<div class="keys">{}</div>').format(
            Markup("").join(Markup('<span class="key">{}</span>').format(key.label) for key in row)
        )
        for row in keys
    ]
    return Markup("").join(rows)


def _text(said: Rich) -> Markup:
    return Markup('<div class="text">{}</div>').format(_range(said, 0, said.size, list(said.entities)))


def _range(said: Rich, start: int, end: int, entities: list[Entity]) -> Markup:
    """The text from `start` to `end` (UTF-16 units) with the entities in it, which lie inside one another."""
    raw = said.text.encode("utf-16-le", "surrogatepass")

    def plain(a: int, b: int) -> Markup:
        return escape(raw[2 * a : 2 * b].decode("utf-16-le", "replace"))

    out, at = Markup(""), start
    while entities:
        one, *entities = entities
        stop = one.at + one.length
        inner = [each for each in entities if each.at < stop]
        entities = entities[len(inner) :]
        out += plain(at, one.at) + _styled(one, _range(said, one.at, stop, inner))
        at = stop
    return out + plain(at, end)


def _styled(entity: Entity, inside: Markup) -> Markup:
    if entity.type == "text_link":
        return Markup('<a href="{}" rel="noreferrer">{}</a>').format(entity.url, inside)
    tag = _TAGS[entity.type]
    return Markup("<{0}>{1}</{0}>").format(tag, inside)
