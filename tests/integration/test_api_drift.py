"""Drift and alarms, as the learner has left them in Redis."""

import asyncio

from api.drift_schemas import DriftAnswer
from stream.settings import Settings, load
from tests.drift_parts import REPORT, alarm, push, report
from tests.integration.api_seed import ask, log, process


def test_where_drift_is_not_watched_for_the_report_is_empty(redis_url: str) -> None:
    values = {"redis_url": redis_url, "domains": "churn", "watch_drift": False}
    settings = load(values)
    asyncio.run(process(settings, log()[:40], rounds=1))
    answer = ask(settings, "/v1/churn/drift").json()
    DriftAnswer.model_validate(answer)
    version = ask(settings, "/v1/churn/model").json()["version"]
    assert answer == {
        "domain": "churn",
        "version": version,
        "as_of": None,
        "label_delay_days": None,
        "reference": None,
        "signals": [],
        "features": [],
        "estimated": [],
        "alarms": [],
    }


def test_the_report_is_passed_on(settings: Settings) -> None:
    asyncio.run(process(settings, log()[:40], rounds=1))
    report(settings.redis_url, REPORT)
    answer = ask(settings, "/v1/churn/drift").json()
    DriftAnswer.model_validate(answer)
    assert answer["version"] == ask(settings, "/v1/churn/model").json()["version"]
    assert answer["as_of"] == "2018-11-10T00:00:00.000Z"
    assert answer["label_delay_days"] == 9.5
    assert answer["reference"] == {
        "since": "2018-10-11T00:00:00.000Z",
        "until": "2018-10-31T00:00:00.000Z",
        "snapshots": 2000,
        "version": "kalman_logistic@800",
    }
    calibration, base_rate = answer["signals"]
    assert calibration == {
        "kind": "concept",
        "signal": "calibration",
        "mean": -0.031,
        "window": 412,
        "detections": 2,
        "last_alarm_at": "2018-11-01T00:00:00.000Z",
    }
    assert (base_rate["mean"], base_rate["last_alarm_at"]) == (None, None)
    assert [row["feature"] for row in answer["features"]] == ["days_silent", "score"]
    assert (answer["features"][1]["psi"], answer["features"][1]["psi_limit"]) == (0.31, 0.12)
    assert answer["estimated"][0]["metrics"]["auc"] == 1.0


def test_alarms_come_newest_first_and_in_words(settings: Settings) -> None:
    push(
        settings.redis_url,
        [
            alarm(1),
            alarm(2, kind="data", signal="days_silent", direction="up", values=1234),
            alarm(
                3, kind="data", signal="score", method="psi", direction="changed", before=0.12,
                after=0.3149,
            ),
            alarm(4, kind="label", signal="base_rate", direction="down", before=0.05, after=0.02),
        ],
    )  # fmt: skip
    answer = ask(settings, "/v1/churn/drift").json()
    DriftAnswer.model_validate(answer)
    assert [one["id"].rpartition("/")[2] for one in answer["alarms"]] == ["4", "3", "2", "1"]
    assert [one["words"] for one in answer["alarms"]] == [
        "churn: base rate down, 0.05 before, 0.02 since 2018-10-31 (412 labels)",
        "churn: score changed, stability index 0.315 over 0.12 since 2018-10-31 (412 snapshots)",
        "churn: days silent up, 0.0021 before, -0.0315 since 2018-10-31 (1,234 snapshots)",
        "churn: calibration degraded, 0.0021 before, -0.0315 since 2018-10-31 (412 labels)",
    ]
    assert answer["alarms"][3]["wall_time"] == "2023-11-14T22:13:20.001Z"
