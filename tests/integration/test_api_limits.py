"""How often one may ask, and with how many wrong keys."""

import asyncio
from pathlib import Path

import httpx
import pytest

from stream.settings import Settings, load
from tests.integration.access_parts import ADMIN, ENTRIES, READ, scenario
from tests.integration.api_process import api
from tests.listening import listening


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
