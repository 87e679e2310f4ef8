"""How a stream is: judged from its commits and from its workers' signs of life."""

from collections import deque
from collections.abc import Mapping
from typing import Literal, NamedTuple

from stream.pulse import Sign
from stream.reader import Position

#: Milliseconds after which a commit, or a sign of life, is no longer of now.
FRESH_MS = 10_000

#: Seconds over which the speed is told.
_SPAN = 5.0

State = Literal["running", "idle", "behind", "stopped", "unknown"]


class Health(NamedTuple):
    """How a stream is.

    Attributes:
        state: in a word.
        lag: records not yet committed, of the partitions with a worker; None without any.
        pulse_at: the newest sign of life, ms; 0 for none.
        detail: what is wrong, for people; None when nothing is.
    """

    state: State
    lag: int | None
    pulse_at: int
    detail: str | None


def health(position: Position, pulse: Mapping[int, Sign], now_ms: int) -> Health:
    """Judge a stream that can be read.

    Args:
        position: how far it is.
        pulse: its workers' signs of life, by partition.
        now_ms: wall clock.

    >>> at = 1_700_000_000_000
    >>> health(Position(2, committed_at=at), {0: Sign(0, at), 1: Sign(5, at)}, at + 9_000)
    Health(state='running', lag=5, pulse_at=1700000000000, detail=None)
    """
    pulse_at = max((sign.at for sign in pulse.values()), default=0)
    lags = [sign.lag for sign in pulse.values() if now_ms - sign.at <= FRESH_MS]
    if not lags:
        return Health("stopped", None, pulse_at, _silence(position, pulse_at, now_ms))
    lag = sum(lags)
    missing = position.partitions - len(lags)
    some = f"{missing} of {position.partitions} partitions have no worker" if missing > 0 else None
    if now_ms - position.committed_at <= FRESH_MS:
        return Health("running", lag, pulse_at, some)
    if not lag:
        return Health("idle", lag, pulse_at, some)
    waiting = f"{lag:,} records wait, and nothing has been committed lately"
    return Health("behind", lag, pulse_at, f"{waiting}; {some}" if some else waiting)


def _silence(position: Position, pulse_at: int, now_ms: int) -> str:
    if pulse_at:
        return f"no worker has given a sign of life for {(now_ms - pulse_at) / 1000:.0f} s"
    if position.partitions:
        return "no worker runs"
    return "no worker has run on this Redis yet"


class Speed:
    """Events a second, over the last few.

    >>> speed = Speed()
    >>> [speed.at(seconds, records) for seconds, records in ((0.0, 70), (1.0, 170), (2.0, 370))]
    [0.0, 100.0, 150.0]
    """

    def __init__(self) -> None:
        self._looks: deque[tuple[float, int]] = deque()

    def at(self, seconds: float, records: int) -> float:
        """Return the speed, now that so many records have been read at this time."""
        looks = self._looks
        if looks and records < looks[-1][1]:
            looks.clear()  # another Redis, or an emptied one
        looks.append((seconds, records))
        while len(looks) > 2 and looks[1][0] <= seconds - _SPAN:
            looks.popleft()
        (since, before), elapsed = looks[0], seconds - looks[0][0]
        return round((records - before) / (seconds - since), 1) if elapsed > 0 else 0.0
