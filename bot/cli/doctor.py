"""`morsel doctor`."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(rich_markup_mode=None, add_completion=False)

SIGNS = {"green": "ok  ", "yellow": "note", "red": "BAD "}


@app.command()
def doctor(
    config: Annotated[Path | None, typer.Option("--config", help="The settings; see `morsel config check`.")] = None,
    json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
) -> None:
    """Look whether everything Morsel needs is in order, and say how to mend what is not."""
    from bot.cli.checks import everything
    from bot.cli.finding import read_settings
    from bot.cli.speech import as_json

    checks = list(everything(read_settings(config)))
    bad = sum(check.verdict == "red" for check in checks)
    if json:
        as_json({"ok": not bad, "checks": checks})
    else:
        for check in checks:
            print(f"{SIGNS[check.verdict]}  {check.name + ':':12} {check.found}")
            if check.fix:
                print(f"{'':20}{check.fix}")
        print("Something must be mended." if bad else "Everything Morsel needs is in order.")
    raise typer.Exit(1 if bad else 0)
