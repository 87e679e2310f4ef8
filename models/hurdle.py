"""Hurdles: the chance of any gain, times the gain if there is one, times a learnt correction.

The chance is a logistic regression, the gain a linear regression of its logarithm, read as the mean
of a lognormal (Duan: "Smearing estimate", JASA 78, 1983, tells why logarithms need a correction).
"""

from abc import ABC, abstractmethod
from math import exp, log
from typing import Any, NamedTuple

import numpy as np

from models.belief import Belief, Vector
from models.correction import Correction
from models.lean_river import linear_model, optim
from models.logistic import newton, sigmoid

#: Prior variances of weights: of scaled features, of encoded categories, of the gate, of the bias.
_SCALED, _ENCODED, _GATE, _BIAS = 0.1, 0.4, 1.0, 9.0

#: Prior log-odds of a gain in a window, and prior variance of a log gain given the features.
_RARE, _NOISE = -3.0, 1.0

#: A feature that hardly varies is scaled as if it did by this much; cut to so many deviations.
_LEAST_DEVIATION, _CUT = 0.5, 6.0

#: By so much an example's information on the chance fades with each later one: users change. Gains
#: are too few to forget any.
_FORGETTING = 0.9995


class Scale:
    """Running means and variances (Welford)."""

    def __init__(self, size: int) -> None:
        self._count = 1.0
        self._mean = np.zeros(size)
        self._squares = np.ones(size)
        self._deviation = np.ones(size)

    def add(self, numbers: Vector) -> None:
        """Take in an example's numbers."""
        self._count += 1.0
        before = numbers - self._mean
        self._mean = self._mean + before / self._count
        self._squares = self._squares + before * (numbers - self._mean)
        self._deviation = np.maximum(np.sqrt(self._squares / self._count), _LEAST_DEVIATION)

    def __call__(self, numbers: Vector) -> Vector:
        """Return the numbers in deviations from the mean, cut."""
        scaled: Vector = (numbers - self._mean) / self._deviation
        return np.minimum(np.maximum(scaled, -_CUT), _CUT)


class Rows(NamedTuple):
    """The columns of one example: 1, the gate, the scaled numbers, the encoded categories."""

    chance: Vector
    gain: Vector


class Hurdle(ABC):
    """Chance and gain in one window, for snapshots of one age.

    Subclasses say what the two are made of.

    Args:
        right: made-up examples that were right, of each correction: what must be outweighed.
    """

    def __init__(self, right: float = 100.0) -> None:
        self._noise, self._seen, self._top = _NOISE, 10.0, 0.0
        self._corrections = (Correction(right), Correction(right))

    @abstractmethod
    def parts(self, rows: Rows) -> tuple[Vector, Vector]:
        """Return what each column adds to the log-odds, and to the log gain."""

    @abstractmethod
    def learn_chance(self, row: Vector, happened: float) -> None:
        """Learn whether there was a gain, 0 or 1."""

    @abstractmethod
    def learn_gain(self, row: Vector, log_gain: float) -> float:
        """Learn how large it was; return the variance of what was believed of it."""

    def expected(self, odds: float, log_gain: float, gained: bool) -> float:
        """Return the expected gain."""
        said = self._said(odds, log_gain)
        return said * self._corrections[gained].factor(said)

    def learn(self, rows: Rows, gain: float, gained: bool) -> None:
        """Learn: first the correction, from what is said before the rest learns too."""
        odds, value = (float(np.add.reduce(part)) for part in self.parts(rows))
        self._corrections[gained].add(self._said(odds, value), gain)
        self.learn_chance(rows.chance, float(gain > 0.0))
        if gain > 0.0:
            log_gain = log(gain)
            spread = self.learn_gain(rows.gain, log_gain)
            self._top = max(self._top, log_gain)
            # of the squared error, the share that is noise and not doubt about the weights
            share = self._noise / (self._noise + spread)
            self._seen += 1.0
            self._noise += ((log_gain - value) ** 2 * share - self._noise) / self._seen

    def _said(self, odds: float, log_gain: float) -> float:
        return sigmoid(odds) * exp(min(log_gain, self._top) + 0.5 * self._noise)


class KalmanHurdle(Hurdle):
    """A hurdle of two Bayesian regressions with full covariance.

    Args:
        numbers: how many columns are scaled numbers.
        categories: how many are encoded categories.
        freedom: a factor on the prior variances of their weights.
        forgetting: factor in (0, 1] by which an example's information on the chance fades with
            each later one.
        right: as of ``Hurdle``.
    """

    _forgetting = _FORGETTING  # of those that were stored before it could be chosen

    def __init__(
        self,
        numbers: int,
        categories: int,
        freedom: float = 1.0,
        forgetting: float = _FORGETTING,
        right: float = 100.0,
    ) -> None:
        super().__init__(right)
        self._forgetting = forgetting
        weights = [_SCALED * freedom] * numbers + [_ENCODED * freedom] * categories
        prior = np.array([_BIAS, _GATE, *weights], dtype=np.float64)
        self._chance = Belief(np.array([_RARE, *[0.0] * (len(prior) - 1)]), prior)
        self._gain = Belief(np.zeros(len(prior)), prior)

    def parts(self, rows: Rows) -> tuple[Vector, Vector]:
        """Return what each column adds to the log-odds, and to the log gain."""
        return self._chance.mean * rows.chance, self._gain.mean * rows.gain

    def learn_chance(self, row: Vector, happened: float) -> None:
        """Learn by Newton's method, under what is believed so far."""
        self._chance.widen(self._forgetting)
        look = self._chance.look(row)
        residual, curvature = newton(look.mean, look.spread, happened)
        self._chance.move(look, residual, curvature / (1.0 + curvature * look.spread))

    def learn_gain(self, row: Vector, log_gain: float) -> float:
        """Learn as a Kalman filter does."""
        look = self._gain.look(row)
        step = 1.0 / (look.spread + self._noise)
        self._gain.move(look, (log_gain - look.mean) * step, step)
        return look.spread


class SgdHurdle(Hurdle):
    """A hurdle of River's own linear models, which descend the gradient.

    Args:
        numbers: how many columns are scaled numbers.
        categories: how many are encoded categories.
    """

    def __init__(self, numbers: int, categories: int) -> None:
        super().__init__()
        self._names = range(1 + numbers + categories)
        self._chance = linear_model.LogisticRegression(optim.SGD(0.03), intercept_init=_RARE)
        self._gain = linear_model.LinearRegression(optim.SGD(0.01))

    def parts(self, rows: Rows) -> tuple[Vector, Vector]:
        """Return what each column adds to the log-odds, and to the log gain."""
        return self._weights(self._chance) * rows.chance, self._weights(self._gain) * rows.gain

    def learn_chance(self, row: Vector, happened: float) -> None:
        """Take a step down the gradient."""
        self._chance.learn_one(self._columns(row), bool(happened))

    def learn_gain(self, row: Vector, log_gain: float) -> float:
        """Take a step down the gradient; such a model tells of no doubt."""
        self._gain.learn_one(self._columns(row), log_gain)
        return 0.0

    def _columns(self, row: Vector) -> dict[int, float]:
        return dict(zip(self._names, row[1:].tolist(), strict=True))

    def _weights(self, model: Any) -> Vector:
        weights = model.weights
        return np.array([model.intercept, *(weights.get(name, 0.0) for name in self._names)])
