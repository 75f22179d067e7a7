"""What stands on the phone: a message, a Home tab or a modal, as a person sees it. Pure reading of Block Kit."""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from tests.fakes.slack.mrkdwn import Read, read

State = dict[str, dict[str, Any]]  # block_id -> action_id -> what is chosen there


class Control(Struct, frozen=True):
    """Something to press, choose or fill in. `element` is the raw element."""

    kind: str
    label: str
    block: str
    action: str
    element: dict[str, Any]

    @property
    def options(self) -> tuple[dict[str, Any], ...]:
        grouped = [option for group in self.element.get("option_groups", ()) for option in group["options"]]
        return (*self.element.get("options", ()), *grouped)


class Tick(Struct, frozen=True):
    label: str
    ticked: bool


class Choice(Struct, frozen=True):
    """A menu: its placeholder, what it offers, what is chosen."""

    label: str
    options: tuple[str, ...]
    chosen: str = ""


class Image(Struct, frozen=True):
    alt: str
    source: str  # an address, or the id of a file at Slack
    title: str = ""


class Shown(Struct, frozen=True):
    """A message as it stands. `text` is the notification's; `visible` what the blocks say, line by line.

    `pings` and `links`: all that the message forms, in its text or its blocks. Buttons' own addresses count as links.
    """

    ts: str
    channel: str
    text: str
    visible: str
    buttons: tuple[str, ...] = ()
    selects: tuple[Choice, ...] = ()
    checkboxes: tuple[Tick, ...] = ()
    radios: tuple[Tick, ...] = ()
    images: tuple[Image, ...] = ()
    files: tuple[str, ...] = ()
    pings: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    edits: int = 0
    ephemeral: bool = False
    thread_ts: str = ""
    blocks: tuple[dict[str, Any], ...] = ()
    metadata: dict[str, Any] | None = None


class Page(Struct, frozen=True):
    """A Home tab or a modal. `inputs` are the labels of what can be filled in."""

    id: str
    title: str
    visible: str
    buttons: tuple[str, ...] = ()
    selects: tuple[Choice, ...] = ()
    checkboxes: tuple[Tick, ...] = ()
    radios: tuple[Tick, ...] = ()
    inputs: tuple[str, ...] = ()
    submit: str = ""
    close: str = ""
    errors: dict[str, str] = {}
    pings: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()
    callback_id: str = ""
    private_metadata: str = ""


class _Eye:
    """Reads blocks from top to bottom."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.lines: list[str] = []
        self.pings: list[str] = []
        self.links: list[str] = []
        self.images: list[Image] = []

    def text(self, value: dict[str, Any] | None) -> str:
        if value is None:
            return ""
        if value["type"] == "plain_text":
            return str(value["text"])
        return self.take(read(value["text"], bare=not value.get("verbatim"), bare_pings=not value.get("verbatim")))

    def take(self, seen: Read) -> str:
        self.pings += seen.pings
        self.links += seen.links
        return seen.visible

    def say(self, line: str) -> None:
        if line:
            self.lines.append(line)

    def image(self, value: dict[str, Any]) -> None:
        file = value.get("slack_file") or {}
        source = str(value.get("image_url") or file.get("id") or file.get("url"))
        self.images.append(Image(value["alt_text"], source, self.text(value.get("title"))))

    def pieces(self, elements: list[dict[str, Any]]) -> str:
        return "".join(map(self.piece, elements))

    def piece(self, value: dict[str, Any]) -> str:
        match value["type"]:
            case "text":
                return str(value["text"])
            case "link":
                self.links.append(value["url"])
                return str(value.get("text") or value["url"])
            case "user" | "usergroup":
                self.pings.append("@" + (value.get("user_id") or value["usergroup_id"]))
                return self.pings[-1]
            case "broadcast":
                self.pings.append("!" + value["range"])
                return "@" + str(value["range"])
            case "channel":
                self.links.append("#" + value["channel_id"])
                return "#" + str(value["channel_id"])
            case "emoji":
                codes = str(value.get("unicode", ""))
                return "".join(chr(int(code, 16)) for code in codes.split("-")) if codes else f":{value['name']}:"
            case kind:
                return str(value.get("fallback") or value.get("value") or kind)

    def rich(self, elements: list[dict[str, Any]]) -> str:
        lines: list[str] = []
        for element in elements:
            if element["type"] == "rich_text_list":
                first = element.get("offset", 0) + 1
                for place, item in enumerate(element["elements"]):
                    mark = f"{first + place}." if element["style"] == "ordered" else "•"
                    lines.append("  " * element.get("indent", 0) + f"{mark} {self.pieces(item['elements'])}")
            else:
                lines.append(self.pieces(element["elements"]))
        return "\n".join(line.rstrip("\n") for line in lines)

    def cell(self, value: dict[str, Any]) -> str:
        return self.rich(value["elements"]) if value["type"] == "rich_text" else str(value["text"])

    def block(self, value: dict[str, Any]) -> None:
        match value["type"]:
            case "section":
                self.say(self.text(value.get("text")))
                for field in value.get("fields", ()):
                    self.say(self.text(field))
                if value.get("accessory", {}).get("type") == "image":
                    self.image(value["accessory"])
            case "header" | "alert":
                self.say(self.text(value["text"]))
            case "context":
                words = [self.text(part) for part in value["elements"] if part["type"] != "image"]
                for part in value["elements"]:
                    if part["type"] == "image":
                        self.image(part)
                self.say(" ".join(words))
            case "image":
                self.image(value)
                self.say(self.images[-1].title)
            case "input":
                self.say(self.text(value["label"]))
                self.say(self.text(value.get("hint")))
            case "rich_text":
                self.say(self.rich(value["elements"]))
            case "markdown":
                self.say(self.take(read(value["text"])))
            case "table" | "data_table":
                self.say(str(value.get("caption", "")))
                for row in value["rows"]:
                    self.say(" | ".join(map(self.cell, row)))
            case "card":
                for name in ("title", "subtitle", "body", "subtext"):
                    self.say(self.text(value.get(name)))
            case "carousel":
                self.all(value["elements"])
            case "container":
                self.say(self.text(value.get("title")))
                self.all(value["child_blocks"])
            case "video":
                self.say(self.text(value["title"]))
            case "data_visualization" | "plan" | "task_card":
                self.say(str(value["title"]))
            case _:
                pass

    def all(self, blocks: list[dict[str, Any]]) -> None:
        for block in blocks:
            self.block(block)


def elements_of(blocks: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Each element that can be used, with the block it stands in."""
    for block in blocks:
        match block["type"]:
            case "section" if "accessory" in block:
                yield block, block["accessory"]
            case "actions" | "context_actions":
                for element in block["elements"]:
                    yield block, element
            case "input":
                yield block, block["element"]
            case "card":
                for element in block.get("actions", ()):
                    yield block, element
            case "carousel":
                yield from elements_of(block["elements"])
            case "container":
                yield from elements_of(block["child_blocks"])
            case _:
                pass


