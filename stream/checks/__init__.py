"""What `stream doctor` checks. Each check says what is right or wrong, and how to mend it."""

from stream.checks.access import api_keys, signing_key
from stream.checks.answers import api, database
from stream.checks.check import Check, worst
from stream.checks.installation import PINS, codec, disk, pinned, python
from stream.checks.kafka import broker, domain_topics, offsets
from stream.checks.states import layout, redis, redis_lua, redis_memory, redis_persistence

__all__ = [
    "PINS",
    "Check",
    "api",
    "api_keys",
    "broker",
    "codec",
    "database",
    "disk",
    "domain_topics",
    "layout",
    "offsets",
    "pinned",
    "python",
    "redis",
    "redis_lua",
    "redis_memory",
    "redis_persistence",
    "signing_key",
    "worst",
]
