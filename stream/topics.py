"""The topics of a domain, as plain data: names, partitions, configuration.

Who creates them uses its own client (``replay/topics.py`` uses kafka-python); this file needs none.
"""

from collections.abc import Mapping
from dataclasses import dataclass

_DAY_MS = 24 * 3_600_000
_KEEP = "-1"
_MOST_COPIES = 3


@dataclass(frozen=True)
class Topic:
    """One topic.

    Attributes:
        name: ``<what>.<domain>``.
        partitions: how many.
        config: Kafka's per-topic settings, where the broker's default would be wrong.
        key: what the key of a record is, for people.
        holds: what it carries, who writes it and who reads it, for people.
    """

    name: str
    partitions: int
    config: Mapping[str, str]
    key: str = ""
    holds: str = ""

    def on(self, brokers: int) -> tuple[int, dict[str, str]]:
        """Return how many copies each partition gets on so many brokers, and the configuration.

        Three copies, of which two must have what is acknowledged, so that one broker may die;
        with fewer brokers as many as there are.

        >>> Topic("events.churn", 4, {}).on(5)
        (3, {'min.insync.replicas': '2'})
        """
        copies = min(_MOST_COPIES, brokers)
        return copies, {**self.config, "min.insync.replicas": str(max(1, copies - 1))}


def events(domain: str) -> str:
    """Return the topic of the raw events, JSON keyed by user id."""
    return f"events.{domain}"


def scores(domain: str) -> str:
    """Return the topic of the scores, co-partitioned with the events."""
    return f"scores.{domain}"


def examples(domain: str) -> str:
    """Return the topic of the labelled snapshots: one ordered log, from which models are built."""
    return f"examples.{domain}"


def dead_letters(domain: str) -> str:
    """Return the topic of the records that could not be used, co-partitioned with the events."""
    return f"dlq.{domain}"


def alerts(domain: str) -> str:
    """Return the topic of the drift alarms."""
    return f"alerts.{domain}"


def decisions(domain: str) -> str:
    """Return the topic of the decisions about who serves."""
    return f"decisions.{domain}"


def of_domain(domain: str, partitions: int) -> tuple[Topic, ...]:
    """Return every topic of a domain.

    Times of events are those of their producer (event-to-score latency is measured from them).
    Those of our own records are the broker's: it refuses records from the future, and a worker
    whose clock is wrong would write nothing.
    Records stay compressed as their producer sent them (lz4 and zstd). The examples are kept for
    good: a model is its recipe and this log up to an offset.

    >>> [f"{topic.name} {topic.partitions}" for topic in of_domain("churn", 4)][2:4]
    ['examples.churn 1', 'alerts.churn 1']
    """
    return (
        _topic(
            *(events(domain), partitions, str(30 * _DAY_MS)),
            key="the user id",
            holds="What happened, an event a record. Producers and `replay send` write it, workers "
            "read it.",
            times="CreateTime",
        ),
        _topic(
            *(scores(domain), partitions, str(7 * _DAY_MS)),
            key="the user id",
            holds="A score for each event and each snapshot, in the partition of the user's "
            "events. Workers write it, for whoever needs scores as they are made.",
        ),
        _topic(
            *(examples(domain), 1, _KEEP),
            key="the user id",
            holds="Snapshots with what has become known since, and some as they were taken. "
            "Workers write it, learner and trainer learn from it: a model is its recipe and this "
            "log up to an offset.",
        ),
        _topic(
            *(alerts(domain), 1, str(365 * _DAY_MS)),
            key="the alarm's id",
            holds="Alarms of drift, told once a shift. The learner writes it, for whoever acts on "
            "them.",
        ),
        _topic(
            *(decisions(domain), 1, _KEEP),
            key="the decision's id",
            holds="Decisions about who serves, with their evidence. The trainer writes it, for "
            "whoever has to know; a decision may come twice, with the same id.",
        ),
        _topic(
            *(dead_letters(domain), partitions, str(30 * _DAY_MS)),
            key="that of the record",
            holds="Records that cannot be used, bytes untouched, in the partition they came from; "
            "the headers say why. Workers write it, for whoever mends what sends them.",
        ),
    )


def _topic(
    name: str,
    partitions: int,
    retention_ms: str,
    *,
    key: str,
    holds: str,
    times: str = "LogAppendTime",
) -> Topic:
    config = {
        "cleanup.policy": "delete",
        "compression.type": "producer",
        "message.timestamp.type": times,
        "retention.ms": retention_ms,
    }
    return Topic(name, partitions, config, key, holds)
