"""Settings of an API over a Redis of its own, and one API for all that listen to its events."""

import asyncio
from collections.abc import Iterator

import pytest
import redis

from stream.embedded.guard import Guard
from stream.embedded.redis import EmbeddedRedis
from stream.keys import DomainKeys
from stream.settings import Settings, load
from tests.integration.access_parts import ENTRIES
from tests.integration.api_process import api
from tests.integration.api_seed import DOMAINS, FIRST, log, process
from tests.listening import listening


@pytest.fixture
def settings(redis_url: str) -> Settings:
    """An empty Redis, and no keys."""
    return load({"redis_url": redis_url, "domains": "churn"})


@pytest.fixture
def locked(redis_url: str) -> Settings:
    """An empty Redis, and keys of every scope."""
    return load({"redis_url": redis_url, "domains": "churn", "api_keys": ENTRIES})


@pytest.fixture(scope="session")
def seeded(guard: Guard, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A Redis with users of one domain."""
    with EmbeddedRedis(tmp_path_factory.mktemp("events"), guard=guard) as server:
        settings = load({"redis_url": server.url, "domains": "churn"})
        asyncio.run(process(settings, log()[:FIRST], rounds=1))
        yield settings


@pytest.fixture(scope="session")
def url(seeded: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a real API answers, over that Redis."""
    log_file = tmp_path_factory.mktemp("api") / "log"
    with api(seeded, log_file, WEIR_DOMAINS=",".join(DOMAINS)) as (_, client):
        yield str(client.base_url)
    assert '"ERROR"' not in log_file.read_text()


@pytest.fixture
def no_alarms(url: str, seeded: Settings) -> Settings:
    """No alarms are there, and the API knows it."""
    with redis.Redis.from_url(seeded.redis_url) as client:
        client.delete(DomainKeys.of("churn").alarms)

    async def scenario() -> None:
        async with listening(url, "?domain=churn") as ear:
            await ear.until("alarms", lambda data: not data["alarms"])

    asyncio.run(scenario())
    return seeded
