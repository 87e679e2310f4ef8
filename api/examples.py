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

_USER: dict[str, Any] = {**_PREDICTION, "rank_percentile": 88.24}

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

_CHECKS: list[Any] = [
    {"name": "redis", "ok": True, "detail": "answered in 0.3 ms"},
    {"name": "record", "ok": True, "detail": "answered in 0.9 ms"},
    {"name": "churn states", "ok": True, "detail": "4 partitions, last commit 0.8 s ago"},
    {"name": "churn model", "ok": True, "detail": "kalman_logistic@1234"},
]

#: What each answer may look like, by the name of its shape.
EXAMPLES: dict[str, Any] = {
    "UserScore": _USER,
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
        "recipe": "kalman_logistic",
        "title": "Bayesian logistic regression, calibrated",
        "examples": 1234,
        "published": True,
        "metrics": [
            {
                "recipe": "kalman_logistic",
                "age": "",
                "title": "Bayesian logistic regression, calibrated",
                "cumulative": _FIGURES,
                "rolling": _FIGURES,
                "versions": [
                    {
                        "first": "kalman_logistic@0",
                        "last": "kalman_logistic@1200",
                        "metrics": _FIGURES,
                    }
                ],
            }
        ],
        "features": [{"feature": "days_silent", "weight": 0.31, "mean": 0.92}],
    },
    "Domains": {"domains": [{"name": "churn", "title": "cancellation within 10 days"}]},
    "Health": {"status": "ok"},
    "Readiness": {"ready": True, "checks": _CHECKS},
}
