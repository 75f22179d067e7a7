"""The elements of Block Kit: what people press, choose and fill in; and the objects they are made of.

Which element may stand in which block: docs.slack.dev/reference/block-kit/block-elements.
"""

import re
from typing import Any, Final

from tests.fakes.slack.limits import LIMITS
from tests.fakes.slack.rich import RICH_ELEMENTS
from tests.fakes.slack.shapes import (
    Check,
    Look,
    address,
    anything,
    boolean,
    is_private,
    many,
    number,
    one_of,
    string,
    text,
    thing,
    typed,
)

_PLAIN = "plain_text"


def _action_id(look: Look, value: Any, at: str) -> None:
    string("action_id.max_length")(look, value, at)
    if isinstance(value, str) and value in look.actions:
        look.find(at, f'`action_id` "{value}" already exists for another element', "unique")
    elif isinstance(value, str):
        look.actions.add(value)


def _focus(look: Look, value: Any, at: str) -> None:
    boolean(look, value, at)
    look.focused += value is True
    if look.focused > 1:
        look.find(at, "only one element can have focus_on_load set to true", "unique")


def picture(look: Look, value: dict[str, Any], at: str) -> None:
    """An image is either at an address that Slack can fetch, or a file that Slack has finished taking in."""
    url, file = value.get("image_url"), value.get("slack_file")
    if (url is None) == (file is None):
        look.find(at, "must define either `image_url` or `slack_file`", "required")
    elif url is not None and is_private(url):
        look.find(f"{at}/image_url", "downloading image failed", "download")
    elif file is not None:
        names = [name for name in ("id", "url") if isinstance(file, dict) and name in file]
        if len(names) != 1 or len(file) != 1 or not isinstance(file[names[0]], str):
            look.find(f"{at}/slack_file", "must define either `id` or `url`", "required")
        elif not look.file_ready(file[names[0]]):
            look.find(f"{at}/slack_file.{names[0]}/slack_file", "invalid slack file", "slack_file")


IMAGE: Final = thing(
    {"alt_text": string("image_element.alt_text.max_length", 1)},
    {"image_url": address("image_element.image_url.max_length"), "slack_file": anything},
    picture,
)
CONFIRM: Final = thing(
    {
        "title": text("confirmation.title.max_length", _PLAIN),
        "text": text("confirmation.text.max_length"),
        "confirm": text("confirmation.confirm.max_length", _PLAIN),
        "deny": text("confirmation.deny.max_length", _PLAIN),
    },
    {"style": one_of("primary", "danger")},
)


def _option(*kinds: str, url: bool = False) -> Check:
    may: dict[str, Check] = {"description": text("option.description.max_length", *kinds)}
    if url:  # only an overflow menu's options take one
        may["url"] = address("option.url.max_length")
    return thing({"text": text("option.text.max_length", *kinds), "value": string("option.value.max_length", 1)}, may)


_CHOICE: Final = _option(_PLAIN)  # in a menu; checkboxes and radio buttons may be mrkdwn
_LINE: Final = _option()
_OPTIONS: Final = many(_CHOICE, "select.options.min_items", "select.options.max_items")
_GROUPS: Final = many(
    thing(
        {
            "label": text("option_group.label.max_length", _PLAIN),
            "options": many(_CHOICE, "option_group.options.min_items", "option_group.options.max_items"),
        }
    ),
    "select.option_groups.min_items",
    "select.option_groups.max_items",
)


def _offered(value: dict[str, Any]) -> list[Any]:
    grouped = [option for group in value.get("option_groups", ()) for option in group["options"]]
    return [*value.get("options", ()), *grouped]


def _distinct(look: Look, value: dict[str, Any], at: str) -> None:
    values = [option["value"] for option in _offered(value)]
    if len(set(values)) < len(values):
        look.find(f"{at}/options", "option values must be unique", "unique")
    chosen = value.get("initial_options") or ([value["initial_option"]] if "initial_option" in value else [])
    for option in chosen:
        if option not in _offered(value):
            look.find(f"{at}/initial_options", "initial option must exactly match one of the options", "enum")


def _menu(look: Look, value: dict[str, Any], at: str) -> None:
    if ("options" in value) == ("option_groups" in value):
        look.find(at, "must define either `options` or `option_groups`", "required")
    _distinct(look, value, at)


def _element(must: dict[str, Check], may: dict[str, Check] | None = None, also: Any = None) -> Check:
    return thing(must, {"action_id": _action_id, "confirm": CONFIRM, **(may or {})}, also)


