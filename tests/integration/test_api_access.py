"""Who is let in, how often, and from where: what the API refuses before it looks at a request."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from api.app import create_app
from api.key_watch import KeyWatch
from api.keys import Keys
from api.safe_headers import DEFAULTS
from stream.api_keys import entry, parse_entries
from stream.settings import Settings, load
from tests.integration.api_process import api
from tests.integration.api_seed import ask, running
from tests.listening import listening

READ, PREDICT, ADMIN = "r" * 32, "p" * 32, "a" * 32
ENTRIES = ",".join(
    [
        entry(READ, "dashboard", ["read"]),
        entry(PREDICT, "crm", ["predict"]),
        entry(ADMIN, "on-call", ["admin"]),
        entry("e" * 32, "guest", ["admin"], "2020-01-01"),
    ]
)
ROUTES = {
    "read": ["GET /v1/domains", "GET /v1/churn/users", "POST /v1/churn/users:batchGet"],
    "predict": ["POST /v1/churn/predict"],
    "admin": ["GET /v1/predictions", "GET /v1/decisions", "POST /v1/churn/model:retrain"],
}
ROUTES["read"] += [f"GET /v1/churn/{what}" for what in ("model", "drift", "decisions", "users/1")]


@pytest.fixture
def settings(redis_url: str) -> Settings:
    return load({"redis_url": redis_url, "domains": "churn"})


@pytest.fixture
def locked(redis_url: str) -> Settings:
    return load({"redis_url": redis_url, "domains": "churn", "api_keys": ENTRIES})


def scenario(
    settings: Settings, steps: Callable[[httpx.AsyncClient], Awaitable[None]], address: str = ""
) -> None:
    async def main() -> None:
        async with running(settings) as client:
            if not address:
                await steps(client)
                return
            app = client._transport.app  # type: ignore[attr-defined]  # made by `running`
            transport = httpx.ASGITransport(app=app, client=(address, 1))
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as own:
                await steps(own)

    asyncio.run(main())


@pytest.mark.parametrize(
    ("key", "allowed"),
    [(READ, {"read"}), (PREDICT, {"predict"}), (ADMIN, {"read", "predict", "admin"})],
)
def test_a_key_opens_what_its_scopes_say(locked: Settings, key: str, allowed: set[str]) -> None:
    async def steps(client: httpx.AsyncClient) -> None:
        for scope, routes in ROUTES.items():
            for route in routes:
                method, path = route.split()
                response = await client.request(method, path, headers={"X-API-Key": key})
                if scope in allowed:
                    assert response.status_code not in {401, 403}, route
                    continue
                body = response.json()
                assert response.status_code == 403, route
                assert body["type"] == "urn:weir:problem:lacking-scope"
                assert body["needed"] == scope

    scenario(locked, steps)


def test_a_key_that_has_ended_is_not_valid(locked: Settings) -> None:
    assert ask(locked, "/v1/domains", headers={"X-API-Key": "e" * 32}).status_code == 401


def test_a_body_without_a_key_is_not_even_read(locked: Settings) -> None:
    async def steps(_: httpx.AsyncClient) -> None:
        app = create_app(locked)
        sent = []

        async def receive() -> dict[str, object]:
            raise AssertionError("it is read")

        async def send(message: dict[str, object]) -> None:
            sent.append(message)

        headers = [(b"host", b"weir"), (b"content-length", b"1000000")]
        scope = {"type": "http", "method": "POST", "path": "/v1/churn/predict", "headers": headers}
        await app(scope | {"query_string": b"", "client": ("10.0.0.1", 1)}, receive, send)  # type: ignore[arg-type]
        assert sent[0]["status"] == 401

    scenario(locked, steps)


# how often


def test_who_asks_too_often_is_told_when_to_come_again(settings: Settings) -> None:
    limited = settings.model_copy(update={"rate_limit": 0.01, "rate_burst": 3})

    async def steps(client: httpx.AsyncClient) -> None:
        for _ in range(3):
            assert (await client.get("/v1/domains")).status_code == 200
        late = await client.get("/v1/nope")
        assert late.status_code == 429
        assert late.json()["type"] == "urn:weir:problem:too-many-requests"
        assert 90 <= int(late.headers["retry-after"]) <= 100
        for path in ("/healthz", "/metrics", "/", "/docs"):
            assert (await client.get(path)).status_code == 200
        assert 'weir_api_refused_total{reason="rate"} 1.0' in (await client.get("/metrics")).text

    scenario(limited, steps)


def test_every_name_has_a_rate_of_its_own_whatever_its_address(locked: Settings) -> None:
    limited = locked.model_copy(update={"rate_limit": 0.01, "rate_burst": 2})

    async def steps(client: httpx.AsyncClient) -> None:
        for key in (READ, ADMIN):
            answers = [
                (await client.get("/v1/domains", headers={"X-API-Key": key})).status_code
                for _ in range(3)
            ]
            assert answers == [200, 200, 429]
        without = [(await client.get("/v1/domains")).status_code for _ in range(3)]
        assert without == [401, 401, 429]

    scenario(limited, steps)


def test_no_limit_where_none_is_set(settings: Settings) -> None:
    async def steps(client: httpx.AsyncClient) -> None:
        answers = {(await client.get("/v1/domains")).status_code for _ in range(300)}
        assert answers == {200}

    scenario(settings.model_copy(update={"rate_limit": 0.0}), steps)


def test_keys_cannot_be_tried_one_after_another(locked: Settings) -> None:
    async def steps(client: httpx.AsyncClient) -> None:
        good, bad = {"X-API-Key": READ}, {"X-API-Key": "wrong"}
        assert (await client.get("/v1/domains", headers=good)).status_code == 200
        answers = [(await client.get("/v1/domains", headers=bad)).status_code for _ in range(12)]
        assert answers == [401] * 10 + [429] * 2
        # not even a good one is told from a bad one now, but for the one known from there
        new = await client.get("/v1/domains", headers={"X-API-Key": ADMIN})
        assert new.status_code == 429
        assert new.json()["type"] == "urn:weir:problem:too-many-wrong-keys"
        assert (await client.get("/v1/domains", headers=good)).status_code == 200
        refused = (await client.get("/metrics")).text
        assert 'weir_api_refused_total{reason="wrong_key"} 10.0' in refused
        assert 'weir_api_refused_total{reason="wrong_keys"} 3.0' in refused
        app = client._transport.app  # type: ignore[attr-defined]  # made by `running`
        elsewhere = httpx.ASGITransport(app=app, client=("10.0.0.2", 1))
        async with httpx.AsyncClient(transport=elsewhere, base_url="http://weir") as other:
            answer = await other.get("/v1/domains", headers={"X-API-Key": ADMIN})
            assert answer.status_code == 200

    scenario(locked, steps)


@pytest.mark.parametrize(("proxies", "shared"), [("127.0.0.0/8", False), ("", True)])
def test_only_a_trusted_proxy_says_who_asks(
    redis_url: str, tmp_path: Path, proxies: str, *, shared: bool
) -> None:
    settings = load({"redis_url": redis_url})
    env = {"WEIR_API_KEYS": ENTRIES, "WEIR_TRUSTED_PROXIES": proxies}
    with api(settings, tmp_path / "log", **env) as (_, client):

        def status(address: str) -> int:
            headers = {"X-API-Key": "wrong", "X-Forwarded-For": address}
            return client.get("/v1/domains", headers=headers).status_code

        assert [status("10.0.0.1") for _ in range(10)] == [401] * 10
        assert status("10.0.0.1") == 429
        assert status("10.0.0.2") == (429 if shared else 401)


def test_only_so_many_may_listen(redis_url: str, tmp_path: Path) -> None:
    settings = load({"redis_url": redis_url})
    with api(settings, tmp_path / "log", WEIR_MAX_LISTENERS="2") as (_, client):

        async def steps() -> None:
            url = str(client.base_url)
            async with listening(url) as one, listening(url) as two:
                for ear in (one, two):
                    await ear.until("hello")
                full = await asyncio.to_thread(client.get, "/v1/events")
                assert full.status_code == 503
                assert full.json()["type"] == "urn:weir:problem:too-many-listeners"
                assert int(full.headers["retry-after"]) > 0

        asyncio.run(steps())


# from where


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


def test_keys_of_a_file_are_exchanged_while_it_runs(redis_url: str, tmp_path: Path) -> None:
    settings = load({"redis_url": redis_url})
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    file = secrets / "weir_api_keys"
    old, new = entry(READ, "dashboard", ["read"]), entry(ADMIN, "dashboard", ["read"])
    file.write_text(f"{old}\n")

    async def until(client: httpx.AsyncClient, key: str, status: int) -> None:
        async with asyncio.timeout(60):
            while True:
                answer = await client.get("/v1/domains", headers={"X-API-Key": key})
                if answer.status_code == status:
                    return
                await asyncio.sleep(1)

    def logged(words: str) -> None:
        deadline = time.monotonic() + 60
        while words not in (tmp_path / "log").read_text():
            assert time.monotonic() < deadline
            time.sleep(0.1)

    def replace(text: str) -> None:
        # as Kubernetes does: by a link to the new file
        fresh = tmp_path / "fresh"
        fresh.write_text(text)
        fresh.replace(file)

    async def steps(url: str) -> None:
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as client:
            await until(client, READ, 200)
            replace(f"{old}\n{new}\n")
            await until(client, ADMIN, 200)
            await until(client, READ, 200)
            async with listening(url, headers={"X-API-Key": READ}) as ear:
                await ear.until("hello")
                replace("dashboard:read:not-a-hash")
                await asyncio.to_thread(logged, "are wrong")
                await until(client, READ, 200)
                replace(f"{new}\n")
                await until(client, READ, 401)
                async with asyncio.timeout(60):
                    await ear.ended.wait()
            await until(client, ADMIN, 200)
            replace("")
            await until(client, ADMIN, 401)

    with api(settings, tmp_path / "log", WEIR_SECRETS_DIR=str(secrets)) as (_, client):
        asyncio.run(steps(str(client.base_url)))
    log = (tmp_path / "log").read_text()
    assert "all API keys are revoked" in log
    assert "not-a-hash" not in log


def test_a_file_that_is_gone_for_a_while_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "weir_api_keys"
    keys, revoked = Keys(parse_entries(ENTRIES)), []
    watch = KeyWatch(keys, file, lambda: revoked.append(True))
    asyncio.run(watch.look())
    assert keys.find(READ)
    file.write_bytes(b"\xff")
    asyncio.run(watch.look())
    assert keys.find(READ)
    assert not revoked
    file.write_text(entry(ADMIN, "on-call", ["admin"]))
    asyncio.run(watch.look())
    assert not keys.find(READ)
    assert keys.find(ADMIN)
    assert revoked
