"""The manual of the command line and of the settings is complete: read from the commands and the Structs themselves."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.main import get_command

from bot.cli import app
from bot.config import Config
from bot.roster import COLUMNS
from bot.settings import FORMATS, LANGUAGES, LEVELS

DOCS = Path(__file__).parents[2] / "docs"
COMMANDLINE = (DOCS / "commandline.md").read_text("utf-8")
SETTINGS = (DOCS / "settings.md").read_text("utf-8")


def commands() -> list[tuple[str, Any]]:
    """Every command that does something, with its full name."""
    found: list[tuple[str, Any]] = []

    def walk(name: str, command: Any) -> None:
        if not hasattr(command, "list_commands"):
            found.append((name, command))
            return
        for inner in command.list_commands(None):
            walk(f"{name} {inner}", command.get_command(None, inner))

    walk("morsel", get_command(app))
    return found


@pytest.mark.parametrize(("name", "command"), commands(), ids=[name for name, _ in commands()])
def test_every_command_and_option_is_in_the_manual(name: str, command: Any) -> None:
    assert f"{name}\n" in COMMANDLINE or f"{name} " in COMMANDLINE
    assert command.help, "help says what it does"
    for parameter in command.params:
        for option in parameter.opts:
            if option.startswith("--"):
                assert option in COMMANDLINE, f"{name} {option}"


@pytest.mark.parametrize("section", Config.__struct_fields__)
def test_every_setting_is_in_the_manual_with_its_default(section: str) -> None:
    part = SETTINGS.split(f"## [{section}]")[1].split("\n## ")[0]
    values = getattr(Config(), section)
    for key in values.__struct_fields__:
        default = getattr(values, key)
        shown = "-".join(default) if isinstance(default, tuple) and default else default
        assert f"| `{key}` | `{msgspec.json.encode(shown).decode()}` |" in part


def test_every_allowed_word_and_column_is_in_the_manual() -> None:
    assert [word for word in (*LANGUAGES, *LEVELS, *FORMATS) if f'`"{word}"`' not in SETTINGS] == []
    assert [column for column in COLUMNS if f"| `{column}` |" not in COMMANDLINE] == []
