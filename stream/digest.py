"""One number for all user states: two runs that kept the same states have the same digest."""

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

import msgspec

from models.state import StateCodec


def state_digest(codec: StateCodec[Any], users: Iterable[tuple[str, bytes, bytes | None]]) -> str:
    """Return the SHA-256 of all users' states and waiting snapshots.

    Predictions are left out: which model version made them depends on when a worker picked it up.

    Args:
        codec: of the domain.
        users: (user id, encoded state, encoded pending or None), in any order.
    """
    total = sha256()
    for user_id, state, pending in sorted(users):
        waiting = codec.decode_pending(pending) if pending else []
        snapshots = [(s.at, s.features, s.window, s.gained) for s in waiting]
        total.update(msgspec.msgpack.encode((user_id, state, snapshots)))
    return total.hexdigest()
