"""Weir's outputs, written by Quix Streams' producer: librdkafka, in threads of its own."""

import asyncio
from collections.abc import Sequence

from quixstreams import Application


class QuixWriter:
    """A ``stream.emitter.Writer``; several tasks may share it.

    Args:
        app: has the settings of the producer.
    """

    def __init__(self, app: Application) -> None:
        self._producer = app.get_producer()

    def append(
        self,
        topic: str,
        partition: int,
        *,
        key: bytes | None,
        value: bytes | None,
        headers: Sequence[tuple[str, bytes]] = (),
    ) -> None:
        """Hand a record to librdkafka, which sends it when its batch is full or flushed."""
        given = list(headers) or None
        self._producer.produce(topic, value, key, headers=given, partition=partition)

    async def flush(self) -> None:
        """Return when Kafka has acknowledged all of it.

        Raises:
            RuntimeError: it has not.
        """
        # in a thread, so that other partitions compute meanwhile, as they do in Weir's worker
        left = await asyncio.to_thread(self._producer.flush, 30.0)
        if left:
            raise RuntimeError(f"{left} records were not acknowledged within 30 s")
