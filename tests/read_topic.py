"""Reads topics with aiokafka."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiokafka


@asynccontextmanager
async def consuming(bootstrap: str, *topics: str, **options: Any) -> AsyncIterator[Any]:
    options = {"auto_offset_reset": "earliest"} | options
    consumer = aiokafka.AIOKafkaConsumer(*topics, bootstrap_servers=bootstrap, **options)
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


async def read_topic(bootstrap: str, topic: str) -> list[Any]:
    """Return all records of a topic, partition by partition."""
    async with consuming(bootstrap) as consumer:
        partitions = consumer.partitions_for_topic(topic) or await _partitions(consumer, topic)
        tps = [aiokafka.TopicPartition(topic, partition) for partition in sorted(partitions)]
        consumer.assign(tps)
        ends = await consumer.end_offsets(tps)
        await consumer.seek_to_beginning(*tps)
        records: list[Any] = []
        for tp in tps:
            while await consumer.position(tp) < ends[tp]:
                for batch in (await consumer.getmany(tp, timeout_ms=500)).values():
                    records += batch
        return records


async def _partitions(consumer: Any, topic: str) -> set[int]:
    consumer.subscribe([topic])
    await consumer._client.force_metadata_update()
    consumer.unsubscribe()
    found: set[int] = consumer.partitions_for_topic(topic)
    return found
