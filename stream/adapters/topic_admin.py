"""Creating topics, before anybody names them.

Brokers that create topics by themselves give them their own default number of partitions (the
embedded one does so for a mere question about a topic), and examples must be *one* log.
"""

import contextlib
from collections.abc import Sequence

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import for_code

from models.errors import WeirError
from stream.kafka_address import KafkaAddress
from stream.topics import Topic

_EXISTS = 36


class TopicError(WeirError):
    """A topic cannot be created; the message names it and says why."""


async def ensure(kafka: KafkaAddress, topics: Sequence[Topic]) -> list[str]:
    """Create those of `topics` that do not exist; return their names.

    Topics that exist are left as they are, also with another number of partitions.

    Args:
        kafka: where Kafka is.
        topics: what should exist.

    Raises:
        TopicError: the broker refused one.
        KafkaError: there is no broker.
    """
    async with contextlib.AsyncExitStack() as stack:
        admin = AIOKafkaAdminClient(**kafka.options())
        stack.push_async_callback(admin.close)
        await admin.start()
        there = set(await admin.list_topics())
        brokers = len((await admin.describe_cluster())["brokers"])
        wanted = [_new(topic, brokers) for topic in topics if topic.name not in there]
        if not wanted:
            return []
        answer = await admin.create_topics(wanted)
    created = []
    for name, code, *message in answer.topic_errors:
        if code == 0:
            created.append(name)
        elif code != _EXISTS:  # another worker was faster
            why = (message[0] if message else None) or for_code(code).__name__
            raise TopicError(f"topic {name} cannot be created: {why}")
    return created


def _new(topic: Topic, brokers: int) -> NewTopic:
    copies, config = topic.on(brokers)
    return NewTopic(topic.name, topic.partitions, copies, topic_configs=config)
