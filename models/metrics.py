"""How good predicted probabilities are, against the labels that came.

All figures are exact. They are worked out on grouped labels (how many positives among how many, by
distinct prediction), so ties are shared evenly and the order of the input never matters.
"""

from math import ceil
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import ArrayLike, NDArray

#: Bins of the calibration error, of equal mass.
ECE_BINS = 15

#: Log loss cuts predictions to [EPSILON, 1 - EPSILON].
EPSILON = 1e-15

Floats = NDArray[np.float64]


class BinaryMetrics(msgspec.Struct, frozen=True):
    """The figures of one model over some labels; None where undefined, as AUC for one class.

    Attributes:
        labels: how many.
        positives: how many of them are 1.
        auc: the chance that a positive is ranked above a negative; ties count half.
        pr_auc: average precision.
        log_loss: mean negative log likelihood, in nats.
        brier: mean squared error.
        ece: expected calibration error, over bins of equal mass.
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


class Grouped(NamedTuple):
    """Labels by distinct prediction, the lowest prediction first.

    Attributes:
        values: the predictions, ascending, none twice.
        positives: how many labels of each are 1.
        totals: how many labels each has, all above 0.
    """

    values: Floats
    positives: Floats
    totals: Floats


def group(predictions: ArrayLike, labels: ArrayLike) -> Grouped:
    """Group labels (0 or 1) by their prediction (in [0, 1])."""
    p, y = np.asarray(predictions, dtype=np.float64), np.asarray(labels, dtype=np.float64)
    values, inverse, totals = np.unique(p, return_inverse=True, return_counts=True)
    positives = np.bincount(inverse, weights=y, minlength=len(values))
    return Grouped(values, positives.astype(np.float64), totals.astype(np.float64))


def evaluate(predictions: ArrayLike, labels: ArrayLike) -> BinaryMetrics:
    """Return all figures of predictions in [0, 1] against labels 0 or 1."""
    return evaluate_grouped(group(predictions, labels))


def evaluate_grouped(g: Grouped) -> BinaryMetrics:
    """Return all figures of grouped labels."""
    n, positives = int(g.totals.sum()), int(g.positives.sum())
    if not n:
        return BinaryMetrics(0, 0, *[None] * 8)
    return BinaryMetrics(
        labels=n,
        positives=positives,
        auc=auc(g) if 0 < positives < n else None,
        pr_auc=pr_auc(g) if positives else None,
        log_loss=log_loss(g),
        brier=brier(g),
        ece=ece(g),
        base_rate=positives / n,
        mean_prediction=float((g.values * g.totals).sum() / n),
        lift_top_decile=lift_top_decile(g) if positives else None,
    )


def auc(g: Grouped) -> float:
    """Return the area under the ROC curve; both classes must be present."""
    negatives = g.totals - g.positives
    below = np.cumsum(negatives) - 0.5 * negatives
    return float((below * g.positives).sum() / (g.positives.sum() * negatives.sum()))


def pr_auc(g: Grouped) -> float:
    """Return the average precision, as scikit-learn defines it; a positive must be present."""
    positives, totals = g.positives[::-1], g.totals[::-1]
    precision = np.cumsum(positives) / np.cumsum(totals)
    return float((precision * positives).sum() / positives.sum())


def log_loss(g: Grouped) -> float:
    """Return the mean negative log likelihood, in nats."""
    p = np.clip(g.values, EPSILON, 1.0 - EPSILON)
    likelihood = g.positives * np.log(p) + (g.totals - g.positives) * np.log1p(-p)
    return float(-likelihood.sum() / g.totals.sum())


def brier(g: Grouped) -> float:
    """Return the mean squared error."""
    missed = g.positives * (1.0 - g.values) ** 2 + (g.totals - g.positives) * g.values**2
    return float(missed.sum() / g.totals.sum())


def ece(g: Grouped, bins: int = ECE_BINS) -> float:
    """Return the expected calibration error over bins of equal mass.

    The labels, sorted by prediction, are cut into ``bins`` of equal numbers; the error is the mean
    distance between mean prediction and share of positives, weighted by size.
    """
    n = g.totals.sum()
    edges = np.linspace(0.0, n, min(bins, int(n)) + 1)
    gaps = np.concatenate([[0.0], np.cumsum(g.values * g.totals - g.positives)])
    counts = np.concatenate([[0.0], np.cumsum(g.totals)])
    return float(np.abs(np.diff(np.interp(edges, counts, gaps))).sum() / n)


def lift_top_decile(g: Grouped) -> float:
    """Return the rate of positives in the top tenth over the base rate.

    The tenth is rounded up; predictions tied at its edge count by the share that fits in.
    """
    n, positives, totals = g.totals.sum(), g.positives[::-1], g.totals[::-1]
    top = ceil(n / 10)
    taken = np.clip(top - (np.cumsum(totals) - totals), 0.0, totals)
    return float((positives * taken / totals).sum() / top / (positives.sum() / n))
