"""An example of every event, for the description."""

from typing import Any

from api.examples import EXAMPLES

_ALARM: dict[str, Any] = EXAMPLES["DriftAnswer"]["alarms"][0]


def _without(shape: str, *members: str) -> dict[str, Any]:
    return {name: value for name, value in EXAMPLES[shape].items() if name not in members}


#: What each event may say, by its name.
EVENT_EXAMPLES: dict[str, dict[str, Any]] = {
    "hello": {
        "domains": [
            {
                "name": "churn",
                "title": "cancellation within 10 days",
                "objective": "chance",
                "headline": "auc",
                "ages": [""],
                "bands": [0.0, 0.05, 0.1, 0.5],
            }
        ],
        "server_time": "2026-03-02T10:15:00.000Z",
    },
    "alarms": {"domain": "churn", "alarms": [_ALARM]},
    "decisions": {"domain": "churn", **EXAMPLES["DecisionsAnswer"]},
    "status": {
        "domain": "churn",
        "state": "running",
        "detail": None,
        "clock": "2018-11-20T12:00:00.000Z",
        "committed_at": "2026-03-02T10:14:59.210Z",
        "pulse_at": "2026-03-02T10:14:58.900Z",
        "records": 140767,
        "events_per_second": 2783.0,
        "lag": 0,
        "users": 150,
        "snapshots": 4368,
        "labels": 3211,
        "rejected": 0,
        "pending": 1157,
        "model_version": "kalman_logistic@1234",
        "published": True,
    },
    "model": _without("ModelAnswer", "retraining", "features"),
    "retraining": {"domain": "churn", **EXAMPLES["ModelAnswer"]["retraining"]},
    "drift": _without("DriftAnswer", "alarms"),
    "ranking": {
        "domain": "churn",
        "as_of": "2018-11-20T12:00:00.000Z",
        "total": 18,
        "bands": [
            {"above": 0.0, "users": 11},
            {"above": 0.05, "users": 7},
            {"above": 0.1, "users": 0},
            {"above": 0.5, "users": 0},
        ],
        "users": [{"rank": 1, "user_id": "1002", "score": 0.0912}],
    },
    "scores": {
        "domain": "churn",
        "scores": [
            {
                "user_id": "1001",
                "score": 0.0704,
                "at": "2018-11-20T12:00:00.000Z",
                "model_version": "kalman_logistic@1234",
            }
        ],
    },
    "alarm": _ALARM,
    "decision": EXAMPLES["DecisionAnswer"],
}
