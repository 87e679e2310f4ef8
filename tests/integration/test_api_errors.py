"""Whatever goes wrong has one shape, says what is valid, and gives nothing away."""

import asyncio
import logging
from typing import Any

import httpx
import pytest
import redis
from fastapi import Request, Response

from api.app import create_app
from api.schemas import ProblemDetails
from models.state import STATE_VERSION
from stream.embedded.ports import any_free
from stream.keys import DomainKeys, PartitionKeys
from stream.settings import Settings, load
from tests.integration.access_parts import ADMIN, READ
from tests.integration.api_seed import ask, log, process


def problem(response: httpx.Response, status: int, kind: str) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    ProblemDetails.model_validate(body)
    assert (body["status"], body["type"]) == (status, f"urn:weir:problem:{kind}")
    assert body["title"]
    assert body["request_id"] == response.headers["x-request-id"]
    return body


@pytest.mark.parametrize("path", ["/nope", "/v1", "/v1/churn", "/v1/churn/nope", "/healthz/"])
def test_an_unknown_route(settings: Settings, path: str) -> None:
    body = problem(ask(settings, path), 404, "unknown-route")
    assert path in body["detail"]
    assert body["instance"] == path


def test_a_wrong_method(settings: Settings) -> None:
    response = ask(settings, "/v1/churn/users", method="DELETE")
    problem(response, 405, "wrong-method")
    assert response.headers["allow"] == "GET"


@pytest.mark.parametrize("path", ["users", "users/1", "model", "drift"])
def test_an_unknown_domain_names_the_valid_ones(settings: Settings, path: str) -> None:
    body = problem(ask(settings, f"/v1/nope/{path}"), 404, "unknown-domain")
    assert body["valid"] == ["churn"]
    assert "churn" in body["detail"]


@pytest.mark.parametrize(
    ("content", "field"),
    [
        (b"", "body"),
        (b"{", "body"),
        (b"[]", "body"),
        (b"{}", "body.user_ids"),
        (b'{"user_ids": []}', "body.user_ids"),
        (b'{"user_ids": "1001"}', "body.user_ids"),
        (b'{"user_ids": [1001]}', "body.user_ids.0"),
        (b'{"user_ids": [""]}', "body.user_ids.0"),
        (b'{"user_ids": ["%s"]}' % (b"x" * 257), "body.user_ids.0"),
        (b'{"user_ids": ["1"], "more": 1}', "body.more"),
        (b'{"user_ids": ["1"], "user_id": NaN}', "body.user_id"),
        (b'\xff{"user_ids": ["1"]}', "body"),
    ],
)
def test_a_wrong_body_is_named_and_not_repeated(
    settings: Settings, content: bytes, field: str
) -> None:
    response = ask(
        settings,
        "/v1/churn/users:batchGet",
        method="POST",
        headers={"Content-Type": "application/json"},
        content=content,
    )
    body = problem(response, 422, "invalid-request")
    assert field in [error["field"] for error in body["errors"]]
    assert "xxx" not in response.text


def test_a_user_id_that_is_too_long(settings: Settings) -> None:
    body = problem(ask(settings, f"/v1/churn/users/{'x' * 257}"), 422, "invalid-request")
    assert body["errors"][0]["field"] == "path.user_id"


def test_no_user_id_at_all(settings: Settings) -> None:
    body = problem(ask(settings, "/v1/churn/users/"), 422, "invalid-request")
    assert body["errors"][0]["field"] == "path.user_id"


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_without_end_is_not_read(settings: Settings, *, chunked: bool) -> None:
    async def body() -> Any:
        for _ in range(50):
            yield b" " * 100_000

    async def main() -> httpx.Response:
        app = create_app(settings)
        transport = httpx.ASGITransport(app=app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://localhost") as client,
        ):
            return await client.post(
                "/v1/churn/users:batchGet",
                content=body() if chunked else b" " * 5_000_000,
                headers={"Content-Type": "application/json"},
            )

    problem(asyncio.run(main()), 413, "too-large")


@pytest.mark.parametrize("headers", [{}, {"X-API-Key": "three"}, {"X-API-Key": f"{READ},{ADMIN}"}])
@pytest.mark.parametrize(
    "path",
    [
        "/v1/domains",
        "/v1/nope",
        "/v1/churn/users",
        "/v1/churn/users/1",
        "/v1/churn/model",
        "/v1/x/model",
    ],
)
def test_without_a_valid_key_there_is_no_answer(
    locked: Settings, path: str, headers: dict[str, str]
) -> None:
    response = ask(locked, path, headers=headers)
    body = problem(response, 401, "no-valid-key")
    assert "X-API-Key" in body["detail"] or "key is not valid" in body["detail"]
    assert response.headers["www-authenticate"].startswith("ApiKey")
    assert "three" not in response.text


