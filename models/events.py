"""What every event has, whatever its domain."""

from enum import IntEnum

import msgspec

_MASK = (1 << 64) - 1


class Outcome(IntEnum):
    """What an event says about the outcome that the domain predicts."""

    NONE = 0
    #: the first sign of the outcome: from here on a feature would have seen the answer
    SIGN = 1
    #: the outcome itself
    REACHED = 2


class Event(msgspec.Struct, gc=False):
    """One typed, sanitised event of one user; domains extend it with their fields.

    Attributes:
        user_id: the user, never empty.
        ts: event time in ms since 1970.
        key: 32-bit digest of the natural key; two events of a user with equal ``ts`` and ``key``
            are the same event sent twice.
        outcome: an ``Outcome``, as a plain int for speed.
    """

    user_id: str
    ts: int
    key: int
    outcome: int = 0


def natural_key(ts: int, a: int, b: int, c: int) -> int:
    """Mix the numbers that identify an event within its user into 32 bits.

    The same on every machine and in every run, unlike ``hash`` of text. Constants: splitmix64.

    >>> natural_key(1, 2, 3, 4) == natural_key(1, 2, 3, 4)
    True
    >>> natural_key(1, 2, 3, 4) == natural_key(1, 3, 2, 4)
    False
    """
    mixed = ts * 0x9E3779B97F4A7C15 + a * 0xBF58476D1CE4E5B9 + b * 0x94D049BB133111EB + c
    mixed &= _MASK
    mixed ^= mixed >> 31
    return (mixed * 0xD6E8FEB86659FD93 & _MASK) >> 32
