"""Decisions, read back: the newest from Redis, all of them from the record."""

import asyncio
from pathlib import Path

import pytest

from api.decision_schemas import DecisionRecord
from stream.adapters.decision_log import DecisionLog
from stream.settings import Settings, load
from tests.decision_parts import decision, push_decisions
from tests.integration.api_seed import ask


@pytest.fixture
def settings(redis_url: str) -> Settings:
    """An empty Redis, and no record."""
    return load({"redis_url": redis_url, "domains": "churn", "database_url": "none"})


@pytest.fixture
def recorded(redis_url: str, database_url: str) -> Settings:
    """Decisions of two domains on record, a second apart."""
    settings = load({"redis_url": redis_url, "domains": "churn", "database_url": database_url})
    taken = [
        decision(n * 1000, kind=kind, domain=domain)
        for n, (kind, domain) in enumerate(
            (kind, domain)
            for kind in ("promoted", "dropped", "confirmed")
            for domain in ("churn", "revenue")
        )
    ]

    async def write() -> None:
        log = DecisionLog.from_url(database_url)
        try:
            await log.append(taken)
        finally:
            await log.close()

    asyncio.run(write())
    return settings


def positions(settings: Settings, query: str) -> list[int]:
    found = ask(settings, f"/v1/decisions?{query}")
    assert found.status_code == 200, found.text
    DecisionRecord.model_validate(found.json())
    return [one["position"] // 1000 for one in found.json()["decisions"]]


def test_the_record_is_read_back(recorded: Settings) -> None:
    assert positions(recorded, "") == [5, 4, 3, 2, 1, 0]
    assert positions(recorded, "domain=churn") == [4, 2, 0]
    assert positions(recorded, "kind=dropped") == [3, 2]
    since = "2023-11-14T22:13:22Z"
    assert positions(recorded, f"since={since}") == [5, 4, 3, 2]
    assert positions(recorded, f"until={since}&domain=revenue") == [1]


def test_the_record_is_read_back_page_by_page(recorded: Settings) -> None:
    pages = []
    query = "/v1/decisions?limit=4"
    while query:
        page = ask(recorded, query).json()
        DecisionRecord.model_validate(page)
        pages.append([one["position"] // 1000 for one in page["decisions"]])
        query = page["next"] and f"/v1/decisions?limit=4&cursor={page['next']}"
    assert pages == [[5, 4, 3, 2], [1, 0]]


@pytest.mark.parametrize(
    "query", ["cursor=x", "cursor=WzFd", "kind=other", "until=soon", "since=x", "limit=0"]
)
def test_a_wrong_question_to_the_record_is_refused(
    settings: Settings, tmp_path: Path, query: str
) -> None:
    url = f"sqlite:///{tmp_path / 'weir.db'}"
    refused = ask(settings.model_copy(update={"database_url": url}), f"/v1/decisions?{query}")
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == f"query.{query.partition('=')[0]}"


def test_without_a_database_there_is_no_record(settings: Settings) -> None:
    assert ask(settings, "/v1/decisions").status_code == 404


def test_the_newest_decisions_are_those_in_redis(settings: Settings) -> None:
    push_decisions(settings.redis_url, [decision(1), decision(2), decision(3)])
    found = ask(settings, "/v1/churn/decisions?limit=2").json()["decisions"]
    assert [one["position"] for one in found] == [3, 2]
    assert found[0]["evidence"]["loss"]["mean"] == 0.0031
    assert ask(settings, "/v1/churn/decisions?limit=0").status_code == 422
