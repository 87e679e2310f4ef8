"""Bayesian logistic regression that learns one example at a time, with full covariance.

Plain gradient descent needs far more examples than there are cancellations. Here every example
moves the weights by Newton's method under the posterior so far: a Gaussian, kept as mean and
covariance (assumed density filtering; for a linear model the extended Kalman filter). After n
examples it stands close to where a ridge regression fitted on all n at once would stand.
"""

from collections.abc import Hashable, Mapping
from math import exp
from typing import Any

import numpy as np
from river import base

from models.belief import Belief

#: Log-odds are cut to this range: no example here supports more certainty.
MAX_LOG_ODDS = 12.0


def sigmoid(z: float) -> float:
    """Return ``1 / (1 + exp(-z))``, without overflow.

    >>> sigmoid(0.0), sigmoid(-1e9), sigmoid(1e9)
    (0.5, 0.0, 1.0)
    """
    if z >= 0.0:
        return 1.0 / (1.0 + exp(-z))
    if z < -700.0:
        return 0.0
    grown = exp(z)
    return grown / (1.0 + grown)


class KalmanLogistic(base.Classifier):
    """Online Bayesian logistic regression with a full covariance.

    Args:
        prior_variance: of each weight; small is strong shrinkage towards 0 (ridge).
        prior_scales: factors on the prior variance of single features, 1 where none is given.
        bias: prior mean of the bias, in log-odds.
        bias_variance: prior variance of the bias.
        forgetting: factor in (0, 1] by which an example's information fades with each later one.

    Example:
        >>> model = KalmanLogistic()
        >>> for x in (-2.0, -1.0, 1.0, 2.0):
        ...     model.learn_one({"x": x}, x > 0)
        >>> model.predict_one({"x": 1.5})
        True
    """

    def __init__(
        self,
        prior_variance: float = 0.1,
        prior_scales: Mapping[str, float] | None = None,
        bias: float = 0.0,
        bias_variance: float = 4.0,
        forgetting: float = 1.0,
    ) -> None:
        self.prior_variance = prior_variance
        self.prior_scales = prior_scales
        self.bias = bias
        self.bias_variance = bias_variance
        self.forgetting = forgetting
        self._names: tuple[Hashable, ...] = ()
        self._belief = Belief(np.array([bias]), np.array([bias_variance]))

    @property
    def intercept(self) -> float:
        """The posterior mean of the bias."""
        return float(self._belief.mean[0])

    @property
    def weights(self) -> dict[Hashable, float]:
        """The posterior means of the weights."""
        return dict(zip(self._names, self._belief.mean.tolist()[1:], strict=True))

    def predict_proba_one(self, x: dict[Hashable, Any], **_: Any) -> dict[bool | str | int, float]:
        """Return the probability of both outcomes; a feature that is missing counts as 0."""
        mean = self._belief.mean.tolist()
        z: float = mean[0]
        for name, weight in zip(self._names, mean[1:], strict=True):
            z += weight * x.get(name, 0.0)
        p = sigmoid(z)
        return {False: 1.0 - p, True: p}

    def learn_one(self, x: dict[Hashable, Any], y: bool | str | int, **_: Any) -> None:
        """Learn one example: one Newton search along the direction that the example informs."""
        if tuple(x) != self._names:
            self._admit(x)
        row = np.array([1.0, *[x.get(name, 0.0) for name in self._names]])
        self._belief.widen(self.forgetting)
        look = self._belief.look(row)
        residual, curvature = newton(look.mean, look.spread, float(bool(y)))
        self._belief.move(look, residual, curvature / (1.0 + curvature * look.spread))

    def _admit(self, x: Mapping[Hashable, float]) -> None:
        """Give every new feature a weight of its own, at its prior."""
        known = set(self._names)
        fresh = [name for name in x if name not in known]
        scales = self.prior_scales or {}
        prior = np.array([self.prior_variance * scales.get(str(name), 1.0) for name in fresh])
        self._belief.admit(prior)
        self._names = (*self._names, *fresh)


def newton(z: float, spread: float, label: float) -> tuple[float, float]:
    """Find the log-odds that an example's label and the belief so far agree on.

    Maximises ``label * t - log(1 + e^t) - (t - z)^2 / (2 * spread)`` over ``t``.

    Args:
        z: the believed log-odds.
        spread: the variance of that belief, >= 0.
        label: 0 or 1.

    Returns:
        The residual ``label - p`` and the curvature ``p * (1 - p)``, both at the maximum.
    """
    # the maximum lies between the belief and the belief moved by the whole residual
    low, high = (z, z + spread) if label else (z - spread, z)
    t, last = z, spread
    for _ in range(100):
        p = sigmoid(t)
        slope = spread * (label - p) - (t - z)
        if slope > 0.0:
            low = t
        else:
            high = t
        move = slope / (1.0 + spread * p * (1.0 - p))
        if abs(move) <= 1e-13 * (1.0 + abs(t)):
            break
        if abs(move) < 0.5 * last and low <= t + move <= high:
            t, last = t + move, abs(move)
        else:  # Newton overshoots: halve the bracket
            t, last = 0.5 * (low + high), 0.5 * (high - low)
    p = sigmoid(t)
    return label - p, p * (1.0 - p)
