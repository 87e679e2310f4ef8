"""A layout makes a log's own columns a domain's fields."""

import json
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.sanitise import decode
from stream.layout import Layout
from stream.logfile import MAX_LINE, LogFile
from stream.unfolding import unfolded
from tests.layout_parts import CHURN, MUSIC, REVENUE, layout_of


@pytest.fixture
def write(tmp_path: Path) -> Any:
    return partial(layout_of, tmp_path)


def applied(layout: Layout, **record: object) -> Any:
    return orjson.loads(layout.apply(orjson.dumps(record)))


def test_columns_values_constants_and_times(write: Any) -> None:
    layout = write(MUSIC)

    assert applied(
        layout, customer="a", time="2018-10-01 02:00:00", action="play", city="Bonn"
    ) == {
        "userId": "a",
        "ts": 1_538_352_000_000,
        "page": "NextSong",
        "city": "Bonn",
        "auth": "Logged In",
    }
    assert applied(layout, action=7)["page"] == "Home"
    assert applied(layout, action="other")["page"] == "other"
    assert applied(layout, action=None)["page"] is None
    assert applied(layout, registration="2018-10-01")["registration"] == 1_538_344_800_000


def test_a_constant_is_for_records_without_a_value(write: Any) -> None:
    layout = write('[constants]\nauth = "Logged In"\nregistration = 2018-10-01')

    assert applied(layout, auth="Cancelled")["auth"] == "Cancelled"
    assert applied(layout, auth=None)["auth"] == "Logged In"
    assert applied(layout)["registration"] == 1_538_352_000_000


def test_a_field_is_read_from_its_column_and_from_nowhere_else(write: Any) -> None:
    layout = write('[columns]\nuserId = "customer"')

    assert applied(layout, userId=1, customer="a") == {"userId": "a"}
    assert applied(layout, userId=1) == {}


def test_columns_may_be_exchanged_and_be_read_twice(write: Any) -> None:
    layout = write('[columns]\nuserId = "page"\npage = "userId"\nsessionId = "page"')

    found = applied(layout, userId="Home", page=5)
    assert found == {"userId": 5, "page": "Home", "sessionId": 5}


@pytest.mark.parametrize("raw", [b"", b"{broken", b"[1]", b"7", b"a,b", b"\xff", b"{" * 2000])
def test_what_is_no_object_passes_untouched(write: Any, raw: bytes) -> None:
    assert write(MUSIC).apply(raw) == raw


def test_what_python_alone_takes_for_json_keeps_what_is_odd(write: Any) -> None:
    found = write(MUSIC).apply(b'{"customer": "\\ud800", "length": NaN, "n": Infinity}')

    assert b"NaN" in found
    assert decode(found) == {"userId": "\ud800", "length": None, "n": None, "auth": "Logged In"}


def test_records_nested_deeper_than_orjson_writes_are_mapped(write: Any) -> None:
    deep = b"[" * 300 + b"]" * 300

    assert write(MUSIC).apply(b'{"x": ' + deep + b"}") == b'{"x": ' + deep + b"}"


def test_a_line_that_is_too_long_is_not_looked_into(write: Any, tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl"
    path.write_text(json.dumps({"action": "play", "x": "y" * MAX_LINE}) + "\n")
    [(_, raw)] = LogFile(str(path), write(MUSIC))

    assert b"NextSong" not in raw


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
names = st.sampled_from(["customer", "time", "action", "userId", "ts", "auth", "registration"])


@given(st.dictionaries(names | st.text(), json_values, max_size=6))
def test_any_object_stays_one_and_keeps_its_other_columns(record: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as place:
        layout = layout_of(Path(place), MUSIC)
    raw = json.dumps(record).encode()
    found = decode(layout.apply(raw))

    given_before = decode(raw)
    for name in given_before.keys() - CHURN.every_field().keys() - {"customer", "time", "action"}:
        assert found[name] == given_before[name]
    if "customer" in record:
        assert found["userId"] == given_before["customer"]


def test_the_digest_tells_what_it_says_and_no_more(write: Any) -> None:
    one = write('[columns]\nts = "a"\npage = "b"').digest

    assert write('# same\n[columns]\npage = "b"\nts = "a"').digest == one
    others = {
        write(text).digest
        for text in ("", '[columns]\nts = "a"', MUSIC, MUSIC[: MUSIC.index("[time]")])
    }
    assert len(others | {one}) == 5


def test_flat_rows_are_unfolded_after_it(write: Any) -> None:
    layout = write(
        '[columns]\nuser_id = "player"\ninstalled_at = "when"\nevent_1 = "levels"\n'
        'source = "ts"\n[values.source]\nad = "non-organic"',
        REVENUE,
    )
    row = {"player": "p", "when": "2024-01-01T00:00:00", "levels": "2", "ts": "ad"}
    lines = unfolded([(1, layout.apply(orjson.dumps(row)))], REVENUE)
    events: list[Any] = [REVENUE.parse(orjson.loads(raw)) for _, raw in lines]

    assert [REVENUE.event_type(event) for event in events] == ["install", "event_1", "event_1"]
    assert events[0].ts == 1_704_067_200_000
    assert "non-organic" in events[0].traits
