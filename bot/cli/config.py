"""`morsel config check`."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(rich_markup_mode=None, no_args_is_help=True, add_completion=False)


@app.callback()
def config() -> None:
    """Look at the settings."""


@app.command()
def check(
    file: Annotated[
        Path | None, typer.Argument(help="The settings; without it, what `morsel serve` would use.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
) -> None:
    """Check the settings: every mistake at once, with its line and what to write instead."""
    from bot.cli.finding import read_settings
    from bot.cli.speech import as_json, counted, problem_rows, tell

    found = read_settings(file)
    errors = sum(problem.level == "error" for problem in found.read.problems)
    if json:
        value = {"file": found.file, "ok": not errors, "problems": problem_rows(found.read.problems)}
        as_json({**value, "settings": found.read.config and found.read.config.masked})
    else:
        tell(found.read.problems)
        said = counted(errors, "mistake") if errors else "no mistakes"
        print(f"{found.file or 'No file, so what holds anyway'}: {said}.")
    raise typer.Exit(1 if errors else 0)
