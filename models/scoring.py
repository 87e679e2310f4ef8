"""How wrong each prediction was, by consistent scores: whoever says what he believes loses least.

Chances: the log loss. Amounts: the Poisson deviance, which is least on average for the mean, as the
squared error is, and not decided by the few who pay most (Gneiting: "Making and evaluating point
forecasts", JASA 106, 2011).
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Chances are cut to [_EDGE, 1 - _EDGE]; expected amounts to this share of the mean amount.
_EDGE, _LEAST = 1e-6, 1e-3


def log_loss(predictions: Floats, labels: Floats) -> Floats:
    """Return the negative log likelihood of each label, 0 or 1, in nats.

    >>> log_loss(np.array([0.5, 1.0]), np.array([1.0, 1.0])).round(3).tolist()
    [0.693, 0.0]
    """
    p = np.clip(predictions, _EDGE, 1.0 - _EDGE)
    return -(labels * np.log(p) + (1.0 - labels) * np.log1p(-p))


def deviance(predictions: Floats, labels: Floats) -> Floats:
    """Return the Poisson deviance of each amount, as a share of the mean amount.

    >>> deviance(np.array([2.0, 1.0]), np.array([2.0, 0.0])).tolist()
    [0.0, 2.0]
    """
    mean = float(labels.mean()) if len(labels) else 0.0
    if not mean:
        return 2.0 * predictions
    expected = np.maximum(predictions, _LEAST * mean)
    some = np.where(labels > 0.0, labels, 1.0)
    surprise = np.where(labels > 0.0, labels * np.log(some / expected), 0.0)
    return 2.0 * (surprise - labels + expected) / mean
