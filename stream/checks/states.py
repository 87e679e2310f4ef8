"""Checks of Redis, which holds the states."""

from stream.adapters.ping import RedisFacts
from stream.checks.check import Check

_REDIS = (6, 2)
_FULL = 0.8


def redis(url: str, facts: RedisFacts | str) -> Check:
    """Whether Redis answers and is new enough; a str is why it did not answer."""
    if isinstance(facts, str):
        return Check(
            "Redis",
            "fail",
            f"{url} is not reachable ({facts})",
            "start it (stream local, or make up), or set WEIR_REDIS_URL",
        )
    if tuple(int(part) for part in facts.version.split(".")[:2]) < _REDIS:
        return Check("Redis", "fail", f"version {facts.version}", "install Redis 6.2 or newer")
    return Check("Redis", "ok", f"{url}, version {facts.version}")


def redis_persistence(facts: RedisFacts) -> Check:
    """Whether Redis still knows everything after a crash."""
    if not facts.appends:
        return Check(
            "Redis persistence",
            "warn",
            "no append-only file: if Redis ends, states since its last dump are gone",
            "set appendonly yes and appendfsync everysec",
        )
    return Check("Redis persistence", "ok", "append-only file")


def redis_memory(facts: RedisFacts) -> Check:
    """Whether Redis refuses, rather than forgets users, when its memory is full."""
    name = "Redis memory"
    mib = f"{facts.used_memory / 2**20:.0f} MiB used"
    if facts.eviction != "noeviction":
        return Check(
            name,
            "fail" if facts.max_memory else "warn",
            f"maxmemory-policy is {facts.eviction or 'unknown'}: a full Redis would drop users",
            "set maxmemory-policy noeviction",
        )
    if facts.max_memory and facts.used_memory > _FULL * facts.max_memory:
        return Check(name, "warn", f"{mib} of {facts.max_memory / 2**20:.0f}", "raise maxmemory")
    return Check(name, "ok", f"{mib}, noeviction")


def redis_lua(facts: RedisFacts) -> Check:
    """Whether Redis runs the scripts that commits are made of."""
    if not facts.lua:
        return Check(
            "Redis scripts", "fail", "EVAL is refused", "allow the user EVAL and EVALSHA (its ACL)"
        )
    return Check("Redis scripts", "ok", "Lua runs")


def layout(domain: str, partitions: int, laid_out: int | None) -> Check:
    """Whether the states in Redis are of as many partitions as the settings say."""
    name = f"states of {domain}"
    if laid_out is None:
        return Check(name, "ok", "none yet")
    if laid_out != partitions:
        return Check(
            name,
            "fail",
            f"Redis holds {laid_out} partitions, WEIR_PARTITIONS is {partitions}",
            f"set WEIR_PARTITIONS={laid_out}, or replay the log into an empty Redis",
        )
    return Check(name, "ok", f"{laid_out} partitions")
