"""What operators see: readiness, metrics, and the model."""

import asyncio
import re

from api.lineup_schemas import ModelAnswer
from api.schemas import Domains, Health, Readiness
from stream.settings import Settings
from tests.integration.api_seed import ask, log, process, running
from tests.rough_log import CHURN


def test_health(settings: Settings) -> None:
    Health.model_validate(ask(settings, "/healthz").json())


def test_ready_when_states_and_model_are_there(settings: Settings) -> None:
    asyncio.run(process(settings, log()[:40], rounds=1))
    answer = ask(settings, "/readyz").json()
    Readiness.model_validate(answer)
    assert [check["name"] for check in answer["checks"]] == [
        "redis",
        "record",
        "churn states",
        "churn model",
    ]
    assert "4 partitions, last commit" in answer["checks"][2]["detail"]


def test_the_documentation_needs_nothing_from_elsewhere(settings: Settings) -> None:
    page = ask(settings, "/docs").text
    addresses = re.findall(r"""(?:src|href)=["']([^"']+)|url: '([^']+)'""", page)
    local = [either or other for either, other in addresses]
    assert {"/openapi.json"} < set(local)
    for address in local:
        assert address.startswith("/")
        assert ask(settings, address).status_code == 200


def test_the_domains(settings: Settings) -> None:
    answer = ask(settings, "/v1/domains").json()
    Domains.model_validate(answer)
    assert answer == {"domains": [{"name": "churn", "title": CHURN.title}]}


def test_the_model_and_its_figures(settings: Settings) -> None:
    asyncio.run(process(settings, log()))
    answer = ask(settings, "/v1/churn/model").json()
    ModelAnswer.model_validate(answer)
    assert answer["published"]
    assert answer["examples"] > 1000
    assert answer["version"] == f"{answer['recipe']}@{answer['examples']}"
    assert [row["model"] for row in answer["metrics"]] == [r.name for r in CHURN.recipes]
    assert (answer["objective"], answer["headline"]) == ("chance", "auc")
    for row in answer["metrics"]:
        groups, points = row["curves"]["calibration"], row["curves"]["ranking"]
        assert sum(labels for _, _, labels in groups) == row["rolling"]["labels"]
        assert (points[0], points[-1]) == ([0, 0], [1, 1])
        assert row["cumulative"]["labels"] == answer["examples"]
        assert 0 < row["rolling"]["base_rate"] < 1
        assert row["title"]
        for version in row["versions"]:
            assert version["metrics"]["labels"] > 0
    assert [row["feature"] for row in answer["features"]] == list(CHURN.feature_names)
    assert any(row["weight"] for row in answer["features"])


def test_before_the_learner_the_model_is_unlearnt(settings: Settings) -> None:
    answer = ask(settings, "/v1/churn/model").json()
    ModelAnswer.model_validate(answer)
    assert (answer["published"], answer["examples"], answer["metrics"]) == (False, 0, [])


def test_metrics_count_routes_not_paths(settings: Settings) -> None:
    async def main() -> str:
        async with running(settings) as client:
            for path in ("/v1/churn/users/1", "/v1/churn/users/2", "/v1/churn/users", "/nope"):
                await client.get(path)
            return (await client.get("/metrics")).text

    text = asyncio.run(main())
    lines = text.splitlines()
    route = 'method="GET",route="/v1/{domain}/users/{user_id}",status="404"'
    assert f"weir_api_requests_total{{{route}}} 2.0" in lines
    assert 'weir_api_requests_total{method="GET",route="unmatched",status="404"} 1.0' in lines
    assert 'weir_api_seconds_count{route="/v1/{domain}/users"} 1.0' in lines
    assert 'weir_model_info{domain="churn",version="kalman_logistic@0"} 1.0' in lines
    assert "users/1" not in text


def test_a_new_model_and_new_events_are_served_without_a_restart(settings: Settings) -> None:
    half = len(log()) // 2

    async def main() -> None:
        await process(settings, log()[:half], rounds=1)
        async with running(settings) as client:
            before = (await client.get("/v1/churn/users/1001")).json()
            await process(settings, log()[half:], rounds=1)
            after = before
            while after["model_version"] == before["model_version"]:
                await asyncio.sleep(0.05)
                after = (await client.get("/v1/churn/users/1001")).json()
            assert after["as_of"] > before["as_of"]
            assert after["last_event_at"] > before["last_event_at"]
            metrics = (await client.get("/metrics")).text
            [line] = [x for x in metrics.splitlines() if x.startswith("weir_model_info{")]
            assert after["model_version"] in line

    asyncio.run(main())
