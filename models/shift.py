"""Finds shifts in the mean of a signal: ADWIN says that there is one, the days say where.

ADWIN (Bifet, Gavaldà: "Learning from time-changing data with adaptive windowing", SDM 2007) is
River's. It is sure of a shift long before its window has forgotten what was before, so its own
estimate afterwards is a mix of both. Hence sums by day are kept beside it: the shift is placed
where a split of these days parts the means most (least squares), and it counts only when it is
large enough to matter. With many users everything is significant.
"""

from typing import Any, NamedTuple

from models.lean_river import drift

#: Days that are looked back on; and how many a shift that is significant may take to matter.
_MEMORY, _PATIENCE = 60, 21


class Shift(NamedTuple):
    """A shift of the mean.

    Attributes:
        before: mean before it.
        after: mean since then.
        since: the first day after it.
        values: how many values have come since.
    """

    before: float
    after: float
    since: int
    values: int


class _Day:
    __slots__ = ("count", "number", "total")

    def __init__(self, number: int) -> None:
        self.number, self.count, self.total = number, 0, 0.0


class ShiftDetector:
    """Watches the mean of one signal.

    Args:
        delta: ADWIN's: about how often it may be wrong.
        scale: values are multiplied with it for ADWIN, whose bound is for a range of 1. Above 1 is
            for signals that use little of their range.

    Attributes:
        detections: shifts that ADWIN has found.
    """

    def __init__(self, delta: float, scale: float = 1.0) -> None:
        self.detections = 0
        adwin: Any = drift.ADWIN  # River's parts are not typed
        self._adwin = adwin(delta=delta)
        self._scale = scale
        self._days: list[_Day] = []
        self._found_on: int | None = None

    @property
    def window(self) -> int:
        """How many values ADWIN holds to be alike."""
        return int(self._adwin.width)

    @property
    def mean(self) -> float | None:
        """Their mean; None before the first."""
        return self._adwin.estimation / self._scale if self._adwin.width else None

    def begin(self, day: int, count: int) -> None:
        """Take what was before for so many values, from a day on, whose mean is 0."""
        before = _Day(day)
        before.count = count
        self._days = [before]

    def update(self, value: float, day: int) -> bool:
        """Take in the next value, of a day; tell whether ADWIN finds a shift just now."""
        if not self._days or day > self._days[-1].number:
            self._days.append(_Day(day))
            del self._days[:-_MEMORY]
        # a straggler of an earlier day counts with that day, or with the newest there is
        current = next((d for d in reversed(self._days) if d.number <= day), self._days[0])
        current.count += 1
        current.total += value
        self._adwin.update(value * self._scale)
        if self._adwin.drift_detected:
            self.detections += 1
            self._found_on = self._days[-1].number
            return True
        return False

    def shift(self, least: float, lasting: int = 1) -> Shift | None:
        """Return the shift when there is one that matters; each is returned once.

        Afterwards only what came after it is remembered.

        Args:
            least: how large it must be.
            lasting: how many days one of that size must have lasted; a larger one as many times
                fewer.
        """
        if self._found_on is None:
            return None
        if self._days[-1].number - self._found_on > _PATIENCE:
            self._found_on = None
            return None
        found = self._split()
        if found is None:
            return None
        size, lasted = abs(found.after - found.before), self._days[-1].number - found.since + 1
        if size < least or size * lasted < least * lasting:
            return None
        self._found_on = None
        self._days = [day for day in self._days if day.number >= found.since]
        return found

    def _split(self) -> Shift | None:
        """Return the split of the days that parts the means most."""
        count, total = sum(d.count for d in self._days), sum(d.total for d in self._days)
        best, found = 0.0, None
        early_count, early_total = 0, 0.0
        for earlier, later in zip(self._days, self._days[1:], strict=False):
            early_count += earlier.count
            early_total += earlier.total
            late_count, late_total = count - early_count, total - early_total
            before, after = early_total / early_count, late_total / late_count
            gain = early_count * late_count * (after - before) ** 2
            if gain > best:
                best, found = gain, Shift(before, after, later.number, late_count)
        return found
