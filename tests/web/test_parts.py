"""The pure parts of the web chat: what is shown, what is read, pictures, pace, words, streams that are woken."""

import re
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.web import translate
from adapters.web.channel import listen
from adapters.web.pace import Pace
from adapters.web.pictures import Seen, look
from adapters.web.settings import WebSettings
from adapters.web.subscribers import HELD, Subscribers
from adapters.web.words import LANGUAGES, choose
from bot.events import WORDS_LIMIT, Address, Called, Said
from bot.message import Button, Message, Progress, paragraph
from bot.ports import Entry
from lessons.prose import Paragraph, Picture, Span
from tests.web.cards import every_kind
from tests.web.fakes import MovedClock
from tests.web.world import a_png

NOW = MovedClock().now()
WEB = Path(translate.__file__).parent


def shown(picture: Picture) -> translate.ShownPicture:
    return translate.ShownPicture(f"/{picture.name}", picture.alt)


@pytest.mark.parametrize("message", every_kind())
def test_every_kind_of_message_reaches_the_page_whole(message: Message) -> None:
    bubble = translate.show(Entry(3, 7, NOW, message), shown)
    assert bubble
    told = msgspec.json.decode(msgspec.json.encode(bubble))
    assert told["id"] == 3
    assert told["changed"] == 7
    assert len(told.get("blocks", ())) == len(message.blocks)
    assert all("type" in block for block in told.get("blocks", ()))
    labels = [button["label"] for row in told.get("rows", ()) for button in row]
    assert labels == [button.label for row in message.rows for button in row]


def test_a_fleeting_word_is_not_part_of_the_conversation() -> None:
    kind = Message((paragraph("One\nthing at a time"),), fleeting=True)
    assert translate.show(Entry(1, 1, NOW, kind), shown) is None
    assert translate.toast(kind) == "One thing at a time"


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", "JAVASCRIPT:x", "//evil.example", " https://x", "ftp://x"]
)
def test_only_web_links_stay_links(link: str) -> None:
    message = Message((Paragraph((Span("here", bold=True, link=link),)),), ((Button("go", url=link),),))
    bubble = translate.show(Entry(1, 1, NOW, message), shown)
    assert bubble
    assert bubble.blocks == (Paragraph((Span("here", bold=True),)),)
    assert bubble.rows == ((Button("go"),),)


@given(st.text(min_size=1, max_size=300).filter(lambda text: text.isprintable() or "\0" in text))
def test_any_words_become_one_event(text: str) -> None:
    raw = msgspec.json.encode({"id": "a-made-id", "text": text})
    incoming = translate.read_say(raw, "amira", NOW)
    assert incoming.id == "web:amira:a-made-id"
    assert incoming.address == Address("web", "amira")
    assert isinstance(incoming.event, Said | Called)
    assert "\0" not in str(incoming.event)


def test_a_wall_of_words_is_cut_where_the_bot_stops_reading() -> None:
    raw = msgspec.json.encode({"id": "a-made-id", "text": "x" * translate.TEXT_LIMIT})
    event = translate.read_say(raw, "amira", NOW).event
    assert event == Said("x" * WORDS_LIMIT)


@given(st.text(max_size=400))
def test_any_file_name_is_safe_to_show(name: str) -> None:
    shown_name = translate.file_name(name)
    assert 0 < len(shown_name) <= translate.NAME_LIMIT
    assert "/" not in shown_name
    assert "\\" not in shown_name
    assert shown_name.isprintable() or all(c.isspace() or c.isprintable() for c in shown_name)


NAMES = {
    "../../etc/passwd": "passwd",
    "C:\\x\\a.zip": "a.zip",
    "a\u202egpj.zip": "agpj.zip",
    "": "file",
    "..\0": "..",
}


@pytest.mark.parametrize(("name", "safe"), NAMES.items())
def test_file_names(name: str, safe: str) -> None:
    assert translate.file_name(name) == safe


JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + b"\0" * 10 + b"\x00" + b""


