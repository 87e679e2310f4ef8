"""What is said of drift, to who asks and to who listens."""

from typing import Any

from api.scoring import iso
from api.serving import Serving
from models.alarms import Alarm
from stream.glimpse import Watched, decode_report

_DAY_SECONDS = 86_400


def drift_answer(serving: Serving, watched: Watched) -> dict[str, Any]:
    """Return the drift report; an empty one before the first."""
    report = decode_report(watched.report) or {}
    delay, reference = report.get("label_delay"), report.get("reference")
    return {
        "domain": serving.domain.name,
        "version": watched.version or serving.models.version,
        "as_of": _iso(report.get("clock")),
        "label_delay_days": None if delay is None else delay / _DAY_SECONDS,
        "reference": reference
        and {**reference, "since": iso(reference["since"]), "until": iso(reference["until"])},
        "signals": [_with_alarm(row) for row in report.get("signals", ())],
        "features": [_with_alarm(row) for row in report.get("features", ())],
        "estimated": report.get("estimated", []),
    }


def alarm_answer(alarm: Alarm) -> dict[str, Any]:
    """Return an alarm, with a sentence for people."""
    return {
        "id": alarm.id,
        "domain": alarm.domain,
        "kind": alarm.kind,
        "signal": alarm.signal,
        "method": alarm.method,
        "direction": alarm.direction,
        "event_time": iso(alarm.event_time),
        "since": iso(alarm.since),
        "before": alarm.before,
        "after": alarm.after,
        "values": alarm.values,
        "version": alarm.version,
        "also": list(alarm.also),
        "wall_time": iso(alarm.wall_time),
        "words": words(alarm),
    }


def words(alarm: Alarm) -> str:
    """Return an alarm in one sentence.

    >>> words(Alarm("x", "churn", "concept", "calibration", "adwin", "degraded",
    ...             1541030400000, 1540944000000, 0.0021, -0.03149, 412, "kalman_logistic@3211"))
    'churn: calibration degraded, 0.0021 before, -0.0315 since 2018-10-31 (412 labels)'
    >>> words(Alarm("x", "churn", "data", "paid", "psi", "changed", 1541030400000,
    ...             1540944000000, 0.2, 0.25, 90, "kalman_logistic@9", ("score",)))
    'churn: paid changed, stability index 0.25 over 0.2 since 2018-10-31 (90 snapshots), also score'
    """
    what = f"{alarm.domain}: {alarm.signal.replace('_', ' ')} {alarm.direction}"
    since = f"since {iso(alarm.since)[:10]}"
    many = f"({alarm.values:,} {'snapshots' if alarm.kind == 'data' else 'labels'})"
    many += f", also {', '.join(alarm.also)}" if alarm.also else ""
    if alarm.method == "psi":
        limit = number(alarm.before)
        return f"{what}, stability index {number(alarm.after)} over {limit} {since} {many}"
    return f"{what}, {number(alarm.before)} before, {number(alarm.after)} {since} {many}"


def number(value: float) -> str:
    """Return a number as people read it, to three digits.

    >>> number(0.00212), number(-12.345), number(41234.5)
    ('0.00212', '-12.3', '41,234')
    """
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def _with_alarm(row: dict[str, Any]) -> dict[str, Any]:
    rest = {name: value for name, value in row.items() if name != "alarm_at"}
    return rest | {"last_alarm_at": _iso(row["alarm_at"])}


def _iso(ms: int | None) -> str | None:
    return iso(ms) if ms else None
