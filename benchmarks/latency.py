"""Event-to-score latency: from an event's entry into Kafka to a consumer of its score."""

import asyncio
import time
from typing import Any

import aiokafka
import orjson

from benchmarks.workload import Record, Stack, stack
from stream import topics

#: Scores of the first seconds are left out: connections are made, code is warmed.
_WARM_SECONDS = 5.0


def latencies(records: list[Record], rate: float, seconds: float) -> tuple[list[float], float]:
    """Return the latencies (ms) at an even rate of events a second, and the rate reached."""
    with stack() as where:
        child = where.start("worker", "stream", "worker")
        try:
            return asyncio.run(_measure(where, records, rate, seconds))
        finally:
            child.stop()


async def _measure(
    where: Stack, records: list[Record], rate: float, seconds: float
) -> tuple[list[float], float]:
    bootstrap = where.broker.bootstrap
    producer = aiokafka.AIOKafkaProducer(bootstrap_servers=bootstrap, linger_ms=5, acks="all")
    consumer = aiokafka.AIOKafkaConsumer(
        topics.scores("churn"),
        bootstrap_servers=bootstrap,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=5,
    )
    await producer.start()
    await consumer.start()
    found: list[tuple[float, float]] = []
    first = asyncio.Event()
    reading = asyncio.create_task(_read(consumer, found, first))
    try:
        # the first event waits for the group to form; one that belongs to nobody has no score
        records = [record for record in records if record.key]
        await _send(producer, records[0])
        async with asyncio.timeout(60):
            await first.wait()
        found.clear()
        begun = time.time()
        count = min(len(records) - 1, int(rate * seconds))
        for number in range(1, count + 1):
            await _send(producer, records[number])
            ahead = number / rate - (time.time() - begun)
            if ahead > 0.002:
                await asyncio.sleep(ahead)
        reached = count / (time.time() - begun)
        await asyncio.sleep(1.0)
    finally:
        reading.cancel()
        await producer.stop()
        await consumer.stop()
    return [late for sent, late in found if sent > begun + _WARM_SECONDS], reached


async def _send(producer: Any, record: Record) -> None:
    await producer.send(
        topics.events("churn"), key=record.key, value=record.value, partition=record.partition
    )


async def _read(consumer: Any, found: list[tuple[float, float]], first: asyncio.Event) -> None:
    async for record in consumer:
        score = orjson.loads(record.value)
        if score["produced_at"]:
            sent = score["produced_at"] / 1000
            found.append((sent, (time.time() - sent) * 1000))
            first.set()
