"""The records of the output topics: JSON, and the headers of dead letters."""

import msgspec

from models.alarms import Alarm
from models.contest.decisions import Decision
from models.contest.report import LineupReport
from models.effects import Example, Scored, Snapshot
from models.errors import BadRecord


class Score(msgspec.Struct, gc=False):
    """The record of a score.

    Attributes:
        id: deterministic: the same event gives the same id, however often it is read again.
        domain: whose model.
        user_id: the user.
        at: event time the score is for, ms.
        score: the champion's prediction.
        model_version: the model version that made it.
        offset: of the event that was scored, or -1 for a snapshot of the schedule.
        produced_at: when that event entered Kafka, ms; 0 for a snapshot.
    """

    id: str
    domain: str
    user_id: str
    at: int
    score: float
    model_version: str
    offset: int
    produced_at: int


class DeadLetterHeaders(msgspec.Struct, frozen=True, rename=lambda name: f"weir-{name}"):
    """The headers of a dead letter.

    Attributes:
        reason: why the record cannot be used: a stable code such as ``bad_json``.
        detail: one sentence for people; it names fields and quotes no personal values.
        source: where the record was read: ``events.churn/2/1234`` is topic, partition, offset.
    """

    reason: str
    detail: str
    source: str


_score = msgspec.json.Encoder()
_decision = msgspec.json.Decoder(Decision)
_lineup = msgspec.json.Decoder(LineupReport)
_learnable = msgspec.json.Decoder(Example | Snapshot)


def encode_score(scored: Scored, domain: str, produced_ms: int) -> bytes:
    """Return the record of a score; ``produced_ms`` is when the event entered Kafka, 0 if none."""
    return _score.encode(
        Score(
            id=scored.id,
            domain=domain,
            user_id=scored.user_id,
            at=scored.at,
            score=scored.score,
            model_version=scored.version,
            offset=scored.offset,
            produced_at=produced_ms,
        )
    )


def dead_letter_headers(error: BadRecord, source: str) -> tuple[tuple[str, bytes], ...]:
    """Return the headers of a dead letter; ``source`` is where its record was read."""
    headers = DeadLetterHeaders(error.reason, error.detail, source)
    return tuple((name, text.encode()) for name, text in msgspec.to_builtins(headers).items())


def encode_example(example: Example | Snapshot) -> bytes:
    """Return the record of a labelled snapshot, or of one as it was taken."""
    return msgspec.json.encode(example)


def encode_alarm(alarm: Alarm) -> bytes:
    """Return the record of a drift alarm."""
    return msgspec.json.encode(alarm)


def encode_decision(decision: Decision) -> bytes:
    """Return the record of a decision about the line-up."""
    return msgspec.json.encode(decision)


def decode_decision(raw: bytes) -> Decision:
    """Return a decision about the line-up."""
    return _decision.decode(raw)


def decode_lineup(raw: bytes) -> LineupReport:
    """Return the line-up, as the learner reports it."""
    return _lineup.decode(raw)


def decode_example(raw: bytes | None) -> Example | Snapshot:
    """Return the labelled snapshot of a record, or the snapshot as it was taken.

    Raises:
        BadRecord: it is none.
    """
    try:
        record: Example | Snapshot = _learnable.decode(raw or b"")
    except msgspec.DecodeError as error:
        raise BadRecord("bad_example", str(error)) from None
    return record
