"""The API against its own description: whatever is sent, no 5xx, and every answer as described."""

import asyncio
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
import schemathesis
from requests import Request
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.app import create_app
from stream.embedded.guard import Guard
from stream.embedded.redis import EmbeddedRedis
from stream.settings import load
from tests.integration.api_process import api, until
from tests.integration.api_seed import log, process
from tests.integration.learner_parts import answered
from tests.integration.revenue_seed import REVENUE, revenue_log

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]

#: The longest URL that uvicorn's parser takes, bytes, with room for what stands around it.
LONGEST = 60_000

#: Examples for each route, besides those that cover the bounds of its parameters.
EXAMPLES = 60


@pytest.fixture(scope="module")
def url(guard: Guard, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a real API answers, with users of both domains and a record."""
    directory = tmp_path_factory.mktemp("fuzz")
    with EmbeddedRedis(directory, guard=guard) as server:
        settings = load({"redis_url": server.url})
        asyncio.run(process(settings, log()))
        asyncio.run(process(settings, revenue_log(), domain=REVENUE))
        env = {"WEIR_DOMAINS": "churn,revenue", "WEIR_DATABASE_URL": f"sqlite:///{directory}/db"}
        env["WEIR_RATE_LIMIT"] = "0"
        with api(settings, directory / "api.log", **env) as (_, client), answered(settings):
            until(client, "/readyz", 200)
            assert client.get("/openapi.json").json() == SPEC
            yield str(client.base_url)
            # it was no monologue: both what is valid and what is not has been sent
            counted = client.get("/metrics").text
            for status in (200, 422):
                assert f'route="/v1/revenue/predict",status="{status}"' in counted
                assert f'route="/v1/{{domain}}/users",status="{status}"' in counted
            for what in ("promote", "drop"):
                for status in (409, 422):
                    route = f'route="/v1/{{domain}}/model:{what}",status="{status}"'
                    assert route in counted
            assert 'route="/v1/{domain}/model:retrain",status="202"' in counted
            assert "a request failed" not in (directory / "api.log").read_text()


SPEC = create_app(load()).openapi()
# all but the events: an answer without end is never there to be checked, and waiting for it would
# take for ever; tests/integration/test_api_events.py holds each event against its shape, and
# whatever is wrong with a request against what is said of it
SCHEMA = schemathesis.openapi.from_dict(SPEC).exclude(path="/v1/events")


@SCHEMA.parametrize()
@hypothesis.settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=list(hypothesis.HealthCheck)
)
@pytest.mark.timeout(900)
# with pytest 9.2, schemathesis 4.32 gives all routes one id, of which pytest-xdist runs the first
# only; with a parameter each route has an id of its own
@pytest.mark.parametrize("checks", [CHECKS], ids=["all checks"])
def test_whatever_is_sent_is_answered_as_described(case: Any, checks: Any, url: str) -> None:
    address = Request(**_of(case.as_transport_kwargs(base_url=url))).prepare().url or ""
    # a longer line is refused by the HTTP server itself, before there is a request to answer
    hypothesis.assume(len(address) < LONGEST)
    case.call_and_validate(base_url=url, checks=checks)


def _of(arguments: dict[str, Any]) -> dict[str, Any]:
    return {name: arguments[name] for name in ("method", "url", "params") if name in arguments}
