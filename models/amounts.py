"""Models of amounts that mostly stay 0 and are heavy-tailed otherwise: hurdles, by window.

What is still to come is the sum over the windows that are not over. For each, and for each age at
which snapshots are taken, there is a hurdle (``models.hurdle``). Categories are encoded by what
came of them (``models.encoding``).
"""

from collections.abc import Callable, Mapping, Sequence
from math import expm1
from typing import NamedTuple

import numpy as np

from models.belief import Vector
from models.encoding import TargetEncoder
from models.hurdle import Hurdle, KalmanHurdle, Rows, Scale
from models.logistic import sigmoid
from models.recipes import AmountModel, Assessment


class Schedule(NamedTuple):
    """When snapshots are taken and windows end, in hours after a user's start, ascending.

    Attributes:
        ages: of snapshots; the first is 0.
        windows: ends.
    """

    ages: tuple[float, ...]
    windows: tuple[float, ...]

    def first_window(self, age: float) -> int:
        """Return the first window that ends after an age; their number after the last."""
        return sum(end <= age for end in self.windows)

    def left(self, window: int, stage: int, hours: float) -> float:
        """Return the share of a window that is left at ``hours``, of what a snapshot had left.

        >>> Schedule((0.0, 1.0, 24.0), (24.0, 72.0)).left(1, 2, 60.0)
        0.25
        """
        begin = max(self.ages[stage], self.windows[window - 1] if window else 0.0)
        end = self.windows[window]
        return min(1.0, max(0.0, (end - hours) / (end - begin)))


class Columns(NamedTuple):
    """Which features a hurdle reads, and how.

    Attributes:
        stage: number of the last age at which a snapshot was taken.
        hours: ``log1p`` of the hours since the start.
        gate: above 0 for who has gained already: corrected apart from the others.
        categories: numbers that stand for texts.
    """

    stage: str
    hours: str
    gate: str
    categories: tuple[str, ...]


class _Row(NamedTuple):
    """The features of one example.

    Attributes:
        stage: as read.
        hours: since the start.
        gained: whether the gate is open.
        categories: as read.
        numbers: all others, as read.
        scaled: 1, the gate and the numbers, scaled.
    """

    stage: int
    hours: float
    gained: bool
    categories: list[float]
    numbers: Vector
    scaled: Vector


