"""How many examples a second one learner takes: there is one log, and one learner a domain."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.workload import Record
from models import domains
from models.effects import Example, Snapshot
from stream.adapters.redis_connection import connect
from stream.adapters.redis_control import RedisControl
from stream.adapters.redis_store import RedisStore
from stream.backtest import Backtest
from stream.emitter import Emitter
from stream.learning import LearnerProcess
from stream.metrics import Metrics
from stream.records import encode_example
from stream.settings import load


@dataclass
class _Raw:
    offset: int
    value: bytes
    key: bytes | None = None
    timestamp: int = 0


class _Nowhere:
    """A ``Writer``: alarms and decisions are few, and go nowhere."""

    def append(self, *_: object, **__: object) -> None:
        """Forget it."""

    async def flush(self) -> None:
        """Wait for nothing."""


def examples(records: Sequence[Record]) -> list[bytes]:
    """Return what a log makes for the learner: labels, and the snapshots that drift looks at."""
    found: list[Example | Snapshot] = []
    whole = Backtest(domains.load("churn"), 4, on_example=found.append, on_taken=found.append)
    for number, record in enumerate(records):
        whole.feed(number, record.value)
    return [encode_example(one) for one in found]


def rate(values: Sequence[bytes], redis_url: str) -> float:
    """Return the records a second that the worker's learner takes, publications included.

    Args:
        values: of the examples log.
        redis_url: an empty Redis.
    """
    return asyncio.run(_rate(values, redis_url))


async def _rate(values: Sequence[bytes], redis_url: str) -> float:
    settings = load({"redis_url": redis_url, "domains": "churn"})
    async with connect(redis_url) as client:
        learner = LearnerProcess(
            domains.load("churn"),
            RedisStore(client),
            RedisControl(client),
            Emitter("churn", _Nowhere()),
            Metrics(),
            settings,
            time.time,
        )
        await learner.claim()
        raw = [_Raw(offset, value) for offset, value in enumerate(values)]
        started = time.perf_counter()
        for first in range(0, len(raw), settings.chunk_records):
            await learner.process(raw[first : first + settings.chunk_records])
        await learner.publish(force=True)
        return len(raw) / (time.perf_counter() - started)
