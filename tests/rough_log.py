"""A log as bad as real ones, and what a stack made of it, for the tests of exactness."""

import random
from typing import Any

import msgspec
import orjson
import redis

from models import domains
from models.book import Counts, Progress
from models.plan import Plan
from models.state import StateCodec
from replay.generate import load
from stream.digest import state_digest
from stream.keys import PartitionKeys

CHURN = domains.load("churn")


def made_log(users: int, days: int, seed: int, domain: str = "churn") -> list[bytes]:
    """Return a generated log."""
    return [line for _, line in load(domain)(Plan(users=users, days=days, seed=seed))]


def rough_log(users: int, days: int, seed: int, domain: str = "churn") -> list[bytes]:
    """Return one with duplicates, late events, and records that cannot be used."""
    rng = random.Random(seed)
    log = made_log(users, days, seed, domain)
    for _ in range(len(log) // 60):
        at = rng.randrange(len(log) - 500)
        log.insert(at + rng.randrange(1, 300), log[at])
        log.insert(rng.randrange(len(log)), log.pop(rng.randrange(len(log))))
        log.insert(rng.randrange(len(log)), rng.choice([b"{", b"", b"[]", b'{"ts": "x"}']))
    return log


def user_of(line: bytes) -> str:
    """Return the user of a line, "" for none."""
    try:
        record = orjson.loads(line)
        return str(record.get("userId") or record.get("user_id") or "")
    except (orjson.JSONDecodeError, AttributeError):
        return ""


def in_redis(url: str, partitions: int, domain: str = "churn") -> tuple[str, Counts]:
    """Return the digest of all states, and the counts of all partitions."""
    users: list[tuple[str, bytes, bytes | None]] = []
    counts = Counts()
    with redis.Redis.from_url(url) as client:
        for partition in range(partitions):
            keys = PartitionKeys.of(domain, partition)
            waiting: Any = client.hgetall(keys.pending)
            states: Any = client.hgetall(keys.state)
            users += [(u.decode(), state, waiting.get(u)) for u, state in states.items()]
            progress: Any = client.hget(keys.meta, "progress")
            if progress is not None:
                counts = counts.plus(msgspec.msgpack.decode(progress, type=Progress).counts)
    return state_digest(StateCodec(domains.load(domain).data_type), users), counts
