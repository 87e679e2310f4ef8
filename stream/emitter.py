"""The output topics of one domain, as the processor sees them."""

from collections.abc import Sequence
from typing import Protocol

from models.alarms import Alarm
from models.contest.decisions import Decision
from models.effects import Example, Scored, Snapshot
from models.errors import BadRecord
from stream import topics
from stream.records import (
    dead_letter_headers,
    encode_alarm,
    encode_decision,
    encode_example,
    encode_score,
)


class SourceRecord(Protocol):
    """What a dead letter keeps of its record."""

    @property
    def offset(self) -> int:
        """Its offset."""

    @property
    def key(self) -> bytes | None:
        """Its key."""

    @property
    def value(self) -> bytes | None:
        """Its value, kept untouched."""


class Writer(Protocol):
    """Collects records into batches and sends them; see ``RecordBatchWriter``."""

    def append(
        self,
        topic: str,
        partition: int,
        *,
        key: bytes | None,
        value: bytes | None,
        headers: Sequence[tuple[str, bytes]] = (),
    ) -> None:
        """Add a record."""

    async def flush(self) -> None:
        """Return when Kafka has acknowledged all that was added."""


class Emitter:
    """Writes scores and dead letters beside their source partition, the others to their one log."""

    def __init__(self, domain: str, writer: Writer) -> None:
        self._domain = domain
        self._writer = writer
        self._scores = topics.scores(domain)
        self._examples = topics.examples(domain)
        self._decisions = topics.decisions(domain)
        self._alerts = topics.alerts(domain)
        self._dead_letters = topics.dead_letters(domain)
        self._source = topics.events(domain)

    def score(self, partition: int, scored: Scored, produced_ms: int) -> None:
        """Write a score; ``produced_ms`` is when its event entered Kafka, 0 for a snapshot."""
        value = encode_score(scored, self._domain, produced_ms)
        self._writer.append(self._scores, partition, key=scored.user_id.encode(), value=value)

    def alarm(self, alarm: Alarm) -> None:
        """Write a drift alarm."""
        self._writer.append(self._alerts, 0, key=alarm.id.encode(), value=encode_alarm(alarm))

    def decision(self, decision: Decision) -> None:
        """Write a decision about the line-up."""
        value = encode_decision(decision)
        self._writer.append(self._decisions, 0, key=decision.id.encode(), value=value)

    def example(self, example: Example | Snapshot) -> None:
        """Write a labelled snapshot, or one as it was taken."""
        self._writer.append(
            self._examples,
            0,
            key=example.user_id.encode(),
            value=encode_example(example),
        )

    def dead_letter(self, partition: int, record: SourceRecord, error: BadRecord) -> None:
        """Write a record that cannot be used: its bytes untouched, the reason in the headers."""
        source = f"{self._source}/{partition}/{record.offset}"
        self._writer.append(
            self._dead_letters,
            partition,
            key=record.key,
            value=record.value,
            headers=dead_letter_headers(error, source),
        )

    async def flush(self) -> None:
        """Return when Kafka has acknowledged all of it."""
        await self._writer.flush()
