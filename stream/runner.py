"""Makes the Faust app, and runs it in this process until a signal or an error ends it."""

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import faust
from faust.app import BootStrategy
from faust.types import StreamT
from faust.types.auth import CredentialsT
from mode.supervisors import CrashingSupervisor

from stream.chunk import Chunk, Continuity, Fetched, OffsetOwner
from stream.kafka_address import KafkaAddress
from stream.transport import ChunkConsumer, ChunkTransport

log = logging.getLogger(__name__)

#: Exit codes of ``run``.
OK, FAILED = 0, 1

#: Seconds for a clean stop (finish the chunk in flight, leave the group, close the connections),
#: and how many more the process may live when that was not enough.
_STOP_SECONDS, _LAST_SECONDS = 3.5, 1.0


class _BootStrategy(BootStrategy):
    """Faust's own producer is never used: outputs are written as record batches."""

    enable_kafka_producer = False


class ChunkApp(faust.App):
    """A Faust app with the chunk transport; every topic it reads is claimed from the owner."""

    BootStrategy = _BootStrategy

    def __init__(
        self,
        *args: Any,
        owner: OffsetOwner,
        chunk_records: int,
        fetch_max_wait_ms: int,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self._make_transport = partial(
            ChunkTransport,
            owner=owner,
            chunk_records=chunk_records,
            fetch_max_wait_ms=fetch_max_wait_ms,
        )

    def _new_transport(self) -> ChunkTransport:
        return self._make_transport(self.conf.broker_consumer, self)

    def _create_directories(self) -> None:
        """Make none: there are no tables to store."""

    @property
    def chunk_consumer(self) -> ChunkConsumer:
        """The consumer, for the ends of the logs and the commits of the lag tools."""
        consumer = self.consumer
        assert isinstance(consumer, ChunkConsumer)  # noqa: S101  # narrows Faust's type
        return consumer


def build_app(
    *,
    name: str,
    kafka: KafkaAddress,
    owner: OffsetOwner,
    chunk_records: int = 2000,
    fetch_max_wait_ms: int = 20,
    session_timeout: float = 30.0,
    rebalance_timeout: float = 30.0,
    heartbeat_interval: float | None = None,
) -> ChunkApp:
    """Return an app that reads chunks.

    Args:
        name: the consumer group.
        kafka: where Kafka is.
        owner: claims the partitions.
        chunk_records: the most records in a chunk.
        fetch_max_wait_ms: how long the broker may hold back a fetch when there are no records.
        session_timeout: seconds without a heartbeat after which Kafka drops this worker.
        rebalance_timeout: seconds that a rebalance waits for the workers to join.
        heartbeat_interval: seconds; a fifth of the session timeout, at most 3, if not given.
    """
    return ChunkApp(
        name,
        owner=owner,
        chunk_records=chunk_records,
        fetch_max_wait_ms=fetch_max_wait_ms,
        env={},  # only stream/settings.py reads the environment
        autodiscover=False,
        datadir=Path(os.devnull),  # never written, see _create_directories
        broker=[f"kafka://{address}" for address in kafka.bootstrap.split(",")],
        broker_credentials=_credentials(kafka),
        broker_session_timeout=session_timeout,
        broker_rebalance_timeout=rebalance_timeout,
        broker_heartbeat_interval=heartbeat_interval or min(3.0, session_timeout / 5),
        broker_request_timeout=max(40.0, session_timeout),
        consumer_auto_offset_reset="none",  # a reset would be a gap without a word
        stream_recovery_delay=0,
        agent_supervisor=CrashingSupervisor,  # an exception ends the worker, it is not retried
        store="memory://",
        table_standby_replicas=0,  # with none, partitions are assigned round robin
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
        worker_redirect_stdouts=False,
    )


def _credentials(kafka: KafkaAddress) -> CredentialsT | None:
    """Return in Faust's words how one gets into Kafka."""
    context = kafka.ssl_context()
    if kafka.protocol.startswith("SASL_"):
        return faust.SASLCredentials(
            username=kafka.username,
            password=kafka.password,
            mechanism=kafka.mechanism,
            ssl_context=context,
        )
    return faust.SSLCredentials(context) if context else None


def consume(
    app: ChunkApp, *topics: str, name: str, process: Callable[[Chunk], Awaitable[None]]
) -> None:
    """Have every chunk of the topics processed: those of a partition one at a time, in order.

    What one fetch has brought of several partitions is processed together, so that one waits for
    Kafka and Redis while another computes. ``process`` gets live chunks only, with no gaps within
    an epoch. What it raises ends the worker, when the others are done.
    """

    async def agent(stream: StreamT[Fetched]) -> None:
        continuity = Continuity()
        async for fetched in stream:
            live = [chunk for chunk in fetched.chunks if chunk.live]
            for chunk in live:
                continuity.check(chunk)
            ends = await asyncio.gather(*map(process, live), return_exceptions=True)
            for error in ends:
                if error is not None:
                    raise error
            fetched.processed.set()

    channel = app.topic(*topics, key_serializer="raw", value_serializer="raw")
    app.agent(channel, name=name)(agent)


def run(app: ChunkApp) -> int:
    """Run the app until SIGTERM, SIGINT or an error; return the exit code of the process.

    Logging, stdout and the environment are left alone. A signal lets the chunk in flight finish.
    When the app has not stopped after some seconds (another worker delays a rebalance, say) the
    process ends all the same, with the same code; what was not committed is read again.
    """
    return asyncio.run(serve(app))


async def serve(app: ChunkApp) -> int:
    """Do as ``run``, in a running event loop."""
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    starting = loop.create_task(app.start(), name="start")
    waiting = [
        loop.create_task(stopped.wait(), name="signal"),
        loop.create_task(app.wait_until_stopped(), name="crash"),
    ]
    try:
        done, _ = await asyncio.wait([starting, *waiting], return_when=asyncio.FIRST_COMPLETED)
        if starting in done and not starting.exception():
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
    reason = app.crash_reason or (starting.exception() if starting.done() else None)
    if reason is not None:
        log.critical("the worker ends: %s: %s", type(reason).__name__, reason)
    else:
        log.info("the worker stops")
    code = FAILED if reason else OK
    await _stop(app, code)
    for task in (starting, *waiting):
        task.cancel()
    return code


async def _stop(app: ChunkApp, code: int) -> None:
    last_resort = threading.Timer(_STOP_SECONDS + _LAST_SECONDS, os._exit, [code])
    last_resort.daemon = True
    last_resort.start()
    stopping = asyncio.create_task(app.stop(), name="stop")
    done, _ = await asyncio.wait([stopping], timeout=_STOP_SECONDS)
    if not done:
        log.warning("not all has stopped within %.1f s; the process ends soon", _STOP_SECONDS)
        return
    last_resort.cancel()
    if error := stopping.exception():
        log.error("while stopping: %r", error, exc_info=error)
