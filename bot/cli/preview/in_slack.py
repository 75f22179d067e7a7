"""A message as Slack shows it, drawn from the very blocks that Morsel would send. Pure."""

from typing import Any

from markupsafe import Markup

from adapters.slack import limits
from adapters.slack.blocks import Part, parts, weigh
from bot.cli.preview.drawn import Drawn, Gauge, Source, fullest
from bot.message import Message
from lessons.prose import Picture

Json = dict[str, Any]
_STYLES = {"bold": "b", "italic": "i", "code": "code"}


def draw(message: Message, source: Source) -> Drawn:
    """All that is sent for one message. Pictures are drawn from the pack; Slack would have them by an id of its own."""
    known: dict[str, str] = {}

    def shown(picture: Picture) -> str:
        address = source(picture)
        if address:
            known[picture.name] = address
        return picture.name if address else ""

    sent = parts(message, shown)
    bubbles = tuple(
        Markup('<div class="bubble">{}</div>').format(Markup("").join(_block(block, known) for block in part.blocks))
        for part in sent
    )
    return Drawn(bubbles, fullest([gauge for part in sent for gauge in _gauges(part)]))


def _gauges(part: Part) -> list[Gauge]:
    elements = [each for block in part.blocks if block["type"] == "actions" for each in block["elements"]]
    return [
        Gauge("blocks", len(part.blocks), limits.MESSAGE_BLOCKS),
        Gauge("words", sum(weigh(block) for block in part.blocks), limits.MESSAGE_TEXT),
        Gauge("notification", len(part.text), limits.TOP_TEXT),
        *(Gauge("options", len(each["options"]), _most(each)) for each in elements if "options" in each),
    ]


def _most(element: Json) -> int:
    return limits.SELECT_OPTIONS if element["type"] == "static_select" else limits.TICKS


def _block(block: Json, known: dict[str, str]) -> Markup:
    match block["type"]:
        case "header":
            return Markup("<h4>{}</h4>").format(block["text"]["text"])
        case "context":
            return Markup('<p class="context">{}</p>').format(" ".join(each["text"] for each in block["elements"]))
        case "image":
            address = known[block["slack_file"]["id"]]
            return Markup('<img src="{}" alt="{}">').format(address, block["alt_text"])
        case "rich_text":
            return Markup("").join(map(_element, block["elements"]))
        case "table":
            rows = [
                Markup("").join(Markup("<td>{}</td>").format(_block(cell, known)) for cell in row)
                for row in block["rows"]
            ]
            return Markup("<table>{}</table>").format(
                Markup("").join(Markup("<tr>{}</tr>").format(row) for row in rows)
            )
        case "actions":
            return Markup('<div class="actions">{}</div>').format(Markup("").join(map(_action, block["elements"])))
        case other:
            raise AssertionError(f"no drawing for a block of type {other}")


def _element(element: Json) -> Markup:
    inside = element["elements"]
    match element["type"]:
        case "rich_text_list":
            items = Markup("").join(Markup("<li>{}</li>").format(_pieces(each["elements"])) for each in inside)
            tag = "ol" if element["style"] == "ordered" else "ul"
            return Markup('<{0} start="{1}">{2}</{0}>').format(tag, element.get("offset", 0) + 1, items)
        case "rich_text_quote":
            return Markup("<blockquote>{}</blockquote>").format(_pieces(inside))
        case "rich_text_preformatted":
            return Markup("<pre>{}</pre>").format(_pieces(inside))
        case _:
            return Markup("<p>{}</p>").format(_pieces(inside))


def _pieces(pieces: list[Json]) -> Markup:
    return Markup("").join(map(_piece, pieces))


def _piece(piece: Json) -> Markup:
    out = Markup("{}").format(piece["text"])
    for name in piece.get("style", ()):
        out = Markup("<{0}>{1}</{0}>").format(_STYLES[name], out)
    return Markup('<a href="{}" rel="noreferrer">{}</a>').format(piece["url"], out) if piece["type"] == "link" else out


def _action(element: Json) -> Markup:
    match element["type"]:
        case "button":
            main = " main" if element.get("style") == "primary" else ""
            return Markup('<span class="key{}">{}</span>').format(main, element["text"]["text"])
        case "checkboxes":
            on = {option["value"] for option in element.get("initial_options", ())}
            signs = [("☑" if each["value"] in on else "☐", each) for each in element["options"]]
        case "radio_buttons":
            signs = [("○", each) for each in element["options"]]
        case _:
            return Markup('<span class="key">{} ▾</span>').format(element["placeholder"]["text"])
    lines = Markup("").join(Markup("<li>{} {}</li>").format(sign, each["text"]["text"]) for sign, each in signs)
    return Markup('<ul class="ticks">{}</ul>').format(lines)
