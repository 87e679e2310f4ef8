"""A learner that runs beside a test, on a real broker and a real Redis, without a worker around."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import aiokafka
from redis.asyncio import Redis

from models.domains.churn import Churn
from models.effects import Example, Snapshot
from models.plan import Plan
from models.recipes import Model
from replay.generate import load as maker
from stream import topics
from stream.adapters import topic_admin
from stream.adapters.redis_connection import connect
from stream.adapters.redis_control import RedisControl
from stream.adapters.redis_store import RedisStore
from stream.backtest import Backtest
from stream.emitter import Emitter
from stream.learning import LearnerProcess
from stream.metrics import Metrics
from stream.records import encode_example
from stream.settings import Settings, load
from tests.stream_parts import Raw, Topics

Record = Example | Snapshot


def examples(domain: Churn, *, users: int = 60, days: int = 45, seed: int = 7) -> list[bytes]:
    """What the engine writes to the examples log of a small service."""
    found: list[Record] = []
    run = Backtest(domain, 2, found.append, found.append)
    for number, (_, line) in enumerate(maker("churn")(Plan(users=users, days=days, seed=seed))):
        run.feed(number, line)
    return [encode_example(record) for record in found]


class Beside:
    """The learner, and the log that it reads.

    Attributes:
        store: of the Redis that it commits to.
        control: where it is asked.
        settings: of all.
        learner: the process.
    """

    def __init__(self, domain: Churn, settings: Settings, client: Redis) -> None:
        self.store, self.control = RedisStore(client), RedisControl(client)
        self._domain, self.settings = domain, settings
        self._producer = aiokafka.AIOKafkaProducer(bootstrap_servers=settings.bootstrap)
        self.learner = self._new()
        self._publishing: asyncio.Task[None] | None = None

    def _new(self) -> LearnerProcess:
        emitter = Emitter(self._domain.name, Topics())
        return LearnerProcess(
            self._domain,
            self.store,
            self.control,
            emitter,
            Metrics(),
            self.settings,
            time.time,
        )

    @property
    def models(self) -> dict[str, Model]:
        """The models as they stand."""
        return self.learner._learner.models

    @property
    def position(self) -> int:
        """How many examples it has taken in."""
        return self.learner._learner.position

    async def start(self) -> None:
        await topic_admin.ensure(self.settings.kafka, topics.of_domain(self._domain.name, 1))
        await self._producer.start()
        await self.restart()

    async def restart(self) -> None:
        """Begin anew from the last commit, as another worker would."""
        await self.pause()
        self.learner = self._new()
        await self.learner.claim()
        self._publishing = asyncio.create_task(self._publish())

    async def pause(self) -> None:
        """Answer no wishes."""
        if self._publishing is not None:
            self._publishing.cancel()
            await asyncio.wait([self._publishing])
            self._publishing = None

    async def stop(self) -> None:
        await self.pause()
        await self._producer.stop()

    async def write(self, records: Sequence[bytes]) -> None:
        """Write records to the log; the learner has not read them yet."""
        topic = topics.examples(self._domain.name)
        sent = [await self._producer.send(topic, record, partition=0) for record in records]
        await asyncio.gather(*sent)

    async def learn(self, records: Sequence[bytes]) -> None:
        """Let the learner read records that are in the log, and publish."""
        first = self.learner.offset
        await self.learner.process([Raw(first + n, value) for n, value in enumerate(records)])
        await self.learner.publish(force=True)

    async def _publish(self) -> None:
        while True:
            await self.learner.publish()
            await asyncio.sleep(0.05)


@asynccontextmanager
async def learning(
    domain: Churn, bootstrap: str, redis_url: str, directory: Path
) -> AsyncIterator[Beside]:
    """Run a learner for as long as the context lasts."""
    async with connect(redis_url) as client:
        beside = Beside(domain, settings_of(bootstrap, redis_url, directory), client)
        try:
            await beside.start()
            yield beside
        finally:
            await beside.stop()


def settings_of(bootstrap: str, redis_url: str, directory: Path) -> Settings:
    """Return the settings of such a learner, and of what works with it."""
    return load(
        {
            "broker_url": f"kafka://{bootstrap}",
            "redis_url": redis_url,
            "archive_dir": directory / "archive",
            "retrain_labels": 500,
        }
    )
