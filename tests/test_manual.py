"""The manual is complete: every chat command, setting and command of the shell stands in docs/, and the README links all.

Question kinds and pack formats: tests/lessons/test_manual.py. Settings of the organisation: tests/cli/.
"""

from pathlib import Path

import pytest

from bot.cli import COMMANDS as SHELL
from bot.commands import COMMANDS
from bot.commands.base import Command
from bot.commands.settings import WHATS

ROOT = Path(__file__).parent.parent
DOCS = {path.name: path.read_text("utf-8") for path in (ROOT / "docs").glob("*.md")}


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_chat_command_is_in_the_manual(command: Command) -> None:
    assert f"`/{command.name}" in DOCS["commands.md"]


@pytest.mark.parametrize("what", WHATS)
def test_every_personal_setting_is_in_the_manual(what: str) -> None:
    assert f"/settings {what} " in DOCS["commands.md"]


@pytest.mark.parametrize("command", SHELL)
def test_every_command_of_the_shell_is_in_the_manual(command: str) -> None:
    assert f"morsel {command}" in DOCS["commandline.md"]


def test_the_readme_has_the_two_commands_and_links_every_page() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert "make demo" in readme
    assert "make test" in readme
    assert [name for name in DOCS if f"docs/{name}" not in readme] == []
