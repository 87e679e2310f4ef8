"""Bayesian logistic regression that learns one example at a time, with full covariance.

Plain gradient descent needs far more examples than there are cancellations. Here every example
moves the weights by Newton's method under the posterior so far: a Gaussian, kept as mean and
covariance (assumed density filtering; for a linear model the extended Kalman filter). After n
examples it stands close to where a ridge regression fitted on all n at once would stand.
"""

from collections.abc import Mapping
from math import exp

import numpy as np
from numpy.typing import NDArray
from river import base


def sigmoid(z: float) -> float:
    """Return ``1 / (1 + exp(-z))`` without overflow.

    >>> sigmoid(0.0), sigmoid(-1e9), sigmoid(1e9)
    (0.5, 0.0, 1.0)
    """
    if z >= 0.0:
        return 1.0 / (1.0 + exp(-z)) if z < 700.0 else 1.0
    grown = exp(z) if z > -700.0 else 0.0
    return grown / (1.0 + grown)


class KalmanLogistic(base.Classifier):
    """Online Bayesian logistic regression with a full covariance.

    Args:
        prior_variance: of each weight; small is strong shrinkage towards 0 (ridge).
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
        bias: float = 0.0,
        bias_variance: float = 10.0,
        forgetting: float = 1.0,
    ) -> None:
        self.prior_variance = prior_variance
        self.bias = bias
        self.bias_variance = bias_variance
        self.forgetting = forgetting
        self.names: tuple[base.typing.FeatureName, ...] = ()
        self.mean: NDArray[np.float64] = np.array([bias])
        self.covariance: NDArray[np.float64] = np.array([[bias_variance]])

    @property
    def intercept(self) -> float:
        """The posterior mean of the bias."""
        return float(self.mean[0])

    @property
    def weights(self) -> dict[base.typing.FeatureName, float]:
        """The posterior means of the weights."""
        return dict(zip(self.names, self.mean.tolist()[1:], strict=True))

    def predict_proba_one(self, x: Mapping[base.typing.FeatureName, float]) -> dict[bool, float]:
        """Return the probability of both outcomes."""
        p = sigmoid(self.margin(x))
        return {False: 1.0 - p, True: p}

    def margin(self, x: Mapping[base.typing.FeatureName, float]) -> float:
        """Return the log-odds of the outcome."""
        mean = self.mean.tolist()
        z: float = mean[0]
        get = x.get
        for name, weight in zip(self.names, mean[1:], strict=True):
            z += weight * get(name, 0.0)
        return z

    def learn_one(self, x: Mapping[base.typing.FeatureName, float], y: bool) -> None:
        """Learn one example: one Newton search along the direction that the example informs."""
        if tuple(x) != self.names:
            self._admit(x)
        get = x.get
        row = np.array([1.0, *[get(name, 0.0) for name in self.names]])
        if self.forgetting < 1.0:
            self._forget()
        # not `@`: BLAS picks its kernel by processor, and scores must be the same everywhere
        gain = np.add.reduce(self.covariance * row, axis=1)
        spread = float(np.add.reduce(gain * row))
        z = float(np.add.reduce(self.mean * row))
        step, curvature = newton(z, spread, 1.0 if y else 0.0)
        self.mean = self.mean + gain * step
        shrunk = curvature / (1.0 + curvature * spread)
        self.covariance = self.covariance - np.outer(gain, gain * shrunk)

    def _admit(self, x: Mapping[base.typing.FeatureName, float]) -> None:
        fresh = [name for name in x if name not in self.names]
        if not fresh:
            return
        old, size = len(self.mean), len(self.mean) + len(fresh)
        covariance = np.zeros((size, size))
        covariance[:old, :old] = self.covariance
        covariance[range(old, size), range(old, size)] = self.prior_variance
        self.mean = np.concatenate([self.mean, np.zeros(len(fresh))])
        self.covariance = covariance
        self.names = (*self.names, *fresh)

    def _forget(self) -> None:
        """Let the posterior widen towards the prior, never beyond it."""
        prior = np.full(len(self.mean), self.prior_variance)
        prior[0] = self.bias_variance
        widened = self.covariance / self.forgetting
        diagonal = widened.diagonal()
        bound = np.sqrt(np.minimum(1.0, prior / diagonal))
        self.covariance = widened * bound * bound[:, None]


def newton(z: float, spread: float, label: float) -> tuple[float, float]:
    """Maximise ``label * t - log(1 + e^t) - (t - z)^2 / (2 spread)`` over ``t``.

    Returns:
        The residual ``label - p`` and the curvature ``p (1 - p)``, both at the maximum.
    """
    low, high = (z, z + spread) if label else (z - spread, z)
    t = z
    for _ in range(30):
        p = sigmoid(t)
        slope = label - p - (t - z) / spread if spread else 0.0
        if slope > 0.0:
            low = t
        else:
            high = t
        move = slope / (p * (1.0 - p) + 1.0 / spread) if spread else 0.0
        if abs(move) < 1e-12 * (1.0 + abs(t)):
            break
        t += move
        if not low <= t <= high:
            t = 0.5 * (low + high)
    p = sigmoid(t)
    return label - p, p * (1.0 - p)
