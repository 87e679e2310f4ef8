"""Twelve thousand damaged records: nothing crashes, nothing is lost from view, no NaN gets in."""

import math
import random
from collections.abc import Callable
from typing import Any

import orjson
import redis

from models.learner import Learner
from models.predictors import Predictors
from stream.adapters.redis_store import RedisStore
from stream.processor import Processor
from tests.rough_log import CHURN, in_redis, made_log
from tests.stream_parts import Raw, Topics, parts, with_store

RECORDS = 12_000
NAME = "Zebedinho"

ODD: list[object] = [
    None, "", " ", "\x00", "\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace"),
    "NaN", "Infinity", "-1", "1e999", "12", '"12"', '""quoted""', "x" * 5000, "2018-10-01",
    0, -1, 1, 2**31, 2**63, 2**80, -(2**80), 1e308, 0.1, True, False, [], [1], {}, {"a": 1},
    4_102_444_800_000, 1_538_352_000_000, "1538352000000", 1_538_352_000,
]  # fmt: skip

Mutation = Callable[[random.Random, dict[str, object]], bytes]


def odd_value(rng: random.Random, record: dict[str, object]) -> bytes:
    record[rng.choice(list(record))] = rng.choice(ODD)
    return orjson_or_json(record)


def missing_keys(rng: random.Random, record: dict[str, object]) -> bytes:
    for key in rng.sample(list(record), rng.randrange(1, len(record))):
        del record[key]
    return orjson_or_json(record)


def no_number(rng: random.Random, record: dict[str, object]) -> bytes:
    key = rng.choice(["length", "ts", "registration", "itemInSession", "sessionId"])
    text = rng.choice([b"NaN", b"Infinity", b"-Infinity", b"1e999"])
    return orjson_or_json(record | {key: "HERE"}).replace(b'"HERE"', text)


def damaged_bytes(rng: random.Random, record: dict[str, object]) -> bytes:
    raw = bytearray(orjson_or_json(record))
    for _ in range(rng.randrange(1, 8)):
        raw[rng.randrange(len(raw))] = rng.randrange(256)
    return bytes(raw)


def cut_off(rng: random.Random, record: dict[str, object]) -> bytes:
    raw = orjson_or_json(record)
    return raw[: rng.randrange(len(raw))]


def other_page(rng: random.Random, record: dict[str, object]) -> bytes:
    return orjson_or_json(record | {"page": rng.choice(["Paywall", "home", "NEXTSONG", "Müsik"])})


def moved_in_time(rng: random.Random, record: dict[str, object]) -> bytes:
    ts = record["ts"]
    assert isinstance(ts, int)
    return orjson_or_json(record | {"ts": ts + rng.randrange(-(10**11), 10**11)})


def nothing(_: random.Random, record: dict[str, object]) -> bytes:
    return orjson_or_json(record)


def orjson_or_json(record: dict[str, object]) -> bytes:
    return orjson.dumps(
        {k: float(v) if isinstance(v, int) and abs(v) > 2**63 else v for k, v in record.items()}
    )


MUTATIONS: list[Mutation] = [
    odd_value, odd_value, missing_keys, no_number, damaged_bytes, cut_off, other_page,
    moved_in_time, nothing, nothing,
]  # fmt: skip


class Watching(Predictors):
    """Refuses to score what is not finite."""

    def score(self, features: dict[str, float]) -> float:
        assert tuple(features) == CHURN.feature_names
        assert all(math.isfinite(value) for value in features.values()), features
        return super().score(features)


def damaged(seed: int) -> list[bytes]:
    rng = random.Random(seed)
    records = []
    for line in made_log(60, 20, seed)[:RECORDS]:
        record: dict[str, object] = orjson.loads(line) | {"firstName": NAME, "lastName": NAME}
        records.append(rng.choice(MUTATIONS)(rng, record))
    return records


def test_nothing_crashes_and_everything_is_accounted_for(redis_url: str) -> None:
    log, topics = damaged(3), Topics()
    assert len(log) >= 10_000

    async def scenario(store: RedisStore) -> None:
        shared = parts(store, topics)
        unlearnt = Learner(CHURN).predictors()
        shared.engine.scorer = Watching(unlearnt.version, unlearnt.models, unlearnt.means)
        processor = Processor(shared, 0, await store.claim("churn", 0))
        records = [Raw(offset, value) for offset, value in enumerate(log)]
        for first in range(0, len(records), 500):
            await processor.process(records[first : first + 500])

    with_store(redis_url, scenario)
    _, counts = in_redis(redis_url, 1)
    assert counts.records == len(log)
    assert counts.unaccounted == 0
    assert counts.rejected == len(topics.of("dlq.churn")) > 1000
    assert counts.scored == sum(
        orjson.loads(raw or b"")["offset"] >= 0 for raw in topics.of("scores.churn")
    )
    assert counts.scored > 1000
    reasons = {h["weir-reason"] for h in topics.headers if "weir-reason" in h}
    assert {b"bad_json", b"bad_ts", b"bad_page", b"bad_user", b"clock_jump"} <= reasons
    assert b"domain_error" not in reasons
    assert all(
        math.isfinite(orjson.loads(raw or b"")["score"]) for raw in topics.of("scores.churn")
    )


def test_personal_names_reach_no_state_no_output_and_no_reason(redis_url: str) -> None:
    log, topics = damaged(4)[:3000], Topics()

    async def scenario(store: RedisStore) -> None:
        processor = Processor(parts(store, topics), 0, await store.claim("churn", 0))
        await processor.process([Raw(offset, value) for offset, value in enumerate(log)])

    with_store(redis_url, scenario)
    name = NAME.encode()
    assert all(
        name not in (value or b"") for topic, _, value in topics.records if "dlq" not in topic
    )
    assert all(name not in text for headers in topics.headers for text in headers.values())
    with redis.Redis.from_url(redis_url) as client:
        for key in client.scan_iter():
            assert name not in _content(client, key)


def _content(client: Any, key: bytes) -> bytes:
    if client.type(key) == b"zset":
        return b" ".join(client.zrange(key, 0, -1))
    return b" ".join(part for pair in client.hgetall(key).items() for part in pair)
