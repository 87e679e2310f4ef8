"""The one place where a worker is put together. Nothing connects before it runs."""

import gc
import time

from prometheus_client import start_http_server

from stream import topics
from stream.adapters import topic_admin
from stream.adapters.kafka_output import KafkaOutput
from stream.adapters.redis_connection import connect
from stream.adapters.redis_control import RedisControl
from stream.adapters.redis_store import RedisStore
from stream.housekeeping import Housekeeping
from stream.metrics import Metrics
from stream.runner import ChunkApp, build_app, consume, serve
from stream.settings import Settings
from stream.watchdog import Watchdog, guard
from stream.worker import Worker


async def run_worker(settings: Settings) -> int:
    """Run a worker until a signal or an error ends it; return the exit code.

    1. Topics that are missing are created.
    2. The worker joins its consumer group; every partition it is given is claimed in Redis.
    3. On a signal the chunks in flight are finished, then everything is closed.

    Raises:
        KafkaError: no broker answers.
        TopicError: a topic is missing and cannot be created.
    """
    metrics, redis = Metrics(), connect(settings.redis_url)
    wanted = [t for name in settings.domains for t in topics.of_domain(name, settings.partitions)]
    await topic_admin.ensure(settings.kafka, wanted)
    output = KafkaOutput(settings.kafka)
    server = None
    if settings.metrics_port:
        server, _ = start_http_server(
            settings.metrics_port, settings.metrics_host, registry=metrics.registry
        )
    await output.start()
    try:
        store, control = RedisStore(redis), RedisControl(redis)
        worker = Worker(settings, store, control, output.writer, metrics, time.time)
        # what has been imported and made so far stays: collections need not walk through it
        gc.collect()
        gc.freeze()
        watchdog = Watchdog(time.monotonic, settings.watchdog_seconds)
        unwatch = guard(watchdog)
        code = await serve(_app(settings, worker, watchdog))
        unwatch.set()
        await worker.close()
        return code
    finally:
        await output.stop()
        await redis.aclose()
        if server is not None:
            server.shutdown()


def _app(settings: Settings, worker: Worker, watchdog: Watchdog) -> ChunkApp:
    app = build_app(
        name=settings.group,
        kafka=settings.kafka,
        owner=worker,
        chunk_records=settings.chunk_records,
        session_timeout=settings.session_timeout,
        rebalance_timeout=settings.rebalance_timeout,
    )
    for name, domain in worker.domains.items():
        consume(app, topics.events(name), name=f"{name}-events", process=domain.process)
        consume(app, topics.examples(name), name=f"{name}-examples", process=domain.learn)
    Housekeeping(settings, worker, app, watchdog, time.time).schedule()
    return app
