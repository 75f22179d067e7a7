"""Pieces of Block Kit for the tests of the fake Slack, and the scene they stand in: one workspace, one person, one clock."""

from collections.abc import Callable
from typing import Any

from tests.fakes.slack import FakePerson, FakeSlack, Workspace
from tests.fakes.slack.world import App

Json = dict[str, Any]
NOW = 1_800_000_000.0
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


class Time:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


class Scene:
    """A fake with one workspace, one person and a clock that is moved by hand."""

    def __init__(self, app: App | None = None) -> None:
        self.time = Time()
        self.fake = FakeSlack(self.time, app)
        self.acme: Workspace = self.fake.workspace("Acme")
        self.amira: FakePerson = self.acme.user("Amira Haddad", email="amira@acme.example")

    def call(self, method: str, token: str | None = None, **params: Any) -> Json:
        return self.fake.call(method, self.acme.token if token is None else token, params).data

    def post(self, **params: Any) -> Json:
        return self.call("chat.postMessage", **{"channel": self.amira.im.id, "text": "hi", **params})


def plain(size: int | str) -> Json:
    return {"type": "plain_text", "text": "x" * size if isinstance(size, int) else size}


def mrkdwn(size: int) -> Json:
    return {"type": "mrkdwn", "text": "x" * size}


def option(text: int = 1, value: int = 1, number: int = 0, **more: Any) -> Json:
    return {"text": plain("o" * text), "value": f"{number}".rjust(value, "v")[-max(value, len(str(number))) :], **more}


def options(count: int) -> list[Json]:
    return [option(number=number, value=5) for number in range(count)]


def button(**more: Any) -> Json:
    return {"type": "button", "text": plain("Go"), **more}


def actions(*elements: Json) -> list[Json]:
    return [{"type": "actions", "elements": list(elements)}]


def numbered(make: Callable[..., Json], count: int) -> list[Json]:
    return [make(action_id=f"a{number}") for number in range(count)]


def section(**more: Any) -> list[Json]:
    return [{"type": "section", "text": plain("words"), **more}]


def field(element: Json) -> list[Json]:
    return [{"type": "input", "label": plain("Label"), "element": element}]


def confirm(**more: Any) -> Json:
    return {"title": plain("t"), "text": plain("t"), "confirm": plain("t"), "deny": plain("t"), **more}


def menu(count: int) -> Json:
    return {"type": "static_select", "options": options(count)}


def table(rows: int, columns: int, size: int = 1) -> list[Json]:
    return [{"type": "table", "rows": [[{"type": "raw_text", "text": "c" * size}] * columns] * rows}]


def rich(*elements: Json) -> list[Json]:
    return [{"type": "rich_text", "elements": list(elements)}]


def rich_list(indent: int) -> list[Json]:
    words = {"type": "rich_text_section", "elements": [{"type": "text", "text": "x"}]}
    return rich({"type": "rich_text_list", "style": "bullet", "indent": indent, "elements": [words]})


def url(size: int) -> str:
    return "https://example.com/".ljust(size, "u")


def card(**more: Any) -> list[Json]:
    return [{"type": "card", "title": plain("t"), **more}]


def chart(segments: int) -> list[Json]:
    pie = {"type": "pie", "segments": [{"label": f"s{number}", "value": 1} for number in range(segments)]}
    return [{"type": "data_visualization", "title": "t", "chart": pie}]


def data_table(rows: int) -> list[Json]:
    cells = [[{"type": "raw_text", "text": "c"}]] * rows
    return [{"type": "data_table", "caption": "c", "rows": cells}]


def image(**more: Any) -> list[Json]:
    return [{"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a", **more}]


MODAL: Json = {"type": "modal", "title": plain("Title"), "blocks": [{"type": "divider"}]}
