"""Events of a real API process, over a real Redis."""

import asyncio
import signal
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from api.live.hub import PICTURE
from api.live.schemas import EVENTS
from models import domains
from models.alarms import Alarm
from stream.adapters.redis_store import RedisStore
from stream.embedded.guard import Guard
from stream.embedded.ports import any_free
from stream.embedded.redis import EmbeddedRedis
from stream.keys import DomainKeys, PartitionKeys
from stream.pulse import Pulse
from stream.settings import Settings, load
from tests.drift_parts import REPORT, alarm, push, report
from tests.integration.api_seed import log, process
from tests.integration.test_api_process import api, server_stopped
from tests.listening import Ear, Told, listening

#: So much of the log is there when the API starts: labels have come by then.
FIRST = 1200

#: What runs for most of the tests serves both.
DOMAINS = ("churn", "revenue")


@pytest.fixture(scope="module")
def seeded(guard: Guard, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A Redis with users of one domain."""
    with EmbeddedRedis(tmp_path_factory.mktemp("events"), guard=guard) as server:
        settings = load({"redis_url": server.url, "domains": "churn"})
        asyncio.run(process(settings, log()[:FIRST], rounds=1))
        yield settings


@pytest.fixture(scope="module")
def url(seeded: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a real API answers, over that Redis."""
    log_file = tmp_path_factory.mktemp("api") / "log"
    with api(seeded, log_file, WEIR_DOMAINS=",".join(DOMAINS)) as (_, client):
        yield str(client.base_url)
    assert '"ERROR"' not in log_file.read_text()


@pytest.fixture
def no_alarms(url: str, seeded: Settings) -> Settings:
    """No alarms are there, and the API knows it."""
    with redis.Redis.from_url(seeded.redis_url) as client:
        client.delete(DomainKeys.of("churn").alarms)

    async def scenario() -> None:
        async with listening(url, "?domain=churn") as ear:
            await ear.until("alarms", lambda data: not data["alarms"])

    run(scenario)
    return seeded


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        await scenario()

    asyncio.run(main())


async def heard(ear: Ear, number: str) -> None:
    await ear.until("alarm", lambda data: data["id"] == number)


def get(url: str, path: str) -> Any:
    return httpx.get(url + path, trust_env=False, timeout=60).json()


def test_the_first_events_are_the_whole_picture(url: str, no_alarms: Settings) -> None:
    async def scenario() -> None:
        async with listening(url) as before:
            push(no_alarms.redis_url, [alarm(1), alarm(2)])
            await heard(before, alarm(2).id)
        async with listening(url) as ear:
            await ear.until("ranking", lambda data: data["domain"] == DOMAINS[1])
            told = ear.told[: 2 * len(PICTURE)]
            check(told)

    def check(told: list[Told]) -> None:
        kinds = [(one.kind, one.data.get("domain")) for one in told]
        # the scores come last, and nothing was ever scored for the second domain
        assert kinds == [
            ("hello", None),
            *((kind, "churn") for kind in PICTURE),
            *((kind, DOMAINS[1]) for kind in PICTURE if kind != "scores"),
        ]
        for one in told:
            EVENTS[one.kind].model_validate(one.data)
        hello, alarms, status, model, drift, ranking, scores, *_ = (one.data for one in told)
        assert [
            (d["name"], d["objective"], d["headline"], tuple(d["ages"]), tuple(d["bands"]))
            for d in hello["domains"]
        ] == [
            (d.name, d.objective.kind, d.objective.headline, d.ages, d.objective.bands)
            for d in map(domains.load, DOMAINS)
        ]
        assert alarms["alarms"] == get(url, "/v1/churn/drift")["alarms"]
        assert [one["id"] for one in alarms["alarms"]] == [alarm(2).id, alarm(1).id]
        assert (status["state"], status["lag"], status["pulse_at"]) == ("stopped", None, None)
        assert status["records"] >= FIRST
        assert status["users"] == 24
        assert status["snapshots"] == status["labels"] + status["pending"] > 0
        asked = get(url, "/v1/churn/model")
        assert {name: v for name, v in asked.items() if name != "features"} == model
        asked = get(url, "/v1/churn/drift")
        assert {name: v for name, v in asked.items() if name != "alarms"} == drift
        asked = get(url, "/v1/churn/users?limit=10")
        assert ranking["users"] == asked["users"]
        assert ranking["total"] == asked["total"] == sum(b["users"] for b in ranking["bands"])
        assert ranking["as_of"] == asked["as_of"] == status["clock"]
        assert 0 < len(scores["scores"]) <= 10
        times = [one["at"] for one in scores["scores"]]
        assert times == sorted(times, reverse=True)
        assert times[0] <= status["clock"]

    run(scenario)


def test_bands_count_every_ranked_user_where_the_score_is(url: str, seeded: Settings) -> None:
    bounds = domains.load("churn").objective.bands
    counts = [0] * len(bounds)
    with redis.Redis.from_url(seeded.redis_url) as client:
        for partition in range(seeded.partitions):
            key = PartitionKeys.of("churn", partition).rank
            rows: Any = client.zrange(key, 0, -1, withscores=True)
            for _, score in rows:
                counts[max(n for n, bound in enumerate(bounds) if bound <= score)] += 1

    bands = [{"above": bound, "users": n} for bound, n in zip(bounds, counts, strict=True)]

    async def scenario() -> None:
        async with listening(url) as ear:
            await ear.until("ranking", lambda data: data["bands"] == bands)

    run(scenario)
    samples = gauges(url)
    middles = [(a + b) / 2 for a, b in zip(bounds, [*bounds[1:], bounds[-1]], strict=True)]
    for bound, count in zip(bounds, counts, strict=True):
        assert samples[f'weir_users_by_score{{above="{bound:g}",domain="churn"}}'] == count
    expected = sum(n * middle for n, middle in zip(counts, middles, strict=True))
    assert samples['weir_score_sum{domain="churn"}'] == pytest.approx(expected)
    # what the processors of these tests take for now, and there is no sign of life
    assert samples['weir_stream_committed_seconds{domain="churn"}'] == 1_700_000_001.0
    assert samples['weir_stream_pulse_seconds{domain="churn"}'] == 1_700_000_001.0


def gauges(url: str) -> dict[str, float]:
    text = httpx.get(url + "/metrics", trust_env=False, timeout=60).text
    lines = (line.rpartition(" ") for line in text.splitlines() if line[0] != "#")
    return {name: float(value) for name, _, value in lines}


def test_changes_follow(url: str, seeded: Settings) -> None:
    async def scenario() -> None:
        async with listening(url) as ear:
            await ear.until("scores")
            before, start = {one.kind: one.data for one in reversed(ear.told)}, len(ear.told)
            read = before["status"]["records"]
            await process(seeded, log()[read : read + 600], rounds=1)
            report(seeded.redis_url, REPORT)
            status = await ear.until("status", lambda data: data["records"] == read + 600)
            assert status["clock"] > before["status"]["clock"]
            scores = await ear.until("scores", start=start)
            assert scores["scores"][0]["at"] > before["scores"]["scores"][0]["at"]
            await ear.until("ranking", lambda data: data["as_of"] == status["clock"])
            told = len(REPORT.signals)  # the learner's own report has more
            drift = await ear.until("drift", lambda data: len(data["signals"]) == told, start=start)
            model = await ear.until("model", start=start)
            assert model["examples"] > before["model"]["examples"]
            assert drift["version"] == model["version"]
            # some seconds later nothing has been told again: nothing has changed
            start, seen = len(ear.told), len(ear.of("status"))
            await ear.until("status", lambda _: len(ear.of("status")) > seen + 10)
            assert {one.kind for one in ear.told[start:]} == {"status"}

    run(scenario)


def test_an_alarm_comes_exactly_once(url: str, no_alarms: Settings) -> None:
    async def scenario() -> None:
        async with listening(url) as ear:
            await ear.until("status")
            push(no_alarms.redis_url, [alarm(1)])
            await heard(ear, alarm(1).id)
            push(no_alarms.redis_url, [alarm(2), alarm(3)])
            await heard(ear, alarm(3).id)
            async with listening(url) as late:
                await late.until("status")
                push(no_alarms.redis_url, [alarm(4)])
                for one in (ear, late):
                    await heard(one, alarm(4).id)
                known = [one["id"] for one in late.of("alarms")[0]["alarms"]]
                assert known == [alarm(n).id for n in (3, 2, 1)]
                assert [data["id"] for data in late.of("alarm")] == [alarm(4).id]
            assert ear.of("alarms")[0]["alarms"] == []
            alarms = [one for one in ear.told if one.kind == "alarm"]
            assert [one.id for one in alarms] == [alarm(n).id for n in (1, 2, 3, 4)]
            for told in alarms:
                EVENTS["alarm"].model_validate(told.data)
                assert told.data["id"] == told.id
            assert alarms[0].data["words"].startswith("churn: calibration degraded, 0.0021 before")

    run(scenario)


def test_an_emptied_list_is_noticed(url: str, no_alarms: Settings) -> None:
    async def scenario() -> None:
        async with listening(url) as ear:
            push(no_alarms.redis_url, [alarm(1)])
            await heard(ear, alarm(1).id)
            start = len(ear.told)
            with redis.Redis.from_url(no_alarms.redis_url) as client:
                client.delete(DomainKeys.of("churn").alarms)
            assert (await ear.until("alarms", start=start))["alarms"] == []

    run(scenario)


@asynccontextmanager
async def pulse_of(url: str) -> AsyncIterator[Pulse]:
    store = RedisStore.from_url(url)
    yield Pulse("churn", store)
    await store.close()


def commit_now(url: str, at: float) -> None:
    with redis.Redis.from_url(url) as client:
        client.hset(PartitionKeys.of("churn", 0).meta, "committed_at", str(int(at * 1000)))


def test_how_the_stream_is(guard: Guard, tmp_path: Path) -> None:
    server = EmbeddedRedis(tmp_path, any_free(), guard)
    settings = load({"redis_url": server.url, "domains": "churn"})
    hour = 3_600
    # signs from the future stay fresh, however slow the machine is
    later = int((time.time() + hour) * 1000)
    with api(settings, tmp_path / "log") as (_, client), server_stopped(server):
        url = str(client.base_url)

        async def scenario() -> None:
            async with listening(url) as ear, pulse_of(server.url) as pulse:

                async def becomes(state: str) -> dict[str, Any]:
                    start = len(ear.told)
                    return await ear.until("status", lambda d: d["state"] == state, start)

                assert "Redis" in (await becomes("unknown"))["detail"]
                await asyncio.to_thread(server.start)
                assert "has run" in (await becomes("stopped"))["detail"]
                push(server.url, [alarm(1)])
                await heard(ear, alarm(1).id)
                await process(settings, log()[:400], rounds=1)
                await ear.until("scores")
                await ear.until("ranking", lambda data: data["total"] > 0)
                await ear.until("model", lambda data: data["published"])
                assert (await becomes("stopped"))["detail"] == "no worker runs"
                await pulse.beat(dict.fromkeys(range(4), 0), later)
                idle = await becomes("idle")
                assert (idle["lag"], idle["detail"]) == (0, None)
                await pulse.beat({0: 5, 1: 0, 2: 2, 3: 0}, later)
                behind = await becomes("behind")
                assert behind["lag"] == 7
                commit_now(server.url, time.time() + hour)
                running = await becomes("running")
                assert running["committed_at"] > behind["committed_at"]
                assert gauges(url)['weir_stream_pulse_seconds{domain="churn"}'] > time.time()
                await pulse.beat({0: 5}, later)
                start = len(ear.told)
                some = await ear.until("status", lambda d: d["lag"] == 5, start)
                assert some["detail"] == "3 of 4 partitions have no worker"
                await pulse.end()
                await becomes("stopped")
                await asyncio.to_thread(server.stop)
                unknown = await becomes("unknown")
                assert "Redis" in unknown["detail"]
                assert unknown["records"] == 400
                # the same connection goes on when it is back
                await asyncio.to_thread(server.start)
                await becomes("stopped")
                assert [data["id"] for data in ear.of("alarm")] == [alarm(1).id]

        run(scenario)


def test_keys_are_needed(redis_url: str, tmp_path: Path) -> None:
    settings = load({"redis_url": redis_url})
    with api(settings, tmp_path / "log", WEIR_API_KEYS="sesame") as (_, client):
        for headers in ({}, {"X-API-Key": "wrong"}):
            refused = client.get("/v1/events", headers=headers)
            assert refused.status_code == 401
            assert refused.json()["type"] == "urn:weir:problem:no-valid-key"
        assert client.get("/v1/events?key=sesame").status_code == 401

        async def scenario() -> None:
            key = {"X-API-Key": "sesame"}
            async with listening(str(client.base_url), headers=key) as ear:
                await ear.until("status")

        run(scenario)


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

    run(scenario)


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
                await heard(ear, alarm(9).id)

    run(scenario)
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
    run(scenario)
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
        stuck.sendall(b"GET /v1/events HTTP/1.1\r\nHost: weir\r\n\r\n")

        async def scenario() -> None:
            async with listening(str(client.base_url)) as ear:
                # in all twice what the system keeps for a connection: the other one is stuck
                for first in range(0, 300, 50):
                    push(settings.redis_url, [fat(n) for n in range(first, first + 50)])
                    await heard(ear, fat(first + 49).id)
                ids = [data["id"] for data in ear.of("alarm")]
                assert ids[-250:] == [fat(n).id for n in range(50, 300)]
                assert len(set(ids)) == len(ids)
                assert gauges(str(client.base_url))["weir_live_listeners"] == 2

        run(scenario)
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

        run(scenario)
    text = (tmp_path / "log").read_text()
    # uvicorn says so when it gives up waiting
    assert "timeout graceful shutdown exceeded" not in text
    assert '"ERROR"' not in text
