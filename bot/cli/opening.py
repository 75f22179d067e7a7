"""What both a running bot and a single command open first: the database, and where people reach the web chat."""

from pathlib import Path

from adapters.database.connection import Database
from bot.config import Config


def open_store(config: Config) -> Database:
    """The database of these settings. Raises StoreProblem with what is wrong and what to do."""
    return Database.open(Path(config.database.path))


def link_of(config: Config, port: int = 0) -> str:
    """Where people reach the web chat, without a slash at the end. `port` is the real one, where that is known."""
    if config.web.link:
        return config.web.link
    host = config.web.host
    if host in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        host = "127.0.0.1"
    return f"http://{f'[{host}]' if ':' in host else host}:{port or config.web.port}"
