"""The strict fake Slack's Block Kit: every limit at its edge, what is refused and in which words, what is right.

The limits are compared with slackblocks' registry, made by others from the same pages.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slackblocks import _limits, _surfaces

from tests.fakes.slack import LIMITS, check_blocks, check_view, read
from tests.fakes.slack.limits import SURFACES
from tests.fakes.slack.methods import METHODS
from tests.fakes.slack.mrkdwn import escape
from tests.fakes.slack_kit import (
    MODAL,
    Json,
    Scene,
    actions,
    button,
    card,
    chart,
    confirm,
    data_table,
    field,
    image,
    menu,
    mrkdwn,
    numbered,
    option,
    options,
    plain,
    rich,
    rich_list,
    section,
    table,
    url,
)

# What is measured, how many are allowed, blocks with so many. Each is tried at its limit and one over.
SIZES: list[tuple[str, int, Callable[[int], list[Json]]]] = [
    ("blocks of a message", 50, lambda n: [{"type": "divider"}] * n),
    ("block_id", 255, lambda n: [{"type": "divider", "block_id": "b" * n}]),
    ("section text", 3000, lambda n: section(text=mrkdwn(n))),
    ("section fields", 10, lambda n: section(fields=[plain("f")] * n)),
    ("section field", 2000, lambda n: section(fields=[plain(n)])),
    ("header", 150, lambda n: [{"type": "header", "text": plain(n)}]),
    ("context elements", 10, lambda n: [{"type": "context", "elements": [plain("e")] * n}]),
    ("context text", 3000, lambda n: [{"type": "context", "elements": [mrkdwn(n)]}]),
    ("actions", 25, lambda n: actions(*numbered(button, n))),
    ("action_id", 255, lambda n: actions(button(action_id="a" * n))),
    ("button text", 75, lambda n: actions(button(text=plain(n)))),
    ("button value", 2000, lambda n: actions(button(value="v" * n))),
    ("button url", 3000, lambda n: actions(button(url=url(n)))),
    ("button label for screen readers", 75, lambda n: actions(button(accessibility_label="l" * n))),
    ("confirm title", 100, lambda n: actions(button(confirm=confirm(title=plain(n))))),
    ("confirm text", 300, lambda n: actions(button(confirm=confirm(text=plain(n))))),
    ("confirm yes", 30, lambda n: actions(button(confirm=confirm(confirm=plain(n))))),
    ("confirm no", 30, lambda n: actions(button(confirm=confirm(deny=plain(n))))),
    ("options of a select", 100, lambda n: actions(menu(n))),
    ("option text", 75, lambda n: actions({"type": "static_select", "options": [option(text=n)]})),
    ("option value", 150, lambda n: actions({"type": "static_select", "options": [option(value=n)]})),
    (
        "option description",
        75,
        lambda n: actions({"type": "static_select", "options": [option(description=plain(n))]}),
    ),
    (
        "option groups",
        100,
        lambda n: actions(
            {
                "type": "static_select",
                "option_groups": [{"label": plain("g"), "options": [option(number=i, value=4)]} for i in range(n)],
            }
        ),
    ),
    (
        "label of an option group",
        75,
        lambda n: actions({"type": "static_select", "option_groups": [{"label": plain(n), "options": options(1)}]}),
    ),
    ("placeholder", 150, lambda n: actions({**menu(1), "placeholder": plain(n)})),
    ("checkboxes", 10, lambda n: actions({"type": "checkboxes", "options": options(n)})),
    ("radio buttons", 10, lambda n: actions({"type": "radio_buttons", "options": options(n)})),
    ("overflow", 5, lambda n: actions({"type": "overflow", "options": options(n)})),
    ("image alt text", 2000, lambda n: image(alt_text="a" * n)),
    ("image title", 2000, lambda n: image(title=plain(n))),
    ("image url", 3000, lambda n: image(image_url=url(n))),
    ("input label", 2000, lambda n: [{**field({"type": "plain_text_input"})[0], "label": plain(n)}]),
    ("input hint", 2000, lambda n: [{**field({"type": "plain_text_input"})[0], "hint": plain(n)}]),
    ("input max_length", 3000, lambda n: field({"type": "plain_text_input", "max_length": n})),
    ("files of an input", 10, lambda n: field({"type": "file_input", "max_files": n})),
    ("markdown", 12_000, lambda n: [{"type": "markdown", "text": "m" * n}]),
    (
        "markdown in total",
        12_000,
        lambda n: [{"type": "markdown", "text": "m" * 6000}, {"type": "markdown", "text": "m" * (n - 6000)}],
    ),
    ("table rows", 100, lambda n: table(n, 1)),
    ("table columns", 20, lambda n: table(1, n)),
    ("tables", 1, lambda n: [block for number in range(n) for block in table(1, 1)]),
    ("characters of a table", 10_000, lambda n: table(1, 1, n)),
    ("column settings", 20, lambda n: [{**table(1, 1)[0], "column_settings": [{"align": "left"}] * n}]),
    ("data table rows", 201, data_table),
    ("list indent", 8, rich_list),
    ("card title", 150, lambda n: card(title=plain(n))),
    ("card body", 200, lambda n: card(body=plain(n))),
    ("card actions", 3, lambda n: card(actions=numbered(button, n))),
    ("carousel", 10, lambda n: [{"type": "carousel", "elements": card() * n}]),
    ("container", 10, lambda n: [{"type": "container", "child_blocks": [{"type": "divider"}] * n}]),
    ("chart segments", 12, chart),
    ("charts of a message", 2, lambda n: [block for number in range(n) for block in chart(1)]),
    (
        "plan tasks",
        50,
        lambda n: [
            {
                "type": "plan",
                "title": "p",
                "tasks": [{"type": "task_card", "task_id": f"{i}", "title": "t"} for i in range(n)],
            }
        ],
    ),
    (
        "video title",
        200,
        lambda n: [
            {"type": "video", "alt_text": "a", "thumbnail_url": url(30), "video_url": url(30), "title": plain(n)}
        ],
    ),
]


@pytest.mark.parametrize(("what", "most", "make"), SIZES, ids=[row[0] for row in SIZES])
def test_what_is_just_right_is_taken_and_one_more_is_not(
    what: str, most: int, make: Callable[[int], list[Json]]
) -> None:
    assert check_blocks(make(most)) == []
    assert check_blocks(make(most + 1)) != []


VIEW_SIZES: list[tuple[str, int, Callable[[int], Json]]] = [
    ("blocks", 100, lambda n: {"blocks": [{"type": "divider"}] * n}),
    ("title", 24, lambda n: {"title": plain(n)}),
    ("submit", 24, lambda n: {"submit": plain(n)}),
    ("close", 24, lambda n: {"close": plain(n)}),
    ("callback_id", 255, lambda n: {"callback_id": "c" * n}),
    ("external_id", 255, lambda n: {"external_id": "e" * n}),
    ("private_metadata", 3000, lambda n: {"private_metadata": "p" * n}),
    ("alert", 200, lambda n: {"blocks": [{"type": "alert", "text": plain(n)}]}),
]


@pytest.mark.parametrize(("what", "most", "make"), VIEW_SIZES, ids=[row[0] for row in VIEW_SIZES])
def test_a_modal_has_limits_of_its_own(what: str, most: int, make: Callable[[int], Json]) -> None:
    assert check_view({**MODAL, **make(most)}) == []
    assert check_view({**MODAL, **make(most + 1)}) != []


def test_the_limits_are_those_that_slackblocks_reads_in_the_same_pages() -> None:
    ours = {name.upper().replace(".", "_"): value for name, value in LIMITS.items()}
    assert ours == {name: value for name, value in vars(_limits).items() if name.isupper()}
    theirs: dict[str, frozenset[str]] = {str(name): kinds for name, kinds in _surfaces._BLOCK_TYPES_BY_SURFACE.items()}
    assert theirs == SURFACES


# Blocks that are wrong, and the line Slack says. "" where only that they are refused is known.
WRONG: list[tuple[str, list[Any], str]] = [
    ("too long", section(text=mrkdwn(3001)), "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"),
    ("its place", section(text=mrkdwn(3001)), "failed to match all allowed schemas [json-pointer:/blocks/0/text]"),
    ("empty", section(text=plain("")), "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
    ("no words", [{"type": "section"}], "must define either `text` or `fields` [json-pointer:/blocks/0/type]"),
    ("no type", [{"text": plain("x")}], "missing required field: type [json-pointer:/blocks/0]"),
    ("unknown type", [{"type": "sections"}], "unsupported type: sections [json-pointer:/blocks/0/type]"),
    ("not an object", ["hi"], "must provide an object [json-pointer:/blocks/0]"),
    ("unknown field", section(disabled=True), "invalid additional property: disabled [json-pointer:/blocks/0]"),
    ("too many", actions(*numbered(button, 26)), "no more than 25 items allowed [json-pointer:/blocks/0/elements]"),
    ("none", actions(), ""),
    ("no source", [{"type": "file", "external_id": "x"}], "missing required field: source [json-pointer:/blocks/0]"),
    (
        "mrkdwn header",
        [{"type": "header", "text": mrkdwn(1)}],
        "unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]",
    ),
    ("mrkdwn button", actions(button(text=mrkdwn(1))), ""),
    ("emoji on mrkdwn", section(text={**mrkdwn(1), "emoji": True}), ""),
    ("same action_id", actions(button(action_id="a"), button(action_id="a")), ""),
    ("same action_id in two blocks", actions(button(action_id="a")) + actions(button(action_id="a")), ""),
    ("same block_id", [{"type": "divider", "block_id": "b"}] * 2, ""),
    (
        "unknown element",
        actions({"type": "slider"}),
        "unsupported type: slider [json-pointer:/blocks/0/elements/0/type]",
    ),
    ("input in actions", actions({"type": "plain_text_input"}), ""),
    ("button in an input", field(button()), ""),
    ("overflow in an input", field({"type": "overflow", "options": options(2)}), ""),
    ("style", actions(button(style="main")), ""),
    (
        "confirm without a no",
        actions(button(confirm={"title": plain("t"), "text": plain("t"), "confirm": plain("t")})),
        "",
    ),
    ("button address", actions(button(url="not an address")), ""),
    ("script address", actions(button(url="javascript:alert(1)")), ""),
    ("same values", actions({"type": "static_select", "options": [option(), option()]}), ""),
    ("initial option of another", actions({**menu(2), "initial_option": option(value=9)}), ""),
    ("options and groups", actions({**menu(1), "option_groups": [{"label": plain("g"), "options": options(1)}]}), ""),
    (
        "mrkdwn option of a select",
        actions({"type": "static_select", "options": [{"text": mrkdwn(1), "value": "v"}]}),
        "",
    ),
    (
        "address of an option of a select",
        actions({"type": "static_select", "options": [option(url="https://a.example")]}),
        "",
    ),
    ("image from nowhere", [{"type": "image", "alt_text": "a"}], ""),
    ("image from two places", image(slack_file={"id": "F1"}), ""),
    (
        "image without words",
        [{"type": "image", "image_url": "https://example.com/a.png"}],
        "missing required field: alt_text [json-pointer:/blocks/0]",
    ),
    (
        "image on this machine",
        image(image_url="http://127.0.0.1/a.png"),
        "downloading image failed [json-pointer:/blocks/0/image_url]",
    ),
    (
        "image unknown to Slack",
        [{"type": "image", "alt_text": "a", "slack_file": {"id": "F1"}}],
        "invalid slack file [json-pointer:/blocks/0/slack_file.id/slack_file]",
    ),
    ("empty rich text", rich({"type": "rich_text_section", "elements": [{"type": "text", "text": ""}]}), ""),
    ("unknown rich text", rich({"type": "rich_text_table", "elements": []}), ""),
    ("words outside a section", rich({"type": "text", "text": "x"}), ""),
    ("unknown broadcast", rich({"type": "rich_text_section", "elements": [{"type": "broadcast", "range": "all"}]}), ""),
    (
        "unknown style",
        rich({"type": "rich_text_section", "elements": [{"type": "text", "text": "x", "style": {"big": True}}]}),
        "",
    ),
    (
        "uneven data table",
        [{**data_table(2)[0], "rows": [[{"type": "raw_text", "text": "c"}] * n for n in (1, 2)]}],
        "",
    ),
    (
        "alert in a message",
        [{"type": "alert", "text": plain("x")}],
        "unsupported type: alert [json-pointer:/blocks/0/type]",
    ),
    ("pending task alone", [{"type": "task_card", "task_id": "1", "title": "t", "status": "pending"}], ""),
    ("two focused", field({"type": "plain_text_input", "focus_on_load": True}) * 2, ""),
]


@pytest.mark.parametrize(("what", "blocks", "line"), WRONG, ids=[row[0] for row in WRONG])
def test_what_is_no_block_kit_is_refused_in_slacks_words(what: str, blocks: list[Any], line: str) -> None:
    scene = Scene()
    answer = scene.post(blocks=json.dumps(blocks))
    assert answer["error"] == "invalid_blocks"
    assert scene.amira.messages == []
    assert answer["response_metadata"]["messages"] == [f"[ERROR] {each}" for each in answer["errors"]]
    if line:
        assert line in answer["errors"]


EVERYTHING: list[Json] = [
    *section(accessory=button()),
    *section(fields=[plain("a"), mrkdwn(3)], accessory=menu(3)),
    {"type": "divider"},
    {"type": "header", "text": plain("Head")},
    {"type": "context", "elements": [plain("a"), {"type": "image", "image_url": url(30), "alt_text": "a"}]},
    *actions(
        button(style="primary", confirm=confirm(style="danger")),
        {"type": "checkboxes", "options": options(2), "initial_options": options(1)},
        {"type": "radio_buttons", "options": options(2)},
        {"type": "overflow", "options": [option(url="https://example.com")]},
        {"type": "datepicker", "initial_date": "2027-01-31"},
        {"type": "timepicker", "initial_time": "09:30", "timezone": "Europe/Berlin"},
        {"type": "datetimepicker", "initial_date_time": 1_800_000_000},
        {"type": "users_select"},
        {"type": "multi_static_select", "options": options(3), "max_selected_items": 2},
    ),
    *image(title=plain("t")),
    *field({"type": "plain_text_input", "multiline": True, "max_length": 300, "initial_value": "x"}),
    *field({"type": "number_input", "is_decimal_allowed": True, "min_value": "1.5"}),
    *rich(
        {
            "type": "rich_text_section",
            "elements": [
                {"type": "text", "text": "x", "style": {"bold": True, "code": True}},
                {"type": "emoji", "name": "wave", "unicode": "1f44b"},
                {"type": "link", "url": "https://example.com", "text": "there"},
                {"type": "user", "user_id": "U1"},
            ],
        },
        {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "code"}], "border": 1},
        {"type": "rich_text_quote", "elements": [{"type": "text", "text": "said"}]},
    ),
    *rich_list(2),
    {"type": "markdown", "text": "**x**"},
    {"type": "table", "rows": [[{"type": "raw_text", "text": "a"}, *rich_list(0)]], "column_settings": [None]},
    *card(body=mrkdwn(3), actions=[button()]),
    {"type": "context_actions", "elements": [{"type": "icon_button", "icon": "trash", "text": plain("x")}]},
]


def test_every_kind_of_block_and_element_has_a_right_form() -> None:
    assert check_blocks(EVERYTHING) == []
    assert check_view({**MODAL, "submit": plain("Go"), "blocks": field({"type": "email_text_input"})}) == []
    assert check_view({"type": "home", "blocks": section()}) == []


def test_a_modal_with_an_input_needs_a_submit_and_a_home_tab_takes_no_alert() -> None:
    assert [one.said for one in check_view({**MODAL, "blocks": field({"type": "plain_text_input"})})] == [
        "missing required field: submit"
    ]
    assert check_view({"type": "home", "blocks": [{"type": "alert", "text": plain("x")}]})
    assert check_view({"type": "workflow_step", "blocks": []})
    assert check_view("modal")


# nothing that is sent can break it ---------------------------------------------------------------------------------

LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
WORDS = st.sampled_from(
    [
        "type",
        "text",
        "blocks",
        "elements",
        "options",
        "value",
        "action_id",
        "block_id",
        "rows",
        "title",
        "id",
        "section",
    ]
    + ["actions", "plain_text", "mrkdwn", "button", "checkboxes", "table", "image", "rich_text", "modal", "input"]
)
JSON = st.recursive(
    LEAVES | WORDS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=5), max_leaves=25
)

ARGUMENTS = {
    *("channel", "text", "blocks", "attachments", "metadata", "ts", "user", "users", "view", "view_id", "trigger_id"),
    *("user_id", "hash", "filename", "length", "files", "file", "channel_id", "limit", "cursor", "oldest", "code"),
    *(
        "client_id",
        "grant_type",
        "refresh_token",
        "message",
        "external_id",
        "markdown_text",
        "thread_ts",
        "bot",
        "team",
    ),
}


def spoiled(value: Any, path: list[int], other: Any) -> Any:
    """The same JSON with one part, found by `path`, replaced."""
    if not path or not isinstance(value, dict | list) or not value:
        return other
    if isinstance(value, list):
        place = path[0] % len(value)
        return [*value[:place], spoiled(value[place], path[1:], other), *value[place + 1 :]]
    name = sorted(value)[path[0] % len(value)]
    return {**value, name: spoiled(value[name], path[1:], other)}


@given(other=JSON, path=st.lists(st.integers(0, 30), max_size=7))
def test_blocks_with_one_part_replaced_are_judged_and_never_break_the_fake(other: Any, path: list[int]) -> None:
    scene = Scene()
    blocks = spoiled(EVERYTHING, path, other)
    answer = scene.post(text="x", blocks=blocks)
    assert answer["ok"] or answer["error"] in ("invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long")
    assert len(scene.amira.messages) == answer["ok"]
    view = spoiled({**MODAL, "blocks": [block for block in EVERYTHING if block["type"] != "input"][:12]}, path, other)
    assert isinstance(check_view(view), list)


@given(
    method=st.sampled_from(sorted(METHODS)),
    params=st.dictionaries(st.sampled_from(sorted(ARGUMENTS)), JSON | st.text(max_size=30)),
)
def test_any_arguments_get_an_answer(method: str, params: Json) -> None:
    scene = Scene()
    token = scene.fake.app.app_token if METHODS[method].kind == "app" else scene.acme.token
    answer = scene.fake.call(method, token, params)
    assert answer.status == 200 and isinstance(answer.data["ok"], bool)


@given(st.text())
def test_escaped_words_ring_nobody_and_link_nowhere(words: str) -> None:
    seen = read(escape(words), bare=False, markup=False)
    assert (seen.visible, seen.pings, seen.links) == (words, (), ())


@given(st.text(alphabet="<>!@#|&;lgtamp:/UCh ", min_size=1))
def test_rich_text_is_taken_at_its_word(words: str) -> None:
    scene = Scene()
    assert scene.post(blocks=rich({"type": "rich_text_section", "elements": [{"type": "text", "text": words}]}))["ok"]
    shown = scene.amira.messages[0]
    assert (shown.pings, shown.links) == ((), ()) and shown.visible == words.rstrip("\n")
