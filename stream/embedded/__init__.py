"""The embedded stack: a Kafka-protocol broker and a Redis server started from PyPI wheels."""
