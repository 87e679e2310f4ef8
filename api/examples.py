"""An example of every answer, for the description."""

from typing import Any

_REASON: dict[str, Any] = {
    "feature": "days_silent",
    "value": 1.61,
    "effect": 0.42,
    "words": "silent for 4.0 days",
}

_PREDICTION: dict[str, Any] = {
    "domain": "churn",
    "user_id": "1001",
    "status": "active",
    "score": 0.0731,
    "chance_above_zero": None,
    "model_version": "kalman_logistic@1234",
    "as_of": "2018-11-20T12:00:00.000Z",
    "last_event_at": "2018-11-16T11:58:03.000Z",
    "ended_at": None,
    "reasons": [_REASON],
}

_USER: dict[str, Any] = {
    **_PREDICTION,
    "first_seen_at": "2018-10-01T08:12:40.000Z",
    "rank_percentile": 88.24,
}

_HISTORY: list[Any] = [
    {
        "at": "2018-11-19T08:12:40.000Z",
        "score": 0.0704,
        "model_version": "kalman_logistic@1198",
    }
]

_FIGURES: dict[str, Any] = {
    "labels": 1234,
    "positives": 49,
    "auc": 0.68,
    "pr_auc": 0.09,
    "log_loss": 0.16,
    "brier": 0.036,
    "ece": 0.008,
    "base_rate": 0.0397,
    "mean_prediction": 0.041,
    "lift_top_decile": 2.4,
}

_CONTEST: dict[str, Any] = {
    "model": "sgd_logistic",
    "against": "kalman_logistic",
    "labels": 6400,
    "users": 812,
    "outcomes": 61,
    "loss": {"mean": -0.0004, "low": -0.0031, "high": 0.0023},
    "ranking": {"mean": 0.006, "low": -0.021, "high": 0.033},
    "looks": 3,
    "most_looks": 10,
    "figures": _FIGURES,
    "others": _FIGURES,
}

_DECISION: dict[str, Any] = {
    "id": "promoted-sgd_logistic-6400",
    "domain": "churn",
    "kind": "promoted",
    "model": "sgd_logistic",
    "champion": "sgd_logistic@6400",
    "by": "policy",
    "reason": "better than kalman_logistic, and as well calibrated",
    "words": "churn: sgd_logistic promoted: better than kalman_logistic, and as well calibrated",
    "position": 6400,
    "event_time": "2018-11-20T12:00:00.000Z",
    "challengers": ["steady_kalman"],
    "former": "kalman_logistic",
    "evidence": {**_CONTEST, "loss": {"mean": 0.0031, "low": 0.0004, "high": 0.0058}},
    "trials": [],
    "wish": None,
    "wall_time": "2026-03-02T10:14:31.000Z",
}

_RUNNING: dict[str, Any] = {
    "id": "schedule-1772443200",
    "by": "schedule",
    "reason": "every night",
    "started_at": "2026-03-02T10:14:31.000Z",
    "phase": "reading the log",
    "share": 0.4,
}

_CHECKS: list[Any] = [
    {"name": "redis", "ok": True, "detail": "answered in 0.3 ms"},
    {"name": "record", "ok": True, "detail": "answered in 0.9 ms"},
    {"name": "churn states", "ok": True, "detail": "4 partitions, last commit 0.8 s ago"},
    {"name": "churn model", "ok": True, "detail": "kalman_logistic@1234"},
]

