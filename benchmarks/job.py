"""The whole job, timed: a log that waits in Kafka, until all of it is scored and learnt."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import redis

from benchmarks.processes import cpu_seconds, queued_seconds
from benchmarks.workload import Stack
from models.book import Counts, Progress
from stream import topics
from stream.adapters import ping
from stream.embedded.process import ChildProcess
from stream.keys import DomainKeys, PartitionKeys

_LIMIT_SECONDS = 240
_LOOK_SECONDS = 0.05

#: Between these shares of the events everybody has work: nobody starts any more, nor has ended.
_STEADY = (0.1, 0.8)


@dataclass(frozen=True)
class Timing:
    """How fast it went.

    Attributes:
        scored: events/s from the first commit until all are committed.
        learnt: likewise, until the examples are learnt too, and published.
        steady: events/s between a tenth of the events and four fifths.
        cores: processors' worth of time that each of the parts took until all were committed; and
            "queue", that the workers' threads waited for a processor that others had.
        behind: share of the examples not yet learnt at that moment.
        work: microseconds of the processors that the workers took an event, until all was learnt;
            it tells more than the speeds where neighbours take the processors now and then.
    """

    scored: float
    learnt: float
    steady: float
    cores: Mapping[str, float]
    behind: float
    work: float


def timed(where: Stack, total: int, children: Sequence[ChildProcess]) -> Timing:
    """Wait until the job is done, and tell how fast it went.

    Args:
        where: the stack; its Redis was empty when the children were started.
        total: events in the log.
        children: who does it.

    Raises:
        SystemExit: one of them has ended, or it takes too long; the message has its last words.
    """
    limit = time.monotonic() + _LIMIT_SECONDS
    seen: list[tuple[float, int]] = []
    before: dict[str, float] = {}
    with redis.Redis.from_url(where.redis.url) as client:
        while not seen or seen[-1][1] < total:
            _check(children, limit)
            counts, at = counted(client, where.partitions), time.monotonic()
            if counts.records:
                before = before or _taken(where, children)
                if not seen or counts.records > seen[-1][1]:
                    seen.append((at, counts.records))
            time.sleep(_LOOK_SECONDS)
        (begun, first), (scored, _) = seen[0], seen[-1]
        cores = {
            name: (seconds - before[name]) / (scored - begun)
            for name, seconds in _taken(where, children).items()
        }
        examples = _examples(where)
        behind = 1 - min(1.0, _learnt(client) / max(1, examples))
        while _learnt(client) < examples:
            _check(children, limit)
            time.sleep(_LOOK_SECONDS)
        learnt, work = time.monotonic(), _taken(where, children)["workers"] - before["workers"]
    return Timing(
        scored=(total - first) / (scored - begun),
        learnt=(total - first) / (learnt - begun),
        steady=_steady(seen, total),
        cores=cores,
        behind=behind,
        work=work / (total - first) * 1e6,
    )


def counted(client: "redis.Redis", partitions: int) -> Counts:
    """Return what became of the records of all partitions so far, as committed."""
    counts = Counts()
    for partition in range(partitions):
        raw: Any = client.hget(PartitionKeys.of("churn", partition).meta, "progress")
        if raw is not None:
            counts = counts.plus(msgspec.msgpack.decode(raw, type=Progress).counts)
    return counts


def _steady(seen: Sequence[tuple[float, int]], total: int) -> float:
    low, high = (next(one for one in seen if one[1] >= share * total) for share in _STEADY)
    if high[0] <= low[0]:
        return float("nan")  # it was over at once
    return (high[1] - low[1]) / (high[0] - low[0])


def _examples(where: Stack) -> int:
    """Return the end of the examples log; Kafka has what was committed, for it comes first."""
    name = topics.examples("churn")
    return ping.extents(where.broker.address, {name: 1})[name, 0].end


def _learnt(client: "redis.Redis") -> int:
    offset: Any = client.hget(DomainKeys.of("churn").learner, "offset")
    return int(offset or 0)


def _taken(where: Stack, children: Iterable[ChildProcess]) -> dict[str, float]:
    return {
        "workers": sum(cpu_seconds(child.pid) for child in children),
        "broker": cpu_seconds(where.broker.pid),
        "Redis": cpu_seconds(where.redis.pid),
        "queue": sum(queued_seconds(child.pid) for child in children),
    }


def _check(children: Iterable[ChildProcess], limit: float) -> None:
    for child in children:
        if child.exit_code() is not None or time.monotonic() > limit:
            raise SystemExit(child.epitaph())
