"""The trainer's process: everything around retraining, on timers."""

import asyncio
import logging
import signal
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from prometheus_client import start_http_server

from models import domains
from models.errors import BadCheckpoint, WeirError
from stream import topics
from stream.adapters import topic_admin
from stream.adapters.decision_log import DecisionLog
from stream.adapters.examples_log import NoLog
from stream.adapters.kafka_errors import KafkaError
from stream.adapters.kafka_output import KafkaOutput
from stream.adapters.mlflow_tracking import tracking
from stream.adapters.redis_connection import Unavailable, connect
from stream.adapters.redis_control import RedisControl
from stream.adapters.redis_lock import HeldLock, Taken, held
from stream.adapters.redis_reader import RedisReader
from stream.adapters.redis_store import RedisStore
from stream.archive import ArchiveGap
from stream.emitter import Emitter
from stream.keys import LOCKS
from stream.metrics import Metrics
from stream.reader import Reader
from stream.record import DatabaseAway
from stream.redis_away import RedisAway
from stream.retraining.archivist import Archivist
from stream.retraining.clerk import Book, Clerk, TopicBook
from stream.retraining.inbox import Inbox
from stream.retraining.post import Post
from stream.retraining.registrar import Registrar
from stream.retraining.trainer import Trainer
from stream.settings import Settings
from stream.tracking.spool import Spool

logger = logging.getLogger(__name__)

#: What is done, for people, and how.
Duty = tuple[str, Callable[[], Awaitable[object]]]

#: What is away now may be back at the next look.
_PASSING = (RedisAway, DatabaseAway, BadCheckpoint, ArchiveGap, NoLog, KafkaError, *Unavailable)

#: Seconds that the database may take.
_PATIENCE = 10.0

#: Seconds between two looks, and until a trainer that waits tries again to take over.
_LOOK, _STANDBY = 1.0, 5.0


async def run_trainer(settings: Settings) -> int:
    """Run the trainer until a signal; return the exit code of the process.

    One trainer works, others wait to take over.

    Raises:
        KafkaError: no broker answers.
        TopicError: a topic is missing and cannot be created.
    """
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    metrics = Metrics()
    async with AsyncExitStack() as stack:
        if settings.trainer_metrics_port:
            server, _ = start_http_server(
                settings.trainer_metrics_port, settings.metrics_host, registry=metrics.registry
            )
            stack.callback(server.shutdown)
        await _make_topics(settings)
        while not stopped.is_set():
            try:
                async with held(settings.redis_url, LOCKS.trainer) as lock:
                    await _work(settings, metrics, lock, stopped)
            except Taken:
                logger.info("another trainer works; waiting to take over")
            except (WeirError, KafkaError, *Unavailable) as error:
                logger.warning("the trainer begins anew in %g s: %r", _STANDBY, error)
            await _pause(stopped, _STANDBY)
    logger.info("the trainer stops")
    return 0


async def _make_topics(settings: Settings) -> None:
    wanted = [t for name in settings.domains for t in topics.of_domain(name, settings.partitions)]
    await topic_admin.ensure(settings.kafka, wanted)


async def _work(
    settings: Settings, metrics: Metrics, lock: HeldLock, stopped: asyncio.Event
) -> None:
    """Do the trainer's work for as long as the lock is held.

    Raises:
        Lost: another trainer has it now.
        OutputFailed: Kafka does not take what is written; a new connection may.
    """
    async with AsyncExitStack() as stack:
        duties = await _duties(settings, metrics, stack)
        logger.info("the trainer works for %s", ", ".join(settings.domains))
        while not stopped.is_set():
            for what, duty in [("holding the lock", lock.extend), *duties]:
                try:
                    await duty()
                except _PASSING as error:
                    logger.warning("%s failed, and is tried again: %s", what, error)
            await _pause(stopped, _LOOK)


async def _duties(settings: Settings, metrics: Metrics, stack: AsyncExitStack) -> list[Duty]:
    """Put the trainer together: what it does every second, in order."""
    redis, client = RedisReader.from_url(settings.redis_url), connect(settings.redis_url)
    stack.push_async_callback(redis.close)
    stack.push_async_callback(client.aclose)
    store, control = RedisStore(client), RedisControl(client)
    output = KafkaOutput(settings.kafka)
    await output.start()
    stack.push_async_callback(output.stop)
    found = {name: domains.load(name) for name in settings.domains}
    readers = {name: Reader(domain, redis, settings.key) for name, domain in found.items()}
    trainer = Trainer(settings, Inbox(control), readers, metrics, time.time)
    stack.push_async_callback(trainer.stop)
    books: list[Book] = []
    if settings.database_url != "none":
        log = DecisionLog.from_url(settings.database_url, _PATIENCE)
        stack.push_async_callback(log.close)
        books.append(log)
    duties: list[Duty] = [("looking at what is due", trainer.look)]
    for name in found:
        clerk = Clerk(name, control, [TopicBook(Emitter(name, output.writer())), *books])
        duties.append((f"writing down the decisions of {name}", clerk.write_down))
    archivist = Archivist(settings, list(found.values()), time.monotonic)
    stack.push_async_callback(archivist.stop)
    duties.append(("archiving", archivist.look))
    if settings.mlflow_url != "none":
        spool = Spool(settings.spool_dir, time.time)
        registrars = [
            Registrar(domain, store, control, spool, settings.key, time.time)
            for domain in found.values()
        ]
        tracker = tracking(settings.mlflow_url, settings.mlflow_artifacts)
        post = Post(spool, tracker, registrars, metrics, time.time)
        stack.push_async_callback(post.stop)
        duties += [("registering models", registrar.look) for registrar in registrars]
        duties.append(("telling MLflow", post.look))
    return duties


async def _pause(stopped: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stopped.wait()
    except TimeoutError:
        pass
