"""The watchdog: says when a worker is stuck, so that it ends and is started anew.

Kafka consumers can stop silently after a rebalance, and nothing in the process notices; the lag
that the broker tells does. And when nothing looks at the lag any more, because the event loop
hangs or the group never forms, a thread of its own notices.
"""

import faulthandler
import logging
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass

logger = logging.getLogger(__name__)

#: Exit code when the watchdog ends the process: an internal error, by sysexits.h.
STUCK = 70

#: Seconds between two looks of the guard.
_GUARD_SECONDS = 1.0


@dataclass
class _Partition:
    fine_at: float
    lag: int = 0
    offset: int | None = None
    told: bool = False


class Watchdog:
    """Judges whether anything moves.

    >>> now = 0.0
    >>> watchdog = Watchdog(lambda: now, limit_s=60)
    >>> watchdog.progressed(("events.churn", 0), 100)
    >>> watchdog.lag(("events.churn", 0), 5)
    >>> watchdog.verdict()
    >>> now = 60.0
    >>> watchdog.lag(("events.churn", 0), 7)
    >>> watchdog.verdict()
    'events.churn partition 0: 7 records wait, and none was processed for 60 s'

    Args:
        clock: seconds that never go back.
        limit_s: how long nothing may move while there is something to do.
    """

    def __init__(self, clock: Callable[[], float], limit_s: float = 120.0) -> None:
        self._clock, self._limit = clock, limit_s
        self._partitions: dict[tuple[str, int], _Partition] = {}
        self._looked_at = clock()

    def progressed(self, partition: tuple[str, int], offset: int) -> None:
        """Tell the next offset of a partition (its topic and number); again at every look."""
        entry = self._entry(partition)
        if offset != entry.offset:
            entry.offset, entry.fine_at = offset, self._clock()

    def lag(self, partition: tuple[str, int], records: int) -> None:
        """Tell how many records of a partition wait to be processed; again at every look."""
        entry = self._entry(partition)
        if records < entry.lag or not records:
            entry.fine_at = self._clock()
        entry.lag, entry.told = records, True

    def verdict(self) -> str | None:
        """Return why the worker is stuck, None if it is not; ends a look.

        Partitions whose lag was not told since the last look are another worker's: forgotten.
        """
        now = self._looked_at = self._clock()
        self._partitions = {tp: entry for tp, entry in self._partitions.items() if entry.told}
        for (topic, number), entry in self._partitions.items():
            entry.told = False
            if entry.lag and now - entry.fine_at >= self._limit:
                return (
                    f"{topic} partition {number}: {entry.lag} records wait, "
                    f"and none was processed for {now - entry.fine_at:.0f} s"
                )
        return None

    def unattended(self) -> str | None:
        """Return for how long nothing has asked for the verdict, None if not for too long."""
        idle = self._clock() - self._looked_at
        if idle < self._limit:
            return None
        return (
            f"nothing has looked at the lag for {idle:.0f} s: the event loop hangs, the broker "
            f"does not answer, or the consumer group has not formed"
        )

    def _entry(self, partition: tuple[str, int]) -> _Partition:
        if partition not in self._partitions:
            self._partitions[partition] = _Partition(self._clock())
        return self._partitions[partition]


def end_process(reason: str) -> None:
    """End the process at once, with exit code 70, after writing why and what every thread does."""
    logger.critical("the worker ends: %s", reason)
    faulthandler.dump_traceback()
    logging.shutdown()
    os._exit(STUCK)


def guard(watchdog: Watchdog, end: Callable[[str], None] = end_process) -> threading.Event:
    """Watch, from a thread, that the watchdog is asked; set the event returned to stop.

    Args:
        watchdog: which.
        end: called once, in the thread, with the reason.
    """
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(_GUARD_SECONDS):
            if reason := watchdog.unattended():
                end(reason)
                return

    threading.Thread(target=watch, name="watchdog", daemon=True).start()
    return stop
