import importlib.metadata
import tomllib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from stream import checks
from stream.adapters.ping import BrokerFacts, Positions, RedisFacts
from stream.adapters.ping_database import DatabaseFacts
from stream.api_keys import entry
from stream.checks import Check
from stream.embedded.ports import any_free
from stream.settings import load
from stream.topics import of_domain

ROOT = Path(__file__).parents[2]
REDIS = RedisFacts(
    version="7.2.4",
    directory="/data",
    appends=True,
    eviction="noeviction",
    used_memory=10 << 20,
    max_memory=0,
    lua=True,
)
DATABASE = DatabaseFacts(version="0001", newest="0001", is_known=True, takes_writes=True)
TOPICS = {topic.name: topic.partitions for topic in of_domain("churn", 4)}
ALL_KEYS = {
    "signing_key": "k" * 40,
    "api_keys": f"{entry('a', 'a', ['read'])}\n{entry('b', 'b', ['admin'])}",
}


def test_the_pins_are_those_of_the_project_and_what_is_installed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for package, version in checks.PINS.items():
        assert f"{package}=={version}" in project["dependencies"]
        assert checks.pinned(package, version) == Check(package, "ok", version)


def test_another_version_fails_and_says_what_is_there() -> None:
    there = importlib.metadata.version("river")
    check = checks.pinned("river", "0.0.1")
    assert (check.status, check.what) == ("fail", f"{there}, but Weir is made for 0.0.1")
    assert checks.pinned("no-such-package", "1").what.startswith("not installed")


def test_the_oldest_python_is_that_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["requires-python"] == ">=3.11"
    assert checks.python((3, 11, 0)).status == "ok"
    assert checks.python((3, 10, 14)).status == "fail"


def test_a_codec_that_is_not_there_fails() -> None:
    assert checks.codec("cramjam").status == "ok"
    assert checks.codec("no_such_codec").status == "fail"


def test_the_signing_key() -> None:
    assert checks.signing_key(load()).status == "warn"
    assert checks.signing_key(load(ALL_KEYS)).status == "ok"


def test_api_keys() -> None:
    now = datetime(2027, 1, 20, tzinfo=UTC)
    assert checks.api_keys(load(), now).what == "none, and the API listens on loopback only"
    assert checks.api_keys(load(ALL_KEYS), now).what == "2 set, by WEIR_API_KEYS"
    ends = load({"api_keys": entry("a", "crm", ["read"], "2027-01-31")})
    assert checks.api_keys(ends, now).status == "warn"
    assert "crm's (2027-02-01)" in checks.api_keys(ends, now).what
    assert checks.api_keys(ends, now - timedelta(days=30)).status == "ok"
    # the settings refuse this; the check does not rely on it
    open_to_all = load().model_copy(update={"api_host": "0.0.0.0"})  # noqa: S104 - not bound
    assert checks.api_keys(open_to_all, now).status == "fail"


def test_a_broker_that_sends_clients_to_nowhere_fails() -> None:
    nowhere = any_free()
    facts = BrokerFacts("id", (("127.0.0.1", nowhere),), {})
    check = checks.broker("kafka://here:1", facts)
    assert check.status == "fail"
    assert f"127.0.0.1:{nowhere}" in check.what
    assert "advertised" in check.mend


def test_what_is_unreachable_fails_with_the_reason() -> None:
    assert "(no answer within 5 s)" in checks.broker("kafka://h:1", "no answer within 5 s").what
    assert "(refused)" in checks.redis("redis://h:1", "refused").what
    assert checks.api(f"http://127.0.0.1:{any_free()}").status == "fail"


@pytest.mark.parametrize(
    ("there", "status", "what"),
    [
        (TOPICS, "ok", "examples.churn (1)"),
        (TOPICS | {"other": 9}, "ok", "events.churn (4)"),
        (
            {},
            "fail",
            (
                "missing: events.churn, scores.churn, examples.churn, alerts.churn, "
                "decisions.churn, dlq.churn"
            ),
        ),
        (TOPICS | {"examples.churn": 4}, "fail", "examples.churn has 4 instead of 1"),
        (TOPICS | {"events.churn": 12}, "fail", "events.churn has 12 instead of 4"),
    ],
)
def test_topics(there: dict[str, int], status: str, what: str) -> None:
    check = checks.domain_topics("churn", 4, there)
    assert check.status == status
    assert what in check.what


