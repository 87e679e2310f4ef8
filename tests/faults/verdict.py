"""The end of a run that was broken, against one that nothing has interrupted."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import orjson

from models import domains
from models.effects import Example
from stream import topics
from stream.backtest import Backtest
from tests.exactness import fact, learn_again, learner_offset, served
from tests.faults.system import DOMAIN, KEY, PARTITIONS, System
from tests.read_topic import read_topic
from tests.record_parts import request_ids
from tests.rough_log import in_redis

_COUNTED = ("rejected", "anonymous", "duplicates", "late", "outcomes", "scored", "users")


@dataclass
class Verdict:
    """What was lost, counted twice, or is otherwise unlike.

    Attributes:
        lost: how many records, labels, scores, dead letters and answers are missing.
        doubled: how many were counted twice.
        unlike: what else differs, in words.
    """

    lost: int = 0
    doubled: int = 0
    unlike: list[str] = field(default_factory=list)

    def compare(self, what: str, found: int, expected: int) -> None:
        """Take in a number that should be another one."""
        self.lost += max(0, expected - found)
        self.doubled += max(0, found - expected)
        if found != expected:
            self.unlike.append(f"{what}: {found}, not {expected}")

    @property
    def clean(self) -> bool:
        """Whether nothing differs."""
        return not (self.lost or self.doubled or self.unlike)


def finish(system: System) -> None:
    """Wait until all is sent, scored and learnt."""
    system.sender.join(180)
    assert system.sender.error is None, system.sender.error
    assert not system.sender.is_alive()
    kafka, sent = system.ground.kafka, system.sender.sent
    system.until(lambda: sum(system.offsets().values()) >= sent, 120, "all is committed")
    end = len(asyncio.run(read_topic(kafka.bootstrap, topics.examples(DOMAIN))))
    system.until(
        lambda: learner_offset(system.redis.url, DOMAIN) >= end, 120, f"{end} examples are learnt"
    )
    system.asker.stop()


def verdict(system: System) -> Verdict:
    """Compare the end with a backtest over the records as they lie in Kafka."""
    kafka = system.ground.kafka.bootstrap
    found = Verdict()
    letters = asyncio.run(read_topic(kafka, topics.dead_letters(DOMAIN)))
    reasons = {source_of(letter): dict(letter.headers)["weir-reason"] for letter in letters}
    failed = {source for source, reason in reasons.items() if reason == b"domain_error"}
    if not all(system.fails_on(letter.value) for letter in letters if source_of(letter) in failed):
        found.unlike.append("the domain failed on what it can read")

    examples: list[Example] = []
    whole = Backtest(domains.load(DOMAIN), PARTITIONS, on_example=examples.append)
    events = asyncio.run(read_topic(kafka, topics.events(DOMAIN)))
    found.compare("events in Kafka", len(events), system.sender.sent)
    for number, record in enumerate(events):
        # what the domain has failed on is as if it could not be read
        source = f"{record.topic}/{record.partition}/{record.offset}".encode()
        whole.feed(number, b"" if source in failed else record.value)
    expected = whole.result(0, 0)

    digest, counts = in_redis(system.redis.url, PARTITIONS, DOMAIN)
    found.compare("events", counts.records, expected.events)
    for what in (*_COUNTED, "snapshots", "labels"):
        found.compare(what, getattr(counts, what), getattr(expected, what))
    if counts.unaccounted:
        found.unlike.append(f"{counts.unaccounted} records are in no count")
    if digest != expected.state_sha256:
        found.unlike.append("the states of users differ")

    log = asyncio.run(read_topic(kafka, topics.examples(DOMAIN)))
    learner, first = learn_again(DOMAIN, [record.value for record in log])
    found.compare("examples", len(first), len(examples))
    if learner.gaps:
        found.unlike.append(f"{learner.gaps} examples are missing in the log")
    if sorted(map(fact, first)) != sorted(map(fact, examples)):
        found.unlike.append("features or labels differ")
    model, again = served(system.redis.url, DOMAIN, KEY), learner.predictors()
    if model.version != learner.version:
        found.unlike.append(f"model {model.version} is served, not {learner.version}")
    elif any(model.predictions(e.features) != again.predictions(e.features) for e in first[:200]):
        found.unlike.append("the model predicts otherwise")

    scores = asyncio.run(read_topic(kafka, topics.scores(DOMAIN)))
    ids = {orjson.loads(record.value)["id"] for record in scores}
    found.compare("scores", len(ids), counts.scored + counts.snapshots)
    found.compare("dead letters", len(reasons), counts.rejected)

    rows = Counter(request_ids(system.database))
    answered = system.asker.answered
    found.compare("answers on record", sum(name in rows for name in answered), len(answered))
    found.compare("rows of answers", sum(rows.values()), len(rows))
    return found


def source_of(letter: Any) -> bytes:
    """Return where a dead letter's record was: topic, partition and offset."""
    source: bytes = dict(letter.headers)["weir-source"]
    return source
