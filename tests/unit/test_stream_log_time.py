"""Times are read in whatever way logs write them; what is none stays as it is."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.sanitise import MAX_TS
from stream.log_time import as_millis

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("value", "ms"),
    [
        (1_538_352_000_500, 1_538_352_000_500),
        (1_538_352_000_500.4, 1_538_352_000_500),
        (1_538_352_000, 1_538_352_000_000),
        (1_538_352_000.123, 1_538_352_000_123),
        ("1538352000", 1_538_352_000_000),
        (" 1538352000500 ", 1_538_352_000_500),
        ("1538352000.25", 1_538_352_000_250),
        ("2018-10-01T00:00:00Z", 1_538_352_000_000),
        ("2018-10-01T02:00:00+02:00", 1_538_352_000_000),
        ("2018-10-01 02:00", 1_538_352_000_000),
        ("2018-10-01", 1_538_344_800_000),
        ("2018-10-28 02:30", 1_540_686_600_000),  # comes twice: the first one, summer time
        ("1969-12-31T23:59:59.9999Z", -1),
        (0, 0),
    ],
)
def test_times_are_told_apart(value: object, ms: int) -> None:
    assert as_millis(value, BERLIN) == ms


@pytest.mark.parametrize(
    "value",
    [
        *(None, True, "", "soon", "01/10/2018", "nan", "inf", "-5", -5, -5.5, [1], {"a": 1}),
        *(MAX_TS, str(MAX_TS), 1e300, "9" * 5000, float("nan"), float("inf")),
        *("2018-10-32", "0001-01-01T00:00:00+99:00"),
    ],
)
def test_what_is_no_time_stays_as_it_is(value: object) -> None:
    assert as_millis(value, BERLIN) is value


@given(st.integers(10**11, MAX_TS - 1), st.sampled_from([UTC, BERLIN]))
def test_iso_8601_with_an_offset_gives_the_time_back(ms: int, zone: Any) -> None:
    text = datetime.fromtimestamp(ms // 1000, zone).replace(microsecond=ms % 1000 * 1000)

    assert as_millis(text.isoformat(), UTC) == ms
