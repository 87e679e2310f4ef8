"""When each event is due: at the log's own pace, at a fixed rate, or at once."""

from collections.abc import Callable


class Pace:
    """Waits until an event is due.

    The schedule is kept, not the distance: a sender that fell behind catches up.

    Args:
        speed: event time passes this many times as fast as real time; None for another pace.
        rate: events a second; None for another pace. With neither, everything is due at once.
        clock: real time in seconds.
        wait: sleeps for so many seconds, or less when it is interrupted.

    Attributes:
        behind: the most seconds by which an event went out after it was due.
    """

    #: shorter waits cost more than they are worth, seconds
    _SHORT = 0.001

    def __init__(
        self,
        speed: float | None,
        rate: float | None,
        clock: Callable[[], float],
        wait: Callable[[float], object],
    ) -> None:
        self._speed = speed
        self._rate = rate
        self._clock = clock
        self._wait = wait
        self._start = 0.0
        self._first_ts = 0
        self._count = 0
        self.behind = 0.0

    def until(self, ts: int) -> None:
        """Wait until the next event is due.

        Args:
            ts: its event time in ms; 0 when it has none, it is due at once then.
        """
        if self._speed is not None and ts:
            due = self._by_speed(ts, self._speed)
        elif self._rate is not None:
            due = self._by_rate(self._rate)
        else:
            return
        ahead = due - self._clock()
        if ahead > self._SHORT:
            self._wait(ahead)
        else:
            self.behind = max(self.behind, -ahead)

    def _by_speed(self, ts: int, speed: float) -> float:
        if not self._first_ts:
            self._first_ts = ts
            self._start = self._clock()
        return self._start + (ts - self._first_ts) / 1000 / speed

    def _by_rate(self, rate: float) -> float:
        if not self._count:
            self._start = self._clock()
        due = self._start + self._count / rate
        self._count += 1
        return due
