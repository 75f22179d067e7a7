"""`morsel demo`: a made-up company to try everything with, in a folder of its own."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(rich_markup_mode=None, add_completion=False)

USUAL_PORT = 8080
SPARE_PORTS = 20


@app.command()
def demo(
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Without it 8080, or the next free one.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Start over: forget what happened in the demo.")] = False,
    folder: Annotated[Path, typer.Option(help="Where the demo is kept.")] = Path("demo-data"),
) -> None:
    """Try Morsel with a made-up company, in your browser. Goes on where it was, until Ctrl-C."""
    import asyncio

    from bot.cli.logs import configure
    from bot.cli.speech import Stopped
    from bot.config import Log
    from bot.ports import StoreProblem

    configure(Log(level="warning"))
    try:
        asyncio.run(_demo(port, fresh, folder))
    except StoreProblem as why:
        raise Stopped(why.what, why.hint) from why


async def _demo(port: int | None, fresh: bool, folder: Path) -> None:
    from adapters.web.settings import WebSettings
    from bot.cli.assemble import running
    from bot.cli.listening import listen_or_say_why
    from bot.cli.signals import told_to_stop
    from bot.cli.stage import opened, personas_and_clock

    usual = USUAL_PORT if port is None else port
    with told_to_stop() as told:
        sock = listen_or_say_why(WebSettings(port=usual, spare_ports=SPARE_PORTS if port is None else 0), "--port")
        async with opened(folder, fresh, int(sock.getsockname()[1])) as stage:
            async with running(stage.config, stage.database, stage.clock, sock, personas_and_clock(stage)) as bot:
                print(f"Open {bot.channel.address} and pick somebody to be. Ctrl-C stops.", flush=True)
                await bot.until(told)
    print("Stopped. The next `morsel demo` goes on here; `morsel demo --fresh` starts over.")
