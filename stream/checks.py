"""What `stream doctor` checks. Each check says what is right or wrong, and how to mend it."""

import http.client
import importlib
import importlib.metadata
import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from models.checkpoint import DEVELOPMENT_KEY
from stream import topics
from stream.adapters.ping import BrokerFacts, Positions, RedisFacts
from stream.adapters.ping_database import DatabaseFacts
from stream.embedded.ports import answers
from stream.settings import Settings

PINS = {"faust-streaming": "0.15.3", "aiokafka": "0.14.0", "river": "0.26.1"}
"""Packages whose private APIs (the first two) or pickles (River) tie Weir to one version."""

_PYTHON = (3, 11)
_REDIS = (6, 2)
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_SHORT_KEY = 16
_FULL = 0.8
_GIB = 2**30


@dataclass(frozen=True)
class Check:
    """The outcome of one check.

    Attributes:
        name: what was looked at.
        status: "warn" is for what works but should not stay so.
        what: what was found.
        mend: what to do about it; empty when all is well.
    """

    name: str
    status: Literal["ok", "warn", "fail"]
    what: str
    mend: str = ""


def python(version: tuple[int, int, int] = sys.version_info[:3]) -> Check:
    """Whether this Python is new enough."""
    text = ".".join(map(str, version))
    if version < _PYTHON:
        return Check("Python", "fail", text, "install Python 3.11 or newer; uv does: uv sync")
    return Check("Python", "ok", text)


def pinned(package: str, version: str) -> Check:
    """Whether exactly `version` of `package` is installed."""
    try:
        there = importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        there = "not installed"
    if there != version:
        return Check(package, "fail", f"{there}, but Weir is made for {version}", "uv sync")
    return Check(package, "ok", version)


def codec(module: str) -> Check:
    """Whether a codec of compressed Kafka batches can be imported."""
    try:
        importlib.import_module(module)
    except ImportError as error:
        return Check(f"codec {module}", "fail", str(error), "uv sync")
    return Check(f"codec {module}", "ok", "importable")


def signing_key(settings: Settings) -> Check:
    """Whether checkpoints are signed with a key of one's own."""
    if settings.signing_key.get_secret_value() == DEVELOPMENT_KEY:
        return Check(
            "signing key",
            "warn",
            "the default, which everybody knows; only good while all services are on loopback",
            "set WEIR_SIGNING_KEY, the same for workers and API: "
            "python -c 'import secrets; print(secrets.token_urlsafe(32))'",
        )
    return Check("signing key", "ok", "set")


def api_keys(settings: Settings) -> Check:
    """Whether the API is closed to strangers."""
    count = len(settings.api_keys)
    keys = (*settings.api_keys, *settings.admin_keys)
    if any(len(key.get_secret_value()) < _SHORT_KEY for key in keys):
        return Check(
            "API keys",
            "warn",
            f"one has fewer than {_SHORT_KEY} characters",
            "set WEIR_API_KEYS and WEIR_ADMIN_KEYS to longer ones",
        )
    if count:
        return Check("API keys", "ok", f"{count} set")
    if settings.api_host in _LOOPBACK:
        return Check("API keys", "ok", "none, and the API listens on loopback only")
    return Check(
        "API keys", "fail", f"none, and the API listens on {settings.api_host}", "set WEIR_API_KEYS"
    )


def broker(url: str, facts: BrokerFacts | str) -> Check:
    """Whether the broker answers, also where it sends clients; a str is why it did not."""
    if isinstance(facts, str):
        return Check(
            "broker",
            "fail",
            f"{url} is not reachable ({facts})",
            "start it (stream local, or make up), or set WEIR_BROKER_URL",
        )
    away = [f"{host}:{port}" for host, port in facts.brokers if not answers(port, host)]
    if away:
        return Check(
            "broker",
            "fail",
            f"{url} answers, but it sends clients to {', '.join(away)}, where nothing answers",
            "set the broker's advertised.listeners to addresses that are reachable from here",
        )
    return Check("broker", "ok", f"{url}, {len(facts.brokers)} broker(s)")


