"""Snapshots counted by day of event time: what features were like in a week, in bounded memory."""

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Whole weeks are compared, so that no weekday is taken for drift.
WEEK = 7


class Row(NamedTuple):
    """One snapshot.

    Attributes:
        order: places it among those of its day, without regard to the time of day.
        numbers: its numeric features.
        categories: its categorical features.
        score: the prediction of the pinned champion.
    """

    order: int
    numbers: tuple[float, ...]
    categories: tuple[float, ...]
    score: float


class Day:
    """The snapshots of a day.

    Attributes:
        number: days since 1970.
        count: how many.
        sums: of each numeric feature.
        squares: of each numeric feature.
        categories: how often each value came, of each categorical feature.
    """

    def __init__(self, number: int, rows: Sequence[Row]) -> None:
        table = np.array([row.numbers for row in rows], dtype=np.float64)
        self.number, self.count = number, len(rows)
        self.sums: Floats = table.sum(axis=0)
        self.squares: Floats = (table**2).sum(axis=0)
        columns = zip(*(row.categories for row in rows), strict=True)
        self.categories = [Counter(column) for column in columns]


class Week:
    """Several days as one.

    Attributes:
        since: the first day.
        until: the last day.
        count: how many snapshots.
        means: of each numeric feature.
        deviations: their standard deviations, none below a millionth.
        categories: how often each value came, of each categorical feature.
    """

    def __init__(self, days: Iterable[Day]) -> None:
        taken = list(days)
        self.since, self.until = taken[0].number, taken[-1].number
        self.count = sum(day.count for day in taken)
        self.means: Floats = sum(day.sums for day in taken) / self.count  # type: ignore[assignment]  # an array, as there is a day
        squares = sum(day.squares for day in taken) / self.count
        self.deviations: Floats = np.sqrt(np.maximum(squares - self.means**2, 1e-12))
        parts = zip(*(day.categories for day in taken), strict=True)
        self.categories: list[Counter[float]] = [sum(part, Counter()) for part in parts]


def newest() -> deque[Day]:
    """Return room for the newest days, a week of them."""
    return deque(maxlen=WEEK)
