"""Labels counted by what was predicted, in bounded memory."""

from math import log10

import numpy as np

from models.amount_metrics import AmountMetrics, Cells, evaluate_cells
from models.calibrate import log_odds
from models.logistic import MAX_LOG_ODDS, sigmoid
from models.metrics import BinaryMetrics, Grouped, evaluate_grouped

#: Bins of a histogram over the log-odds.
BINS = 512

_WIDTH = 2.0 * MAX_LOG_ODDS / BINS
_CENTRES = np.array([sigmoid((index + 0.5) * _WIDTH - MAX_LOG_ODDS) for index in range(BINS)])

#: Bins of amounts: so many a power of ten, between these powers; 0 has one of its own.
_BINS_A_POWER, _LEAST, _MOST = 16, -4, 9


class ChanceHistogram:
    """Labels counted by the log-odds that were predicted.

    Attributes:
        counts: how many, by bin and label.
    """

    def __init__(self) -> None:
        self.counts: dict[tuple[int, bool], int] = {}

    def add(self, prediction: float, label: float) -> None:
        """Count a label."""
        index = min(BINS - 1, int((log_odds(prediction) + MAX_LOG_ODDS) / _WIDTH))
        key = (index, bool(label))
        self.counts[key] = self.counts.get(key, 0) + 1

    def merge(self, other: "ChanceHistogram") -> None:
        """Add another one's counts."""
        for key, count in other.counts.items():
            self.counts[key] = self.counts.get(key, 0) + count

    def metrics(self) -> BinaryMetrics:
        """Return the figures, as if every prediction were its bin's middle."""
        both = sorted({index for index, _ in self.counts})
        positives = np.array([self.counts.get((index, True), 0) for index in both], dtype=float)
        negatives = np.array([self.counts.get((index, False), 0) for index in both], dtype=float)
        return evaluate_grouped(Grouped(_CENTRES[both], positives, positives + negatives))


class AmountHistogram:
    """Amounts counted by what was predicted and what came, on a log scale.

    Attributes:
        cells: by both bins: how many, and the sums of predictions, labels and absolute errors.
    """

    def __init__(self) -> None:
        self.cells: dict[tuple[int, int], list[float]] = {}

    def add(self, prediction: float, label: float) -> None:
        """Count a label."""
        self._add(
            (amount_bin(prediction), amount_bin(label)),
            [1.0, prediction, label, abs(prediction - label)],
        )

    def merge(self, other: "AmountHistogram") -> None:
        """Add another one's counts."""
        for key, cell in other.cells.items():
            self._add(key, cell)

    def metrics(self) -> AmountMetrics:
        """Return the figures, as if all amounts of a cell were its mean."""
        table = np.array(list(self.cells.values())).reshape(-1, 4)
        counts = table[:, 0]
        return evaluate_cells(
            Cells(table[:, 1] / counts, table[:, 2] / counts, counts, table[:, 3] / counts)
        )

    def _add(self, key: tuple[int, int], more: list[float]) -> None:
        cell = self.cells.get(key)
        if cell is None:
            self.cells[key] = list(more)
        else:
            for place, value in enumerate(more):
                cell[place] += value


def amount_bin(amount: float) -> int:
    """Return the number of the bin that an amount is in."""
    if amount <= 10.0**_LEAST:
        return 0
    return 1 + int((min(float(_MOST), log10(amount)) - _LEAST) * _BINS_A_POWER)