#: What each answer may look like, by the name of its shape.
EXAMPLES: dict[str, Any] = {
    "UserScore": {**_USER, "history": _HISTORY},
    "Prediction": _PREDICTION,
    "Record": {
        "predictions": [
            {
                "at": "2018-11-20T12:00:01.512Z",
                "request_id": "5f3a9c1e7b20d846",
                "domain": "churn",
                "user_id": "1001",
                "input": {"as_of": 1542715200000, "known": 0.0, "features": {"days_silent": 1.61}},
                "score": 0.0731,
                "model_version": "kalman_logistic@1234",
                "latency_ms": 1.7,
            }
        ],
        "next": "MTU0MjcxNTIwMTUxMi40Mg",
    },
    "Ranking": {
        "domain": "churn",
        "order": "desc",
        "as_of": "2018-11-20T12:00:00.000Z",
        "total": 18,
        "users": [
            {"rank": 1, "user_id": "1002", "score": 0.0912},
            {"rank": 2, "user_id": "1001", "score": 0.0704},
        ],
        "next": "ZGVzYzoxLjEuMC4w",
    },
    "BatchAnswer": {"users": [_USER], "not_found": ["no-such"]},
    "ModelAnswer": {
        "domain": "churn",
        "version": "kalman_logistic@1234",
        "model": "kalman_logistic",
        "recipe": "kalman_logistic",
        "title": "Bayesian logistic regression, calibrated",
        "objective": "chance",
        "headline": "auc",
        "examples": 1234,
        "published": True,
        "metrics": [
            {
                "model": "kalman_logistic",
                "role": "champion",
                "recipe": "kalman_logistic",
                "age": "",
                "title": "Bayesian logistic regression, calibrated",
                "cumulative": _FIGURES,
                "rolling": _FIGURES,
                "curves": {
                    "calibration": [[0.011, 0.008, 617], [0.071, 0.073, 617]],
                    "ranking": [[0.0, 0.0], [0.31, 0.65], [1.0, 1.0]],
                },
                "versions": [
                    {
                        "first": "kalman_logistic@0",
                        "last": "kalman_logistic@1200",
                        "metrics": _FIGURES,
                    }
                ],
            }
        ],
        "probation": None,
        "challengers": [{**_CONTEST, "most_labels": 20_000, "least_outcomes": 20}],
        "retraining": {
            "running": _RUNNING,
            "asked": {
                "id": "1772446500000-0a1b2c3d",
                "by": "api:5e884898",
                "reason": "prices have changed",
                "at": "2026-03-02T10:15:00.000Z",
            },
        },
        "features": [{"feature": "days_silent", "weight": 0.31, "mean": 0.92}],
    },
    "DriftAnswer": {
        "domain": "churn",
        "version": "kalman_logistic@1234",
        "as_of": "2018-11-20T12:00:00.000Z",
        "label_delay_days": 9.2,
        "reference": {
            "since": "2018-10-02T00:00:00.000Z",
            "until": "2018-10-22T00:00:00.000Z",
            "snapshots": 2000,
            "version": "kalman_logistic@800",
        },
        "signals": [
            {
                "kind": "concept",
                "signal": "calibration",
                "mean": -0.031,
                "window": 412,
                "detections": 1,
                "last_alarm_at": "2018-11-12T08:00:00.000Z",
            }
        ],
        "features": [
            {
                "feature": "days_silent",
                "shift": 0.12,
                "psi": None,
                "psi_limit": None,
                "detections": 0,
                "last_alarm_at": None,
            }
        ],
        "estimated": [
            {"model": "kalman_logistic", "age": "", "snapshots": 1157, "metrics": _FIGURES}
        ],
        "alarms": [
            {
                "id": "churn/concept/calibration/1234",
                "domain": "churn",
                "kind": "concept",
                "signal": "calibration",
                "method": "adwin",
                "direction": "degraded",
                "event_time": "2018-11-12T08:00:00.000Z",
                "since": "2018-10-31T00:00:00.000Z",
                "before": 0.002,
                "after": -0.031,
                "values": 412,
                "version": "kalman_logistic@1234",
                "also": [],
                "wall_time": "2026-03-02T10:14:31.000Z",
                "words": "churn: calibration degraded, 0.002 before, -0.031 since 2018-10-31 "
                "(412 labels)",
            }
        ],
    },
    "DecisionAnswer": _DECISION,
    "DecisionsAnswer": {"decisions": [_DECISION]},
    "DecisionRecord": {
        "decisions": [_DECISION],
        "next": "WzE3NzI0NDY0NzEwMDAsNjQwMCwiY2h1cm4iLCJhIl0",
    },
    "Asked": {"id": "1772446500000-0a1b2c3d", "status": "waiting"},
    "Domains": {"domains": [{"name": "churn", "title": "cancellation within 10 days"}]},
    "Health": {"status": "ok"},
    "Readiness": {"ready": True, "checks": _CHECKS},
}
