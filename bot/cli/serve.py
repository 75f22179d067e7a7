"""`morsel serve`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from bot.config import Config

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def serve(
    config: Annotated[Path | None, typer.Option("--config", help="The settings; see `morsel config check`.")] = None,
) -> None:
    """Run the bot for your organisation, until Ctrl-C or SIGTERM."""
    import asyncio

    from bot.cli.finding import settings
    from bot.cli.logs import configure
    from bot.cli.speech import Stopped
    from bot.ports import StoreProblem

    found, where = settings(config)
    configure(found.log, found.secrets)
    _say_what_holds(found, where.file)
    try:
        asyncio.run(_serve(found))
    except StoreProblem as why:
        raise Stopped(why.what, why.hint) from why


def _say_what_holds(config: "Config", file: str) -> None:
    import structlog

    log = structlog.get_logger("serve")
    if file:
        log.info("Settings were read.", file=file)
    else:
        log.info(
            "There is no config.toml here, so defaults hold; copy config.example.toml to change them.",
            database=config.database.path,
            zone=config.organisation.zone,
            language=config.organisation.language,
        )


async def _serve(config: "Config") -> None:
    import structlog

    from adapters.web.settings import WebSettings
    from bot.cli.assemble import running
    from bot.cli.listening import listen_or_say_why
    from bot.cli.opening import open_store
    from bot.cli.signals import told_to_stop
    from scheduler.metronome import SystemClock

    log = structlog.get_logger("serve")
    with told_to_stop() as told, open_store(config) as database:
        sock = listen_or_say_why(WebSettings(config.web.host, config.web.port), "[web] port")
        async with running(config, database, SystemClock(), sock) as bot:
            also = sorted(bot.plugs.channels)
            log.info("Ready.", link=bot.channel.address, database=str(database.path), channels=["web", *also])
            if not await bot.core.registry.everybody():
                log.info("Nobody is here yet. Bring people in: morsel people import FILE.csv")
            await bot.until(told)
            log.info("Stopping.")
    log.info("Stopped.")
