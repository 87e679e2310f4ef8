"""What browsers are told, and what pages of other sites may do."""

import httpx
import pytest

from api.safe_headers import DEFAULTS
from stream.settings import Settings
from tests.integration.access_parts import READ, scenario
from tests.integration.api_seed import ask


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:8000", "[::1]:8000"])
def test_an_open_api_answers_to_names_of_this_machine(settings: Settings, host: str) -> None:
    assert ask(settings, "/v1/domains", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "localhost.evil.example", "127.0.0.1.nip.io", ""]
)
@pytest.mark.parametrize("path", ["/v1/domains", "/", "/metrics"])
def test_and_to_no_other_that_points_here(settings: Settings, host: str, path: str) -> None:
    response = ask(settings, path, headers={"Host": host})
    assert response.status_code == 421
    assert response.json()["type"] == "urn:weir:problem:wrong-host"
    assert "evil" not in response.text


def test_with_keys_any_name_will_do(locked: Settings) -> None:
    headers = {"Host": "scores.example.com", "X-API-Key": READ}
    assert ask(locked, "/v1/domains", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost:3000"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost:3000"},
    ],
)
@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_page_of_another_site_can_do_nothing(
    settings: Settings, headers: dict[str, str], kind: str
) -> None:
    async def steps(client: httpx.AsyncClient) -> None:
        for path in ("model:retrain", "model:rollback", "model:promote", "predict"):
            for body in (b"", b"{}"):
                response = await client.post(
                    f"/v1/churn/{path}", content=body, headers=headers | {"Content-Type": kind}
                )
                assert response.status_code == 403
                assert response.json()["type"] == "urn:weir:problem:cross-site"
        asked = (await client.get("/v1/churn/model")).json()["retraining"]
        assert asked == {"running": None, "asked": None}

    scenario(settings, steps)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://localhost"},
    ],
)
def test_our_own_page_and_programs_can(settings: Settings, headers: dict[str, str]) -> None:
    response = ask(settings, "/v1/churn/model:retrain", method="POST", headers=headers)
    assert response.status_code == 202


def test_no_other_site_is_allowed_to_read(settings: Settings) -> None:
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    for method in ("OPTIONS", "GET"):
        response = ask(settings, "/v1/domains", method=method, headers=headers)
        assert response.status_code == 403
        assert not [name for name in response.headers if name.startswith("access-control")]


# what browsers are told


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/domains", 200),
        ("/healthz", 200),
        ("/metrics", 200),
        ("/openapi.json", 200),
        ("/v1/churn/users/1", 404),
        ("/v1/churn/users?limit=0", 422),
        ("/nope", 404),
        ("/static/nope", 404),
    ],
)
def test_every_answer_tells_browsers_to_be_careful(
    settings: Settings, path: str, status: int
) -> None:
    response = ask(settings, path)
    assert response.status_code == status
    assert {name: response.headers.get(name) for name in DEFAULTS} == DEFAULTS
    assert "server" not in response.headers


def test_refusals_do_too(locked: Settings) -> None:
    response = ask(locked, "/v1/domains")
    assert response.status_code == 401
    assert {name: response.headers.get(name) for name in DEFAULTS} == DEFAULTS


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_pages_allow_what_they_need_and_no_frame(settings: Settings, path: str) -> None:
    headers = ask(settings, path).headers
    policy = headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "script-src 'self' 'unsafe" not in policy
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"


# keys that come and go
