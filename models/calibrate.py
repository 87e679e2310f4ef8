"""Online calibration: a classifier's log-odds become probabilities that can be believed.

Platt scaling, ``p = sigmoid(slope * z + shift)``, learnt online by the same second-order update as
the classifier itself, each time on the log-odds that the classifier gave *before* it learnt the
example.
"""

from collections.abc import Sequence
from math import log

from river import base, compose

from models.logistic import newton, sigmoid
from models.recipes import Linear

#: Log-odds are cut to this range: no example here supports more certainty.
MAX_LOG_ODDS = 12.0


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


class Platt:
    """Slope and shift, learnt online.

    Args:
        slope_variance: prior variance of the slope around 1.
        shift_variance: prior variance of the shift around 0.
        forgetting: factor in (0, 1] by which an example's information fades with each later one.
    """

    def __init__(
        self,
        slope_variance: float = 0.05,
        shift_variance: float = 1.0,
        forgetting: float = 0.999,
    ) -> None:
        self.slope = 1.0
        self.shift = 0.0
        self.forgetting = forgetting
        self._prior = (slope_variance, shift_variance)
        self._slope_variance = slope_variance
        self._shift_variance = shift_variance
        self._covariance = 0.0

    def calibrate(self, z: float) -> float:
        """Return calibrated log-odds."""
        return self.slope * z + self.shift

    def learn(self, z: float, label: float) -> None:
        """Learn from log-odds that were given before the label was learnt."""
        self._forget()
        slope_gain = self._slope_variance * z + self._covariance
        shift_gain = self._covariance * z + self._shift_variance
        spread = slope_gain * z + shift_gain
        residual, curvature = newton(self.calibrate(z), spread, label)
        self.slope += slope_gain * residual
        self.shift += shift_gain * residual
        shrunk = curvature / (1.0 + curvature * spread)
        self._slope_variance -= shrunk * slope_gain * slope_gain
        self._shift_variance -= shrunk * shift_gain * shift_gain
        self._covariance -= shrunk * slope_gain * shift_gain

    def _forget(self) -> None:
        """Let the posterior widen towards the prior, never beyond it."""
        slope = min(self._prior[0], self._slope_variance / self.forgetting)
        shift = min(self._prior[1], self._shift_variance / self.forgetting)
        self._covariance *= (slope / self._slope_variance * shift / self._shift_variance) ** 0.5
        self._slope_variance, self._shift_variance = slope, shift


class Calibrated:
    """A River classifier and its calibration: a ``Model``.

    Args:
        classifier: any River binary classifier or pipeline; labels are False and True.
        platt: the calibration.
    """

    def __init__(self, classifier: base.Classifier, platt: Platt | None = None) -> None:
        self.classifier = classifier
        self.platt = platt or Platt()

    def predict(self, features: dict[str, float]) -> float:
        """Return the calibrated probability of the outcome."""
        return sigmoid(self.platt.calibrate(self._log_odds(features)))

    def learn(self, features: dict[str, float], label: float) -> None:
        """Learn: first the calibration, from what the classifier says before it learns too."""
        self.platt.learn(self._log_odds(features), label)
        self.classifier.learn_one(features, bool(label))

    def _log_odds(self, features: dict[str, float]) -> float:
        return log_odds(self.classifier.predict_proba_one(features).get(True, 0.0))


class CalibratedLinear(Calibrated):
    """The same over a scaler and a linear classifier: folds into one dot product.

    Args:
        classifier: a ``StandardScaler`` and a classifier with ``weights`` and ``intercept``.
        platt: the calibration.
    """

    def __init__(self, classifier: compose.Pipeline, platt: Platt | None = None) -> None:
        super().__init__(classifier, platt)

    def linear(self, names: Sequence[str]) -> Linear:
        """Return scaling, weights and calibration as one linear model of the log-odds."""
        scaler, linear = self.classifier.steps.values()
        bias, weights = float(linear.intercept), linear.weights
        folded = []
        for name in names:
            variance = scaler.vars.get(name, 0.0)
            weight = float(weights.get(name, 0.0)) / variance**0.5 if variance else 0.0
            bias -= weight * scaler.means.get(name, 0.0)
            folded.append(weight * self.platt.slope)
        return Linear(self.platt.calibrate(bias), tuple(folded))
