"""The JSON of the output topics."""

import msgspec
import orjson

from models.effects import Example, Scored
from models.errors import BadRecord

_example = msgspec.json.Decoder(Example)


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


def encode_example(example: Example) -> bytes:
    """Return the record of a labelled snapshot."""
    return msgspec.json.encode(example)


def decode_example(raw: bytes | None) -> Example:
    """Return the labelled snapshot of a record.

    Raises:
        BadRecord: it is none.
    """
    try:
        return _example.decode(raw or b"")
    except msgspec.DecodeError as error:
        raise BadRecord("bad_example", str(error)) from None
