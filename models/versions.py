"""Bounded records by model version: neighbours with few labels share one."""

from collections.abc import Callable, Hashable
from itertools import pairwise
from typing import Generic, Protocol, Self, TypeVar

#: Ranges of versions told apart; one more, and the two neighbours with the fewest labels merge.
LIMIT = 16


class Mergeable(Protocol):
    """What can be kept by version."""

    def merge(self, other: Self) -> None:
        """Take in what another one holds."""


T = TypeVar("T", bound=Mergeable)


def position_of(version: str) -> int:
    """Return the position in the examples log that a version names; 0 when it names none.

    >>> position_of("kalman_logistic@1234"), position_of("by_hand")
    (1234, 0)
    """
    digits = version.rpartition("@")[2]
    return int(digits) if digits.isdecimal() else 0


class _Range(Generic[T]):
    def __init__(self, version: str, record: T) -> None:
        self.first = self.last = version
        self.low = self.high = position_of(version)
        self.labels = 0
        self.record = record


class Ranges(Generic[T]):
    """Records by what they are about and range of versions.

    Args:
        new: makes an empty record.
    """

    def __init__(self, new: Callable[[], T]) -> None:
        self._new = new
        self._ranges: dict[Hashable, list[_Range[T]]] = {}

    def at(self, about: Hashable, version: str) -> T:
        """Return the record for one more label that this version predicted."""
        ranges = self._ranges.setdefault(about, [])
        position = position_of(version)
        place = len(ranges)
        while place and ranges[place - 1].low > position:
            place -= 1
        if not place or position > ranges[place - 1].high:
            ranges.insert(place, _Range(version, self._new()))
            place += 1
        found = ranges[place - 1]
        found.labels += 1
        if len(ranges) > LIMIT:
            self._merge_fewest(ranges)
        # merging moves what the newer one holds into the older one
        return found.record if found in ranges else self._covering(ranges, position)

    def of(self, about: Hashable) -> list[tuple[str, str, T]]:
        """Return (first version, last version, record) of every range, oldest first."""
        return [(r.first, r.last, r.record) for r in self._ranges.get(about, [])]

    def forget(self, about: Hashable) -> None:
        """Keep no records about this any more."""
        self._ranges.pop(about, None)

    @staticmethod
    def _merge_fewest(ranges: list[_Range[T]]) -> None:
        sums = [a.labels + b.labels for a, b in pairwise(ranges)]
        place = sums.index(min(sums))
        older, newer = ranges[place], ranges.pop(place + 1)
        older.last, older.high = newer.last, newer.high
        older.labels += newer.labels
        older.record.merge(newer.record)

    @staticmethod
    def _covering(ranges: list[_Range[T]], position: int) -> T:
        return next(r.record for r in ranges if r.low <= position <= r.high)
