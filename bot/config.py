"""The settings, from a TOML file and the environment: read whole, and every mistake told at once with file and line.

Promise: pure. Text and a mapping in, a `Config` or problems out; nothing is opened, nothing raises on bad content.
It does not know what the settings do. docs/settings.md says that for people, config.example.toml shows every key.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from datetime import time
from pathlib import PurePath
from typing import Any
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from bot.given import House
from bot.lines import line_of, line_of_byte
from bot.secret import HIDDEN, masked
from bot.settings import SECRETS, SETTINGS, Wrong, did_you_mean, without_tokens
from lessons.problems import Problem, Where
from scheduler.hours import in_quiet

PREFIX = "MORSEL_"
RESERVED = ("MORSEL_CONFIG",)  # where the file is; the command line reads it, not this file
FILE_LIMIT = 1_000_000  # bytes


class Organisation(Struct, frozen=True):
    """What holds for everybody who has not chosen otherwise. Hours are local "HH:MM"."""

    name: str = "Morsel"
    language: str = "en"
    zone: str = "UTC"
    nudge_at: str = "10:00"
    quiet: tuple[str, str] = ("20:00", "08:00")
    daily_cards: int = 8
    daily_minutes: int = 5


class Database(Struct, frozen=True):
    """Where everything is kept. A path after `sqlite:///` counts from the folder the program was started in, and so
    does `key_file`; empty, it is morsel.key beside the database."""

    url: str = "sqlite:///data/morsel.db"
    key_file: str = ""

    @property
    def path(self) -> str:
        """The database file."""
        return self.url.removeprefix("sqlite:///")

    @property
    def key_path(self) -> str:
        """The file with the key of what is encrypted: beside the database unless it was put elsewhere."""
        return self.key_file or str(PurePath(self.path).with_name("morsel.key"))


class Web(Struct, frozen=True):
    """The web chat. `port` 0 takes any free one; `link` is how people reach it, without a slash at the end."""

    host: str = "127.0.0.1"
    port: int = 8080
    link: str = ""
    upload_limit_mb: int = 100


class Slack(Struct, frozen=True):
    """Slack: on once it has a bot token, or a client to be installed with. `unit` is an open door: the id or path of the
    unit whose learners need no invitation. `workspaces`: ids of those that may use Morsel; empty: all that install it.
    `server` is another address of the Web API."""

    bot_token: str = ""
    app_token: str = ""
    signing_secret: str = ""
    client_id: str = ""
    client_secret: str = ""
    mode: str = "socket"
    unit: str = ""
    workspaces: tuple[str, ...] = ()
    server: str = ""

    __repr__ = masked(*SECRETS["slack"])

    @property
    def on(self) -> bool:
        return bool(self.bot_token or (self.client_id and self.client_secret))


class Telegram(Struct, frozen=True):
    """Telegram: on once it has a token. `server` is another address of the Bot API."""

    token: str = ""
    mode: str = "polling"
    server: str = ""

    __repr__ = masked(*SECRETS["telegram"])

    @property
    def on(self) -> bool:
        return bool(self.token)


class Log(Struct, frozen=True):
    """What is told to whoever runs the server. "auto": pretty on a terminal, JSON otherwise."""

    level: str = "info"
    format: str = "auto"


class Config(Struct, frozen=True):
    """All settings."""

    organisation: Organisation = Organisation()
    database: Database = Database()
    web: Web = Web()
    slack: Slack = Slack()
    telegram: Telegram = Telegram()
    log: Log = Log()

    @property
    def house(self) -> House:
        """What turns may know of it."""
        one = self.organisation
        return House(
            name=one.name,
            language=one.language,
            zone=one.zone,
            nudge_at=one.nudge_at,
            quiet=one.quiet,
            daily_cards=one.daily_cards,
            daily_minutes=one.daily_minutes,
            link=self.web.link,
            upload_limit=self.web.upload_limit_mb * 1_000_000,
        )

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every secret that is set, for whoever must keep them out of what is told."""
        found = (getattr(getattr(self, section), key) for section, keys in SECRETS.items() for key in keys)
        return tuple(secret for secret in found if secret)

    @property
    def masked(self) -> "Config":
        """The same to show: of a secret only whether it is set."""
        shown = {
            section: replace(one, **{key: HIDDEN for key in keys if getattr(one, key)})
            for section, keys in SECRETS.items()
            for one in (getattr(self, section),)
        }
        return replace(self, **shown)


class ConfigRead(Struct, frozen=True):
    """Settings unless an error stands in the way, every problem found, and the keys that were set."""

    config: Config | None
    problems: tuple[Problem, ...] = ()
    given: tuple[str, ...] = ()


