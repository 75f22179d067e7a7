"""What the bot says: every language says all of it, with the same blanks and bold parts, short enough, and no code of
ours asks for a sentence that is not there. Whether a sentence is good German or Spanish is not tested here.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest

from bot import texts
from bot.commands import BY_NAME, COMMANDS
from bot.commands.settings import WHATS
from bot.dates import parse_day
from bot.given import STATES
from bot.person import Role
from bot.reaching import NAMED as NAMED_CHANNELS
from bot.texts import FALLBACK, LANGUAGES, Voice
from lessons.questions import KINDS
from lessons.questions.base import How
from scheduler.hours import parse_time, zone_named
from scheduler.memory import Confidence

ROOT = Path(__file__).parents[2]
KEY = re.compile(r"[a-z]+(?:[._][a-z]+)*")
SENTENCE_LIMIT, BUTTON_LIMIT = 160, 40
TRANSLATIONS = [language for language in LANGUAGES if language != FALLBACK]
MEMBERS = [role for role in Role if role != Role.STRANGER]


def said(language: str) -> dict[str, tuple[str, ...]]:
    """The sentences with a key of their own; those of packs' mistakes are keyed by their English."""
    return {key: forms for key, forms in texts.keys(language).items() if KEY.fullmatch(key)}


ENGLISH = said(FALLBACK)
SECTIONS = {key.partition(".")[0] for key in ENGLISH}


def everything() -> Iterator[tuple[str, str, str]]:
    """Every form of every sentence: (language, key, form)."""
    for language in LANGUAGES:
        for key, forms in texts.keys(language).items():
            for form in forms:
                yield language, key, form


def blanks(form: str) -> Counter[str]:
    return Counter(field for _, field, _, _ in Formatter().parse(form) if field is not None)


# --- Every language says all of it -----------------------------------------------------------------------------------


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_every_language_has_just_the_sentences_of_english_in_the_same_order(language: str) -> None:
    theirs = said(language)
    assert set(ENGLISH) - set(theirs) == set(), "missing"
    assert set(theirs) - set(ENGLISH) == set(), "nobody asks for these"
    assert list(theirs) == list(ENGLISH)


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_every_form_has_the_blanks_and_bold_parts_of_english(language: str) -> None:
    wrong = []
    for key, forms in said(language).items():
        model = ENGLISH[key]
        if len(forms) != len(model):
            wrong.append((key, f"{len(forms)} forms", f"not {len(model)}"))
        for mine, theirs in zip(model, forms, strict=False):
            if blanks(mine) != blanks(theirs) or mine.count("**") != theirs.count("**"):
                wrong.append((key, mine, theirs))
    assert wrong == []


def test_no_sentence_is_empty_and_every_bold_part_ends() -> None:
    assert [each for each in everything() if not each[2].strip()] == []
    assert [each for each in everything() if KEY.fullmatch(each[1]) and each[2].count("**") % 2] == []


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_nothing_was_left_in_english(language: str) -> None:
    same = [key for key, forms in said(language).items() if forms == ENGLISH[key] and len(_words(forms[0])) > 2]
    assert same == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_file_names_its_language_and_sections(language: str) -> None:
    folder = ROOT / "bot/texts"
    text = (folder / f"{language}.po").read_text("utf-8")
    assert f'"Language: {language}\\n"' in text
    assert '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"' in text
    sections = re.findall(r"^(# .*)\nmsgid \"(.+)\"", (folder / f"{FALLBACK}.po").read_text("utf-8"), re.M)
    mine = re.findall(r"^(# .*)\nmsgid \"(.+)\"", text, re.M)
    assert mine[: len(sections)] == sections


def test_a_language_that_nobody_wrote_is_spoken_in_english() -> None:
    assert Voice("fr")("button.next") == ENGLISH["button.next"][0]
    assert Voice("de_AT").language == Voice("de-CH").language == "de"


# --- How it is said --------------------------------------------------------------------------------------------------


def test_sentences_are_short() -> None:
    long = [(language, key, part) for language, key, form in everything() for part in _sentences(form)]
    assert [each for each in long if len(each[2]) > SENTENCE_LIMIT] == []