@pytest.mark.parametrize("key", [READ, ADMIN])
def test_with_one_there_is(locked: Settings, key: str) -> None:
    assert ask(locked, "/v1/domains", headers={"X-API-Key": key}).status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/metrics", "/docs", "/openapi.json"])
def test_probes_and_documentation_need_no_key(locked: Settings, path: str) -> None:
    assert ask(locked, path).status_code == 200


def test_a_request_may_choose_its_id(settings: Settings) -> None:
    response = ask(settings, "/healthz", headers={"X-Request-ID": "trace-1/2"})
    assert response.headers["x-request-id"] == "trace-1/2"


@pytest.mark.parametrize("given", ["", "a b", "x" * 129, 'a"b', "a\tb"])
def test_an_id_that_could_forge_logs_is_replaced(settings: Settings, given: str) -> None:
    response = ask(settings, "/healthz", headers={"X-Request-ID": given})
    assert response.headers["x-request-id"] != given
    assert len(response.headers["x-request-id"]) == 16


def test_a_bug_is_answered_and_logged_under_the_requests_id(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(settings)

    async def broken(_request: Request) -> Response:
        name = "Walter"
        raise KeyError(name)

    app.add_route("/broken", broken)

    async def main() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.get("/broken")

    response = asyncio.run(main())
    body = problem(response, 500, "internal-error")
    assert "Walter" not in response.text
    [record] = [r for r in caplog.records if r.name == "api.middleware"]
    assert record.levelno == logging.ERROR
    assert "KeyError" in record.getMessage()
    assert "in broken" in record.getMessage()
    assert "Walter" not in caplog.text
    assert record.__dict__["request_id"] == body["request_id"]


def test_every_request_has_a_line_in_the_log_that_names_no_user(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "api.middleware"):
        ask(settings, "/v1/churn/users/walter", headers={"X-Request-ID": "abc"})
    [record] = [r for r in caplog.records if r.name == "api.middleware"]
    fields = record.__dict__
    assert (fields["request_id"], fields["status"], fields["method"]) == ("abc", 404, "GET")
    assert fields["route"] == "/v1/{domain}/users/{user_id}"
    assert "walter" not in record.getMessage()


def test_a_state_of_another_version_says_so(settings: Settings) -> None:
    asyncio.run(process(settings, log()[:40], rounds=1))
    with redis.Redis.from_url(settings.redis_url) as client:
        for partition in range(settings.partitions):
            client.hset(PartitionKeys.of("churn", partition).state, "1002", b"\x91\x63")
    body = problem(ask(settings, "/v1/churn/users/1002"), 500, "unreadable-state")
    assert "version" in body["detail"]
    assert STATE_VERSION > 1


@pytest.fixture
def away() -> Settings:
    """Settings of a Redis that is not there."""
    return load({"redis_url": f"redis://127.0.0.1:{any_free()}", "domains": "churn"})


@pytest.mark.parametrize("path", ["/v1/churn/users/1", "/v1/churn/users"])
def test_without_redis_the_service_is_named(away: Settings, path: str) -> None:
    response = ask(away, path)
    body = problem(response, 503, "redis-unavailable")
    assert body["service"] == "redis"
    assert int(response.headers["retry-after"]) > 0


def test_without_redis_the_process_is_up_and_not_ready(away: Settings) -> None:
    assert ask(away, "/healthz").status_code == 200
    response = ask(away, "/readyz")
    body = problem(response, 503, "not-ready")
    failed = [check["name"] for check in body["checks"] if not check["ok"]]
    assert failed == ["redis", "churn states", "churn model"]
    assert "redis" in body["detail"]


def test_a_redis_that_no_worker_has_used_is_not_ready(settings: Settings) -> None:
    body = problem(ask(settings, "/readyz"), 503, "not-ready")
    failed = {check["name"] for check in body["checks"] if not check["ok"]}
    assert failed == {"churn states", "churn model"}


def test_models_of_another_key_are_refused_and_named(settings: Settings) -> None:
    asyncio.run(process(settings, log()[: len(log()) // 2], rounds=1))
    stranger = load({"redis_url": settings.redis_url, "domains": "churn", "signing_key": "x" * 20})
    body = problem(ask(stranger, "/readyz"), 503, "not-ready")
    [failed] = [check for check in body["checks"] if not check["ok"]]
    assert failed["name"] == "churn model"
    assert "WEIR_SIGNING_KEY" in failed["detail"]


def test_before_the_first_worker_there_are_no_users(settings: Settings) -> None:
    problem(ask(settings, "/v1/churn/users/1"), 404, "unknown-user")
    page = ask(settings, "/v1/churn/users").json()
    assert (page["users"], page["total"], page["as_of"], page["next"]) == ([], 0, None, None)
    with redis.Redis.from_url(settings.redis_url) as client:
        assert not client.exists(DomainKeys.of("churn").info)
