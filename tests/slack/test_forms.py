"""Forms are read as the standard library reads them, only sooner."""

from urllib.parse import parse_qs, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack.forms import FIELDS, read_form

PIECES = st.sampled_from(
    ["%", "=", "&", "+", "%41", "%2", "%zz", "%ff", "%C3%BC", "=3D", "=\n", "\r\n", " ", "ü", "a", "\0", "_"]
)


def slow(body: bytes) -> dict[str, str] | None:
    if not body:
        return None
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=FIELDS, strict_parsing=True)
    except ValueError:
        return None
    return {name: values[0] for name, values in fields.items()}


def quick(body: bytes) -> dict[str, str] | None:
    try:
        return read_form(body)
    except ValueError:
        return None


@given(st.lists(PIECES, max_size=12).map("".join))
def test_odd_forms(text: str) -> None:
    assert quick(text.encode()) == slow(text.encode())


@given(st.binary(max_size=40))
def test_any_bytes(body: bytes) -> None:
    assert quick(body) == slow(body)


@given(st.dictionaries(st.text(), st.text(), min_size=1, max_size=8))
def test_what_was_put_in_comes_out(fields: dict[str, str]) -> None:
    assert read_form(urlencode(fields).encode()) == fields


@pytest.mark.parametrize("many", [FIELDS, FIELDS + 1])
def test_so_many_fields_and_no_more(many: int) -> None:
    body = b"&".join(b"f%d=1" % n for n in range(many))
    assert quick(body) == slow(body)
    assert (quick(body) is None) == (many > FIELDS)
