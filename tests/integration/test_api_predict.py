"""Predictions on request: what is asked in either way is scored as the stream would score it."""

import asyncio
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import orjson
import pytest

from api.schemas import Prediction, Predictions, ProblemDetails
from stream.embedded.guard import Guard
from stream.embedded.redis import EmbeddedRedis
from stream.settings import Settings, load
from tests.integration.api_seed import ask, log, process
from tests.integration.revenue_seed import REVENUE, ROW, revenue_log


@pytest.fixture(scope="module")
def settings(guard: Guard, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    with EmbeddedRedis(tmp_path_factory.mktemp("predict"), guard=guard) as server:
        settings = load({"redis_url": server.url})
        asyncio.run(process(settings, log()))
        asyncio.run(process(settings, revenue_log(), domain=REVENUE))
        yield settings


def predict(settings: Settings, domain: str, body: object, status: int = 200) -> Any:
    response = ask(settings, f"/v1/{domain}/predict", method="POST", json=body)
    assert response.status_code == status, response.text
    answer = response.json()
    if status == 200:
        shape = Predictions if "predictions" in answer else Prediction
        shape.model_validate(answer)
    else:
        ProblemDetails.model_validate(answer)
    return answer


def events_of(lines: list[bytes], user_id: str) -> list[dict[str, Any]]:
    records = [orjson.loads(line) for line in lines]
    return [r for r in records if user_id in (r.get("userId"), r.get("user_id"))]


def test_a_users_own_events_give_the_score_that_the_stream_keeps(settings: Settings) -> None:
    for domain, lines in (("churn", list(log())), ("revenue", revenue_log())):
        ranking = ask(settings, f"/v1/{domain}/users?limit=40").json()["users"]
        users = [row["user_id"] for row in ranking[:: len(ranking) // 5]]
        for user_id in users:
            kept = ask(settings, f"/v1/{domain}/users/{user_id}").json()
            events = events_of(lines, user_id)[::-1]  # the order does not matter
            as_of = int(orjson.loads(lines[-1])["ts"])
            asked = predict(settings, domain, {"events": events, "as_of": as_of})
            only_kept = {"rank_percentile", "first_seen_at"}
            assert asked == {name: v for name, v in kept.items() if name not in only_kept}
            assert only_kept < set(kept)


def test_a_flat_row_is_the_events_that_it_stands_for(settings: Settings) -> None:
    row = ROW | {"installed_at": 1_704_103_200_000}
    by_row = predict(settings, "revenue", row)
    events = list(REVENUE.unfold(row, 0) or ())
    by_events = predict(settings, "revenue", {"events": events})
    assert by_row == by_events
    assert by_row["user_id"] == "p1"
    assert 0.0 < by_row["chance_above_zero"] < 1.0
    assert by_row["score"] > 0.0
    assert len(by_row["reasons"]) == 5
    assert by_row["model_version"].startswith("kalman_hurdle@")
    assert by_row["as_of"] == "2024-01-02T10:00:00.000Z"


def test_a_row_that_does_not_say_when_is_as_of_now(settings: Settings) -> None:
    before = time.time()
    for row in (ROW, {"user_id": "just-installed", "country": "US"}):
        answer = predict(settings, "revenue", row)
        at = datetime.fromisoformat(answer["as_of"]).timestamp()
        assert before - 0.001 <= at <= time.time()


def test_what_was_paid_is_part_of_the_score_and_says_so(settings: Settings) -> None:
    install, *rest = list(REVENUE.unfold(ROW | {"installed_at": 1_704_103_200_000}, 0) or ())
    paid = {"type": "purchase", "user_id": "p1", "ts": 1_704_110_400_000, "revenue": 50.0}
    answer = predict(settings, "revenue", {"events": [install, *rest, paid]})
    assert answer["score"] > 50.0
    assert answer["chance_above_zero"] == 1.0
    [reason] = [r for r in answer["reasons"] if r["feature"] == "paid"]
    assert reason["effect"] > 40.0
    assert "50" in reason["words"]


def test_when_the_seven_days_are_over_the_amount_is_known(settings: Settings) -> None:
    install = next(iter(REVENUE.unfold(ROW | {"installed_at": 1_704_103_200_000}, 0) or ()))
    paid = {"type": "purchase", "user_id": "p1", "ts": 1_704_110_400_000, "revenue": 50.0}
    as_of = 1_704_103_200_000 + 8 * 86_400_000
    answer = predict(settings, "revenue", {"events": [install, paid], "as_of": as_of})
    assert (answer["status"], answer["score"], answer["reasons"]) == ("ended", 50.0, [])
    assert answer["ended_at"] == "2024-01-08T10:00:00.000Z"


def test_many_are_answered_in_their_order(settings: Settings) -> None:
    rows = [ROW | {"user_id": f"u{n}", "event_1": n} for n in range(60)]
    found = predict(settings, "revenue", {"instances": [*rows, {"events": [_event()]}]})
    answers = found["predictions"]
    assert [a["user_id"] for a in answers] == [*(f"u{n}" for n in range(60)), "e1"]
    assert len({a["score"] for a in answers}) > 30


def _event(**change: object) -> dict[str, object]:
    return {"type": "event_1", "user_id": "e1", "ts": 1_704_103_200_000, **change}


@pytest.mark.parametrize(
    ("body", "field", "valid"),
    [
        (ROW | {"source": "paid"}, "body.source", ["organic", "non-organic"]),
        (ROW | {"contry": "US"}, "body.contry", None),
        (ROW | {"event_1": -1}, "body.event_1", None),
        (ROW | {"event_2": "many"}, "body.event_2", None),
        (ROW | {"user_id": ""}, "body.user_id", None),
        ({"events": [_event(type="x")]}, "body.events.0.type", ["install", "event_1"]),
        ({"events": [_event(), _event(ts="soon")]}, "body.events.1.ts", None),
        ({"events": [_event(), _event(user_id="other")]}, "body.events.1", None),
        ({"events": []}, "body.events", None),
        ({"events": [7]}, "body.events.0", None),
        ({"events": [_event()], "as_of": 1}, "body.as_of", None),
        ({"instances": []}, "body.instances", None),
        ({"instances": [ROW, 5]}, "body.instances.1", None),
        ({"instances": [ROW, ROW | {"source": "x"}]}, "body.instances.1.source", ["organic"]),
        ([ROW], "body", None),
    ],
)
def test_a_wrong_field_is_named_with_what_is_valid(
    settings: Settings, body: object, field: str, valid: list[str] | None
) -> None:
    problem = predict(settings, "revenue", body, 422)
    assert problem["type"] == "urn:weir:problem:invalid-request"
    [error] = problem["errors"]
    assert error["field"] == field
    assert field in problem["detail"]
    if valid:
        assert set(valid) <= set(error["valid"])


def test_every_wrong_field_is_named_at_once(settings: Settings) -> None:
    body = {"instances": [ROW | {"source": "x"}, {"events": [_event(ts=0), _event(type="y")]}]}
    fields = [e["field"] for e in predict(settings, "revenue", body, 422)["errors"]]
    assert fields == [
        "body.instances.0.source",
        "body.instances.1.events.0.ts",
        "body.instances.1.events.1.type",
    ]


def test_too_much_at_once_is_refused(settings: Settings) -> None:
    rows = [ROW | {"user_id": f"u{n}", "event_1": 9000} for n in range(4)]
    problem = predict(settings, "revenue", {"instances": rows}, 422)
    assert problem["errors"][0]["field"] == "body.instances.2"
    assert "ask in parts" in problem["detail"]


def test_churn_is_asked_by_events_only(settings: Settings) -> None:
    problem = predict(settings, "churn", ROW, 422)
    assert problem["errors"][0]["field"] == "body.events"
    nobody = {"ts": 1_538_352_000_000, "page": "Home", "auth": "Logged Out", "userId": ""}
    problem = predict(settings, "churn", {"events": [nobody]}, 422)
    assert "no user" in problem["detail"]


def test_who_has_cancelled_has_no_score(settings: Settings) -> None:
    events = events_of(list(log()), "1000")
    answer = predict(settings, "churn", {"events": events})
    assert (answer["status"], answer["score"]) == ("ended", None)


def test_a_body_that_is_no_json_and_a_domain_that_is_not_there(settings: Settings) -> None:
    response = ask(settings, "/v1/revenue/predict", method="POST", content=b"{oops")
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == "body"
    response = ask(settings, "/v1/weather/predict", method="POST", json=ROW)
    assert response.status_code == 404
    assert response.json()["valid"] == ["churn", "revenue"]


def test_no_redis_is_needed_for_it() -> None:
    away = load({"redis_url": "redis://127.0.0.1:1"})
    assert predict(away, "revenue", ROW)["score"] > 0.0
