"""The command line: one group of commands a file, each imported only when it is called.

Promise: nothing heavy is imported before a command needs it, so that help is quick. A command's file holds its
options and what it prints; what it does is in the parts it wires.
"""

import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

COMMANDS = ("demo", "serve", "packs", "people", "quarantine", "slack", "telegram", "doctor", "config", "version")


class Lazy(TyperGroup):
    """A group whose commands are files of this folder."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the shape of Typer's method
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            close = get_close_matches(cmd_name, COMMANDS, 1)
            meant = f" Did you mean {close[0]}?" if close else ""
            ctx.fail(f"There is no command {cmd_name!r}.{meant}")
        found = get_command(import_module(f"bot.cli.{cmd_name}").app)
        found.name = cmd_name
        return found


app = typer.Typer(cls=Lazy, rich_markup_mode=None, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def morsel() -> None:
    """Bite-sized lessons, quizzes and spaced repetition in the chat people already have open.

    Try it with a made-up company: morsel demo
    """


def run(words: Sequence[str] | None = None) -> int:
    """Runs the command in these words, or in sys.argv; its exit code. What the world did wrong is told, never traced."""
    from bot.cli.speech import Stopped

    try:
        app(words, prog_name="morsel")
    except Stopped as stopped:
        print(f"morsel: {stopped}", file=sys.stderr)
        return stopped.code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # somebody reads only the head of what we print
        return 1
    except SystemExit as over:
        return over.code if isinstance(over.code, int) else 1
    return 0
