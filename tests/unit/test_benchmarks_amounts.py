"""The comparison of models of amounts is honest: who knows what when, and what luck alone gives."""

import numpy as np
import orjson
import pytest

from benchmarks.quality.amount_cohort import AmountCohort, collect_amounts
from benchmarks.quality.amount_figures import NothingToJudge, compare_amounts, lucky_mape
from benchmarks.quality.amount_opponents import OPPONENTS, Fitted, retrained_daily
from benchmarks.quality.amount_view import table, verdict
from benchmarks.quality.daily import DAY_MS, Floats
from models import domains

HOUR_MS = DAY_MS // 24


def cohort(days: int = 30, each: int = 20, wait_days: int = 7) -> AmountCohort:
    rng = np.random.default_rng(1)
    size = days * each
    at = np.repeat(np.arange(days), each) * DAY_MS + 6 * HOUR_MS
    features = rng.normal(size=(size, 2))
    known = np.where(rng.random(size) < 0.1, 5.0, 0.0)
    rest = np.where(rng.random(size) < 0.2, np.exp(features[:, 0]), 0.0)
    return AmountCohort(
        age="install",
        users=np.arange(size),
        at=at,
        due=at + wait_days * DAY_MS,
        known=known,
        labels=known + rest,
        features=features,
        online={"champion": known + 0.3},
        since=10 * DAY_MS + 6 * HOUR_MS,
        end=days * DAY_MS,
    )


def test_opponents_learn_what_was_known_at_midnight() -> None:
    found, taught = cohort(), []

    def spy(features: Floats, rest: Floats) -> Fitted:
        assert len(features) == len(rest)
        taught.append(len(rest))
        return lambda rows: np.full(len(rows), -1.0 if len(taught) % 2 else 2.0)

    predictions = retrained_daily(found, spy)
    # at midnight of day 10 the labels of days 0, 1 and 2 are due, of 20 snapshots each
    assert taught == [20 * (day - 7) for day in range(10, 30)]
    assert np.isnan(predictions[: 10 * 20]).all()
    still = predictions[10 * 20 :] - found.known[10 * 20 :]
    assert set(still.round(9).tolist()) == {0.0, 2.0}


@pytest.mark.parametrize("name", OPPONENTS)
def test_every_opponent_copes_with_little(name: str) -> None:
    none_known = cohort(days=14, wait_days=20)
    predictions = retrained_daily(none_known, OPPONENTS[name])[10 * 20 :]
    assert (predictions == none_known.known[10 * 20 :]).all()
    some = cohort(days=14, wait_days=9)
    assert (retrained_daily(some, OPPONENTS[name])[10 * 20 :] >= some.known[10 * 20 :]).all()


def test_only_snapshots_after_a_third_with_a_label_in_the_log_are_judged() -> None:
    found = cohort(days=16, wait_days=3)
    assert found.judged().sum() == (16 - 10 - 3) * 20
    comparison = compare_amounts("log", [found], lambda _: None)
    [at] = comparison.ages
    assert at.labels_known == (140, 180)
    assert [row.model for row in at.rows] == ["champion", *OPPONENTS, "paid so far"]
    assert at.rows[-1].rest_gini == 0.0
    best = max(at.rows[1:-1], key=lambda row: row.metrics.gini or 0.0)
    assert at.best == best.model
    assert at.difference == (at.rows[0].metrics.gini or 0.0) - (best.metrics.gini or 0.0)
    assert table(comparison).row_count == 8
    assert "aim >= -0.02" in verdict(comparison)
    with pytest.raises(NothingToJudge, match="longer log"):
        compare_amounts("log", [cohort(days=14, wait_days=20)], lambda _: None)


def test_luck_alone() -> None:
    order = np.arange(1000.0)
    assert lucky_mape(order, np.full(1000, 3.0)) == (0.0, 0.0)
    # nothing in nine tenths, and certainty in the last
    assert lucky_mape(order, np.where(order >= 900, 3.0, 0.0)) == pytest.approx((0.9, 0.9))
    rare = lucky_mape(order, np.where(order % 25 == 0, 3.0, 0.0))
    often = lucky_mape(order, np.where(order % 2 == 0, 3.0, 0.0))
    assert often.median < 0.12 < rare.median < 0.6
    assert rare.median < rare.seldom


def test_a_log_is_cut_after_a_third_of_its_users() -> None:
    events = []
    for user in range(9):
        start = 1_600_000_000_000 + user * DAY_MS
        events += [
            {"type": "install", "user_id": f"p{user}", "ts": start},
            {"type": "purchase", "user_id": f"p{user}", "ts": start + HOUR_MS, "revenue": 2.0},
        ]
    install, hour, *_ = collect_amounts(
        domains.load("revenue"), [b"{", *(orjson.dumps(event) for event in events)]
    )
    assert install.age == "install"
    assert install.since == events[6]["ts"]
    # after 8 days and an hour only the labels of the first player are known, at all four ages
    assert install.labels.tolist() == hour.labels.tolist() == [2.0, 2.0]
    assert hour.known.tolist() == [0.0, 0.0]
    assert not install.judged().any()
