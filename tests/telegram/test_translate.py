"""What Telegram brings, in the bot's words: every shape of the table, and ten thousand bent ones."""

import json
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.telegram.translate import Us, file_name, read, read_reference
from adapters.telegram.updates import number
from bot.events import Address, Event, Incoming, Sender
from tests.telegram import payloads
from tests.telegram.payloads import BROKEN, HEARD, message, raw

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
US = Us(110201543, "morsel_test_bot", frozenset({"learn", "huddle", "start", "help"}))


@pytest.mark.parametrize(("name", "update", "event"), HEARD, ids=[name for name, *_ in HEARD])
def test_what_is_heard(name: str, update: payloads.JSON | bytes, event: Event | None) -> None:
    heard = read(raw(update), US, NOW)
    if event is None:
        assert heard.incoming is None
        return
    assert heard.incoming is not None
    assert heard.incoming.event == event
    assert heard.incoming.id == "telegram:110201543:7"
    assert heard.incoming.address == Address("telegram", "5000000001"), "always the person's own, in groups too"
    assert heard.incoming.sender == Sender("Amina Diallo", "de-AT")
    assert heard.incoming.at == NOW
    where = update.get("message", {}).get("chat", {}) if isinstance(update, dict) else {}
    place = Address("telegram", str(where["id"])) if where.get("id", 0) < 0 else None
    assert heard.incoming.place == place
    stored = msgspec.json.decode(msgspec.json.encode(heard.incoming), type=Incoming)
    assert stored == heard.incoming


@pytest.mark.parametrize(("name", "update"), BROKEN, ids=[name for name, _ in BROKEN])
def test_what_cannot_be_read(name: str, update: payloads.JSON | bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - msgspec's two errors are both
        read(raw(update), US, NOW)


def test_there_are_shapes_enough() -> None:
    assert len(HEARD) >= 80 and len(BROKEN) >= 20
    assert len({name for name, *_ in (*HEARD, *BROKEN)}) == len(HEARD) + len(BROKEN)


def test_a_press_waits_for_an_answer_wherever_it_stands() -> None:
    for update in (payloads.press(), payloads.press(where={"message_id": 1, "date": 0, "chat": payloads.GROUP})):
        assert read(raw(update), US, NOW).query == "4382bfdwdsb323b2d9"


def test_a_vote_names_its_quiz() -> None:
    assert read(raw(payloads.vote([1])), US, NOW).vote == "poll:5303992345678"


def test_a_group_that_moves_says_where() -> None:
    heard = read(raw(message(chat=payloads.SMALL, migrate_to_chat_id=-1001234567890)), US, NOW)
    assert heard.moved == ("-400123", "-1001234567890")


def test_what_belongs_to_a_chat_has_one_lane() -> None:
    lanes = {read(raw(update), US, NOW).lane for update in (message(text="a"), payloads.press(), payloads.vote([1]))}
    assert lanes == {5000000001}
    assert read(raw(message(chat=payloads.GROUP, text="a")), US, NOW).lane == -1001234567890


@pytest.mark.parametrize(("name", "update"), BROKEN, ids=[name for name, _ in BROKEN])
def test_the_number_is_found_where_there_is_one(name: str, update: payloads.JSON | bytes) -> None:
    found = number(raw(update))
    has_one = isinstance(update, dict) and isinstance(update.get("update_id"), int)
    assert found == 7 if has_one else found in (None, 7)


def test_a_reference_comes_back() -> None:
    heard = read(raw(payloads.HEARD[23][1]), US, NOW)
    assert heard.incoming
    ref = heard.incoming.event.ref  # type: ignore[union-attr]
    assert (read_reference(ref).id, read_reference(ref).size) == (payloads.FILE, 48_213)


@pytest.mark.parametrize(
    ("said", "shown"),
    [("a.zip", "a.zip"), ("C:\\x\\a.zip", "a.zip"), ("", "file"), ("\0\u202e", "file"), ("  a  b.zip ", "a b.zip")],
)
def test_file_names(said: str, shown: str) -> None:
    assert file_name(said) == shown


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=1000, deadline=None)
@given(st.sampled_from(HEARD), st.data())
def test_bent_shapes_are_read_or_refused(
    row: tuple[str, payloads.JSON | bytes, Event | None], data: st.DataObject
) -> None:
    """Something in it is replaced, taken away or added: it is heard, or a ValueError; never anything else."""
    update = json.loads(raw(row[1]))
    node = update
    for _ in range(data.draw(st.integers(0, 4))):
        inner = [
            each
            for each in (node.values() if isinstance(node, dict) else node)
            if isinstance(each, dict | list) and each
        ]
        if not inner:
            break
        node = data.draw(st.sampled_from(inner))
    if isinstance(node, dict):
        key = data.draw(st.sampled_from(sorted(node)) | st.text(max_size=8)) if node else "x"
        if data.draw(st.booleans()):
            node[key] = data.draw(values)
        else:
            node.pop(key, None)
    elif node:
        node[data.draw(st.integers(0, len(node) - 1))] = data.draw(values)
    try:
        heard = read(json.dumps(update).encode("utf-8", "surrogatepass"), US, NOW)
    except ValueError:
        return
    if heard.incoming:
        msgspec.json.encode(heard.incoming)
        assert heard.incoming.address and heard.incoming.address.channel == "telegram"
