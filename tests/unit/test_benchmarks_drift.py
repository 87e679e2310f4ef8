"""From alarms to the table of how often a drift is found."""

from typing import Any

import pytest

from benchmarks.drift.plain import WAYS
from benchmarks.drift.rates import Rate, rates
from benchmarks.drift.runs import Run, run
from models.alarms import Alarm
from models.plan import DAY_MS, Plan

_START = Plan(users=1, days=60, seed=1).start_ms


def day(number: float) -> int:
    return _START + int(number * DAY_MS)


def alarm(at: float, signal: str = "loss", kind: Any = "concept", method: Any = "adwin") -> Alarm:
    return Alarm(
        id=f"{kind}-{signal}-{at}",
        domain="churn",
        kind=kind,
        signal=signal,
        method=method,
        direction="degraded",
        event_time=day(at),
        since=day(at),
        before=0.0,
        after=1.0,
        values=1,
        version="kalman_logistic@1",
    )


def log(*alarms: Alarm, drift_at: int | None = None) -> Run:
    """Return a log of sixty days with a label every noon and a snapshot every six hours."""
    return Run(
        plan=Plan(users=1, days=60, seed=1, drift_at=drift_at),
        alarms=list(alarms),
        plain={way: [] for way in WAYS},
        labels=[day(number + 0.5) for number in range(60)],
        snapshots=[day(quarter / 4) for quarter in range(240)],
        seconds=0.0,
    )


def rate(name: str, *runs: Run) -> Rate:
    return next(one for one in rates(list(runs)) if one.name.strip() == name)


def test_the_first_alarm_after_the_drift_is_its_discovery() -> None:
    found = rate("loss", log(alarm(20), alarm(34), alarm(50), drift_at=30))

    assert (found.found, found.drifting) == (1, 1)
    assert found.days == pytest.approx(4.0)
    assert found.values == 4


def test_an_alarm_before_the_drift_finds_nothing() -> None:
    found = rate("loss", log(alarm(20), drift_at=30))

    assert (found.found, found.drifting, found.days, found.values) == (0, 1, None, None)


def test_drift_of_data_is_counted_in_snapshots() -> None:
    found = rate("drift of data, any", log(alarm(32, "country", "data", "psi"), drift_at=30))

    assert found.values == 8
    assert found.days == pytest.approx(2.0)


def test_the_delay_is_the_median_of_the_logs_where_it_was_found() -> None:
    logs = [log(alarm(30 + late), drift_at=30) for late in (2, 3, 10)]

    assert rate("loss", *logs, log(drift_at=30)).days == pytest.approx(3.0)
    assert rate("loss", *logs, log(drift_at=30)).found == 3


def test_every_alarm_of_a_calm_log_is_a_false_one() -> None:
    calm = [log(alarm(20), alarm(40)), log()]
    found = rate("all alarms", *calm, log(alarm(20), drift_at=30))

    assert (found.false_alarms, found.calm) == (2, 2)
    assert found.per_60_days == pytest.approx(1.0)


def test_kinds_and_methods_have_rows_of_their_own() -> None:
    one = log(
        alarm(31, "loss"),
        alarm(32, "base_rate", "label"),
        alarm(33, "songs_7d", "data"),
        alarm(34, "country", "data", "psi"),
        drift_at=30,
    )

    days = {found.name.strip(): found.days for found in rates([one])}
    assert days["concept drift, any"] == days["all alarms"] == pytest.approx(1.0)
    assert days["drift of labels: base rate"] == pytest.approx(2.0)
    assert days["ADWIN on features and score"] == pytest.approx(3.0)
    assert days["shares (PSI)"] == pytest.approx(4.0)


def test_a_log_is_run_through_engine_learner_and_watch() -> None:
    one = run("churn", Plan(users=30, days=25, seed=1, drift_at=12))

    assert one.drift_ms == day(12)
    assert one.labels == sorted(one.labels)
    assert one.snapshots == sorted(one.snapshots)
    assert len(one.labels) > len(one.snapshots) > 0  # each label counts, each tenth is watched
    assert set(one.plain) == set(WAYS)
