"""`morsel doctor`."""

import typer

app = typer.Typer(rich_markup_mode=None)


@app.command()
def doctor() -> None:
    """Stub."""
