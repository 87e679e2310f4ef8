"""An app with the chunk transport that never connects, and what its tests need."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiokafka.structs import ConsumerRecord

from stream.kafka_address import KafkaAddress
from stream.runner import ChunkApp, build_app
from stream.transport import ChunkConsumer


class Owner:
    """An owner with one answer."""

    def __init__(self, offset: int = 0) -> None:
        self.offset = offset
        self.given_up: list[tuple[str, int]] = []

    async def claim(self, topic: str, partition: int) -> int:
        return self.offset

    def revoked(self, topic: str, partition: int) -> None:
        self.given_up.append((topic, partition))


def make_app(owner: Owner | None = None, **options: Any) -> ChunkApp:
    owner = owner or Owner()
    return build_app(name="contract", kafka=KafkaAddress("127.0.0.1:1"), owner=owner, **options)


@contextmanager
def consumer_of(app: ChunkApp) -> Iterator[ChunkConsumer]:
    """The app's consumer; made but not started, its thread leaves its event loop open."""
    made = app.chunk_consumer
    try:
        yield made
    finally:
        made._thread.thread_loop.close()


def record(offset: int) -> ConsumerRecord[bytes, bytes]:
    return ConsumerRecord("t", 0, offset, 1_000, 0, None, b"v", None, -1, 1, ())
