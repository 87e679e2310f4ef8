"""How good predicted probabilities are, against the labels that came.

Every function takes predictions in [0, 1] and labels 0 or 1 and is exact. ``evaluate`` returns
None where a figure is undefined, as AUC is while only one class has been seen.
"""

from math import ceil

import msgspec
import numpy as np
from numpy.typing import ArrayLike, NDArray

#: Bins of the calibration error, of (nearly) equal numbers of predictions each.
ECE_BINS = 15

#: Log loss cuts predictions to [EPSILON, 1 - EPSILON].
EPSILON = 1e-15

Floats = NDArray[np.float64]


class BinaryMetrics(msgspec.Struct, frozen=True):
    """The figures of one model over some labels; None where undefined.

    Attributes:
        labels: how many.
        positives: how many of them are 1.
        auc: the chance that a positive is ranked above a negative; ties count half.
        pr_auc: average precision.
        log_loss: mean negative log likelihood, in nats.
        brier: mean squared error.
        ece: expected calibration error over ``ECE_BINS`` bins of equal mass.
        base_rate: share of positives.
        mean_prediction: mean of the predictions; equals the base rate when calibrated at large.
        lift_top_decile: rate of positives in the top tenth of predictions over the base rate.
    """

    labels: int
    positives: int
    auc: float | None
    pr_auc: float | None
    log_loss: float | None
    brier: float | None
    ece: float | None
    base_rate: float | None
    mean_prediction: float | None
    lift_top_decile: float | None


def evaluate(predictions: ArrayLike, labels: ArrayLike) -> BinaryMetrics:
    """Return all figures."""
    p, y = np.asarray(predictions, dtype=np.float64), np.asarray(labels, dtype=np.float64)
    n, positives = len(y), int(y.sum())
    if n == 0:
        return BinaryMetrics(0, 0, *[None] * 8)
    return BinaryMetrics(
        labels=n,
        positives=positives,
        auc=auc(p, y) if 0 < positives < n else None,
        pr_auc=pr_auc(p, y) if positives else None,
        log_loss=log_loss(p, y),
        brier=brier(p, y),
        ece=ece(p, y),
        base_rate=float(y.mean()),
        mean_prediction=float(p.mean()),
        lift_top_decile=lift_top_decile(p, y) if positives else None,
    )


def _ties(p: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Return positives and totals of each distinct prediction, the highest first."""
    values, inverse, totals = np.unique(-p, return_inverse=True, return_counts=True)
    positives = np.bincount(inverse, weights=y, minlength=len(values))
    return positives, totals.astype(np.float64)


def auc(p: Floats, y: Floats) -> float:
    """Return the area under the ROC curve; both classes must be present."""
    positives, totals = _ties(p, y)
    negatives = totals - positives
    above = np.cumsum(positives) - 0.5 * positives
    return float((above * negatives).sum() / (positives.sum() * negatives.sum()))


def pr_auc(p: Floats, y: Floats) -> float:
    """Return the average precision, as scikit-learn defines it; a positive must be present."""
    positives, totals = _ties(p, y)
    precision = np.cumsum(positives) / np.cumsum(totals)
    return float((precision * positives).sum() / positives.sum())


def log_loss(p: Floats, y: Floats) -> float:
    """Return the mean negative log likelihood, in nats."""
    p = np.clip(p, EPSILON, 1.0 - EPSILON)
    return float(-np.mean(y * np.log(p) + (1.0 - y) * np.log1p(-p)))


def brier(p: Floats, y: Floats) -> float:
    """Return the mean squared error."""
    return float(np.mean((p - y) ** 2))


def ece(p: Floats, y: Floats, bins: int = ECE_BINS) -> float:
    """Return the expected calibration error over bins of equal mass.

    Predictions are sorted and cut into ``bins`` of equal numbers (+-1); the error is the mean
    distance of mean prediction and share of positives, weighted by size. Equal predictions share
    their labels evenly, so the order of the input does not matter.
    """
    values, inverse, totals = np.unique(p, return_inverse=True, return_counts=True)
    share = np.bincount(inverse, weights=y, minlength=len(values)) / totals
    gaps = np.repeat(values - share, totals)
    parts = np.array_split(gaps, min(bins, len(gaps)))
    return float(sum(abs(part.sum()) for part in parts) / len(gaps))


def lift_top_decile(p: Floats, y: Floats) -> float:
    """Return the rate of positives in the top tenth over the base rate.

    The tenth is rounded up; predictions tied at its edge count by the share that fits in.
    """
    positives, totals = _ties(p, y)
    top = ceil(len(y) / 10)
    taken = np.clip(top - (np.cumsum(totals) - totals), 0.0, totals)
    return float((positives * taken / totals).sum() / top / y.mean())
