"""What is kept of a user: the engine's part, the domain's part, and the snapshots that wait.

The encoding is MessagePack of arrays (msgspec): compact, typed, the same bytes for the same state.
"""

import struct
from collections.abc import Sequence
from typing import Generic, TypeVar

import msgspec

from models.errors import BadState

STATE_VERSION = 2

#: How many recent events of a user are remembered to tell a duplicate from a late event.
SEEN = 32

S = TypeVar("S", bound=msgspec.Struct)


class UserState(msgspec.Struct, Generic[S], array_like=True):
    """The state of one user.

    Attributes:
        version: ``STATE_VERSION`` when written.
        first_ts: event time (ms) of the first event of this life.
        last_ts: event time of the newest event so far.
        next_snapshot: when the next snapshot is due; 0 while none is (ended or dormant).
        due: when the schedule needs this user next, for a snapshot or a label; 0 for never.
        sign_ts: first sign of the outcome, 0 for none: the user is frozen from here.
        ended_ts: when the outcome was reached, 0 for not yet.
        seen_keys: natural keys of the newest ``SEEN`` events, oldest first.
        seen_ages: their event times, in ms after ``first_ts``.
        seen_floor: the newest event time that has left ``seen_keys``.
        data: the domain's part.
    """

    version: int
    first_ts: int
    last_ts: int
    next_snapshot: int
    due: int
    sign_ts: int
    ended_ts: int
    seen_keys: list[int]
    seen_ages: list[int]
    seen_floor: int
    data: S

    def remember(self, ts: int, key: int) -> None:
        """Note an event as seen, forgetting the oldest beyond ``SEEN``."""
        self.seen_keys.append(key)
        self.seen_ages.append(ts - self.first_ts)
        if len(self.seen_keys) > SEEN:
            del self.seen_keys[0]
            self.seen_floor = max(self.seen_floor, self.first_ts + self.seen_ages.pop(0))

    def has_seen(self, ts: int, key: int) -> bool:
        """Tell whether this very event is among those remembered."""
        age = ts - self.first_ts
        return any(
            k == key and a == age for k, a in zip(self.seen_keys, self.seen_ages, strict=True)
        )


class Pending(msgspec.Struct, array_like=True, gc=False):
    """A snapshot that waits for its label.

    Attributes:
        at: event time of the snapshot, ms.
        age: which of the domain's ``ages`` it was taken at.
        known: what of the outcome had come by then.
        window: the next of its windows to become known, from 0.
        gained: what has come in those before it.
        due: when that window is known, ms: its end and the domain's grace.
        features: packed by ``pack_features``.
        predictions: what each model predicted then, by recipe name.
        version: the model version that predicted.
        chance: where amounts are predicted: the champion's chance that more comes.
    """

    at: int
    age: int
    known: float
    window: int
    gained: float
    due: int
    features: bytes
    predictions: dict[str, float]
    version: str
    chance: float | None = None


class User(Generic[S]):
    """A user in memory: state, waiting snapshots, and what of them has changed since loaded."""

    __slots__ = ("dirty", "pending", "pending_dirty", "state", "stored_due")

    def __init__(self, state: UserState[S], pending: list[Pending], stored_due: int) -> None:
        self.state = state
        self.pending = pending
        self.stored_due = stored_due
        self.dirty = False
        self.pending_dirty = False


class StateCodec(Generic[S]):
    """Bytes to and from states, for one domain.

    Example:
        >>> from models.domains import load
        >>> codec = StateCodec(load("churn").data_type)
        >>> codec.decode_pending(codec.encode_pending([]))
        []
    """

    def __init__(self, data_type: type[S]) -> None:
        self._state = msgspec.msgpack.Decoder(UserState[data_type])  # type: ignore[valid-type]  # a runtime type
        self._pending = msgspec.msgpack.Decoder(list[Pending])
        self._encoder = msgspec.msgpack.Encoder()

    def encode(self, state: UserState[S]) -> bytes:
        """Return the bytes of a state."""
        return self._encoder.encode(state)

    def decode(self, raw: bytes) -> UserState[S]:
        """Return the state.

        Raises:
            BadState: the bytes are not a state, or of a version this code does not read.
        """
        try:
            state: UserState[S] = self._state.decode(raw)
        except msgspec.DecodeError as error:
            raise BadState(f"a stored user state cannot be read: {error}") from error
        if state.version != STATE_VERSION:
            raise BadState(
                f"a stored user state has version {state.version}, this code reads {STATE_VERSION}"
            )
        return state

    def encode_pending(self, pending: list[Pending]) -> bytes:
        """Return the bytes of the snapshots that wait for their label."""
        return self._encoder.encode(pending)

    def decode_pending(self, raw: bytes) -> list[Pending]:
        """Return the snapshots that wait for their label.

        Raises:
            BadState: the bytes are not that.
        """
        try:
            return self._pending.decode(raw)
        except msgspec.DecodeError as error:
            raise BadState(f"stored pending snapshots cannot be read: {error}") from error


def pack_features(values: Sequence[float]) -> bytes:
    """Pack features as half-precision floats, two bytes each.

    Eleven significant bits are far below the noise of any feature here, and ten waiting snapshots
    of forty features fit in 800 bytes. Values are clipped to what a half can hold.
    """
    clipped = [max(-60_000.0, min(60_000.0, value)) for value in values]
    return struct.pack(f"<{len(clipped)}e", *clipped)


def unpack_features(names: Sequence[str], packed: bytes) -> dict[str, float]:
    """Return the features by name.

    Raises:
        BadState: the snapshot was taken with another number of features.
    """
    if len(packed) != 2 * len(names):
        raise BadState(
            f"a waiting snapshot has {len(packed) // 2} features, the domain has {len(names)}"
        )
    return dict(zip(names, struct.unpack(f"<{len(names)}e", packed), strict=True))
