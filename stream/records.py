"""The JSON of the output topics."""

import msgspec
import orjson

from models.alarms import Alarm
from models.contest.decisions import Decision
from models.contest.report import LineupReport
from models.effects import Example, Scored, Snapshot
from models.errors import BadRecord

_decision = msgspec.json.Decoder(Decision)
_lineup = msgspec.json.Decoder(LineupReport)
_learnable = msgspec.json.Decoder(Example | Snapshot)


def encode_score(scored: Scored, domain: str, produced_ms: int) -> bytes:
    """Return the record of a score; ``produced_ms`` is when the event entered Kafka, 0 if none."""
    return orjson.dumps(
        {
            "id": scored.id,
            "domain": domain,
            "user_id": scored.user_id,
            "at": scored.at,
            "score": scored.score,
            "model_version": scored.version,
            "offset": scored.offset,
            "produced_at": produced_ms,
        }
    )


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
