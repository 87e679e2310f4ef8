"""The full worker with more and more users in Redis: events a second, and bytes a user."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import redis

from benchmarks.job import Timing, timed
from benchmarks.scaling.population import Population, write
from benchmarks.workload import BrokerKind, preload, stack
from stream import topics
from stream.keys import PartitionKeys

#: What a partition keeps of users, one key each.
KEYS = ("state", "pending", "due", "rank")


@dataclass(frozen=True)
class Size:
    """A number of users, and what they cost.

    Attributes:
        users: in Redis when the worker starts.
        events: in the log that waits for it.
        active: how many users these are of: each is loaded from Redis once, if the cache can hold
            them.
        hours: of event time that the log covers.
        timing: of the worker.
        key_bytes: bytes a user by key, as Redis tells them (MEMORY USAGE), before the events.
        used_bytes: bytes a user of all that Redis uses, likewise.
    """

    users: int
    events: int
    active: int
    hours: float
    timing: Timing
    key_bytes: Mapping[str, float]
    used_bytes: float


def measure(
    found: Population,
    users: int,
    events: int,
    kind: BrokerKind,
    partitions: int,
    settings: Mapping[str, str] | None = None,
) -> Size:
    """Fill a Redis with users, and let one worker process what comes next of them.

    Args:
        found: who is copied.
        users: how many are to be in Redis.
        events: how many wait in Kafka, at most.
        kind: which broker.
        partitions: of the events.
        settings: more environment variables of the worker.
    """
    records = found.log(users, events, partitions)
    with stack(kind, partitions) as where:
        empty = _used(where.redis.url)
        write(found, users, where.redis.url, partitions)
        key_bytes = _by_key(where.redis.url, partitions, users)
        used = (_used(where.redis.url) - empty) / users
        asyncio.run(preload(where.broker.address, topics.events("churn"), records))
        child = where.start("worker", "stream", "worker", **(settings or {}))
        try:
            timing = timed(where, len(records), [child])
        finally:
            child.stop(20)
    hours = (found.time_of(records[-1].value) - found.at) / 3_600_000
    active = len({record.key for record in records})
    return Size(users, len(records), active, hours, timing, key_bytes, used)


def _used(url: str) -> int:
    with redis.Redis.from_url(url) as client:
        return int(client.info("memory")["used_memory"])


def _by_key(url: str, partitions: int, users: int) -> dict[str, float]:
    total = dict.fromkeys(KEYS, 0)
    with redis.Redis.from_url(url, socket_timeout=120) as client:
        for partition in range(partitions):
            keys = PartitionKeys.of("churn", partition)
            for name in KEYS:
                total[name] += client.memory_usage(getattr(keys, name), samples=0) or 0
    return {name: size / users for name, size in total.items()}
