"""The page's own sentences, by language: texts/LANGUAGE.toml. The bot's sentences are not here."""

import tomllib
from pathlib import Path

FOLDER = Path(__file__).parent / "texts"
MAIN = "en"

Words = dict[str, str]


def load(language: str) -> Words:
    """The sentences of one language. Raises when the file is missing or broken: that is a bug of ours."""
    return {
        str(key): str(text) for key, text in tomllib.loads((FOLDER / f"{language}.toml").read_text("utf-8")).items()
    }


LANGUAGES: dict[str, Words] = {path.stem: load(path.stem) for path in sorted(FOLDER.glob("*.toml"))}


def choose(accept: str) -> str:
    """The best language we have for an Accept-Language header (RFC 9110 section 12.5.4); English when none fits."""
    wishes: list[tuple[float, str]] = []
    for part in accept[:1000].split(","):
        tag, _, weight = part.partition(";")
        try:
            quality = float(weight.partition("=")[2]) if weight.strip() else 1.0
        except ValueError:
            continue
        wishes.append((quality, tag.strip().partition("-")[0].lower()))
    ranked = sorted((wish for wish in wishes if wish[0] > 0), key=lambda wish: -wish[0])
    return next((tag for _, tag in ranked if tag in LANGUAGES), MAIN)