class HurdleByWindow:
    """The sum of hurdles over the windows to come; an ``AmountModel``.

    Args:
        schedule: ages and windows.
        columns: how features are read.
        make: makes a hurdle for so many scaled numbers and encoded categories.
    """

    def __init__(
        self,
        schedule: Schedule,
        columns: Columns,
        make: Callable[[int, int], Hurdle] = KalmanHurdle,
    ) -> None:
        self._schedule, self._columns, self._make = schedule, columns, make
        self._numbers: tuple[str, ...] = ()
        self._scales: list[Scale] = []
        self._hurdles: dict[tuple[int, int], Hurdle] = {}
        width = len(columns.categories)
        self._encoders = [TargetEncoder(width) for _ in schedule.windows]
        #: each window's encoder learns once of each user: from the last snapshot before it is over
        self._last_stage = [sum(age < end for age in schedule.ages) - 1 for end in schedule.windows]

    def predict(self, features: dict[str, float]) -> float:
        """Return what is still expected."""
        row = self._read(features)
        total = 0.0
        for window, left in self._to_come(row):
            hurdle = self._hurdles[row.stage, window]
            odds, log_gain = map(np.add.reduce, hurdle.parts(self._rows(row, window)))
            total += left * hurdle.expected(float(odds), float(log_gain), row.gained)
        return total

    def assess(self, features: dict[str, float]) -> Assessment:
        """Return what is still expected, the chance of anything, and what each feature adds."""
        row = self._read(features)
        effects = dict.fromkeys((*self._numbers, *self._columns.categories), 0.0)
        total, nothing = 0.0, 1.0
        for window, left in self._to_come(row):
            hurdle = self._hurdles[row.stage, window]
            odds, log_gains = (part.tolist() for part in hurdle.parts(self._rows(row, window)))
            all_odds, all_gain = sum(odds), sum(log_gains)
            whole = hurdle.expected(all_odds, all_gain, row.gained)
            total += left * whole
            nothing *= (1.0 - sigmoid(all_odds)) ** left
            for name, odd, log_gain in zip(effects, odds[2:], log_gains[2:], strict=True):
                if odd or log_gain:
                    without = hurdle.expected(all_odds - odd, all_gain - log_gain, row.gained)
                    effects[name] += left * (whole - without)
        return Assessment(total, 1.0 - nothing, effects)

    def learn(self, features: dict[str, float], gain: float, window: int = 0) -> None:
        """Learn what came in one window after a snapshot."""
        row = self._read(features)
        first = self._schedule.first_window(self._schedule.ages[row.stage])
        if window < first:
            return  # it was over
        if window == first:
            self._scales[row.stage].add(row.numbers)
            row = self._read(features)
        self._hurdles[row.stage, window].learn(self._rows(row, window), gain, row.gained)
        if row.stage == self._last_stage[window]:
            self._encoders[window].add(row.categories, gain)

    def _to_come(self, row: _Row) -> list[tuple[int, float]]:
        schedule = self._schedule
        first = schedule.first_window(row.hours)
        return [
            (window, schedule.left(window, row.stage, row.hours))
            for window in range(first, len(schedule.windows))
        ]

    def _rows(self, row: _Row, window: int) -> Rows:
        odds, amounts = self._encoders[window].encode(row.categories)
        return Rows(np.concatenate([row.scaled, odds]), np.concatenate([row.scaled, amounts]))

    def _read(self, features: Mapping[str, float]) -> _Row:
        columns = self._columns
        if not self._numbers:
            self._begin(tuple(features))
        stage = min(max(0, int(features[columns.stage])), len(self._schedule.ages) - 1)
        gained = features[columns.gate] > 0.0
        numbers = np.array([features[name] for name in self._numbers])
        return _Row(
            stage,
            # a stored feature is a little less than it was
            max(self._schedule.ages[stage], expm1(features[columns.hours])),
            gained,
            [features[name] for name in columns.categories],
            numbers,
            np.concatenate([(1.0, float(gained)), self._scales[stage](numbers)]),
        )

    def _begin(self, names: tuple[str, ...]) -> None:
        """Make what depends on the number of features, which the first example tells."""
        apart = {self._columns.stage, *self._columns.categories}
        self._numbers = tuple(name for name in names if name not in apart)
        size, width, schedule = len(self._numbers), len(self._columns.categories), self._schedule
        self._scales = [Scale(size) for _ in schedule.ages]
        self._hurdles = {
            (stage, window): self._make(size, width)
            for stage, age in enumerate(schedule.ages)
            for window in range(schedule.first_window(age), len(schedule.windows))
        }


class Blend:
    """The plain average of several models of amounts; an ``AmountModel``.

    Args:
        members: the models.
    """

    def __init__(self, members: Sequence[AmountModel]) -> None:
        self._members = tuple(members)

    def predict(self, features: dict[str, float]) -> float:
        """Return what is still expected."""
        return sum(member.predict(features) for member in self._members) / len(self._members)

    def assess(self, features: dict[str, float]) -> Assessment:
        """Return the average expectation, chance and effects."""
        told, share = [m.assess(features) for m in self._members], 1.0 / len(self._members)
        effects: dict[str, float] = {}
        for assessment in told:
            for name, effect in assessment.effects.items():
                effects[name] = effects.get(name, 0.0) + effect * share
        expected = sum(assessment.expected for assessment in told) * share
        chance = sum(assessment.chance for assessment in told) * share
        return Assessment(expected, chance, effects)

    def learn(self, features: dict[str, float], gain: float, window: int = 0) -> None:
        """Let every member learn."""
        for member in self._members:
            member.learn(features, gain, window)
