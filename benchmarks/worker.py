"""The full worker, from the broker to Redis and the output topics; and a stock Faust agent."""

import asyncio
import time
from collections.abc import Callable
from statistics import median

import redis

from benchmarks.job import counted
from benchmarks.workload import PARTITIONS, Record, preload, stack
from stream import topics
from stream.embedded.process import ChildProcess
from stream.keys import PartitionKeys

_LIMIT_SECONDS = 180


def worker_rate(records: list[Record], **settings: str) -> tuple[float, tuple[float, float]]:
    """Let one worker process score a log that waits for it.

    Args:
        records: the log.
        settings: environment variables of the worker.

    Returns:
        Events a second, and what ``memory_a_user`` finds in the end.
    """
    with stack() as where:
        asyncio.run(preload(where.broker.address, topics.events("churn"), records))
        child = where.start("worker", "stream", "worker", **settings)
        rate = _rate(child, lambda: _committed(where.redis.url), len(records))
        return rate, memory_a_user(where.redis.url)


def watch_cost(records: list[Record], rounds: int = 4) -> tuple[float, float, float]:
    """Return the worker's speed with drift watched for over that without, and both speeds.

    In pairs, each the other way round than the one before, so that both meet the same neighbours on
    the machine; the median of the pairs' ratios, and of the events a second.
    """
    rates: dict[str, list[float]] = {"true": [], "false": []}
    for number in range(rounds):
        for watched in sorted(rates, reverse=bool(number % 2)):
            rates[watched].append(worker_rate(records, WEIR_WATCH_DRIFT=watched)[0])
    ratio = median(w / u for w, u in zip(rates["true"], rates["false"], strict=True))
    return ratio, median(rates["true"]), median(rates["false"])


def stock_rate(records: list[Record]) -> float:
    """Return the events a second of a Faust agent that only parses the JSON and counts."""
    with stack() as where:
        asyncio.run(preload(where.broker.address, topics.events("churn"), records))
        count = where.directory / "count"
        count.write_text("0")
        child = where.start("stock", "benchmarks.stock_agent", where.broker.url, str(count))
        return _rate(child, lambda: int(count.read_text() or 0), len(records))


def memory_a_user(redis_url: str) -> tuple[float, float]:
    """Return the bytes that Redis needs for a user: state alone; waiting snapshots and all."""
    states, others, users = 0, 0, 0
    with redis.Redis.from_url(redis_url) as client:
        for partition in range(PARTITIONS):
            keys = PartitionKeys.of("churn", partition)
            states += client.memory_usage(keys.state, samples=0) or 0
            for key in (keys.pending, keys.due, keys.rank):
                others += client.memory_usage(key, samples=0) or 0
            users += client.hlen(keys.state)
    return states / users, (states + others) / users


def _committed(redis_url: str) -> int:
    with redis.Redis.from_url(redis_url) as client:
        return counted(client, PARTITIONS).records


def _rate(child: ChildProcess, done: Callable[[], int], total: int) -> float:
    """Return the rate from the first record seen done to the last (or for half a minute)."""
    begun = at = 0.0
    first = now = 0
    limit = time.monotonic() + _LIMIT_SECONDS
    try:
        while now < total and (not begun or at - begun < 30):
            if child.exit_code() is not None or time.monotonic() > limit:
                raise SystemExit(child.epitaph())
            now, at = done(), time.monotonic()
            if now and not begun:
                begun, first = at, now
            time.sleep(0.05)
        return (now - first) / (at - begun)
    finally:
        child.stop()