@pytest.mark.parametrize(
    ("data", "seen"),
    [
        (a_png(64, 32), Seen("image/png", 64, 32)),
        (b"GIF89a\x05\x00\x07\x00", Seen("image/gif", 5, 7)),
        (b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x11\x08\x00\x20\x00\x40\x03", Seen("image/jpeg", 64, 32)),
        (b"\xff\xd8\xff", Seen("image/jpeg")),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", Seen("image/webp")),
        (b"<svg></svg>", None),
        (b"<html>", None),
        (b"", None),
    ],
)
def test_a_picture_is_what_its_bytes_say(data: bytes, seen: Seen | None) -> None:
    assert look(data) == seen


@given(st.binary(max_size=200))
def test_no_bytes_break_the_look(data: bytes) -> None:
    look(data)
    look(b"\xff\xd8\xff" + data)


def test_pace_lets_a_burst_pass_and_then_asks_to_wait() -> None:
    pace = Pace(rate=2, burst=3, keys=2)
    assert [pace.wait("a", 0.0) for _ in range(4)] == [0, 0, 0, 0.5]
    assert pace.wait("b", 0.0) == 0
    assert pace.wait("a", 0.5) == 0
    assert pace.wait("c", 0.5) == 0  # the third key: the longest quiet one falls out
    assert pace.wait("a", 0.5) > 0


ACCEPTED = {
    "": "en",
    "de-CH, fr;q=0.9": "de",
    "fr, de;q=0.1, en;q=0.5": "en",
    "*": "en",
    "de;q=0, en": "en",
    "de;q=x;;,,": "en",
    "," * 5000: "en",
    "DE": "de",
}


@pytest.mark.parametrize(("accept", "language"), ACCEPTED.items())
def test_the_browsers_language_is_chosen(accept: str, language: str) -> None:
    assert choose(accept) == language


def test_every_language_has_every_sentence_with_the_same_holes() -> None:
    main = LANGUAGES["en"]
    assert set(LANGUAGES) >= {"en", "de"}
    for language, words in LANGUAGES.items():
        assert words.keys() == main.keys(), language
        for key, sentence in words.items():
            assert sorted(re.findall(r"\{\w+\}", sentence)) == sorted(re.findall(r"\{\w+\}", main[key])), key


def test_every_sentence_is_used() -> None:
    files = [path for kind in ("html", "js", "py") for path in WEB.rglob(f"*.{kind}")]
    source = "\n".join(path.read_text("utf-8") for path in files)
    unused = [key for key in LANGUAGES["en"] if not re.search(rf"\b(t|texts)\.{key}\b|\"{key}\"", source)]
    assert not unused


async def test_a_listener_is_woken_and_forgotten() -> None:
    lines = Subscribers()
    with lines.listen("amira") as line:
        assert not await line.wait(0.001)
        lines.wake("ben")
        assert not await line.wait(0.001)
        lines.wake("amira")
        assert await line.wait(5)
        for number in range(HELD + 10):
            lines.tell("amira", "toast", b"%d" % number)
        assert [data for _, data in line.passing()] == [b"%d" % number for number in range(10, HELD + 10)]
        lines.hang_up()
        assert line.over
    assert lines.count("amira") == 0
    with lines.listen("amira") as late:
        assert late.over


def test_a_taken_port_is_passed_over_only_where_allowed() -> None:
    with listen(WebSettings(port=0)) as first:
        port = first.getsockname()[1]
        with pytest.raises(OSError, match="in use"):
            listen(WebSettings(port=port))
        with listen(WebSettings(port=port, spare_ports=20)) as second:
            assert port < second.getsockname()[1] <= port + 20


def test_progress_is_told_in_numbers() -> None:
    message = Message((paragraph("x"),), progress=Progress("🧼 Food", 3, 7))
    bubble = translate.show(Entry(1, 1, NOW, message), shown)
    assert bubble
    assert bubble.progress == Progress("🧼 Food", 3, 7)
