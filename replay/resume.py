"""Where a replay was interrupted: the topic itself is the truth, not a file on this machine.

Every record carries a header ``weir-replay`` that says which log it is from and its place in the
order of sending. Within a partition this order is kept (the producer is idempotent), so the last
record of the log in each partition says all: what came before it was sent, what comes after it was
not.
"""

import hashlib
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from models.errors import WeirError
from replay.topics import BrokerError
from stream.kafka_address import KafkaAddress

HEADER = "weir-replay"

_VALUE = re.compile(rb"(?P<log>[0-9a-f]+)\.(?P<way>[0-9a-f]+):(?P<round>\d+):(?P<number>\d+)")

_FIRST_LOOK = 1000
_SETTLE_SECONDS = 0.5
_SETTLE_TRIES = 10
_SILENCE_SECONDS = 30.0


class ResumeError(WeirError):
    """A replay cannot be resumed; the message says why."""


class Place(NamedTuple):
    """A place in the order of sending.

    Attributes:
        round: how often the log has been repeated before (``--loop``).
        number: position in that round, from 0.
    """

    round: int
    number: int


@dataclass(frozen=True)
class Mark:
    """Identifies a replay.

    Attributes:
        log: digest of the logs' bytes, in the order in which they are named.
        way: digest of what else decides the order and the partitions.
    """

    log: str
    way: str

    @cached_property
    def _prefix(self) -> bytes:
        return f"{self.log}.{self.way}:".encode()

    def header(self, place: Place) -> tuple[str, bytes]:
        """Return the record header of a place.

        >>> Mark("a1", "b2").header(Place(0, 7))
        ('weir-replay', b'a1.b2:0:7')
        """
        return HEADER, self._prefix + b"%d:%d" % place


def mark_of(paths: Sequence[str], sort_buffer: int, partitions: int, layout: str = "") -> Mark:
    """Return the mark of a replay of these files."""
    log = hashlib.blake2b(digest_size=8)
    for path in paths:
        with Path(path).open("rb") as file:
            log.update(hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).digest())
    return Mark(log.hexdigest(), way_of(sort_buffer, partitions, layout))


def way_of(sort_buffer: int, partitions: int, layout: str = "") -> str:
    """Return the digest of what decides order and partitions; a layout is given as its digest."""
    way = (f"{sort_buffer}/{partitions}" + (f"/{layout}" if layout else "")).encode()
    return hashlib.blake2b(way, digest_size=4).hexdigest()


def last_sent(
    kafka: KafkaAddress, topic: str, mark: Mark, sleep: Callable[[float], object] = time.sleep
) -> dict[int, Place]:
    """Return the last place of the log in each partition where it has left a trace.

    A sender that was killed may have left bytes on their way, so it looks again until nothing new
    of this log has come for half a second.

    Raises:
        BrokerError: the topic cannot be read.
        ResumeError: the log was sent with another sort buffer, layout or number of partitions, or
            it is still being sent.
    """
    try:
        consumer = KafkaConsumer(
            **kafka.options(),
            client_id="weir-replay",
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            metrics_enabled=False,
        )
    except KafkaError as error:
        raise BrokerError(f"the broker at {kafka.bootstrap} refuses: {error}") from None
    try:
        found = _scan(consumer, topic, mark)
        for _ in range(_SETTLE_TRIES):
            sleep(_SETTLE_SECONDS)
            before, found = found, _scan(consumer, topic, mark)
            if found == before:
                return found
    except KafkaError as error:
        raise BrokerError(f"{topic} at {kafka.bootstrap} cannot be read: {error}") from None
    finally:
        consumer.close()
    raise ResumeError(f"this log is being sent to {topic} right now; stop that `replay send` first")


def _scan(consumer: Any, topic: str, mark: Mark) -> dict[int, Place]:  # Any: no types in kafka
    partitions = sorted(consumer.partitions_for_topic(topic) or ())
    places = {}
    for partition in partitions:
        place = _last_in(consumer, TopicPartition(topic, partition), mark)
        if place is not None:
            places[partition] = place
    return places


def _last_in(consumer: Any, at: TopicPartition, mark: Mark) -> Place | None:
    """Search backwards, in steps that grow, for the last record of the log in one partition."""
    consumer.assign([at])
    begin = consumer.beginning_offsets([at])[at]
    start = consumer.end_offsets([at])[at]
    end: int | None = None
    step = _FIRST_LOOK
    while start > begin:
        start = max(begin, start - step)
        place = _last_between(consumer, at, start, end, mark)
        if place is not None:
            return place
        end = start
        step *= 8
    return None


def _last_between(
    consumer: Any, at: TopicPartition, start: int, end: int | None, mark: Mark
) -> Place | None:
    """Read from an offset to another, or to the end of the partition."""
    consumer.seek(at, start)
    place = None
    deadline = time.monotonic() + _SILENCE_SECONDS
    while not _reached(consumer, at, end):
        records = consumer.poll(timeout_ms=500, max_records=5000).get(at, ())
        for record in records:
            if end is None or record.offset < end:
                place = place_of(record.headers, mark) or place
        if records:
            deadline = time.monotonic() + _SILENCE_SECONDS
        elif time.monotonic() > deadline:
            raise BrokerError(
                f"{at.topic}, partition {at.partition} cannot be read at offset "
                f"{consumer.position(at)}"
            )
    return place


def _reached(consumer: Any, at: TopicPartition, end: int | None) -> bool:
    if end is None:
        # not end_offsets(): the embedded broker gives one that is inside the last batch
        end = consumer.highwater(at)
    return end is not None and consumer.position(at) >= end


def place_of(headers: Sequence[tuple[str, bytes]], mark: Mark) -> Place | None:
    """Return the place that a record's headers give, None when it is not from this log.

    Raises:
        ResumeError: it is, but was sent in another order or to other partitions.
    """
    for name, value in headers:
        found = _VALUE.fullmatch(value) if name == HEADER else None
        if found is not None and found["log"].decode() == mark.log:
            if found["way"].decode() != mark.way:
                raise ResumeError(
                    "this log was sent with another --sort-buffer or --layout, or the topic had "
                    "another number of partitions; resume with what it was sent with"
                )
            return Place(int(found["round"]), int(found["number"]))
    return None
