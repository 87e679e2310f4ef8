"""The processor on a real Redis: cut anywhere, killed anywhere, it ends where a backtest ends."""

import random
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import msgspec
import orjson
import pytest
import redis

from models import domains
from models.effects import Example
from stream.adapters.partitioner import partition_of
from stream.adapters.redis_store import RedisStore
from stream.backtest import Backtest
from stream.errors import Fenced, TooMuchRejected
from stream.keys import PartitionKeys
from stream.latest import decode_latest
from stream.processor import Processor
from tests.rough_log import CHURN, in_redis, made_log, rough_log, user_of
from tests.stream_parts import Killed, Raw, Topics, parts, with_store

PARTITIONS = 3


def fact(e: Example) -> tuple[object, ...]:
    """What an example says, but for the predictions: they depend on when a model came."""
    known = (e.age, e.window, e.gain, e.label, e.label_at, e.due, e.known)
    return (e.partition, e.seq, e.id, *known, e.features)


def by_partition(log: Sequence[bytes]) -> list[list[Raw]]:
    """Lay out a log as the stream would; what has no user goes anywhere."""
    partitions: list[list[Raw]] = [[] for _ in range(PARTITIONS)]
    for number, line in enumerate(log):
        user = user_of(line)
        target = partitions[partition_of(user, PARTITIONS) if user else number % PARTITIONS]
        target.append(Raw(len(target), line))
    return partitions


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("name", "users"), [("churn", 12), ("revenue", 300)])
def test_cut_anywhere_and_killed_anywhere_it_equals_the_backtest(
    redis_url: str, name: str, users: int, seed: int
) -> None:
    log, domain = rough_log(users, 20, seed, name), domains.load(name)
    examples: list[Example] = []
    whole = Backtest(domain, PARTITIONS, on_example=examples.append)
    for number, line in enumerate(log):
        whole.feed(number, line)
    expected = whole.result(0, 0)

    rng = random.Random(seed)
    topics = Topics(dies=lambda: rng.random() < 0.15)
    kills = 0

    async def scenario(store: RedisStore) -> None:
        nonlocal kills
        batch = rng.choice([3, 17, 2000])
        shared = parts(store, topics, domain, due_batch=batch, cache_users=5)
        for partition, records in enumerate(by_partition(log)):
            done = False
            while not done:
                processor = Processor(shared, partition, await store.claim(name, partition))
                try:
                    while processor.offset < len(records):
                        first = processor.offset
                        await processor.process(records[first : first + rng.choice([1, 9, 400])])
                        if rng.random() < 0.02:
                            raise Killed
                    done = True
                except Killed:
                    kills += 1

    with_store(redis_url, scenario)
    assert kills >= 10
    digest, counts = in_redis(redis_url, PARTITIONS, name)
    assert digest == expected.state_sha256
    assert counts.unaccounted == 0
    assert counts.records == expected.events == len(log)
    for what in ("rejected", "anonymous", "duplicates", "late", "outcomes", "scored", "users"):
        assert getattr(counts, what) == getattr(expected, what), what
    assert counts.labels == expected.labels
    assert expected.duplicates > 0 < expected.late

    emitted: dict[tuple[int, int], Example] = {}
    for raw in topics.of(f"examples.{name}"):
        example = msgspec.json.decode(raw or b"", type=Example)
        twin = emitted.setdefault((example.partition, example.seq), example)
        assert fact(twin) == fact(example)
    ours = sorted(examples, key=lambda e: (e.partition, e.seq))
    assert [fact(e) for e in ours] == [fact(e) for _, e in sorted(emitted.items())]


def test_the_dead_letter_topic_gets_the_bytes_the_reason_and_the_source(redis_url: str) -> None:
    topics = Topics()

    async def scenario(store: RedisStore) -> None:
        processor = Processor(parts(store, topics), 2, await store.claim("churn", 2))
        await processor.process([Raw(0, b'{"page": "Home", "firstName": "Walter", oops')])

    with_store(redis_url, scenario)
    assert topics.records == [("dlq.churn", 2, b'{"page": "Home", "firstName": "Walter", oops')]
    assert topics.headers[0]["weir-reason"] == b"bad_json"
    assert topics.headers[0]["weir-source"] == b"events.churn/2/0"
    assert b"Walter" not in topics.headers[0]["weir-detail"]


def test_scores_come_in_order_and_name_the_model(redis_url: str) -> None:
    topics = Topics()
    log = made_log(5, 3, 1)

    async def scenario(store: RedisStore) -> None:
        shared = parts(store, topics)
        records = [Raw(number, line) for number, line in enumerate(log)]
        await Processor(shared, 0, await store.claim("churn", 0)).process(records)

    with_store(redis_url, scenario)
    scores = [orjson.loads(raw or b"") for raw in topics.of("scores.churn")]
    events = [score for score in scores if score["offset"] >= 0]
    assert all(a["offset"] < b["offset"] for a, b in pairwise(events))
    assert len({score["id"] for score in scores}) == len(scores) > 100
    assert all(0 < s["score"] < 1 and s["model_version"].endswith("@0") for s in scores)


