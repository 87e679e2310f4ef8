"""Laws of repeating a log."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.sanitise import MAX_TS, MIN_TS, decode
from replay import loop
from replay.loop import LoopError

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
records = st.dictionaries(st.text(), values, max_size=5)
moments = st.integers(MIN_TS, MAX_TS - 1)


@given(records, moments, st.integers(0, 10**11))
def test_only_the_time_changes(record: dict[str, Any], ts: int, shift: int) -> None:
    record["ts"] = ts
    raw = json.dumps(record, allow_nan=True).encode()

    assert decode(loop.shifted(raw, shift)) == {**decode(raw), "ts": ts + shift}


@given(moments, moments)
def test_rounds_do_not_overlap(a: int, b: int) -> None:
    first, last = min(a, b), max(a, b)
    step = loop.step(first, last)

    assert first + step > last
    assert step <= last - first + 86_400_000


@given(moments, st.integers(86_400_000, 10**10))
def test_the_hour_of_the_day_stays(first: int, span: int) -> None:
    assert loop.step(first, first + span) % 86_400_000 == 0


def test_a_log_without_times_cannot_be_repeated() -> None:
    with pytest.raises(LoopError, match="nothing to repeat"):
        loop.step(0, 0)
    with pytest.raises(LoopError, match="'ts'"):
        loop.shifted(b'{"installed_at": 1538352000000}', 1)


def test_rounds_end_before_events_would_be_invalid() -> None:
    loop.check_end(MAX_TS - 1)
    with pytest.raises(LoopError, match="2100"):
        loop.check_end(MAX_TS)
