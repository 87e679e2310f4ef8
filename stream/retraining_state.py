"""What is known of retraining in Redis: what asks for it, and how the present one gets on."""

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


def encode(state: Request | Running) -> bytes:
    """Return the bytes of a request, or of a sign of life."""
    return msgspec.json.encode(state)


def decode_request(raw: bytes) -> Request:
    """Return a request."""
    return msgspec.json.decode(raw, type=Request)


def decode_running(raw: bytes) -> Running:
    """Return a sign of life."""
    return msgspec.json.decode(raw, type=Running)
