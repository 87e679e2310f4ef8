"""A Gaussian belief about the weights of a linear model, moved by one example at a time."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

#: A variance never falls below this, whatever rounding does.
_MIN_VARIANCE = 1e-12


class Look(NamedTuple):
    """What is believed of one example.

    Attributes:
        mean: of the linear sum.
        spread: its variance.
        gain: how the weights move with a unit of it.
    """

    mean: float
    spread: float
    gain: Vector


class Belief:
    """Mean and full covariance of the weights (a Kalman filter whose state stands still).

    Args:
        mean: prior means.
        prior: prior variances.

    Attributes:
        mean: posterior means.
    """

    def __init__(self, mean: Vector, prior: Vector) -> None:
        self.mean = mean
        self._prior = prior
        self._covariance: Vector = np.diag(prior)

    def look(self, row: Vector) -> Look:
        """Return what is believed of a row of features."""
        # not `@`: BLAS picks its kernel by processor, and scores must be the same everywhere
        gain = np.add.reduce(self._covariance * row, axis=1)
        return Look(float(np.add.reduce(self.mean * row)), float(np.add.reduce(gain * row)), gain)

    def move(self, look: Look, step: float, shrunk: float) -> None:
        """Move the means by ``step`` gains; take ``shrunk`` squared gains off the covariance."""
        self.mean = self.mean + look.gain * step
        # gain x gain is symmetric to the bit, so the covariance stays so too
        self._covariance = self._covariance - np.multiply.outer(look.gain, look.gain) * shrunk
        diagonal = np.einsum("ii->i", self._covariance)
        np.maximum(diagonal, _MIN_VARIANCE, out=diagonal)

    def widen(self, forgetting: float) -> None:
        """Let the belief widen towards the prior, never beyond it, by a factor in (0, 1]."""
        if forgetting < 1.0:
            widened = self._covariance / forgetting
            bound = np.sqrt(np.minimum(1.0, self._prior / widened.diagonal()))
            self._covariance = widened * np.multiply.outer(bound, bound)

    def admit(self, prior: Vector) -> None:
        """Take in further weights, with means of 0 and these prior variances."""
        old, size = len(self.mean), len(self.mean) + len(prior)
        covariance = np.zeros((size, size))
        covariance[:old, :old] = self._covariance
        covariance[range(old, size), range(old, size)] = prior
        self._covariance = covariance
        self.mean = np.concatenate([self.mean, np.zeros(len(prior))])
        self._prior = np.concatenate([self._prior, prior])
