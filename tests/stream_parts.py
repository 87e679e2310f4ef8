"""A processor without Kafka: a real Redis, and outputs that are collected."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from redis.asyncio import Redis

from models.engine import Engine
from models.learner import Learner
from models.state import StateCodec
from stream.adapters.redis_connection import connect
from stream.adapters.redis_store import RedisStore
from stream.emitter import Emitter
from stream.metrics import Metrics
from stream.processor import Parts
from stream.settings import Settings, load
from tests.rough_log import CHURN


class Killed(Exception):
    """The worker dies here."""


@dataclass
class Raw:
    """A record as Kafka would hand it over."""

    offset: int
    value: bytes | None
    key: bytes | None = None
    timestamp: int = 1_700_000_000_000


@dataclass
class Topics:
    """Collects what is written; dies when told to, after Kafka has the records."""

    records: list[tuple[str, int, bytes | None]] = field(default_factory=list)
    headers: list[dict[str, bytes]] = field(default_factory=list)
    dies: Callable[[], bool] = lambda: False

    def append(
        self,
        topic: str,
        partition: int,
        *,
        key: bytes | None,
        value: bytes | None,
        headers: Sequence[tuple[str, bytes]] = (),
    ) -> None:
        self.records.append((topic, partition, value))
        self.headers.append(dict(headers))

    async def flush(self) -> None:
        if self.dies():
            raise Killed

    def of(self, topic: str) -> list[bytes | None]:
        return [value for name, _, value in self.records if name == topic]


def parts(store: RedisStore, topics: Topics, domain: Any = CHURN, **settings: object) -> Parts:
    """Return what processors share; models are unlearnt."""
    chosen: Settings = load({"domains": domain.name, **settings})
    return Parts(
        domain=domain,
        engine=Engine(domain, Learner(domain).predictors()),
        codec=StateCodec(domain.data_type),
        store=store,
        emitter=Emitter(domain.name, topics),
        metrics=Metrics(),
        settings=chosen,
        now=lambda: 1_700_000_001.0,
    )


def with_redis(url: str, scenario: Callable[[Redis], Awaitable[None]]) -> None:
    """Run a scenario on a client of Redis."""

    async def main() -> None:
        async with connect(url) as client:
            await scenario(client)

    asyncio.run(main())


def with_store(url: str, scenario: Callable[[RedisStore], Awaitable[None]]) -> None:
    """Run a scenario on a store."""
    with_redis(url, lambda client: scenario(RedisStore(client)))
