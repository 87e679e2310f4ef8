"""What a stack that was broken has made, against what it should have made of the same records."""

import pickle
from typing import Any

import msgspec
import redis

from models import domains
from models.alarms import Alarm
from models.checkpoint import verify
from models.effects import Example, Snapshot
from models.learner import Learner
from stream.keys import DomainKeys
from stream.publication import SERVING
from stream.records import decode_example


def served(url: str, domain: str, key: str) -> Any:
    """Return the models that are served, verified; None before the first."""
    with redis.Redis.from_url(url) as client:
        blob: Any = client.hget(DomainKeys.of(domain).model, "serving")
    if not blob:
        return None
    return pickle.loads(verify(blob, key.encode(), kind=SERVING, subject=domain))


def learner_offset(url: str, domain: str) -> int:
    """Return up to where the examples log is learnt, as committed."""
    with redis.Redis.from_url(url) as client:
        offset: Any = client.hget(DomainKeys.of(domain).learner, "offset")
    return int(offset or 0)


def watched(url: str, domain: str) -> tuple[bytes | None, list[Alarm]]:
    """Return the drift report and the alarms, oldest first, without their wall clock."""
    keys = DomainKeys.of(domain)
    with redis.Redis.from_url(url) as client:
        report: Any = client.hget(keys.model, "drift")
        alarms: Any = client.lrange(keys.alarms, 0, -1)
    found = [msgspec.json.decode(raw, type=Alarm) for raw in alarms]
    assert all(alarm.wall_time for alarm in found)
    return report, [msgspec.structs.replace(alarm, wall_time=0) for alarm in reversed(found)]


def learn_again(domain: str, values: list[bytes]) -> tuple[Learner, list[Example]]:
    """Learn an examples log from its beginning; return the learner and each example once."""
    learner = Learner(domains.load(domain))
    first: dict[tuple[int, int], Example] = {}
    for value in values:
        example = decode_example(value)
        if isinstance(example, Snapshot):
            learner.take(example)
        else:
            first.setdefault((example.partition, example.seq), example)
            learner.learn(example)
    return learner, list(first.values())


def fact(e: Example) -> tuple[object, ...]:
    """Return what of an example does not depend on which model was at hand."""
    return (
        e.id,
        e.seq,
        e.window,
        e.gain,
        e.label is None,
        e.label or 0.0,
        sorted(e.features.items()),
    )
