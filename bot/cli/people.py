"""`morsel people import|invite|list`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from bot.cli.errands import PeopleImported

app = typer.Typer(rich_markup_mode=None, no_args_is_help=True, add_completion=False)

ConfigFile = Annotated[Path | None, typer.Option("--config", help="The settings; see `morsel config check`.")]
Json = Annotated[bool, typer.Option("--json", help="For scripts.")]


@app.callback()
def people() -> None:
    """Bring people in from a table, invite them, list them."""


@app.command("import")
def import_people(
    file: Annotated[Path, typer.Argument(help="A CSV file; its first line names the columns.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
    config: ConfigFile = None,
    json: Json = False,
) -> None:
    """Bring in people from a CSV file: name, unit, role, language, zone, manager.

    Every row is checked before any is written. A unit is a path such as "North/Harbour Street". Nobody is removed.
    """
    from bot.cli.control import errand
    from bot.cli.errands import ImportPeople, PeopleImported
    from bot.cli.speech import Stopped, as_json, counted, problem_rows, tell
    from bot.sheet import SIZE_LIMIT

    try:
        with file.open("rb") as opened:
            data = opened.read(SIZE_LIMIT + 1)
    except OSError as why:
        raise Stopped(f"{file} cannot be read ({why.strerror}).") from why
    done = errand(config, ImportPeople(file.name, data, dry_run), PeopleImported)
    errors = sum(problem.level == "error" for problem in done.problems)
    if json:
        as_json(
            {
                "ok": not errors,
                "written": done.written,
                "changes": done.changes,
                "problems": problem_rows(done.problems),
            }
        )
    else:
        tell(done.problems)
        if not errors:
            _print_changes(done, dry_run)
    if errors:
        raise Stopped(
            f"{file} has {counted(errors, 'mistake')}, so nothing was written.", "Correct what is told above."
        )


def _print_changes(done: "PeopleImported", dry_run: bool) -> None:
    from bot.cli.speech import counted

    for change in done.changes:
        if change.kind != "same":
            print(f"{change.kind}: {change.name} ({change.unit}){': ' if change.what else ''}{', '.join(change.what)}")
    kinds = [change.kind for change in done.changes]
    fresh, changed = counted(kinds.count("new"), "newcomer"), f"{kinds.count('changed'):,} changed"
    units = counted(kinds.count("new unit"), "new unit")
    print(f"{fresh}, {changed}, {kinds.count('same'):,} as they were, {units}.")
    if dry_run:
        print("This was a dry run: nothing was written.")
    elif "new" in kinds:
        print("Let people in: morsel people invite NAME, for each; or /invite in the chat.")


@app.command()
def invite(
    to: Annotated[str, typer.Argument(metavar="UNIT|NAME", help="A unit, by name or path; or somebody who is there.")],
    role: Annotated[str, typer.Option(help="learner, manager or admin; only for a unit.")] = "learner",
    uses: Annotated[int, typer.Option(min=1, max=500, help="How many people may use it; only for a unit.")] = 1,
    days: Annotated[int, typer.Option(min=1, max=90, help="How long it is good for.")] = 7,
    qr: Annotated[
        Path | None, typer.Option(help="Also write the link as a QR code, for the wall: a .png or .svg file.")
    ] = None,
    config: ConfigFile = None,
    json: Json = False,
) -> None:
    """Make a code and a link that let people in."""
    from bot.cli.control import errand
    from bot.cli.errands import InviteMade, InvitePeople
    from bot.cli.speech import Stopped, as_json, counted
    from bot.roster import ROLE_WORDS
    from bot.settings import did_you_mean

    if role not in ROLE_WORDS:
        guess = did_you_mean(role, ROLE_WORDS)
        raise Stopped(f'There is no role "{role}".{guess}', f"Write one of: {', '.join(ROLE_WORDS)}.", code=2)
    if qr:
        _check(qr)
    made = errand(config, InvitePeople(to, role, uses, days), InviteMade)
    if qr:
        _draw(made.links[0], qr)
    if json:
        as_json(made)
        return
    print(f"{made.to}: {made.role}, {counted(made.uses, 'use')}, good until {made.until}.")
    print(f"Code: {made.code}")
    for link in made.links:
        print(f"Link: {link}")
    if qr:
        print(f"{qr}: the first link, to print and hang on the wall.")


def _check(file: Path) -> None:
    """Whether the picture can be written; asked first, so that no invitation is made in vain."""
    from bot.cli.speech import Stopped

    if file.suffix.lower() not in (".png", ".svg"):
        raise Stopped(f"{file} is no picture that can be written.", "End its name in .png or .svg.", code=2)
    there = file.exists()
    try:
        file.open("ab").close()
        if not there:
            file.unlink()  # should no invitation come of it, nothing is left lying about
    except OSError as why:
        raise Stopped(f"{file} cannot be written ({why.strerror}).", "Name another file: --qr FILE.") from why


def _draw(link: str, file: Path) -> None:
    """The link as a QR code that can be read from two metres once it is printed, and through a coffee stain."""
    import segno

    segno.make(link, error="q", micro=False).save(str(file), scale=20, border=4)


@app.command("list")
def list_people(config: ConfigFile = None, json: Json = False) -> None:
    """List everybody, with their units."""
    from bot.cli.control import errand
    from bot.cli.errands import ListPeople, PeopleListed
    from bot.cli.speech import as_json, table

    found = errand(config, ListPeople(), PeopleListed).people
    if json:
        as_json(found)
    elif not found:
        print("Nobody is here yet. Bring people in: morsel people import FILE.csv")
    else:
        heads = ["NAME", "UNIT", "ROLE", "LANGUAGE", "ZONE", "IN CHAT"]
        table(heads, [[p.name, p.unit, p.role, p.language, p.zone, "yes" if p.here else "no"] for p in found])
