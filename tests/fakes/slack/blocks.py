"""Is this Block Kit? Every block and element of the reference of 2026, with its fields and limits.

`check_blocks` and `check_view` tell all that is wrong, each with its JSON pointer, as Slack does; nothing is changed.
Source: docs.slack.dev/reference/block-kit. What Slack fetches (images by URL) is not fetched, but an address that it
could never reach is refused as Slack would refuse it.
"""

from collections.abc import Callable
from typing import Any, Final

from tests.fakes.slack.elements import ACTIONS, BUTTON, CONTEXT_ACTIONS, IMAGE, INPUTS, SECTIONS, picture
from tests.fakes.slack.limits import BLOCKS_TEXT, LIMITS, SURFACES, TABLE_TEXT
from tests.fakes.slack.rich import RICH_ELEMENTS
from tests.fakes.slack.shapes import (
    Check,
    Fault,
    Look,
    address,
    amount,
    anything,
    boolean,
    many,
    number,
    one_of,
    string,
    text,
    thing,
    typed,
)

_PLAIN = "plain_text"


def _block_id(look: Look, value: Any, at: str) -> None:
    string("block_id.max_length")(look, value, at)
    if isinstance(value, str) and value in look.blocks:
        look.find(at, f'`block_id` "{value}" already exists for another block', "unique")
    elif isinstance(value, str):
        look.blocks.add(value)


def _block(must: dict[str, Check], may: dict[str, Check] | None = None, also: Any = None) -> Check:
    return thing(must, {"block_id": _block_id, **(may or {})}, also)


def _section_says_something(look: Look, value: dict[str, Any], at: str) -> None:
    if "text" not in value and "fields" not in value:
        look.find(f"{at}/type", "must define either `text` or `fields`", "required")


def _add_markdown(look: Look, value: dict[str, Any], at: str) -> None:
    look.markdown += len(value["text"])
    most = LIMITS["markdown.total_text.max_length"]
    if look.markdown > most:
        look.find(f"{at}/text", f"must be less than {most + 1} characters", "max_length", expected=most)


def _characters(value: Any) -> int:
    """All characters of all `text` strings within."""
    if isinstance(value, dict):
        return sum(
            len(inner) if name == "text" and isinstance(inner, str) else _characters(inner)
            for name, inner in value.items()
        )
    return sum(map(_characters, value)) if isinstance(value, list) else 0


def _one_table(look: Look, value: dict[str, Any], at: str) -> None:
    look.tables += 1
    if look.tables > 1:
        look.find(at, "only_one_table_allowed", "max_items", expected=1)
    if _characters(value["rows"]) > TABLE_TEXT:
        look.find(f"{at}/rows", f"must be less than {TABLE_TEXT + 1} characters", "max_length", expected=TABLE_TEXT)


def _even_table(look: Look, value: dict[str, Any], at: str) -> None:
    most = LIMITS["data_table.content.max_length"]
    if len({len(row) for row in value["rows"]}) > 1:
        look.find(f"{at}/rows", "all rows must have the same number of cells", "items")
    if any(cell.get("type") == "rich_text" for cell in value["rows"][0]):
        look.find(f"{at}/rows/0", "unsupported type: rich_text", "enum", expected=["raw_number", "raw_text"])
    if _characters(value["rows"]) > most:
        look.find(f"{at}/rows", f"must be less than {most + 1} characters", "max_length", expected=most)


def _two_charts(look: Look, value: dict[str, Any], at: str) -> None:
    look.charts += 1
    most = LIMITS["message.data_visualizations.max_items"]
    if look.charts > most:
        look.find(at, f"no more than {most} data_visualization blocks allowed", "max_items", expected=most)


def _card_says_something(look: Look, value: dict[str, Any], at: str) -> None:
    if not any(value.get(name) for name in ("hero_image", "title", "actions", "body")):
        look.find(at, "must define `hero_image`, `title`, `actions` or `body`", "required")


def _no_pending(look: Look, value: dict[str, Any], at: str) -> None:
    if value.get("status") == "pending":
        look.find(f"{at}/status", "must be a valid enum value", "enum", expected=["complete", "error", "in_progress"])


def _nullable(inner: Check) -> Check:
    return lambda look, value, at: None if value is None else inner(look, value, at)


def _later(name: str) -> Check:
    """A block inside a block: its check is looked up when it is needed."""
    return lambda look, value, at: typed({name: BLOCKS[name]})(look, value, at)


