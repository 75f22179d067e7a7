"""Every payload that Slack sends, in both dresses, and what it says. No network, no clock."""

import contextlib
import json
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack.happenings import IGNORED
from adapters.slack.heard import SILENCE, Ground, Heard, Unreadable
from adapters.slack.translate import read, read_http, read_kept
from adapters.slack.words import words
from bot.events import Address, Sender
from tests.slack import captured
from tests.slack.captured import ROWS, TEAM, TRIGGER, UNIT, UNREADABLE, USER, Row, enveloped, message

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
GROUND = Ground(UNIT, frozenset({"learn", "review", "progress", "packs"}))


def dressed_for_http(row: Row) -> bytes:
    """The same payload as a request's body."""
    if row.kind == "events_api":
        return row.raw
    if row.kind == "interactive":
        return urlencode({"payload": row.raw}).encode()
    return urlencode({name: value for name, value in row.payload.items() if value is not None}).encode()


def check(heard: Heard, row: Row) -> None:
    if isinstance(row.heard, tuple):
        assert tuple((each.address.chat, each.event) for each in heard.incoming if each.address) == row.heard
        assert heard.about is None
    else:
        assert heard.about == row.heard
        assert heard.incoming == ()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.kind}: {row.name}")
def test_every_payload_says_what_it_should(row: Row) -> None:
    if row.heard == UNREADABLE:
        with pytest.raises(Unreadable) as raised:
            read(row.kind, row.raw, GROUND, NOW)
        assert len(str(raised.value)) <= 200
        return
    heard = read(row.kind, row.raw, GROUND, NOW)
    check(heard, row)
    assert all(each.at == NOW for each in heard.incoming)
    assert len({each.id for each in heard.incoming}) == len(heard.incoming)


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.kind != "telegrams"], ids=lambda row: f"{row.kind}: {row.name}"
)
def test_the_same_over_http(row: Row) -> None:
    """A form or JSON: what was read from a socket is read from a request, ids and all."""
    body = dressed_for_http(row)
    if row.heard == UNREADABLE:
        with pytest.raises(Unreadable):
            read_http(body, GROUND, NOW)
        return
    assert read_http(body, GROUND, NOW) == read(row.kind, row.raw, GROUND, NOW)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.kind}: {row.name}")
def test_what_was_put_aside_is_read_again(row: Row) -> None:
    """A frame of the socket as it came."""
    frame = b'{"envelope_id": "e1", "type": "%s", "payload": %s}' % (row.kind.encode(), row.raw)
    if row.heard == UNREADABLE:
        with pytest.raises(Unreadable):
            read_kept(frame, GROUND, NOW)
        return
    assert read_kept(frame, GROUND, NOW) == read(row.kind, row.raw, GROUND, NOW)
    if row.kind == "events_api":
        assert read_kept(row.raw, GROUND, NOW) == read(row.kind, row.raw, GROUND, NOW)


def test_what_cannot_be_read_is_what_the_port_says() -> None:
    assert issubclass(Unreadable, ValueError)


def test_there_are_enough_of_them() -> None:
    """Sixty and more, and each row another."""
    assert len(ROWS) >= 120
    assert len({(row.kind, row.name) for row in ROWS}) == len(ROWS)


def test_ids_are_slacks_own() -> None:
    (said,) = read("events_api", json.dumps(enveloped(message())).encode(), GROUND, NOW).incoming
    assert (said.id, said.address) == (f"slack:{TEAM}:Ev0000001", Address("slack", f"{TEAM}/{USER}"))
    (pressed,) = read("interactive", json.dumps(captured.touched(captured.button())).encode(), GROUND, NOW).incoming
    assert pressed.id == f"slack:{TEAM}:{TRIGGER}"
    (called,) = read("slash_commands", json.dumps(captured.slash("/learn")).encode(), GROUND, NOW).incoming
    assert called.id == f"slack:{TEAM}:{TRIGGER}"


def test_whose_installation_it_came_through() -> None:
    heard = read("events_api", json.dumps(enveloped(message(), **captured.GRID)).encode(), GROUND, NOW)
    assert (heard.team, heard.enterprise) == (TEAM, "E0ORG")


def test_a_newcomer_is_introduced() -> None:
    raw = json.dumps(enveloped({"type": "team_join", "user": captured.member()})).encode()
    (met,) = read("events_api", raw, GROUND, NOW).incoming
    assert met.sender == Sender("Amina Diallo", "de", "Europe/Berlin")


def test_the_handshake() -> None:
    body = json.dumps({"token": "t", "challenge": "3eZbrw1a", "type": "url_verification"}).encode()
    assert read_http(body, GROUND, NOW).challenge == "3eZbrw1a"
    assert read_http(b"ssl_check=1&token=t", GROUND, NOW) == SILENCE


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"payload",
        b"=",
        b"a=b",
        b"payload=",
        b"payload=%7B",
        b"payload=%FF",
        b"%%%",
        b"\xff\xfe",
        b"&".join(b"a%d=1" % n for n in range(80)),
        b"command=/learn",
        b"\x00",
    ],
)
def test_no_body_of_any_kind(body: bytes) -> None:
    with pytest.raises(Unreadable):
        read_http(body, GROUND, NOW)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_unreadable(raw: bytes) -> None:
    for reading in (read_http, read_kept):
        with contextlib.suppress(Unreadable):
            reading(raw, GROUND, NOW)
    for kind in ("events_api", "interactive", "slash_commands"):
        with contextlib.suppress(Unreadable):
            read(kind, raw, GROUND, NOW)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from([row for row in ROWS if isinstance(row.payload, dict)]), st.data())
def test_payloads_with_one_field_changed(row: Row, data: st.DataObject) -> None:
    """Anything may stand in any field, at any depth: it is read, or it is unreadable."""
    payload = json.loads(row.raw)
    place = payload
    while True:
        name = data.draw(st.sampled_from(sorted(place)))
        inner = place[name]
        if isinstance(inner, dict) and inner and data.draw(st.booleans()):
            place = inner
            continue
        break
    place[name] = data.draw(JSON)
    try:
        heard = read(row.kind, json.dumps(payload).encode(), GROUND, NOW)
    except Unreadable:
        return
    assert all(each.address and each.id.startswith("slack:") for each in heard.incoming)


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@given(st.text())
def test_what_was_typed_is_what_is_read(text: str) -> None:
    """Slack escapes three signs; nothing else that people type is markup."""
    assert words(escaped(text)) == text.replace("\0", "")


def test_what_is_ignored_knowingly_is_ignored() -> None:
    for kind in IGNORED:
        assert read("events_api", json.dumps(enveloped({"type": kind})).encode(), GROUND, NOW).incoming == ()
