"""The preview: every card of every shipped pack in both chats, within all limits, and nothing in it can run."""

import io
import zipfile
from pathlib import Path

import pytest

from bot.cli.folder import read_pack
from bot.cli.preview.drawn import Gauge, fullest
from bot.cli.preview.page import page, rows
from lessons.load import load
from lessons.model import Pack
from tests.cli.program import morsel
from tests.lessons.builders import a_card

PACKS = Path(__file__).parents[2] / "lessons" / "packs"
SHIPPED_PACK = PACKS / "food-hygiene"
SHIPPED = [
    (folder.name, language)
    for folder in sorted(PACKS.iterdir())
    if (folder / "pack.toml").exists()
    for language in (read_pack(folder).pack or pytest.fail(folder.name)).languages
]


def shipped(name: str) -> Pack:
    pack = read_pack(PACKS / name).pack
    assert pack
    return pack


@pytest.mark.parametrize(("name", "language"), SHIPPED)
def test_every_card_of_a_shipped_pack_fits_both_chats(name: str, language: str) -> None:
    pack = shipped(name)
    made = list(rows(pack, language))
    cards = [card for lesson in pack.lessons_in(language) for card in lesson.cards]
    assert len(made) == len(cards) + sum(card.question is not None for card in cards)
    for row in made:
        assert [chat.name for chat in row.chats] == ["Slack", "Telegram"]
        assert all(chat.drawn.bubbles and chat.drawn.gauges for chat in row.chats)
        assert not [gauge for gauge in row.full if gauge.state == "too much"], row.moment.card


def test_what_an_author_writes_cannot_run() -> None:
    pack = _pack("<script>alert(1)</script> **a <img src=x onerror=alert(1)> b**", "- (x) <b>yes</b>\n- ( ) no")
    html = page(pack, "en")
    assert "<script>" not in html
    assert "onerror=alert(1)>" not in html
    assert "&lt;script&gt;" in html
    assert "&lt;b&gt;yes&lt;/b&gt;" in html


def test_a_card_that_is_nearly_too_long_is_marked() -> None:
    pack = _pack("🍋 " * 1200, "- (x) yes\n- ( ) no")
    html = page(pack, "en")
    assert "Close to a limit" in html
    assert "nearly full" in html
    assert "Close to a limit" not in page(_pack("Short.", "- (x) yes\n- ( ) no"), "en")


def test_the_fullest_gauge_of_each_limit_is_kept() -> None:
    gauges = [Gauge("text", 10, 100), Gauge("keys", 1, 10), Gauge("text", 90, 100), Gauge("text", 101, 100)]
    assert fullest(gauges) == (Gauge("text", 101, 100), Gauge("keys", 1, 10))
    assert [gauge.state for gauge in gauges] == ["", "", "nearly full", "too much"]


def test_the_command_writes_one_page_that_needs_nothing_else(tmp_path: Path) -> None:
    done = morsel(tmp_path, "packs", "preview", str(SHIPPED_PACK), "--out", "page.html", "--language", "de")
    assert done.returncode == 0, done.stderr
    html = (tmp_path / "page.html").read_text("utf-8")
    assert '<html lang="de">' in html
    assert 'src="data:image/' in html
    assert 'src="http' not in html


def test_a_language_the_pack_has_not_is_told(tmp_path: Path) -> None:
    done = morsel(tmp_path, "packs", "preview", str(SHIPPED_PACK), "--language", "fr")
    assert done.returncode == 2
    assert 'no language "fr"' in done.stderr
    assert "en, de" in done.stderr


def _pack(body: str, options: str) -> Pack:
    files = a_card(f"{body}\n\n{options}")
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    loaded = load("pack.zip", data.getvalue())
    assert loaded.pack, loaded.problems
    return loaded.pack
