"""`morsel slack manifest`."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(rich_markup_mode=None, no_args_is_help=True, add_completion=False)


@app.callback()
def slack() -> None:
    """What Slack needs from you."""


@app.command()
def manifest(
    http: Annotated[
        str, typer.Option(metavar="ADDRESS", help="For calls to this https address, instead of the settings' way.")
    ] = "",
    config: Annotated[Path | None, typer.Option("--config", help="The settings; see `morsel config check`.")] = None,
) -> None:
    """Print the app's manifest: paste it where Slack asks for one. It holds exactly the rights that Morsel uses."""
    from adapters.slack.manifest import manifest as described
    from adapters.slack.settings import SlackSettings
    from bot.cli.finding import settings
    from bot.cli.plugging import settings_of
    from bot.cli.speech import Stopped

    if http and not http.startswith("https://"):
        raise Stopped(f"{http} is not an https address.", "Write one like https://learn.example.org.", code=2)
    if http:
        print(described(SlackSettings(mode="http"), http.rstrip("/")), end="")
        return
    found, _ = settings(config)
    print(described(settings_of("slack", found, found.house), found.web.link), end="")
