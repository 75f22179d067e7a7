"""What may stand in each setting: one reader a key, in one visible table.

Promise: pure. A reader takes the raw value (from TOML, or text from the environment) and gives the value that the bot
uses, or raises `Wrong` with what to write instead. It does not know files, lines or sections; bot/config.py does.
"""

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from msgspec import Struct

from bot.secret import HIDDEN
from bot.texts import LANGUAGES as SPOKEN
from lessons.suggest import nearest

LANGUAGES = tuple(SPOKEN)
LEVELS = ("debug", "info", "warning", "error")
FORMATS = ("auto", "pretty", "json")
SLACK_MODES = ("socket", "http")
TELEGRAM_MODES = ("polling", "webhook")

# Never shown: not in a message, a log, or the settings as a command prints them.
SECRETS = {
    "slack": ("bot_token", "app_token", "signing_secret", "client_secret"),
    "telegram": ("token",),
}


_TOKENS = re.compile(r"(?:xox[a-z]|xapp|xoxe\.xox[a-z])-[A-Za-z0-9-]+|\d{3,}(?::|%3A)[A-Za-z0-9_-]{30,}", re.ASCII)


class Wrong(Exception):
    """A value that will not do: what is wrong with it, and what to write instead. A token that stands in a wrong place
    is not shown either."""

    def __init__(self, what: str, hint: str, **values: str | int) -> None:
        super().__init__(what)
        hidden = {name: without_tokens(value) if isinstance(value, str) else value for name, value in values.items()}
        self.what, self.hint, self.values = what, hint, hidden


def without_tokens(text: str) -> str:
    """The text with everything in it that looks like a token hidden."""
    return _TOKENS.sub(HIDDEN, text)


def _text(raw: object, longest: int) -> str:
    if not isinstance(raw, str):
        raise Wrong("{key} must be text, not {value}.", "Put it in quotes.", value=shown(raw))
    if len(raw) > longest or not raw.isprintable():
        hint = "Write at most {most} letters on one line."
        raise Wrong("{key} is too long or has signs that cannot be printed.", hint, most=longest)
    return raw.strip()


def _number(raw: object, least: int, most: int) -> int:
    hint = "Write a whole number from {least} to {most}, without quotes."
    if isinstance(raw, bool) or not isinstance(raw, int):
        raise Wrong("{key} must be a whole number, not {value}.", hint, value=shown(raw), least=least, most=most)
    if not least <= raw <= most:
        raise Wrong("{key} is {value}, which is out of range.", hint, value=raw, least=least, most=most)
    return raw


def _one_of(raw: object, allowed: tuple[str, ...]) -> str:
    word = _text(raw, 100)
    if word.lower() in allowed:
        return word.lower()
    raise Wrong(
        '{key} does not know "{value}".{guess}',
        "Write one of: {allowed}.",
        value=word,
        guess=did_you_mean(word, allowed),
        allowed=", ".join(allowed),
    )


def _name(raw: object) -> str:
    name = _text(raw, 80)
    if not name:
        raise Wrong("{key} is empty.", "Write what people call your organisation.")
    return name


@cache  # a table of people asks for every row, and the answer is spread over 600 files
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def read_language(raw: object) -> str:
    """The code of a language that Morsel speaks, or Wrong."""
    return _one_of(raw, LANGUAGES)


def read_zone(raw: object) -> str:
    """The name of a time zone, or Wrong."""
    name = _text(raw, 100)
    zones = _zones()
    if name in zones:
        return name
    exact = next((zone for zone in zones if zone.lower() == name.lower().replace(" ", "_")), None)
    guess = f' Did you mean "{exact}"?' if exact else did_you_mean(name, sorted(zones))
    hint = 'Write a name like "Europe/Berlin" or "UTC".'
    raise Wrong('There is no time zone "{value}".{guess}', hint, value=name, guess=guess)


def read_time(text: str) -> str:
    """A time of day as "HH:MM", or Wrong."""
    match = re.fullmatch(r"(\d{1,2}):(\d{2})", text.strip(), re.ASCII)
    if match and int(match[1]) < 24 and int(match[2]) < 60:
        return f"{int(match[1]):02}:{match[2]}"
    raise Wrong('"{value}" is not a time of day.', 'Write hours and minutes from "00:00" to "23:59".', value=text)