def read_config(name: str, data: bytes, environment: Mapping[str, str]) -> ConfigRead:
    """The settings in a file called `name`, overruled by `MORSEL_SECTION_KEY` in the environment."""
    raw, text, problems = _parse(name, data)
    values: dict[str, dict[str, Any]] = {section: {} for section in SETTINGS}
    places: dict[str, Where] = {}
    for section, key, value, where in (*_entries(raw, text, name, problems), *_variables(environment, problems)):
        places[f"{section}.{key}"] = where
        try:
            values[section][key] = SETTINGS[section][key](value)
        except Wrong as wrong:
            problems.append(Problem(where, wrong.what, wrong.hint, {"key": f"{section}.{key}", **wrong.values}))
    if not any(problem.level == "error" for problem in problems):  # else what is missing may only be misspelt
        problems.extend(together(msgspec.convert(values, Config), places, name))
    problems.extend(_doubts(values["organisation"], text, name))
    problems.sort(key=lambda problem: problem.where)
    given = tuple(f"{section}.{key}" for section, keys in values.items() for key in keys)
    if any(problem.level == "error" for problem in problems):
        return ConfigRead(None, tuple(problems), given)
    return ConfigRead(msgspec.convert(values, Config), tuple(problems), given)


def _parse(name: str, data: bytes) -> tuple[dict[str, Any], str, list[Problem]]:
    """The file as TOML and as text; empty with a problem where it cannot be read."""
    if len(data) > FILE_LIMIT:
        return {}, "", [Problem(Where(name), "The file is far too large for settings.", "Is it the right file?")]
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = 1 if data[:2] in (b"\xff\xfe", b"\xfe\xff") else line_of_byte(data, error.start)
        return {}, "", [Problem(Where(name, line), "The file is not UTF-8.", "Save it as UTF-8 in your editor.")]
    try:
        return tomllib.loads(text), text, []
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\s*\(at line (\d+), column \d+\)$", str(error))
        line = int(found[1]) if found else text.rstrip("\n").count("\n") + 1
        said = re.sub(r"\s*\(at [^)]*\)$", "", str(error))
        hint = 'Write KEY = VALUE, one on a line; text stands in "quotes", and [section] in brackets.'
        return {}, "", [Problem(Where(name, line), "This is not TOML: {said}.", hint, {"said": said})]


def _entries(
    raw: dict[str, Any], text: str, name: str, problems: list[Problem]
) -> Iterator[tuple[str, str, object, Where]]:
    """Every known key of the file; the others become problems."""
    for section, keys in raw.items():
        where = Where(name, line_of(text, section))
        if section not in SETTINGS:
            problems.append(_unknown(where, section, isinstance(keys, dict)))
        elif not isinstance(keys, dict):
            hint = "Write [{section}] on a line of its own, and its keys below."
            problems.append(Problem(where, "{section} is a section, not a key.", hint, {"section": section}))
        else:
            for key, value in keys.items():
                where = Where(name, line_of(text, section, key))
                if key in SETTINGS[section]:
                    yield section, key, value, where
                else:
                    problems.append(_unknown_key(where, section, key))


def _variables(environment: Mapping[str, str], problems: list[Problem]) -> Iterator[tuple[str, str, object, Where]]:
    """Every setting that the environment overrules."""
    names = {f"{PREFIX}{section}_{key}".upper(): (section, key) for section in SETTINGS for key in SETTINGS[section]}
    for variable in sorted(environment):
        if variable in names:
            section, key = names[variable]
            text = environment[variable]
            whole = re.fullmatch(r"-?\d{1,18}", text.strip(), re.ASCII)
            number = isinstance(getattr(getattr(Config(), section), key), int)
            yield section, key, int(text) if number and whole else text, Where(variable)
        elif variable.startswith(PREFIX) and variable not in RESERVED:
            guess = did_you_mean(variable, tuple(names))
            what = "No setting has this name in the environment.{guess}"
            hint = "Write MORSEL_SECTION_KEY, like MORSEL_WEB_PORT."
            problems.append(Problem(Where(variable), what, hint, {"guess": guess}, "warning"))


def _unknown(where: Where, word: str, is_section: bool) -> Problem:
    homes = [section for section, keys in SETTINGS.items() if word in keys]
    if homes and not is_section:
        what, hint = '"{word}" stands outside its section.', "Put it below a line [{section}]."
        return Problem(where, what, hint, {"word": word, "section": homes[0]})
    guess, word = did_you_mean(word, tuple(SETTINGS)), without_tokens(word)
    return Problem(
        where,
        'There is no section "{word}".{guess}' if is_section else '"{word}" is no setting.{guess}',
        "The sections are: {allowed}.",
        {"word": word, "guess": guess, "allowed": ", ".join(SETTINGS)},
    )


