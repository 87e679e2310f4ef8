"""Which partition a user's events are in: Kafka's default partitioner."""

from functools import lru_cache

from aiokafka.partitioner import murmur2


@lru_cache(maxsize=200_000)
def partition_of(user_id: str, partitions: int) -> int:
    """Return the partition that Kafka's Java, Python and Go clients send this key to.

    librdkafka's default differs (CRC32): set ``partitioner=murmur2_random`` there.

    >>> [partition_of(user, 4) for user in ("1", "2", "3")]
    [3, 0, 3]
    """
    return int((murmur2(user_id.encode()) & 0x7FFFFFFF) % partitions)
