"""What is known of retraining in Redis: what asks for it, and how the present one gets on."""

from typing import NamedTuple

import msgspec

#: A sign of life of a retraining is of now for so long, ms.
FRESH_MS = 30_000


class Request(msgspec.Struct, frozen=True):
    """A retraining that somebody asks for; a newer request takes the place of an older one.

    Attributes:
        id: as those of wishes.
        by: who asks.
        reason: one sentence for people.
        at: wall clock, ms.
        shift: after a drift, about when the world has changed, event time in ms; else 0.
    """

    id: str
    by: str
    reason: str
    at: int
    shift: int = 0


class Running(msgspec.Struct, frozen=True):
    """A retraining under way.

    Attributes:
        id: of the request, or of the schedule or alarm that started it.
        by: who asked: ``schedule``, ``drift``, or a person.
        reason: one sentence for people.
        started_at: wall clock, ms.
        phase: what it does, for people.
        share: how much of that is done, from 0 to 1.
        beat_at: wall clock of this sign of life, ms.
    """

    id: str
    by: str
    reason: str
    started_at: int
    phase: str
    share: float
    beat_at: int


class Retraining(NamedTuple):
    """How it stands with retraining at one moment.

    Attributes:
        asked: what is asked for and has not begun; None for nothing.
        running: what is under way; None for nothing.
    """

    asked: Request | None = None
    running: Running | None = None


def encode(state: Request | Running) -> bytes:
    """Return the bytes of a request, or of a sign of life."""
    return msgspec.json.encode(state)


def decode_request(raw: bytes) -> Request:
    """Return a request."""
    return msgspec.json.decode(raw, type=Request)


def decode_running(raw: bytes) -> Running:
    """Return a sign of life."""
    return msgspec.json.decode(raw, type=Running)


def present(asked: bytes | None, running: bytes | None, now_ms: int) -> Retraining:
    """Return how it stands; a sign of life that is not of now counts for none.

    Args:
        asked: bytes of a request; None for none.
        running: bytes of a sign of life; None for none.
        now_ms: wall clock.
    """
    request = None if asked is None else decode_request(asked)
    sign = None if running is None else decode_running(running)
    alive = sign is not None and now_ms - sign.beat_at <= FRESH_MS
    return Retraining(request, sign if alive else None)