_URL = address("video.video_url.max_length")
_CELL = {"raw_text": thing({"text": string(0, 1)}, {"emoji": boolean}), "rich_text": _later("rich_text")}
_DATA_CELL = {**_CELL, "raw_number": thing({"value": amount(), "text": string(0, 1)})}
_COLUMN = _nullable(thing({}, {"align": one_of("left", "center", "right"), "is_wrapped": boolean}))

_TASK: dict[str, Check] = {
    "details": _later("rich_text"),
    "output": _later("rich_text"),
    "sources": many(thing({"url": address(3000), "text": string(0, 1)})),
    "status": one_of("pending", "in_progress", "complete", "error"),
}
_POINTS = many(
    thing({"label": string("data_visualization.point_label.max_length", 1), "value": amount()}),
    "data_visualization.data.min_items",
    "data_visualization.data.max_items",
)
_AXIS_CHART = thing(
    {
        "series": many(
            thing({"name": string("data_visualization.series_name.max_length", 1), "data": _POINTS}),
            "data_visualization.series.min_items",
            "data_visualization.series.max_items",
        ),
        "axis_config": thing(
            {
                "categories": many(
                    string("data_visualization.category_label.max_length", 1),
                    "data_visualization.categories.min_items",
                    "data_visualization.categories.max_items",
                )
            },
            {
                "x_label": string("data_visualization.axis_label.max_length"),
                "y_label": string("data_visualization.axis_label.max_length"),
            },
        ),
    }
)
_CHART = typed(
    {
        "pie": thing(
            {
                "segments": many(
                    thing(
                        {
                            "label": string("data_visualization.segment.label.max_length", 1),
                            "value": amount(LIMITS["data_visualization.segment.value.exclusive_min"]),
                        }
                    ),
                    "data_visualization.segments.min_items",
                    "data_visualization.segments.max_items",
                )
            }
        ),
        "bar": _AXIS_CHART,
        "area": _AXIS_CHART,
        "line": _AXIS_CHART,
    }
)

BLOCKS: Final[dict[str, Check]] = {
    "section": _block(
        {},
        {
            "text": text("section.text.max_length"),
            "fields": many(text("section.fields.item_max_length"), 1, "section.fields.max_items"),
            "accessory": typed(SECTIONS),
            "expand": boolean,
        },
        _section_says_something,
    ),
    "divider": _block({}),
    "header": _block({"text": text("header.text.max_length", _PLAIN)}, {"level": number(1, 4)}),
    "context": _block(
        {
            "elements": many(
                typed({"image": IMAGE, "plain_text": text(3000), "mrkdwn": text(3000)}), 1, "context.elements.max_items"
            )
        }
    ),
    "actions": _block({"elements": many(typed(ACTIONS), 1, "actions.elements.max_items")}),
    "image": _block(
        {"alt_text": string("image.alt_text.max_length", 1)},
        {
            "image_url": address("image.image_url.max_length"),
            "slack_file": anything,
            "title": text("image.title.max_length", _PLAIN),
        },
        picture,
    ),
    "input": _block(
        {"label": text("input.label.max_length", _PLAIN), "element": typed(INPUTS)},
        {"hint": text("input.hint.max_length", _PLAIN), "optional": boolean, "dispatch_action": boolean},
    ),
    "rich_text": _block({"elements": many(typed(RICH_ELEMENTS), 1)}),
    "markdown": _block({"text": string("markdown.text.max_length", 1)}, also=_add_markdown),
    "table": _block(
        {"rows": many(many(typed(_CELL), 1, "table.columns.max_items"), 1, "table.rows.max_items")},
        {"column_settings": many(_COLUMN, 0, "table.column_settings.max_items")},
        _one_table,
    ),
    "data_table": _block(
        {
            "caption": string(0, 1),
            "rows": many(
                many(typed(_DATA_CELL), "data_table.columns.min_items", "data_table.columns.max_items"),
                "data_table.rows.min_items",
                "data_table.rows.max_items",
            ),
        },
        {
            "page_size": number("data_table.page_size.min", "data_table.page_size.max"),
            "row_header_column_index": number("data_table.row_header_column_index.min", 19),
        },
        _even_table,
    ),
    "data_visualization": _block(
        {"title": string("data_visualization.title.max_length", 1), "chart": _CHART}, also=_two_charts
    ),
    "video": _block(
        {
            "alt_text": string("video.alt_text.max_length", 1),
            "thumbnail_url": address("video.thumbnail_url.max_length"),
            "title": text("video.title.max_length", _PLAIN),
            "video_url": _URL,
        },
        {
            "author_name": string("video.author_name.max_length"),
            "description": text("video.description.max_length", _PLAIN),
            "provider_icon_url": address("video.provider_icon_url.max_length"),
            "provider_name": string("video.provider_name.max_length"),
            "title_url": address("video.title_url.max_length"),
        },
    ),
    "file": _block({"external_id": string(0, 1), "source": one_of("remote")}),
    "alert": _block(
        {"text": text("alert.text.max_length")}, {"level": one_of("default", "info", "warning", "error", "success")}
    ),
    "card": _block(
        {},
        {
            "hero_image": IMAGE,
            "icon": IMAGE,
            "slack_icon": anything,
            "title": text("card.title.max_length"),
            "subtitle": text("card.subtitle.max_length"),
            "body": text("card.body.max_length"),
            "subtext": text("card.subtext.max_length"),
            "actions": many(typed({"button": BUTTON}), 1, "card.actions.max_items"),
        },
        _card_says_something,
    ),
    "carousel": _block(
        {"elements": many(_later("card"), "carousel.elements.min_items", "carousel.elements.max_items")}
    ),
    "container": _block(
        {
            "child_blocks": many(
                lambda look, value, at: _any_block(look, value, at),
                "container.child_blocks.min_items",
                "container.child_blocks.max_items",
            )
        },
        {
            "title": text("container.title.max_length"),
            "rich_text_title": _later("rich_text"),
            "subtitle": text("container.subtitle.max_length"),
            "width": anything,
            "icon": IMAGE,
            "is_collapsible": boolean,
            "default_collapsed": boolean,
            "has_header_divider": boolean,
        },
    ),
    "context_actions": _block({"elements": many(typed(CONTEXT_ACTIONS), 1, "context_actions.elements.max_items")}),
    "task_card": _block({"task_id": string(0, 1), "title": string(0, 1)}, _TASK, _no_pending),
    "plan": _block(
        {"title": string(0, 1)},
        {
            "tasks": many(
                typed({"task_card": _block({"task_id": string(0, 1), "title": string(0, 1)}, _TASK)}),
                0,
                "plan.tasks.max_items",
            )
        },
    ),
}

