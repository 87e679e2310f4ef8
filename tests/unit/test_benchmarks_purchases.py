"""A log of purchases becomes a log of installs and purchases, without times of its own."""

from typing import Any

import orjson
import pytest

from benchmarks.flat_rows import flat_rows
from benchmarks.quality.amount_cohort import collect_amounts
from benchmarks.quality.purchase_log import BadPurchases, as_events
from benchmarks.quality.quarter import QuarterRevenue
from models import domains
from models.checks import check_domain
from models.plan import Plan
from replay.generate import load

DAY_MS = 86_400_000


def row(cust: str, date: str, usd: str) -> bytes:
    return orjson.dumps({"cust": cust, "date": date, "qty": "1", "usd": usd})


def events(*rows: bytes, customers: int | None = None) -> list[dict[str, Any]]:
    return [orjson.loads(record) for record in as_events(rows, customers)]


def test_the_first_purchase_is_the_install() -> None:
    found = events(
        row("7", "1997-01-19", "0.0"), row("7", "1997-01-12", "12.0"), row("7", "1997-01-12", "3.5")
    )
    start = found[0]["ts"]
    assert [(e["type"], e["ts"] - start, e.get("revenue")) for e in found] == [
        ("install", 0, None),
        ("purchase", 1_000, 12.0),
        ("purchase", 60_000, 3.5),
        # a week later is a week later, and so not within 7 days
        ("purchase", 7 * DAY_MS, 0.0),
    ]
    assert start // DAY_MS * DAY_MS == 853_027_200_000


def test_customers_are_in_the_order_of_their_first_purchases() -> None:
    rows = [row("late", "1997-03-01", "1"), *(row(f"{n}", "1997-01-01", "1") for n in range(50))]
    found = events(*rows)
    assert [e["ts"] for e in found] == sorted(e["ts"] for e in found)
    assert len({e["ts"] % DAY_MS for e in found if e["type"] == "install"}) == 51
    assert {e["user_id"] for e in events(*rows, customers=50)} == {str(n) for n in range(50)}


@pytest.mark.parametrize(
    "bad", [b"[]", b"{}", row("1", "soon", "1"), row("1", "1997-01-01", "much")]
)
def test_what_is_no_purchase_is_told(bad: bytes) -> None:
    with pytest.raises(BadPurchases, match="row 2"):
        as_events([row("1", "1997-01-01", "1"), bad])


def test_a_quarter_passes_the_checks_of_a_domain() -> None:
    check_domain(QuarterRevenue())


def test_a_quarter_knows_the_first_purchase_at_its_first_snapshot() -> None:
    rows = [
        row("1", "1997-01-01", "10"),
        row("1", "1997-01-20", "5"),
        row("1", "1997-04-01", "1"),  # day 90, and so too late
        row("2", "1997-02-01", "20"),
        row("3", "1997-06-30", "1"),
    ]
    # the clock does not believe jumps of weeks, and this log is all jumps
    rows += [
        row(f"d{day}", f"1997-{1 + day // 28:02}-{1 + day % 28:02}", "1") for day in range(140)
    ]
    found = collect_amounts(QuarterRevenue(), as_events(rows))
    assert [cohort.age for cohort in found] == ["first purchase", "1d", "14d", "42d"]
    of_one = [
        (float(cohort.known[place]), float(cohort.labels[place]))
        for cohort in found
        for place in [cohort.labels.tolist().index(15.0)]
    ]
    assert of_one == [(10.0, 15.0), (10.0, 15.0), (10.0, 15.0), (15.0, 15.0)]


def test_flat_rows_are_what_the_domain_reads() -> None:
    domain = domains.load("revenue")
    log = [line for _, line in load("revenue")(Plan(users=30, days=5, seed=1))]
    rows = [orjson.loads(each) for each in flat_rows(log)]
    assert len({each["user_id"] for each in rows}) == len(rows) == 30
    assert all(domain.unfold(each, 1_600_000_000_000) for each in rows)
    assert all(set(each) <= set(domain.row_fields) for each in rows)
    assert sum(each.get("event_1", 0) for each in rows) > 30
