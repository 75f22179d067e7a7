"""`morsel doctor`."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from bot.cli.checks import Check
    from bot.config import Config

app = typer.Typer(rich_markup_mode=None, add_completion=False)

SIGNS = {"green": "ok  ", "yellow": "note", "red": "BAD "}


@app.command()
def doctor(
    online: Annotated[bool, typer.Option("--online", help="Also ask Slack and Telegram whether all is well.")] = False,
    config: Annotated[Path | None, typer.Option("--config", help="The settings; see `morsel config check`.")] = None,
    json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
) -> None:
    """Look whether everything Morsel needs is in order, and say how to mend what is not."""
    from bot.cli.checks import everything
    from bot.cli.finding import read_settings
    from bot.cli.speech import as_json

    settings = read_settings(config)
    checks = list(everything(settings))
    if online and settings.read.config:
        checks += _online(config, settings.read.config)
    bad = sum(check.verdict == "red" for check in checks)
    if json:
        as_json({"ok": not bad, "checks": checks})
    else:
        wide = max(len(check.name) for check in checks) + 1
        for check in checks:
            print(f"{SIGNS[check.verdict]}  {check.name + ':':{wide}} {check.found}")
            if check.fix:
                print(f"{'':{wide + 7}}{check.fix}")
        print("Something must be mended." if bad else "Everything Morsel needs is in order.")
    raise typer.Exit(1 if bad else 0)


def _online(file: "Path | None", config: "Config") -> "Iterator[Check]":
    """What the platforms say; asked through the server that runs, if one does."""
    from bot.cli.checks import Check
    from bot.cli.control import errand
    from bot.cli.online import LookOnline, OnlineLooked
    from bot.cli.speech import Stopped

    if not (config.slack.on or config.telegram.on):
        yield Check(
            "channels", "yellow", "Neither Slack nor Telegram is on.", "See docs/slack.md and docs/telegram.md."
        )
        return
    try:
        looked = errand(file, LookOnline(), OnlineLooked)
    except Stopped as why:
        yield Check("channels", "red", f"They could not be asked: {why}", "Mend what stands above, then try again.")
        return
    for seen in looked.seen:
        yield Check(seen.name, seen.verdict, seen.found, seen.fix)
