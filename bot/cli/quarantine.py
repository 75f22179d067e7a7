"""`morsel quarantine list|show|retry|drop`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from bot.cli.shelf import AsideLine, Tried

app = typer.Typer(rich_markup_mode=None, no_args_is_help=True, add_completion=False)

ConfigFile = Annotated[Path | None, typer.Option("--config", help="The settings; see `morsel config check`.")]
Json = Annotated[bool, typer.Option("--json", help="For scripts.")]
References = Annotated[list[str] | None, typer.Argument(metavar="REFERENCE...", help="As `list` shows them.")]
All = Annotated[bool, typer.Option("--all", help="All there are.")]


@app.callback()
def quarantine() -> None:
    """Look after what was put aside: turns that failed, and updates that could not be read."""


@app.command("list")
def list_aside(
    most: Annotated[int, typer.Option(min=1, max=10_000, help="How many, from the newest.")] = 50,
    config: ConfigFile = None,
    json: Json = False,
) -> None:
    """List what was put aside, the newest first."""
    from bot.cli.control import errand
    from bot.cli.shelf import AsideListed, ListAside
    from bot.cli.speech import as_json, printable, table

    found = errand(config, ListAside(most), AsideListed)
    if json:
        as_json({"count": found.count, "put_aside": [_row(line) for line in found.lines]})
    elif not found.count:
        print("Nothing was put aside.")
    else:
        rows = [[r.reference, f"{r.at:%Y-%m-%d %H:%M:%S}", r.channel or "-", r.kind, r.why] for r in found.lines]
        table(
            ["REFERENCE", "WHEN (UTC)", "CHANNEL", "WHAT", "WHY"], [[printable(cell) for cell in row] for row in rows]
        )
        if found.count > len(found.lines):
            print(f"... and {found.count - len(found.lines):,} older ones.")


@app.command()
def show(
    reference: Annotated[str, typer.Argument(help="The number somebody was told, or one of `list`.")],
    content: Annotated[
        bool, typer.Option("--content", help="Also what it holds: it may be what people wrote.")
    ] = False,
    config: ConfigFile = None,
    json: Json = False,
) -> None:
    """Show one of them: what it is, when it came, and why it was put aside."""
    from bot.cli.control import errand
    from bot.cli.shelf import AsideListed, ShowAside
    from bot.cli.speech import Stopped, as_json, printable

    lines = errand(config, ShowAside(reference, content), AsideListed).lines
    if not lines:
        raise Stopped(f'Nothing was put aside by the reference "{reference}".', "See what is: morsel quarantine list")
    line = lines[0]
    if json:
        as_json(_row(line))
        return
    what = "a turn that failed" if line.kind == "turn" else "an update that could not be read"
    print(f"{line.reference}: {what}")
    print(f"  when     {line.at:%Y-%m-%d %H:%M:%S} UTC")
    print(f"  channel  {line.channel or '(the bot itself)'}")
    print(f"  id       {printable(line.id)}")
    print(f"  why      {printable(line.why)}")
    if line.raw is not None:
        print()
        print(printable(line.raw.decode("utf-8", "backslashreplace"), lines=True))
    else:
        print(f"What it holds may be what people wrote: morsel quarantine show {line.reference} --content")


@app.command()
def retry(references: References = None, all: All = False, config: ConfigFile = None, json: Json = False) -> None:
    """Try them again, each exactly once; for when what was wrong has been mended.

    While the bot runs this happens at once; otherwise when it starts.
    """
    from bot.cli.control import errand
    from bot.cli.shelf import AsideRetried, RetryAside
    from bot.cli.speech import as_json

    tried = errand(config, RetryAside(_meant(references, all)), AsideRetried).tried
    if json:
        as_json(tried)
    else:
        for one in tried:
            print(f"{one.reference}: {_outcome(one)}")
        if not tried:
            print("Nothing was put aside.")
    raise typer.Exit(0 if all_well(tried) else 1)


@app.command()
def drop(references: References = None, all: All = False, config: ConfigFile = None, json: Json = False) -> None:
    """Forget what they hold, for good. Nothing of it will happen."""
    from bot.cli.control import errand
    from bot.cli.shelf import AsideDropped, DropAside
    from bot.cli.speech import as_json

    done = errand(config, DropAside(_meant(references, all)), AsideDropped)
    if json:
        as_json(done)
    else:
        print(f"Dropped: {len(done.dropped):,}.")
        for reference in done.unknown:
            print(f"{reference}: nothing was put aside by this reference.")
    raise typer.Exit(1 if done.unknown else 0)


def all_well(tried: "tuple[Tried, ...]") -> bool:
    return all(one.outcome in ("taken", "waits", "nothing") for one in tried)


def _meant(references: list[str] | None, all: bool) -> tuple[str, ...]:
    """What the command names; nothing means all. Stopped unless it is one or the other."""
    from bot.cli.speech import Stopped

    if bool(references) == all:
        raise Stopped(
            "Say which: name their references, or write --all.", "See what is: morsel quarantine list", code=2
        )
    return tuple(references or ())


def _outcome(one: "Tried") -> str:
    from bot.cli.speech import printable

    match one.outcome:
        case "taken":
            return "done."
        case "waits":
            return "will be done when the bot starts."
        case "raised":
            return f"failed again; it was put aside as {one.again}. The log says where."
        case "nothing":
            return "says nothing to the bot; it was dropped."
        case "unreadable":
            return f"still cannot be read ({printable(one.why)}); it stays."
        case "unknown":
            return "nothing was put aside by this reference."


def _row(line: "AsideLine") -> dict[str, object]:
    """For a script. Content is Base64, whatever it is; and text, where it is text."""
    from base64 import b64encode

    row: dict[str, object] = {
        "reference": line.reference,
        "at": line.at,
        "channel": line.channel,
        "kind": line.kind,
        "why": line.why,
        "id": line.id,
    }
    if line.raw is not None:
        try:
            row["content"] = line.raw.decode()
        except UnicodeDecodeError:
            row["content"] = None
        row["base64"] = b64encode(line.raw).decode()
    return row
