"""What a run has left behind: two runs that did equal work have left the same."""

import asyncio
import hashlib
from dataclasses import dataclass

import msgspec
import orjson

from benchmarks.workload import Stack
from models.effects import Example
from stream import topics
from stream.records import decode_example
from tests.exactness import fact
from tests.read_topic import read_topic
from tests.rough_log import in_redis


@dataclass(frozen=True)
class Outcome:
    """What is the same for the same log, whoever has processed it, and however often.

    Attributes:
        states: digest of all users' states in Redis.
        counts: what became of the records, by name.
        scores: unique scores in the output topic.
        examples: unique labelled snapshots in their topic.
        facts: digest of what these say, but for predictions, which depend on when a model came.
        letters: unique dead letters.
    """

    states: str
    counts: dict[str, int]
    scores: int
    examples: int
    facts: str
    letters: int

    def unlike(self, other: "Outcome") -> list[str]:
        """Return the names of what differs."""
        names = type(self).__dataclass_fields__
        return [name for name in names if getattr(self, name) != getattr(other, name)]


def outcome(where: Stack) -> Outcome:
    """Read all of it; when nothing flows any more."""
    states, counts = in_redis(where.redis.url, where.partitions)
    kafka = where.broker.bootstrap
    scores = asyncio.run(read_topic(kafka, topics.scores("churn")))
    log = asyncio.run(read_topic(kafka, topics.examples("churn")))
    letters = asyncio.run(read_topic(kafka, topics.dead_letters("churn")))
    decoded = (decode_example(record.value) for record in log)
    examples = {one.id: fact(one) for one in decoded if isinstance(one, Example)}
    return Outcome(
        states=states,
        counts=msgspec.to_builtins(msgspec.structs.asdict(counts)),
        scores=len({orjson.loads(record.value)["id"] for record in scores}),
        examples=len(examples),
        facts=hashlib.sha256(repr(sorted(examples.values())).encode()).hexdigest(),
        letters=len({dict(record.headers)["weir-source"] for record in letters}),
    )
