"""How good predicted amounts are, against those that came: mostly none, and a few large ones.

Ranking, calibration and sums are judged apart, as in Wang, Liu, Miao: "A deep probabilistic model
for customer lifetime value prediction" (arXiv 1912.07753), which is where the normalised Gini and
the decile figure come from. Equal predictions share what they have evenly, so the order of the
input never matters.
"""

from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


class AmountMetrics(msgspec.Struct, frozen=True):
    """The figures of one model over some labels; None where undefined, as for no amount at all.

    Attributes:
        labels: how many.
        positives: how many of them are above 0.
        gini: normalised Gini: 1 ranks as the amounts themselves do, 0 as chance does.
        spearman: rank correlation, with average ranks for equal values.
        decile_mape: mean over ten groups of equal size, by prediction, of how far the predicted sum
            is from the true one, relative to that; a group in which nothing came counts as 1.
        bias: predicted sum over true sum, minus 1.
        mae: mean absolute error, in the currency.
        mean_label: mean amount.
        mean_prediction: mean of the predictions.
        top_decile_share: share of all that came in the tenth with the highest predictions.
    """

    labels: int
    positives: int
    gini: float | None
    spearman: float | None
    decile_mape: float | None
    bias: float | None
    mae: float | None
    mean_label: float | None
    mean_prediction: float | None
    top_decile_share: float | None


class Cells(NamedTuple):
    """Labels, or groups of nearly equal ones.

    Attributes:
        predictions: mean prediction of each.
        labels: mean label of each.
        counts: how many labels each stands for, above 0.
        errors: mean absolute error of each.
    """

    predictions: Floats
    labels: Floats
    counts: Floats
    errors: Floats


def evaluate(predictions: ArrayLike, labels: ArrayLike) -> AmountMetrics:
    """Return all figures of predictions of 0 or more against labels of 0 or more."""
    p, y = np.asarray(predictions, dtype=np.float64), np.asarray(labels, dtype=np.float64)
    return evaluate_cells(Cells(p, y, np.ones_like(p), np.abs(p - y)))


def evaluate_cells(cells: Cells) -> AmountMetrics:
    """Return all figures of grouped labels."""
    p, y, counts, errors = cells
    n = counts.sum()
    if not n:
        return AmountMetrics(0, 0, *[None] * 8)
    total, predicted = float((y * counts).sum()), float((p * counts).sum())
    lorenz = _Lorenz(p, y, counts)
    best = _Lorenz(y, y, counts).area() if total else 0.0
    return AmountMetrics(
        labels=int(n),
        positives=int(counts[y > 0.0].sum()),
        gini=lorenz.area() / best if best > 0.0 else None,
        spearman=spearman(cells),
        decile_mape=lorenz.decile_mape() if total else None,
        bias=predicted / total - 1.0 if total else None,
        mae=float((errors * counts).sum() / n),
        mean_label=total / float(n),
        mean_prediction=predicted / float(n),
        top_decile_share=1.0 - lorenz.amount_below(0.9) / total if total else None,
    )


class _Lorenz:
    """Sums of amounts and predictions over labels in the order of ``order``, the lowest first."""

    def __init__(self, order: Floats, amounts: Floats, counts: Floats) -> None:
        _, groups = np.unique(order, return_inverse=True)
        size = int(groups.max()) + 1
        self.counts = _cumulated(np.bincount(groups, counts, size))
        self.amounts = _cumulated(np.bincount(groups, amounts * counts, size))
        self.predictions = _cumulated(np.bincount(groups, order * counts, size))

    def area(self) -> float:
        """Return the area between the diagonal and the Lorenz curve."""
        share, amount = self.counts / self.counts[-1], self.amounts / self.amounts[-1]
        return float(0.5 - np.trapezoid(amount, share))

    def amount_below(self, share: float) -> float:
        """Return what came in the lowest share of the labels."""
        return float(np.interp(share * self.counts[-1], self.counts, self.amounts))

    def decile_mape(self) -> float:
        edges = np.linspace(0.0, self.counts[-1], 11)
        came = np.diff(np.interp(edges, self.counts, self.amounts))
        said = np.diff(np.interp(edges, self.counts, self.predictions))
        # rounding leaves crumbs where nothing came
        nothing = came <= 1e-9 * self.amounts[-1]
        return float(
            np.where(nothing, 1.0, np.abs(said - came) / np.where(nothing, 1, came)).mean()
        )


def _cumulated(values: ArrayLike) -> Floats:
    return np.concatenate([[0.0], np.cumsum(values)])


def spearman(cells: Cells) -> float | None:
    """Return Spearman's rank correlation; None when all predictions or all labels are equal."""
    a, b, w = (
        _ranks(cells.predictions, cells.counts),
        _ranks(cells.labels, cells.counts),
        cells.counts,
    )
    a, b = a - np.average(a, weights=w), b - np.average(b, weights=w)
    scale = float(np.sqrt((w * a * a).sum() * (w * b * b).sum()))
    return float((w * a * b).sum()) / scale if scale > 1e-9 else None


def _ranks(values: Floats, counts: Floats) -> Floats:
    _, groups = np.unique(values, return_inverse=True)
    sizes = np.bincount(groups, counts)
    ranks: Floats = (np.cumsum(sizes) - 0.5 * sizes)[groups]
    return ranks
