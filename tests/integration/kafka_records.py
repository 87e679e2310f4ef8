"""Reads what is in a topic, for the tests of replay."""

from typing import Any

from kafka import KafkaConsumer, TopicPartition


def read(bootstrap: str, topic: str, log: str | None = None) -> dict[int, list[Any]]:
    """Return the records of each partition, of one log (``Mark.log``) if it is given."""
    consumer = KafkaConsumer(
        bootstrap_servers=bootstrap, group_id=None, enable_auto_commit=False, metrics_enabled=False
    )
    found: dict[int, list[Any]] = {}
    try:
        for number in sorted(consumer.partitions_for_topic(topic)):
            at = TopicPartition(topic, number)
            consumer.assign([at])
            consumer.seek_to_beginning(at)
            records = found.setdefault(number, [])
            empty = consumer.end_offsets([at])[at] == consumer.position(at)
            while not empty and consumer.position(at) < (consumer.highwater(at) or 1):
                records += consumer.poll(timeout_ms=500, max_records=5000).get(at, [])
    finally:
        consumer.close()
    if log is not None:
        for number, records in found.items():
            found[number] = [r for r in records if _log(r) == log]
    return found


def _log(record: Any) -> str:
    value: bytes = dict(record.headers).get("weir-replay", b"")
    return value.partition(b".")[0].decode()
