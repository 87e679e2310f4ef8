"""The processor on a real Redis: cut anywhere, killed anywhere, it ends where a backtest ends."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import msgspec
import orjson
import pytest
import redis

from models import domains
from models.book import Counts, Progress
from models.effects import Example
from models.engine import Engine
from models.learner import Learner
from models.state import StateCodec
from replay.generate.churn import lines
from replay.generate.plan import Plan
from stream.adapters.partitioner import partition_of
from stream.adapters.redis_store import RedisStore
from stream.backtest import Backtest
from stream.digest import state_digest
from stream.emitter import Emitter
from stream.errors import Fenced, TooMuchRejected
from stream.keys import PartitionKeys
from stream.metrics import Metrics
from stream.processor import Parts, Processor
from stream.settings import Settings, load

CHURN = domains.load("churn")
PARTITIONS = 3


class Killed(Exception):
    """The worker dies here."""


@dataclass
class Raw:
    """A record as Kafka would hand it over."""

    offset: int
    value: bytes | None
    key: bytes | None = None
    timestamp: int = 1_700_000_000_000


@dataclass
class Topics:
    """Collects what is written; dies when told to, after Kafka has the records."""

    records: list[tuple[str, int, bytes | None]] = field(default_factory=list)
    headers: list[dict[str, bytes]] = field(default_factory=list)
    dies: Callable[[], bool] = lambda: False

    def append(
        self,
        topic: str,
        partition: int,
        *,
        key: bytes | None,
        value: bytes | None,
        headers: Sequence[tuple[str, bytes]] = (),
    ) -> None:
        self.records.append((topic, partition, value))
        self.headers.append(dict(headers))

    async def flush(self) -> None:
        if self.dies():
            raise Killed

    def of(self, topic: str) -> list[bytes | None]:
        return [value for name, _, value in self.records if name == topic]


def parts(store: RedisStore, topics: Topics, domain: Any = CHURN, **settings: object) -> Parts:
    chosen: Settings = load({"domains": "churn", **settings})
    return Parts(
        domain=domain,
        engine=Engine(domain, Learner(CHURN).predictors()),
        codec=StateCodec(domain.data_type),
        store=store,
        emitter=Emitter("churn", topics),
        metrics=Metrics(),
        settings=chosen,
        now=lambda: 1_700_000_001.0,
    )


def with_store(url: str, scenario: Callable[[RedisStore], Awaitable[None]]) -> None:
    async def main() -> None:
        store = RedisStore.from_url(url)
        try:
            await scenario(store)
        finally:
            await store.close()

    asyncio.run(main())


def rough_log(seed: int) -> list[bytes]:
    """Return a generated log with duplicates, late events, and records that cannot be used."""
    rng = random.Random(seed)
    log = [line for _, line in lines(Plan(users=12, days=20, seed=seed))]
    for _ in range(len(log) // 50):
        at = rng.randrange(len(log) - 200)
        log.insert(at + rng.randrange(1, 4), log[at])
        moved = log.pop(rng.randrange(len(log)))
        log.insert(rng.randrange(len(log)), moved)
        log.insert(rng.randrange(len(log)), rng.choice([b"{", b"", b"[]", b'{"ts": "x"}']))
    return log


def by_partition(log: Sequence[bytes]) -> list[list[Raw]]:
    """Lay out a log as the stream would; what has no user goes anywhere."""
    partitions: list[list[Raw]] = [[] for _ in range(PARTITIONS)]
    for number, line in enumerate(log):
        try:
            user = str(orjson.loads(line).get("userId") or "")
        except (orjson.JSONDecodeError, AttributeError):
            user = ""
        target = partitions[partition_of(user, PARTITIONS) if user else number % PARTITIONS]
        target.append(Raw(len(target), line))
    return partitions


def stored(url: str) -> tuple[str, Counts]:
    """Return digest and counts of all that is in Redis."""
    users: list[tuple[str, bytes, bytes | None]] = []
    counts = Counts()
    with redis.Redis.from_url(url) as client:
        for partition in range(PARTITIONS):
            keys = PartitionKeys.of("churn", partition)
            waiting: Any = client.hgetall(keys.pending)
            states: Any = client.hgetall(keys.state)
            users += [(u.decode(), state, waiting.get(u)) for u, state in states.items()]
            progress: Any = client.hget(keys.meta, "progress")
            counts = counts.plus(msgspec.msgpack.decode(progress, type=Progress).counts)
    return state_digest(StateCodec(CHURN.data_type), users), counts


@pytest.mark.parametrize("seed", range(3))
def test_cut_anywhere_and_killed_anywhere_it_equals_the_backtest(redis_url: str, seed: int) -> None:
    log = rough_log(seed)
    examples: list[Example] = []
    whole = Backtest(CHURN, PARTITIONS, on_example=examples.append)
    for number, line in enumerate(log):
        whole.feed(number, line)
    expected = whole.result(0, 0)

    rng = random.Random(seed)
    topics = Topics(dies=lambda: rng.random() < 0.15)
    kills = 0

    async def scenario(store: RedisStore) -> None:
        nonlocal kills
        shared = parts(store, topics, due_batch=rng.choice([3, 17, 2000]), cache_users=5)
        for partition, records in enumerate(by_partition(log)):
            done = False
            while not done:
                processor = Processor(shared, partition, await store.claim("churn", partition))
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
    digest, counts = stored(redis_url)
    assert digest == expected.state_sha256
    assert counts.unaccounted == 0
    assert counts.records == expected.events == len(log)
    for name in ("rejected", "anonymous", "duplicates", "late", "outcomes", "scored", "users"):
        assert getattr(counts, name) == getattr(expected, name), name
    assert counts.labels == expected.labels
    assert expected.duplicates > 0 < expected.late

    emitted: dict[tuple[int, int], Example] = {}
    for raw in topics.of("examples.churn"):
        example = msgspec.json.decode(raw or b"", type=Example)
        twin = emitted.setdefault((example.partition, example.seq), example)
        assert (twin.id, twin.features, twin.label) == (
            example.id,
            example.features,
            example.label,
        )
    facts = [(e.partition, e.seq, e.id, e.label, e.label_at, e.features) for e in examples]
    assert sorted(facts, key=lambda f: f[:2]) == [
        (*place, e.id, e.label, e.label_at, e.features) for place, e in sorted(emitted.items())
    ]


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
    log = [line for _, line in lines(Plan(users=5, days=3, seed=1))]

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


def test_an_owner_that_was_superseded_writes_no_state(redis_url: str) -> None:
    log = [line for _, line in lines(Plan(users=5, days=2, seed=1))][:200]
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
    log = [line for _, line in lines(Plan(users=20, days=5, seed=3))]
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
