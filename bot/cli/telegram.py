"""`morsel telegram setup`."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(rich_markup_mode=None, no_args_is_help=True, add_completion=False)


@app.callback()
def telegram() -> None:
    """What Telegram needs to know."""


@app.command()
def setup(
    name: Annotated[str, typer.Option(help="Also change the bot's name; without it, what BotFather has stays.")] = "",
    config: Annotated[Path | None, typer.Option("--config", help="The settings; see `morsel config check`.")] = None,
) -> None:
    """Check the token, and set what the bot says about itself, its picture, its menu and how it hears people.

    It can be run as often as you like.
    """
    from bot.cli.control import errand
    from bot.cli.finding import settings
    from bot.cli.online import SetUpTelegram, TelegramSetUp
    from bot.cli.speech import Stopped

    found, _ = settings(config)
    if not found.telegram.on:
        raise Stopped("Telegram is switched off.", "Put the bot's token into the settings: [telegram] token.")
    made = errand(config, SetUpTelegram(name), TelegramSetUp)
    for line in made.done:
        print(line)
    if made.failed:
        raise Stopped(f"Telegram says: {made.failed}", "See what is wrong: morsel doctor --online")
