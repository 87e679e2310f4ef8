"""Who may listen to the API's events, to what, how many at once, and how listening ends."""

import asyncio
import signal
import socket
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from models.alarms import Alarm
from stream.api_keys import entry
from stream.settings import Settings, load
from tests.drift_parts import alarm, push
from tests.integration.api_process import api, gauges
from tests.integration.api_seed import DOMAINS, log, process
from tests.listening import listening


def test_keys_are_needed(redis_url: str, tmp_path: Path) -> None:
    settings = load({"redis_url": redis_url})
    with api(settings, tmp_path / "log", WEIR_API_KEYS=entry("sesame", "ear", ["read"])) as (
        _,
        client,
    ):
        for headers in ({}, {"X-API-Key": "wrong"}):
            refused = client.get("/v1/events", headers=headers)
            assert refused.status_code == 401
            assert refused.json()["type"] == "urn:weir:problem:no-valid-key"
        assert client.get("/v1/events?key=sesame").status_code == 401

        async def scenario() -> None:
            key = {"X-API-Key": "sesame"}
            async with listening(str(client.base_url), headers=key) as ear:
                await ear.until("status")

        asyncio.run(scenario())


def test_only_the_wanted_domains(url: str) -> None:
    async def domains_of(query: str) -> set[str]:
        async with listening(url, query) as ear:
            await ear.until("status", lambda _: len(ear.of("status")) > 4)
            [hello] = ear.of("hello")
            told = {one.data["domain"] for one in ear.told if one.kind != "hello"}
            assert told == {domain["name"] for domain in hello["domains"]}
            return told

    async def scenario() -> None:
        assert await domains_of("?domain=churn") == {"churn"}
        assert await domains_of(f"?domain={DOMAINS[1]}&domain=churn") == set(DOMAINS)
        assert await domains_of("") == set(DOMAINS)

    asyncio.run(scenario())


@pytest.mark.parametrize("query", ["domain=nope", "domain=churn&domain=", "domain=CHURN"])
def test_an_unknown_domain_names_the_valid_ones(url: str, query: str) -> None:
    refused = httpx.get(f"{url}/v1/events?{query}", trust_env=False, timeout=60)
    assert refused.status_code == 404
    assert refused.json()["valid"] == list(DOMAINS)


def test_listeners_share_one_look_at_redis(url: str, no_alarms: Settings) -> None:
    def looks() -> int:
        with redis.Redis.from_url(no_alarms.redis_url) as client:
            stats: Any = client.info("commandstats")
        return int(stats["cmdstat_lrange"]["calls"])

    async def scenario() -> None:
        async with (
            listening(url) as one,
            listening(url) as two,
            listening(url) as three,
            listening(url) as four,
        ):
            ears = (one, two, three, four)
            for ear in ears:
                await ear.until("status")
            assert gauges(url)["weir_live_listeners"] == 4
            before, began = looks(), time.monotonic()
            start = len(one.of("status"))
            await one.until("status", lambda _: len(one.of("status")) > start + 5)
            # one look a second of each domain: what is slow only makes them fewer
            assert 0 < looks() - before <= 2 * (time.monotonic() - began) + 3
            push(no_alarms.redis_url, [alarm(9)])
            for ear in ears:
                await ear.heard(alarm(9).id)

    asyncio.run(scenario())
    deadline = time.monotonic() + 60
    while gauges(url)["weir_live_listeners"]:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_how_long_somebody_listens_is_no_latency(url: str) -> None:
    def counted() -> tuple[float, float]:
        samples = gauges(url)
        route = 'method="GET",route="/v1/events",status="200"'
        requests = samples.get(f"weir_api_requests_total{{{route}}}", 0.0)
        return requests, samples.get('weir_api_seconds_sum{route="/v1/events"}', 0.0)

    async def scenario() -> None:
        async with listening(url) as ear:
            await ear.until("status", lambda _: len(ear.of("status")) > 5)

    (before, spent), began = counted(), time.monotonic()
    asyncio.run(scenario())
    (after, now_spent), took = counted(), time.monotonic() - began
    assert after == before + 1
    assert now_spent - spent < took / 2


@pytest.fixture
def settings(redis_url: str) -> Settings:
    """A Redis of the test's own, with some users."""
    own = load({"redis_url": redis_url, "domains": "churn"})
    asyncio.run(process(own, log()[:400], rounds=1))
    return own


def fat(number: int) -> Alarm:
    return alarm(number, signal="x" * 40_000)


def test_who_does_not_read_holds_up_nobody(settings: Settings, tmp_path: Path) -> None:
    with api(settings, tmp_path / "log") as (running, client), socket.socket() as stuck:
        stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stuck.connect((client.base_url.host, client.base_url.port))
        stuck.sendall(b"GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")

        async def scenario() -> None:
            async with listening(str(client.base_url)) as ear:
                # in all twice what the system keeps for a connection: the other one is stuck
                for first in range(0, 300, 50):
                    push(settings.redis_url, [fat(n) for n in range(first, first + 50)])
                    await ear.heard(fat(first + 49).id)
                ids = [data["id"] for data in ear.of("alarm")]
                assert ids[-250:] == [fat(n).id for n in range(50, 300)]
                assert len(set(ids)) == len(ids)
                assert gauges(str(client.base_url))["weir_live_listeners"] == 2

        asyncio.run(scenario())
        assert client.get("/v1/churn/users/1001").status_code == 200
        running.send_signal(signal.SIGTERM)
        assert running.wait(60) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_ends_the_streams_at_once(
    settings: Settings, tmp_path: Path, number: signal.Signals
) -> None:
    with api(settings, tmp_path / "log") as (running, client):

        async def scenario() -> None:
            async with (
                listening(str(client.base_url)) as one,
                listening(str(client.base_url)) as two,
            ):
                for ear in (one, two):
                    await ear.until("ranking")
                running.send_signal(number)
                async with asyncio.timeout(60):
                    await asyncio.gather(one.ended.wait(), two.ended.wait())
                # asked while they listen on: it must not be their going away that lets it stop
                assert await asyncio.to_thread(running.wait, 60) == 0

        asyncio.run(scenario())
    text = (tmp_path / "log").read_text()
    # uvicorn says so when it gives up waiting
    assert "timeout graceful shutdown exceeded" not in text
    assert '"ERROR"' not in text