def test_there_are_no_long_dashes_and_few_short_ones() -> None:
    assert [each for each in everything() if "—" in each[2] or each[2].count(" – ") > 1] == []


def test_buttons_fit_on_a_phone() -> None:
    labels = [each for each in everything() if each[1].startswith("button.") or re.match(r"sure\.(?!ask)", each[1])]
    assert len(labels) >= 3 * 30
    assert [each for each in labels if len(each[2]) > BUTTON_LIMIT] == []


def test_questions_and_cries_are_opened_in_spanish() -> None:
    wrong = [form for language, _, form in everything() if language == "es" and not _opened(form)]
    assert wrong == []


def test_nobody_is_spoken_to_formally() -> None:
    formal = {"de": r"\b(Ihnen|Ihr|Ihre|Ihren|Ihrem|Ihrer)\b|[a-zß] Sie\b", "es": r"\b[Uu]sted(es)?\b"}
    wrong = [each for each in everything() if each[0] in formal and re.search(formal[each[0]], each[2])]
    assert wrong == []


def _words(form: str) -> list[str]:
    return re.findall(r"[^\W\d_]{2,}", re.sub(r"\{\w+\}", " ", form))


def _sentences(form: str) -> list[str]:
    return re.split(r"(?<=[.!?:])\s+", form)


def _opened(form: str) -> bool:
    said = re.sub(r"!\[|<!--", "", form)  # a picture's and a comment's sign are no cries
    return said.count("?") == said.count("¿") and said.count("!") == said.count("¡")


# --- What a sentence tells people to do is there ---------------------------------------------------------------------

NAMED = (  # sentences that tell people to tap a button, and the button
    ("task.many", "button.done"),
    ("start.role.learner", "button.start"),
    ("start.role.manager", "button.start"),
    ("said.nothing", "button.start"),
    ("said.nothing", "button.help"),
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_button_is_called_what_it_says(language: str) -> None:
    mine = said(language)
    assert [(key, button) for key, button in NAMED if mine[button][0] not in mine[key][0]] == []


def test_commands_stay_as_they_are_typed() -> None:
    for language, key, form in everything():
        named = re.findall(r"(?:^|\s)/([a-z]+)", form)
        assert set(named) <= set(BY_NAME), (language, key)
        if KEY.fullmatch(key):
            assert sorted(named) == sorted(re.findall(r"(?:^|\s)/([a-z]+)", ENGLISH[key][0])), (language, key)


@pytest.mark.parametrize("language", LANGUAGES)
def test_examples_can_be_typed_as_they_stand(language: str) -> None:
    mine, today = said(language), date(2026, 1, 5)
    days = re.split(r", | or | oder | o ", mine["assign.unknown_day"][0].partition("2027-")[2].rstrip("."))
    assert [parse_day(day, today) for day in ("2027-" + days[0], *days[1:])] == [
        date(2027, 6, 1),
        date(2026, 6, 1),
        date(2026, 1, 19),
    ]
    last = re.split(r"\s(?:by|bis|para el)\s", mine["assign.how"][0])[-1]
    assert parse_day(last, today) == date(2026, 6, 1)
    for key in ("settings.ask.zone", "settings.bad.zone"):
        cities = re.search(r"([\w ]+) (?:or|oder|o) ([\w ]+)\.$", mine[key][0])
        assert cities
        assert zone_named(cities[1].split()[-1]), cities[1]
        assert zone_named(cities[2]), cities[2]
    for key in ("settings.ask.time", "settings.bad.time", "settings.ask.quiet"):
        times = re.findall(r"\d+:\d\d", mine[key][0])
        assert times
        assert all(map(parse_time, times))


# --- Numbers and what is filled in -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "one", "many"), [("en", "card", "cards"), ("de", "Karte", "Karten"), ("es", "tarjeta", "tarjetas")]
)
def test_the_form_fits_the_number(language: str, one: str, many: str) -> None:
    words = {n: Voice(language)("settings.set.cards", n) for n in (0, 1, 2, 5)}
    assert [re.search(rf"\b{n} (\w+)", words[n])[1] for n in words] == [many, one, many, many]  # type: ignore[index]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_filled_in_is_never_read_as_markup(language: str) -> None:
    nasty = "**{n}** {x} %s {{ <b>"
    voice = Voice(language)
    for key, forms in said(language).items():
        values = {field: nasty for form in forms for field in blanks(form)}
        n = 5 if values.pop("n", None) or len(forms) > 1 else None
        line = voice.line(key, n, **values)
        whole = "".join(span.text for span in line)
        assert whole == "".join(forms[-1].split("**")).format(**values, n=5), key
        assert whole == voice(key, n, **values)
        bold = "".join(span.text for span in line if span.bold)
        assert bold == "".join(forms[-1].split("**")[1::2]).format(**values, n=5), key