def domain_topics(domain: str, partitions: int, there: Mapping[str, int]) -> Check:
    """Whether the topics of `domain` exist, with the right numbers of partitions."""
    name = f"topics of {domain}"
    wanted = topics.of_domain(domain, partitions)
    missing = [topic.name for topic in wanted if topic.name not in there]
    wrong = [
        f"{topic.name} has {there[topic.name]} instead of {topic.partitions}"
        for topic in wanted
        if there.get(topic.name, topic.partitions) != topic.partitions
    ]
    if wrong:
        return Check(
            name,
            "fail",
            f"partitions: {', '.join(wrong)}",
            "set WEIR_PARTITIONS to what is there; an examples topic with more than one partition "
            "must be deleted, and made anew by stream worker",
        )
    if missing:
        return Check(
            name, "fail", f"missing: {', '.join(missing)}", "start a worker, which makes them"
        )
    return Check(name, "ok", ", ".join(f"{t.name} ({t.partitions})" for t in wanted))


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


def database(place: str, facts: DatabaseFacts | str) -> Check:
    """Whether the database of the record answers, with a schema that this Weir works with.

    Args:
        place: where it is, without a password; "none" when nothing is recorded.
        facts: a str is why it did not answer.
    """
    if place == "none":
        return Check("database", "ok", "none: answered scores are not recorded")
    if isinstance(facts, str):
        return Check(
            "database",
            "fail",
            f"{place} is not usable ({facts})",
            "start it and let this user write to it, or set WEIR_DATABASE_URL; until then the "
            "API refuses to answer",
        )
    what = f"{place}, schema {facts.version or 'none yet'}"
    if not facts.takes_writes:
        return Check(
            "database",
            "fail",
            f"{place} takes no writes from this user",
            "let it (PostgreSQL: name the primary, not a standby), or set WEIR_DATABASE_URL",
        )
    if facts.version is None or facts.version == facts.newest:
        return Check("database", "ok", what)
    if not facts.is_known:
        return Check(
            "database",
            "fail",
            f"{what}: this Weir knows those up to {facts.newest}",
            "install the newer Weir that has migrated it, or set WEIR_DATABASE_URL",
        )
    return Check(
        "database",
        "warn",
        f"{what}: {facts.newest} is the newest",
        "start the API, which migrates it (make a backup first)",
    )


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


def offsets(positions: Positions, ends: Mapping[tuple[str, int], int]) -> Check:
    """Whether no stored offset is beyond the end of its log.

    Args:
        positions: what Redis stores, read before `ends`.
        ends: the broker's end offsets; a topic that does not exist is not in it.
    """
    beyond = [
        f"{topic}[{partition}] {offset} > {ends.get((topic, partition), 0)}"
        for (topic, partition), offset in sorted(positions.offsets.items())
        if offset > ends.get((topic, partition), 0)
    ]
    if beyond:
        return Check(
            "offsets",
            "fail",
            f"Redis has read further than the broker has records: {', '.join(beyond)}",
            "the broker lost or replaced its topics: new events up to those offsets would be "
            "skipped. Restore the topics, or empty this Redis database (FLUSHDB) and replay",
        )
    return Check("offsets", "ok", f"{len(positions.offsets)} stored, none beyond its log")


def api(host: str, port: int, timeout: float = 3.0) -> Check:
    """Whether the API answers, and is ready."""
    place = f"http://{host}:{port}/readyz"
    connection = http.client.HTTPConnection(host, port, timeout=timeout)
    try:
        connection.request("GET", "/readyz")
        response = connection.getresponse()
        body = response.read(2000).decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        return Check(
            "API", "fail", f"{place} does not answer ({error})", "start it: api (or stream local)"
        )
    finally:
        connection.close()
    if response.status != http.HTTPStatus.OK:
        return Check(
            "API", "fail", f"{place} says {response.status}: {_compact(body)}", "see there"
        )
    return Check("API", "ok", place)


def disk(directory: Path) -> Check:
    """Whether the disk that holds `directory` has room."""
    free = shutil.disk_usage(directory).free
    what = f"{free / _GIB:.1f} GiB free at {directory}"
    if free < _GIB:
        status: Literal["warn", "fail"] = "fail" if free < _GIB / 5 else "warn"
        return Check("disk", status, what, "make room: Redis stops taking writes on a full disk")
    return Check("disk", "ok", what)


def worst(checks: Sequence[Check]) -> Literal["ok", "warn", "fail"]:
    """The gravest status among `checks`."""
    statuses = {check.status for check in checks}
    return "fail" if "fail" in statuses else "warn" if "warn" in statuses else "ok"


def _compact(body: str) -> str:
    try:
        return json.dumps(json.loads(body))
    except ValueError:
        return body.strip()
