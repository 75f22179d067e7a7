"""What is told to whoever runs the bot: structlog, pretty on a terminal and JSON lines otherwise, to stderr.

Promise: no line holds a secret of the settings, nor anything that looks like a platform's token, whoever wrote it there.
"""

import logging
import sys
from collections.abc import Callable, Sequence
from typing import Any

import structlog

from bot.config import Log
from bot.secret import HIDDEN
from bot.settings import without_tokens


def configure(log: Log, secrets: Sequence[str] = ()) -> None:
    """Once, before anything is logged."""
    level = getattr(logging, log.level.upper())
    pretty = log.format == "pretty" or (log.format == "auto" and sys.stderr.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    ends: list[Any] = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=True)]
    if pretty:
        plain = structlog.dev.plain_traceback  # short: no frames full of people's words
        ends = [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]
    ends.append(_without(secrets))
    structlog.configure(
        processors=[*shared, *ends],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    # Libraries speak only when something is wrong, and in the same shape.
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *ends]
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=max(level, logging.WARNING), force=True)


def _without(secrets: Sequence[str]) -> Callable[[Any, str, str], str]:
    """The last step: a whole line as it will be written, without secrets. Errors of libraries bring whole addresses along,
    and Telegram's hold the token."""

    def clean(_: Any, __: str, line: str) -> str:
        for secret in secrets:
            line = line.replace(secret, HIDDEN)
        return without_tokens(line)

    return clean