def _styled_button(look: Look, value: dict[str, Any], at: str) -> None:
    if "agent_prompt_display" in value and "agent_prompt" not in value:
        look.find(at, "missing required field: agent_prompt", "required", expected="agent_prompt")


BUTTON: Final = _element(
    {"text": text("button.text.max_length", _PLAIN)},
    {
        "url": address("button.url.max_length", "http", "https", "mailto", "tel", "slack"),
        "value": string("button.value.max_length"),
        "style": one_of("primary", "danger"),
        "accessibility_label": string("button.accessibility_label.max_length"),
        "agent_prompt": string("button.agent_prompt.max_length"),
        "agent_prompt_display": anything,
    },
    _styled_button,
)
_WORKFLOW: Final = _element(
    {"text": text("workflow_button.text.max_length", _PLAIN), "workflow": anything},
    {
        "style": one_of("primary", "danger"),
        "accessibility_label": string("workflow_button.accessibility_label.max_length"),
    },
)


def _placeholder(row: str) -> dict[str, Check]:
    return {"placeholder": text(row, _PLAIN), "focus_on_load": _focus}


def _form(pattern: str) -> Check:
    def check(look: Look, value: Any, at: str) -> None:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            look.find(at, "must match the expected pattern", "pattern", expected=pattern)

    return check


