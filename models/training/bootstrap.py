"""How sure a comparison is: by drawing the users anew (paired bootstrap by user).

Efron and Tibshirani: "An introduction to the bootstrap", 1993. Whole users are drawn, because the
labels of one go together.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Draws; and the share of them that lies below ``low``, and above ``high``.
DRAWS, _TAIL = 1000, 0.025


class Gain(NamedTuple):
    """A mean difference of paired losses.

    Attributes:
        mean: over all labels.
        low: 2.5% of the draws give less.
        high: 2.5% give more.
    """

    mean: float
    low: float
    high: float


def gain(differences: Floats, users: NDArray[np.uint64], seed: int) -> Gain:
    """Return the mean of the differences, and how far it may be from the truth.

    Args:
        differences: loss of the one minus that of the other, one a label; not empty.
        users: whose label each is.
        seed: of the draws.
    """
    names, places = np.unique(users, return_inverse=True)
    sums = np.bincount(places, weights=differences)
    counts = np.bincount(places).astype(np.float64)
    rng = np.random.default_rng(seed)
    means = np.empty(DRAWS)
    for draw in range(DRAWS):
        times = np.bincount(rng.integers(0, len(names), len(names)), minlength=len(names))
        means[draw] = (times * sums).sum() / (times * counts).sum()
    low, high = np.quantile(means, [_TAIL, 1.0 - _TAIL])
    return Gain(float(differences.mean()), float(low), float(high))
