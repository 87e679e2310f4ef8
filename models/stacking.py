"""Stacking: several models' log-odds, weighed by what they have been worth so far.

Online logistic regression on the log-odds of the members (Wolpert: "Stacked generalization", Neural
Networks 5, 1992), each as said before the member learnt the example: such a forecast is out of
sample. It begins as the plain average, and with few outcomes it stays close to it.
"""

from collections.abc import Sequence

import numpy as np

from models.belief import Belief, Vector
from models.calibrate import Calibration, log_odds
from models.logistic import newton, sigmoid
from models.recipes import Model


class Stacked:
    """A weighted sum of members in log-odds, calibrated; a ``Model``.

    Args:
        members: models of the same chance.
        base: log-odds of the outcome that are expected; members are read against it.
        calibration: of the sum.
        variance: prior variance of a member's weight around its equal share.
        example_weight: how much an example counts, in (0, 1]: snapshots repeat each other.
    """

    def __init__(
        self,
        members: Sequence[Model],
        base: float,
        calibration: Calibration,
        variance: float = 0.02,
        example_weight: float = 0.1,
    ) -> None:
        self._members = tuple(members)
        self._base = base
        self._calibration = calibration
        self._example_weight = example_weight
        size = len(self._members)
        # a bias, which hardly moves: the level is the calibration's
        mean, prior = np.full(size + 1, 1.0 / size), np.full(size + 1, variance)
        mean[0], prior[0] = 0.0, 0.01
        self._belief = Belief(mean, prior)

    @property
    def weights(self) -> list[float]:
        """The members' weights, in their order."""
        return [float(weight) for weight in self._belief.mean[1:]]

    def predict(self, features: dict[str, float]) -> float:
        """Return the calibrated probability of the outcome."""
        told = float(np.add.reduce(self._belief.mean * self._row(features)))
        return sigmoid(self._calibration.calibrate(self._base + told))

    def learn(self, features: dict[str, float], gain: float, window: int = 0) -> None:
        """Learn: calibration and weights first, from what members say before they learn too."""
        look = self._belief.look(self._row(features))
        self._calibration.learn(self._base + look.mean, gain)
        weight = self._example_weight
        spread = look.spread * weight
        residual, curvature = newton(self._base + look.mean, spread, gain)
        shrunk = weight * curvature / (1.0 + curvature * spread)
        self._belief.move(look, residual * weight, shrunk)
        for member in self._members:
            member.learn(features, gain, window)

    def _row(self, features: dict[str, float]) -> Vector:
        told = (log_odds(member.predict(features)) - self._base for member in self._members)
        return np.array([1.0, *told])
