"""What `stream doctor` checks. Each check says what is right or wrong, and how to mend it."""

from stream.checks.access import api_keys, signing_key
from stream.checks.answers import api, database
from stream.checks.check import Check, worst
from stream.checks.history import archive
from stream.checks.installation import PINS, codec, disk, pinned, python
from stream.checks.kafka import broker, domain_topics, offsets
from stream.checks.states import layout, redis, redis_lua, redis_memory, redis_persistence
from stream.checks.tracking import mlflow, spool

__all__ = [
    "PINS",
    "Check",
    "api",
    "api_keys",
    "archive",
    "broker",
    "codec",
    "database",
    "disk",
    "domain_topics",
    "layout",
    "mlflow",
    "offsets",
    "pinned",
    "python",
    "redis",
    "redis_lua",
    "redis_memory",
    "redis_persistence",
    "signing_key",
    "spool",
    "worst",
]