def test_what_a_problem_quotes_is_never_read_as_a_blank() -> None:
    assert Voice("de").own("“{name}” is odd.", {"name": "{name} **x**"}) == "“{name} **x**” is odd."


# --- The code and the sentences know each other ----------------------------------------------------------------------


def code() -> Iterator[tuple[str, ast.expr]]:
    """Every string and f-string of the bot's code, with its file. Most of the command line has words of its own."""
    for path in sorted((ROOT / "bot").rglob("*.py")):
        source = path.read_text("utf-8")
        if path.is_relative_to(ROOT / "bot/cli") and "from bot.texts import" not in source:
            continue
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str)):
                yield str(path.relative_to(ROOT)), node


def family(node: ast.expr) -> re.Pattern[str] | None:
    """The keys that an f-string like f"state.{state}" can make, as a pattern; None for anything else."""
    if not isinstance(node, ast.JoinedStr) or not isinstance(node.values[0], ast.Constant):
        return None
    start = str(node.values[0].value)
    if not re.fullmatch(r"[a-z]+\.[a-z._]*", start) or start.partition(".")[0] not in SECTIONS:
        return None
    parts = (re.escape(str(part.value)) if isinstance(part, ast.Constant) else "[a-z_]+" for part in node.values)
    return re.compile("".join(parts))


def test_every_sentence_that_the_code_asks_for_is_there() -> None:
    missing = []
    for file, node in code():
        if isinstance(node, ast.Constant):
            key = str(node.value)
            looks_so = "." in key and KEY.fullmatch(key) and key.partition(".")[0] in SECTIONS
            if looks_so and key not in ENGLISH and not key.endswith((".toml", ".csv", ".md")):
                missing.append((file, key))
        elif (made := family(node)) and not any(map(made.fullmatch, ENGLISH)):
            missing.append((file, made.pattern))
    assert missing == []


def test_every_sentence_is_asked_for() -> None:
    asked = {str(node.value) for _, node in code() if isinstance(node, ast.Constant)}
    families = [made for _, node in code() if (made := family(node))]
    idle = [key for key in ENGLISH if key not in asked and not any(made.fullmatch(key) for made in families)]
    assert idle == []


FAMILIES: dict[str, list[str]] = {
    "help.{}": [command.name for command in COMMANDS],
    "state.{}": list(STATES),
    "role.{}": [str(role) for role in MEMBERS],
    "start.role.{}": [str(role) for role in MEMBERS],
    "sure.{}": [str(level) for level in Confidence],
    "task.{}": list(get_args(How)),
    "verdict.{}": [kind.kind for kind in KINDS if not kind.graded],
    "channel.{}": list(NAMED_CHANNELS),
    "upload.fetch.{}": ["empty", "gone", "broken"],
    "settings.ask.{}": list(WHATS),
    "settings.set.{}": list(WHATS),
    "button.set.{}": [what for what in WHATS if what != "name"],
}


@pytest.mark.parametrize("keys", FAMILIES)
def test_every_member_of_a_family_has_its_sentence(keys: str) -> None:
    assert FAMILIES[keys]
    assert [keys.format(each) for each in FAMILIES[keys] if keys.format(each) not in ENGLISH] == []


def test_a_day_that_ends_with_a_dot_ends_its_sentence_too() -> None:
    """German shortens its months: "24. Nov." needs no second full stop."""
    voice = Voice("de")
    assert voice("progress.next", day=voice.day(date(2026, 11, 24))).endswith("24. Nov.")
    assert not voice("progress.next", day=voice.day(date(2026, 11, 24))).endswith("..")
    assert voice("progress.next", day="morgen").endswith("am morgen.")
