"""What people can ask for: one command a file, and this visible list, in the order that help shows."""

from bot.commands import (
    assign,
    help,
    huddle,
    invite,
    later,
    learn,
    link,
    packs,
    people,
    progress,
    remind,
    review,
    settings,
    start,
    stop,
    team,
)
from bot.commands.base import Command

COMMANDS: tuple[Command, ...] = (
    learn.COMMAND,
    review.COMMAND,
    progress.COMMAND,
    settings.COMMAND,
    link.COMMAND,
    later.COMMAND,
    stop.COMMAND,
    start.COMMAND,
    help.COMMAND,
    team.COMMAND,
    remind.COMMAND,
    huddle.COMMAND,
    packs.COMMAND,
    assign.COMMAND,
    invite.COMMAND,
    people.COMMAND,
)

BY_NAME = {command.name: command for command in COMMANDS}
