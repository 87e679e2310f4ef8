"""Repeats a log: each round comes later by the span of the log."""

import json

import orjson

from models.errors import WeirError
from models.sanitise import MAX_TS, decode, millis

#: The field that is moved; both kinds of event logs have it.
TIME_FIELD = "ts"

_DAY_MS = 24 * 3_600_000


class LoopError(WeirError):
    """The log cannot be repeated; the message says why."""


def step(first_ts: int, last_ts: int) -> int:
    """Return by how many ms each round is later than the one before.

    A log of a day or more is moved by whole days, so that its hours of the day stay what they are.

    Raises:
        LoopError: no line of the log has a time.

    >>> step(1000, 5000)
    4001
    >>> step(0 + 7, 36 * 3_600_000) // 3_600_000
    48
    """
    if not last_ts:
        raise LoopError("there is nothing to repeat: no line of the log is a usable event")
    span = last_ts - first_ts + 1
    return span if span < _DAY_MS else -(-span // _DAY_MS) * _DAY_MS


def check_end(last_ts: int) -> None:
    """Raise LoopError when a round would end in 2100, where events stop being valid."""
    if last_ts >= MAX_TS:
        raise LoopError("the repeated log has reached the year 2100; start again on a new topic")


def shifted(raw: bytes, ms: int) -> bytes:
    """Return a record with its time moved, everything else as it was.

    Raises:
        LoopError: the record has no time where it should be.
        BadRecord: it is no JSON object.
    """
    record = dict(decode(raw))
    ts = millis(record.get(TIME_FIELD))
    if ts is None:
        raise LoopError(f"--loop moves the field {TIME_FIELD!r}, which these events do not have")
    record[TIME_FIELD] = ts + ms
    try:
        return orjson.dumps(record)
    except TypeError:
        # numbers beyond 64 bits, or half a surrogate pair
        return json.dumps(record).encode()
