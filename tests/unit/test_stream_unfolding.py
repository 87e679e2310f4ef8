"""Flat logs become logs of events, in order; what is no row passes untouched."""

import csv
from itertools import pairwise
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner

from models import domains
from models.domains.revenue import DOMAIN as REVENUE
from models.errors import BadRecord
from replay.cli import main
from stream.backtest import backtest
from stream.logfile import LogFile
from stream.reading import read_event
from stream.unfolding import unfolded

CHURN = domains.load("churn")
START = 1_704_067_200_000


def row(user: str, **more: object) -> bytes:
    return orjson.dumps({"user_id": user, "country": "US", "source": "organic", **more})


def lines(*rows: bytes) -> list[tuple[int, bytes]]:
    return list(enumerate(rows, 1))


def test_rows_become_events_by_time() -> None:
    rows = [row(f"u{n}", event_1=3, revenue=9.99) for n in range(5)]
    found = [
        (number, REVENUE.parse(orjson.loads(raw)))
        for number, raw in unfolded(lines(*rows), REVENUE)
    ]
    times = [event.ts for _, event in found]
    assert times == sorted(times)
    assert len(found) == 5 * (1 + 3 + 3)
    assert {number for number, event in found if event.user_id == "u3"} == {4}
    installs = [event.ts for _, event in found if event.kind == 0]
    assert [b - a for a, b in pairwise(installs)] == [60_000] * 4


def test_a_row_may_say_when_it_was() -> None:
    found = list(unfolded(lines(row("a", installed_at=START + 5)), REVENUE))
    assert orjson.loads(found[0][1])["ts"] == START + 5


def test_a_log_of_events_passes_untouched() -> None:
    raw = [b'{"type":"event_1","user_id":"a","ts":1704067200000}', b"{broken", row("a")]
    assert list(unfolded(lines(*raw), REVENUE)) == lines(*raw)
    odd = [b"{broken", b'{"page":"Home"}']
    assert list(unfolded(lines(*odd), CHURN)) == lines(*odd)


def test_a_bad_row_is_passed_on_and_refused_with_its_own_reason() -> None:
    bad = row("b", source="paid")
    found = list(unfolded(lines(row("a"), bad, row("c")), REVENUE))
    assert (2, bad) in found
    with pytest.raises(BadRecord, match="source must be one of organic, non-organic"):
        read_event(REVENUE, bad)
    with pytest.raises(BadRecord, match="flat_row"):
        read_event(REVENUE, row("a"))


def test_a_flat_csv_is_inspected_and_judged(tmp_path: Path) -> None:
    path = tmp_path / "flat.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            ["user_id", "country", "source", "event_1", "event_2", "event_3", "revenue"]
        )
        for n in range(2000):
            writer.writerow([f"u{n}", "US", "organic", n % 4, 0, 1, 4.99 if n % 20 == 0 else ""])
    ran = CliRunner().invoke(main, ["inspect", str(path), "--domain", "revenue", "--json"])
    assert ran.exit_code == 0, ran.output
    report = orjson.loads(ran.stdout)
    assert (report["rows"], report["users"], report["bad"]) == (2000, 2000, {})
    assert report["outcomes"]["users"] == 100
    assert report["outcomes"]["amount"] == pytest.approx(499.0)
    assert report["fields"]["country"]["missing"] == 0
    found = backtest(str(path), REVENUE, partitions=2, warmup_days=0)
    assert (found.users, found.rejected, found.late) == (2000, 0, 0)
    assert LogFile(str(path)).rereadable
