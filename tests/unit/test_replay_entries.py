"""What a line of a log becomes."""

from models import domains
from replay.entries import entries
from stream.logfile import MAX_LINE
from tests.unit.replay_lines import START, line

CHURN = domains.load("churn")


def test_lines_become_entries_that_keep_their_bytes() -> None:
    raw = line("30", 5)
    (entry,) = entries([(7, raw)], CHURN, file=3)

    assert (entry.ts, entry.file, entry.line, entry.user) == (START + 5000, 3, 7, "30")
    assert entry.raw is raw
    assert entry.bad is None


def test_what_has_no_user_keeps_its_place_by_the_time_before_it() -> None:
    lines = [b"{", line(1, 10), line("", 99, auth="Logged Out"), b"no json", line(2, 20)]
    out = list(entries(enumerate(lines, 1), CHURN))

    assert [entry.ts for entry in out] == [0, *[START + 10_000] * 3, START + 20_000]
    assert [entry.user for entry in out] == [None, "1", None, None, "2"]
    assert [entry.bad and entry.bad.reason for entry in out] == [
        "bad_json",
        None,
        None,
        "bad_json",
        None,
    ]


def test_a_record_longer_than_kafka_takes_is_bad() -> None:
    long = line(1, 1, song="x" * MAX_LINE)
    (entry,) = entries([(1, long)], CHURN)

    assert entry.bad is not None
    assert entry.bad.reason == "too_long"
