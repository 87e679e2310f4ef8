"""What a learner shows of its models and decisions, and forgets when a model leaves the line-up."""

import asyncio
import json
from typing import Any, get_args

from redis.asyncio import Redis

from models.contest.decisions import Kind
from models.contest.wishes import Drop, Promote
from stream.adapters.redis_control import RedisControl
from stream.adapters.redis_store import RedisStore
from stream.learner_gauges import Shown
from stream.learning import LearnerProcess
from stream.metrics import Metrics
from stream.settings import Settings, load
from stream.wishing import encode_wish
from tests.integration.api_seed import FIRST, log, process
from tests.rough_log import CHURN
from tests.stream_parts import Topics, parts, with_redis

CHAMPION, *OTHERS = (recipe.name for recipe in CHURN.recipes)


def models_in(metrics: Metrics, gauge: str) -> set[str]:
    """Models of which a gauge has series."""
    (family,) = (one for one in metrics.registry.collect() if one.name == f"weir_{gauge}")
    return {sample.labels["model"] for sample in family.samples}


def decisions(metrics: Metrics) -> dict[str, Any]:
    return {
        kind: metrics.registry.get_sample_value(
            "weir_decisions_total", {"domain": "churn", "kind": kind}
        )
        for kind in get_args(Kind)
    }


def learner(settings: Settings, client: Redis, metrics: Metrics) -> LearnerProcess:
    clock, store = iter(range(10**6)), RedisStore(client)
    emitter = parts(store, Topics()).emitter
    return LearnerProcess(
        CHURN,
        store,
        RedisControl(client),
        emitter,
        metrics,
        settings,
        lambda: 1_700_000_000.0 + next(clock),
    )


def test_a_model_that_is_gone_leaves_no_gauges(redis_url: str) -> None:
    settings = load({"redis_url": redis_url, "domains": "churn"})
    asyncio.run(process(settings, log()[:FIRST], rounds=1))
    metrics = Metrics()

    async def scenario(client: Redis) -> None:
        one, control = learner(settings, client, metrics), RedisControl(client)
        await one.claim()
        assert decisions(metrics) == dict.fromkeys(get_args(Kind), 0.0)
        await one.publish(force=True)
        one._unpublished = True  # as when an example has come: what is published is measured
        await one.publish(force=True)
        one.measure()
        assert models_in(metrics, "prequential_labels") == {CHAMPION, *OTHERS}
        assert models_in(metrics, "estimated_snapshots") == {CHAMPION}

        await control.wish("churn", "1-a", encode_wish(Drop("1-a", "test", OTHERS[0])))
        await one.publish()
        one.measure()
        for gauge in (
            "prequential_labels",
            "prequential_brier",
            "predicted_sum",
            "realised_sum",
        ):
            assert models_in(metrics, gauge) == {CHAMPION, OTHERS[1]}, gauge
        assert decisions(metrics)["dropped"] == 1.0

        # what is expected of the newest scores is the champion's: the former one leaves none behind
        await control.wish("churn", "2-b", encode_wish(Promote("2-b", "test")))
        await one.publish()
        one.measure()
        assert models_in(metrics, "prequential_labels") == {CHAMPION, OTHERS[1]}
        assert models_in(metrics, "estimated_snapshots") <= {OTHERS[1]}

    with_redis(redis_url, scenario)


def test_the_contests_are_told_as_they_stand_also_when_no_more_labels_come(redis_url: str) -> None:
    settings = load({"redis_url": redis_url, "domains": "churn"})
    asyncio.run(process(settings, log()[:FIRST], rounds=1))
    seconds = [1_700_000_000.0]

    async def scenario(client: Redis) -> None:
        store = RedisStore(client)
        one = LearnerProcess(
            CHURN,
            store,
            RedisControl(client),
            parts(store, Topics()).emitter,
            Metrics(),
            settings,
            lambda: seconds[0],
        )
        await one.claim()

        async def told() -> int:
            _, lineup = await store.serves("churn")
            return int(json.loads(lineup or b"")["challengers"][0]["labels"])

        one._unpublished = True
        await one.publish(force=True)
        before = await told()
        contest = one._learner.lineup.contests[OTHERS[0]]
        for labels, wait in ((1, 6.0), (2, 1.0)):  # the second comes soon after the first
            seconds[0] += wait
            contest.add("u", dict.fromkeys((CHAMPION, OTHERS[0]), 0.5), 1.0, CHURN.objective)
            one._unpublished = True
            await one.publish(force=True)
            assert await told() == before + 1, labels
        seconds[0] += 3.0
        await one.publish()
        assert await told() == before + 1
        seconds[0] += 3.0
        await one.publish()
        assert await told() == before + 2

    with_redis(redis_url, scenario)


def test_only_what_a_round_has_left_out_is_forgotten() -> None:
    metrics = Metrics()
    shown = Shown(metrics)
    value = metrics.registry.get_sample_value
    one, other = ({"domain": "churn", "feature": name} for name in ("a", "b"))
    metrics.set("drift_shift", 9.0, "churn", "c")  # somebody else's
    shown.set("drift_shift", 1.0, "churn", "a")
    shown.set("drift_shift", 2.0, "churn", "b")
    shown.end()
    shown.set("drift_shift", 3.0, "churn", "a")
    shown.end()
    assert (value("weir_drift_shift", one), value("weir_drift_shift", other)) == (3.0, None)
    assert value("weir_drift_shift", {"domain": "churn", "feature": "c"}) == 9.0
    shown.set("drift_shift", 4.0, "churn", "b")
    shown.end()
    assert (value("weir_drift_shift", one), value("weir_drift_shift", other)) == (None, 4.0)
