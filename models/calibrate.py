"""Online calibration: a classifier's log-odds become probabilities that can be believed.

Platt scaling, learnt online by the same second-order update as the champion's weights, each time
on the log-odds that the classifier gave *before* it learnt the example.
"""

from collections.abc import Sequence
from math import log
from typing import Any, Protocol

from models.logistic import MAX_LOG_ODDS, newton, sigmoid
from models.recipes import Linear


def log_odds(p: float) -> float:
    """Return ``log(p / (1 - p))``, cut to +-``MAX_LOG_ODDS``.

    >>> log_odds(0.5), log_odds(0.0), log_odds(1.0)
    (0.0, -12.0, 12.0)
    """
    if p <= 0.0:
        return -MAX_LOG_ODDS
    if p >= 1.0:
        return MAX_LOG_ODDS
    return max(-MAX_LOG_ODDS, min(MAX_LOG_ODDS, log(p) - log(1.0 - p)))


class Calibration(Protocol):
    """Makes a classifier's log-odds believable, by a straight line.

    Attributes:
        slope: of the line.
    """

    slope: float

    def calibrate(self, z: float) -> float:
        """Return calibrated log-odds."""

    def learn(self, z: float, label: float) -> None:
        """Learn from log-odds that were given before the label was learnt."""


class Platt:
    """Calibrated log-odds: ``base + shift + slope * (z - pivot)``; slope and shift are learnt.

    Consecutive snapshots of one user nearly repeat each other, so an example counts for less than
    one; and it fades, so that calibration follows the base rate.

    Args:
        base: log-odds of the outcome that are expected before anything has been learnt.
        pivot: log-odds that the classifier gives an average example; ``base`` if not given.
        slope_variance: prior variance of the slope around 1.
        shift_variance: prior variance of the shift around 0.
        weight: how much an example counts, in (0, 1].
        forgetting: factor in (0, 1] by which an example's information fades with each later one.
    """

    def __init__(
        self,
        base: float,
        pivot: float | None = None,
        *,
        slope_variance: float = 0.5,
        shift_variance: float = 0.25,
        weight: float = 0.3,
        forgetting: float = 0.9999,
    ) -> None:
        self.slope = 1.0
        self.shift = 0.0
        self._base = base
        self._pivot = base if pivot is None else pivot
        self._weight = weight
        self._forgetting = forgetting
        self._prior = (slope_variance, shift_variance)
        self._slope_variance, self._shift_variance = self._prior
        self._covariance = 0.0

    def calibrate(self, z: float) -> float:
        """Return calibrated log-odds."""
        return self._base + self.shift + self.slope * (z - self._pivot)

    def learn(self, z: float, label: float) -> None:
        """Learn from log-odds that were given before the label was learnt."""
        self._forget()
        z = max(-MAX_LOG_ODDS, min(MAX_LOG_ODDS, z))
        lever = z - self._pivot
        slope_gain = self._slope_variance * lever + self._covariance
        shift_gain = self._covariance * lever + self._shift_variance
        spread = max(0.0, slope_gain * lever + shift_gain) * self._weight
        residual, curvature = newton(self.calibrate(z), spread, label)
        self.slope += slope_gain * residual * self._weight
        self.shift += shift_gain * residual * self._weight
        shrunk = self._weight * curvature / (1.0 + curvature * spread)
        self._slope_variance -= shrunk * slope_gain * slope_gain
        self._shift_variance -= shrunk * shift_gain * shift_gain
        self._covariance -= shrunk * slope_gain * shift_gain

    def _forget(self) -> None:
        """Let the posterior widen towards the prior, never beyond it."""
        slope = min(self._prior[0], self._slope_variance / self._forgetting)
        shift = min(self._prior[1], self._shift_variance / self._forgetting)
        grown = slope / self._slope_variance * (shift / self._shift_variance)
        self._covariance *= grown**0.5
        self._slope_variance, self._shift_variance = slope, shift


class Calibrated:
    """A River classifier and its calibration: a ``Model``.

    Args:
        classifier: any River binary classifier or pipeline; its labels are False and True.
        platt: the calibration.
    """

    def __init__(self, classifier: Any, platt: Calibration) -> None:
        self.classifier = classifier
        self.platt = platt

    def predict(self, features: dict[str, float]) -> float:
        """Return the calibrated probability of the outcome."""
        return sigmoid(self.platt.calibrate(self._log_odds(features)))

    def learn(self, features: dict[str, float], gain: float, window: int = 0) -> None:  # noqa: ARG002 - there is but one window
        """Learn: first the calibration, from what the classifier says before it learns too."""
        self.platt.learn(self._log_odds(features), gain)
        self.classifier.learn_one(features, bool(gain))

    def _log_odds(self, features: dict[str, float]) -> float:
        return log_odds(self.classifier.predict_proba_one(features).get(True, 0.0))


class CalibratedLinear(Calibrated):
    """The same for a pipeline that is linear: it folds into one dot product.

    Args:
        classifier: a pipeline of a ``StandardScaler`` and a classifier with ``weights`` and
            ``intercept``, itself or inside a sampler.
        platt: the calibration.
    """

    def __init__(self, classifier: Any, platt: Calibration) -> None:
        super().__init__(classifier, platt)
        self._folded: tuple[tuple[str, ...], Linear] | None = None

    def predict(self, features: dict[str, float]) -> float:
        """Return the calibrated probability of the outcome."""
        names = tuple(features)
        if self._folded is None or self._folded[0] != names:
            self._folded = (names, self.linear(names))
        return self._folded[1].probability(features.values())

    def learn(self, features: dict[str, float], gain: float, window: int = 0) -> None:
        """Learn: first the calibration, from what the classifier says before it learns too."""
        super().learn(features, gain, window)
        self._folded = None

    def linear(self, names: Sequence[str]) -> Linear:
        """Return scaling, weights and calibration as one linear model of the log-odds."""
        scaler, last = self.classifier.steps.values()
        linear = getattr(last, "classifier", last)
        bias, weights, folded = float(linear.intercept), linear.weights, []
        for name in names:
            variance = scaler.vars.get(name, 0.0)
            weight = float(weights.get(name, 0.0)) / variance**0.5 if variance else 0.0
            bias -= weight * scaler.means.get(name, 0.0)
            folded.append(weight * self.platt.slope)
        return Linear(self.platt.calibrate(bias), tuple(folded))