def _time(raw: object) -> str:
    return read_time(_text(raw, 100))


def _quiet(raw: object) -> tuple[str, str]:
    text = _text(raw, 100)
    if text.lower() == "none":
        return "00:00", "00:00"  # equal hours are never quiet
    parts = re.split(r"\s*[-–]\s*", text)
    hint = 'Write from and until, like "20:00-08:00", or "none".'
    if len(parts) != 2:
        raise Wrong('"{value}" is not a span of hours.', hint, value=text)
    try:
        start, end = read_time(parts[0]), read_time(parts[1])
    except Wrong as wrong:
        raise Wrong(wrong.what, hint, **wrong.values) from None
    if start == end:
        raise Wrong("Quiet hours that end when they begin would last all day or never.", hint)
    return start, end


def _database(raw: object) -> str:
    url = _text(raw, 500)
    like = 'Write a file, like "sqlite:///data/morsel.db".'
    if url.startswith(("postgres:", "postgresql:", "postgresql+")):
        raise Wrong("PostgreSQL comes with a later version of Morsel.", like)
    if not url.startswith("sqlite:///"):
        raise Wrong('{key} does not begin with "sqlite:///".', like)
    path = url.removeprefix("sqlite:///")
    if not path or path.startswith(":memory:") or path.endswith("/"):
        raise Wrong("{key} names no file, so nothing would be kept.", like)
    if "?" in path or "#" in path:
        raise Wrong("{key} has options after the file name.", like)
    return url


def _host(raw: object) -> str:
    host = _text(raw, 253)
    if re.fullmatch(r"[A-Za-z0-9.-]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*", host):
        return host
    raise Wrong(
        '"{value}" is not a host.',
        'Write "127.0.0.1" for this machine only, "0.0.0.0" for all networks, or a name; the port has its own key.',
        value=host,
    )


def _link(raw: object) -> str:
    link = _text(raw, 500).rstrip("/")
    if not link or (re.fullmatch(r"https?://[A-Za-z0-9.\[\]:-]+(/[A-Za-z0-9._~/-]*)?", link) and _has_port(link)):
        return link
    raise Wrong('"{value}" is not a web address.', 'Write one like "https://learn.example.org".', value=link)


def _has_port(link: str) -> bool:
    """Whether its host and port can be read, if it names a port."""
    try:
        return urlsplit(link).port != 0
    except ValueError:
        return False


def _key_file(raw: object) -> str:
    path = _text(raw, 500)
    if path.endswith("/"):
        raise Wrong("{key} names no file.", 'Write a file, like "/etc/morsel/morsel.key"; empty: beside the database.')
    return path


class _Secret(Struct, frozen=True):
    """What a secret looks like, in words and as a pattern. `others`: what is often put there instead, by its beginning."""

    is_a: str
    pattern: str
    find: str
    others: tuple[tuple[str, str], ...] = ()

    def __call__(self, raw: object) -> str:
        """The secret, or Wrong with what to write; the value itself is told to nobody."""
        if not isinstance(raw, str):
            raise Wrong("{key} must be text.", "Put it in quotes. " + self.find)
        secret = raw.strip()
        if not secret or re.fullmatch(self.pattern, secret, re.ASCII):
            return secret
        for begins, other in self.others:
            if secret.startswith(begins):
                raise Wrong("{key} must be {is_a}, but holds {other}.", self.find, is_a=self.is_a, other=other)
        raise Wrong("{key} must be {is_a}, and does not look like one.", self.find, is_a=self.is_a)


_APP = ("xapp-", "an app-level token (it belongs in app_token)")
_BOT = ("xoxb-", "a bot token (it belongs in bot_token)")
_USER = ("xoxp-", "a user's token")
_ROTATING = ("xoxe", "a token that is rotated (turn token rotation off, and install the app again)")


def _in_slack(place: str) -> str:
    return f"Find it on api.slack.com/apps, in your app, under {place}."


