import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import sanitise
from models.errors import BadRecord

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(json_values)
def test_numbers_are_finite_or_missing(value: object) -> None:
    result = sanitise.number(value)
    assert result is None or math.isfinite(result)


@given(json_values)
def test_times_lie_in_range_or_are_missing(value: object) -> None:
    result = sanitise.millis(value)
    assert result is None or sanitise.MIN_TS <= result < sanitise.MAX_TS


@given(json_values)
def test_text_can_be_encoded_and_is_bounded(value: object) -> None:
    result = sanitise.text(value)
    assert result is None or 0 < len(result.encode()) <= 4 * 256


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        (30, "30"),
        ("30", "30"),
        (30.0, "30"),
        (' "30" ', "30"),
        ('""30""', "30"),
        ("", None),
        ('""', None),
        (None, None),
        (True, None),
        (float("nan"), None),
        ("\ud800", None),
        ("a\x00b", "ab"),
    ],
)
def test_text(raw: object, clean: str | None) -> None:
    assert sanitise.text(raw) == clean


@pytest.mark.parametrize(
    ("raw", "clean"),
    [("12", 12), (12.0, 12), (" 12 ", 12), ("1e3", 1000), ("inf", None), (2**80, None), ("", None)],
)
def test_integer(raw: object, clean: int | None) -> None:
    assert sanitise.integer(raw) == clean


def test_nan_literals_are_read_as_missing() -> None:
    assert sanitise.decode(b'{"length": NaN, "x": -Infinity, "page": "Home"}') == {
        "length": None,
        "x": None,
        "page": "Home",
    }


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (None, "empty"),
        (b"", "empty"),
        (b"{", "bad_json"),
        (b"\xff\xfe", "bad_json"),
        (b"[1]", "not_an_object"),
        (b'"text"', "not_an_object"),
        (b"[" * 100_000, "bad_json"),
    ],
)
def test_what_is_no_object_is_refused_with_a_reason(raw: bytes | None, reason: str) -> None:
    with pytest.raises(BadRecord) as error:
        sanitise.decode(raw)
    assert error.value.reason == reason


def test_the_detail_never_quotes_the_input() -> None:
    with pytest.raises(BadRecord) as error:
        sanitise.decode(b'{"firstName": "Walter", oops}')
    assert "Walter" not in str(error.value)
