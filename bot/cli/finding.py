"""Which settings hold: the file that was named, or MORSEL_CONFIG, or config.toml here, or none; and the environment."""

import os
from pathlib import Path

from msgspec import Struct

from bot.cli.speech import Stopped, counted, tell
from bot.config import FILE_LIMIT, Config, ConfigRead, read_config

USUAL = "config.toml"


class Settings(Struct, frozen=True):
    """What was read, and from which file; an empty name: from none."""

    file: str
    read: ConfigRead


def read_settings(named: Path | None) -> Settings:
    """Reads them, with their mistakes. Stopped where a named file cannot be opened."""
    file = named or (Path(os.environ["MORSEL_CONFIG"]) if os.environ.get("MORSEL_CONFIG") else None)
    if file is None and Path(USUAL).is_file():
        file = Path(USUAL)
    if file is None:
        return Settings("", read_config("the environment", b"", os.environ))
    try:
        with file.open("rb") as opened:
            data = opened.read(FILE_LIMIT + 1)
    except OSError as why:
        hint = "Copy config.example.toml to begin with one." if isinstance(why, FileNotFoundError) else ""
        raise Stopped(f"The settings in {file} cannot be read ({why.strerror}).", hint) from why
    return Settings(str(file), read_config(str(file), data, os.environ))


def settings(named: Path | None) -> tuple[Config, Settings]:
    """The settings to work with. Tells every problem; Stopped where one is an error."""
    found = read_settings(named)
    tell(found.read.problems)
    if found.read.config is None:
        errors = sum(problem.level == "error" for problem in found.read.problems)
        raise Stopped(f"The settings have {counted(errors, 'mistake')}.", "Correct what is told above, then try again.")
    return found.read.config, found
