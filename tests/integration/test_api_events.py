"""What the API's events tell: the whole picture first, then what changes, and each alarm once."""

import asyncio
import time
from typing import Any

import httpx
import pytest
import redis

from api.live.hub import PICTURE
from api.live.schemas import EVENTS
from models import domains
from stream.keys import DomainKeys, PartitionKeys
from stream.retraining.state import Running, encode
from stream.settings import Settings
from tests.decision_parts import decision, push_decisions
from tests.drift_parts import REPORT, alarm, push, report
from tests.integration.api_process import gauges
from tests.integration.api_seed import DOMAINS, FIRST, log, process
from tests.listening import Told, listening


def get(url: str, path: str) -> Any:
    return httpx.get(url + path, trust_env=False, timeout=60).json()


def test_the_first_events_are_the_whole_picture(url: str, no_alarms: Settings) -> None:
    async def scenario() -> None:
        async with listening(url) as before:
            push(no_alarms.redis_url, [alarm(1), alarm(2)])
            await before.heard(alarm(2).id)
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
        hello, alarms, decisions, status, model, retraining, drift, ranking, scores, *_ = (
            one.data for one in told
        )
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
        assert retraining == {"domain": "churn", **asked["retraining"]}
        only_asked_for = {"features", "retraining"}
        assert {name: v for name, v in asked.items() if name not in only_asked_for} == model
        assert decisions["decisions"] == get(url, "/v1/churn/decisions")["decisions"]
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

    asyncio.run(scenario())


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

    asyncio.run(scenario())
    samples = gauges(url)
    middles = [(a + b) / 2 for a, b in zip(bounds, [*bounds[1:], bounds[-1]], strict=True)]
    for bound, count in zip(bounds, counts, strict=True):
        assert samples[f'weir_users_by_score{{above="{bound:g}",domain="churn"}}'] == count
    expected = sum(n * middle for n, middle in zip(counts, middles, strict=True))
    assert samples['weir_score_sum{domain="churn"}'] == pytest.approx(expected)
    # what the processors of these tests take for now, and there is no sign of life
    assert samples['weir_stream_committed_seconds{domain="churn"}'] == 1_700_000_001.0
    assert samples['weir_stream_pulse_seconds{domain="churn"}'] == 1_700_000_001.0


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

    asyncio.run(scenario())


def test_an_alarm_comes_exactly_once(url: str, no_alarms: Settings) -> None:
    async def scenario() -> None:
        async with listening(url) as ear:
            await ear.until("status")
            push(no_alarms.redis_url, [alarm(1)])
            await ear.heard(alarm(1).id)
            push(no_alarms.redis_url, [alarm(2), alarm(3)])
            await ear.heard(alarm(3).id)
            async with listening(url) as late:
                await late.until("status")
                push(no_alarms.redis_url, [alarm(4)])
                for one in (ear, late):
                    await one.heard(alarm(4).id)
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

    asyncio.run(scenario())


def test_a_decision_comes_exactly_once(url: str, seeded: Settings) -> None:
    first = int(time.time() * 1000)

    async def scenario() -> None:
        async with listening(url) as ear:
            await ear.until("status")
            push_decisions(seeded.redis_url, [decision(first), decision(first + 1)])
            await ear.until("decision", lambda data: data["position"] == first + 1)
            async with listening(url) as late:
                await late.until("status")
                known = late.of("decisions")[0]["decisions"]
                assert [one["position"] for one in known][:2] == [first + 1, first]
                push_decisions(seeded.redis_url, [decision(first + 2)])
                for one in (ear, late):
                    await one.until("decision", lambda data: data["position"] == first + 2)
                assert len(late.of("decision")) == 1
            told = [one for one in ear.told if one.kind == "decision"]
            assert [one.data["position"] - first for one in told] == [0, 1, 2]
            for event in told:
                EVENTS["decision"].model_validate(event.data)
                assert event.data["id"] == event.id

    asyncio.run(scenario())


def test_a_retraining_is_told_as_it_gets_on_and_when_it_is_over(url: str, seeded: Settings) -> None:
    key, now = DomainKeys.of("churn").retraining, int(time.time() * 1000)

    def say(share: float, beat_at: int) -> None:
        sign = Running("a", "drift", "the loss has degraded", now, "learning", share, beat_at)
        with redis.Redis.from_url(seeded.redis_url) as client:
            client.hset(key, "running", encode(sign))

    async def scenario() -> None:
        async with listening(url, "?domain=churn") as ear:
            say(0.25, now + 60_000)
            told = await ear.until("retraining", lambda data: bool(data["running"]))
            EVENTS["retraining"].model_validate(told)
            assert told["running"]["share"] == 0.25
            say(0.5, now + 60_000)
            await ear.until("retraining", lambda data: (data["running"] or {}).get("share") == 0.5)
            say(0.5, now - 60_000)
            await ear.until("retraining", lambda data: data["running"] is None, len(ear.told))

    try:
        asyncio.run(scenario())
    finally:
        with redis.Redis.from_url(seeded.redis_url) as client:
            client.delete(key)


def test_an_emptied_list_is_noticed(url: str, no_alarms: Settings) -> None:
    async def scenario() -> None:
        async with listening(url) as ear:
            push(no_alarms.redis_url, [alarm(1)])
            await ear.heard(alarm(1).id)
            start = len(ear.told)
            with redis.Redis.from_url(no_alarms.redis_url) as client:
                client.delete(DomainKeys.of("churn").alarms)
            assert (await ear.until("alarms", start=start))["alarms"] == []

    asyncio.run(scenario())
