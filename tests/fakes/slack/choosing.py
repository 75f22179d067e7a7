"""Pressing, choosing and filling in: what a screen offers a person, and how Slack tells what they chose. Pure."""

from typing import Any

from tests.fakes.slack.shown import Control, State, chosen_of, controls_of
from tests.fakes.slack.world import Channel, Message, View


class NotThere(AssertionError):
    """The person looked for something that the screen does not show."""


class Surface:
    """Where a control stands: a message or a view, with what this person has chosen there."""

    def __init__(
        self,
        blocks: list[dict[str, Any]],
        state: State,
        place: Channel | None = None,
        message: Message | None = None,
        view: View | None = None,
    ) -> None:
        self.blocks, self.state, self.place, self.message, self.view = blocks, state, place, message, view


def labelled(control: Control, label: str) -> Any:
    """What a press on this label chooses: the element itself, an option, or None where the label is another's."""
    if control.kind == "button" and control.label == label:
        return control.element
    if control.kind in ("overflow", "static_select", "radio_buttons"):
        return next((option for option in control.options if option["text"]["text"] == label), None)
    return None


def state_of(control: Control, chosen: Any) -> dict[str, Any] | None:
    match control.kind:
        case "checkboxes" | "multi_static_select":
            return {"type": control.kind, "selected_options": chosen}
        case "static_select" | "radio_buttons":
            return {"type": control.kind, "selected_option": chosen}
        case _:
            return None


def filled_in(control: Control, value: Any) -> dict[str, Any]:
    match control.kind:
        case "checkboxes" | "multi_static_select":
            return {"type": control.kind, "selected_options": [option_of(control, one) for one in value]}
        case "static_select" | "radio_buttons":
            return {"type": control.kind, "selected_option": option_of(control, value)}
        case "datepicker":
            return {"type": control.kind, "selected_date": value}
        case "timepicker":
            return {"type": control.kind, "selected_time": value}
        case _:
            most = control.element.get("max_length", 3000)
            if not control.element.get("min_length", 0) <= len(str(value)) <= most:
                raise NotThere(f"Slack takes no more than {most} characters for {control.label!r}")
            return {"type": control.kind, "value": str(value)}


def option_of(control: Control, label: str) -> dict[str, Any]:
    found = next((option for option in control.options if option["text"]["text"] == label), None)
    if found is None:
        raise NotThere(f"{control.label!r} does not offer {label!r}")
    return found


def has_something(held: dict[str, Any]) -> bool:
    return any(value for name, value in held.items() if name != "type")


def state_values(blocks: list[dict[str, Any]], state: State) -> State:
    """`state.values` as Slack sends it: every element that can hold a value, also those that nobody touched."""
    values: State = {}
    empty: dict[str, dict[str, Any]] = {
        "plain_text_input": {"value": None},
        "number_input": {"value": None},
        "email_text_input": {"value": None},
        "url_text_input": {"value": None},
        "checkboxes": {"selected_options": []},
        "multi_static_select": {"selected_options": []},
        "radio_buttons": {"selected_option": None},
        "static_select": {"selected_option": None},
        "datepicker": {"selected_date": None},
        "timepicker": {"selected_time": None},
    }
    for control in controls_of(blocks):
        if control.kind not in empty:
            continue
        held = state.get(control.block, {}).get(control.action)
        if held is None:
            held = {"type": control.kind, **empty[control.kind]}
            chosen = chosen_of(control, state)
            if "selected_options" in held:
                held["selected_options"] = chosen
            elif "selected_option" in held and chosen:
                held["selected_option"] = chosen[0]
            elif "value" in held:
                held["value"] = control.element.get("initial_value")
        values.setdefault(control.block, {})[control.action] = held
    return values