def test_the_newest_scores_are_there_to_look_at(redis_url: str) -> None:
    topics = Topics()

    async def scenario(store: RedisStore) -> None:
        processor = Processor(parts(store, topics), 0, await store.claim("churn", 0))
        records = [Raw(number, line) for number, line in enumerate(made_log(5, 3, 1))]
        for first in range(0, len(records), 100):
            await processor.process(records[first : first + 100])
            with redis.Redis.from_url(redis_url) as client:
                raw: Any = client.hget(PartitionKeys.of("churn", 0).meta, "latest")
            written = [orjson.loads(score or b"") for score in topics.of("scores.churn")]
            shown = [(s.user_id, s.score, s.at, s.version) for s in decode_latest(raw)]
            assert shown == [
                (s["user_id"], s["score"], s["at"], s["model_version"]) for s in written[-10:]
            ]

    with_store(redis_url, scenario)


def test_an_owner_that_was_superseded_writes_no_state(redis_url: str) -> None:
    log = made_log(5, 2, 1)[:200]
    records = [Raw(number, line) for number, line in enumerate(log)]

    async def scenario(store: RedisStore) -> None:
        shared = parts(store, Topics())
        zombie = Processor(shared, 0, await store.claim("churn", 0))
        await zombie.process(records[:50])
        owner = Processor(shared, 0, await store.claim("churn", 0))
        with pytest.raises(Fenced):
            await zombie.process(records[50:100])
        assert owner.offset == 50
        await owner.process(records[50:])
        assert owner.offset == len(records)

    with_store(redis_url, scenario)


class Faulty(type(CHURN)):  # type: ignore[misc]  # the class of the installed domain
    """A domain with a bug: it fails on one page, with the state half changed."""

    def update(self, data: Any, event: Any) -> None:
        super().update(data, event)
        if event.page == "Help":
            raise KeyError("Walter")


def test_a_domains_bug_costs_the_event_and_nothing_else(redis_url: str) -> None:
    topics = Topics()
    log = made_log(20, 5, 3)
    healthy = [line for line in log if b'"Help"' not in line or b'"userId":""' in line]
    assert len(healthy) < len(log)

    async def scenario(store: RedisStore) -> None:
        shared = parts(store, topics, domain=Faulty())
        processor = Processor(shared, 0, await store.claim("churn", 0))
        await processor.process([Raw(number, line) for number, line in enumerate(log)])
        processor = Processor(parts(store, Topics()), 1, await store.claim("churn", 1))
        await processor.process([Raw(number, line) for number, line in enumerate(healthy)])

    with_store(redis_url, scenario)
    with redis.Redis.from_url(redis_url) as client:
        faulty: Any = client.hgetall(PartitionKeys.of("churn", 0).state)
        without: Any = client.hgetall(PartitionKeys.of("churn", 1).state)
    assert faulty == without
    letters = [h for (t, _, _), h in zip(topics.records, topics.headers, strict=True) if "dlq" in t]
    assert len(letters) == len(log) - len(healthy)
    assert {h["weir-reason"] for h in letters} == {b"domain_error"}
    assert all(b"Walter" not in h["weir-detail"] for h in letters)


def test_it_stops_when_nearly_nothing_can_be_used(redis_url: str) -> None:
    async def scenario(store: RedisStore) -> None:
        processor = Processor(parts(store, Topics()), 0, await store.claim("churn", 0))
        with pytest.raises(TooMuchRejected, match=r"dlq\.churn"):
            for first in range(0, 20_000, 2000):
                chunk = [Raw(offset, b"not json") for offset in range(first, first + 2000)]
                await processor.process(chunk)
        assert processor.offset == 10_000

    with_store(redis_url, scenario)


def test_real_time_moves_an_idle_partition(redis_url: str) -> None:
    topics = Topics()
    day = 86_400_000
    event = {"userId": "1", "page": "Home", "auth": "Logged In", "ts": 1_700_000_000_000 - 9 * day}

    async def scenario(store: RedisStore) -> None:
        shared = parts(store, topics, clock="wall", due_batch=2)
        processor = Processor(shared, 0, await store.claim("churn", 0))
        await processor.process([Raw(0, orjson.dumps(event))])
        await processor.tick(1_700_000_000_000)
        assert processor.watermark == 1_700_000_000_000
        await processor.tick(1_600_000_000_000)
        assert processor.watermark == 1_700_000_000_000

    with_store(redis_url, scenario)
    assert len(topics.of("scores.churn")) == 1 + 9


def test_wall_clock_refuses_events_from_the_future(redis_url: str) -> None:
    topics = Topics()
    event = {"userId": "1", "page": "Home", "auth": "Logged In", "ts": 1_700_010_000_000}

    async def scenario(store: RedisStore) -> None:
        shared = parts(store, topics, clock="wall")
        processor = Processor(shared, 0, await store.claim("churn", 0))
        await processor.process([Raw(0, orjson.dumps(event))])

    with_store(redis_url, scenario)
    assert topics.headers[0]["weir-reason"] == b"future_ts"
