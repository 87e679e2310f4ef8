"""Short questions to a broker and to a Redis: are you there, and how are you set up?

Each asks over a connection of its own and closes it. Nothing is created by asking.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaConnectionError, KafkaError
from redis import Redis
from redis.exceptions import RedisError, ResponseError

from models.errors import WeirError
from stream import topics
from stream.kafka_address import KafkaAddress
from stream.keys import DomainKeys, PartitionKeys
from stream.overheard import overheard

_T = TypeVar("_T")


class Unreachable(WeirError):
    """Nothing at that address, or it does not speak the protocol; the message says which."""


@dataclass(frozen=True)
class BrokerFacts:
    """What a Kafka cluster says of itself.

    Attributes:
        cluster_id: the name that it gives itself.
        brokers: host and port of each broker as advertised: clients connect to these.
        topics: the number of partitions of each topic.
    """

    cluster_id: str
    brokers: tuple[tuple[str, int], ...]
    topics: Mapping[str, int]


@dataclass(frozen=True)
class RedisFacts:
    """What a Redis says of itself; empty where it may not say (hosted Redis without CONFIG).

    Attributes:
        version: for example ``7.2.4``.
        directory: where it keeps its data.
        appends: whether every write goes to an append-only file.
        eviction: what it does when its memory is full; Weir needs ``noeviction``.
        used_memory: in bytes.
        max_memory: in bytes; 0 means no limit of its own.
        lua: whether it runs Lua scripts.
    """

    version: str
    directory: str
    appends: bool
    eviction: str
    used_memory: int
    max_memory: int
    lua: bool


@dataclass(frozen=True)
class Positions:
    """Where the workers stand, as stored in Redis.

    Attributes:
        offsets: the next offset to read, by topic and partition; only those ever committed.
        partitions: the number of partitions that the states were laid out for, by domain.
    """

    offsets: Mapping[tuple[str, int], int]
    partitions: Mapping[str, int]


class Extent(NamedTuple):
    """The offsets of a partition.

    Attributes:
        begin: the oldest that Kafka has.
        end: the one that the next record will get.
    """

    begin: int
    end: int


def broker(kafka: KafkaAddress, timeout: float = 5.0) -> BrokerFacts:
    """Ask a cluster for its brokers and topics.

    Args:
        kafka: where Kafka is.
        timeout: in seconds, for all of it.

    Raises:
        Unreachable: no answer in time, or not one of a Kafka broker.
    """
    return _run(lambda: _broker(kafka), timeout)


def extents(
    kafka: KafkaAddress, topics: Mapping[str, int], timeout: float = 10.0
) -> dict[tuple[str, int], Extent]:
    """Ask which offsets there are of each topic and partition.

    Args:
        kafka: where Kafka is.
        topics: topics that exist (some brokers create a topic when asked about it), with their
            numbers of partitions.
        timeout: in seconds, for all of it.

    Raises:
        Unreachable: no answer in time, or not one of a Kafka broker.
    """
    return _run(lambda: _extents(kafka, topics), timeout)


def redis(url: str, timeout: float = 3.0) -> RedisFacts:
    """Ask a Redis for its version and set-up.

    Args:
        url: ``redis://...``, ``rediss://...`` or ``unix://...``.
        timeout: in seconds, for each question.

    Raises:
        Unreachable: no answer in time, or not one of a Redis that is ready.
    """
    return _ask_redis(url, timeout, _redis)


def positions(url: str, domains: Iterable[str], timeout: float = 3.0) -> Positions:
    """Ask a Redis where the workers of `domains` stand.

    Args:
        url: ``redis://...``, ``rediss://...`` or ``unix://...``.
        domains: their names; those never run are left out of the answer.
        timeout: in seconds, for each question.

    Raises:
        Unreachable: no answer in time, or not one of a Redis that is ready.
    """
    return _ask_redis(url, timeout, lambda client: _positions(client, domains))


async def _broker(kafka: KafkaAddress) -> BrokerFacts:
    async with contextlib.AsyncExitStack() as stack:
        admin = AIOKafkaAdminClient(**kafka.options())
        stack.push_async_callback(admin.close)
        await admin.start()
        cluster: dict[str, Any] = await admin.describe_cluster()
        topics: list[dict[str, Any]] = await admin.describe_topics()  # all, and creates none
    return BrokerFacts(
        cluster_id=str(cluster["cluster_id"]),
        brokers=tuple((str(b["host"]), int(b["port"])) for b in cluster["brokers"]),
        topics={str(topic["topic"]): len(topic["partitions"]) for topic in topics},
    )


async def _extents(kafka: KafkaAddress, topics: Mapping[str, int]) -> dict[tuple[str, int], Extent]:
    if not topics:  # a consumer of nothing that is stopped at once raises CancelledError
        return {}
    partitions = [TopicPartition(name, p) for name, count in topics.items() for p in range(count)]
    async with contextlib.AsyncExitStack() as stack:
        consumer = AIOKafkaConsumer(fetch_max_wait_ms=50, **kafka.options())
        stack.push_async_callback(consumer.stop)
        await consumer.start()
        consumer.assign(partitions)
        begins: Mapping[TopicPartition, int] = await consumer.beginning_offsets(partitions)
        listed: Mapping[TopicPartition, int] = await consumer.end_offsets(partitions)
        # the embedded broker lists an offset inside its last batch; a fetch tells the true end
        for at, offset in listed.items():
            consumer.seek(at, offset)
        while not all(consumer.highwater(at) is not None for at in partitions):
            await consumer.getmany(timeout_ms=100)
        ends = {at: max(listed[at], consumer.highwater(at)) for at in partitions}
    return {
        (str(at.topic), int(at.partition)): Extent(int(begins[at]), int(end))
        for at, end in ends.items()
    }


def _redis(client: Redis) -> RedisFacts:
    info: dict[str, Any] = client.info()
    try:
        # one by one: before Redis 7 the command takes one name
        config = client.config_get("dir") | client.config_get("maxmemory-policy")
    except ResponseError:  # hosted Redis: CONFIG is not for everybody
        config = {}
    try:
        lua = client.eval("return 41 + 1", 0) == 42
    except ResponseError:
        lua = False
    return RedisFacts(
        version=str(info.get("redis_version", "")),
        directory=config.get("dir") or "",
        appends=info.get("aof_enabled") == 1,
        eviction=config.get("maxmemory-policy") or str(info.get("maxmemory_policy", "")),
        used_memory=int(info.get("used_memory", 0)),
        max_memory=int(info.get("maxmemory", 0)),
        lua=lua,
    )


def _positions(client: Redis, domains: Iterable[str]) -> Positions:
    offsets: dict[tuple[str, int], int] = {}
    partitions: dict[str, int] = {}
    for domain in domains:
        keys = DomainKeys.of(domain)
        partitions_text = client.hget(keys.info, "partitions")
        if partitions_text is None:
            continue
        partitions[domain] = int(partitions_text)
        places = {
            (topics.events(domain), number): PartitionKeys.of(domain, number).meta
            for number in range(partitions[domain])
        }
        places[topics.examples(domain), 0] = keys.learner
        for place, key in places.items():
            offset = client.hget(key, "offset")
            if offset is not None:
                offsets[place] = int(offset)
    return Positions(offsets, partitions)


def _ask_redis(url: str, timeout: float, ask: Callable[[Redis], _T]) -> _T:
    try:
        with contextlib.closing(
            Redis.from_url(
                url, socket_timeout=timeout, socket_connect_timeout=timeout, decode_responses=True
            )
        ) as client:
            return ask(client)
    except (RedisError, OSError, ValueError) as error:
        raise Unreachable(str(error).rstrip(".") or type(error).__name__) from error


def _run(ask: Callable[[], Awaitable[_T]], timeout: float) -> _T:
    async def bounded() -> _T:
        async with asyncio.timeout(timeout):
            return await ask()

    with overheard("aiokafka") as log:
        try:
            return asyncio.run(bounded())
        except TimeoutError as error:
            raise Unreachable(log.reason() or f"no answer within {timeout:g} s") from error
        except KafkaConnectionError as error:
            why = "nothing there that speaks Kafka's protocol, or not the security protocol chosen"
            raise Unreachable(log.reason() or why) from error
        except (KafkaError, OSError) as error:
            raise Unreachable(str(error) or type(error).__name__) from error