_SELECT: Final = _placeholder("select.placeholder.max_length")
_FILTER: Final = thing(
    {},
    {
        "include": many(one_of("im", "mpim", "private", "public"), "conversation_filter.include.min_items"),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
)
_QUERY: Final = {"min_query_length": number("select.min_query_length.min", 100)}
_SELECTED: Final = {"max_selected_items": number("multi_select.max_selected_items.min", 100)}
_REPLY: Final = {"response_url_enabled": boolean}
_DEFAULT: Final = {"default_to_current_conversation": boolean, "filter": _FILTER}

SELECTS: Final[dict[str, Check]] = {
    "static_select": _element(
        {}, {**_SELECT, "options": _OPTIONS, "option_groups": _GROUPS, "initial_option": _CHOICE}, _menu
    ),
    "external_select": _element({}, {**_SELECT, **_QUERY, "initial_option": _CHOICE}),
    "users_select": _element({}, {**_SELECT, "initial_user": string()}),
    "conversations_select": _element({}, {**_SELECT, **_REPLY, **_DEFAULT, "initial_conversation": string()}),
    "channels_select": _element({}, {**_SELECT, **_REPLY, "initial_channel": string()}),
    "multi_static_select": _element(
        {},
        {
            **_SELECT,
            **_SELECTED,
            "options": _OPTIONS,
            "option_groups": _GROUPS,
            "initial_options": many(_CHOICE, 1, "select.options.max_items"),
        },
        _menu,
    ),
    "multi_external_select": _element({}, {**_SELECT, **_SELECTED, **_QUERY, "initial_options": many(_CHOICE, 1)}),
    "multi_users_select": _element({}, {**_SELECT, **_SELECTED, "initial_users": many(string())}),
    "multi_conversations_select": _element(
        {}, {**_SELECT, **_SELECTED, **_DEFAULT, "initial_conversations": many(string())}
    ),
    "multi_channels_select": _element({}, {**_SELECT, **_SELECTED, "initial_channels": many(string())}),
}
_CHOICES: Final[dict[str, Check]] = {
    "checkboxes": _element(
        {"options": many(_LINE, "checkboxes.options.min_items", "checkboxes.options.max_items")},
        {"initial_options": many(_LINE, 1, "checkboxes.options.max_items"), "focus_on_load": _focus},
        _distinct,
    ),
    "radio_buttons": _element(
        {"options": many(_LINE, "radio_buttons.options.min_items", "radio_buttons.options.max_items")},
        {"initial_option": _LINE, "focus_on_load": _focus},
        _distinct,
    ),
    "datepicker": _element(
        {}, {**_placeholder("date_picker.placeholder.max_length"), "initial_date": _form(r"\d{4}-\d\d-\d\d")}
    ),
    "timepicker": _element(
        {},
        {
            **_placeholder("time_picker.placeholder.max_length"),
            "initial_time": _form(r"([01]\d|2[0-3]):[0-5]\d"),
            "timezone": string(),
        },
    ),
    "datetimepicker": _element(
        {}, {"initial_date_time": number(1_000_000_000, 9_999_999_999), "focus_on_load": _focus}
    ),
}
_OVERFLOW: Final = _element(
    {"options": many(_option(_PLAIN, url=True), "overflow.options.min_items", "overflow.options.max_items")},
    {},
    _distinct,
)

SECTIONS: Final[dict[str, Check]] = {
    **SELECTS,
    **{kind: check for kind, check in _CHOICES.items() if kind != "datetimepicker"},
    "button": BUTTON,
    "image": IMAGE,
    "overflow": _OVERFLOW,
    "workflow_button": _WORKFLOW,
}
ACTIONS: Final[dict[str, Check]] = {
    **SELECTS,
    **_CHOICES,
    "button": BUTTON,
    "overflow": _OVERFLOW,
    "workflow_button": _WORKFLOW,
}

_DISPATCH: Final = {
    "dispatch_action_config": thing(
        {},
        {
            "trigger_actions_on": many(
                one_of("on_enter_pressed", "on_character_entered"),
                "dispatch_action_configuration.trigger_actions_on.min_items",
                "dispatch_action_configuration.trigger_actions_on.max_items",
            )
        },
    )
}


def _length_order(look: Look, value: dict[str, Any], at: str) -> None:
    least, most = value.get("min_length", 0), value.get("max_length", LIMITS["plain_text_input.max_length.max"])
    if least > most:
        look.find(f"{at}/min_length", "min_length must not be more than max_length", "range")
    if not least <= len(value.get("initial_value", " " * least)) <= most:
        look.find(f"{at}/initial_value", f"must be less than {most + 1} characters", "max_length", expected=most)


def _number_form(look: Look, value: Any, at: str) -> None:
    if not isinstance(value, str) or not re.fullmatch(r"-?\d+(\.\d+)?", value):
        look.find(at, "must be a number in a string", "pattern")


def _input(must: dict[str, Check], may: dict[str, Check], also: Any = None) -> Check:
    return thing(must, {"action_id": _action_id, **may}, also)


INPUTS: Final[dict[str, Check]] = {
    **SELECTS,
    **_CHOICES,
    "plain_text_input": _input(
        {},
        {
            **_placeholder("plain_text_input.placeholder.max_length"),
            **_DISPATCH,
            "initial_value": string(),
            "multiline": boolean,
            "min_length": number("plain_text_input.min_length.min", "plain_text_input.min_length.max"),
            "max_length": number("plain_text_input.max_length.min", "plain_text_input.max_length.max"),
        },
        _length_order,
    ),
    "email_text_input": _input(
        {}, {**_placeholder("email_input.placeholder.max_length"), **_DISPATCH, "initial_value": string()}
    ),
    "url_text_input": _input(
        {}, {**_placeholder("url_input.placeholder.max_length"), **_DISPATCH, "initial_value": string()}
    ),
    "number_input": _input(
        {"is_decimal_allowed": boolean},
        {
            **_placeholder("number_input.placeholder.max_length"),
            **_DISPATCH,
            "initial_value": _number_form,
            "min_value": _number_form,
            "max_value": _number_form,
        },
    ),
    "file_input": _input(
        {},
        {"filetypes": many(string(0, 1)), "max_files": number("file_input.max_files.min", "file_input.max_files.max")},
    ),
    "rich_text_input": _input(
        {"action_id": _action_id},
        {
            **_placeholder("rich_text_input.placeholder.max_length"),
            **_DISPATCH,
            "initial_value": thing({"elements": many(typed(RICH_ELEMENTS), 1)}, {"block_id": string()}),
            "min_lines": number("rich_text_input.min_lines.min", "rich_text_input.min_lines.max"),
            "max_lines": number("rich_text_input.max_lines.min", "rich_text_input.max_lines.max"),
        },
    ),
}

_FEEDBACK: Final = thing(
    {"text": text("feedback_button.text.max_length", _PLAIN), "value": string("feedback_button.value.max_length", 1)},
    {"accessibility_label": string("feedback_button.accessibility_label.max_length")},
)
CONTEXT_ACTIONS: Final[dict[str, Check]] = {
    "feedback_buttons": _input({"positive_button": _FEEDBACK, "negative_button": _FEEDBACK}, {}),
    "icon_button": _element(
        {"text": text(3000, _PLAIN), "icon": one_of("trash")},
        {
            "value": string("icon_button.value.max_length"),
            "accessibility_label": string("icon_button.accessibility_label.max_length"),
            "visible_to_user_ids": many(string(), 0, "icon_button.visible_to_user_ids.max_items"),
        },
    ),
}
