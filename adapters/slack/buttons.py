"""Buttons as Slack's elements: buttons, tick boxes where several answers may be right, a choice where labels are long. Pure.

What each element carries is a button's own `press`: a button in its `value`, every other one in the `value` of its options.
Tick boxes carry the presses of their switches, and their token in the `action_id` (`TOKEN.=`), for when none is ticked.
Source: https://docs.slack.dev/reference/block-kit/block-elements
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from adapters.slack import limits
from adapters.slack.prose import is_link
from bot.message import Button, switch

Json = dict[str, Any]
Row = tuple[Json, ...]
Rows = tuple[tuple[Button, ...], ...]

_ANSWER: Final = re.compile(r"(?!do\.)[^.]+\.(\d+:)?\d+")
_MANY: Final = 25  # buttons in a message beyond which those of one command become a list
_LISTED: Final = 10  # of one kind beyond which they may


def buttons(rows: Rows) -> tuple[tuple[str, ...], tuple[Row, ...]]:
    """The rows as elements of actions blocks, and the labels that do not fit on their button, to be told in full."""
    rows = tuple(tuple(button for button in row if _works(button)) for row in rows)
    flat = [button for row in rows for button in row]
    gathered = [group for group in _groups(flat) if group]
    drawn: list[Row] = []
    taken: set[str] = set()
    told: set[int] = set()
    for row in rows:
        single: list[Json] = []
        for button in row:
            group = next((group for group in gathered if any(button is other for other in group)), None)
            if group is None:
                single.append(_button(button, taken))
            elif id(group) not in told:
                told.add(id(group))
                drawn.extend((element,) for element in _choice(group, taken))
        drawn.extend(tuple(single[at : at + limits.ACTIONS]) for at in range(0, len(single), limits.ACTIONS))
    return tuple(button.label for button in flat if len(_label(button)) > limits.BUTTON_TEXT), tuple(drawn)


def labels(rows: Rows) -> tuple[str, ...]:
    """What can be pressed, in words."""
    return tuple(_label(button) for row in rows for button in row)


def _works(button: Button) -> bool:
    """A link that is none would be refused with the whole message."""
    return bool(button.press) if not button.url else is_link(button.url)


def _groups(flat: list[Button]) -> Iterator[list[Button]]:
    """The buttons that become one element together."""
    ticks = [button for button in flat if switch(button.press)]
    if len(ticks) <= limits.TICKS and _alike(ticks):
        yield ticks
    answers = [button for button in flat if _ANSWER.fullmatch(button.press)]
    long = any(len(button.label) > limits.LABEL_SEEN for button in answers)
    if (len(answers) > _LISTED or long) and _alike(answers) and not any(button.picked for button in answers):
        yield answers
    if len(flat) > _MANY:
        plain = [button for button in flat if button.press.startswith("do.") and not button.main and not button.aside]
        for command in dict.fromkeys(_command(button) for button in plain):
            same = [button for button in plain if _command(button) == command]
            if len(same) > _LISTED and _alike(same):
                yield same


def _command(button: Button) -> str:
    return button.press.partition(" ")[0]


def _alike(group: list[Button]) -> bool:
    """Whether they can be options of one element: Slack wants options that differ, in words and in value."""
    names = {button.label for button in group}
    presses = {button.press for button in group}
    moments = {button.press.partition(".")[0] for button in group}
    return len(names) == len(presses) == len(group) and len(moments) == 1


def _choice(group: list[Button], taken: set[str]) -> Iterator[Json]:
    """Tick boxes; else one option of a few, all to be seen at once; else a list that opens, or several of them."""
    first = group[0].press
    if switch(first):
        on = [_option(button) for button in group if button.picked]
        yield {
            "type": "checkboxes",
            "action_id": _id(f"{first.partition('.')[0]}.=", taken),
            "options": [_option(button) for button in group],
            **({"initial_options": on} if on else {}),
        }
    elif len(group) <= _LISTED:
        options = [_option(button) for button in group]
        yield {"type": "radio_buttons", "action_id": _id(f"{first}?", taken), "options": options}
    else:
        for at in range(0, len(group), limits.SELECT_OPTIONS):
            some = group[at : at + limits.SELECT_OPTIONS]
            yield {
                "type": "static_select",
                "action_id": _id(f"{first}?", taken),
                "placeholder": _text(f"{at + 1}–{at + len(some)}"),
                "options": [_option(button, picked=True) for button in some],
            }


def _option(button: Button, *, picked: bool = False) -> Json:
    label = _label(button) if picked else button.label or "…"
    return {"text": _text(_cut(label, limits.OPTION_TEXT)), "value": button.press}


def _button(button: Button, taken: set[str]) -> Json:
    element: Json = {
        "type": "button",
        "action_id": _id(button.press or "link", taken),
        "text": _text(_cut(_label(button), limits.BUTTON_TEXT)),
    }
    if button.url:
        element["url"] = button.url
    else:
        element["value"] = button.press
    return {**element, "style": "primary"} if button.main else element


def _label(button: Button) -> str:
    """A picked one has a sign, for colour alone says nothing to many."""
    label = button.label.strip() or "…"
    return f"✓ {label}" if button.picked else label


def _cut(label: str, most: int) -> str:
    return label if len(label) <= most else f"{label[: most - 1]}…"


def _text(text: str) -> Json:
    return {"type": "plain_text", "text": text, "emoji": True}


def _id(wanted: str, taken: set[str]) -> str:
    """An `action_id` that no other element of the message has."""
    id, number = wanted, 1
    while id in taken:
        number += 1
        id = f"{wanted}#{number}"
    taken.add(id)
    return id
