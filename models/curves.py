"""Curves to look at: how well calibrated predictions are, and how well they rank.

Worked out on the rolling labels when a report is made; each has so few points that a page can draw
it as it is.
"""

import msgspec
import numpy as np
from numpy.typing import ArrayLike, NDArray

#: Groups of a calibration curve, and the most points of a ranking curve.
GROUPS, POINTS = 10, 50

Floats = NDArray[np.float64]


class Curves(msgspec.Struct, frozen=True):
    """What there is to draw of one recipe at one age; empty without labels.

    Attributes:
        calibration: (mean prediction, mean label, labels) of groups of equal size, by prediction.
        ranking: of chances the ROC curve: (false positive rate, true positive rate) from (0, 0) to
            (1, 1); of amounts the gain curve: (share of the users, those with the highest
            predictions first; share of what came that they brought).
    """

    calibration: list[tuple[float, float, int]]
    ranking: list[tuple[float, float]]


def curves(predictions: ArrayLike, labels: ArrayLike, *, chance: bool) -> Curves:
    """Return the curves of predictions and their labels.

    >>> curves([0.1, 0.2, 0.9], [0, 0, 1], chance=True).ranking
    [(0.0, 0.0), (0.0, 1.0), (0.5, 1.0), (1.0, 1.0)]
    """
    p, y = np.asarray(predictions, dtype=np.float64), np.asarray(labels, dtype=np.float64)
    if not len(p):
        return Curves([], [])
    order = np.argsort(p, kind="stable")
    p, y = p[order], y[order]
    calibration = [
        (float(p[part].mean()), float(y[part].mean()), len(part))
        for part in np.array_split(np.arange(len(p)), min(GROUPS, len(p)))
    ]
    return Curves(calibration, _ranking(p[::-1], y[::-1], chance=chance))


def _ranking(p: Floats, y: Floats, *, chance: bool) -> list[tuple[float, float]]:
    """Return the curve of predictions that fall; equal ones make one step."""
    others = 1.0 - y if chance else np.ones_like(y)
    if not y.sum() or not others.sum():
        return []
    ends = np.flatnonzero(np.append(np.diff(p) != 0.0, [True]))
    if len(ends) > POINTS:
        ends = ends[np.unique(np.linspace(0, len(ends) - 1, POINTS).round().astype(int))]
    across, up = np.cumsum(others)[ends] / others.sum(), np.cumsum(y)[ends] / y.sum()
    return [(0.0, 0.0), *zip(across.tolist(), up.tolist(), strict=True)]


def precision(predictions: ArrayLike, labels: ArrayLike) -> list[tuple[float, float]]:
    """Return (recall, precision) of chances, by falling prediction; empty without a positive.

    >>> precision([0.1, 0.2, 0.9], [0, 1, 1])
    [(0.5, 1.0), (1.0, 1.0), (1.0, 0.6666666666666666)]
    """
    p, y = np.asarray(predictions, dtype=np.float64), np.asarray(labels, dtype=np.float64)
    if not y.sum():
        return []
    order = np.argsort(-p, kind="stable")
    p, y = p[order], y[order]
    ends = np.flatnonzero(np.append(np.diff(p) != 0.0, [True]))
    if len(ends) > POINTS:
        ends = ends[np.unique(np.linspace(0, len(ends) - 1, POINTS).round().astype(int))]
    hits = np.cumsum(y)[ends]
    return list(zip((hits / y.sum()).tolist(), (hits / (ends + 1.0)).tolist(), strict=True))