@pytest.mark.parametrize(
    ("check", "facts", "status"),
    [
        (checks.redis_persistence, REDIS, "ok"),
        (checks.redis_persistence, replace(REDIS, appends=False), "warn"),
        (checks.redis_memory, REDIS, "ok"),
        (checks.redis_memory, replace(REDIS, eviction="allkeys-lru"), "warn"),
        (checks.redis_memory, replace(REDIS, eviction="allkeys-lru", max_memory=1 << 30), "fail"),
        (checks.redis_memory, replace(REDIS, max_memory=11 << 20), "warn"),
        (checks.redis_memory, replace(REDIS, max_memory=1 << 30), "ok"),
        (checks.redis_lua, REDIS, "ok"),
        (checks.redis_lua, replace(REDIS, lua=False), "fail"),
    ],
)
def test_the_set_up_of_redis(
    check: Callable[[RedisFacts], Check], facts: RedisFacts, status: str
) -> None:
    found = check(facts)
    assert found.status == status
    assert bool(found.mend) == (status != "ok")


@pytest.mark.parametrize(
    ("version", "status"), [("6.0.16", "fail"), ("6.2.14", "ok"), ("10.0", "ok")]
)
def test_the_version_of_redis(version: str, status: str) -> None:
    assert checks.redis("redis://h", replace(REDIS, version=version)).status == status


@pytest.mark.parametrize(
    ("facts", "status", "what"),
    [
        (DATABASE, "ok", "schema 0001"),
        (replace(DATABASE, version=None), "ok", "schema none yet"),
        (replace(DATABASE, newest="0002"), "warn", "0002 is the newest"),
        (replace(DATABASE, version="0009", is_known=False), "fail", "knows those up to 0001"),
        (replace(DATABASE, takes_writes=False), "fail", "takes no writes"),
        ("connection refused", "fail", "(connection refused)"),
    ],
)
def test_the_database(facts: DatabaseFacts | str, status: str, what: str) -> None:
    check = checks.database("postgresql://db/weir", facts)
    assert check.status == status
    assert what in check.what
    assert check.what.startswith("postgresql://db/weir")
    assert bool(check.mend) == (status != "ok")


def test_no_database_is_well_too() -> None:
    assert checks.database("none", "").status == "ok"


def test_states_laid_out_for_other_partitions_fail() -> None:
    assert checks.layout("churn", 4, None).status == "ok"
    assert checks.layout("churn", 4, 4).status == "ok"
    check = checks.layout("churn", 4, 8)
    assert (check.status, "WEIR_PARTITIONS=8" in check.mend) == ("fail", True)


def test_offsets_beyond_their_log_fail() -> None:
    at, examples = ("events.churn", 0), ("examples.churn", 0)
    positions = Positions({at: 10, examples: 3}, {"churn": 4})
    assert checks.offsets(positions, {at: 10, examples: 3}).status == "ok"
    assert checks.offsets(positions, {at: 12, examples: 3, ("other", 0): 0}).status == "ok"

    behind = checks.offsets(positions, {at: 9, examples: 3})
    assert behind.status == "fail"
    assert "events.churn[0] 10 > 9" in behind.what
    assert "examples" not in behind.what
    assert "examples.churn[0] 3 > 0" in checks.offsets(positions, {at: 10}).what
    assert checks.offsets(Positions({at: 0}, {"churn": 4}), {}).status == "ok"


def test_the_gravest_status_counts() -> None:
    ok, warn, fail = (Check("c", status, "") for status in ("ok", "warn", "fail"))
    assert checks.worst([]) == "ok"
    assert checks.worst([ok, warn, ok]) == "warn"
    assert checks.worst([fail, warn, ok]) == "fail"


def test_the_disk_that_tests_run_on_is_measured(tmp_path: Path) -> None:
    assert "GiB free" in checks.disk(tmp_path).what