_SLACK_BOT = _Secret(
    "a bot token that begins with xoxb-",
    r"xoxb-[A-Za-z0-9-]{1,250}",
    _in_slack('"OAuth & Permissions": the Bot User OAuth Token'),
    (_APP, _USER, _ROTATING),
)
_SLACK_APP = _Secret(
    "an app-level token that begins with xapp-",
    r"xapp-[A-Za-z0-9-]{1,250}",
    _in_slack('"Basic Information", App-Level Tokens; it needs the scope connections:write'),
    (_BOT, _USER, _ROTATING),
)
_SIGNING = _Secret(
    "a signing secret, which has letters and digits only",
    r"[0-9A-Za-z]{16,128}",
    _in_slack('"Basic Information", App Credentials: the Signing Secret'),
    (_APP, _BOT, _USER),
)
_CLIENT_ID = _Secret(
    "a client id: two numbers with a point between",
    r"\d{1,30}\.\d{1,30}",
    _in_slack('"Basic Information", App Credentials: the Client ID'),
)
_CLIENT_SECRET = _Secret(
    "a client secret, which has letters and digits only",
    r"[0-9A-Za-z]{16,128}",
    _in_slack('"Basic Information", App Credentials: the Client Secret'),
    (_APP, _BOT, _USER),
)
_TELEGRAM = _Secret(
    "a bot's token: digits, a colon, 35 signs",
    r"\d{3,20}:[A-Za-z0-9_-]{35}",
    "BotFather in Telegram tells it: write /mybots to it, choose your bot, then API Token.",
)


def _workspaces(raw: object) -> tuple[str, ...]:
    """Ids of workspaces, or of whole organisations: a list, or text with commas."""
    hint = (
        'Write ids like ["T024BE7LD"]. Yours is in the address of Slack in a browser: app.slack.com/client/T024BE7LD/.'
    )
    each = _text(raw, 4000).split(",") if isinstance(raw, str) else raw
    if not isinstance(each, list):
        raise Wrong("{key} must be a list, not {value}.", hint, value=shown(raw))
    found = []
    for one in each:
        id = _text(one, 200).upper()
        if id and not re.fullmatch(r"[TE][A-Z0-9]{2,30}", id, re.ASCII):
            raise Wrong(
                '"{value}" is no id of a workspace, which begins with T (an organisation\'s: with E).',
                hint,
                value=_text(one, 200),
            )
        found.append(id)
    return tuple(dict.fromkeys(filter(None, found)))


SETTINGS: dict[str, dict[str, Callable[[object], Any]]] = {
    "organisation": {
        "name": _name,
        "language": read_language,
        "zone": read_zone,
        "nudge_at": _time,
        "quiet": _quiet,
        "daily_cards": lambda raw: _number(raw, 1, 100),
        "daily_minutes": lambda raw: _number(raw, 1, 120),
    },
    "database": {"url": _database, "key_file": _key_file},
    "web": {
        "host": _host,
        "port": lambda raw: _number(raw, 0, 65535),
        "link": _link,
        "upload_limit_mb": lambda raw: _number(raw, 1, 500),
    },
    "slack": {
        "bot_token": _SLACK_BOT,
        "app_token": _SLACK_APP,
        "signing_secret": _SIGNING,
        "client_id": _CLIENT_ID,
        "client_secret": _CLIENT_SECRET,
        "mode": lambda raw: _one_of(raw, SLACK_MODES),
        "unit": lambda raw: _text(raw, 300),
        "workspaces": _workspaces,
        "server": _link,
    },
    "telegram": {"token": _TELEGRAM, "mode": lambda raw: _one_of(raw, TELEGRAM_MODES), "server": _link},
    "log": {"level": lambda raw: _one_of(raw, LEVELS), "format": lambda raw: _one_of(raw, FORMATS)},
}


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """The words " Did you mean ...?" for a word that is nearly a known one, or nothing."""
    folded = {name.casefold(): name for name in known}
    close = nearest(word, folded)
    return f' Did you mean "{folded[close]}"?' if close else ""


def shown(raw: object) -> str:
    """A wrong value as TOML writes it, cut short."""
    match raw:
        case bool():
            return str(raw).lower()
        case dict():
            return "a table"
        case list():
            return "a list"
        case str():
            return f'"{raw[:40]}"'
        case _:
            return str(raw)[:40]
