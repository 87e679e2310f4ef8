"""How often each kind of detector found the drift, how late, and how often it cried wolf."""

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from statistics import median

from benchmarks.drift.plain import WAYS
from benchmarks.drift.runs import Run
from models.alarms import Alarm
from models.plan import DAY_MS


@dataclass(frozen=True)
class Rate:
    """The figures of one detector, or of several together.

    Attributes:
        name: which.
        found: in how many of the logs with a drift there was an alarm after it began.
        drifting: how many such logs there are.
        days: median of the days from the drift to its first alarm; None where none was found.
        values: median of the labels that had come by then since the drift, or, of drift of the
            data, of the snapshots.
        false_alarms: alarms in the logs without a drift.
        calm: how many such logs there are.
        per_60_days: these alarms for every 60 days of such logs.
    """

    name: str
    found: int
    drifting: int
    days: float | None
    values: float | None
    false_alarms: int
    calm: int
    per_60_days: float


@dataclass(frozen=True)
class _Row:
    """What a row is about.

    Attributes:
        name: as shown.
        times: event time (ms) of its alarms in a run.
        counted: event time of what it counts, labels or snapshots.
    """

    name: str
    times: Callable[[Run], list[int]]
    counted: Callable[[Run], list[int]]


def rates(runs: list[Run]) -> list[Rate]:
    """Return the figures of every detector, then of the plain ways."""
    signals = {alarm.signal for run in runs for alarm in run.alarms if alarm.kind == "concept"}
    rows = [
        _row("concept drift, any", lambda a: a.kind == "concept"),
        *(_row(f"  {name}", partial(_is_signal, name)) for name in sorted(signals)),
        _row("drift of labels: base rate", lambda a: a.kind == "label"),
        _row("drift of data, any", lambda a: a.kind == "data", _snapshots),
        _row(
            "  ADWIN on features and score",
            lambda a: a.kind == "data" and a.method == "adwin",
            _snapshots,
        ),
        _row("  shares (PSI)", lambda a: a.method == "psi", _snapshots),
        _row("all alarms", lambda _a: True),
        *(_Row(f"plain ADWIN on the loss, {way}", partial(_plain, way), _labels) for way in WAYS),
    ]
    return [_rate(row, runs) for row in rows]


def _labels(run: Run) -> list[int]:
    return run.labels


def _snapshots(run: Run) -> list[int]:
    return run.snapshots


def _plain(way: str, run: Run) -> list[int]:
    return run.plain[way]


def _is_signal(name: str, alarm: Alarm) -> bool:
    return alarm.kind == "concept" and alarm.signal == name


def _row(
    name: str,
    includes: Callable[[Alarm], bool],
    counted: Callable[[Run], list[int]] = _labels,
) -> _Row:
    return _Row(name, lambda run: [a.event_time for a in run.alarms if includes(a)], counted)


def _rate(row: _Row, runs: list[Run]) -> Rate:
    calm = [run for run in runs if run.plan.drift_at is None]
    drifting = [run for run in runs if run.plan.drift_at is not None]
    alarms = sum(len(row.times(run)) for run in calm)
    days, values = list[float](), list[int]()
    for run in drifting:
        first = min((at for at in row.times(run) if at > run.drift_ms), default=None)
        if first is not None:
            counted = row.counted(run)
            days.append((first - run.drift_ms) / DAY_MS)
            values.append(bisect_left(counted, first) - bisect_left(counted, run.drift_ms))
    calm_days = sum(run.plan.days for run in calm)
    return Rate(
        name=row.name,
        found=len(days),
        drifting=len(drifting),
        days=median(days) if days else None,
        values=median(values) if values else None,
        false_alarms=alarms,
        calm=len(calm),
        per_60_days=alarms / calm_days * 60 if calm_days else 0.0,
    )
