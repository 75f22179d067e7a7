"""Every sentence the bot can say, by key and language: one PO file a language beside this one, so that any translation
tool can open them. Keys are msgids; plural forms are gettext's. `**bold**` in a sentence is its only markup, and what
is filled in is never read as markup.
"""

from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from gettext import c2py
from importlib.resources import files
from string import Formatter
from typing import NamedTuple

from lessons.prose import Line, Paragraph, Span

FALLBACK = "en"
LANGUAGES = {"en": "English", "de": "Deutsch", "es": "Español"}

Value = str | int


class Book(NamedTuple):
    """One language: its sentences by key (several forms where they count), and which form a number takes."""

    sentences: dict[str, tuple[str, ...]]
    form: Callable[[int], int]


class Voice:
    """The bot's voice in one language. A sentence that was not translated yet is said in English."""

    def __init__(self, language: str) -> None:
        code = language.replace("_", "-").partition("-")[0].lower()
        self.language = code if code in LANGUAGES else FALLBACK

    def __call__(self, key: str, n: int | None = None, /, **values: Value) -> str:
        """The sentence as plain text. `n` chooses the plural form and fills `{n}`."""
        return "".join(span.text for span in self.line(key, n, **values))

    def line(self, key: str, n: int | None = None, /, **values: Value) -> Line:
        """The sentence with its bold parts."""
        if n is not None:
            values["n"] = n
        return _fill(_template(self.language, key, n), values)

    def para(self, key: str, n: int | None = None, /, **values: Value) -> Paragraph:
        return Paragraph(self.line(key, n, **values))

    def own(self, template: str, values: dict[str, str | int | float]) -> str:
        """A sentence from elsewhere (a pack's problem) whose English is its key; so are phrases among its values."""
        sentences = _book(self.language).sentences
        said = {
            name: sentences.get(value, (value,))[0] if isinstance(value, str) and " " in value else value
            for name, value in values.items()  # a key of our own has no space, so no word of an author is taken for one
        }
        return sentences.get(template, (template,))[0].format(**said)

    def day(self, when: date) -> str:
        """A date as people say it: "Mon, Mar 2"."""
        from babel.dates import format_skeleton

        return str(format_skeleton("MMMEd", when, locale=self.language))

    def date(self, when: date | datetime) -> str:
        """A date with its year: "March 2, 2026"."""
        from babel.dates import format_date

        return str(format_date(when, "long", locale=self.language))

    def time(self, when: datetime) -> str:
        """A time of day, as clocks on the wall show it: "18:05"."""
        return when.strftime("%H:%M")

    def megabytes(self, size: int) -> str:
        """A file's size from its bytes: "4.8 MB", "120 MB"."""
        from babel.numbers import format_decimal

        number = size / 1_000_000
        return f"{format_decimal(round(number, 1) if number < 10 else round(number), locale=self.language)} MB"

    def percent(self, share: float) -> str:
        from babel.numbers import format_percent

        return str(format_percent(int(share * 100 + 1e-9) / 100, locale=self.language))


def keys(language: str) -> dict[str, tuple[str, ...]]:
    """All sentences of a language, for the test that compares them."""
    return _book(language).sentences


@cache
def _book(language: str) -> Book:
    from babel.messages.pofile import read_po

    with files(__package__).joinpath(f"{language}.po").open("rb") as file:
        catalog = read_po(file, locale=language)
    sentences = {}
    for message in catalog:
        if message.id and message.string:
            key = message.id if isinstance(message.id, str) else message.id[0]
            sentences[key] = (message.string,) if isinstance(message.string, str) else tuple(message.string)
    return Book(sentences, c2py(catalog.plural_expr))


def _template(language: str, key: str, n: int | None) -> str:
    book = _book(language)
    forms = book.sentences.get(key)
    if forms is None:
        if language == FALLBACK:
            raise KeyError(f"bot/texts/{FALLBACK}.po has no sentence {key!r}")
        return _template(FALLBACK, key, n)
    return forms[book.form(n)] if n is not None and len(forms) > 1 else forms[0]


@cache
def _pieces(template: str) -> tuple[tuple[str, str, bool], ...]:
    """The template as (text, field, bold) pieces, cut once."""
    pieces = []
    bold = False
    for text, field, _, _ in Formatter().parse(template):
        parts = text.split("**")
        for index, part in enumerate(parts):
            if index:
                bold = not bold
            if part:
                pieces.append((part, "", bold))
        if field is not None:
            pieces.append(("", field, bold))
    return tuple(pieces)


def _fill(template: str, values: dict[str, Value]) -> Line:
    spans: list[Span] = []
    said = ""
    for text, field, bold in _pieces(template):
        dotted = text.startswith(".") and said.endswith(".")  # "am 24. Nov." ends a sentence by itself
        said = (text[1:] if dotted else text) if text else str(values[field])
        if spans and spans[-1].bold == bold:
            spans[-1] = Span(spans[-1].text + said, bold=bold)
        else:
            spans.append(Span(said, bold=bold))
    return tuple(spans)
