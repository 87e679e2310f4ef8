"""Drift and alarms as the learner leaves them in Redis, for those who read them."""

from collections.abc import Sequence

import msgspec
import redis

from models import metrics
from models.alarms import Alarm
from models.drift_report import (
    DriftReport,
    EstimateReport,
    FeatureReport,
    ReferenceReport,
    SignalReport,
)
from stream.keys import DomainKeys

DAY_MS = 86_400_000
SINCE = 1_540_944_000_000

REPORT = DriftReport(
    clock=SINCE + 10 * DAY_MS,
    label_delay=9.5 * 86_400,
    reference=ReferenceReport(SINCE - 20 * DAY_MS, SINCE, 2000, "kalman_logistic@800"),
    signals=[
        SignalReport("concept", "calibration", -0.031, 412, 2, SINCE + DAY_MS),
        SignalReport("label", "base_rate", None, 0, 0, 0),
    ],
    features=[
        FeatureReport("days_silent", 0.25, None, None, 0, 0),
        FeatureReport("score", 1.5, 0.31, 0.12, 1, SINCE + DAY_MS),
    ],
    estimated=[
        EstimateReport("kalman_logistic", "", 2, metrics.evaluate([0.1, 0.9], [0, 1])),
    ],
)


def alarm(number: int, **changes: object) -> Alarm:
    """An alarm; numbers tell them apart."""
    made = Alarm(
        id=f"churn/concept/calibration/{number}",
        domain="churn",
        kind="concept",
        signal="calibration",
        method="adwin",
        direction="degraded",
        event_time=SINCE + DAY_MS,
        since=SINCE,
        before=0.0021,
        after=-0.03149,
        values=412,
        version="kalman_logistic@3211",
        wall_time=1_700_000_000_000 + number,
    )
    return msgspec.structs.replace(made, **changes)


def push(url: str, alarms: Sequence[Alarm]) -> None:
    """Write alarms as the learner does: the newest is the last one given."""
    key = DomainKeys.of("churn").alarms
    with redis.Redis.from_url(url) as client:
        for one in alarms:
            client.lpush(key, msgspec.json.encode(one))
            client.ltrim(key, 0, 199)


def report(url: str, drift: DriftReport) -> None:
    """Write a drift report beside the model, as the learner does."""
    with redis.Redis.from_url(url) as client:
        client.hset(DomainKeys.of("churn").model, "drift", msgspec.json.encode(drift))
