"""A Quix Streams application that does the job of ``stream worker``, with its settings.

Run by ``benchmarks.quix.process``; usage: worker.py WRITER [COMMIT_EVERY [COMMIT_SECONDS]]

Quix Streams' own: consuming, the messages' way through a StreamingDataFrame, batches, checkpoints,
offsets, and with the writer ``quix`` the producer. Weir's own, the same code as in its worker:
events decoded, engine, scores, one commit to Redis a batch, learning and publishing models; and
with the writer ``weir`` the record batches of its outputs.
"""

import gc
import sys
import tempfile
import time

from anyio.from_thread import start_blocking_portal
from quixstreams import Application

from benchmarks.quix.producer import QuixWriter
from benchmarks.quix.sink import WeirSink
from stream import topics
from stream.adapters.kafka_output import KafkaOutput
from stream.adapters.redis_connection import connect
from stream.adapters.redis_control import RedisControl
from stream.adapters.redis_store import RedisStore
from stream.emitter import Writer
from stream.metrics import Metrics
from stream.settings import Settings, load
from stream.worker import DomainWorker

_DOMAIN = "churn"

#: How often Quix Streams commits: after so many messages, as many as Weir's four partitions have in
#: flight at most; or seconds, when there are fewer.
_EVERY, _SECONDS = 8000, 1.0


def main(writer: str, every: int = _EVERY, seconds: float = _SECONDS) -> None:
    """Run until a signal ends it."""
    settings = load()
    with tempfile.TemporaryDirectory() as state, start_blocking_portal() as portal:
        app = Application(
            broker_address=settings.kafka.bootstrap,
            consumer_group=settings.group,
            auto_offset_reset="earliest",
            commit_every=every,
            commit_interval=seconds,
            processing_guarantee="at-least-once",
            state_dir=state,
            auto_create_topics=False,
            producer_extra_config={"compression.type": "zstd", "acks": "all"},
            loglevel="WARNING",
        )
        redis = connect(settings.redis_url)
        worker = DomainWorker(
            _DOMAIN,
            settings,
            RedisStore(redis),
            RedisControl(redis),
            QuixWriter(app) if writer == "quix" else portal.call(_weir_writer, settings),
            Metrics(),
            time.time,
        )
        sink = WeirSink(worker, topics.events(_DOMAIN), settings, portal)
        for name in (topics.events(_DOMAIN), topics.examples(_DOMAIN)):
            topic = app.topic(name, key_deserializer="bytes", value_deserializer="bytes")
            app.dataframe(topic).sink(sink)
        gc.collect()
        gc.freeze()  # as Weir's worker does
        try:
            app.run()
        finally:
            sink.close()


async def _weir_writer(settings: Settings) -> Writer:
    output = KafkaOutput(settings.kafka)
    await output.start()
    return output.writer()


if __name__ == "__main__":
    main(sys.argv[1], *(kind(text) for kind, text in zip((int, float), sys.argv[2:], strict=False)))
