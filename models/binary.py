"""Models for outcomes that happen or not, mostly not: the champion and what challenges it.

None of them weights or resamples its way out of the imbalance unnoticed: the Bayesian one needs
not to, and the others are brought back to the true base rate by their calibration.
"""

from collections.abc import Callable, Mapping, Sequence
from math import log
from typing import Any

from models.calibrate import Calibrated, CalibratedLinear, Platt
from models.lean_river import ensemble, imblearn, linear_model, optim, preprocessing, tree
from models.lean_river import forest as trees
from models.level import Returning
from models.logistic import KalmanLogistic
from models.recipes import Model
from models.stacking import Stacked

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


def steady_kalman(
    base: float, prior_variance: float, doubted: Mapping[str, float], forgetting: float = 1.0
) -> Model:
    """Make the same regression with a level that moves little, and returns to what is expected.

    The regression's own level is held, so that it is not the first weeks' outcomes that weights
    are learnt against; what is left of it, the calibration takes out again (``models.level``).

    Args:
        base: as of ``kalman_logistic``.
        prior_variance: likewise.
        doubted: likewise.
        forgetting: factor in (0, 1] by which an example's information fades with each later one.
    """
    kalman = KalmanLogistic(
        prior_variance, dict(doubted), bias=base, bias_variance=0.01, forgetting=forgetting
    )
    return CalibratedLinear(preprocessing.StandardScaler() | kalman, Returning(base))


def descending_logistic(base: float, optimiser: Callable[[], Any], l2: float = 0.0) -> Model:
    """Make a logistic regression that descends the gradient on every example as it comes.

    Args:
        base: log-odds of the outcome before anything has been learnt.
        optimiser: makes one of River's, with its step and how that decays.
        l2: by how much each step shrinks the weights.
    """
    regression = linear_model.LogisticRegression(
        optimiser(), l2=l2, intercept_init=base, intercept_lr=0.001
    )
    return CalibratedLinear(preprocessing.StandardScaler() | regression, Returning(base))


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


def adaptive_tree(base: float) -> Model:
    """Make one Hoeffding tree that replaces its branches when they go wrong, calibrated."""
    single = tree.HoeffdingAdaptiveTreeClassifier(grace_period=100, max_depth=4, seed=1)
    return Calibrated(imblearn.RandomUnderSampler(single, _shares(), seed=1), Returning(base))


def adaptive_forest(base: float) -> Model:
    """Make three Hoeffding trees that are replaced when they go wrong (ARF), calibrated."""
    classifier = trees.ARFClassifier(n_models=3, max_depth=4, grace_period=100, seed=1)
    return Calibrated(imblearn.RandomUnderSampler(classifier, _shares(), seed=1), Returning(base))


def bagged_logistic(base: float) -> Model:
    """Make five logistic regressions that are replaced when they go wrong (ADWIN bagging).

    Each begins where a resampled example stands on average, and learns from resampled examples.
    """
    regression = linear_model.LogisticRegression(optim.SGD(0.003), intercept_init=_PIVOT)
    bag = ensemble.ADWINBaggingClassifier(regression, n_models=5, seed=1)
    sampler = imblearn.RandomUnderSampler(bag, _shares(), seed=1)
    return Calibrated(preprocessing.StandardScaler() | sampler, Returning(base))


def stack(base: float, members: Sequence[Callable[[], Model]]) -> Model:
    """Make several models and weigh them by what they are worth (``models.stacking``).

    Args:
        base: log-odds of the outcome that are expected.
        members: make them.
    """
    return Stacked([build() for build in members], base, Returning(base))


def _shares() -> dict[bool, float]:
    return {False: 1.0 - BALANCE, True: BALANCE}
