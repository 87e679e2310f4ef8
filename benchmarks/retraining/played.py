"""A log that drifts, played through the whole stack day by day, as if each took its time."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import dataclass
from itertools import groupby

import orjson
import redis

from benchmarks.job import counted
from benchmarks.workload import PARTITIONS, Record, Stack, preload, stack
from models.alarms import Alarm
from models.contest.decisions import Decision
from models.effects import Example
from models.plan import DAY_MS, Plan
from replay.generate import load as load_maker
from stream import topics
from stream.adapters.examples_log import ExamplesLog
from stream.adapters.partitioner import partition_of
from stream.archiving import decoded
from stream.embedded.process import ChildProcess
from stream.glimpse import decode_alarm
from stream.keys import DomainKeys
from stream.records import decode_decision

_KEYS = DomainKeys.of("churn")

#: A day is given up when nothing moves for so long, seconds.
_PATIENCE = 600.0


@dataclass(frozen=True)
class Played:
    """What became of a log.

    Attributes:
        examples: labelled snapshots, with what was predicted of them.
        decisions: about who serves, the oldest first.
        alarms: of drift, the oldest first.
    """

    examples: list[Example]
    decisions: list[Decision]
    alarms: list[Alarm]


def play(plan: Plan, *, retraining: bool) -> Played:
    """Play a log through broker, worker and trainer.

    A retraining takes seconds of a day, so the next day of the log waits until it has ended.

    Args:
        plan: of the log.
        retraining: whether a trainer runs; it retrains on drift only.
    """
    with stack() as where:
        children = [_start(where, "worker")]
        if retraining:
            children.append(_start(where, "trainer"))
        sent = 0
        try:
            for records in _days(plan):
                asyncio.run(preload(where.broker.address, topics.events("churn"), records))
                sent += len(records)
                _settle(where, children, sent)
            return asyncio.run(_what_became(where))
        finally:
            for child in reversed(children):
                child.stop(grace=20)


def _start(where: Stack, command: str) -> ChildProcess:
    settings = {
        "WEIR_ARCHIVE_DIR": str(where.directory / "archive"),
        "WEIR_DATABASE_URL": "none",
        "WEIR_MLFLOW_URL": "none",
        "WEIR_RETRAIN_SCHEDULE": "",
        "WEIR_TRAINER_METRICS_PORT": "0",
        "WEIR_LOG_FORMAT": "text",
    }
    return where.start(command, "stream", command, **settings)


def _days(plan: Plan) -> Iterator[list[Record]]:
    lines = load_maker("churn")(plan)
    for _, day in groupby(lines, key=lambda made: made[0] // DAY_MS):
        yield [_record(number, line) for number, (_, line) in enumerate(day)]


def _record(number: int, line: bytes) -> Record:
    user = str(orjson.loads(line).get("userId") or "")
    partition = partition_of(user, PARTITIONS) if user else number % PARTITIONS
    return Record(partition, user.encode() or None, line.rstrip(b"\n"))


def _settle(where: Stack, children: list[ChildProcess], sent: int) -> None:
    """Wait until a day is scored and learnt, and nothing is being retrained."""
    limit = time.monotonic() + _PATIENCE
    with redis.Redis.from_url(where.redis.url) as client:
        quiet = 0
        while quiet < 2:
            for child in children:
                if child.exit_code() is not None or time.monotonic() > limit:
                    raise SystemExit(child.epitaph())
            scored = counted(client, PARTITIONS).records >= sent
            asked = client.hmget(_KEYS.retraining, ["asked", "running"])
            busy = any(part is not None for part in asked) or client.hlen(_KEYS.wishes)
            quiet = quiet + 1 if scored and not busy else 0
            # the trainer looks every second, and what the learner has learnt is out within two
            time.sleep(0.2 if not scored else 1.2)


async def _what_became(where: Stack) -> Played:
    examples: dict[tuple[int, int], Example] = {}
    async with (
        ExamplesLog.open(where.broker.address, "churn") as log,
        aclosing(log.read(log.begin)) as chunks,
    ):
        async for chunk in chunks:
            for _, record in decoded(chunk):
                if isinstance(record, Example):
                    examples.setdefault((record.partition, record.seq), record)
    with redis.Redis.from_url(where.redis.url) as client:
        decisions = [
            decode_decision(fields[b"decision"]) for _, fields in client.xrange(_KEYS.decisions)
        ]
        alarms = [decode_alarm(raw) for raw in client.lrange(_KEYS.alarms, 0, -1)]
    return Played(list(examples.values()), decisions, alarms[::-1])
