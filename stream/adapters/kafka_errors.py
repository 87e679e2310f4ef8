"""The error that everything about Kafka raises, for those who do not talk to Kafka themselves."""

from aiokafka.errors import KafkaError

__all__ = ["KafkaError"]
