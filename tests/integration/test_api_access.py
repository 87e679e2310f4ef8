"""Who is let in: keys, their scopes, and a file of them that is replaced."""

import asyncio
import time
from pathlib import Path

import httpx
import pytest

from api.app import create_app
from api.key_watch import KeyWatch
from api.keys import Keys
from stream.api_keys import entry, parse_entries
from stream.settings import Settings, load
from tests.integration.access_parts import ADMIN, ENTRIES, PREDICT, READ, scenario
from tests.integration.api_process import api
from tests.integration.api_seed import ask
from tests.listening import listening

DEMO_KEY = entry("weir_demo-only-key", "ours", ["admin"])
ROUTES = {
    "read": ["GET /v1/domains", "GET /v1/churn/users", "POST /v1/churn/users:batchGet"],
    "predict": ["POST /v1/churn/predict"],
    "admin": ["GET /v1/predictions", "GET /v1/decisions", "POST /v1/churn/model:retrain"],
}
ROUTES["read"] += [f"GET /v1/churn/{what}" for what in ("model", "drift", "decisions", "users/1")]


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
                replace(DEMO_KEY)
                await asyncio.to_thread(logged, "are refused")
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


def test_the_key_of_the_demo_is_for_the_demo(tmp_path: Path) -> None:
    file = tmp_path / "weir_api_keys"
    file.write_text(DEMO_KEY)
    for demo in (False, True):
        keys = Keys(parse_entries(ENTRIES))
        asyncio.run(KeyWatch(keys, file, lambda: None, demo=demo).look())
        assert bool(keys.find("weir_demo-only-key")) is demo


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
