"""Laws of the sort buffer and of the merge."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay.entries import Entry
from replay.order import OrderError, in_order, merged, refusal

times = st.lists(st.integers(0, 50), max_size=60)
buffers = st.integers(0, 20)


def entries(times: list[int], file: int = 0) -> list[Entry]:
    return [Entry(ts, file, line, None, b"", None) for line, ts in enumerate(times, 1)]


def ignore(_entry: Entry, _newest: Entry) -> None:
    return None


@given(times, buffers)
def test_nothing_is_lost_or_doubled(times: list[int], buffer: int) -> None:
    log = entries(times)

    assert sorted(in_order(log, buffer, ignore)) == sorted(log)


@given(times, buffers)
def test_what_is_not_late_comes_in_order(times: list[int], buffer: int) -> None:
    late: list[Entry] = []
    out = list(in_order(entries(times), buffer, lambda entry, _: late.append(entry)))
    kept = [entry for entry in out if entry not in late]

    assert [entry.ts for entry in kept] == sorted(entry.ts for entry in kept)


@given(times, buffers)
def test_an_entry_is_late_only_when_more_than_the_buffer_lies_between(
    times: list[int], buffer: int
) -> None:
    log = entries(times)
    late: list[Entry] = []
    list(in_order(log, buffer, lambda entry, _: late.append(entry)))

    for entry in late:
        before = [other for other in log[: entry.line - 1] if other.ts > entry.ts]
        assert len(before) > buffer


@given(times)
def test_a_buffer_as_long_as_the_log_sorts_it(times: list[int]) -> None:
    log = entries(times)

    assert list(in_order(log, len(log), ignore)) == sorted(log)


@given(times)
def test_a_log_in_order_passes_any_buffer(times: list[int]) -> None:
    log = entries(sorted(times))

    assert list(in_order(log, 0, refusal(["log"], 0))) == log


@given(times, st.lists(st.integers(0, 50), max_size=60))
def test_logs_in_order_merge_in_order(a: list[int], b: list[int]) -> None:
    logs = [entries(sorted(a), 0), entries(sorted(b), 1)]

    assert list(merged(logs)) == sorted(logs[0] + logs[1])


def test_the_refusal_names_file_line_and_distance() -> None:
    log = entries([0, 100_000, 40_000])

    with pytest.raises(OrderError, match=r"b.jsonl, line 3: 1 min behind line 2.*--allow-late"):
        list(in_order([e._replace(file=1) for e in log], 0, refusal(["a.jsonl", "b.jsonl"], 0)))