def _unknown_key(where: Where, section: str, key: str) -> Problem:
    homes = [other for other in SETTINGS if key in SETTINGS[other]]
    guess = f" It belongs in [{homes[0]}]." if homes else did_you_mean(key, tuple(SETTINGS[section]))
    allowed = ", ".join(SETTINGS[section])
    what, hint = '[{section}] has no key "{key}".{guess}', "Its keys are: {allowed}."
    shown = without_tokens(key)  # a token without its key before it
    return Problem(where, what, hint, {"section": section, "key": shown, "guess": guess, "allowed": allowed})


def _doubts(organisation: Mapping[str, Any], text: str, name: str) -> Iterator[Problem]:
    """What is allowed, and yet hardly meant."""
    at = organisation.get("nudge_at", Organisation().nudge_at)
    quiet = organisation.get("quiet", Organisation().quiet)
    if in_quiet(time.fromisoformat(at), quiet):
        line = line_of(text, "organisation", "nudge_at") or line_of(text, "organisation", "quiet")
        what = "Reminders at {at} fall into the quiet hours {start}-{end}, so they would come at {end}."
        values = {"at": at, "start": quiet[0], "end": quiet[1]}
        yield Problem(Where(name, line), what, "Choose another time, or other quiet hours.", values, "warning")


# --- What only makes sense together ------------------------------------------------------------------------------------

_TELEGRAM_PORTS = (443, 80, 88, 8443)  # https://core.telegram.org/bots/api#setwebhook


def together(config: Config, places: Mapping[str, Where], name: str) -> Iterator[Problem]:
    """Settings that need one another. `places` says where each stands; what is missing is told where its need arises."""

    def at(*keys: str) -> Where:
        return next((places[key] for key in keys if key in places), Where(name))

    slack, telegram, link = config.slack, config.telegram, config.web.link
    if bool(slack.client_id) != bool(slack.client_secret):
        have, lack = ("client_id", "client_secret") if slack.client_id else ("client_secret", "client_id")
        what = "[slack] {have} is there, but {lack} is not; Slack gives both."
        yield Problem(at(f"slack.{have}"), what, "Write both, or neither.", {"have": have, "lack": lack})
    elif not slack.on and (slack.app_token or slack.signing_secret):
        what = "Slack stays off: it has neither a bot token nor a client."
        yield Problem(at("slack.app_token", "slack.signing_secret"), what, "Write [slack] bot_token.", {}, "warning")
    if slack.on:
        yield from _slack(slack, link, at)
    if telegram.on and telegram.mode == "webhook":
        here = at("telegram.mode")
        if problem := _unreachable(here, "Telegram", '[telegram] mode = "webhook"', link, telegram.server):
            yield problem
        elif not telegram.server and (urlsplit(link).port or 443) not in _TELEGRAM_PORTS:
            what = "Telegram calls no other ports than 443, 80, 88 and 8443, and [web] link has another one."
            yield Problem(at("web.link"), what, 'Change the link, or write [telegram] mode = "polling".')


def _slack(slack: Slack, link: str, at: Callable[..., Where]) -> Iterator[Problem]:
    """For a Slack that is on."""
    if slack.mode == "socket" and not slack.app_token:
        what = 'Slack in the mode "socket" needs [slack] app_token.'
        hint = 'Make one on api.slack.com/apps, in your app, under "Basic Information", App-Level Tokens.'
        yield Problem(at("slack.mode", "slack.bot_token", "slack.client_id"), what, hint)
    if slack.mode == "http" and not slack.signing_secret:
        what = 'Slack in the mode "http" needs [slack] signing_secret, to know that it is Slack who calls.'
        yield Problem(at("slack.mode"), what, 'It is on api.slack.com/apps, in your app, under "Basic Information".')
    if slack.client_id and slack.unit and not slack.workspaces:
        what = "[slack] unit opens the door to everybody, and with a client_id anybody may install Morsel."
        hint = 'Write which Slacks may: workspaces = ["T024BE7LD"]. Or leave unit out: then all need an invitation.'
        yield Problem(at("slack.unit", "slack.client_id"), what, hint)
    needs = '[slack] mode = "http"' if slack.mode == "http" else "[slack] client_id" if slack.client_id else ""
    where = at("slack.mode") if slack.mode == "http" else at("slack.client_id")
    if needs and (problem := _unreachable(where, "Slack", needs, link, slack.server)):
        yield problem


def _unreachable(where: Where, who: str, needs: str, link: str, server: str) -> Problem | None:
    """What keeps a platform from calling us. Another server than the vendor's own may also call without https."""
    if link.startswith("https://") or (link and server):
        return None
    what = "{needs} needs [web] link with https, so that {who} can call Morsel."
    hint = 'Write the address that leads here from outside, like link = "https://learn.example.org" in [web].'
    return Problem(where, what, hint, {"needs": needs, "who": who})