def controls_of(blocks: list[dict[str, Any]]) -> tuple[Control, ...]:
    found: list[Control] = []
    for block, element in elements_of(blocks):
        if element["type"] == "image":
            continue
        words = element.get("text") or block.get("label") or element.get("placeholder") or {}
        label = str(words.get("text", ""))
        found.append(Control(element["type"], label, block["block_id"], element.get("action_id", ""), element))
    return tuple(found)


def chosen_of(control: Control, state: State) -> list[dict[str, Any]]:
    """The options that are chosen: what the person last chose, else what the message chose for them."""
    held = state.get(control.block, {}).get(control.action)
    element = control.element
    if held is not None:
        options = held.get("selected_options")
        return (
            list(options) if options is not None else [held["selected_option"]] if held.get("selected_option") else []
        )
    first = element.get("initial_option")
    return list(element.get("initial_options", ())) or ([first] if first else [])


def _ticks(control: Control, state: State) -> list[Tick]:
    chosen = [option["value"] for option in chosen_of(control, state)]
    return [Tick(read(option["text"]["text"]).visible, option["value"] in chosen) for option in control.options]


def seen(blocks: list[dict[str, Any]], state: State) -> dict[str, Any]:
    """What blocks show, as the fields that `Shown` and `Page` share."""
    eye = _Eye(state)
    eye.all(blocks)
    buttons: list[str] = []
    selects: list[Choice] = []
    boxes: list[Tick] = []
    radios: list[Tick] = []
    for control in controls_of(blocks):
        match control.kind:
            case "button":
                buttons.append(control.label)
                if "url" in control.element:
                    eye.links.append(control.element["url"])
            case "checkboxes":
                boxes += _ticks(control, state)
            case "radio_buttons":
                radios += _ticks(control, state)
            case "static_select" | "multi_static_select" | "overflow":
                offered = tuple(str(option["text"]["text"]) for option in control.options)
                chosen = ", ".join(option["text"]["text"] for option in chosen_of(control, state))
                selects.append(Choice(control.label, offered, chosen))
            case _:
                pass
    return {
        "visible": "\n".join(eye.lines),
        "buttons": tuple(buttons),
        "selects": tuple(selects),
        "checkboxes": tuple(boxes),
        "radios": tuple(radios),
        "images": tuple(eye.images),
        "pings": tuple(eye.pings),
        "links": tuple(eye.links),
    }


def shown_message(message: dict[str, Any], state: State, *, edits: int, ephemeral: bool, names: bool) -> Shown:
    """`names`: the sender asked Slack to look for bare names (`link_names`, or `parse` full)."""
    blocks = message.get("blocks", [])
    fields = seen(blocks, state)
    notice = read(message.get("text", ""), bare=not blocks, bare_pings=names)
    fields["pings"] = (*notice.pings, *fields["pings"])
    fields["links"] = (*notice.links, *fields["links"])
    if not blocks:
        fields["visible"] = notice.visible
    return Shown(
        ts=message["ts"],
        channel=message["channel"],
        text=notice.visible,
        files=tuple(file["id"] for file in message.get("files", ())),
        edits=edits,
        ephemeral=ephemeral,
        thread_ts=message.get("thread_ts", ""),
        blocks=tuple(blocks),
        metadata=message.get("metadata"),
        **fields,
    )


def shown_view(view: dict[str, Any], state: State, errors: dict[str, str]) -> Page:
    blocks = view["blocks"]
    inputs = tuple(str(block["label"]["text"]) for block in blocks if block["type"] == "input")

    def said(name: str) -> str:
        return str((view.get(name) or {}).get("text", ""))

    return Page(
        id=view["id"],
        title=said("title"),
        submit=said("submit"),
        close=said("close"),
        inputs=inputs,
        errors=dict(errors),
        callback_id=view.get("callback_id", ""),
        private_metadata=view.get("private_metadata", ""),
        **seen(blocks, state),
    )
