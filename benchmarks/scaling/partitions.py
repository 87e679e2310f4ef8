"""One worker with more and more partitions; and the bytes that Kafka stores a record."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.job import Timing, timed
from benchmarks.workload import BrokerKind, Stack, churn_records, preload, stack
from stream import topics
from stream.adapters import ping

_TOPICS = {
    "events": topics.events("churn"),
    "scores": topics.scores("churn"),
    "examples": topics.examples("churn"),
}


@dataclass(frozen=True)
class Spread:
    """A number of partitions.

    Attributes:
        partitions: how many.
        timing: of one worker.
        stored: bytes a record in Kafka's files, by what it is; empty on the embedded broker, which
            has none. All were written in batches as large as they come when there is a backlog.
    """

    partitions: int
    timing: Timing
    stored: Mapping[str, float]


def measure(users: int, days: int, kind: BrokerKind, partitions: int) -> Spread:
    """Let one worker process a generated log."""
    records = churn_records(users, days, partitions)
    with stack(kind, partitions) as where:
        asyncio.run(preload(where.broker.address, topics.events("churn"), records))
        child = where.start("worker", "stream", "worker")
        try:
            timing = timed(where, len(records), [child])
        finally:
            child.stop(20)
        return Spread(partitions, timing, _stored(where))


def _stored(where: Stack) -> dict[str, float]:
    logs = where.broker.data_dir / "logs"
    if not logs.is_dir():
        return {}
    found = {}
    for what, topic in _TOPICS.items():
        number = 1 if what == "examples" else where.partitions
        extents = ping.extents(where.broker.address, {topic: number})
        records = sum(extent.end - extent.begin for extent in extents.values())
        found[what] = _size(logs, topic) / max(1, records)
    return found


def _size(logs: Path, topic: str) -> int:
    return sum(file.stat().st_size for file in logs.glob(f"{topic}-*/*.log"))
