"""What there is to see of a domain at one moment, as Redis has it: read often, so decoded late."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import orjson

from models.alarms import Alarm
from stream.pulse import Sign

_alarm = msgspec.json.Decoder(Alarm)


@dataclass(frozen=True)
class Watched:
    """What the watch over drift has left.

    Attributes:
        version: of the newest model; None before the first.
        report: JSON of ``models.drift_report.DriftReport``; None where there is none.
        alarms: JSON of ``models.alarms.Alarm``, newest first.
    """

    version: str | None
    report: bytes | None
    alarms: Sequence[bytes]


@dataclass(frozen=True)
class Glimpse:
    """What there is to see.

    Attributes:
        pulse: the signs of life, by partition.
        latest: the newest scores of each partition, for ``decode_latest``; None for none yet.
        watched: drift and alarms.
        decisions: the newest decisions about the line-up, JSON, newest first.
        retraining: what is asked for and what runs, for ``stream.retraining.state.present``.
    """

    pulse: Mapping[int, Sign]
    latest: Sequence[bytes | None]
    watched: Watched
    decisions: Sequence[bytes]
    retraining: tuple[bytes | None, bytes | None]


def decode_report(raw: bytes | None) -> dict[str, Any] | None:
    """Return a drift report as plain values, None for none."""
    return None if raw is None else orjson.loads(raw)


def decode_alarm(raw: bytes) -> Alarm:
    """Return an alarm."""
    return _alarm.decode(raw)
