"""Chunks: what the worker processes at once, and who owns the offsets they are read from.

Kafka's consumer group decides which worker reads a partition; where it reads on is decided by the
``OffsetOwner``, which keeps the offset with the state that was made from it. Every assignment is
claimed anew, and each claim is an **epoch**:

* A chunk carries the epoch in which it was fetched.
* Within an epoch the chunks of a partition follow on from one another: each starts where the
  one before it ended, and the first starts at the offset that the owner returned.
* An epoch ends when the group begins to rebalance. Its chunks are then no longer ``live``, and
  none of them reaches the processor.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from models.errors import WeirError

#: Seconds after which chunks are looked at again that no agent has done with: a rebalance empties
#: the queues without a word.
_LOOK_AGAIN_SECONDS = 0.2


class OffsetOutOfRange(WeirError):
    """The log no longer has the record that must be read next; the worker cannot go on.

    Attributes:
        topic, partition: where.
        offset: the offset to read next.
        begin: the first offset that the log has.
        end: the offset that the next record of the log will get.
    """

    def __init__(self, topic: str, partition: int, offset: int, begin: int, end: int) -> None:
        where = f"{topic} partition {partition}: the next offset to read is {offset}, "
        if offset < begin:
            text = (
                f"but the log begins at {begin}: {begin - offset} records were deleted before "
                f"they were processed. Lengthen the topic's retention (retention.ms); to go on "
                f"without those records, delete the stored state and replay the log"
            )
        else:
            text = (
                f"but the log ends at {end}: the topic was made anew, or the broker lost records. "
                f"The stored state belongs to another log: delete it and replay, or point "
                f"WEIR_BROKER_URL and WEIR_REDIS_URL at a broker and a Redis that belong together"
            )
        super().__init__(where + text)
        self.topic = topic
        self.partition = partition
        self.offset = offset
        self.begin = begin
        self.end = end


class ChunkGap(WeirError):
    """A chunk was lost between the broker and the processor: a defect, never a condition."""


class OffsetOwner(Protocol):
    """Keeps the offset of each partition together with the state made from it."""

    async def claim(self, topic: str, partition: int) -> int:
        """Claim a partition and return the offset to read next, 0 for a partition never read.

        Called on every assignment, in the worker's event loop, before anything is fetched. It
        takes the fencing token, so that a former owner can commit no more. It may be called
        again for the same partition. What it raises ends the worker.
        """

    def revoked(self, topic: str, partition: int) -> None:
        """The partition was given up. The chunk in flight is finished; must not block.

        Not called when the worker stops.
        """


@dataclass(eq=False, slots=True)
class Claim:
    """One epoch of one partition.

    Attributes:
        next: the offset at which the next chunk starts.
        position: the offset from which the first one is fetched: ``next``, or the log's beginning
            when a partition is read for the first time.
        live: whether the partition is still this worker's, as far as it knows.
    """

    topic: str
    partition: int
    epoch: int
    next: int
    position: int
    live: bool = True

    def take(self, records: Sequence[Any]) -> "Chunk":
        """Return the records as this epoch's next chunk.

        Raises:
            ChunkGap: they do not follow on from the chunk before.
        """
        first, last = records[0].offset, records[-1].offset
        if first < self.next:
            raise ChunkGap(
                f"{self.topic} partition {self.partition}: read offset {first} again in epoch "
                f"{self.epoch}, which had come to {self.next}"
            )
        chunk = Chunk(self, self.next, records)
        self.next = last + 1
        return chunk


@dataclass(frozen=True, eq=False, slots=True)
class Chunk:
    """Records of one partition, in order, all there are between ``start`` and ``end``.

    Attributes:
        start: the offset from which they were read. Compacted logs have gaps, so the first
            record may have a higher one.
        records: aiokafka's ConsumerRecords, at least one.
    """

    claim: Claim = field(repr=False)
    start: int
    records: Sequence[Any] = field(repr=False)

    @property
    def topic(self) -> str:
        """The topic read from."""
        return self.claim.topic

    @property
    def partition(self) -> int:
        """The partition read from."""
        return self.claim.partition

    @property
    def epoch(self) -> int:
        """The claim under which it was fetched; grows with every claim of this process."""
        return self.claim.epoch

    @property
    def live(self) -> bool:
        """Whether the partition is still this worker's, as far as it knows."""
        return self.claim.live

    @property
    def first_offset(self) -> int:
        """The offset of the first record."""
        return int(self.records[0].offset)

    @property
    def last_offset(self) -> int:
        """The offset of the last record."""
        return int(self.records[-1].offset)

    @property
    def end(self) -> int:
        """The offset to read next; what the owner stores when the chunk is processed."""
        return self.last_offset + 1


class Fetched:
    """What one fetch has brought of a topic: a chunk of each partition that had records.

    Attributes:
        chunks: at least one, each of another partition.
        processed: set when an agent has done with them.
    """

    def __init__(self, chunks: Sequence[Chunk]) -> None:
        self.chunks = chunks
        self.processed = asyncio.Event()

    async def until_processed(self) -> None:
        """Wait until an agent has done with the chunks, or a rebalance has taken them away."""
        while any(chunk.live for chunk in self.chunks):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.processed.wait(), _LOOK_AGAIN_SECONDS)
                return


class Continuity:
    """Checks that no chunk of an epoch is missing where it is processed."""

    def __init__(self) -> None:
        self._ends: dict[tuple[str, int], tuple[int, int]] = {}

    def check(self, chunk: Chunk) -> None:
        """Take note of the next chunk that will be processed.

        Raises:
            ChunkGap: the chunk before it never came.
        """
        key = (chunk.topic, chunk.partition)
        epoch, end = self._ends.get(key, (0, 0))
        if chunk.epoch == epoch and chunk.start != end:
            raise ChunkGap(
                f"{chunk.topic} partition {chunk.partition}: the chunk after offset {end - 1} "
                f"starts at {chunk.start} in epoch {epoch}"
            )
        self._ends[key] = (chunk.epoch, chunk.end)
