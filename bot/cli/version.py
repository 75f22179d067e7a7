"""`morsel version`."""

from typing import Annotated

import typer

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def version(json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False) -> None:
    """Say which Morsel, Python and SQLite this is."""
    import platform
    import sqlite3

    from bot.cli.speech import as_json

    found = {"morsel": own_version(), "python": platform.python_version(), "sqlite": sqlite3.sqlite_version}
    if json:
        as_json(found)
    else:
        print(f"Morsel {found['morsel']} (Python {found['python']}, SQLite {found['sqlite']})")


def own_version() -> str:
    """The installed version; "unknown" in a checkout that was never installed."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed("morsel")
    except PackageNotFoundError:
        return "unknown"