_any_block: Final[Check] = typed(BLOCKS, lambda look: SURFACES[look.surface])

_VIEW: Final = {
    "blocks": many(_any_block, 0, "view.blocks.max_items"),
    "private_metadata": string("view.private_metadata.max_length"),
    "callback_id": string("view.callback_id.max_length"),
    "external_id": string("view.external_id.max_length"),
}
_VIEWS: Final = {
    "home": thing({"blocks": _VIEW["blocks"]}, _VIEW),
    "modal": thing(
        {"blocks": _VIEW["blocks"], "title": text("view.title.max_length", _PLAIN)},
        {
            **_VIEW,
            "submit": text("view.submit.max_length", _PLAIN),
            "close": text("view.close.max_length", _PLAIN),
            "clear_on_close": boolean,
            "notify_on_close": boolean,
            "submit_disabled": boolean,
        },
    ),
}


def no_files(name: str) -> bool:
    return False


def check_blocks(
    blocks: Any, surface: str = "message", file_ready: Callable[[str], bool] = no_files, at: str = "/blocks"
) -> list[Fault]:
    """What is wrong with the blocks of a message (or, with another `surface`, of a view). Empty: nothing."""
    look = Look(surface, file_ready)
    many(_any_block, 0, "message.blocks.max_items" if surface == "message" else "view.blocks.max_items")(
        look, blocks, at
    )
    return look.faults


def check_view(view: Any, file_ready: Callable[[str], bool] = no_files, at: str = "/view") -> list[Fault]:
    """What is wrong with a modal or a Home tab, its blocks included."""
    look = Look(str(view.get("type")) if isinstance(view, dict) else "modal", file_ready)
    typed(_VIEWS)(look, view, at)
    if (
        not look.faults
        and view["type"] == "modal"
        and "submit" not in view
        and any(block["type"] == "input" for block in view["blocks"])
    ):
        look.find(at, "missing required field: submit", "required", expected="submit")
    return look.faults


def too_long(blocks: list[Any]) -> bool:
    """Whether all the words of a message's blocks together are more than Slack takes (`msg_blocks_too_long`)."""
    return _characters(blocks) > BLOCKS_TEXT
