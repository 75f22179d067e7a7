"""`morsel packs check|preview|add|list|export`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from lessons.model import Loaded

app = typer.Typer(rich_markup_mode=None, no_args_is_help=True, add_completion=False)

ConfigFile = Annotated[Path | None, typer.Option("--config", help="The settings; see `morsel config check`.")]
Json = Annotated[bool, typer.Option("--json", help="For scripts.")]
PackPath = Annotated[Path, typer.Argument(help="The folder of a pack, or a zip of it.")]


@app.callback()
def packs() -> None:
    """Check, preview, add, list and export lesson packs."""


@app.command()
def check(
    path: PackPath,
    fix: Annotated[bool, typer.Option("--fix", help="Write missing card ids into the files.")] = False,
    against: Annotated[
        Path | None, typer.Option(help="An older version: say what is new, changed, moved, gone.")
    ] = None,
    json: Json = False,
) -> None:
    """Check a pack: every mistake at once, with its line and what to write instead."""
    from bot.cli.folder import read_pack
    from bot.cli.speech import as_json, problem_rows, tell

    fixed = _fixed(path) if fix else []
    loaded = read_pack(path)
    changes = _changes(against, loaded) if against and loaded.pack else None
    if json:
        ok = loaded.pack is not None
        as_json({"ok": ok, "problems": problem_rows(loaded.problems), "fixed": fixed, "changes": changes})
    else:
        tell(loaded.problems)
        for name in fixed:
            print(f"Wrote the missing ids into {name}.")
        _print_summary(path, loaded)
        for kind, cards in (changes or {}).items():
            print(f"{kind}: {', '.join(cards) or 'none'}")
    raise typer.Exit(0 if loaded.pack else 1)


@app.command()
def preview(
    path: PackPath,
    out: Annotated[Path, typer.Option(help="Where the page is written.")] = Path("preview.html"),
    language: Annotated[str, typer.Option(help="Which language; else the pack's main one.")] = "",
) -> None:
    """Write a page that shows every card in Slack and in Telegram, side by side, with each limit."""
    from bot.cli.folder import read_pack
    from bot.cli.preview.page import page
    from bot.cli.speech import Stopped, counted, tell
    from bot.settings import did_you_mean

    loaded = read_pack(path)
    pack = loaded.pack
    if pack is None:
        tell(loaded.problems)
        raise Stopped(f"{path} has {counted(len(loaded.problems), 'mistake')}, so there is nothing to show.")
    if language and language not in pack.languages:
        guess = did_you_mean(language, pack.languages)
        raise Stopped(
            f'The pack has no language "{language}".{guess}', f"Write one of: {', '.join(pack.languages)}.", code=2
        )
    try:
        out.write_text(page(pack, language or pack.languages[0]), "utf-8")
    except OSError as why:
        raise Stopped(f"{out} cannot be written ({why.strerror}).", "Name another file: --out FILE.") from why
    print(f"{out}: open it in your browser.")


def _fixed(path: Path) -> list[str]:
    """Writes the missing ids; the names of the files that changed."""
    from bot.cli.folder import read_folder, write_files
    from bot.cli.speech import Stopped
    from lessons.fix import fix

    if not path.is_dir():
        raise Stopped("Ids can be written into a folder only.", "Unpack the zip first.")
    changed = fix(read_folder(path))
    write_files(path, changed)
    return sorted(changed)


def _changes(against: Path, loaded: "Loaded") -> dict[str, list[str]]:
    """Card ids by what became of them since the older version."""
    from bot.cli.folder import read_pack
    from bot.cli.speech import Stopped
    from lessons.compare import compare

    old = read_pack(against)
    if old.pack is None or loaded.pack is None:
        raise Stopped(f"{against} has mistakes itself, so nothing can be compared.", "Check that one first.")
    found = compare(old.pack, loaded.pack)
    return {kind: list(getattr(found, kind)) for kind in ("new", "changed", "moved", "gone")}


def _print_summary(path: Path, loaded: "Loaded") -> None:
    from bot.cli.speech import counted

    pack = loaded.pack
    if pack is None:
        errors = sum(problem.level == "error" for problem in loaded.problems)
        print(f"{path}: {counted(errors, 'mistake')}. The pack cannot be published yet.")
        return
    cards = [card for lesson in pack.lessons for card in lesson.cards]
    questions = sum(card.question is not None for card in cards)
    print(
        f"{pack.title(pack.languages[0])} {pack.version}: {counted(len(pack.lessons), 'lesson')}, "
        f"{counted(len(cards), 'card')}, {counted(questions, 'question')}, in {', '.join(pack.languages)}. Ready."
    )


@app.command()
def add(path: PackPath, config: ConfigFile = None, json: Json = False) -> None:
    """Publish a pack, or a new version of it."""
    from bot.cli.control import errand
    from bot.cli.errands import AddPack, PackAdded
    from bot.cli.folder import read_pack, zipped
    from bot.cli.speech import Stopped, as_json, problem_rows, tell

    loaded = read_pack(path)
    if loaded.pack is None:
        if json:
            as_json({"ok": False, "problems": problem_rows(loaded.problems)})
        tell(loaded.problems if not json else ())
        raise Stopped(f"{path} has mistakes, so nothing was published.", "Correct what is told above.")
    name = path.name if not path.is_dir() else f"{path.resolve().name}.zip"
    done = errand(config, AddPack(name, zipped(path)), PackAdded)
    if json:
        as_json({"ok": True, "pack": done.pack, "version": done.version, "before": done.before})
        return
    tell(loaded.problems)
    print(f"Published {done.title} {done.version}" + (f" (was {done.before})." if done.before else "."))
    print(f"Assign it in the chat: /assign {done.pack} UNIT")


@app.command("list")
def list_packs(config: ConfigFile = None, json: Json = False) -> None:
    """List what is published."""
    from bot.cli.control import errand
    from bot.cli.errands import ListPacks, PacksListed
    from bot.cli.speech import as_json, table

    found = errand(config, ListPacks(), PacksListed).packs
    if json:
        as_json(found)
    elif not found:
        print("No packs are published yet. Add one: morsel packs add FOLDER")
    else:
        rows: list[list[Any]] = [
            [one.id, one.version, one.title, str(one.lessons), str(one.cards), ", ".join(one.languages)]
            for one in found
        ]
        table(["ID", "VERSION", "TITLE", "LESSONS", "CARDS", "LANGUAGES"], rows)


@app.command()
def export(
    pack: Annotated[str, typer.Argument(metavar="ID", help="The pack's id; see `morsel packs list`.")],
    file: Annotated[Path | None, typer.Argument(help="Where to write the zip; without it ID-VERSION.zip here.")] = None,
    config: ConfigFile = None,
) -> None:
    """Write a published pack into a zip."""
    from bot.cli.control import errand
    from bot.cli.errands import ExportPack, PackExported
    from bot.cli.speech import Stopped

    if file and file.exists():
        raise Stopped(f"{file} is there already.", "Give another name, or move that file away.")
    done = errand(config, ExportPack(pack), PackExported)
    target = file or Path(f"{done.pack}-{done.version}.zip")
    try:
        with target.open("xb") as opened:
            opened.write(done.data)
    except OSError as why:
        raise Stopped(f"{target} cannot be written ({why.strerror}).") from why
    print(f"Wrote {target} ({len(done.data):,} bytes).")
