"""Reads a topic whole."""

from typing import Any

import aiokafka


async def read_topic(bootstrap: str, topic: str) -> list[Any]:
    consumer = aiokafka.AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await consumer.start()
    try:
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
    finally:
        await consumer.stop()


async def _partitions(consumer: Any, topic: str) -> set[int]:
    consumer.subscribe([topic])
    await consumer._client.force_metadata_update()
    consumer.unsubscribe()
    found: set[int] = consumer.partitions_for_topic(topic)
    return found
