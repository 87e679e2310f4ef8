"""The record: every answered score is in it before it is answered, and can be read back."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.schemas import Record
from stream.adapters.prediction_log import PredictionLog
from stream.api_keys import entry
from stream.embedded.guard import Guard
from stream.embedded.redis import EmbeddedRedis
from stream.record import Prediction
from stream.settings import Settings, load
from tests.databases import PostgresServer
from tests.integration.api_seed import ask, log, process, running
from tests.integration.revenue_seed import ROW

USER = entry("user-key", "page", ["read", "predict"])
KEYS = f"{USER}\n{entry('admin-key', 'walter', ['admin'])}"


@pytest.fixture(scope="module")
def redis_with_users(guard: Guard, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with EmbeddedRedis(tmp_path_factory.mktemp("record"), guard=guard) as server:
        asyncio.run(process(load({"redis_url": server.url}), log()))
        yield server.url


@pytest.fixture
def settings(redis_with_users: str, database_url: str) -> Settings:
    return load({"redis_url": redis_with_users, "database_url": database_url})


def rows(settings: Settings) -> list[Prediction]:
    async def read() -> list[Prediction]:
        record = PredictionLog.from_url(settings.database_url)
        try:
            return (await record.find(limit=1000)).rows[::-1]
        finally:
            await record.close()

    return asyncio.run(read())


def test_every_answered_score_has_its_row(settings: Settings) -> None:
    headers = {"X-Request-ID": "asked-by-the-test"}
    one = ask(settings, "/v1/churn/users/1001", headers=headers).json()
    asked = {"user_ids": ["1002", "no-such", "1003"]}
    batch = ask(settings, "/v1/churn/users:batchGet", method="POST", json=asked).json()
    ranking = ask(settings, "/v1/churn/users?limit=3").json()
    current = ask(settings, "/v1/churn/users?limit=2&reasons=true").json()
    asked_row = ask(settings, "/v1/revenue/predict", method="POST", json=ROW).json()

    answered: list[tuple[str, str, float]] = [("churn", "1001", one["score"])]
    answered += [("churn", u["user_id"], u["score"]) for u in batch["users"]]
    answered += [("churn", u["user_id"], u["score"]) for u in ranking["users"]]
    answered += [("churn", u["user_id"], u["score"]) for u in current["users"]]
    answered += [("churn", u["user_id"], u["current"]["score"]) for u in current["users"]]
    answered += [("revenue", "p1", asked_row["score"])]
    found = rows(settings)
    assert sorted((r.domain, r.user_id, r.score) for r in found) == sorted(answered)

    first = found[0]
    assert (first.request_id, first.model_version) == ("asked-by-the-test", one["model_version"])
    assert first.at > 1_700_000_000_000
    assert 0.0 < first.latency_ms < 60_000
    assert '"features":{' in first.input
    assert '"features":{' in found[-1].input
    assert "p1" not in found[-1].input


def test_the_record_is_measured(settings: Settings) -> None:
    async def main() -> str:
        async with running(settings) as client:
            await client.get("/v1/churn/users/1001")
            await client.get("/v1/churn/users?limit=3")
            return (await client.get("/metrics")).text

    text = asyncio.run(main())
    assert 'weir_recorded_total{domain="churn"} 4.0' in text
    assert "weir_record_seconds_count 2.0" in text


def test_what_is_refused_leaves_no_row(settings: Settings) -> None:
    assert ask(settings, "/v1/churn/users/no-such").status_code == 404
    body = ROW | {"source": "x"}
    assert ask(settings, "/v1/revenue/predict", method="POST", json=body).status_code == 422
    assert rows(settings) == []


def test_the_record_is_read_back_page_by_page(settings: Settings) -> None:
    async def main() -> list[dict[str, Any]]:
        async with running(settings) as client:
            for number in range(7):
                for user in ("a", "b"):
                    body = ROW | {"user_id": user, "event_1": number}
                    await client.post("/v1/revenue/predict", json=body)
            found: list[dict[str, Any]] = []
            path = "/v1/predictions?user_id=a&limit=3"
            while True:
                page = (await client.get(path)).json()
                Record.model_validate(page)
                found += page["predictions"]
                if page["next"] is None:
                    return found
                path = f"/v1/predictions?user_id=a&limit=3&cursor={page['next']}"

    found = asyncio.run(main())
    counts = [row["input"]["features"]["event_1"] for row in found]
    assert counts == sorted(set(counts), reverse=True)
    assert len(counts) == 7
    assert {row["user_id"] for row in found} == {"a"}
    since = found[3]["at"]
    newer = ask(settings, f"/v1/predictions?user_id=a&since={since}").json()["predictions"]
    assert {row["input"]["features"]["event_1"] for row in newer} >= set(counts[:4])
    assert ask(settings, "/v1/predictions?since=2100-01-01").json()["predictions"] == []
    assert ask(settings, "/v1/predictions?domain=churn").json()["predictions"] == []


@pytest.mark.parametrize("query", ["cursor=x", "since=yesterday", "limit=0", "user_id="])
def test_a_wrong_question_is_refused(settings: Settings, query: str) -> None:
    response = ask(settings, f"/v1/predictions?{query}")
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == f"query.{query.partition('=')[0]}"


def test_only_admins_read_the_record(redis_with_users: str) -> None:
    settings = load({"redis_url": redis_with_users, "api_keys": KEYS})
    path = "/v1/predictions"
    assert ask(settings, path).status_code == 401
    refused = ask(settings, path, headers={"X-API-Key": "user-key"})
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:weir:problem:lacking-scope")
    assert ask(settings, path, headers={"X-API-Key": "admin-key"}).status_code == 200
    assert ask(settings, "/v1/domains", headers={"X-API-Key": "admin-key"}).status_code == 200
    without = load({"redis_url": redis_with_users, "api_keys": USER})
    assert ask(without, path, headers={"X-API-Key": "user-key"}).status_code == 403


def test_without_a_record_scores_are_answered_and_nothing_can_be_read(
    redis_with_users: str,
) -> None:
    settings = load({"redis_url": redis_with_users, "database_url": "none"})
    assert ask(settings, "/v1/churn/users/1001").status_code == 200
    assert ask(settings, "/v1/predictions").status_code == 404


def test_while_the_database_is_away_no_score_is_answered(
    redis_with_users: str, fresh_postgres: PostgresServer
) -> None:
    settings = load(
        {
            "redis_url": redis_with_users,
            "database_url": fresh_postgres.new_database(),
            "record_seconds": 1,
        }
    )

    async def main() -> None:
        async with running(settings) as client:
            assert (await client.get("/v1/churn/users/1001")).status_code == 200
            fresh_postgres.stop()
            for path in ("/v1/churn/users/1001", "/v1/churn/users?limit=2"):
                away = await client.get(path)
                assert away.status_code == 503, away.text
                assert (away.json()["service"], away.headers["retry-after"]) == ("database", "2")
                assert "secret" not in away.text
            ready = await client.get("/readyz")
            assert ready.status_code == 503
            assert "record" in ready.json()["detail"]
            assert (await client.get("/v1/churn/model")).status_code == 200
            counted = (await client.get("/metrics")).text
            assert 'weir_record_failures_total{reason="away"} 3.0' in counted  # one, and two ranked
            await asyncio.to_thread(fresh_postgres.start)
            assert (await client.get("/v1/churn/users/1002")).status_code == 200

    asyncio.run(main())
    assert [row.user_id for row in rows(settings)] == ["1001", "1002"]


def test_a_database_that_comes_later_is_prepared_then(
    redis_with_users: str, tmp_path: Path
) -> None:
    place = tmp_path / "later"
    place.write_text("no directory")
    settings = load(
        {"redis_url": redis_with_users, "database_url": f"sqlite:///{place / 'weir.db'}"}
    )

    async def main() -> None:
        async with running(settings) as client:
            assert (await client.get("/v1/churn/users/1001")).status_code == 503
            place.unlink()
            assert (await client.get("/v1/churn/users/1001")).status_code == 200

    asyncio.run(main())
    assert len(rows(settings)) == 1
