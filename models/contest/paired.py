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
