"""What the bot shows, in words that no channel has heard of. A channel's translator decides how it looks there."""

from typing import Final

from msgspec import Struct

from lessons.prose import Block, Line, Paragraph, Span, plain

PRESS_LIMIT = 64  # bytes a button may carry: Telegram's callback_data
LABEL_LIMIT = 75  # characters of a button's label: Slack's button text
BAR: Final = 7  # pieces; a longer bar says no more, and a screen reader reads every one of them
BOARD = "board"  # the mark of a person's own board, which is only ever amended


class Button(Struct, frozen=True, omit_defaults=True):
    """A button. `press` comes back in `Pressed` and is 64 bytes at most.

    It carries no content: either `TOKEN.WHAT`, good for one moment of one conversation, or `do.COMMAND ARGS`, which is
    the same as typing the command and so does no harm at any time. `picked` marks an option that is on (never by colour
    alone). `aside`: a way out, not an answer; shown quietly where a channel can. `url` makes it a link instead.

    `TOKEN.+3` and `TOKEN.-3` switch option 3 on and off (see `switch`). A channel with real tick boxes may press
    `TOKEN.=1,3` instead: these are on now, and no others (see `ticked`).
    """

    label: str
    press: str = ""
    picked: bool = False
    main: bool = False
    url: str = ""
    aside: bool = False


class Quiz(Struct, frozen=True):
    """A question for a whole group, answered by each for themselves. `right` are places in `options`, from 0."""

    question: str
    options: tuple[str, ...]
    right: tuple[int, ...]
    explanation: str = ""


class Progress(Struct, frozen=True):
    """Where a card stands: "Food hygiene", card 3 of 7. `title` includes the pack's icon; `said` is "3 of 7" in words."""

    title: str
    at: int
    of: int
    said: str = ""

    @property
    def bar(self) -> str:
        """Full and empty pieces, seven at most; empty where there is nothing to count. One is full as soon as something is
        done, and one is empty until all is done."""
        if self.of <= 0:
            return ""
        width, at = min(self.of, BAR), min(max(self.at, 0), self.of)
        full = round(width * at / self.of)
        if 0 < at < self.of:
            full = min(max(full, 1), width - 1)
        return "▰" * full + "▱" * (width - full)


class Message(Struct, frozen=True, omit_defaults=True):
    """One thing the bot says. `rows` are rows of buttons; `typing` invites the keyboard ("text" or "number").

    `fleeting`: a kind word that need not stay (a toast). Blocks carry everything that must be read. With a `quiz` the
    blocks say the same for channels that have none.
    """

    blocks: tuple[Block, ...] = ()
    rows: tuple[tuple[Button, ...], ...] = ()
    progress: Progress | None = None
    typing: str = ""
    fleeting: bool = False
    quiz: Quiz | None = None

    @property
    def plain(self) -> str:
        """The message as plain text: for notifications and screen readers."""
        where = f"{self.progress.title} · {self.progress.said}\n" if self.progress else ""
        return where + plain(self.blocks)


def paragraph(text: str | Line) -> Paragraph:
    """Text as a block; a string is taken as it is, never as markup."""
    return Paragraph((Span(text),) if isinstance(text, str) else text)


def switch(press: str) -> tuple[str, int] | None:
    """The token and the number of a switch (`TOKEN.+3`, `TOKEN.-3`); None for any other button."""
    moment, _, what = press.partition(".")
    if moment != "do" and what[:1] in ("+", "-") and what[1:].isdecimal():
        return moment, int(what[1:])
    return None


def ticked(token: str, numbers: tuple[int, ...]) -> str:
    """What a channel with tick boxes presses: exactly these switches are on."""
    return f"{token}.={','.join(map(str, sorted(numbers)))}"


def rows_of(buttons: tuple[Button, ...], width: int = 2) -> tuple[tuple[Button, ...], ...]:
    """Buttons in rows: one a row once a label is long, so that every label can be read on a phone."""
    if any(len(button.label) > 22 for button in buttons):
        width = 1
    return tuple(buttons[i : i + width] for i in range(0, len(buttons), width))
