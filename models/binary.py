"""Models for outcomes that happen or not, mostly not: the champion and what challenges it.

None of them weights or resamples its way out of the imbalance unnoticed: the Bayesian one needs
not to, and the others are brought back to the true base rate by their calibration.
"""

from collections.abc import Mapping
from math import log

from river import forest as trees
from river import imblearn, linear_model, optim, preprocessing

from models.calibrate import Calibrated, CalibratedLinear, Platt
from models.logistic import KalmanLogistic
from models.recipes import Model

#: Share of positives among the examples that the resampled models learn from.
BALANCE = 0.3

_PIVOT = log(BALANCE / (1.0 - BALANCE))


def kalman_logistic(base: float, prior_variance: float, doubted: Mapping[str, float]) -> Model:
    """Make a Bayesian logistic regression with full covariance, scaled and calibrated.

    Args:
        base: log-odds of the outcome before anything has been learnt.
        prior_variance: of the weights of scaled features. Snapshots of consecutive days repeat
            each other, so it stands for about a tenth of the variance that is really believed.
        doubted: factors on the prior variance of features expected to tell less.
    """
    kalman = KalmanLogistic(prior_variance, dict(doubted), bias=base)
    return CalibratedLinear(preprocessing.StandardScaler() | kalman, Platt(base))


def sgd_logistic(base: float) -> Model:
    """Make a logistic regression that descends the gradient, on resampled examples, calibrated."""
    regression = linear_model.LogisticRegression(optim.SGD(0.003), intercept_init=_PIVOT)
    sampler = imblearn.RandomUnderSampler(regression, _shares(), seed=1)
    return CalibratedLinear(preprocessing.StandardScaler() | sampler, Platt(base, _PIVOT))


def forest(base: float) -> Model:
    """Make a small random forest of Hoeffding trees, on resampled examples, calibrated.

    Its trees watch for no drift of their own: with a cancellation in twenty their detectors mostly
    see chance, and throw away what little has been learnt.
    """
    classifier = trees.ARFClassifier(
        n_models=5,
        max_depth=4,
        grace_period=100,
        drift_detector=None,
        warning_detector=None,
        seed=1,
    )
    sampler = imblearn.RandomUnderSampler(classifier, _shares(), seed=1)
    return Calibrated(sampler, Platt(base, _PIVOT))


def _shares() -> dict[bool, float]:
    return {False: 1.0 - BALANCE, True: BALANCE}
