"""Is one model better than another on the same labels? Paired, and by user.

The labels of one user go together: ten daily snapshots share one cancellation. So it is users that
are independent, and their sums of differences that are looked at (the cluster-robust standard error
of a mean: Liang and Zeger, "Longitudinal data analysis using generalized linear models", 1986).
"""

from math import inf, sqrt
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


class Difference(NamedTuple):
    """The mean of paired differences.

    Attributes:
        mean: over all labels.
        error: its standard error.
        users: how many users the labels are of.
    """

    mean: float
    error: float
    users: int

    def bounds(self, doubt: float) -> tuple[float, float]:
        """Return the bounds that the truth lies below, and above, with a chance of ``doubt`` each.

        >>> low, high = Difference(1.0, 0.5, 100).bounds(0.025)
        >>> round(low, 2), round(high, 2)
        (0.02, 1.98)
        """
        reach = NormalDist().inv_cdf(1.0 - doubt) * self.error
        return self.mean - reach, self.mean + reach


def difference(differences: ArrayLike, users: ArrayLike) -> Difference:
    """Return the mean of differences, and how sure it is.

    Args:
        differences: one a label.
        users: whose label it is, any numbers.
    """
    values = np.asarray(differences, dtype=np.float64)
    names, places = np.unique(np.asarray(users), return_inverse=True)
    if len(names) < 2:
        return Difference(float(values.mean()) if len(values) else 0.0, inf, len(names))
    mean = float(values.mean())
    sums = np.bincount(places, weights=values - mean)
    few = len(names) / (len(names) - 1.0)
    return Difference(mean, sqrt(few * float((sums**2).sum())) / len(values), len(names))


def ranking_difference(
    ones: ArrayLike, others: ArrayLike, labels: ArrayLike, users: ArrayLike
) -> Difference:
    """Return how much better the ones rank who has an outcome above who has none: AUC less AUC.

    Each label's part in an AUC is its influence on it (DeLong, DeLong, Clarke-Pearson: "Comparing
    the areas under two or more correlated ROC curves", Biometrics 44, 1988).

    Args:
        ones: predictions of the one model, one a label.
        others: those of the other.
        labels: what came; above 0 is an outcome.
        users: whose label it is, any numbers.
    """
    came = np.asarray(labels, dtype=np.float64) > 0.0
    share = float(came.mean()) if len(came) else 0.0
    if not 0.0 < share < 1.0:
        return Difference(0.0, inf, len(np.unique(np.asarray(users))))
    one, other = (_places(np.asarray(p, dtype=np.float64), came) for p in (ones, others))
    apart = one - other
    mean = float(apart[came].mean())
    weights = np.where(came, 1.0 / share, 1.0 / (1.0 - share))
    return difference(mean + (apart - mean) * weights, users)


def _places(predictions: Floats, came: NDArray[np.bool_]) -> Floats:
    """Return, for each label, the share of the other class that is ranked rightly against it."""
    with_it, without = np.sort(predictions[came]), np.sort(predictions[~came])
    below = np.searchsorted(without, predictions, "left") + np.searchsorted(
        without, predictions, "right"
    )
    above = 2 * len(with_it) - (
        np.searchsorted(with_it, predictions, "left")
        + np.searchsorted(with_it, predictions, "right")
    )
    places: Floats = np.where(came, below / (2.0 * len(without)), above / (2.0 * len(with_it)))
    return places
